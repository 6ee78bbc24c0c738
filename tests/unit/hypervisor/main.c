// SPDX-License-Identifier: GPL-2.0-or-later
#include <support.h>

/* One a line, so that two branches that each add one can be merged. */
int main(void) {
    int failed = 0;

    failed += test_lib();
    failed += test_spinlock();
    failed += test_log();
    failed += test_decode();
    failed += test_stage2();
    failed += test_stage2_table();
    failed += test_leaves();
    failed += test_ipi();
    failed += test_eiointc();
    failed += test_iocsr();
    failed += test_pci();
    failed += test_zone();
    failed += test_run();
    failed += test_start();
    failed += test_life();
    failed += test_exit();
    failed += test_capability();
    failed += test_gcsr();
    failed += test_timer();
    failed += test_hypercall();
    failed += test_virtual();
    failed += test_ring();
    failed += test_uart();
    failed += test_clock();
    failed += test_power();
    failed += test_virtio();
    failed += test_pool();
    failed += test_bridge();
    failed += test_hvisor();
    failed += test_end();
    failed += test_relocate();
    failed += test_restart();
    failed += test_lost();
    /* The longest last: a failure shows early. */
    failed += test_check();
    return failed == 0 ? 0 : 1;
}
