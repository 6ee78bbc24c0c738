// SPDX-License-Identifier: GPL-2.0-or-later
/* arch/stage2.c, with a door to its variables. */
// NOLINTNEXTLINE(bugprone-suspicious-include)
#include <arch/stage2.c>
#include <fake.h>

void state_reset_stage2(void) {
    pool_used = 0;
    stage2_init();
}

unsigned state_stage2_used(void) {
    return pool_used;
}

void state_stage2_leave(unsigned pages) {
    pool_used = LV_STAGE2_POOL_PAGES - pages;
}
