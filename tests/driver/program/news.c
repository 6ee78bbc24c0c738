// SPDX-License-Identifier: GPL-2.0-or-later
/* read(), poll(), eventfd, GROWN: what the root zone hears of its zones. And the consoles that they
 * tell of. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <unistd.h>

#include "guest.h"

#define QUEUE           256 /* events that an open file keeps */
#define BATCH           16
#define TYPED           "twelve bytes"
#define FOLLOW_MS       2000
#define DRIVER_PAUSE_MS 2 /* at least, between two looks at the events */

/* The next event, or one of state ~0 if none comes. */
static struct lv_event next_event(int fd) {
    struct lv_event event = {.state = UINT32_MAX};

    EXPECT(POLLIN, test_poll(fd, POLLIN, MAX_WAIT_MS));
    EXPECT(sizeof(event), read(fd, &event, sizeof(event)));
    return event;
}

static void expect_states(int fd, const uint32_t *states, size_t count) {
    struct lv_event before = {0};

    for (size_t i = 0; i < count; i++) {
        struct lv_event event = next_event(fd);
        EXPECT(test_zone_id(0), event.zone_id);
        EXPECT(states[i], event.state);
        EXPECT(0, event.reserved);
        EXPECT_TRUE(i == 0 || event.sequence == before.sequence + 1);
        EXPECT_TRUE(event.time_ns >= before.time_ns);
        before = event;
    }
    EXPECT(0, test_poll(fd, POLLIN, 0));
}

/* Each way through a zone's life, as the commands and the events tell it. */
void life_run(void) {
    static const uint32_t run[] = {LV_STATE_CREATED, LV_STATE_STARTING, LV_STATE_RUNNING};
    static const uint32_t pause[] = {LV_STATE_PAUSED, LV_STATE_RUNNING};
    static const uint32_t restart[] = {LV_STATE_STOPPING, LV_STATE_STARTING, LV_STATE_RUNNING};
    static const uint32_t end[] = {LV_STATE_STOPPING, LV_STATE_STOPPED, LV_STATE_DESTROYING,
                                   LV_STATE_ABSENT};
    static const uint32_t off[] = {LV_STATE_CREATED,  LV_STATE_STARTING, LV_STATE_RUNNING,
                                   LV_STATE_STOPPING, LV_STATE_STOPPED,  LV_STATE_DESTROYING,
                                   LV_STATE_ABSENT};
    int fd = test_open();
    uint32_t id = test_zone_id(0);

    test_run(fd, 0, GUEST_IDLES);
    EXPECT(-EBUSY, test_create(fd, 0, GUEST_IDLES));
    EXPECT(-EBADFD, test_command(fd, LV_IOCTL_START, id, 0));
    EXPECT(-EBADFD, test_command(fd, LV_IOCTL_DESTROY, id, 0));
    EXPECT(-EINVAL, test_command(fd, LV_IOCTL_STOP, id, LV_STOP_FORCE + 1));
    expect_states(fd, run, 3);
    EXPECT(0, test_command(fd, LV_IOCTL_PAUSE, id, 0));
    EXPECT(0, test_command(fd, LV_IOCTL_RESUME, id, 0));
    expect_states(fd, pause, 2);
    EXPECT(0, test_command(fd, LV_IOCTL_RESTART, id, 0));
    expect_states(fd, restart, 3);
    test_end(fd, 0);
    expect_states(fd, end, 4);
    EXPECT(0, test_create(fd, 0, GUEST_POWERS_OFF));
    EXPECT(0, test_command(fd, LV_IOCTL_START, id, 0));
    EXPECT_TRUE(test_wait_state(fd, id, LV_STATE_STOPPED));
    test_end(fd, 0);
    expect_states(fd, off, 7);
}

static void events_of_bad_reads(int fd) {
    struct lv_event event;

    EXPECT(-1, read(fd, &event, sizeof(event) - 1));
    EXPECT(EINVAL, errno);
    EXPECT(-1, read(fd, &event, 0));
    EXPECT(EINVAL, errno);
    EXPECT(-1, read(fd, &event, sizeof(event)));
    EXPECT(EAGAIN, errno);
    EXPECT(-1, write(fd, &event, sizeof(event)));
    EXPECT(EINVAL, errno);
    EXPECT(-1, lseek(fd, 0, SEEK_SET));
    EXPECT(ESPIPE, errno);
}

