/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Host's and guest's CSRs and cpucfg as plain memory; found before hypervisor/arch/csr.h. What the
 * hardware does of itself is left to the test.
 */
#ifndef LV_FAKE_ARCH_CSR_H
#define LV_FAKE_ARCH_CSR_H

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

uint64_t fake_gcsr_read(unsigned number);
void fake_gcsr_change(unsigned number, uint64_t mask, uint64_t value);
uint32_t cpucfg_read(uint32_t leaf);

#define csr_read(number)         (fake_csrs.host[number])
#define csr_write(number, value) ((void)(fake_csrs.host[number] = (value)))
#define csr_change(number, mask, value)                                                            \
    ((void)(fake_csrs.host[number] =                                                               \
                (fake_csrs.host[number] & ~(uint64_t)(mask)) | ((value) & (uint64_t)(mask))))

#define gcsr_read(number)                fake_gcsr_read(number)
#define gcsr_write(number, value)        ((void)(fake_csrs.guest[number] = (value)))
#define gcsr_change(number, mask, value) fake_gcsr_change(number, mask, value)

#endif
