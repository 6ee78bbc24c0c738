// SPDX-License-Identifier: GPL-2.0-or-later
/* arch/stage2.c, with a door to its variables. */
// NOLINTNEXTLINE(bugprone-suspicious-include)
#include <arch/stage2.c>
#include <fake.h>
#include <lib/string.h>

void state_reset_stage2(void) {
    memset(pool_used, 0, sizeof(pool_used));
    stage2_init();
}

unsigned state_stage2_used(void) {
    return arch_stage2_pages_used();
}

void state_stage2_leave(unsigned pages) {
    for (unsigned page = 0; page < LV_STAGE2_POOL_PAGES - pages; page++) {
        pool_used[page / 64] |= BIT(page % 64);
    }
}
