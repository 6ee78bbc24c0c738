/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LV_LIB_SPINLOCK_H
#define LV_LIB_SPINLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Between physical CPUs, interrupts off. An exit path takes only locks of its own zone, for a
 * bounded time.
 *
 * Tickets are served in order, so a CPU waits for each other CPU at most once, however often those
 * take the lock. One instruction on both words draws the ticket and compares it.
 */
struct spinlock {
    union {
        _Atomic uint64_t tickets; /* next_ticket in the high half, owner in the low one */
        _Atomic uint32_t owner;   /* whose turn it is: little endian's low half */
    };
};

#define SPINLOCK_TICKET (1ULL << 32)

/*
 * How often a CPU looks at a lock that does not move before it takes the holder for lost: about ten
 * seconds. A live holder needs microseconds, plus the time for which an emulator's host stops it.
 */
#define SPINLOCK_PATIENCE (1u << 29)

static inline uint32_t spinlock_next_ticket(uint64_t tickets) {
    return (uint32_t)(tickets >> 32);
}

/*
 * Waits for the ticket's turn. A holder that has trapped or does not answer is waited for with a
 * bound: after so many looks, the first in the queue takes that holder's turn to be over.
 */
static inline void spinlock_wait(struct spinlock *lock, uint32_t ticket, uint32_t patience) {
    uint32_t seen = ticket;
    uint32_t looks = 0;
    uint32_t owner;

    while ((owner = atomic_load_explicit(&lock->owner, memory_order_acquire)) != ticket) {
        looks = owner == seen ? looks + 1 : 0;
        seen = owner;
        if (looks > patience && owner + 1 == ticket) {
            (void)atomic_compare_exchange_strong(&lock->owner, &owner, ticket);
        }
    }
}

/* Without a call, where each exit takes the lock. */
static inline void spinlock_take_inline(struct spinlock *lock) {
    uint64_t tickets =
        atomic_fetch_add_explicit(&lock->tickets, SPINLOCK_TICKET, memory_order_acquire);

    if (__builtin_expect(tickets != (tickets >> 32 | tickets << 32), 0)) {
        spinlock_wait(lock, spinlock_next_ticket(tickets), SPINLOCK_PATIENCE);
    }
}

/* Elsewhere. */
void spinlock_take(struct spinlock *lock);

/* Takes the lock if nobody has it or waits for it. */
static inline bool spinlock_try(struct spinlock *lock) {
    uint64_t tickets = atomic_load_explicit(&lock->tickets, memory_order_relaxed);

    return spinlock_next_ticket(tickets) == (uint32_t)tickets &&
           atomic_compare_exchange_strong_explicit(&lock->tickets, &tickets,
                                                   tickets + SPINLOCK_TICKET, memory_order_acquire,
                                                   memory_order_relaxed);
}

static inline void spinlock_release(struct spinlock *lock) {
    (void)atomic_fetch_add_explicit(&lock->owner, 1, memory_order_release);
}

#endif
