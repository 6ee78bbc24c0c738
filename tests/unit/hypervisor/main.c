// SPDX-License-Identifier: GPL-2.0-or-later
#include <support.h>

int main(void) {
    int failed = test_lib() + test_log() + test_decode() + test_stage2() + test_check();

    failed += test_ipi() + test_eiointc() + test_iocsr() + test_pci() + test_zone() + test_start() +
              test_life() + test_exit() + test_timer() + test_hypercall() + test_virtual() +
              test_ring() + test_uart() + test_power() + test_pool() + test_bridge() +
              test_hvisor() + test_end();
    return failed == 0 ? 0 : 1;
}