/* Every open file gets every event, whole ones alone, and what cannot be copied stays. */
static void events_for_everybody(int fd) {
    struct lv_event events[BATCH];
    int other = test_open();
    uint8_t *last = test_last_page() + KERNEL_PAGE;

    test_run(fd, 0, GUEST_IDLES);
    EXPECT_TRUE(test_poll(fd, POLLIN, MAX_WAIT_MS) != 0);
    test_end(fd, 0);
    (void)usleep(100000);
    EXPECT(-1, read(fd, test_bad_pointer(), sizeof(events)));
    EXPECT(EFAULT, errno);
    EXPECT(sizeof(events[0]), read(fd, last - 40, 80));
    EXPECT(LV_STATE_CREATED, ((struct lv_event *)(void *)(last - 40))->state);
    EXPECT(6 * sizeof(events[0]), read(fd, events, sizeof(events)));
    EXPECT(LV_STATE_STARTING, events[0].state);
    EXPECT(LV_STATE_ABSENT, events[5].state);
    EXPECT(2 * sizeof(events[0]), read(other, events, 2 * sizeof(events[0]) + 31));
    EXPECT(LV_STATE_STARTING, events[1].state);
    EXPECT(5 * sizeof(events[0]), read(other, events, sizeof(events)));
    (void)close(other);
}

/* Reads on until the zone has come to the state. */
static void await_state(int fd, uint32_t state) {
    for (int i = 0; i < BATCH && next_event(fd).state != state; i++) {
    }
}

/*
 * Who does not read loses the oldest, which the sequence shows; the newest are there. Another file
 * is read all the time: the hypervisor keeps only the last few, and the driver may be slow.
 */
static void events_overflow(int fd) {
    struct lv_event event = {0};
    uint64_t first, last = 0;
    int reader = test_open();
    int count = 0;

    test_run(fd, 0, GUEST_IDLES);
    first = next_event(fd).sequence;
    await_state(reader, LV_STATE_RUNNING);
    for (int i = 0; i < QUEUE / 2 + 8; i++) {
        EXPECT(0, test_command(fd, LV_IOCTL_PAUSE, test_zone_id(0), 0));
        await_state(reader, LV_STATE_PAUSED);
        EXPECT(0, test_command(fd, LV_IOCTL_RESUME, test_zone_id(0), 0));
        await_state(reader, LV_STATE_RUNNING);
    }
    (void)close(reader);
    test_end(fd, 0);
    (void)usleep(100000);
    for (; read(fd, &event, sizeof(event)) == sizeof(event); count++) {
        EXPECT_TRUE(count == 0 ? event.sequence > first + 1 : event.sequence == last + 1);
        last = event.sequence;
    }
    EXPECT(QUEUE, count);
    EXPECT(LV_STATE_ABSENT, event.state);
}

static void on_alarm(int number) {
    (void)number;
}

/* A read that waits ends with an event, or with a signal. */
static void events_wait(int fd) {
    struct sigaction action = {.sa_handler = on_alarm};
    struct itimerval soon = {.it_value = {.tv_usec = 100000}};
    struct lv_event event = {0};
    int waiter = open(LV_DEVICE_PATH, O_RDONLY);

    (void)sigaction(SIGALRM, &action, NULL);
    (void)setitimer(ITIMER_REAL, &soon, NULL);
    EXPECT(-1, read(waiter, &event, sizeof(event)));
    EXPECT(EINTR, errno);
    int child = fork();
    if (child == 0) {
        bool woken =
            read(waiter, &event, sizeof(event)) == sizeof(event) && event.state == LV_STATE_CREATED;
        _exit(woken ? 0 : 1);
    }
    (void)usleep(100000);
    test_run(fd, 0, GUEST_IDLES);
    EXPECT(0, test_join(child));
    test_end(fd, 0);
    (void)close(waiter);
}

void events_run(void) {
    int fd = test_open();

    events_of_bad_reads(fd);
    events_for_everybody(fd);
    events_overflow(fd);
    test_drain(fd);
    events_wait(fd);
}

