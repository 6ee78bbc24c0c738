/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Regions of several runs, which no configuration can describe yet: what is built with
 * LV_RUN_LAYOUT finds RAM and stores as the test has laid them out (loongvisor/zone_run.h).
 */
#ifndef LV_TEST_RUN_LAYOUT_H
#define LV_TEST_RUN_LAYOUT_H

#include <loongvisor/zone_run.h>

enum run_layout {
    RUN_LAYOUT_ONE,     /* one run, as a configuration says */
    RUN_LAYOUT_SWAPPED, /* each two pieces have changed places; a piece without another stays */
    RUN_LAYOUT_SPREAD, /* behind each piece is room for another: what one cache colour looks like */
};

/* From now on RAM and stores are pieces of that many bytes, a power of two. */
void run_layout_set(enum run_layout layout, uint64_t piece);

#endif
