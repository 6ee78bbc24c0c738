// SPDX-License-Identifier: GPL-2.0-or-later
/* core/log.c and boot/console.c: the line, the ring, who has the UART. */
#include <support.h>
#include <core/console.h>
#include <core/log.h>
#include <lib/bits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* "[    1.500000] I " */
#define PREFIX_LENGTH 17u

static void line_has_time_and_level(void **state) {
    (void)state;
    fake.step = 0;
    fake.now = FAKE_HZ * 3 / 2;
    log_error("e %d", 1);
    log_warning("w");
    fake.now = FAKE_HZ * 100000 + FAKE_HZ / 1000000;
    log_info("i");
    log_debug("d");
    assert_string_equal(support_log(), "[    1.500000] E e 1\n"
                                       "[    1.500000] W w\n"
                                       "[100000.000001] I i\n"
                                       "[100000.000001] D d\n");
}

static void long_line_is_cut(void **state) {
    char text[2 * LOG_LINE_SIZE];

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    log_info("%s", text);
    const char *log = support_log();
    assert_int_equal(strlen(log), LOG_LINE_SIZE);
    assert_int_equal(log[LOG_LINE_SIZE - 2], 'x');
    assert_int_equal(log[LOG_LINE_SIZE - 1], '\n');
}

/* Line n has its number and n % 40 further characters, so that the ring wraps at every place. */
static void log_numbered(unsigned number) {
    log_info("%u %s", number, &"........................................"[number % 40]);
}

static void ring_keeps_the_newest(void **state) {
    unsigned number = 0;

    (void)state;
    for (; number < 3000; number++) {
        log_numbered(number);
    }
    const char *text = support_log();
    /* The byte that the next one would overwrite is not told: it may be going. */
    assert_int_equal(strlen(text), LOG_RING_SIZE - 1);
    /* The first line may be cut in front; all the others are whole and in order. */
    for (size_t at = LOG_RING_SIZE - 1; at > LOG_LINE_SIZE; number--) {
        char expected[LOG_LINE_SIZE];
        unsigned last = number - 1;
        size_t length = (size_t)snprintf(expected, sizeof(expected), "I %u %s\n", last,
                                         &"........................................"[last % 40]);
        at -= length;
        assert_memory_equal(&text[at], expected, length);
        at -= PREFIX_LENGTH - 2;
    }
}

static void ring_is_read_from_any_position(void **state) {
    struct lv_stream stream = {0};

    (void)state;
    log_read(&stream);
    assert_int_equal(stream.length, 0);
    assert_int_equal(stream.end, 0);
    log_info("abcdefgh");
    size_t whole = strlen(support_log());
    for (uint64_t position = 0; position <= whole + 2; position++) {
        uint64_t from = position < whole ? position : whole;
        stream.position = position;
        log_read(&stream);
        assert_int_equal(stream.position, from);
        assert_int_equal(stream.length, whole - from);
        assert_int_equal(stream.end, whole);
        assert_memory_equal(stream.data, &support_log()[from], whole - from);
    }
}

static void console_shows_lines_while_owned(void **state) {
    (void)state;
    fake.step = 0;
    log_info("before there is a console");
    console_init(FAKE_UART_BASE);
    log_info("one");
    console_leave();
    log_info("two");
    console_take();
    log_info("three");
    assert_string_equal(fake.uart_text, "[    0.000000] I one\r\n[    0.000000] I three\r\n");
    assert_text_has(support_log(), "before there is a console");
    assert_text_has(support_log(), "two");
}

/* An emulator's UART stands still when its host has other work. */
static void slow_uart_gets_the_whole_line(void **state) {
    (void)state;
    console_init(FAKE_UART_BASE);
    fake.step = FAKE_HZ / 1000;
    fake.uart_pause = FAKE_HZ / 2;
    log_info("heard");
    assert_text_has(fake.uart_text, "I heard\r\n");
}

