// SPDX-License-Identifier: GPL-2.0-or-later
/* Files of virtual functions: what include/loongvisor/driver.h promises to a front end. */
#include "virtio.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

#define SLOT           0u
#define ROUNDS         10000u
#define ATTACHMENTS    100
#define KILLS          10
#define INCARNATIONS   5
#define SIGNALS        100u
#define SETTLE_MS      100 /* time enough for what must not happen */
#define STATUS_OK      0x0f
#define NEEDS_RESET    0x40
#define CONFIG_BYTE    0x5a
#define UNKNOWN_NUMBER _IO(LV_IOCTL_MAGIC, 38)

static const struct {
    unsigned long number;
    bool reads; /* the caller's memory */
} requests[] = {
    {LV_IOCTL_VIRTIO_ATTACH, true}, {LV_IOCTL_VIRTIO_STATE, false}, {LV_IOCTL_VIRTIO_ANSWER, true},
    {LV_IOCTL_VIRTIO_CONFIG, true}, {LV_IOCTL_VIRTIO_KICKFD, true}, {LV_IOCTL_VIRTIO_CALLFD, true},
};
#define REQUESTS (sizeof(requests) / sizeof(requests[0]))

static int event_new(unsigned value) {
    int event = eventfd(value, EFD_CLOEXEC | EFD_NONBLOCK);

    if (event < 0) {
        perror("eventfd");
        exit(1);
    }
    return event;
}

static void event_signal(int event) {
    uint64_t one = 1;

    EXPECT(sizeof(one), write(event, &one, sizeof(one)));
}

static long set_kick(const struct rig *rig, uint32_t function, uint32_t queue, int event) {
    return rig_set_eventfd(rig->front[function], LV_IOCTL_VIRTIO_KICKFD, queue, event);
}

static long set_call(const struct rig *rig, uint32_t function, uint32_t vector, int event) {
    return rig_set_eventfd(rig->front[function], LV_IOCTL_VIRTIO_CALLFD, vector, event);
}

static void close_front(struct rig *rig, uint32_t function) {
    EXPECT(0, close(rig->front[function]));
    rig->front[function] = -1;
}

/* Closes the function's file, and opens and attaches a new one. */
static void renew_front(struct rig *rig, uint32_t function) {
    close_front(rig, function);
    rig->front[function] = (int)rig_open(rig, function);
    EXPECT_TRUE(rig->front[function] >= 0);
    EXPECT(0, rig_attach(rig->front[function]));
}

static void begin_driven(struct rig *rig) {
    rig_begin(rig, test_open(), SLOT);
    for (uint32_t i = 0; i < RIG_FUNCTIONS; i++) {
        rig_find(rig, i);
        rig_drive(rig, i);
    }
}

static void calls_of_opening(struct rig *rig) {
    struct rig other = *rig;
    char path[64];
    char name[64] = "";
    char expected[64];

    EXPECT(-EBUSY, rig_open(rig, 0));
    EXPECT(-ENOENT, rig_open(rig, RIG_FUNCTIONS));
    EXPECT(-ENOENT, rig_open(rig, UINT32_MAX));
    other.slot = SLOT + 1;
    EXPECT(-ENOENT, rig_open(&other, 0));
    EXPECT(-ENOENT, test_command(rig->device, LV_IOCTL_VIRTIO, LV_ROOT_ZONE_ID, 0));
    EXPECT(-ENOENT, test_command(rig->device, LV_IOCTL_VIRTIO, LV_MAX_ZONES, 0));
    EXPECT(-ENOENT, test_command(rig->device, LV_IOCTL_VIRTIO, UINT32_MAX, 0));
    EXPECT(FD_CLOEXEC, fcntl(rig->front[1], F_GETFD));
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", rig->front[1]);
    (void)snprintf(expected, sizeof(expected), "anon_inode:" LV_VIRTIO_NAME, test_zone_id(SLOT),
                   1u);
    EXPECT_TRUE(readlink(path, name, sizeof(name) - 1) > 0);
    EXPECT(0, strcmp(name, expected));
    EXPECT(-1, read(rig->front[1], name, 1));
    EXPECT(EINVAL, errno);
    EXPECT(-1, write(rig->front[1], name, 1));
    EXPECT(EINVAL, errno);
}

