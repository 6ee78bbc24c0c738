/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Address ranges that must be disjoint, and where each was configured. */
#ifndef TOOLS_SPAN_H
#define TOOLS_SPAN_H

#include "json.h"

#include <stdbool.h>
#include <stdint.h>

struct span {
    uint64_t base;
    uint64_t size;
    const struct place *place;
    const char *what; /* "the kernel"; NULL: the place's field says enough */
};

/* False when size is 0 or the end is beyond 2^64. */
bool span_is_valid(uint64_t base, uint64_t size);

/* Both spans must be valid. */
bool span_overlaps(uint64_t base, uint64_t size, uint64_t other_base, uint64_t other_size);

/* True when base..base+size lies within outer_base..outer_base+outer_size. */
bool span_contains(uint64_t outer_base, uint64_t outer_size, uint64_t base, uint64_t size);

/* The first valid one of the spans that overlaps base, size (which are valid), or NULL. */
const struct span *span_find(const struct span *spans, size_t count, uint64_t base, uint64_t size);

/* A free range to find. */
struct span_need {
    uint64_t size;  /* not 0 */
    uint64_t align; /* a power of two */
    uint64_t from;  /* the lowest permitted address */
};

/* The lowest address in `outer` where none of the spans is; false when there is none. */
bool span_find_room(const struct span *outer, const struct span *taken, size_t count,
                    const struct span_need *need, uint64_t *address);

/* The highest address in the valid `outer` where none of the spans is; false if there is none. */
bool span_find_last_room(const struct span *outer, const struct span *taken, size_t count,
                         const struct span_need *need, uint64_t *address);

/*
 * Reports every pair of overlapping spans at the later one of the list, if that is the `first`th or
 * behind it. Spans that are not valid are passed over. `space` is "GPA" or "HPA".
 */
void span_report_overlaps(struct report *report, const struct span *spans, size_t first,
                          size_t count, const char *space);

#endif
