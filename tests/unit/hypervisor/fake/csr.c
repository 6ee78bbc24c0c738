// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/csr.h>

struct fake_csrs fake_csrs;

static void change(uint64_t *csr, uint64_t mask, uint64_t value) {
    *csr = (*csr & ~mask) | (value & mask);
}

uint64_t csr_read(unsigned number) {
    return fake_csrs.host[number];
}

void csr_write(unsigned number, uint64_t value) {
    fake_csrs.host[number] = value;
}

void csr_change(unsigned number, uint64_t mask, uint64_t value) {
    change(&fake_csrs.host[number], mask, value);
}

uint64_t gcsr_read(unsigned number) {
    if (number == CSR_TVAL) {
        fake_csrs.guest[CSR_TVAL] -= fake_csrs.tval_step;
    }
    return fake_csrs.guest[number];
}

void gcsr_write(unsigned number, uint64_t value) {
    fake_csrs.guest[number] = value;
}

void gcsr_change(unsigned number, uint64_t mask, uint64_t value) {
    change(&fake_csrs.guest[number], mask, value);
    if (number == CSR_ESTAT && fake_csrs.tval_when_fired != 0) {
        fake_csrs.guest[CSR_TVAL] = fake_csrs.tval_when_fired;
    }
}

uint32_t cpucfg_read(uint32_t leaf) {
    return leaf < FAKE_CPUCFGS ? fake_csrs.cpucfg[leaf] : 0;
}
