// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a program does with a mapping of the pool, or of a zone's memory, beyond loads and stores:
 * the kernel pins its pages. No memory changes hands meanwhile.
 */
#include "ring.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "guest.h"

/* A disk that may be written. */
#define DISK   "/dev/vdb"
#define LENGTH 0x100000u
#define PINNED 0x10000u
#define RACES  100

static int open_disk(int flags) {
    int fd = open(DISK, O_RDWR | flags);

    if (fd < 0) {
        perror(DISK);
        exit(1);
    }
    return fd;
}

/* The disk's first bytes, all of them different from before. */
static void fill(uint8_t *bytes, unsigned salt) {
    for (size_t i = 0; i < LENGTH; i++) {
        bytes[i] = (uint8_t)(salt + i * 7 + i / 251);
    }
}

static void direct_io(uint8_t *mapped, uint8_t *bytes) {
    int direct = open_disk(O_DIRECT);
    int buffered = open_disk(0);

    fill(mapped, 1);
    EXPECT(LENGTH, pwrite(direct, mapped, LENGTH, 0));
    EXPECT(LENGTH, pread(direct, bytes, LENGTH, 0));
    EXPECT(0, memcmp(bytes, mapped, LENGTH));
    fill(bytes, 2);
    EXPECT(LENGTH, pwrite(direct, bytes, LENGTH, 0));
    EXPECT(LENGTH, pread(direct, mapped, LENGTH, 0));
    EXPECT(0, memcmp(bytes, mapped, LENGTH));
    memset(mapped, 0, LENGTH);
    EXPECT(LENGTH, pread(buffered, mapped, LENGTH, 0));
    EXPECT(0, memcmp(bytes, mapped, LENGTH));
    (void)close(direct);
    (void)close(buffered);
}

static void rings(uint8_t *mapped, uint8_t *bytes) {
    struct ring ring = ring_make();
    int direct = open_disk(O_DIRECT);

    memset(mapped, 0, LENGTH);
    EXPECT(PINNED, ring_do(&ring, IORING_OP_READ, direct, mapped, PINNED, 0));
    EXPECT(0, memcmp(bytes, mapped, PINNED));
    EXPECT(0, ring_register(&ring, mapped, LENGTH));
    memset(mapped, 0, LENGTH);
    EXPECT(LENGTH, ring_do(&ring, IORING_OP_READ_FIXED, direct, mapped, LENGTH, 0));
    EXPECT(0, memcmp(bytes, mapped, LENGTH));
    fill(mapped, 3);
    EXPECT(LENGTH, ring_do(&ring, IORING_OP_WRITE_FIXED, direct, mapped, LENGTH, 0));
    EXPECT(0, ring_unregister(&ring));
    EXPECT(LENGTH, pread(direct, bytes, LENGTH, 0));
    EXPECT(0, memcmp(bytes, mapped, LENGTH));
    ring_drop(&ring);
    (void)close(direct);
}

static void other_ways(uint8_t *mapped, uint8_t *bytes) {
    struct iovec theirs = {mapped, PINNED};
    struct iovec mine = {bytes, PINNED};
    int channel[2];

    memset(bytes, 0, LENGTH);
    EXPECT(PINNED, process_vm_readv(getpid(), &mine, 1, &theirs, 1, 0));
    EXPECT(0, memcmp(bytes, mapped, PINNED));
    EXPECT(0, pipe(channel));
    EXPECT(PINNED, vmsplice(channel[1], &theirs, 1, 0));
    memset(bytes, 0, LENGTH);
    EXPECT(PINNED, read(channel[0], bytes, PINNED));
    EXPECT(0, memcmp(bytes, mapped, PINNED));
    (void)close(channel[0]);
    (void)close(channel[1]);
}

static void pages_of(uint8_t *mapped) {
    uint8_t *bytes = aligned_alloc(PINNED, LENGTH);

    direct_io(mapped, bytes);
    rings(mapped, bytes);
    other_ways(mapped, bytes);
    free(bytes);
}

static struct lv_zone_config shared_config(int fd) {
    struct lv_zone_config config = test_config(fd, 0, GUEST_IDLES);

    config.regions[0].flags = LV_REGION_SHARED;
    return config;
}

void pages_run(void) {
    int fd = test_open();
    struct lv_zone_config config = shared_config(fd);
    uint8_t *mapped = test_map(fd, config.regions[0].hpa, LENGTH);
    int memory;

    EXPECT_TRUE(mapped != NULL);
    pages_of(mapped);
    (void)munmap(mapped, LENGTH);
    EXPECT(0, test_create_zone(fd, &config));
    memory = test_zone_memory(fd, config.zone_id);
    mapped = test_map(memory, 0, LENGTH);
    EXPECT_TRUE(mapped != NULL);
    pages_of(mapped);
    (void)munmap(mapped, LENGTH);
    (void)close(memory);
    test_end(fd, 0);
}

/* Pins memory that zone 1 is to have, and forgets the mapping. */
static struct ring pin(int fd, uint64_t offset) {
    struct ring ring = ring_make();
    uint8_t *mapped = test_map(fd, offset, PINNED);

    EXPECT(0, ring_register(&ring, mapped, PINNED));
    (void)munmap(mapped, PINNED);
    return ring;
}