static void calls_with_bad_pointers(const struct rig *rig) {
    const uint8_t *end = test_last_page() + KERNEL_PAGE;

    for (size_t i = 0; i < REQUESTS; i++) {
        EXPECT(-EFAULT, test_ioctl(rig->front[0], requests[i].number, NULL));
        EXPECT(-EFAULT, test_ioctl(rig->front[0], requests[i].number, test_bad_pointer()));
        EXPECT(-EFAULT, test_ioctl(rig->front[0], requests[i].number,
                                   end - _IOC_SIZE(requests[i].number) / 2));
    }
    EXPECT(-ENOTTY, test_ioctl(rig->front[0], UNKNOWN_NUMBER, NULL));
    EXPECT(-ENOTTY, test_ioctl(rig->front[0], LV_IOCTL_LIST, NULL));
    EXPECT(-ENOTTY, test_ioctl(rig->device, LV_IOCTL_VIRTIO_ATTACH, NULL));
}

static void calls_with_bad_arguments(const struct rig *rig) {
    struct lv_virtio_attach attach = {.config_size = LV_VIRTIO_CONFIG_SIZE + 1,
                                      .features = RIG_FEATURES};
    struct lv_virtio_config config = {.offset = RIG_CONFIG, .length = 1};
    int event = event_new(0);

    EXPECT(-EINVAL, rig_answer(rig->front[0], 0));
    EXPECT(-EINVAL, rig_answer(rig->front[0], LV_VIRTIO_NEEDS_RESET + 1));
    /* Not function 1's. */
    EXPECT(-EINVAL, rig_answer(rig->front[0], 1 << 16 | LV_VIRTIO_DETACH));
    EXPECT(-EBADFD, rig_answer(rig->front[0], LV_VIRTIO_QUIESCED));
    EXPECT(-EBUSY, rig_attach(rig->front[0]));
    EXPECT(0, rig_answer(rig->front[0], LV_VIRTIO_DETACH));
    EXPECT(-EBADFD, rig_answer(rig->front[0], LV_VIRTIO_DETACH));
    EXPECT(-EINVAL, test_ioctl(rig->front[0], LV_IOCTL_VIRTIO_ATTACH, &attach));
    EXPECT(0, rig_attach(rig->front[0]));
    EXPECT(-EINVAL, test_ioctl(rig->front[0], LV_IOCTL_VIRTIO_CONFIG, &config));
    config = (struct lv_virtio_config){.length = 1, .reserved = 1};
    EXPECT(-EINVAL, test_ioctl(rig->front[0], LV_IOCTL_VIRTIO_CONFIG, &config));
    for (uint32_t i = 0; i < 2; i++) {
        unsigned long request = i == 0 ? LV_IOCTL_VIRTIO_KICKFD : LV_IOCTL_VIRTIO_CALLFD;
        uint32_t count = RIG_QUEUES + i;
        EXPECT(-EINVAL, rig_set_eventfd(rig->front[0], request, count, event));
        EXPECT(-EINVAL, rig_set_eventfd(rig->front[0], request, count, -1));
        EXPECT(-EINVAL, rig_set_eventfd(rig->front[0], request, UINT32_MAX, event));
        EXPECT(-EBADF, rig_set_eventfd(rig->front[0], request, 0, -2));
        EXPECT(-EBADF, rig_set_eventfd(rig->front[0], request, 0, 12345));
        EXPECT(-EINVAL, rig_set_eventfd(rig->front[0], request, 0, rig->device));
        EXPECT(0, rig_set_eventfd(rig->front[0], request, count - 1, -1));
        EXPECT(0, rig_set_eventfd(rig->front[0], request, count - 1, event));
        EXPECT(0, rig_set_eventfd(rig->front[0], request, count - 1, event));
    }
    (void)close(event);
}

