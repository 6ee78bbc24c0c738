/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Offsets into struct cpu for assembly; arch/offsets.c asserts each. */
#ifndef LV_ARCH_OFFSETS_H
#define LV_ARCH_OFFSETS_H

#define CPU_GPR(n)    ((n) * 8)
#define CPU_STACK_TOP 256
#define CPU_PHYS_ID   292
#define CPU_SIZE      320
#define CPU_BLOCKS    16
#define STACK_SIZE    8192

#endif
