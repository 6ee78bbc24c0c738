// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/offsets.h>
#include <core/cpu.h>

_Static_assert(offsetof(struct cpu, arch.gpr[1]) == CPU_GPR(1), "exit.S saves GPRs here");
_Static_assert(offsetof(struct cpu, arch.gpr[31]) == CPU_GPR(31), "exit.S saves GPRs here");
_Static_assert(offsetof(struct cpu, arch.stack_top) == CPU_STACK_TOP, "exit.S finds its stack");
