/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words for IPI_SEND, MAIL_SEND and ANY_SEND (LVZ reference 9.1). */
#ifndef LV_IRQ_SEND_H
#define LV_IRQ_SEND_H

#include <lib/bits.h>
#include <loongarch/registers.h>

/* Raises IPI vector (0-31) of a physical CPU. */
static inline uint64_t send_ipi(uint32_t core, uint32_t vector) {
    return SEND_BLOCKING | (uint64_t)core << SEND_CPU_SHIFT | vector;
}

/* Writes a 32-bit half of a mailbox (send_mail_half()) of a physical CPU. */
static inline uint64_t send_mail(uint32_t core, uint32_t half, uint32_t data) {
    return SEND_BLOCKING | (uint64_t)core << SEND_CPU_SHIFT | (uint64_t)half << MAIL_HALF_SHIFT |
           (uint64_t)data << SEND_DATA_SHIFT;
}

/* Writes the bytes that are not in keep_mask of IOCSR number, as seen from a physical CPU. */
static inline uint64_t send_any(uint32_t core, uint32_t number, uint32_t data, uint32_t keep_mask) {
    return SEND_BLOCKING | (uint64_t)core << SEND_CPU_SHIFT | number |
           (uint64_t)keep_mask << SEND_KEEP_SHIFT | (uint64_t)data << SEND_DATA_SHIFT;
}

static inline uint32_t send_core(uint64_t value) {
    return (uint32_t)bits_get(value, 25, 16);
}

static inline uint32_t send_vector(uint64_t value) {
    return (uint32_t)bits_get(value, 4, 0);
}

/* Which 32-bit half of the mailboxes MAIL_SEND writes: 2 * box, or 2 * box + 1 for the high one. */
static inline uint32_t send_mail_half(uint64_t value) {
    return (uint32_t)bits_get(value, 4, 2);
}

static inline uint32_t send_any_number(uint64_t value) {
    return (uint32_t)bits_get(value, 15, 0);
}

static inline uint32_t send_data(uint64_t value) {
    return (uint32_t)bits_get(value, 63, 32);
}

/* The bits that a send's byte keep-mask preserves. */
static inline uint32_t send_kept_bits(uint32_t keep_mask) {
    uint32_t kept = 0;

    for (unsigned byte = 0; byte < sizeof(kept); byte++) {
        if ((keep_mask & BIT(byte)) != 0) {
            kept |= (uint32_t)BITS(byte * 8 + 7, byte * 8);
        }
    }
    return kept;
}

static inline uint32_t send_keep_mask(uint64_t value) {
    return (uint32_t)bits_get(value, 30, 27);
}

#endif
