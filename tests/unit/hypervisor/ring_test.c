// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/ring.c: what is kept, and a reader that never holds the writer up. */
#include <support.h>
#include <lib/ring.h>
#include <pthread.h>
#include <string.h>

#define SIZE  1024u
#define BYTES 2000000u

static _Atomic uint8_t bytes[SIZE];
static struct ring ring;
static struct lv_stream stream;

static int empty_ring(void **state) {
    (void)state;
    memset(bytes, 0, sizeof(bytes));
    atomic_store(&ring.written, 0);
    ring.size = SIZE;
    ring.bytes = bytes;
    memset(&stream, 0, sizeof(stream));
    return 0;
}

/* What the byte at a position is, so that any piece of the stream can be judged alone. */
static uint8_t byte_at(uint64_t position) {
    return (uint8_t)(position * 167 >> 3);
}

static void fill(unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        ring_put(&ring, byte_at(atomic_load(&ring.written)));
    }
}

static void judge(void) {
    assert_true(stream.position + stream.length <= stream.end || stream.length == 0);
    for (uint32_t i = 0; i < stream.length; i++) {
        assert_int_equal(stream.data[i], byte_at(stream.position + i));
    }
}

static void the_last_bytes_are_kept(void **state) {
    (void)state;
    ring_read(&ring, &stream);
    assert_int_equal(stream.length, 0);
    fill(100);
    stream.position = 40;
    ring_read(&ring, &stream);
    assert_int_equal(stream.position, 40);
    assert_int_equal(stream.length, 60);
    judge();
    fill(5 * SIZE);
    ring_read(&ring, &stream);
    assert_int_equal(stream.position, 100 + 4 * SIZE + 1);
    assert_int_equal(stream.length, SIZE - 1);
    judge();
    stream.position = UINT64_MAX;
    ring_read(&ring, &stream);
    assert_int_equal(stream.position, 100 + 5 * SIZE);
    assert_int_equal(stream.end, 100 + 5 * SIZE);
    assert_int_equal(stream.length, 0);
}

static void *write_all(void *argument) {
    (void)argument;
    fill(BYTES);
    return NULL;
}

/* A reader that is overtaken all the time never hands out a byte of another place. */
static void a_reader_beside_a_writer(void **state) {
    pthread_t writer;
    uint64_t read = 0;

    (void)state;
    assert_int_equal(pthread_create(&writer, NULL, write_all, NULL), 0);
    while (stream.position + stream.length < BYTES) {
        uint64_t from = stream.position + stream.length;
        stream.position = from;
        ring_read(&ring, &stream);
        assert_true(stream.position >= from);
        judge();
        read += stream.length;
    }
    assert_int_equal(pthread_join(writer, NULL), 0);
    assert_true(read >= SIZE - 1);
}

int test_ring(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_last_bytes_are_kept, empty_ring),
        cmocka_unit_test_setup(a_reader_beside_a_writer, empty_ring),
    };

    return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
