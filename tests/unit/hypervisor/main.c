// SPDX-License-Identifier: GPL-2.0-or-later
#include <support.h>

/* One a line, so that two branches that each add one can be merged. */
static int (*const groups[])(void) = {
    test_lib,
    test_log,
    test_decode,
    test_stage2,
    test_check,
    test_ipi,
    test_eiointc,
    test_iocsr,
    test_pci,
    test_zone,
    test_start,
    test_life,
    test_exit,
    test_gcsr,
    test_timer,
    test_hypercall,
    test_virtual,
    test_ring,
    test_uart,
    test_power,
    test_pool,
    test_bridge,
    test_hvisor,
    test_end,
};

int main(void) {
    int failed = 0;

    for (unsigned i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        failed += groups[i]();
    }
    return failed == 0 ? 0 : 1;
}
