// SPDX-License-Identifier: GPL-2.0-or-later
/* A virtio daemon, as hvisor's is one: the bridge page, requests, injected lines, sleep and
 * wake-up. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hvisor_daemon.h"
#include "hvisor_guest.h"

#define CPU       4u
#define ROUNDS    50u
#define SETTLE_MS 200
#define RING_MASK (LV_HVISOR_REQUESTS - 1)

static void serve(struct daemon *daemon, const volatile struct lv_hvisor_request *request) {
    const struct lv_hvisor_line line = {.zone_id = test_zone_id(0), .irq_id = LV_HVISOR_IRQ_WAKEUP};
    uint64_t offset = request->address - HVISOR_DEVICE;

    daemon->requests++;
    EXPECT(CPU, request->src_cpu);
    EXPECT(test_zone_id(0), request->src_zone);
    EXPECT(4, request->size);
    EXPECT(offset == HVISOR_QUEUE_NOTIFY, request->need_interrupt);
    switch (offset) {
    case 0:
        EXPECT(0, request->is_write);
        daemon_answer(daemon, CPU, DAEMON_FIRST_VALUE);
        break;
    case HVISOR_SCRATCH:
        if (request->is_write != 0) {
            daemon->scratch = (uint32_t)request->value;
            daemon->written = true;
        }
        daemon_answer(daemon, CPU, daemon->scratch);
        break;
    case HVISOR_QUEUE_NOTIFY:
        EXPECT_TRUE(!daemon->written || request->value == daemon->scratch);
        daemon_finish(daemon, line.zone_id, line.irq_id);
        break;
    case HVISOR_INTERRUPT_ACK:
        EXPECT(0, test_ioctl(daemon->fd, LV_HVISOR_IOCTL_DEASSERT, &line));
        daemon_answer(daemon, CPU, 0);
        break;
    default:
        EXPECT(0, offset);
    }
}

static void serve_next(struct daemon *daemon) {
    serve(daemon, daemon_next(daemon));
    daemon_done(daemon);
}

/* Until the zone has come so far and waits for an answer at the beginning of its next round. */
static void serve_rounds(struct daemon *daemon, const volatile uint8_t *memory, uint64_t rounds) {
    uint64_t end = test_now_ms() + MAX_WAIT_MS;
    const volatile struct lv_hvisor_request *request;

    for (;;) {
        request = daemon_next(daemon);
        if (test_now_ms() > end || (request != NULL && request->address == HVISOR_DEVICE &&
                                    hvisor_report(memory, HVISOR_REPORT_ROUNDS) >= rounds)) {
            break;
        }
        if (request != NULL) {
            serve_next(daemon);
        } else {
            daemon_sleep(daemon);
        }
    }
    EXPECT_TRUE(request != NULL);
    EXPECT_TRUE(hvisor_report(memory, HVISOR_REPORT_ROUNDS) >= rounds);
    EXPECT(DAEMON_FIRST_VALUE, hvisor_report(memory, HVISOR_REPORT_FIRST));
    EXPECT(0, hvisor_report(memory, HVISOR_REPORT_LINE));
}

/* Whatever comes while the daemon sleeps wakes it. */
static void virtio_serves(struct daemon *daemon, const volatile uint8_t *memory) {
    unsigned before = daemon->requests;

    daemon->written = false;
    EXPECT(0, hvisor_start(0, 1u << CPU, HVISOR_MODE_VIRTIO));
    serve_rounds(daemon, memory, ROUNDS);
    EXPECT(ROUNDS - 1, hvisor_report(memory, HVISOR_REPORT_SCRATCH));
    EXPECT(5 * ROUNDS, daemon->requests - before);
    EXPECT_TRUE(daemon->wakeups > 0);
    EXPECT(0, daemon->missed);
    /* It waits for an answer, and can be shut down all the same; the answer is nobody's then. */
    EXPECT(0, hvisor_shutdown(0));
    serve_next(daemon);
    EXPECT_TRUE(daemon_next(daemon) == NULL);
}

