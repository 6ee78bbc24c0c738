// SPDX-License-Identifier: GPL-2.0-or-later
#include <boot/start.h>

/* Words that a bitmap of the table stands for. */
#define BITMAP_WORDS 63u

void relocate(const uint64_t *table, const uint64_t *end, uint64_t base) {
    uint64_t *next = (uint64_t *)base;

    for (; table < end; table++) {
        if ((*table & 1) == 0) {
            next = (uint64_t *)(base + *table);
            *next++ += base;
            continue;
        }
        for (uint64_t bits = *table >> 1, i = 0; bits != 0; bits >>= 1, i++) {
            next[i] += (bits & 1) != 0 ? base : 0;
        }
        next += BITMAP_WORDS;
    }
}
