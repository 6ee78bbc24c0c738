/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LV_DEVICES_IOCSR_H
#define LV_DEVICES_IOCSR_H

#include <core/types.h>

struct vcpu;

/*
 * Carries out the vCPU's access to IOCSR number access->address. What the zone does not have reads
 * 0 and ignores writes, as unassigned numbers do (LVZ reference 10.1). The vCPU's own CPU.
 */
void iocsr_access(struct vcpu *vcpu, struct access *access);

#endif
