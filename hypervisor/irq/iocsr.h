/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LV_IRQ_IOCSR_H
#define LV_IRQ_IOCSR_H

#include <core/types.h>

struct vcpu;

/*
 * The vCPU's access of 1, 2, 4 or 8 bytes to an IOCSR number. A register that the zone lacks reads
 * 0 and ignores writes, as unassigned numbers do (LVZ reference 10.1). More than size bytes of the
 * result may be set. The vCPU's own CPU.
 */
uint64_t iocsr_read(struct vcpu *vcpu, uint32_t number, unsigned size);
void iocsr_write(struct vcpu *vcpu, uint32_t number, unsigned size, uint64_t value);

#endif