/* The file says which function it is, not its caller. */
static void calls_of_another_function(const struct rig *rig) {
    struct lv_virtio_config config = {.function = 0, .length = 1, .bytes = {CONFIG_BYTE}};
    struct lv_virtio_status status = {.function = 0};

    EXPECT(0, test_ioctl(rig->front[1], LV_IOCTL_VIRTIO_CONFIG, &config));
    EXPECT(0, test_ioctl(rig->front[1], LV_IOCTL_VIRTIO_STATE, &status));
    EXPECT(1, status.function);
    EXPECT(CONFIG_BYTE, status.config[0]);
    EXPECT(0, rig_state(rig->front[0]).config[0]);
}

void virtio_calls_run(void) {
    struct rig rig;

    rig_begin(&rig, test_open(), SLOT);
    calls_of_opening(&rig);
    calls_with_bad_pointers(&rig);
    calls_with_bad_arguments(&rig);
    calls_of_another_function(&rig);
    renew_front(&rig, 0);
    rig_end(&rig);
}

/* Each kick waits for the answer to the last, so one that is lost ends the rounds. */
static void rounds_of(const struct rig *rig, uint32_t function, uint32_t queue) {
    int kick = event_new(0);
    int call = event_new(0);
    uint64_t kicks = 0;

    EXPECT(0, set_kick(rig, function, queue, kick));
    EXPECT(0, set_call(rig, function, 1 + queue, call));
    /* A kick from the time when nobody listened, and what ATTACH told the driver. */
    (void)rig_take(kick, 0);
    rig_forget_vectors(rig);
    *rig_box(rig, BOX_KICKED) = 0;
    *rig_box(rig, BOX_SIGNALS) = 0;
    rig_work(rig, BOX_ROUNDS, rig->notify[function] + 4ull * queue, queue, ROUNDS);
    while (kicks < ROUNDS && rig_take(kick, MAX_WAIT_MS) == 1) {
        kicks++;
        event_signal(call);
    }
    EXPECT(ROUNDS, kicks);
    EXPECT_TRUE(rig_wait(rig));
    EXPECT(ROUNDS, *rig_box(rig, BOX_KICKED));
    EXPECT(ROUNDS, *rig_box(rig, BOX_SIGNALS));
    /* The driver has taken what was signalled. */
    EXPECT(0, rig_take(call, 0));
    EXPECT(0, rig_take(kick, SETTLE_MS));
    EXPECT(0, set_kick(rig, function, queue, -1));
    EXPECT(0, set_call(rig, function, 1 + queue, -1));
    (void)close(kick);
    (void)close(call);
}

void virtio_rounds_run(void) {
    struct rig rig;

    begin_driven(&rig);
    rounds_of(&rig, 0, 0);
    rounds_of(&rig, 1, 1);
    rig_end(&rig);
}

/* The guest does not wait: after its last kick the eventfd is signalled once more. */
static void kicks_in_a_row(const struct rig *rig) {
    uint64_t seen = 0;
    uint64_t signals = 0;
    int kick = event_new(0);

    EXPECT(0, set_kick(rig, 0, 1, kick));
    *rig_box(rig, BOX_KICKED) = 0;
    rig_kick(rig, 0, 1, ROUNDS);
    while (seen < ROUNDS) {
        uint64_t count = rig_take(kick, MAX_WAIT_MS);
        if (count == 0) {
            break;
        }
        signals += count;
        seen = *rig_box(rig, BOX_KICKED);
    }
    EXPECT(ROUNDS, seen);
    EXPECT_TRUE(signals <= ROUNDS);
    EXPECT_TRUE(rig_wait(rig));
    EXPECT(0, set_kick(rig, 0, 1, -1));
    (void)close(kick);
}

