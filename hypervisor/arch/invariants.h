/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must hold at every exit, whatever the guest has done. The checked build
 * (build/hypervisor-checked) looks at it each time and stops the CPU when it does not; the ordinary
 * build has none of this.
 */
#ifndef LV_ARCH_INVARIANTS_H
#define LV_ARCH_INVARIANTS_H

#include <core/cpu.h>

/* Stops this CPU, with a line on the log, if something is not as it must be. On an exit. */
void invariants_check(const struct cpu *cpu, const struct vcpu *vcpu);

/* Says what is not as it must be, and stops this CPU. Any CPU. */
_Noreturn void invariants_broken(const char *what);

#endif
