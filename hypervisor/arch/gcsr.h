/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's CSRs at reset. What there is to clear follows from the words in which the CPU names
 * its features, so a CPU that has more than this list is refused.
 */
#ifndef LV_ARCH_GCSR_H
#define LV_ARCH_GCSR_H

#include <core/types.h>

/* Puts every guest CSR of this CPU to what vCPU id begins with. This CPU, before the vCPU runs. */
void gcsr_reset(vcpu_id_t id);

/* NULL, or which word of cpucfg names features that gcsr_reset() may not know. This CPU. */
const char *gcsr_unknown_state(void);

#endif
