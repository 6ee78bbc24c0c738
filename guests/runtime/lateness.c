// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
#include <rt/lateness.h>

#define PERMILLE 1000u

/* Which power of two beyond the fine part; what is later than all counts with the last. */
static uint32_t late_octave(uint64_t ticks) {
    uint32_t octave = 63u - (uint32_t)__builtin_clzl(ticks) - RT_LATE_FINE_LOG;

    return octave < RT_LATE_OCTAVES ? octave : RT_LATE_OCTAVES - 1;
}

void rt_late_add(struct rt_lateness *late, uint64_t ticks) {
    if (ticks < RT_LATE_FINE) {
        late->fine[ticks]++;
    } else {
        uint32_t octave = late_octave(ticks);
        uint32_t shift = octave + RT_LATE_FINE_LOG - RT_LATE_STEP_LOG;
        late->coarse[octave][ticks >> shift & (RT_LATE_STEPS - 1)]++;
    }
    late->count++;
    late->max = ticks > late->max ? ticks : late->max;
}

/* The end of a step, or the latest if that was earlier. */
static uint64_t late_step_end(const struct rt_lateness *late, uint32_t octave, uint32_t step) {
    uint32_t shift = octave + RT_LATE_FINE_LOG - RT_LATE_STEP_LOG;
    uint64_t end = (uint64_t)(RT_LATE_STEPS + step + 1) << shift;

    return end < late->max ? end : late->max;
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
    for (uint32_t i = 0; i < RT_LATE_OCTAVES * RT_LATE_STEPS; i++) {
        seen += late->coarse[i / RT_LATE_STEPS][i % RT_LATE_STEPS];
        if (seen >= wanted) {
            return late_step_end(late, i / RT_LATE_STEPS, i % RT_LATE_STEPS);
        }
    }
    return late->max;
}

static uint64_t late_in_octave(const struct rt_lateness *late, uint64_t ticks) {
    const uint32_t *steps = late->coarse[late_octave(ticks)];
    uint64_t sum = 0;

    for (uint32_t step = 0; step < RT_LATE_STEPS; step++) {
        sum += steps[step];
    }
    return sum;
}

uint64_t rt_late_between(const struct rt_lateness *late, uint64_t from, uint64_t to) {
    uint64_t sum = 0;

    for (uint64_t ticks = from; ticks < to && ticks < RT_LATE_FINE; ticks++) {
        sum += late->fine[ticks];
    }
    for (uint64_t ticks = from < RT_LATE_FINE ? RT_LATE_FINE : from; ticks < to; ticks *= 2) {
        sum += late_in_octave(late, ticks);
    }
    return sum;
}
