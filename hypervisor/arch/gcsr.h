/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's CSRs. The CPU's feature words say which CSRs exist. A CPU that may have more than
 * arch_state.h lists is refused.
 */
#ifndef LV_ARCH_GCSR_H
#define LV_ARCH_GCSR_H

#include <arch_state.h>

/* Sets every guest CSR of this CPU from the state. This CPU, before the vCPU runs. */
void gcsr_load(const struct arch_state *state);

/* NULL, or the word of cpucfg that names features unknown to gcsr_load(). This CPU. */
const char *gcsr_unknown_state(void);

#endif
