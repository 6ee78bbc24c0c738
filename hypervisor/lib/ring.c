// SPDX-License-Identifier: GPL-2.0-or-later
#include <lib/bits.h>
#include <lib/ring.h>
#include <stdatomic.h>

/* Release: a reader that sees the new byte also sees that the old one is gone. */
void ring_put(struct ring *ring, uint8_t byte) {
    uint64_t written = atomic_load_explicit(&ring->written, memory_order_relaxed);

    atomic_thread_fence(memory_order_release);
    atomic_store_explicit(&ring->bytes[written & (ring->size - 1)], byte, memory_order_relaxed);
    atomic_store_explicit(&ring->written, written + 1, memory_order_release);
}

/* The oldest byte that is certainly kept: the one before it may be overwritten just now. */
static uint64_t ring_oldest(const struct ring *ring, uint64_t written) {
    return written < ring->size ? 0 : written - ring->size + 1;
}

static void ring_copy(const struct ring *ring, uint8_t *data, uint64_t from, uint64_t length) {
    for (uint64_t i = 0; i < length; i++) {
        data[i] =
            atomic_load_explicit(&ring->bytes[(from + i) & (ring->size - 1)], memory_order_relaxed);
    }
}

/* Drops the first bytes; returns how many are left. */
static uint64_t data_drop(uint8_t *data, uint64_t length, uint64_t drop) {
    for (uint64_t i = drop; i < length; i++) {
        data[i - drop] = data[i];
    }
    return drop < length ? length - drop : 0;
}

/* What was overwritten while it was copied is left out. */
void ring_read(const struct ring *ring, struct lv_stream *stream) {
    uint64_t from = READ_ONCE(stream->position);
    uint64_t end = atomic_load_explicit(&ring->written, memory_order_acquire);
    uint64_t oldest = ring_oldest(ring, end);

    from = from > end ? end : from < oldest ? oldest : from;
    uint64_t length = end - from < LV_STREAM_BYTES ? end - from : LV_STREAM_BYTES;
    ring_copy(ring, stream->data, from, length);
    atomic_thread_fence(memory_order_acquire);
    oldest = ring_oldest(ring, atomic_load_explicit(&ring->written, memory_order_relaxed));
    if (from < oldest) {
        length = data_drop(stream->data, length, oldest - from);
        from = oldest;
    }
    stream->position = from;
    stream->length = (uint32_t)length;
    stream->end = end;
}
