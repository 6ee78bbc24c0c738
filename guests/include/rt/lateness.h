/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * How late things came, in ticks of the counter: exact below RT_LATE_FINE, then in RT_LATE_STEPS
 * steps for each power of two.
 */
#ifndef RT_LATENESS_H
#define RT_LATENESS_H

#include <stdint.h>

#define RT_LATE_FINE_LOG 11u
#define RT_LATE_FINE     (1u << RT_LATE_FINE_LOG)
#define RT_LATE_STEP_LOG 5u
#define RT_LATE_STEPS    (1u << RT_LATE_STEP_LOG)
#define RT_LATE_OCTAVES  32u

struct rt_lateness {
    uint64_t count;
    uint64_t max;
    uint32_t fine[RT_LATE_FINE];
    uint32_t coarse[RT_LATE_OCTAVES][RT_LATE_STEPS];
};

void rt_late_add(struct rt_lateness *late, uint64_t ticks);

/* A lateness that permille of all stay below or at: the least, as exactly as it is kept. */
uint64_t rt_late_at(const struct rt_lateness *late, uint64_t permille);

/* How many came with from <= lateness < to; both powers of two where they are beyond the fine part.
 */
uint64_t rt_late_between(const struct rt_lateness *late, uint64_t from, uint64_t to);

#endif
