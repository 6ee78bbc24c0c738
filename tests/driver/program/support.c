// SPDX-License-Identifier: GPL-2.0-or-later
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"

#define FIRST_FREE_CPU 4
#define GUEST_GPA      0x10000u
#define UART_GPA       0x1fe00000u
#define POWER_GPA      0x100e0000u
#define STAGE2_PAGES   12

extern const uint8_t guest_start[];
extern const uint8_t guest_end[];

int test_open(void) {
    int fd = open(LV_DEVICE_PATH, O_RDWR | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0) {
        perror(LV_DEVICE_PATH);
        exit(1);
    }
    return fd;
}

long test_ioctl(int fd, unsigned long request, const void *argument) {
    int result = ioctl(fd, request, argument);

    return result < 0 ? -errno : result;
}

void *test_bad_pointer(void) {
    static void *hole;

    if (hole == NULL) {
        hole = mmap(NULL, KERNEL_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    }
    return hole;
}

static sigjmp_buf no_memory;

static void on_bus_error(int number) {
    (void)number;
    siglongjmp(no_memory, 1);
}

bool test_is_there(const volatile uint8_t *byte) {
    struct sigaction action = {.sa_handler = on_bus_error};
    struct sigaction before;
    volatile bool there = false;

    (void)sigaction(SIGBUS, &action, &before);
    if (sigsetjmp(no_memory, 1) == 0) {
        (void)*byte;
        there = true;
    }
    (void)sigaction(SIGBUS, &before, NULL);
    return there;
}

bool test_faults(const volatile uint8_t *byte) {
    struct rusage before;
    struct rusage after;

    /* The first call may bring in the code. */
    (void)getrusage(RUSAGE_SELF, &after);
    (void)getrusage(RUSAGE_SELF, &before);
    (void)*byte;
    (void)getrusage(RUSAGE_SELF, &after);
    return after.ru_minflt != before.ru_minflt;
}

uint8_t *test_last_page(void) {
    static uint8_t *pages;

    if (pages == NULL) {
        pages =
            mmap(NULL, 2 * KERNEL_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        (void)mprotect(pages + KERNEL_PAGE, KERNEL_PAGE, PROT_NONE);
    }
    return pages;
}

uint64_t test_now_ms(void) {
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

struct lv_region test_pool(int fd) {
    struct lv_zone_config config = {0};
    struct lv_ioctl_answer answer = {.zone_id = LV_ROOT_ZONE_ID, .buffer = (uintptr_t)&config};

    EXPECT(0, test_ioctl(fd, LV_IOCTL_CONFIG, &answer));
    for (uint32_t i = 0; i < config.num_regions; i++) {
        if (config.regions[i].type == LV_REGION_POOL) {
            return config.regions[i];
        }
    }
    fputs("the root zone has no pool\n", stderr);
    exit(1);
}

uint64_t test_pool_free(int fd) {
    struct lv_machine_info info = {0};

    EXPECT(0, test_ioctl(fd, LV_IOCTL_MACHINE, &info));
    return info.pool_free;
}

void *test_map(int fd, uint64_t hpa, size_t size) {
    void *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)hpa);

    return mapped == MAP_FAILED ? NULL : mapped;
}

int test_zone_memory(int fd, uint32_t zone_id) {
    return (int)test_command(fd, LV_IOCTL_ZONE_MEMORY, zone_id, 0);
}

const void *test_guest(uint64_t *size) {
    *size = test_distance(guest_start, guest_end);
    return guest_start;
}

uint32_t test_zone_id(uint32_t slot) {
    return slot + 1;
}

struct lv_zone_config test_config(int fd, uint32_t slot, uint64_t mode) {
    uint64_t base = test_pool(fd).hpa + slot * SLOT_SIZE;
    struct lv_zone_config config = {
        .magic = LV_ZONE_MAGIC,
        .version = LV_ZONE_VERSION,
        .size = sizeof(config),
        .zone_id = test_zone_id(slot),
        .flags = LV_ZONE_CLEAR_RAM,
        .cpus = 1u << (FIRST_FREE_CPU + slot),
        .entry = GUEST_GPA,
        .boot_args = {mode},
        .num_regions = 3,
        .num_payloads = 1,
        .store_hpa = base + SLOT_RAM,
        .store_size = SLOT_SIZE - SLOT_RAM,
        .regions = {{.type = LV_REGION_RAM, .hpa = base, .size = SLOT_RAM},
                    {.type = LV_REGION_UART, .gpa = UART_GPA, .size = LV_PAGE_SIZE},
                    {.type = LV_REGION_POWER, .gpa = POWER_GPA, .size = LV_PAGE_SIZE}},
        .payloads = {{.gpa = GUEST_GPA, .size = test_distance(guest_start, guest_end)}},
    };

    (void)snprintf(config.name, sizeof(config.name), "slot%u", slot);
    return config;
}

long test_create_zone(int fd, const struct lv_zone_config *config) {
    struct lv_ioctl_create create = {.config = (uint64_t)(uintptr_t)config};

    return test_ioctl(fd, LV_IOCTL_CREATE, &create);
}

long test_create(int fd, uint32_t slot, uint64_t mode) {
    struct lv_zone_config config = test_config(fd, slot, mode);
    struct lv_ioctl_load load = {.hpa = config.store_hpa,
                                 .buffer = (uintptr_t)guest_start,
                                 .size = test_distance(guest_start, guest_end)};
    long loaded = test_ioctl(fd, LV_IOCTL_LOAD, &load);

    return loaded != 0 ? loaded : test_create_zone(fd, &config);
}

void test_run(int fd, uint32_t slot, uint64_t mode) {
    EXPECT(0, test_create(fd, slot, mode));
    EXPECT(0, test_command(fd, LV_IOCTL_START, test_zone_id(slot), 0));
    EXPECT_TRUE(test_wait_state(fd, test_zone_id(slot), LV_STATE_RUNNING));
}

void test_end(int fd, uint32_t slot) {
    uint32_t id = test_zone_id(slot);

    if (test_command(fd, LV_IOCTL_STOP, id, LV_STOP_FORCE) == 0) {
        EXPECT_TRUE(test_wait_state(fd, id, LV_STATE_STOPPED));
    }
    EXPECT(0, test_command(fd, LV_IOCTL_DESTROY, id, 0));
    EXPECT_TRUE(test_wait_state(fd, id, LV_STATE_ABSENT));
}

long test_command(int fd, unsigned long request, uint32_t zone_id, uint32_t argument) {
    struct lv_ioctl_zone zone = {.zone_id = zone_id, .argument = argument};

    return test_ioctl(fd, request, &zone);
}

uint32_t test_state(int fd, uint32_t zone_id) {
    struct lv_zone_status status = {0};
    struct lv_ioctl_answer answer = {.zone_id = zone_id, .buffer = (uintptr_t)&status};

    return test_ioctl(fd, LV_IOCTL_STATUS, &answer) == 0 ? status.state : LV_STATE_ABSENT;
}

bool test_wait_state(int fd, uint32_t zone_id, uint32_t state) {
    uint64_t end = test_now_ms() + MAX_WAIT_MS;

    while (test_state(fd, zone_id) != state) {
        if (test_now_ms() > end) {
            printf("zone %u is in state %u, not %u\n", zone_id, test_state(fd, zone_id), state);
            return false;
        }
        (void)usleep(1000);
    }
    return true;
}

short test_poll(int fd, short events, int timeout) {
    struct pollfd entry = {.fd = fd, .events = events};

    return poll(&entry, 1, timeout) < 0 ? 0 : entry.revents;
}

void test_drain(int fd) {
    struct lv_event event;
    struct lv_ioctl_grown grown;

    while (read(fd, &event, sizeof(event)) > 0) {
    }
    (void)test_ioctl(fd, LV_IOCTL_GROWN, &grown);
}

int test_join(int child) {
    int status = -1;

    (void)waitpid(child, &status, 0);
    return status;
}
