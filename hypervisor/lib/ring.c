// SPDX-License-Identifier: GPL-2.0-or-later
#include <lib/ring.h>

void ring_read(const struct ring *ring, struct lv_stream *stream) {
    uint64_t oldest = ring->written > ring->size ? ring->written - ring->size : 0;
    uint64_t from = stream->position;

    if (from < oldest) {
        from = oldest;
    } else if (from > ring->written) {
        from = ring->written;
    }
    uint64_t length = ring->written - from;
    if (length > LV_STREAM_BYTES) {
        length = LV_STREAM_BYTES;
    }
    for (uint64_t i = 0; i < length; i++) {
        stream->data[i] = ring->bytes[(from + i) & (ring->size - 1)];
    }
    stream->position = from;
    stream->length = (uint32_t)length;
    stream->end = ring->written;
}