/* There is one daemon, whose page is empty after INIT; others may look at it. */
static void virtio_is_one_daemons(struct daemon *daemon) {
    int other = hvisor_open();
    int event = eventfd(0, EFD_NONBLOCK);
    void *page = daemon_map(other, DAEMON_BRIDGE_BYTES, PROT_READ, MAP_SHARED);

    EXPECT(-EBUSY, daemon_init(other));
    EXPECT(-EBUSY, test_ioctl(other, LV_HVISOR_IOCTL_EVENTFD, (void *)(intptr_t)event));
    daemon->page->mmio_addrs[LV_HVISOR_DEVICES - 1] = HVISOR_DEVICE;
    EXPECT(0, daemon_init(daemon->fd));
    EXPECT(0, daemon->page->mmio_addrs[LV_HVISOR_DEVICES - 1]);
    EXPECT_TRUE(page != NULL);
    (void)munmap(page, DAEMON_BRIDGE_BYTES);
    (void)close(event);
    (void)close(other);
}

static void virtio_page_refused(int fd) {
    int both = PROT_READ | PROT_WRITE;
    void *page = daemon_map(fd, DAEMON_BRIDGE_BYTES, both, MAP_SHARED);

    EXPECT_TRUE(daemon_map(fd, KERNEL_PAGE + 1, both, MAP_SHARED) == NULL);
    EXPECT(EINVAL, errno);
    EXPECT_TRUE(daemon_map(fd, DAEMON_BRIDGE_BYTES, both, MAP_PRIVATE) == NULL);
    EXPECT(EINVAL, errno);
    EXPECT_TRUE(daemon_map(fd, DAEMON_BRIDGE_BYTES, both | PROT_EXEC, MAP_SHARED) == NULL);
    EXPECT(EPERM, errno);
    EXPECT(-1, mprotect(page, KERNEL_PAGE, PROT_READ | PROT_EXEC));
    EXPECT_TRUE(mremap(page, KERNEL_PAGE, 2 * KERNEL_PAGE, MREMAP_MAYMOVE) == MAP_FAILED);
    (void)munmap(page, DAEMON_BRIDGE_BYTES);
}

/* Results that name nobody, or what nobody may raise, do nothing; indices are masked. */
static void virtio_bad_results(struct daemon *daemon) {
    static const struct lv_hvisor_result bad[] = {{9, 4}, {0, 4},          {UINT32_MAX, 4},
                                                  {1, 0}, {1, UINT32_MAX}, {1, 10}};
    volatile struct lv_hvisor_bridge *page = daemon->page;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        daemon_finish(daemon, bad[i].target_zone, bad[i].irq_id);
    }
    page->res_rear |= ~(uint32_t)RING_MASK;
    EXPECT(0, test_ioctl(daemon->fd, LV_HVISOR_IOCTL_FINISH, NULL));
    page->res_rear = page->res_front;
}

/* Making a zone with the other device unmaps everything; the bridge comes back as it was. */
static void virtio_page_stays(struct daemon *daemon) {
    int native = test_open();

    daemon->page->mmio_addrs[0] = HVISOR_DEVICE;
    test_run(native, 1, 0);
    EXPECT(HVISOR_DEVICE, daemon->page->mmio_addrs[0]);
    daemon->page->mmio_addrs[0] = 0;
    test_end(native, 1);
    (void)close(native);
}

/* When a daemon ends, one that was there all the time may follow. */
static void virtio_daemon_ends(void) {
    int next = hvisor_open();
    struct daemon daemon;

    daemon_open(&daemon);
    EXPECT(-EBUSY, daemon_init(next));
    daemon_close(&daemon);
    EXPECT(0, daemon_init(next));
    (void)close(next);
}

