/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* All of a CPU's floating-point and vector state. EUEN must have the units on. */
#ifndef RT_FPU_H
#define RT_FPU_H

#include <rt/runtime.h>

#define RT_FPU_REGISTERS 32u
#define RT_FPU_LANES     4u
#define RT_FPU_FLAGS     8u
/* Of fcsr0: exception enables, rounding mode, flags and causes. */
#define RT_FPU_FCSR_MASK 0x1f1f0300u

/* fpu.S knows the layout. */
struct rt_fpu {
    uint64_t lanes[RT_FPU_REGISTERS][RT_FPU_LANES];
    uint64_t fcsr;
    uint8_t flags[RT_FPU_FLAGS];
} __attribute__((aligned(32)));

void rt_fpu_load(const struct rt_fpu *fpu);
void rt_fpu_store(struct rt_fpu *fpu);

#endif
