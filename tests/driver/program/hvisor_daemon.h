/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A virtio daemon as hvisor's is one; what it answers is each test's. */
#ifndef TEST_HVISOR_DAEMON_H
#define TEST_HVISOR_DAEMON_H

#include "hvisor.h"

#define DAEMON_BRIDGE_BYTES 4096u /* as the daemon maps it; the kernel's page is larger */
#define DAEMON_FIRST_VALUE  0x74726976u

struct daemon {
    int fd;
    int event;
    volatile struct lv_hvisor_bridge *page;
    uint32_t scratch;
    bool written; /* scratch has been, since this daemon began */
    unsigned requests;
    unsigned wakeups;
    unsigned missed; /* sleeps that no wake-up ended though there was a request */
};

/* INIT, and mmap(2) of the page: NULL with errno for an error. */
long daemon_init(int fd);
void *daemon_map(int fd, size_t size, int protection, int flags);

void daemon_open(struct daemon *daemon);
void daemon_close(struct daemon *daemon);

/* Raises an interrupt, by a result and FINISH. */
void daemon_finish(struct daemon *daemon, uint32_t zone_id, uint32_t interrupt);
void daemon_answer(struct daemon *daemon, uint64_t cpu, uint64_t value);

/* The oldest request, NULL if there is none; done: it makes room for another. */
const volatile struct lv_hvisor_request *daemon_next(const struct daemon *daemon);
void daemon_done(struct daemon *daemon);

/* Until a request wakes it. */
void daemon_sleep(struct daemon *daemon);

#endif
