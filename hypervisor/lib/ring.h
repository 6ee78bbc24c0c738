/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stream of bytes of which the last ones are kept. One CPU writes at a time (the owner's lock). A
 * reader takes no lock and never delays the writer.
 */
#ifndef LV_LIB_RING_H
#define LV_LIB_RING_H

#include <loongvisor/hypercall.h>
#include <stddef.h>

struct ring {
    _Atomic uint64_t written; /* bytes of the stream so far */
    uint64_t size;            /* bytes kept, a power of two */
    _Atomic uint8_t *bytes;
};

/* Appends a byte. */
void ring_put(struct ring *ring, uint8_t byte);

/*
 * Fills *stream as struct lv_stream says, from stream->position on. The position is read once,
 * because others may write to *stream meanwhile.
 */
void ring_read(const struct ring *ring, struct lv_stream *stream);

#endif