/* Kicks that nobody listens to are one signal for who listens next, and no other queue's. */
static void kicks_kept(struct rig *rig) {
    int kick = event_new(0);
    int other = event_new(0);

    (void)rig_take(kick, 0);
    EXPECT(0, set_kick(rig, 1, 0, other));
    (void)rig_take(other, 0);
    rig_kick(rig, 1, 1, 3);
    EXPECT_TRUE(rig_wait(rig));
    EXPECT(0, rig_take(other, SETTLE_MS));
    rig_kick(rig, 1, 0, 1);
    EXPECT_TRUE(rig_wait(rig));
    EXPECT(1, rig_take(other, MAX_WAIT_MS));
    EXPECT(0, set_kick(rig, 1, 1, kick));
    EXPECT(1, rig_take(kick, 0));
    /* Not again. */
    EXPECT(0, set_kick(rig, 1, 1, -1));
    EXPECT(0, set_kick(rig, 1, 1, kick));
    EXPECT(0, rig_take(kick, SETTLE_MS));
    /* The next file gets what was for the last one. */
    EXPECT(0, set_kick(rig, 1, 1, -1));
    rig_kick(rig, 1, 1, 1);
    EXPECT_TRUE(rig_wait(rig));
    renew_front(rig, 1);
    EXPECT(0, set_kick(rig, 1, 1, kick));
    EXPECT(1, rig_take(kick, SETTLE_MS));
    rig_kick(rig, 1, 1, 1);
    EXPECT(1, rig_take(kick, MAX_WAIT_MS));
    EXPECT_TRUE(rig_wait(rig));
    (void)close(kick);
    (void)close(other);
}

/* An eventfd for two queues, which is also a call of its own function: nobody waits for himself. */
static void kicks_that_call(const struct rig *rig) {
    int event = event_new(0);

    EXPECT(0, set_kick(rig, 0, 0, event));
    EXPECT(0, set_kick(rig, 0, 1, event));
    EXPECT(0, set_call(rig, 0, 1, event));
    (void)usleep(1000 * SETTLE_MS);
    *rig_box(rig, BOX_SIGNALS) = 0;
    rig_work(rig, BOX_ROUNDS, rig->notify[0], 0, SIGNALS);
    EXPECT_TRUE(rig_wait(rig));
    EXPECT(SIGNALS, *rig_box(rig, BOX_SIGNALS));
    EXPECT(0, set_call(rig, 0, 1, -1));
    EXPECT(0, set_kick(rig, 0, 1, -1));
    EXPECT(0, set_kick(rig, 0, 0, -1));
    (void)close(event);
}

void virtio_kicks_run(void) {
    struct rig rig;

    begin_driven(&rig);
    kicks_in_a_row(&rig);
    kicks_kept(&rig);
    kicks_that_call(&rig);
    rig_end(&rig);
}

static void signals_one_by_one(const struct rig *rig, int call) {
    uint64_t before = *rig_box(rig, BOX_SIGNALS);

    for (uint64_t i = 1; i <= SIGNALS; i++) {
        event_signal(call);
        if (!rig_wait_word(rig, BOX_SIGNALS, before + i)) {
            break;
        }
    }
    EXPECT(before + SIGNALS, *rig_box(rig, BOX_SIGNALS));
}

static void signals_before_and_after(const struct rig *rig) {
    uint64_t before = *rig_box(rig, BOX_SIGNALS);
    int call = event_new(2);

    /* What is there counts at once, and once. */
    EXPECT(0, set_call(rig, 0, 1, call));
    EXPECT_TRUE(rig_wait_word(rig, BOX_SIGNALS, before + 1));
    signals_one_by_one(rig, call);
    before = *rig_box(rig, BOX_SIGNALS);
    EXPECT(0, set_call(rig, 0, 1, -1));
    event_signal(call);
    (void)usleep(1000 * SETTLE_MS);
    EXPECT(before, *rig_box(rig, BOX_SIGNALS));
    EXPECT(1, rig_take(call, 0));
    /* Another eventfd takes the place of the first. */
    EXPECT(0, set_call(rig, 0, 1, call));
    int next = event_new(0);
    EXPECT(0, set_call(rig, 0, 1, next));
    event_signal(call);
    (void)usleep(1000 * SETTLE_MS);
    EXPECT(before, *rig_box(rig, BOX_SIGNALS));
    signals_one_by_one(rig, next);
    /* A writer that is the last to have it. */
    (void)close(call);
    int copy = dup(next);
    (void)close(next);
    signals_one_by_one(rig, copy);
    (void)close(copy);
    EXPECT(0, set_call(rig, 0, 1, -1));
}