/* A UART that is never ready costs one time-out, but neither a hang nor the line in the ring. */
static void dead_uart_does_not_hang(void **state) {
    (void)state;
    console_init(FAKE_UART_BASE);
    fake.uart_ready = false;
    ticks_t before = fake.now;
    log_info("unheard");
    log_info("unheard too");
    assert_true(fake.uart_polls > 0);
    assert_true(fake.now - before < 2 * FAKE_HZ);
    assert_int_equal(fake.uart_length, 0);
    assert_text_has(support_log(), "unheard");
}

static bool trap_at_the_uart(struct fake_access *access) {
    (void)access;
    fake.on_mmio = NULL;
    arch_cpu_stop();
}

static void log_a_line(void *line) {
    log_info("%s", (const char *)line);
}

/* The code that had the lock is what has trapped. A CPU that does not have it changes nothing. */
static void trap_can_log_whoever_has_the_lock(void **state) {
    (void)state;
    console_init(FAKE_UART_BASE);
    fake.on_mmio = trap_at_the_uart;
    assert_int_equal(fake_call(log_a_line, "cut short"), FAKE_STOPPED);
    log_break_lock();
    log_info("from the trap");
    log_break_lock();
    log_break_lock();
    log_info("and again");
    assert_text_has(support_log(), "from the trap");
    assert_text_has(support_log(), "and again");
}

#define LINES_EACH  300u
#define LINE_ROUNDS 10u
#define LINE_LENGTH 20u

static pthread_barrier_t both_are_there;

static void *log_letters(void *letter) {
    char line[LINE_LENGTH + 1] = {0};

    memset(line, *(const char *)letter, LINE_LENGTH);
    (void)pthread_barrier_wait(&both_are_there);
    for (unsigned i = 0; i < LINES_EACH; i++) {
        log_info("%s", line);
    }
    return NULL;
}

static void assert_lines_are_whole(const char *letters) {
    unsigned lines[2] = {0};

    for (const char *at = support_log(); *at != '\0'; at = strchr(at, '\n') + 1) {
        const char *text = &at[PREFIX_LENGTH];
        assert_int_equal(strchr(at, '\n') - at, PREFIX_LENGTH + LINE_LENGTH);
        assert_int_equal(strspn(text, (char[]){*text, '\0'}), LINE_LENGTH);
        lines[*text == letters[0] ? 0 : 1]++;
    }
    assert_int_equal(lines[0], LINES_EACH);
    assert_int_equal(lines[1], LINES_EACH);
}

/* Two CPUs log at once: each line is whole, and none is missing. */
static void lines_of_two_cpus_do_not_mix(void **state) {
    char letters[] = {'a', 'b'};
    pthread_t threads[ARRAY_SIZE(letters)];

    assert_int_equal(pthread_barrier_init(&both_are_there, NULL, ARRAY_SIZE(letters)), 0);
    for (unsigned round = 0; round < LINE_ROUNDS; round++) {
        support_reset(state);
        for (unsigned i = 0; i < ARRAY_SIZE(letters); i++) {
            assert_int_equal(pthread_create(&threads[i], NULL, log_letters, &letters[i]), 0);
        }
        for (unsigned i = 0; i < ARRAY_SIZE(letters); i++) {
            assert_int_equal(pthread_join(threads[i], NULL), 0);
        }
        assert_lines_are_whole(letters);
    }
    assert_int_equal(pthread_barrier_destroy(&both_are_there), 0);
}

int test_log(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(line_has_time_and_level, support_reset),
        cmocka_unit_test_setup(long_line_is_cut, support_reset),
        cmocka_unit_test_setup(ring_keeps_the_newest, support_reset),
        cmocka_unit_test_setup(ring_is_read_from_any_position, support_reset),
        cmocka_unit_test_setup(lines_of_two_cpus_do_not_mix, support_reset),
        cmocka_unit_test_setup(console_shows_lines_while_owned, support_reset),
        cmocka_unit_test_setup(slow_uart_gets_the_whole_line, support_reset),
        cmocka_unit_test_setup(dead_uart_does_not_hang, support_reset),
        cmocka_unit_test_setup(trap_can_log_whoever_has_the_lock, support_reset),
    };

    return cmocka_run_group_tests_name("log and console", tests, NULL, NULL);
}
