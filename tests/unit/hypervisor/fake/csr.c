// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/csr.h>

struct fake_csrs fake_csrs;

uint64_t fake_gcsr_read(unsigned number) {
    if (number == CSR_TVAL) {
        fake_csrs.guest[CSR_TVAL] -= fake_csrs.tval_step;
    }
    return fake_csrs.guest[number];
}

void fake_gcsr_change(unsigned number, uint64_t mask, uint64_t value) {
    fake_csrs.guest[number] = (fake_csrs.guest[number] & ~mask) | (value & mask);
    if (number == CSR_ESTAT && fake_csrs.tval_when_fired != 0) {
        fake_csrs.guest[CSR_TVAL] = fake_csrs.tval_when_fired;
    }
}

uint32_t cpucfg_read(uint32_t leaf) {
    return leaf < FAKE_CPUCFGS ? fake_csrs.cpucfg[leaf] : 0;
}
