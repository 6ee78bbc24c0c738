// SPDX-License-Identifier: GPL-2.0-or-later
/* tools/serve: the vhost-user side of a front end, with a back end that is right and ones that are
 * not; and programs as back ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "serve/back_end.h"
#include "serve/vhost_user.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FEATURE_PROTOCOL (1ull << 30)
#define FEATURES         (LV_VIRTIO_FEATURE_VERSION_1 | FEATURE_PROTOCOL | 1u << 9)
#define PROTOCOL         0x8f2bu
#define MAX_PAYLOAD      512u
#define MAX_FDS          8u
#define BASE             77u
#define DRIP_US          900000u
#define REPLY            5u /* version 1, with the bit of a reply */
#define WANTS_ANSWER     8u

struct message {
    uint32_t request;
    uint32_t flags;
    uint32_t size;
    uint8_t payload[MAX_PAYLOAD];
};

/* How a back end misbehaves. */
enum fault {
    FAULT_NONE,
    FAULT_CLOSES,  /* instead of an answer */
    FAULT_SHORT,   /* half of an answer, and closes */
    FAULT_OTHER,   /* answers another request */
    FAULT_HUGE,    /* says that its answer is long */
    FAULT_REFUSES, /* answers not 0 where 0 is good */
    FAULT_NO_FLAG, /* its answer is not marked as one */
};

struct peer {
    int fd;
    enum fault fault;
    uint32_t at; /* the request at which it does that; 0: each */
};

/* What the good back end has been told, for the test to look at. */
struct told {
    uint64_t features;
    uint64_t protocol;
    uint32_t regions;
    uint32_t fds;
    uint32_t vrings;
    uint64_t desc;
    uint32_t enabled;
};

static struct told *told;

static bool peer_get(int fd, struct message *message, uint32_t *fds) {
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int) * MAX_FDS)];
    } control = {0};
    struct iovec part = {message, 3 * sizeof(uint32_t)};
    struct msghdr header = {.msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = &control,
                            .msg_controllen = sizeof(control)};

    if (recvmsg(fd, &header, MSG_WAITALL) != (ssize_t)part.iov_len) {
        return false;
    }
    *fds = 0;
    if (header.msg_controllen > 0) {
        *fds = (uint32_t)((control.header.cmsg_len - CMSG_LEN(0)) / sizeof(int));
    }
    return message->size == 0 ||
           recv(fd, message->payload, message->size, MSG_WAITALL) == (ssize_t)message->size;
}

/* The answer to a request, in its payload; its size, 0: none is wanted. */
static uint32_t peer_answer(struct message *message, uint32_t fds) {
    uint64_t number;
    uint32_t words[2];

    memcpy(&number, message->payload, sizeof(number));
    memcpy(words, message->payload, sizeof(words));
    switch (message->request) {
    case 1:
        number = FEATURES;
        break;
    case 15:
        number = PROTOCOL;
        break;
    case 2:
        told->features = number;
        break;
    case 16:
        told->protocol = number;
        return 0;
    case 5:
        told->regions = words[0];
        told->fds = fds;
        break;
    case 9:
        memcpy(&told->desc, message->payload + 8, sizeof(told->desc));
        break;
    case 11:
        words[1] = BASE;
        memcpy(message->payload, words, sizeof(words));
        return sizeof(words);
    case 18:
        told->enabled |= words[1] << words[0];
        break;
    case 12:
    case 13:
        told->vrings += fds;
        break;
    case 24:
        memset(message->payload + 12, 0x5a, message->size - 12);
        return message->size;
    default:
        break;
    }
    if (message->request != 1 && message->request != 15) {
        if ((message->flags & WANTS_ANSWER) == 0) {
            return 0;
        }
        number = 0;
    }
    memcpy(message->payload, &number, sizeof(number));
    return sizeof(number);
}

static void peer_misbehave(const struct peer *peer, struct message *message) {
    uint32_t whole = 3 * (uint32_t)sizeof(uint32_t) + message->size;
    uint64_t one = 1;

    switch (peer->fault) {
    case FAULT_CLOSES:
        _exit(0);
    case FAULT_SHORT:
        (void)!write(peer->fd, message, whole / 2);
        _exit(0);
    case FAULT_OTHER:
        message->request++;
        break;
    case FAULT_HUGE:
        message->size = UINT32_MAX;
        break;
    case FAULT_REFUSES:
        memcpy(message->payload, &one, sizeof(one));
        break;
    case FAULT_NO_FLAG:
        message->flags = 1;
        break;
    default:
        break;
    }
}

static _Noreturn void peer_run(const struct peer *peer) {
    struct message message = {0};
    uint32_t fds = 0;

    while (peer_get(peer->fd, &message, &fds)) {
        message.size = peer_answer(&message, fds);
        if (message.size == 0) {
            continue;
        }
        uint32_t whole = 3 * (uint32_t)sizeof(uint32_t) + message.size;
        message.flags = REPLY;
        if (peer->at == 0 || peer->at == message.request) {
            peer_misbehave(peer, &message);
        }
        (void)!write(peer->fd, &message, whole);
    }
    _exit(0);
}

