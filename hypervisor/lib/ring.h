/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stream of bytes of which the last ones are kept. The owner's lock is held around each call. */
#ifndef LV_LIB_RING_H
#define LV_LIB_RING_H

#include <loongvisor/hypercall.h>
#include <stddef.h>

struct ring {
    uint64_t written; /* bytes of the stream so far */
    uint64_t size;    /* bytes kept, a power of two */
    uint8_t *bytes;
};

static inline void ring_put(struct ring *ring, uint8_t byte) {
    ring->bytes[ring->written++ & (ring->size - 1)] = byte;
}

/* Answers as struct lv_stream says, from stream->position on. */
void ring_read(const struct ring *ring, struct lv_stream *stream);

#endif
