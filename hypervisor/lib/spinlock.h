/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LV_LIB_SPINLOCK_H
#define LV_LIB_SPINLOCK_H

#include <stdatomic.h>
#include <stdbool.h>

/* Between physical CPUs, interrupts off. On an exit path only one of the zone itself, for a bounded
 * time. */
struct spinlock {
    atomic_uint held; /* a word, which the architecture swaps with one instruction */
};

static inline bool spinlock_try(struct spinlock *lock) {
    return atomic_exchange_explicit(&lock->held, 1, memory_order_acquire) == 0;
}

static inline void spinlock_take(struct spinlock *lock) {
    while (!spinlock_try(lock)) {
    }
}

static inline void spinlock_release(struct spinlock *lock) {
    atomic_store_explicit(&lock->held, 0, memory_order_release);
}

#endif
