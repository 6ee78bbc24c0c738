/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What arch/csr.h reaches in the unit tests: CSRs and cpucfg as plain memory. What the hardware
 * does of itself is left to the test.
 */
#ifndef LV_FAKE_CSR_H
#define LV_FAKE_CSR_H

#include <arch/csr.h>

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

#endif
