// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The parts of exit handlers that call others. They are in a file of their own so that the compiler
 * reaches them by a tail call: a fast path that ends before them needs no stack frame.
 */
#include <arch/exits.h>
#include <arch/guest.h>
#include <arch/timer.h>
#include <core/hypercall.h>
#include <core/zone.h>
#include <core/irq.h>
#include <lib/bits.h>
#include <loongvisor/hypercall.h>

static int32_t hypervisor_leaf(const struct vcpu *vcpu, uint32_t leaf) {
    bool paravirtual = (vcpu->zone->config.flags & LV_ZONE_PV_IPI) != 0;

    if (leaf == LV_CPUCFG_SIGNATURE) {
        return paravirtual ? (int32_t)LV_KVM_SIGNATURE_VALUE : (int32_t)LV_CPUCFG_SIGNATURE_VALUE;
    }
    return paravirtual && leaf == LV_KVM_FEATURES ? (int32_t)LV_KVM_FEATURE_IPI : 0;
}

enum verdict emulate_cpucfg_high(struct cpu *cpu, const struct vcpu *vcpu, uint64_t pc,
                                 uint64_t word) {
    uint32_t leaf = (uint32_t)cpu->arch.gpr[insn_rj((uint32_t)word)];

    guest_skip_instruction(pc);
    gpr_set(cpu, insn_rd((uint32_t)word), (uint64_t)hypervisor_leaf(vcpu, leaf));
    return VERDICT_HANDLED;
}

enum verdict emulate_iocsr_read(struct cpu *cpu, struct vcpu *vcpu, uint64_t pc, uint64_t word) {
    uint32_t number = (uint32_t)cpu->arch.gpr[insn_rj((uint32_t)word)];
    unsigned size = insn_iocsr_size((uint32_t)word);

    guest_skip_instruction(pc);
    gpr_set(cpu, insn_rd((uint32_t)word), bits_sign_extend(iocsr_read(vcpu, number, size), size));
    return VERDICT_HANDLED;
}

enum verdict emulate_iocsr_write(struct vcpu *vcpu, uint32_t number, unsigned size,
                                 uint64_t value) {
    if (size == IPI_WORD && ipi_owns(number)) {
        ipi_write_word(vcpu, number, (uint32_t)value);
    } else {
        iocsr_write(vcpu, number, size, bits_truncate(value, size));
    }
    return VERDICT_HANDLED;
}

static int64_t hypercall_result(struct vcpu *vcpu, const uint64_t *gpr, uint64_t word) {
    switch (word & HVCL_CODE_MASK) {
    case 0:
        return hypercall_handle(vcpu, gpr[GPR_A0], gpr[GPR_A1], gpr[GPR_A2]);
    case LV_KVM_SERVICE:
        return hypercall_handle_kvm(vcpu, gpr[GPR_A0], &gpr[GPR_A1]);
    default:
        return -LV_ENOSYS;
    }
}

/* Some silicon may let user mode execute hvcl (LVZ reference 3.2). */
enum verdict exit_hypercall(struct cpu *cpu, struct vcpu *vcpu, uint64_t pc, uint64_t word) {
    uint64_t *gpr = cpu->arch.gpr;

    vcpu_count_exit(vcpu, LV_EXIT_HYPERCALL);
    if (!guest_is_privileged()) {
        return guest_inject(ECODE_IPE, 0, 0);
    }
    int64_t result = hypercall_result(vcpu, gpr, word);

    if (result != HYPERCALL_AGAIN) {
        gpr[GPR_A0] = (uint64_t)result;
        guest_skip_instruction(pc);
    }
    return VERDICT_HANDLED;
}

enum verdict exit_interrupt(struct vcpu *vcpu) {
    uint64_t pending = csr_read(CSR_ESTAT) & csr_read(CSR_ECFG);

    if ((pending & BIT(IRQ_IPI)) != 0) {
        vcpu_count_exit(vcpu, LV_EXIT_DOORBELL);
        vcpu_answer_doorbell(vcpu);
    } else if ((pending & BIT(IRQ_TIMER)) != 0) {
        vcpu_count_exit(vcpu, LV_EXIT_TIMER);
        timer_stop();
        return vcpu_check_watchdog(vcpu);
    } else {
        vcpu_count_exit(vcpu, LV_EXIT_INTERRUPT);
        arch_vcpu_update_lines(vcpu);
    }
    return VERDICT_HANDLED;
}

/* The host enables every unit that a zone sees, so the guest used a unit that it does not see. */
enum verdict exit_disabled_unit(struct vcpu *vcpu) {
    vcpu_count_exit(vcpu, LV_EXIT_FPU);
    return guest_inject(ECODE_INE, 0, 0);
}

/* PRMD.PIE clear: the trap came from the hypervisor itself. */
enum verdict exit_unknown(struct vcpu *vcpu) {
    if ((csr_read(CSR_PRMD) & PRMD_PIE) == 0) {
        trap_panic();
    }
    vcpu_count_exit(vcpu, LV_EXIT_OTHER);
    return VERDICT_UNHANDLED;
}
