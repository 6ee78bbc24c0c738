/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
#include <rt/lateness.h>

#define PERMILLE 1000u

static uint32_t late_log(uint64_t ticks) {
    uint32_t log = 63u - (uint32_t)__builtin_clzl(ticks);

    return log < RT_LATE_COARSE ? log : RT_LATE_COARSE - 1;
}

void rt_late_add(struct rt_lateness *late, uint64_t ticks) {
    if (ticks < RT_LATE_FINE) {
        late->fine[ticks]++;
    } else {
        late->coarse[late_log(ticks)]++;
    }
    late->count++;
    late->max = ticks > late->max ? ticks : late->max;
}

uint64_t rt_late_at(const struct rt_lateness *late, uint64_t permille) {
    uint64_t wanted = (late->count * permille + PERMILLE - 1) / PERMILLE;
    uint64_t seen = 0;

    for (uint64_t ticks = 0; ticks < RT_LATE_FINE; ticks++) {
        seen += late->fine[ticks];
        if (seen >= wanted) {
            return ticks;
        }
    }
    for (uint32_t log = 0; log < RT_LATE_COARSE; log++) {
        seen += late->coarse[log];
        if (seen >= wanted) {
            return (2UL << log) < late->max ? 2UL << log : late->max;
        }
    }
    return late->max;
}

uint64_t rt_late_between(const struct rt_lateness *late, uint64_t from, uint64_t to) {
    uint64_t sum = 0;

    for (uint64_t ticks = from; ticks < to && ticks < RT_LATE_FINE; ticks++) {
        sum += late->fine[ticks];
    }
    for (uint64_t ticks = from < RT_LATE_FINE ? RT_LATE_FINE : from; ticks < to; ticks *= 2) {
        sum += late->coarse[late_log(ticks)];
    }
    return sum;
}
