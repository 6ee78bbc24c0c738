// SPDX-License-Identifier: GPL-2.0-or-later
/* LOAD and mmap: what is allowed, what is not, and what happens to it when a zone is made of the
 * memory. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "guest.h"

#define BLOCK    0x200000ull
#define ROOT_RAM 0x80000000u
#define OWN_NODE "/dev/loongvisor-second" /* /tmp has no devices */
#define MEBIBYTE 0x100000ull

static long load(int fd, uint64_t hpa, const void *buffer, uint64_t size) {
    struct lv_ioctl_load argument = {.hpa = hpa, .buffer = (uintptr_t)buffer, .size = size};

    return test_ioctl(fd, LV_IOCTL_LOAD, &argument);
}

static void load_refused(int fd, const struct lv_region *pool) {
    uint64_t end = pool->hpa + pool->size;
    uint8_t byte = 0;

    EXPECT(-EPERM, load(fd, 0, &byte, 1));
    EXPECT(-EPERM, load(fd, ROOT_RAM, &byte, 1));
    EXPECT(-EPERM, load(fd, pool->hpa - 1, &byte, 1));
    EXPECT(-EPERM, load(fd, end, &byte, 1));
    EXPECT(-EPERM, load(fd, UINT64_MAX - 1, &byte, 1));
    EXPECT(-EPERM, load(fd, end - 1, &byte, 2));
    EXPECT(-EPERM, load(fd, pool->hpa, &byte, pool->size + 1));
    EXPECT(-EINVAL, load(fd, pool->hpa, &byte, UINT64_MAX));
    EXPECT(-EFAULT, load(fd, pool->hpa, NULL, 1));
    EXPECT(-EFAULT, load(fd, pool->hpa, test_last_page() + KERNEL_PAGE - 1, 2));
    EXPECT(0, load(fd, pool->hpa, NULL, 0));
}

/* Three MiB and a bit, from an odd address to an odd address. */
static void load_arrives(int fd, const struct lv_region *pool) {
    static uint8_t bytes[3 * MEBIBYTE + 12345];
    uint8_t *mapped = test_map(fd, pool->hpa, 4 * MEBIBYTE);

    EXPECT_TRUE(mapped != NULL);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i * 7 + i / 251);
    }
    memset(mapped, 0xee, 4 * MEBIBYTE);
    EXPECT(0, load(fd, pool->hpa + 4093, bytes, sizeof(bytes)));
    EXPECT(0, memcmp(mapped + 4093, bytes, sizeof(bytes)));
    EXPECT(0xee, mapped[4092]);
    EXPECT(0xee, mapped[4093 + sizeof(bytes)]);
    (void)munmap(mapped, 4 * MEBIBYTE);
}

/* What is loaded may come from a mapping of the pool, which is filled by faults while it is read.
 */
static void load_from_mapping(int fd, const struct lv_region *pool) {
    uint8_t *mapped = test_map(fd, pool->hpa, 8 * MEBIBYTE);

    EXPECT_TRUE(mapped != NULL);
    mapped[MEBIBYTE] = 0x3c;
    (void)munmap(mapped, 8 * MEBIBYTE);
    mapped = test_map(fd, pool->hpa, 8 * MEBIBYTE);
    EXPECT(0, load(fd, pool->hpa + 4 * MEBIBYTE, mapped, 4 * MEBIBYTE));
    EXPECT(0x3c, mapped[5 * MEBIBYTE]);
    (void)munmap(mapped, 8 * MEBIBYTE);
}

/* What one open file has loaded into is its own until it is closed. */
static void load_claims(int fd, const struct lv_region *pool) {
    struct lv_zone_config config = test_config(fd, 0, GUEST_IDLES);
    int other = test_open();
    uint8_t byte = 1;

    EXPECT(0, load(other, pool->hpa + BLOCK, &byte, 1));
    EXPECT(0, load(other, pool->hpa + BLOCK, &byte, 1));
    EXPECT(-EBUSY, load(fd, pool->hpa + 2 * BLOCK - 1, &byte, 1));
    EXPECT(-EBUSY, load(fd, pool->hpa + BLOCK - 1, &config, 2));
    EXPECT(-EBUSY, test_create_zone(fd, &config));
    EXPECT(0, load(fd, pool->hpa + 2 * BLOCK, &byte, 1));
    (void)close(other);
    EXPECT(0, load(fd, pool->hpa + BLOCK, &byte, 1));
}

