/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine on which the fuzzers make zones: eight CPUs, a small pool, a root zone with half. */
#ifndef FUZZ_MACHINE8_H
#define FUZZ_MACHINE8_H

#include "lib/machine.h"
#include "lib/zone_build.h"

struct machine8 {
    struct machine machine;
    struct lv_board board;
    struct lv_zone_config root;
};

/* All that it points to lives in the arena. Ends the process when the machine is not accepted. */
void machine8_make(struct arena *arena, struct machine8 *out);

#endif
