/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exit handlers. Each runs on the vCPU's own CPU with its guest state loaded and interrupts off,
 * finds the guest's PC in ERA, and answers with a verdict.
 */
#ifndef LV_ARCH_EXITS_H
#define LV_ARCH_EXITS_H

#include <core/cpu.h>
#include <core/vcpu.h>

/* Called by exit.S for every exit: GPRs are in cpu->arch.gpr. Returns to the guest. */
void exit_handle(struct cpu *cpu);

/* The same where the guest's timer stands still in host mode: makes up for that. */
void exit_handle_held(struct cpu *cpu);

/* A trap of the hypervisor itself: logs it and stops this CPU. Called by exit.S. */
_Noreturn void trap_panic(void);

/* GSPR: a sensitive instruction (LVZ reference, section 8). */
enum verdict exit_sensitive(struct cpu *cpu, struct vcpu *vcpu);

/* Access to a GPA that stage 2 does not map so. ecode: PIL to PPI. */
enum verdict exit_stage2(struct cpu *cpu, struct vcpu *vcpu, unsigned ecode);

/* idle: waits until an interrupt that the guest has enabled is pending. */
enum verdict exit_idle(struct vcpu *vcpu);

/* A CSR access that has no hardware copy. word: the instruction. */
void exit_csr(struct cpu *cpu, struct vcpu *vcpu, uint32_t word);

/* What a zone reads in a cpucfg leaf. */
uint32_t exit_cpucfg_value(const struct vcpu *vcpu, uint32_t leaf);

#endif