/* A signal that the function cannot send is taken, and not sent later. */
static void signals_while_lost(const struct rig *rig) {
    uint64_t before = *rig_box(rig, BOX_SIGNALS);
    int call = event_new(0);

    EXPECT(0, set_call(rig, 1, 2, call));
    EXPECT(0, rig_answer(rig->front[1], LV_VIRTIO_DETACH));
    event_signal(call);
    EXPECT(0, rig_take(call, 0));
    (void)usleep(1000 * SETTLE_MS);
    EXPECT(before, *rig_box(rig, BOX_SIGNALS));
    EXPECT(0, rig_attach(rig->front[1]));
    /* The driver hears that the configuration may be another. */
    EXPECT_TRUE(rig_wait_word(rig, BOX_SIGNALS, before + 1));
    signals_one_by_one(rig, call);
    EXPECT(0, set_call(rig, 1, 2, -1));
    (void)close(call);
}

void virtio_signals_run(void) {
    struct rig rig;

    begin_driven(&rig);
    rig_work(&rig, BOX_LISTENS, 0, 0, 0);
    signals_before_and_after(&rig);
    signals_while_lost(&rig);
    rig_stop(&rig);
    rig_end(&rig);
}

/* Until POLLIN has come and STATE has taken such a change; which are all that it has taken. */
static void expect_change(int front, uint32_t change) {
    struct lv_virtio_status status = {0};
    uint64_t end = test_now_ms() + MAX_WAIT_MS;

    while ((status.changes & change) == 0 && test_now_ms() < end) {
        EXPECT(POLLIN, test_poll(front, POLLIN, MAX_WAIT_MS));
        status = rig_state(front);
    }
    EXPECT(change, status.changes);
}

static void poll_of_changes(const struct rig *rig) {
    struct lv_virtio_status *bad = test_bad_pointer();
    int front = rig->front[0];

    expect_change(front, LV_VIRTIO_CHANGED_LIVE);
    EXPECT(LV_VIRTIO_LIVE, rig_state(front).state);
    EXPECT(RIG_FEATURES, rig_state(front).features);
    EXPECT(1, rig_state(front).queues[1].enabled);
    EXPECT(0, test_poll(front, POLLIN, SETTLE_MS));
    /* What STATE could not copy is there again. */
    rig_work(rig, BOX_WRITE_1, rig->specific[0], CONFIG_BYTE, 0);
    EXPECT_TRUE(rig_wait(rig));
    EXPECT(POLLIN, test_poll(front, POLLIN, MAX_WAIT_MS));
    EXPECT(-EFAULT, test_ioctl(front, LV_IOCTL_VIRTIO_STATE, bad));
    EXPECT(POLLIN, test_poll(front, POLLIN, 0));
    expect_change(front, LV_VIRTIO_CHANGED_CONFIG);
    EXPECT(CONFIG_BYTE, rig_state(front).config[0]);
}

static void poll_of_reset(const struct rig *rig) {
    int front = rig->front[0];

    rig_set_status(rig, 0, 0);
    expect_change(front, LV_VIRTIO_CHANGED_RESET);
    EXPECT(LV_VIRTIO_RESETTING, rig_state(front).state);
    EXPECT(STATUS_OK, rig_status(rig, 0));
    EXPECT(0, rig_answer(front, LV_VIRTIO_QUIESCED));
    EXPECT(0, rig_status(rig, 0));
    EXPECT(LV_VIRTIO_READY, rig_state(front).state);
    rig_drive(rig, 0);
    expect_change(front, LV_VIRTIO_CHANGED_LIVE);
    EXPECT(0, rig_answer(front, LV_VIRTIO_NEEDS_RESET));
    EXPECT(STATUS_OK | NEEDS_RESET, rig_status(rig, 0));
}

