// SPDX-License-Identifier: GPL-2.0-or-later
/* What the ioctls do with bad pointers, sizes and numbers, and what the questions answer. */
#include "guest.h"
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ABSENT_ZONE 9

static const unsigned long known[] = {
    LV_IOCTL_MACHINE,      LV_IOCTL_LIST,          LV_IOCTL_CREATE,  LV_IOCTL_START,
    LV_IOCTL_STOP,         LV_IOCTL_RESTART,       LV_IOCTL_DESTROY, LV_IOCTL_PAUSE,
    LV_IOCTL_RESUME,       LV_IOCTL_RAISE,         LV_IOCTL_LOWER,   LV_IOCTL_CONFIG,
    LV_IOCTL_STATUS,       LV_IOCTL_STATS,         LV_IOCTL_LOAD,    LV_IOCTL_LOG,
    LV_IOCTL_CONSOLE_READ, LV_IOCTL_CONSOLE_WRITE, LV_IOCTL_GROWN,   LV_IOCTL_EVENTFD,
    LV_IOCTL_HISTORY,      LV_IOCTL_ZONE_MEMORY,   LV_IOCTL_VIRTIO,
};
#define KNOWN (sizeof(known) / sizeof(known[0]))

/* Those whose structure names a buffer. */
static const unsigned long answers[] = {
    LV_IOCTL_CONFIG,       LV_IOCTL_STATUS,        LV_IOCTL_STATS,  LV_IOCTL_LOG,
    LV_IOCTL_CONSOLE_READ, LV_IOCTL_CONSOLE_WRITE, LV_IOCTL_HISTORY};
#define ANSWERS (sizeof(answers) / sizeof(answers[0]))

static void pointers_of_arguments(int fd) {
    const uint8_t *end = test_last_page() + KERNEL_PAGE;

    for (size_t i = 0; i < KNOWN; i++) {
        EXPECT(-EFAULT, test_ioctl(fd, known[i], NULL));
        EXPECT(-EFAULT, test_ioctl(fd, known[i], test_bad_pointer()));
        EXPECT(-EFAULT, test_ioctl(fd, known[i], (void *)0x9000000000200000));
        /* Half of it can be read or written. */
        EXPECT(-EFAULT, test_ioctl(fd, known[i], end - _IOC_SIZE(known[i]) / 2));
    }
}

static void pointers_of_buffers(int fd) {
    struct lv_ioctl_answer answer = {.zone_id = LV_ROOT_ZONE_ID};
    struct lv_ioctl_list list = {.capacity = 1};

    for (size_t i = 0; i < ANSWERS; i++) {
        answer.buffer = 0;
        EXPECT(-EFAULT, test_ioctl(fd, answers[i], &answer));
        answer.buffer = (uintptr_t)test_bad_pointer();
        EXPECT(-EFAULT, test_ioctl(fd, answers[i], &answer));
        answer.buffer = (uintptr_t)test_last_page() + KERNEL_PAGE - 8;
        EXPECT(-EFAULT, test_ioctl(fd, answers[i], &answer));
        answer.buffer = UINT64_MAX - 4;
        EXPECT(-EFAULT, test_ioctl(fd, answers[i], &answer));
    }
    EXPECT(-EFAULT, test_ioctl(fd, LV_IOCTL_LIST, &list));
    list.buffer = 0x9000000000200000;
    EXPECT(-EFAULT, test_ioctl(fd, LV_IOCTL_LIST, &list));
}

static void pointers_of_reserved_fields(int fd) {
    static struct lv_stream stream;
    struct lv_ioctl_answer answer = {.buffer = (uintptr_t)&stream, .reserved = 1};
    struct lv_ioctl_list list = {.reserved = 1};

    for (size_t i = 0; i < ANSWERS; i++) {
        EXPECT(-EINVAL, test_ioctl(fd, answers[i], &answer));
    }
    EXPECT(-EINVAL, test_ioctl(fd, LV_IOCTL_LIST, &list));
}

/* Another size or direction is another number. */
static void pointers_of_no_call(int fd) {
    static uint8_t space[KERNEL_PAGE];

    for (size_t i = 0; i < KNOWN; i++) {
        unsigned number = _IOC_NR(known[i]);
        unsigned size = (unsigned)_IOC_SIZE(known[i]);
        EXPECT(-ENOTTY,
               test_ioctl(fd, _IOC(_IOC_DIR(known[i]), LV_IOCTL_MAGIC, number, size + 1), space));
        EXPECT(-ENOTTY,
               test_ioctl(fd, _IOC(_IOC_DIR(known[i]) ^ _IOC_READ, LV_IOCTL_MAGIC, number, size),
                          space));
    }
    EXPECT(-ENOTTY, test_ioctl(fd, _IO(LV_IOCTL_MAGIC, KNOWN), space));
    EXPECT(-ENOTTY, test_ioctl(fd, 0, space));
    EXPECT(-ENOTTY, test_ioctl(fd, ~0ul, space));
}

void pointers_run(void) {
    int fd = test_open();

    pointers_of_arguments(fd);
    pointers_of_buffers(fd);
    pointers_of_reserved_fields(fd);
    pointers_of_no_call(fd);
}

static void queries_of_machine(int fd) {
    struct lv_machine_info info = {0};

    EXPECT(0, test_ioctl(fd, LV_IOCTL_MACHINE, &info));
    EXPECT(LV_HYPERCALL_ABI, info.abi);
    EXPECT(0xff, info.online_cpus);
    EXPECT(0x0f, info.used_cpus);
    EXPECT(info.pool_size, info.pool_free);
    EXPECT_TRUE(info.version[0] != 0 && info.board[0] != 0);
}