static int peer_start(enum fault fault, uint32_t at) {
    int fds[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    memset(told, 0, sizeof(*told));
    if (fork() == 0) {
        (void)close(fds[0]);
        peer_run(&(struct peer){fds[1], fault, at});
    }
    (void)close(fds[1]);
    return fds[0];
}

static int shared(void **state) {
    (void)state;
    told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return told == MAP_FAILED ? -1 : 0;
}

static const struct vhost_user_region regions[] = {{0x200000, 0x4000000}, {0x80000000, 0x1000000}};

/* A device's life up to its working; false: the back end has failed. */
static bool vhost_life(struct vhost_user *vhost, int fd) {
    const struct vhost_user_queue queue = {
        .ring = {.desc = 0x210000, .driver = 0x211000, .device = 0x212000, .size = 128},
        .base = 3,
        .kick = eventfd(0, EFD_CLOEXEC),
        .call = eventfd(0, EFD_CLOEXEC)};
    uint8_t config[60];
    uint32_t size = sizeof(config);
    uint16_t base = 0;
    bool good = vhost_user_begin(vhost, fd) && vhost_user_get_config(vhost, config, &size) &&
                vhost_user_set_up(vhost, LV_VIRTIO_FEATURE_VERSION_1 | LV_VIRTIO_FEATURE_PLATFORM,
                                  queue.kick, regions, 2) &&
                vhost_user_start_queue(vhost, 1, &queue) && vhost_user_stop_queue(vhost, 1, &base);

    (void)close(queue.kick);
    (void)close(queue.call);
    assert_true(!good || (base == BASE && size == sizeof(config) && config[59] == 0x5a));
    return good;
}

static void good_back_end_is_told_everything(void **state) {
    struct vhost_user vhost;

    (void)state;
    assert_true(vhost_life(&vhost, peer_start(FAULT_NONE, 0)));
    assert_null(vhost.problem);
    /* What the hypervisor answers for is not the back end's. */
    assert_true(told->features == (LV_VIRTIO_FEATURE_VERSION_1 | FEATURE_PROTOCOL));
    assert_true(told->protocol == (PROTOCOL & 0x209u));
    assert_int_equal(told->regions, 2);
    assert_int_equal(told->fds, 2);
    assert_int_equal(told->vrings, 2);
    assert_true(told->desc == 0x210000);
    assert_int_equal(told->enabled, 2);
    vhost_user_end(&vhost);
    assert_int_equal(vhost.fd, -1);
    (void)wait(NULL);
}

static void bad_back_end_costs_the_connection(void **state) {
    static const uint32_t requests[] = {1, 15, 24, 2, 5, 8, 9, 10, 13, 12, 18, 11};
    static const enum fault faults[] = {FAULT_CLOSES, FAULT_SHORT, FAULT_OTHER, FAULT_HUGE,
                                        FAULT_NO_FLAG};
    uint16_t base;

    (void)state;
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        for (size_t j = 0; j < sizeof(faults) / sizeof(faults[0]); j++) {
            struct vhost_user vhost;
            assert_false(vhost_life(&vhost, peer_start(faults[j], requests[i])));
            assert_non_null(vhost.problem);
            const char *first = vhost.problem;
            /* Nothing is said to it any more. */
            assert_false(vhost_user_stop_queue(&vhost, 0, &base));
            assert_ptr_equal(vhost.problem, first);
            vhost_user_end(&vhost);
            (void)wait(NULL);
        }
    }
}

static void refusal_is_a_failure(void **state) {
    static const uint32_t requests[] = {2, 5, 8, 9, 10, 13, 12, 18};

    (void)state;
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        struct vhost_user vhost;
        assert_false(vhost_life(&vhost, peer_start(FAULT_REFUSES, requests[i])));
        assert_string_equal(vhost.problem, "refuses what it is told");
        vhost_user_end(&vhost);
        (void)wait(NULL);
    }
}