/* Nobody loads into what a zone has, nor into a block of which it has a part. */
static void load_beside_zone(int fd, const struct lv_region *pool) {
    struct lv_zone_config config = test_config(fd, 0, GUEST_IDLES);
    int other = test_open();
    uint8_t byte = 1;

    config.num_payloads = 0;
    config.store_hpa = 0;
    config.store_size = 0;
    config.regions[0].hpa = pool->hpa + BLOCK;
    config.regions[0].size = LV_PAGE_SIZE;
    EXPECT(0, test_create_zone(fd, &config));
    EXPECT(-EBUSY, load(fd, pool->hpa + BLOCK, &byte, 1));
    EXPECT(-EBUSY, load(fd, pool->hpa + 2 * BLOCK - 1, &byte, 1));
    EXPECT(-EBUSY, load(fd, pool->hpa + BLOCK - 1, &config, 2));
    EXPECT(0, load(fd, pool->hpa + BLOCK - 2, &config, 2));
    EXPECT(0, load(other, pool->hpa + 2 * BLOCK, &config, 2));
    EXPECT(0, test_command(fd, LV_IOCTL_DESTROY, test_zone_id(0), 0));
    EXPECT_TRUE(test_wait_state(fd, test_zone_id(0), LV_STATE_ABSENT));
    EXPECT(0, load(other, pool->hpa + BLOCK, &byte, 1));
    (void)close(other);
}

void load_run(void) {
    int fd = test_open();
    struct lv_region pool = test_pool(fd);

    load_refused(fd, &pool);
    load_arrives(fd, &pool);
    load_from_mapping(fd, &pool);
    (void)close(fd);
    fd = test_open();
    load_claims(fd, &pool);
    (void)close(fd);
    load_beside_zone(test_open(), &pool);
}

static long map_error(int fd, uint64_t hpa, size_t size, int protection, int flags) {
    void *mapped = mmap(NULL, size, protection, flags, fd, (off_t)hpa);

    return mapped == MAP_FAILED ? -errno : munmap(mapped, size);
}

static void mappings_refused(int fd, const struct lv_region *pool) {
    uint64_t end = pool->hpa + pool->size;
    int both = PROT_READ | PROT_WRITE;
    int reader = open(LV_DEVICE_PATH, O_RDONLY);

    EXPECT(-EPERM, map_error(fd, 0, KERNEL_PAGE, PROT_READ, MAP_SHARED));
    EXPECT(-EPERM, map_error(fd, ROOT_RAM, KERNEL_PAGE, PROT_READ, MAP_SHARED));
    EXPECT(-EPERM, map_error(fd, pool->hpa - KERNEL_PAGE, KERNEL_PAGE, PROT_READ, MAP_SHARED));
    EXPECT(-EPERM, map_error(fd, pool->hpa - KERNEL_PAGE, 2 * KERNEL_PAGE, PROT_READ, MAP_SHARED));
    EXPECT(-EPERM, map_error(fd, end - KERNEL_PAGE, 2 * KERNEL_PAGE, PROT_READ, MAP_SHARED));
    EXPECT(-EPERM,
           map_error(fd, INT64_MAX & -(int64_t)KERNEL_PAGE, KERNEL_PAGE, PROT_READ, MAP_SHARED));
    EXPECT(-EINVAL, map_error(fd, pool->hpa, KERNEL_PAGE, both, MAP_PRIVATE));
    EXPECT(-EPERM, map_error(fd, pool->hpa, KERNEL_PAGE, PROT_READ | PROT_EXEC, MAP_SHARED));
    EXPECT(-EACCES, map_error(reader, pool->hpa, KERNEL_PAGE, both, MAP_SHARED));
    EXPECT(0, map_error(reader, pool->hpa, KERNEL_PAGE, PROT_READ, MAP_SHARED));
    EXPECT(0, map_error(fd, pool->hpa, pool->size, both, MAP_SHARED));
    (void)close(reader);
}