void virtio_poll_run(void) {
    struct rig rig;

    begin_driven(&rig);
    poll_of_changes(&rig);
    poll_of_reset(&rig);
    rig_end(&rig);
}

/* The front end goes and comes back while the guest kicks; then it sees the last kick. */
void virtio_again_run(void) {
    struct rig rig;
    int kick = event_new(0);
    uint64_t seen;

    begin_driven(&rig);
    *rig_box(&rig, BOX_KICKED) = 0;
    rig_kick(&rig, 0, 0, UINT64_MAX);
    for (int i = 0; i < ATTACHMENTS; i++) {
        if (i % 2 == 0) {
            renew_front(&rig, 0);
            EXPECT(0, set_kick(&rig, 0, 0, kick));
        } else {
            EXPECT(0, rig_answer(rig.front[0], LV_VIRTIO_DETACH));
            EXPECT(0, rig_attach(rig.front[0]));
        }
        EXPECT(LV_VIRTIO_LIVE, rig_state(rig.front[0]).state);
        /* Of the kicks that come from now on one is heard. */
        (void)rig_take(kick, 0);
        EXPECT_TRUE(rig_take(kick, MAX_WAIT_MS) > 0);
    }
    *rig_box(&rig, BOX_STOP) = 1;
    EXPECT_TRUE(rig_wait(&rig));
    do {
        seen = *rig_box(&rig, BOX_KICKED);
    } while (rig_take(kick, SETTLE_MS) > 0);
    EXPECT(*rig_box(&rig, BOX_KICKED), seen);
    rig_kick(&rig, 0, 0, 1);
    EXPECT(1, rig_take(kick, MAX_WAIT_MS));
    EXPECT_TRUE(rig_wait(&rig));
    (void)close(kick);
    rig_end(&rig);
}

/* A front end in a process of its own, which is killed. */
static void kill_front(struct rig *rig) {
    int said[2];
    char byte = 0;

    close_front(rig, 0);
    EXPECT(0, pipe(said));
    int child = fork();
    if (child == 0) {
        int kick = event_new(0);
        rig->front[0] = (int)rig_open(rig, 0);
        bool works = rig_attach(rig->front[0]) == 0 && set_kick(rig, 0, 0, kick) == 0 &&
                     set_call(rig, 0, 1, kick) == 0 && write(said[1], "", 1) == 1;
        (void)(works && pause());
        _exit(1);
    }
    (void)close(said[1]);
    EXPECT(1, read(said[0], &byte, 1));
    EXPECT(-EBUSY, rig_open(rig, 0));
    EXPECT(0, kill(child, SIGKILL));
    EXPECT(SIGKILL, test_join(child) & 0x7f);
    rig->front[0] = (int)rig_open(rig, 0);
    EXPECT_TRUE(rig->front[0] >= 0);
    EXPECT(LV_VIRTIO_LOST, rig_state(rig->front[0]).state);
    EXPECT(0, rig_attach(rig->front[0]));
    expect_change(rig->front[0], LV_VIRTIO_CHANGED_LIVE);
    (void)close(said[0]);
}

void virtio_killed_run(void) {
    struct rig rig;

    begin_driven(&rig);
    rig_kick(&rig, 0, 0, UINT64_MAX);
    for (int i = 0; i < KILLS; i++) {
        kill_front(&rig);
    }
    rig_stop(&rig);
    rounds_of(&rig, 0, 0);
    rig_end(&rig);
}

static void expect_stale(int front) {
    int event = event_new(1);

    EXPECT(POLLHUP, test_poll(front, POLLIN, 0));
    for (size_t i = 0; i < REQUESTS; i++) {
        EXPECT(-ENODEV, test_ioctl(front, requests[i].number, NULL));
    }
    EXPECT(-ENODEV, rig_attach(front));
    EXPECT(-ENODEV, rig_answer(front, LV_VIRTIO_DETACH));
    EXPECT(-ENODEV, rig_set_eventfd(front, LV_IOCTL_VIRTIO_CALLFD, 0, event));
    (void)close(event);
}

