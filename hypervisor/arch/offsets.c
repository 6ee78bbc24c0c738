// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/offsets.h>
#include <core/cpu.h>
#include <lib/bits.h>
#include <loongarch/registers.h>

_Static_assert(offsetof(struct cpu, arch.gpr[1]) == CPU_GPR(1), "exit.S saves GPRs here");
_Static_assert(offsetof(struct cpu, arch.gpr[31]) == CPU_GPR(31), "exit.S saves GPRs here");
_Static_assert(offsetof(struct cpu, arch.stack_top) == CPU_STACK_TOP, "exit.S finds its stack");
_Static_assert(offsetof(struct cpu, phys_id) == CPU_PHYS_ID, "entry.S finds the CPU's block");
_Static_assert(sizeof(struct cpu) == CPU_SIZE, "entry.S finds the CPU's block");
_Static_assert(ARRAY_SIZE(cpu_blocks) == CPU_BLOCKS, "entry.S looks at all of them");
_Static_assert(BITS(CPUID_CORE_HIGH, 0) == LV_PHYS_CPU_ID_MAX, "entry.S takes all of CPUID");