static long set_eventfd(int fd, int32_t eventfd_number) {
    return test_ioctl(fd, LV_IOCTL_EVENTFD, &eventfd_number);
}

static uint64_t eventfd_count(int eventfd_number) {
    uint64_t count = 0;

    return read(eventfd_number, &count, sizeof(count)) == sizeof(count) ? count : 0;
}

void eventfd_run(void) {
    int fd = test_open();
    int first = eventfd(0, EFD_NONBLOCK);
    int second = eventfd(0, EFD_NONBLOCK);

    EXPECT(-EBADF, set_eventfd(fd, 12345));
    EXPECT(-EBADF, set_eventfd(fd, -2));
    EXPECT(-EINVAL, set_eventfd(fd, fd));
    EXPECT(0, set_eventfd(fd, -1));
    EXPECT(0, set_eventfd(fd, first));
    EXPECT(0, test_poll(first, POLLIN, 0));
    test_run(fd, 0, GUEST_IDLES);
    EXPECT(POLLIN, test_poll(first, POLLIN, MAX_WAIT_MS));
    /* What is there already counts for one that is set later. The guest may go on printing. */
    (void)usleep(100000);
    (void)eventfd_count(first);
    EXPECT(0, set_eventfd(fd, second));
    EXPECT_TRUE(eventfd_count(second) > 0);
    test_drain(fd);
    EXPECT(0, set_eventfd(fd, -1));
    /* The guest may have gone on printing until then. */
    (void)eventfd_count(second);
    test_end(fd, 0);
    (void)usleep(100000);
    EXPECT(0, eventfd_count(first));
    EXPECT(0, eventfd_count(second));
    EXPECT_TRUE(test_poll(fd, POLLIN, 0) != 0);
    /* Closed by the program, it is still the driver's. */
    EXPECT(0, set_eventfd(fd, first));
    (void)close(first);
    test_run(fd, 0, GUEST_IDLES);
    test_end(fd, 0);
    (void)close(fd);
    (void)close(second);
}

static long stream_call(int fd, unsigned long request, uint32_t zone_id, struct lv_stream *stream) {
    struct lv_ioctl_answer answer = {.zone_id = zone_id, .buffer = (uintptr_t)stream};

    return test_ioctl(fd, request, &answer);
}

/* Waits until the console of the zone has said this. */
static bool console_says(int fd, const char *text) {
    static struct lv_stream stream;
    uint64_t end = test_now_ms() + MAX_WAIT_MS;

    do {
        memset(&stream, 0, sizeof(stream));
        EXPECT(0, stream_call(fd, LV_IOCTL_CONSOLE_READ, test_zone_id(0), &stream));
        EXPECT_TRUE(stream.length < sizeof(stream.data));
        stream.data[sizeof(stream.data) - 1] = 0;
        if (strstr((const char *)stream.data, text) != NULL) {
            return true;
        }
        (void)usleep(1000);
    } while (test_now_ms() < end);
    return false;
}

static void console_grows(int fd) {
    struct lv_ioctl_grown grown = {0};

    EXPECT(POLLPRI, test_poll(fd, POLLPRI, MAX_WAIT_MS) & POLLPRI);
    EXPECT(-EFAULT, test_ioctl(fd, LV_IOCTL_GROWN, test_bad_pointer()));
    EXPECT(POLLPRI, test_poll(fd, POLLPRI, 0) & POLLPRI);
    (void)usleep(100000);
    EXPECT(0, test_ioctl(fd, LV_IOCTL_GROWN, &grown));
    EXPECT(1u << test_zone_id(0), grown.consoles);
    EXPECT(0, test_poll(fd, POLLPRI, 0));
    EXPECT(0, test_ioctl(fd, LV_IOCTL_GROWN, &grown));
    EXPECT(0, grown.consoles + grown.log);
}

