/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's CSRs. Which there are follows from the words in which the CPU names its features, so
 * a CPU that has more than arch_state.h lists is refused.
 */
#ifndef LV_ARCH_GCSR_H
#define LV_ARCH_GCSR_H

#include <arch_state.h>

/* Puts every guest CSR of this CPU to what the state says. This CPU, before the vCPU runs. */
void gcsr_load(const struct arch_state *state);

/* NULL, or which word of cpucfg names features that gcsr_load() may not know. This CPU. */
const char *gcsr_unknown_state(void);

#endif
