/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exit handlers. Each runs on the vCPU's own CPU with its guest state loaded and interrupts off,
 * and returns a verdict. pc is ERA, the guest's address; word is BADI, its instruction at
 * synchronous exits.
 *
 * The one reason for AGAIN: the instruction names a register that C preserves (exit.S), and not all
 * registers are saved. The two handlers that take registers from an instruction ask gpr_is_saved()
 * before they do anything.
 */
#ifndef LV_ARCH_EXITS_H
#define LV_ARCH_EXITS_H

#include <arch/decode.h>
#include <core/cpu.h>
#include <core/vcpu.h>

/* The last register that is in cpu->arch.gpr at every exit. */
#define GPR_LAST_SAVED 20u

/* Whether the register that the instruction may name is in cpu->arch.gpr. */
static inline bool gpr_is_saved(const struct cpu *cpu, unsigned index) {
    return index <= GPR_LAST_SAVED || cpu->arch.all_saved;
}

static inline void gpr_set(struct cpu *cpu, unsigned index, uint64_t value) {
    if (index != 0) {
        cpu->arch.gpr[index] = value;
    }
}

/* The code field of hvcl: 0 for our calls. */
#define HVCL_CODE_MASK 0x7fffu

/* Called by exit.S for every exit. If it returns HANDLED, the guest continues. */
enum verdict exit_handle(struct cpu *cpu);

/* After any other verdict, with all registers saved: returns to the guest or ends its zone. */
void exit_finish(struct cpu *cpu, enum verdict verdict);

/*
 * Does both, with all registers saved, on a CPU where the guest's timer stands still in host mode,
 * and corrects the timer.
 */
void exit_handle_stopped_timer(struct cpu *cpu);

/* For a trap or machine error of the hypervisor itself: this CPU and its zone are lost. */
_Noreturn void trap_panic(void);

/*
 * Fails the zone after a machine error in guest mode. All registers are saved, MERRSAVE holds
 * MERRCTL, ERA the guest's PC, and the machine error is no longer in progress.
 */
_Noreturn void exit_machine_error(struct cpu *cpu);

/* GSPR: a sensitive instruction (LVZ reference, section 8). */
enum verdict exit_sensitive(struct cpu *cpu, struct vcpu *vcpu, uint64_t pc, uint64_t word);

/* An access that stage 2 does not permit. ecode: PIL to PPI. */
enum verdict exit_stage2(struct cpu *cpu, struct vcpu *vcpu, uint64_t pc, uint64_t word,
                         unsigned ecode);

/* idle: waits until an interrupt that the guest has enabled is pending. */
enum verdict exit_idle(struct vcpu *vcpu, uint64_t pc);

/* Parts of handlers that run after the exit has been counted (exits_tail_hot.c). */
enum verdict emulate_cpucfg_high(struct cpu *cpu, const struct vcpu *vcpu, uint64_t pc,
                                 uint64_t word);
enum verdict emulate_iocsr_read(struct cpu *cpu, struct vcpu *vcpu, uint64_t pc, uint64_t word);
enum verdict emulate_iocsr_write(struct vcpu *vcpu, uint32_t number, unsigned size, uint64_t value);

/* For hvcl, a host interrupt, a unit that the guest does not have, and any other code. */
enum verdict exit_hypercall(struct cpu *cpu, struct vcpu *vcpu, uint64_t pc, uint64_t word);
enum verdict exit_interrupt(struct vcpu *vcpu);
enum verdict exit_disabled_unit(struct vcpu *vcpu);
enum verdict exit_unknown(struct vcpu *vcpu);

/* Sets the words that the vCPU reads by cpucfg. Its own CPU, before it runs. */
void exit_init_cpucfg(struct vcpu *vcpu);

#endif