/* Files of zones that are gone do nothing to the next zone with the number. */
void virtio_stale_run(void) {
    int stale[INCARNATIONS][RIG_FUNCTIONS];
    int call = event_new(0);
    int device = test_open();
    struct rig rig;

    for (int i = 0; i < INCARNATIONS; i++) {
        begin_driven(&rig);
        for (uint32_t j = 0; j < RIG_FUNCTIONS; j++) {
            EXPECT(0, set_call(&rig, j, 1, call));
            stale[i][j] = rig.front[j];
            rig.front[j] = -1;
        }
        EXPECT(0, test_poll(stale[i][0], POLLHUP, 0) & POLLHUP);
        rig_end(&rig);
        for (uint32_t j = 0; j < RIG_FUNCTIONS; j++) {
            expect_stale(stale[i][j]);
        }
    }
    begin_driven(&rig);
    rig_work(&rig, BOX_LISTENS, 0, 0, 0);
    event_signal(call);
    (void)usleep(1000 * SETTLE_MS);
    EXPECT(0, *rig_box(&rig, BOX_SIGNALS));
    EXPECT(0, set_call(&rig, 0, 1, call));
    event_signal(call);
    EXPECT_TRUE(rig_wait_word(&rig, BOX_SIGNALS, 1));
    for (int i = 0; i < INCARNATIONS; i++) {
        for (uint32_t j = 0; j < RIG_FUNCTIONS; j++) {
            expect_stale(stale[i][j]);
            EXPECT(0, close(stale[i][j]));
        }
    }
    EXPECT(LV_VIRTIO_LIVE, rig_state(rig.front[0]).state);
    EXPECT(LV_VIRTIO_LIVE, rig_state(rig.front[1]).state);
    event_signal(call);
    EXPECT_TRUE(rig_wait_word(&rig, BOX_SIGNALS, 2));
    rig_stop(&rig);
    rig_end(&rig);
    (void)close(call);
    (void)close(device);
}

/* A poller hears of the end while it waits. */
void virtio_end_run(void) {
    struct rig rig;

    rig_begin(&rig, test_open(), SLOT);
    int child = fork();
    if (child == 0) {
        struct pollfd entry = {.fd = rig.front[0], .events = 0};
        _exit(poll(&entry, 1, MAX_WAIT_MS) == 1 && entry.revents == POLLHUP ? 0 : 1);
    }
    (void)usleep(1000 * SETTLE_MS);
    test_end(rig.device, SLOT);
    EXPECT(0, test_join(child));
    for (uint32_t i = 0; i < RIG_FUNCTIONS; i++) {
        close_front(&rig, i);
    }
}

/* Front ends of a zone that kicks, whose files alone keep the module; for the shell. */
void virtio_hold_run(void) {
    struct rig rig;

    begin_driven(&rig);
    EXPECT(0, set_kick(&rig, 0, 0, event_new(0)));
    rig_kick(&rig, 0, 0, UINT64_MAX);
    (void)close(rig.device);
    puts("holds");
    (void)pause();
}

/* That zone, without its front ends: its driver works, and has a new one. */
void virtio_held_run(void) {
    struct rig rig;

    rig_resume(&rig, test_open(), SLOT);
    EXPECT(LV_STATE_RUNNING, test_state(rig.device, test_zone_id(SLOT)));
    for (uint32_t i = 0; i < RIG_FUNCTIONS; i++) {
        EXPECT(LV_VIRTIO_LOST, rig_state(rig.front[i]).state);
        EXPECT(0, rig_attach(rig.front[i]));
        expect_change(rig.front[i], LV_VIRTIO_CHANGED_LIVE);
    }
    rig_stop(&rig);
    rig_find(&rig, 0);
    rounds_of(&rig, 0, 0);
    rig_end(&rig);
}

/* For a root zone without a page of kicks. */
void virtio_none_run(void) {
    EXPECT(-EOPNOTSUPP, test_command(test_open(), LV_IOCTL_VIRTIO, test_zone_id(SLOT), 0));
}