/* Requests do not signal the eventfd of a file that is closed. */
static void virtio_eventfd_ends(void) {
    int event = eventfd(0, EFD_NONBLOCK);
    int fd = hvisor_open();
    struct daemon daemon = {.fd = hvisor_open(), .event = event};
    uint64_t end = test_now_ms() + MAX_WAIT_MS;
    uint64_t count;

    EXPECT(0, test_ioctl(fd, LV_HVISOR_IOCTL_EVENTFD, (void *)(intptr_t)event));
    (void)close(fd);
    EXPECT(0, daemon_init(daemon.fd));
    daemon.page = daemon_map(daemon.fd, DAEMON_BRIDGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED);
    daemon.page->need_wakeup = 1;
    EXPECT(0, hvisor_start(0, 1u << CPU, HVISOR_MODE_VIRTIO));
    while (daemon_next(&daemon) == NULL && test_now_ms() < end) {
        (void)usleep(1000);
    }
    EXPECT_TRUE(daemon_next(&daemon) != NULL);
    (void)usleep(SETTLE_MS * 1000);
    EXPECT(-1, read(event, &count, sizeof(count)));
    EXPECT(0, hvisor_shutdown(0));
    daemon_close(&daemon);
}

/* A daemon that is killed leaves its place to the next, which is asked what the first has not
 * answered. */
static void virtio_daemon_dies(const volatile uint8_t *memory) {
    struct daemon daemon;
    int child = fork();

    if (child == 0) {
        daemon_open(&daemon);
        EXPECT(0, hvisor_start(0, 1u << CPU, HVISOR_MODE_VIRTIO));
        serve_rounds(&daemon, memory, ROUNDS);
        (void)pause();
        _exit(1);
    }
    EXPECT_TRUE(hvisor_wait_report(memory, HVISOR_REPORT_ROUNDS, ROUNDS));
    (void)usleep(SETTLE_MS * 1000);
    EXPECT(0, kill(child, SIGKILL));
    EXPECT(SIGKILL, test_join(child) & 0x7f);
    daemon_open(&daemon);
    serve_rounds(&daemon, memory, 2ULL * ROUNDS);
    EXPECT(0, hvisor_shutdown(0));
    daemon_close(&daemon);
}

void hvisor_virtio_run(void) {
    int fd = hvisor_open();
    volatile uint8_t *memory = hvisor_map(fd, 0);
    struct daemon daemon;

    daemon_open(&daemon);
    virtio_page_refused(daemon.fd);
    virtio_is_one_daemons(&daemon);
    virtio_bad_results(&daemon);
    virtio_page_stays(&daemon);
    virtio_serves(&daemon, memory);
    virtio_serves(&daemon, memory);
    daemon_close(&daemon);
    virtio_daemon_ends();
    virtio_eventfd_ends();
    virtio_daemon_dies(memory);
    (void)munmap((void *)memory, SLOT_SIZE);
}

/* A zone that asks while nobody serves: for the shell, which takes the module away meanwhile. */
void hvisor_virtio_leave_run(void) {
    int fd = hvisor_open();
    volatile uint8_t *memory = hvisor_map(fd, 0);
    struct daemon daemon;

    daemon_open(&daemon);
    EXPECT(0, hvisor_start(0, 1u << CPU, HVISOR_MODE_VIRTIO));
    serve_rounds(&daemon, memory, ROUNDS);
    daemon.page->need_wakeup = 1;
    daemon_close(&daemon);
    (void)munmap((void *)memory, SLOT_SIZE);
}

void hvisor_virtio_take_run(void) {
    int fd = hvisor_open();
    volatile uint8_t *memory = hvisor_map(fd, 0);
    uint64_t rounds = hvisor_report(memory, HVISOR_REPORT_ROUNDS);
    struct daemon daemon;

    EXPECT_TRUE(rounds >= ROUNDS);
    daemon_open(&daemon);
    serve_rounds(&daemon, memory, rounds + ROUNDS);
    EXPECT(0, hvisor_shutdown(0));
    daemon_close(&daemon);
    (void)munmap((void *)memory, SLOT_SIZE);
}
