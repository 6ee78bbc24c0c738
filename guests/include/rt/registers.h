/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* Code that runs with a value of choice in every general register, and what it leaves there. */
#ifndef RT_REGISTERS_H
#define RT_REGISTERS_H

#include <rt/runtime.h>

#define RT_REGISTERS 32u
#define RT_REG_RA    1u
#define RT_REG_SP    3u
#define RT_REG_A0    4u

/* Where the code returns to: what wanted[RT_REG_RA] must be. registers.S. */
extern char rt_registers_back[];

/*
 * Runs code, which ends with a return, with wanted in the registers; all of them are in found
 * afterwards. wanted[RT_REG_SP] is the end of a stack for exceptions. prmd: PRMD_PIE, to run it
 * with interrupts on; they are on afterwards then. SAVE3 and SAVE4 are used.
 */
void rt_registers_run(const uint64_t *wanted, uint64_t *found, const uint32_t *code, uint64_t prmd);

#endif
