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

/*
 * Reports every pair of overlapping spans at the later one of the list. Spans that are not valid
 * are passed over. `space` is "GPA" or "HPA".
 */
void span_report_overlaps(struct report *report, const struct span *spans, size_t count,
                          const char *space);

#endif