static void console_types(int fd) {
    static struct lv_stream stream = {.length = sizeof(TYPED) - 1, .data = TYPED};
    uint8_t *place = test_last_page() + KERNEL_PAGE - sizeof(stream);
    struct lv_stream *whole = (struct lv_stream *)(void *)place;

    EXPECT(sizeof(TYPED) - 1, stream_call(fd, LV_IOCTL_CONSOLE_WRITE, test_zone_id(0), &stream));
    EXPECT_TRUE(console_says(fd, TYPED));
    stream.length = 0;
    EXPECT(0, stream_call(fd, LV_IOCTL_CONSOLE_WRITE, test_zone_id(0), &stream));
    /* What would not fit into the kernel's buffer is not even read. */
    whole->length = LV_STREAM_BYTES + 1;
    EXPECT(-EINVAL, stream_call(fd, LV_IOCTL_CONSOLE_WRITE, test_zone_id(0), whole));
}

static void console_of_log(int fd) {
    static struct lv_stream stream;
    uint64_t end;

    EXPECT(0, stream_call(fd, LV_IOCTL_LOG, 0, &stream));
    EXPECT_TRUE(stream.length > 0 && stream.end >= stream.position + stream.length);
    end = stream.end;
    stream.position = end;
    EXPECT(0, stream_call(fd, LV_IOCTL_LOG, 0, &stream));
    EXPECT(end, stream.position);
}

/* Only what was read is written: the caller's structure may end where its text does. */
static void console_of_short_buffer(int fd) {
    uint8_t *place = test_last_page() + KERNEL_PAGE - offsetof(struct lv_stream, data);
    struct lv_stream *stream = (struct lv_stream *)(void *)place;

    stream->position = UINT64_MAX;
    EXPECT(0, stream_call(fd, LV_IOCTL_CONSOLE_READ, test_zone_id(0), stream));
    EXPECT(0, stream->length);
}

void console_run(void) {
    int fd = test_open();

    test_run(fd, 0, GUEST_ECHOES);
    EXPECT_TRUE(console_says(fd, GUEST_HELLO));
    console_grows(fd);
    console_types(fd);
    console_of_log(fd);
    console_of_short_buffer(fd);
    test_end(fd, 0);
}

/* A line is as high as the last command has made it, however often that is said. */
void vectors_run(void) {
    int fd = test_open();
    uint32_t id = test_zone_id(0);

    test_run(fd, 0, GUEST_WATCHES);
    EXPECT_TRUE(console_says(fd, GUEST_HELLO));
    EXPECT(0, test_command(fd, LV_IOCTL_RAISE, id, GUEST_VECTOR));
    EXPECT(0, test_command(fd, LV_IOCTL_RAISE, id, GUEST_VECTOR));
    EXPECT_TRUE(console_says(fd, GUEST_HELLO "H"));
    EXPECT(0, test_command(fd, LV_IOCTL_LOWER, id, GUEST_VECTOR));
    EXPECT_TRUE(console_says(fd, GUEST_HELLO "HL"));
    EXPECT(0, test_command(fd, LV_IOCTL_RAISE, id, GUEST_VECTOR));
    EXPECT_TRUE(console_says(fd, GUEST_HELLO "HLH"));
    EXPECT(-EINVAL, test_command(fd, LV_IOCTL_RAISE, id, LV_NUM_VECTORS));
    test_end(fd, 0);
}

/* Who follows a console that prints without end is woken as often as the driver looks, and no more.
 */
void follow_run(void) {
    static struct lv_stream stream;
    int fd = test_open();
    struct lv_ioctl_grown grown;
    uint64_t end = test_now_ms() + FOLLOW_MS;
    uint64_t bytes = 0;
    long wakes = 0;

    do {
        EXPECT(0, test_ioctl(fd, LV_IOCTL_GROWN, &grown));
        EXPECT(0, stream_call(fd, LV_IOCTL_CONSOLE_READ, test_zone_id(0), &stream));
        stream.position += stream.length;
        bytes += stream.length;
        wakes++;
    } while (test_now_ms() < end && (test_poll(fd, POLLPRI, FOLLOW_MS) & POLLPRI) != 0);
    printf("woken %ld times in %d ms, %lu bytes\n", wakes, FOLLOW_MS, bytes);
    EXPECT_TRUE(wakes > 10 && wakes <= FOLLOW_MS / DRIVER_PAUSE_MS);
}
