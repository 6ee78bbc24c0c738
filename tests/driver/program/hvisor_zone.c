// SPDX-License-Identifier: GPL-2.0-or-later
/* Zones that live and die through /dev/hvisor, as hvisor-tool has them do. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hvisor.h"
#include "hvisor_guest.h"

#define UART           0x1fe00000u
#define FIRST_FREE_CPU 4
#define CACHED_WINDOW  0x9000000000000000u
#define DEVICE_SIZE    0x200 /* virtio-mmio's, as hvisor's files say it */
#define ROUNDS         10
#define RACE_ROUNDS    20
#define RACERS         3
#define COUNTED        1000000u

extern const uint8_t hvisor_guest_start[];
extern const uint8_t hvisor_guest_end[];

static uint64_t slot_hpa(uint32_t slot) {
    int native = test_open();
    struct lv_region pool = test_pool(native);

    (void)close(native);
    return pool.hpa + slot * SLOT_SIZE;
}

static uint64_t slot_cpu(uint32_t slot) {
    return 1ull << (FIRST_FREE_CPU + slot);
}

int hvisor_open(void) {
    int fd = open(LV_HVISOR_DEVICE_PATH, O_RDWR | O_CLOEXEC);

    if (fd < 0) {
        perror(LV_HVISOR_DEVICE_PATH);
        exit(1);
    }
    return fd;
}

long hvisor_load(uint64_t hpa, const void *bytes, uint64_t size) {
    struct lv_hvisor_load load = {.user_buffer = (uintptr_t)bytes, .size = size, .load_paddr = hpa};
    int fd = hvisor_open();
    long result = test_ioctl(fd, LV_HVISOR_IOCTL_LOAD, &load);

    (void)close(fd);
    return result;
}

struct lv_hvisor_zone hvisor_zone(uint32_t slot, uint64_t cpus) {
    uint64_t base = slot_hpa(slot);
    struct lv_hvisor_zone zone = {
        .zone_id = test_zone_id(slot),
        .cpus = cpus,
        .num_memory_regions = 3,
        .memory_regions = {{.type = LV_HVISOR_RAM, .physical_start = base, .size = SLOT_RAM},
                           {.type = LV_HVISOR_IO, UART, UART, LV_PAGE_SIZE},
                           {.type = LV_HVISOR_VIRTIO, HVISOR_DEVICE, HVISOR_DEVICE, DEVICE_SIZE}},
        .interrupts_bitmap = {1u << LV_HVISOR_IRQ_WAKEUP},
        .entry_point = CACHED_WINDOW | HVISOR_GUEST_GPA,
        .kernel_load_paddr = base + HVISOR_GUEST_GPA,
        .kernel_size = test_distance(hvisor_guest_start, hvisor_guest_end),
    };

    (void)snprintf(zone.name, sizeof(zone.name), "hvisor%u", slot);
    return zone;
}

/* The RAM is not cleared before the start. */
void hvisor_prepare(const struct lv_hvisor_zone *zone, uint64_t mode) {
    static const uint8_t no_report[HVISOR_REPORT_SIZE];
    uint64_t base = zone->memory_regions[0].physical_start;

    EXPECT(0, hvisor_load(zone->kernel_load_paddr, hvisor_guest_start, zone->kernel_size));
    EXPECT(0, hvisor_load(base + HVISOR_REPORT_GPA, no_report, sizeof(no_report)));
    EXPECT(0, hvisor_load(base + HVISOR_MODE_GPA, &mode, sizeof(mode)));
}

long hvisor_start(uint32_t slot, uint64_t cpus, uint64_t mode) {
    const struct lv_hvisor_zone zone = hvisor_zone(slot, cpus);
    int fd;
    long result;

    hvisor_prepare(&zone, mode);
    fd = hvisor_open();
    result = test_ioctl(fd, LV_HVISOR_IOCTL_START, &zone);
    (void)close(fd);
    return result;
}