/* Code cannot be made of it later, nor more of it. */
static void mappings_stay_as_they_are(int fd, const struct lv_region *pool) {
    uint8_t *mapped = test_map(fd, pool->hpa, KERNEL_PAGE);

    EXPECT_TRUE(mapped != NULL);
    EXPECT(-1, mprotect(mapped, KERNEL_PAGE, PROT_READ | PROT_EXEC));
    EXPECT(EACCES, errno);
    EXPECT_TRUE(mremap(mapped, KERNEL_PAGE, 2 * KERNEL_PAGE, MREMAP_MAYMOVE) == MAP_FAILED);
    EXPECT(EFAULT, errno);
    (void)munmap(mapped, KERNEL_PAGE);
}

/* The device once more, at a name of the test's own. */
static int open_own_node(void) {
    struct stat device;
    int fd;

    (void)unlink(OWN_NODE);
    EXPECT(0, stat(LV_DEVICE_PATH, &device));
    EXPECT(0, mknod(OWN_NODE, S_IFCHR | 0600, device.st_rdev));
    fd = open(OWN_NODE, O_RDWR);
    (void)unlink(OWN_NODE);
    EXPECT_TRUE(fd >= 0);
    return fd;
}

/* A zone's pages go from all who have mapped them, and come back when it is gone. */
static void mappings_revoked(int fd, const struct lv_region *pool) {
    int other = open_own_node();
    volatile uint8_t *mine = test_map(fd, pool->hpa, 2 * SLOT_SIZE);
    volatile uint8_t *others = test_map(other, pool->hpa, SLOT_SIZE);

    EXPECT_TRUE(mine != NULL && others != NULL);
    mine[0] = 1;
    mine[SLOT_RAM] = 2;
    mine[SLOT_SIZE] = 3;
    EXPECT(1, others[0]);
    EXPECT_TRUE(!test_faults(&mine[0]) && !test_faults(&others[0]));
    test_run(fd, 0, GUEST_IDLES);
    EXPECT_TRUE(!test_is_there(&mine[0]) && !test_is_there(&others[0]));
    EXPECT_TRUE(!test_is_there(&mine[SLOT_RAM]) && !test_is_there(&others[SLOT_RAM]));
    EXPECT_TRUE(!test_is_there(&mine[SLOT_SIZE - 1]));
    EXPECT(3, mine[SLOT_SIZE]);
    EXPECT(-EPERM, map_error(fd, pool->hpa, KERNEL_PAGE, PROT_READ, MAP_SHARED));
    EXPECT(-EPERM, map_error(fd, pool->hpa + SLOT_RAM, KERNEL_PAGE, PROT_READ, MAP_SHARED));
    test_end(fd, 0);
    EXPECT_TRUE(test_faults(&mine[0]) && test_faults(&others[0]));
    /* Cleared, too. */
    EXPECT_TRUE(test_is_there(&mine[0]) && test_is_there(&others[SLOT_RAM]));
    EXPECT(0, mine[0] + mine[SLOT_RAM] + mine[GUEST_MARK_GPA]);
    (void)munmap((void *)mine, 2 * SLOT_SIZE);
    (void)munmap((void *)others, SLOT_SIZE);
    (void)close(other);
}

/* Sees the page, says so, is told that it is a zone's now, and sees that. */
static _Noreturn void child_look(const volatile uint8_t *page, int channel) {
    char byte;
    bool good = test_is_there(page) && write(channel, "", 1) == 1 && read(channel, &byte, 1) == 1 &&
                !test_is_there(page);

    _exit(good ? 0 : 1);
}

/* A child has its parent's mappings, until they go. */
static void mappings_of_child(int fd, const struct lv_region *pool) {
    volatile uint8_t *mapped = test_map(fd, pool->hpa, SLOT_SIZE);
    int channel[2];
    char byte;

    EXPECT(0, socketpair(AF_UNIX, SOCK_STREAM, 0, channel));
    mapped[0] = 1;
    int child = fork();
    if (child == 0) {
        (void)close(channel[0]);
        child_look(&mapped[0], channel[1]);
    }
    (void)close(channel[1]);
    EXPECT(1, read(channel[0], &byte, 1));
    EXPECT(0, test_create(fd, 0, GUEST_IDLES));
    EXPECT(1, write(channel[0], "", 1));
    EXPECT(0, test_join(child));
    test_end(fd, 0);
    (void)munmap((void *)mapped, SLOT_SIZE);
    (void)close(channel[0]);
}

