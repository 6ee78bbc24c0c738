/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What arch/csr.h reaches in the unit tests: CSRs and cpucfg as plain memory. What the hardware
 * does of itself is left to the test.
 */
#ifndef LV_FAKE_CSR_HOST_H
#define LV_FAKE_CSR_HOST_H

#include <arch/registers.h>
#include <stdint.h>

#define FAKE_CSRS    0x200
#define FAKE_CPUCFGS 32u

struct fake_csrs {
    uint64_t host[FAKE_CSRS];
    uint64_t guest[FAKE_CSRS];
    uint32_t cpucfg[FAKE_CPUCFGS];
    uint64_t tval_step;       /* how far each read of the guest's TVAL takes it down */
    uint64_t tval_when_fired; /* if not 0: what a change of the guest's ESTAT makes of TVAL */
};

extern struct fake_csrs fake_csrs;

uint64_t csr_read(unsigned number);
void csr_write(unsigned number, uint64_t value);
void csr_change(unsigned number, uint64_t mask, uint64_t value);
uint64_t gcsr_read(unsigned number);
void gcsr_write(unsigned number, uint64_t value);
void gcsr_change(unsigned number, uint64_t mask, uint64_t value);
uint32_t cpucfg_read(uint32_t leaf);

#endif
