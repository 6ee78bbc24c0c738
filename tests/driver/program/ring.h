/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An io_uring of one request at a time. */
#ifndef TEST_RING_H
#define TEST_RING_H

#include <stddef.h>
#include <sys/types.h>

struct io_uring_sqe;

struct ring {
    int fd;
    unsigned *sq_tail;
    unsigned *sq_array;
    unsigned sq_mask;
    struct io_uring_sqe *entries;
    unsigned *cq_head;
    unsigned cq_mask;
    const unsigned char *answers;
};

/* The program ends if there is none. */
struct ring ring_make(void);
void ring_drop(const struct ring *ring);
/* Registers the buffer as number 0, or unregisters all; 0 or -errno. */
long ring_register(const struct ring *ring, void *buffer, size_t size);
long ring_unregister(const struct ring *ring);
/* One IORING_OP_*; the result, or -errno. */
long ring_do(struct ring *ring, unsigned char operation, int fd, void *buffer, unsigned size,
             off_t offset);

#endif