static void queries_of_list(int fd) {
    struct lv_zone_summary zones[2];
    struct lv_ioctl_list list = {.buffer = (uintptr_t)zones, .capacity = UINT32_MAX};

    memset(zones, 0x77, sizeof(zones));
    EXPECT(1, test_ioctl(fd, LV_IOCTL_LIST, &list));
    EXPECT(LV_ROOT_ZONE_ID, zones[0].zone_id);
    EXPECT(LV_STATE_RUNNING, zones[0].state);
    EXPECT(0, strcmp("root", zones[0].name));
    /* No more is written than there is, and nothing of no capacity. */
    EXPECT(0x77777777, zones[1].zone_id);
    memset(zones, 0x77, sizeof(zones));
    list.capacity = 0;
    EXPECT(1, test_ioctl(fd, LV_IOCTL_LIST, &list));
    EXPECT(0x77777777, zones[0].zone_id);
}

static void queries_of_root(int fd) {
    static struct lv_zone_info_page page;
    struct lv_zone_status status = {0};
    struct lv_ioctl_answer answer = {.zone_id = LV_ROOT_ZONE_ID, .buffer = (uintptr_t)&page};

    EXPECT(0, test_ioctl(fd, LV_IOCTL_STATS, &answer));
    EXPECT(LV_INFO_MAGIC, page.magic);
    EXPECT(4, page.num_vcpus);
    EXPECT_TRUE(page.vcpus[0].exits[LV_EXIT_HYPERCALL] > 0);
    answer.buffer = (uintptr_t)&status;
    EXPECT(0, test_ioctl(fd, LV_IOCTL_STATUS, &answer));
    EXPECT(LV_STATE_RUNNING, status.state);
    EXPECT_TRUE(test_pool(fd).size > 0);
}

/* It is answered of a zone that is not there, and again: nothing is taken. */
static void queries_of_history(int fd) {
    struct lv_history history = {0};
    struct lv_ioctl_answer answer = {.zone_id = LV_ROOT_ZONE_ID, .buffer = (uintptr_t)&history};

    for (unsigned i = 0; i < 2; i++) {
        EXPECT(0, test_ioctl(fd, LV_IOCTL_HISTORY, &answer));
        EXPECT_TRUE(history.num_events >= 3 && history.num_events <= LV_EVENTS_MAX);
        EXPECT(LV_STATE_RUNNING, history.events[history.num_events - 1].state);
        EXPECT(0, strcmp("root", history.name));
    }
    answer.zone_id = LV_MAX_ZONES - 1;
    EXPECT(0, test_ioctl(fd, LV_IOCTL_HISTORY, &answer));
    EXPECT(0, history.num_events);
    answer.zone_id = LV_MAX_ZONES;
    EXPECT(-ENOENT, test_ioctl(fd, LV_IOCTL_HISTORY, &answer));
}

static void refused_by(int fd, const struct lv_zone_config *config, long error, uint32_t refusal,
                       uint32_t index) {
    struct lv_ioctl_create create = {
        .config = (uintptr_t)config,
        .refusal = UINT32_MAX,
        .index = UINT32_MAX,
    };

    EXPECT(error, test_ioctl(fd, LV_IOCTL_CREATE, &create));
    EXPECT(refusal, create.refusal);
    EXPECT(index, create.index);
}

/* What the hypervisor refuses arrives as it says it. */
static void queries_refused(int fd) {
    static struct lv_stream stream;
    struct lv_zone_config config = {0};
    struct lv_ioctl_answer answer = {.zone_id = ABSENT_ZONE, .buffer = (uintptr_t)&stream};

    for (size_t i = 0; i < ANSWERS; i++) {
        if (answers[i] != LV_IOCTL_LOG && answers[i] != LV_IOCTL_HISTORY) {
            EXPECT(-ENOENT, test_ioctl(fd, answers[i], &answer));
        }
    }
    for (unsigned long request = LV_IOCTL_START; request <= LV_IOCTL_LOWER;
         request += LV_IOCTL_STOP - LV_IOCTL_START) {
        EXPECT(-ENOENT, test_command(fd, request, ABSENT_ZONE, 0));
        EXPECT(-ENOENT, test_command(fd, request, UINT32_MAX, 0));
    }
    refused_by(fd, &config, -EINVAL, LV_REFUSAL_VERSION, 0);
    config = test_config(fd, 0, GUEST_IDLES);
    config.regions[1].size++;
    refused_by(fd, &config, -EINVAL, LV_REFUSAL_REGION_PAGES, 1);
    config.zone_id = LV_ROOT_ZONE_ID;
    refused_by(fd, &config, -EEXIST, LV_REFUSAL_EXISTS, 0);
    EXPECT(-EINVAL, test_command(fd, LV_IOCTL_STOP, LV_ROOT_ZONE_ID, LV_STOP_FORCE));
    EXPECT(-EINVAL, test_command(fd, LV_IOCTL_DESTROY, LV_ROOT_ZONE_ID, 0));
    EXPECT(-EINVAL, test_command(fd, LV_IOCTL_RAISE, LV_ROOT_ZONE_ID, UINT32_MAX));
}

void queries_run(void) {
    int fd = test_open();

    queries_of_machine(fd);
    queries_of_list(fd);
    queries_of_root(fd);
    queries_of_history(fd);
    queries_refused(fd);
}