/* Of a zone that shares its RAM the root zone sees the RAM, and not the store. */
static void mappings_shared(int fd, const struct lv_region *pool) {
    struct lv_zone_config config = test_config(fd, 0, GUEST_IDLES);
    struct lv_ioctl_load argument = {.hpa = config.store_hpa};
    volatile uint32_t *mark = test_map(fd, pool->hpa + GUEST_MARK_GPA, KERNEL_PAGE);
    uint8_t byte = 0;

    config.regions[0].flags = LV_REGION_SHARED;
    argument.buffer = (uintptr_t)test_guest(&argument.size);
    EXPECT(0, test_ioctl(fd, LV_IOCTL_LOAD, &argument));
    EXPECT(0, test_create_zone(fd, &config));
    EXPECT(0, test_command(fd, LV_IOCTL_START, config.zone_id, 0));
    EXPECT_TRUE(test_wait_state(fd, config.zone_id, LV_STATE_RUNNING));
    for (uint64_t end = test_now_ms() + MAX_WAIT_MS; *mark != GUEST_MARK && test_now_ms() < end;) {
        (void)usleep(1000);
    }
    EXPECT(GUEST_MARK, *mark);
    EXPECT(0, map_error(fd, pool->hpa, SLOT_RAM, PROT_READ, MAP_SHARED));
    EXPECT(-EPERM, map_error(fd, pool->hpa + SLOT_RAM, KERNEL_PAGE, PROT_READ, MAP_SHARED));
    EXPECT(-EPERM, map_error(fd, pool->hpa, SLOT_RAM + KERNEL_PAGE, PROT_READ, MAP_SHARED));
    EXPECT(-EBUSY, load(fd, pool->hpa, &byte, 1));
    test_end(fd, 0);
    EXPECT(0, *mark);
    (void)munmap((void *)mark, KERNEL_PAGE);
}

void mappings_run(void) {
    int fd = test_open();
    struct lv_region pool = test_pool(fd);

    mappings_refused(fd, &pool);
    mappings_stay_as_they_are(fd, &pool);
    mappings_revoked(fd, &pool);
    mappings_of_child(fd, &pool);
    mappings_shared(fd, &pool);
    EXPECT(pool.size, test_pool_free(fd));
}

/* The last block of the pool, which no slot has. */
static uint64_t last_block(const struct lv_region *pool) {
    return pool->hpa + pool->size - BLOCK;
}

/* Claims and maps a block, says so, and does not end by itself. */
void hold_run(void) {
    int fd = test_open();
    struct lv_region pool = test_pool(fd);
    volatile uint8_t *mapped = test_map(fd, last_block(&pool), BLOCK);
    int other = test_open();
    uint8_t byte = 0x5c;

    EXPECT(0, load(fd, last_block(&pool), &byte, 1));
    EXPECT(0x5c, mapped[0]);
    EXPECT(-EBUSY, load(other, last_block(&pool), &byte, 1));
    puts("holds");
    for (;;) {
        (void)pause();
    }
}

/* The zone of slot 0 was made before the root zone started again, and so was what another program
 * held: the zone keeps its memory, and the program nothing. */
void kept_run(void) {
    int fd = test_open();
    struct lv_region pool = test_pool(fd);
    struct lv_zone_config config = test_config(fd, 0, GUEST_FLOODS);
    uint64_t ram = config.regions[0].hpa;
    uint8_t byte = 1;

    EXPECT(pool.size - config.regions[0].size - config.store_size, test_pool_free(fd));
    EXPECT(-EBUSY, load(fd, ram, &byte, 1));
    EXPECT(-EBUSY, load(fd, config.store_hpa, &byte, 1));
    EXPECT(-EPERM, map_error(fd, ram, KERNEL_PAGE, PROT_READ, MAP_SHARED));
    EXPECT(-EPERM, map_error(fd, config.store_hpa, KERNEL_PAGE, PROT_READ, MAP_SHARED));
    EXPECT(0, load(fd, last_block(&pool), &byte, 1));
    EXPECT(0, map_error(fd, last_block(&pool), BLOCK, PROT_READ, MAP_SHARED));
    EXPECT(-EEXIST, test_create_zone(fd, &config));
}
