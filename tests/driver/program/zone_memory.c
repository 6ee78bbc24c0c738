// SPDX-License-Identifier: GPL-2.0-or-later
/* The file of a zone's memory: what it shows, what it refuses, and that it ends with its zone. */
#include "ring.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest.h"

/* A zone of three regions: RAM at 0, a shared window behind a hole, and more RAM behind that. */
#define WINDOW      0x10000000ull
#define WINDOW_SIZE 0x200000ull
#define BEHIND      (WINDOW + WINDOW_SIZE)
#define ROUNDS      200u
#define NOBODY      65534
/* What counts as nothing: other programs and the kernel itself come and go. */
#define FEW_FILES 20
#define FEW_KIB   2048

static struct lv_zone_config window_config(int fd, uint32_t slot) {
    struct lv_zone_config config = test_config(fd, 2 * slot, GUEST_IDLES);
    uint64_t more = config.regions[0].hpa + SLOT_SIZE;

    config.zone_id = test_zone_id(slot);
    config.cpus = test_config(fd, slot, 0).cpus;
    config.num_payloads = 0;
    config.num_regions = 3;
    config.regions[1] = (struct lv_region){.type = LV_REGION_RAM,
                                           .flags = LV_REGION_SHARED,
                                           .hpa = more,
                                           .gpa = WINDOW,
                                           .size = WINDOW_SIZE};
    config.regions[2] = (struct lv_region){
        .type = LV_REGION_RAM, .hpa = more + WINDOW_SIZE, .gpa = BEHIND, .size = WINDOW_SIZE};
    return config;
}

static void shows_the_window_alone(int fd, int memory, const struct lv_zone_config *config) {
    volatile uint8_t *all = test_map(memory, 0, BEHIND);
    volatile uint8_t *pool = test_map(fd, config->regions[1].hpa, WINDOW_SIZE);

    EXPECT_TRUE(all != NULL && pool != NULL);
    EXPECT_TRUE(!test_is_there(&all[0]));
    EXPECT_TRUE(!test_is_there(&all[GUEST_MARK_GPA]));
    EXPECT_TRUE(!test_is_there(&all[WINDOW - 1]));
    EXPECT_TRUE(test_is_there(&all[WINDOW]));
    EXPECT_TRUE(test_is_there(&all[BEHIND - 1]));
    all[WINDOW + 5] = 0x11;
    pool[WINDOW_SIZE - 5] = 0x22;
    EXPECT(0x11, pool[5]);
    EXPECT(0x22, all[BEHIND - 5]);
    (void)munmap((void *)all, BEHIND);
    (void)munmap((void *)pool, WINDOW_SIZE);
}

static long map_error(int memory, uint64_t offset, size_t size, int protection, int flags) {
    void *mapped = mmap(NULL, size, protection, flags, memory, (off_t)offset);

    return mapped == MAP_FAILED ? -errno : munmap(mapped, size);
}

static void has_no_other_right(int memory) {
    struct lv_ioctl_zone zone = {.zone_id = 1};
    struct stat status;
    char byte = 0;

    EXPECT_TRUE(memory >= 0);
    if (memory < 0) {
        return;
    }
    EXPECT(FD_CLOEXEC, fcntl(memory, F_GETFD));
    EXPECT(BEHIND, lseek(memory, 0, SEEK_END));
    EXPECT(0, lseek(memory, 0, SEEK_SET));
    EXPECT(0, fstat(memory, &status));
    EXPECT(BEHIND, status.st_size);
    EXPECT(-ENOTTY, test_ioctl(memory, LV_IOCTL_ZONE_MEMORY, &zone));
    EXPECT(-ENOTTY, test_ioctl(memory, LV_IOCTL_STOP, &zone));
    EXPECT(-1, read(memory, &byte, 1));
    EXPECT(-1, write(memory, &byte, 1));
    EXPECT(-1, ftruncate(memory, 0));
    EXPECT(-EINVAL, map_error(memory, WINDOW, KERNEL_PAGE, PROT_READ, MAP_PRIVATE));
    EXPECT(-EPERM, map_error(memory, WINDOW, KERNEL_PAGE, PROT_READ | PROT_EXEC, MAP_SHARED));
    EXPECT(0, map_error(memory, 0, BEHIND, PROT_READ | PROT_WRITE, MAP_SHARED));
    EXPECT(-ENXIO, map_error(memory, 0, BEHIND + KERNEL_PAGE, PROT_READ, MAP_SHARED));
    EXPECT(-ENXIO, map_error(memory, BEHIND, KERNEL_PAGE, PROT_READ, MAP_SHARED));
    EXPECT(-ENXIO, map_error(memory, INT64_MAX & -(int64_t)KERNEL_PAGE, KERNEL_PAGE, PROT_READ,
                             MAP_SHARED));
}

