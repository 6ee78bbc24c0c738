// SPDX-License-Identifier: GPL-2.0-or-later
/* What every virtio daemon does, hvisor's own included: the page, its rings, sleep and wake-up. */
#include <poll.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hvisor_daemon.h"

#define SLEEP_MS  1000
#define RING_MASK (LV_HVISOR_REQUESTS - 1)

long daemon_init(int fd) {
    return test_ioctl(fd, LV_HVISOR_IOCTL_INIT, NULL);
}

void *daemon_map(int fd, size_t size, int protection, int flags) {
    void *mapped = mmap(NULL, size, protection, flags, fd, 0);

    return mapped == MAP_FAILED ? NULL : mapped;
}

void daemon_open(struct daemon *daemon) {
    *daemon = (struct daemon){.fd = hvisor_open(), .event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    EXPECT(0, daemon_init(daemon->fd));
    EXPECT(0, test_ioctl(daemon->fd, LV_HVISOR_IOCTL_EVENTFD, (void *)(intptr_t)daemon->event));
    daemon->page = daemon_map(daemon->fd, DAEMON_BRIDGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED);
    EXPECT_TRUE(daemon->page != NULL);
}

void daemon_close(struct daemon *daemon) {
    (void)munmap((void *)daemon->page, DAEMON_BRIDGE_BYTES);
    (void)close(daemon->fd);
    (void)close(daemon->event);
}

void daemon_finish(struct daemon *daemon, uint32_t zone_id, uint32_t interrupt) {
    volatile struct lv_hvisor_bridge *page = daemon->page;

    page->results[page->res_rear] =
        (struct lv_hvisor_result){.target_zone = zone_id, .irq_id = interrupt};
    atomic_thread_fence(memory_order_seq_cst);
    page->res_rear = (page->res_rear + 1) & RING_MASK;
    EXPECT(0, test_ioctl(daemon->fd, LV_HVISOR_IOCTL_FINISH, NULL));
    EXPECT(page->res_rear, page->res_front);
}

void daemon_answer(struct daemon *daemon, uint64_t cpu, uint64_t value) {
    daemon->page->cfg_values[cpu] = value;
    atomic_thread_fence(memory_order_seq_cst);
    daemon->page->cfg_flags[cpu]++;
}

const volatile struct lv_hvisor_request *daemon_next(const struct daemon *daemon) {
    const volatile struct lv_hvisor_bridge *page = daemon->page;

    if (page->req_front == page->req_rear) {
        return NULL;
    }
    atomic_thread_fence(memory_order_seq_cst);
    return &page->requests[page->req_front];
}

void daemon_sleep(struct daemon *daemon) {
    volatile struct lv_hvisor_bridge *page = daemon->page;
    struct pollfd entry = {.fd = daemon->event, .events = POLLIN};
    uint64_t count;

    page->need_wakeup = 1;
    atomic_thread_fence(memory_order_seq_cst);
    if (page->req_front == page->req_rear) {
        if (poll(&entry, 1, SLEEP_MS) == 1 &&
            read(daemon->event, &count, sizeof(count)) == sizeof(count)) {
            daemon->wakeups++;
        } else if (page->req_front != page->req_rear) {
            daemon->missed++;
        }
    }
    page->need_wakeup = 0;
}

void daemon_done(struct daemon *daemon) {
    daemon->page->req_front = (daemon->page->req_front + 1) & RING_MASK;
}
