/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fields that IPI_SEND, MAIL_SEND and ANY_SEND share (LVZ reference 9.1). */
#ifndef LV_DEVICES_SEND_H
#define LV_DEVICES_SEND_H

#include <lib/bits.h>

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

/* The bits that a send with its byte keep-mask leaves as they are. */
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
