// SPDX-License-Identifier: GPL-2.0-or-later
#include "ring.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define ENTRIES 4u

static void *ring_map(int fd, size_t size, off_t offset) {
    void *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);

    if (mapped == MAP_FAILED) {
        perror("io_uring");
        exit(1);
    }
    return mapped;
}

struct ring ring_make(void) {
    struct io_uring_params params = {0};
    struct ring ring = {.fd = (int)syscall(__NR_io_uring_setup, ENTRIES, &params)};
    uint8_t *sq;
    uint8_t *cq;

    if (ring.fd < 0) {
        perror("io_uring_setup");
        exit(1);
    }
    sq = ring_map(ring.fd, params.sq_off.array + params.sq_entries * sizeof(unsigned),
                  IORING_OFF_SQ_RING);
    cq = ring_map(ring.fd, params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe),
                  IORING_OFF_CQ_RING);
    ring.entries =
        ring_map(ring.fd, params.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
    ring.sq_tail = (void *)(sq + params.sq_off.tail);
    ring.sq_array = (void *)(sq + params.sq_off.array);
    ring.sq_mask = params.sq_entries - 1;
    ring.cq_head = (void *)(cq + params.cq_off.head);
    ring.cq_mask = params.cq_entries - 1;
    ring.answers = cq + params.cq_off.cqes;
    return ring;
}

void ring_drop(const struct ring *ring) {
    (void)close(ring->fd);
}

static long ring_call(const struct ring *ring, unsigned code, const void *argument,
                      unsigned count) {
    return syscall(__NR_io_uring_register, ring->fd, code, argument, count) < 0 ? -errno : 0;
}

long ring_register(const struct ring *ring, void *buffer, size_t size) {
    struct iovec part = {buffer, size};

    return ring_call(ring, IORING_REGISTER_BUFFERS, &part, 1);
}

long ring_unregister(const struct ring *ring) {
    return ring_call(ring, IORING_UNREGISTER_BUFFERS, NULL, 0);
}

long ring_do(struct ring *ring, unsigned char operation, int fd, void *buffer, unsigned size,
             off_t offset) {
    unsigned slot = *ring->sq_tail & ring->sq_mask;
    struct io_uring_cqe answer;

    ring->entries[slot] = (struct io_uring_sqe){
        .opcode = operation,
        .fd = fd,
        .addr = (uintptr_t)buffer,
        .len = size,
        .off = (uint64_t)offset,
    };
    ring->sq_array[slot] = slot;
    __atomic_store_n(ring->sq_tail, *ring->sq_tail + 1, __ATOMIC_RELEASE);
    if (syscall(__NR_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0) {
        return -errno;
    }
    memcpy(&answer, ring->answers + (*ring->cq_head & ring->cq_mask) * sizeof(answer),
           sizeof(answer));
    __atomic_store_n(ring->cq_head, *ring->cq_head + 1, __ATOMIC_RELEASE);
    return answer.res;
}
