/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * What the guests eio and control agree on. Zones share no memory: control raises vectors, and eio
 * answers with IPIs to a CPU that its zone does not have, which control finds in the zone's
 * statistics. Both draw the same vectors from the same seed.
 */
#ifndef RT_EIO_H
#define RT_EIO_H

#include <rt/zone.h>

/* Raised in turns, to say that a round's vectors are low again. */
#define EIO_SYNC_FIRST 254u
#define EIO_VECTORS    254u
#define EIO_SET_MAX    8u

enum eio_kind {
    EIO_PLAIN,    /* enabled and routed before they come */
    EIO_DISABLED, /* enabled some time after, perhaps after they were raised */
    EIO_MOVED,    /* their routes change all the time */
    EIO_KINDS,
};

struct eio_round {
    enum eio_kind kind;
    uint32_t count;
    uint32_t vectors[EIO_SET_MAX]; /* all different */
};

static inline bool eio_round_has(const struct eio_round *round, uint32_t vector) {
    for (uint32_t i = 0; i < round->count; i++) {
        if (round->vectors[i] == vector) {
            return true;
        }
    }
    return false;
}

static inline void eio_round_draw(struct eio_round *round, struct rt_random *random) {
    uint32_t count = 1 + (uint32_t)rt_random_below(random, EIO_SET_MAX);

    round->kind = (enum eio_kind)rt_random_below(random, EIO_KINDS);
    round->count = 0;
    while (round->count < count) {
        uint32_t vector = (uint32_t)rt_random_below(random, EIO_VECTORS);
        if (!eio_round_has(round, vector)) {
            round->vectors[round->count++] = vector;
        }
    }
}

static inline void iocsr_write8(uint32_t address, uint32_t value) {
    __asm__ volatile("iocsrwr.b %0, %1" ::"r"(value), "r"(address) : "memory");
}

static inline uint32_t eio_enable_word(uint32_t vector) {
    return IOCSR_EIO_ENABLE + vector / LV_VECTOR_GROUP * 4;
}

static inline uint32_t eio_bit(uint32_t vector) {
    return 1u << vector % LV_VECTOR_GROUP;
}

#endif
