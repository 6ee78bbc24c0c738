/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LV_LIB_BITS_H
#define LV_LIB_BITS_H

#include <stdbool.h>
#include <stdint.h>

#define BIT(n) (1ULL << (n))
/* Bits high..low set, both included, 63 >= high >= low. */
#define BITS(high, low)   ((~0ULL >> (63 - (high))) & (~0ULL << (low)))
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* One access to a place that another CPU or a table walk reaches meanwhile: neither split nor
 * repeated. */
#define READ_ONCE(place)         (*(const volatile __typeof__(place) *)&(place))
#define WRITE_ONCE(place, value) (*(volatile __typeof__(place) *)&(place) = (value))

/* Bits high..low of word, moved down to bit 0. */
static inline uint64_t bits_get(uint64_t word, unsigned high, unsigned low) {
    return (word & BITS(high, low)) >> low;
}

/* The low size bytes of value, size 1 to 8. */
static inline uint64_t bits_truncate(uint64_t value, unsigned size) {
    return value & BITS(size * 8 - 1, 0);
}

/* The low size bytes of value, size 1 to 8, as a signed number in 64 bits. */
static inline uint64_t bits_sign_extend(uint64_t value, unsigned size) {
    unsigned shift = 64 - size * 8;

    return (uint64_t)((int64_t)(value << shift) >> shift);
}

/* The lowest bit that is set; word is not 0. */
static inline unsigned bits_first(uint64_t word) {
    return (unsigned)__builtin_ctzll(word);
}

static inline bool bits_is_aligned(uint64_t value, uint64_t alignment) {
    return (value & (alignment - 1)) == 0;
}

/*
 * Whether [base, base + size) lies in [outer, outer + outer_size); an empty range lies where its
 * base is. Neither may wrap, but each may end at the end of the address space.
 */
static inline bool bits_range_within(uint64_t base, uint64_t size, uint64_t outer,
                                     uint64_t outer_size) {
    return base >= outer && size <= outer_size && base - outer <= outer_size - size;
}

/*
 * Whether [a, a + a_size) and [b, b + b_size) have an address in common. An empty
 * range overlaps one in whose middle it lies. Both ends are below 2^64.
 */
static inline bool bits_ranges_overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size) {
    return a < b + b_size && b < a + a_size;
}

#endif
