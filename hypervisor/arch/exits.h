/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exit handlers. Each runs on the vCPU's own CPU with its guest state loaded and interrupts off,
 * and answers with a verdict. pc and word are what ERA and BADI hold: where the guest is, and for
 * synchronous exits its instruction.
 *
 * A handler that needs a register which C keeps (exit.S) answers AGAIN, having done nothing, unless
 * cpu->arch.all_saved: gpr_is_saved().
 */
#ifndef LV_ARCH_EXITS_H
#define LV_ARCH_EXITS_H

#include <arch/decode.h>
#include <core/cpu.h>
#include <core/vcpu.h>

/* The last one that is in cpu->arch.gpr at every exit. */
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

/* Called by exit.S for every exit. If the answer is HANDLED the guest goes on. */
enum verdict exit_handle(struct cpu *cpu);

/* After any other verdict, with all registers saved: returns to the guest or ends its zone. */
void exit_finish(struct cpu *cpu, enum verdict verdict);

/*
 * Both of them, with all registers saved, where the guest's timer stands still in host mode: makes
 * up for that.
 */
void exit_handle_stopped_timer(struct cpu *cpu);

/* A trap or machine error of the hypervisor itself: this CPU stops and is lost, with its zone. */
_Noreturn void trap_panic(void);

/*
 * A machine error in guest mode, with all registers saved, MERRCTL in MERRSAVE, the guest's PC in
 * ERA, and no more machine error in progress: the zone fails.
 */
_Noreturn void exit_machine_error(struct cpu *cpu);

/* GSPR: a sensitive instruction (LVZ reference, section 8). */
enum verdict exit_sensitive(struct cpu *cpu, struct vcpu *vcpu, uint64_t pc, uint64_t word);

/* Access to a GPA that stage 2 does not map so. ecode: PIL to PPI. */
enum verdict exit_stage2(struct cpu *cpu, struct vcpu *vcpu, uint64_t pc, uint64_t word,
                         unsigned ecode);

/* idle: waits until an interrupt that the guest has enabled is pending. */
enum verdict exit_idle(struct cpu *cpu, struct vcpu *vcpu, uint64_t pc);

/* Parts of handlers, when the exit has been counted (exits_tail_hot.c). */
enum verdict emulate_cpucfg_high(struct cpu *cpu, const struct vcpu *vcpu, uint64_t pc,
                                 uint64_t word);
enum verdict emulate_iocsr_read(struct cpu *cpu, struct vcpu *vcpu, uint64_t pc, uint64_t word);
enum verdict emulate_iocsr_write(struct vcpu *vcpu, uint32_t number, unsigned size, uint64_t value);

/* Handlers: hvcl, a host interrupt, a unit that the guest does not have, any other code. */
enum verdict exit_hypercall(struct cpu *cpu, struct vcpu *vcpu, uint64_t pc, uint64_t word);
enum verdict exit_interrupt(struct cpu *cpu, struct vcpu *vcpu);
enum verdict exit_disabled_unit(struct vcpu *vcpu);
enum verdict exit_unknown(struct vcpu *vcpu);

/* Fills in what the vCPU reads in the cpucfg leaves of its CPU. That CPU, before it runs. */
void exit_init_cpucfg(struct vcpu *vcpu);

#endif