long hvisor_shutdown(uint32_t slot) {
    int fd = hvisor_open();
    long result = test_ioctl(fd, LV_HVISOR_IOCTL_SHUTDOWN, (void *)(uintptr_t)test_zone_id(slot));

    (void)close(fd);
    return result;
}

volatile uint8_t *hvisor_map(int fd, uint32_t slot) {
    return test_map(fd, slot_hpa(slot), SLOT_SIZE);
}

uint64_t hvisor_report(const volatile uint8_t *memory, uint32_t offset) {
    return *(const volatile uint64_t *)(const volatile void *)&memory[HVISOR_REPORT_GPA + offset];
}

bool hvisor_wait_report(const volatile uint8_t *memory, uint32_t offset, uint64_t value) {
    uint64_t end = test_now_ms() + MAX_WAIT_MS;

    while (hvisor_report(memory, offset) < value && test_now_ms() < end) {
        (void)usleep(1000);
    }
    return hvisor_report(memory, offset) >= value;
}

/* How many zones there are; info is that of this id, if it is among them. */
static long list_find(uint32_t zone_id, struct lv_hvisor_info *info) {
    struct lv_hvisor_info zones[LV_MAX_ZONES] = {0};
    struct lv_hvisor_list list = {.count = LV_MAX_ZONES, .zones = (uintptr_t)zones};
    int fd = hvisor_open();
    long count = test_ioctl(fd, LV_HVISOR_IOCTL_LIST, &list);

    for (long i = 0; i < count; i++) {
        if (zones[i].zone_id == zone_id) {
            *info = zones[i];
        }
    }
    (void)close(fd);
    return count;
}

static uint64_t sum(const volatile uint8_t *memory, size_t size) {
    uint64_t all = 0;

    for (size_t i = 0; i < size; i++) {
        all |= memory[i];
    }
    return all;
}

/* Nothing but its own image tells the guest where it is. */
static void life_round(int fd, int native) {
    volatile uint8_t *memory = hvisor_map(fd, 0);
    struct lv_hvisor_info info = {0};

    EXPECT(0, hvisor_start(0, slot_cpu(0), HVISOR_MODE_IDLE));
    EXPECT_TRUE(hvisor_wait_report(memory, HVISOR_REPORT_MARK, HVISOR_MARK));
    EXPECT(0, hvisor_report(memory, HVISOR_REPORT_REGISTERS));
    EXPECT(HVISOR_TREE_MAGIC, hvisor_report(memory, HVISOR_REPORT_TREE));
    EXPECT(HVISOR_TREE_SIZE, hvisor_report(memory, HVISOR_REPORT_TREE_SIZE));
    EXPECT(2, list_find(test_zone_id(0), &info));
    EXPECT(slot_cpu(0), info.cpus);
    EXPECT(0, strcmp("hvisor0", info.name));
    EXPECT(0, info.is_err);
    EXPECT(LV_STATE_RUNNING, test_state(native, test_zone_id(0)));

    const struct lv_hvisor_zone again = hvisor_zone(0, slot_cpu(1));
    EXPECT(-EEXIST, test_ioctl(fd, LV_HVISOR_IOCTL_START, &again));
    EXPECT(-EBUSY, hvisor_load(slot_hpa(0), "", 1));
    EXPECT(0, hvisor_shutdown(0));
    EXPECT(-ENOENT, hvisor_shutdown(0));
    EXPECT(1, list_find(test_zone_id(0), &info));
    EXPECT(0, sum(memory, SLOT_RAM));
    (void)munmap((void *)memory, SLOT_SIZE);
}