/* A zone gets no memory that somebody holds: neither RAM nor store, nor what is in their blocks. */
static void create_waits(int fd, uint64_t hpa) {
    struct lv_zone_config config = test_config(fd, 0, GUEST_IDLES);
    struct ring ring = pin(fd, hpa);
    uint64_t free_before = test_pool_free(fd);

    EXPECT(-EBUSY, test_create_zone(fd, &config));
    EXPECT(LV_STATE_ABSENT, test_state(fd, config.zone_id));
    EXPECT(free_before, test_pool_free(fd));
    EXPECT(0, ring_unregister(&ring));
    EXPECT(0, test_create_zone(fd, &config));
    test_end(fd, 0);
    ring_drop(&ring);
}

/* Nor does a zone's memory become free. The zone goes on meanwhile. */
static void destroy_waits(int fd) {
    struct lv_zone_config config = shared_config(fd);
    struct ring ring;
    int memory;

    EXPECT(0, test_create_zone(fd, &config));
    memory = test_zone_memory(fd, config.zone_id);
    volatile uint8_t *mapped = test_map(memory, 0, PINNED);
    mapped[0] = 0x77;
    ring = pin(memory, 0);
    EXPECT(-EBUSY, test_command(fd, LV_IOCTL_DESTROY, config.zone_id, 0));
    EXPECT(LV_STATE_CREATED, test_state(fd, config.zone_id));
    EXPECT(0x77, mapped[0]);
    EXPECT(-EBUSY, test_command(fd, LV_IOCTL_DESTROY, config.zone_id, 0));
    EXPECT(0, ring_unregister(&ring));
    test_end(fd, 0);
    EXPECT_TRUE(!test_is_there(mapped));
    (void)munmap((void *)mapped, PINNED);
    (void)close(memory);
    ring_drop(&ring);
}

/* A pipe holds a page as well. */
static void pipe_counts(int fd) {
    struct lv_zone_config config = test_config(fd, 0, GUEST_IDLES);
    uint8_t *mapped = test_map(fd, config.regions[0].hpa, KERNEL_PAGE);
    struct iovec part = {mapped, KERNEL_PAGE};
    int channel[2];

    EXPECT(0, pipe(channel));
    EXPECT(KERNEL_PAGE, vmsplice(channel[1], &part, 1, 0));
    EXPECT(-EBUSY, test_create_zone(fd, &config));
    (void)close(channel[0]);
    (void)close(channel[1]);
    EXPECT(0, test_create_zone(fd, &config));
    test_end(fd, 0);
    (void)munmap(mapped, KERNEL_PAGE);
}

void pins_run(void) {
    int fd = test_open();
    struct lv_zone_config config = test_config(fd, 0, GUEST_IDLES);
    uint64_t end = config.store_hpa + config.store_size;

    create_waits(fd, config.regions[0].hpa);
    create_waits(fd, config.store_hpa - PINNED);
    create_waits(fd, config.store_hpa);
    create_waits(fd, end - PINNED);
    destroy_waits(fd);
    pipe_counts(fd);
    /* What is beside it is nobody's business. */
    struct ring ring = pin(fd, end);
    EXPECT(0, test_create_zone(fd, &config));
    test_end(fd, 0);
    ring_drop(&ring);
    EXPECT(test_pool(fd).size, test_pool_free(fd));
}

/* Reads into memory that zones are made of, again and again: the kernel finds it there or not. */
static _Noreturn void read_for_ever(uint64_t hpa) {
    int direct = open_disk(O_DIRECT);
    uint8_t *mapped = test_map(test_open(), hpa, LENGTH);

    for (;;) {
        ssize_t result = pread(direct, mapped, LENGTH, 0);
        if (result < 0 && errno != EFAULT) {
            _exit(1);
        }
        /* Without a pause, there would be no moment for a zone. */
        (void)usleep(2000);
    }
}

/* Zones are made and destroyed under direct I/O: each CREATE waits for it or is first, and no read
 * reaches a zone's memory, which would end the root zone. */
void pins_race_run(void) {
    int fd = test_open();
    struct lv_zone_config config = test_config(fd, 0, GUEST_IDLES);
    unsigned made = 0;
    unsigned busy = 0;
    int reader = fork();

    if (reader == 0) {
        read_for_ever(config.regions[0].hpa);
    }
    for (unsigned i = 0; i < RACES; i++) {
        long result = test_create_zone(fd, &config);
        EXPECT_TRUE(result == 0 || result == -EBUSY);
        if (result == 0) {
            made++;
            (void)usleep(1000);
            test_end(fd, 0);
        } else {
            busy++;
        }
        /* The reader has it again. */
        (void)usleep(i % 16 * 200);
    }
    printf("%u zones made, %u times busy\n", made, busy);
    EXPECT_TRUE(made > 0);
    EXPECT(0, kill(reader, SIGKILL));
    EXPECT(SIGKILL, test_join(reader) & 0x7f);
}

/* Another program holds the pages of pages_left_run(). */
void pages_busy_run(void) {
    int fd = test_open();
    struct lv_zone_config config = test_config(fd, 0, GUEST_IDLES);

    EXPECT(-EBUSY, test_create_zone(fd, &config));
}

/* That program has ended. */
void pages_free_run(void) {
    int fd = test_open();
    struct lv_zone_config config = test_config(fd, 0, GUEST_IDLES);

    EXPECT(0, test_create_zone(fd, &config));
    test_end(fd, 0);
}

/* Holds pages without a mapping or an open device, says so, and does not end by itself. */
void pages_left_run(void) {
    int fd = test_open();

    (void)pin(fd, test_pool(fd).hpa);
    (void)close(fd);
    puts("holds");
    for (;;) {
        (void)pause();
    }
}