/* A program without any right has what it shows, and cannot open it again. */
static void serves_the_unprivileged(int memory) {
    char name[32];
    int child = fork();

    if (child == 0) {
        bool dropped = setgid(NOBODY) == 0 && setuid(NOBODY) == 0;
        volatile uint8_t *mapped = test_map(memory, WINDOW, KERNEL_PAGE);
        (void)snprintf(name, sizeof(name), "/proc/self/fd/%d", memory);
        _exit(!dropped || mapped == NULL || !test_is_there(mapped) || open(name, O_RDWR) >= 0);
    }
    EXPECT(0, test_join(child));
}

static void changes_of_mappings(int memory) {
    volatile uint8_t *mapped = test_map(memory, WINDOW, 4 * KERNEL_PAGE);
    uint8_t *moved = mmap(NULL, 4 * KERNEL_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int child;

    for (unsigned i = 0; i < 4; i++) {
        mapped[i * KERNEL_PAGE] = (uint8_t)(0x40 + i);
    }
    child = fork();
    if (child == 0) {
        mapped[1] = 0x99;
        _exit(mapped[3 * KERNEL_PAGE] != 0x43);
    }
    EXPECT(0, test_join(child));
    EXPECT(0x99, mapped[1]);
    EXPECT(-1, mprotect((void *)mapped, KERNEL_PAGE, PROT_READ | PROT_EXEC));
    EXPECT_TRUE(mremap((void *)mapped, 4 * KERNEL_PAGE, 5 * KERNEL_PAGE, MREMAP_MAYMOVE) ==
                MAP_FAILED);
    EXPECT(EFAULT, errno);
    EXPECT(0, munmap((void *)&mapped[KERNEL_PAGE], KERNEL_PAGE));
    EXPECT(0x40, mapped[0]);
    EXPECT_TRUE(mremap((void *)&mapped[2 * KERNEL_PAGE], 2 * KERNEL_PAGE, 2 * KERNEL_PAGE,
                       MREMAP_MAYMOVE | MREMAP_FIXED, moved) == moved);
    EXPECT(0x42, moved[0]);
    EXPECT(0x43, moved[KERNEL_PAGE]);
    (void)munmap((void *)mapped, KERNEL_PAGE);
    (void)munmap(moved, 4 * KERNEL_PAGE);
}

static void refusals(int fd) {
    struct lv_zone_config config = test_config(fd, 0, GUEST_IDLES);
    struct lv_ioctl_zone zone = {.zone_id = config.zone_id, .argument = 1};

    EXPECT(-ENOENT, test_zone_memory(fd, config.zone_id));
    EXPECT(-ENOENT, test_zone_memory(fd, UINT32_MAX));
    EXPECT(-ENXIO, test_zone_memory(fd, LV_ROOT_ZONE_ID));
    EXPECT(0, test_create_zone(fd, &config));
    EXPECT(-ENXIO, test_zone_memory(fd, config.zone_id));
    EXPECT(-EINVAL, test_ioctl(fd, LV_IOCTL_ZONE_MEMORY, &zone));
    test_end(fd, 0);
}

/* Two zones: each file shows its own zone's window. */
static void zones_apart(int fd, int first) {
    struct lv_zone_config config = window_config(fd, 1);
    volatile uint8_t *mine = test_map(first, WINDOW, WINDOW_SIZE);
    int second;

    EXPECT(0, test_create_zone(fd, &config));
    second = test_zone_memory(fd, config.zone_id);
    volatile uint8_t *others = test_map(second, WINDOW, WINDOW_SIZE);
    mine[100] = 1;
    others[100] = 2;
    EXPECT(1, mine[100]);
    test_end(fd, 1);
    EXPECT_TRUE(!test_is_there(&others[100]));
    EXPECT(1, mine[100]);
    (void)munmap((void *)mine, WINDOW_SIZE);
    (void)munmap((void *)others, WINDOW_SIZE);
    (void)close(second);
}

void zone_memory_run(void) {
    int fd = test_open();
    struct lv_zone_config config = window_config(fd, 0);
    int memory;

    refusals(fd);
    EXPECT(0, test_create_zone(fd, &config));
    memory = test_zone_memory(fd, config.zone_id);
    EXPECT_TRUE(memory >= 0);
    shows_the_window_alone(fd, memory, &config);
    has_no_other_right(memory);
    serves_the_unprivileged(memory);
    changes_of_mappings(memory);
    zones_apart(fd, memory);
    test_end(fd, 0);
    (void)close(memory);
    EXPECT(test_pool(fd).size, test_pool_free(fd));
}

/* A zone in slot 0 whose RAM is shared, with the guest in its store. */
static struct lv_zone_config create_shared(int fd) {
    struct lv_zone_config config = test_config(fd, 0, GUEST_IDLES);
    struct lv_ioctl_load load = {.hpa = config.store_hpa};

    config.regions[0].flags = LV_REGION_SHARED;
    load.buffer = (uintptr_t)test_guest(&load.size);
    EXPECT(0, test_ioctl(fd, LV_IOCTL_LOAD, &load));
    EXPECT(0, test_create_zone(fd, &config));
    return config;
}

static bool wait_mark(const volatile uint32_t *mark) {
    uint64_t end = test_now_ms() + MAX_WAIT_MS;

    while (*mark != GUEST_MARK && test_now_ms() < end) {
        (void)usleep(1000);
    }
    return *mark == GUEST_MARK;
}

static void command(int fd, unsigned long request, uint32_t argument, uint32_t state) {
    EXPECT(0, test_command(fd, request, test_zone_id(0), argument));
    EXPECT_TRUE(test_wait_state(fd, test_zone_id(0), state));
}

/* The memory is the zone's over starts and stops; what was in it is cleared as for the zone. */
static void lives_with_the_zone(int fd, const volatile uint32_t *mark, volatile uint32_t *other) {
    EXPECT(0, *mark);
    command(fd, LV_IOCTL_START, 0, LV_STATE_RUNNING);
    EXPECT_TRUE(wait_mark(mark));
    command(fd, LV_IOCTL_STOP, LV_STOP_FORCE, LV_STATE_STOPPED);
    EXPECT(GUEST_MARK, *mark);
    *other = 7;
    command(fd, LV_IOCTL_START, 0, LV_STATE_RUNNING);
    EXPECT_TRUE(wait_mark(mark));
    EXPECT(0, *other);
    *other = 7;
    command(fd, LV_IOCTL_RESTART, 0, LV_STATE_RUNNING);
    EXPECT_TRUE(wait_mark(mark));
    EXPECT(0, *other);
}

void zone_memory_life_run(void) {
    int fd = test_open();
    struct lv_zone_config config = create_shared(fd);
    int memory = test_zone_memory(fd, config.zone_id);
    volatile uint8_t *mapped = test_map(memory, 0, SLOT_RAM);
    volatile uint32_t *mark = (volatile void *)&mapped[GUEST_MARK_GPA];

    EXPECT_TRUE(mapped != NULL);
    lives_with_the_zone(fd, mark, (volatile void *)&mapped[GUEST_MARK_GPA + KERNEL_PAGE]);
    EXPECT(-EBADFD, test_command(fd, LV_IOCTL_DESTROY, config.zone_id, 0));
    EXPECT(GUEST_MARK, *mark);
    test_end(fd, 0);
    EXPECT_TRUE(!test_is_there(mapped));
    /* The next zone of that number has the same memory, and this file does not show it. */
    config = create_shared(fd);
    EXPECT_TRUE(!test_is_there(mapped));
    (void)munmap((void *)mapped, SLOT_RAM);
    mapped = test_map(memory, 0, SLOT_RAM);
    EXPECT_TRUE(mapped == NULL || !test_is_there(mapped));
    int next = test_zone_memory(fd, config.zone_id);
    volatile uint8_t *again = test_map(next, 0, SLOT_RAM);
    again[0] = 1;
    EXPECT_TRUE(mapped == NULL || !test_is_there(mapped));
    (void)close(memory);
    EXPECT(1, again[0]);
    test_end(fd, 0);
    EXPECT_TRUE(!test_is_there(again));
    (void)close(next);
}

/* Registers a buffer in the mapping, says so, and does not end by itself. */
static _Noreturn void pin_for_ever(void *mapped) {
    struct ring ring = ring_make();

    EXPECT_TRUE(mapped != NULL);
    EXPECT(0, ring_register(&ring, mapped, KERNEL_PAGE));
    puts("holds");
    for (;;) {
        (void)pause();
    }
}

/* Pins memory of slot 0's zone, which it has from the zone's file alone. */
void zone_memory_pin_run(void) {
    int fd = test_open();
    int memory = test_zone_memory(fd, create_shared(fd).zone_id);

    (void)close(fd);
    pin_for_ever(test_map(memory, 0, KERNEL_PAGE));
}

/* The same by a mapping of the device, at the HPA. */
void pool_pin_run(void) {
    int fd = test_open();
    struct lv_zone_config config = create_shared(fd);
    void *mapped = test_map(fd, config.regions[0].hpa, KERNEL_PAGE);

    (void)close(fd);
    pin_for_ever(mapped);
}

/* Keeps the file of slot 0's zone, and nothing else of the driver's; does not end by itself. */
void zone_memory_hold_run(void) {
    int fd = test_open();
    struct lv_zone_config config = create_shared(fd);
    int memory = test_zone_memory(fd, config.zone_id);

    EXPECT_TRUE(memory >= 0);
    (void)close(fd);
    puts("holds");
    for (;;) {
        (void)pause();
    }
}

/* A number after a word of a file in /proc. */
static long proc_number(const char *path, const char *word) {
    FILE *file = fopen(path, "r");
    char line[128];
    long number = -1;

    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, word, strlen(word)) == 0) {
            (void)sscanf(line + strlen(word), "%ld", &number);
            break;
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return number;
}