/* Two at a time, the second of them with the native tool's device. */
static void life_of_two(int native) {
    struct lv_hvisor_info info = {0};

    EXPECT(0, hvisor_start(0, slot_cpu(0), HVISOR_MODE_IDLE));
    test_run(native, 1, 0);
    EXPECT(3, list_find(test_zone_id(1), &info));
    EXPECT(slot_cpu(1), info.cpus);
    EXPECT(0, hvisor_shutdown(1));
    EXPECT(LV_STATE_ABSENT, test_state(native, test_zone_id(1)));
    EXPECT(0, test_command(native, LV_IOCTL_STOP, test_zone_id(0), LV_STOP_FORCE));
    EXPECT_TRUE(test_wait_state(native, test_zone_id(0), LV_STATE_STOPPED));
    EXPECT(0, hvisor_shutdown(0));
}

static void life_that_fails(int native) {
    struct lv_hvisor_info info = {0};

    EXPECT(0, hvisor_start(0, slot_cpu(0), HVISOR_MODE_FAIL));
    EXPECT_TRUE(test_wait_state(native, test_zone_id(0), LV_STATE_FAILED));
    EXPECT(2, list_find(test_zone_id(0), &info));
    EXPECT(1, info.is_err);
    EXPECT(0, hvisor_shutdown(0));
}

void hvisor_life_run(void) {
    int fd = hvisor_open();
    int native = test_open();
    uint64_t before = test_pool_free(native);

    for (int i = 0; i < ROUNDS; i++) {
        life_round(fd, native);
    }
    life_of_two(native);
    life_that_fails(native);
    EXPECT(before, test_pool_free(native));
}

/* Both CPUs of one zone count, at the same time, after each of some starts. */
void hvisor_cpus_run(void) {
    int fd = hvisor_open();
    volatile uint8_t *memory = hvisor_map(fd, 0);

    for (int i = 0; i < ROUNDS; i++) {
        EXPECT(0, hvisor_start(0, slot_cpu(0) | slot_cpu(1), HVISOR_MODE_CPUS));
        EXPECT_TRUE(hvisor_wait_report(memory, HVISOR_REPORT_CPU1, COUNTED));
        EXPECT_TRUE(hvisor_wait_report(memory, HVISOR_REPORT_CPU0, COUNTED));
        EXPECT(1, hvisor_report(memory, HVISOR_REPORT_CPU1_ID));
        EXPECT(0, hvisor_report(memory, HVISOR_REPORT_REGISTERS));
        uint64_t first = hvisor_report(memory, HVISOR_REPORT_CPU0);
        uint64_t second = hvisor_report(memory, HVISOR_REPORT_CPU1);
        EXPECT_TRUE(hvisor_wait_report(memory, HVISOR_REPORT_CPU0, first + COUNTED));
        EXPECT_TRUE(hvisor_wait_report(memory, HVISOR_REPORT_CPU1, second + 1));
        EXPECT(0, hvisor_shutdown(0));
    }
    (void)munmap((void *)memory, SLOT_SIZE);
}

/* Starts the same zone as others do, and shuts it down whoever started it. */
static _Noreturn void race(void) {
    const struct lv_hvisor_zone zone = hvisor_zone(0, slot_cpu(0));
    int fd = hvisor_open();
    bool good = true;

    for (int i = 0; i < RACE_ROUNDS; i++) {
        long started = test_ioctl(fd, LV_HVISOR_IOCTL_START, &zone);
        long ended = hvisor_shutdown(0);
        good = good && (started == 0 || started == -EEXIST || started == -EBUSY);
        good = good && (ended == 0 || ended == -ENOENT);
        if (!good) {
            printf("start %ld, shutdown %ld\n", started, ended);
        }
    }
    _exit(good ? 0 : 1);
}

void hvisor_race_run(void) {
    int native = test_open();
    uint64_t before = test_pool_free(native);
    int racers[RACERS];

    for (int i = 0; i < RACERS; i++) {
        racers[i] = fork();
        if (racers[i] == 0) {
            race();
        }
    }
    for (int i = 0; i < RACERS; i++) {
        EXPECT(0, test_join(racers[i]));
    }
    long last = hvisor_shutdown(0);
    EXPECT_TRUE(last == 0 || last == -ENOENT);
    EXPECT(before, test_pool_free(native));
}