static void silent_back_end_is_not_waited_for_long(void **state) {
    struct vhost_user vhost;
    int fds[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    assert_false(vhost_user_begin(&vhost, fds[0]));
    assert_string_equal(vhost.problem, "does not answer");
    vhost_user_end(&vhost);
    (void)close(fds[1]);
}

/* The bound is one of the call, not of each byte. */
static void dripping_back_end_is_not_waited_for_longer(void **state) {
    struct vhost_user vhost;
    time_t before = time(NULL);
    int fds[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    pid_t child = fork();
    if (child == 0) {
        (void)close(fds[0]);
        while (write(fds[1], "", 1) == 1) {
            (void)usleep(DRIP_US);
        }
        _exit(0);
    }
    (void)close(fds[1]);
    assert_false(vhost_user_begin(&vhost, fds[0]));
    assert_string_equal(vhost.problem, "does not answer");
    assert_true(time(NULL) - before <= VHOST_USER_TIMEOUT_MS / 1000 + 2);
    vhost_user_end(&vhost);
    (void)kill(child, SIGKILL);
    (void)waitpid(child, NULL, 0);
}

static struct arena arena;

static struct back_end back_end_of(const char *const *words, size_t count) {
    static struct zone_device device;
    struct back_end back_end;

    device = (struct zone_device){
        .name = "disk", .back_end = ZONE_BACK_END_RUN, .run = words, .num_run = count};
    back_end_init(&back_end, &arena, &device, "/tmp");
    return back_end;
}

static void program_that_ends_has_said_why(void **state) {
    static const char *const words[] = {"sh", "-c", "echo first; echo 'no such disk' >&2; exit 1"};
    struct back_end back_end = back_end_of(words, 3);

    (void)state;
    assert_int_equal(back_end_start(&back_end), 0);
    struct pollfd output = {.fd = back_end.output, .events = POLLIN};
    while (!back_end_has_ended(&back_end)) {
        (void)poll(&output, 1, 10);
    }
    assert_int_equal(back_end_connect(&back_end), -EAGAIN);
    uint64_t pause = 0;
    for (unsigned i = 0; i < 10; i++) {
        uint64_t before = pause;
        back_end_stop(&back_end, 1000);
        pause = back_end.next_ms - 1000;
        assert_true(pause >= before && pause >= 100 && pause <= 5000);
    }
    assert_string_equal(back_end.said, "no such disk");
    assert_int_equal(pause, 5000);
    back_end_works(&back_end);
    back_end_stop(&back_end, 0);
    assert_int_equal(back_end.next_ms, 100);
}

static void program_that_stays_is_ended(void **state) {
    static const char *const words[] = {"sh", "-c", "trap '' TERM; while :; do sleep 1; done"};
    struct back_end back_end = back_end_of(words, 3);

    (void)state;
    assert_int_equal(back_end_start(&back_end), 0);
    pid_t pid = back_end.pid;
    assert_true(pid > 0);
    assert_false(back_end_has_ended(&back_end));
    back_end_stop(&back_end, 0);
    assert_int_equal(back_end.pid, 0);
    assert_int_equal(waitpid(pid, NULL, 0), -1);
    assert_int_equal(back_end.output, -1);
}

static void what_is_no_program_is_an_error(void **state) {
    static const char *const words[] = {"/no/such/program", "%s"};
    struct back_end back_end = back_end_of(words, 2);

    (void)state;
    assert_string_equal(back_end.words[1], "/tmp/disk.socket");
    assert_int_equal(back_end_start(&back_end), -ENOENT);
    assert_int_equal(back_end.pid, 0);
    assert_int_equal(back_end.output, -1);
}

/* Names with any characters reach the storage daemon as they are. */
static void disk_is_described_by_json(void **state) {
    const struct zone_device device = {.name = "disk",
                                       .type = ZONE_DEVICE_BLK,
                                       .back_end = ZONE_BACK_END_DISK,
                                       .path = "/srv/a,b\"c.qcow2",
                                       .is_qcow2 = true,
                                       .is_readonly = true,
                                       .queues = 2};
    struct back_end back_end;

    (void)state;
    back_end_init(&back_end, &arena, &device, "/run/x");
    assert_string_equal(back_end.words[0], "qemu-storage-daemon");
    assert_non_null(strstr(back_end.words[2], "\"filename\":\"/srv/a,b\\\"c.qcow2\""));
    assert_non_null(strstr(back_end.words[2], "\"read-only\":true"));
    assert_non_null(strstr(back_end.words[4], "\"driver\":\"qcow2\""));
    assert_non_null(strstr(back_end.words[6], "\"writable\":false"));
    assert_non_null(strstr(back_end.words[6], "\"num-queues\":2"));
    assert_non_null(strstr(back_end.words[6], "\"path\":\"/run/x/disk.socket\""));
    assert_null(back_end.words[7]);
}

static int arena_end(void **state) {
    (void)state;
    arena_free(&arena);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(good_back_end_is_told_everything, shared),
        cmocka_unit_test_setup(bad_back_end_costs_the_connection, shared),
        cmocka_unit_test_setup(refusal_is_a_failure, shared),
        cmocka_unit_test(silent_back_end_is_not_waited_for_long),
        cmocka_unit_test(dripping_back_end_is_not_waited_for_longer),
        cmocka_unit_test(program_that_ends_has_said_why),
        cmocka_unit_test(program_that_stays_is_ended),
        cmocka_unit_test(what_is_no_program_is_an_error),
        cmocka_unit_test(disk_is_described_by_json),
    };

    return cmocka_run_group_tests_name("serve", tests, NULL, arena_end);
}