static void round_of_memory(int fd, const struct lv_zone_config *config) {
    EXPECT(0, test_create_zone(fd, config));
    int memory = test_zone_memory(fd, config->zone_id);
    volatile uint8_t *mapped = test_map(memory, WINDOW, WINDOW_SIZE);
    mapped[0] = 1;
    mapped[WINDOW_SIZE - 1] = 1;
    test_end(fd, 0);
    EXPECT_TRUE(!test_is_there(mapped));
    (void)munmap((void *)mapped, WINDOW_SIZE);
    (void)close(memory);
}

/* Zones come and go with their memory mapped: no page, inode or file stays behind. */
void zone_memory_rounds_run(void) {
    int fd = test_open();
    struct lv_zone_config config = window_config(fd, 0);

    for (unsigned i = 0; i < ROUNDS / 10; i++) {
        round_of_memory(fd, &config);
    }
    long kib = proc_number("/proc/meminfo", "MemFree:");
    long inodes = proc_number("/proc/sys/fs/inode-nr", "");
    long files = proc_number("/proc/sys/fs/file-nr", "");
    for (unsigned i = 0; i < ROUNDS; i++) {
        round_of_memory(fd, &config);
    }
    long lost = kib - proc_number("/proc/meminfo", "MemFree:");
    printf("after %u rounds: %ld KiB less are free\n", ROUNDS, lost);
    EXPECT_TRUE(kib > 0 && inodes > 0 && files > 0);
    EXPECT_TRUE(lost < FEW_KIB);
    EXPECT_TRUE(proc_number("/proc/sys/fs/inode-nr", "") - inodes < FEW_FILES);
    EXPECT_TRUE(proc_number("/proc/sys/fs/file-nr", "") - files < FEW_FILES);
    EXPECT(test_pool(fd).size, test_pool_free(fd));
}
