// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/exits.h>
#include <arch/guest.h>
#include <arch/invariants.h>
#include <arch/timer.h>
#include <core/console.h>
#include <core/hypercall.h>
#include <core/log.h>
#include <lib/bits.h>
#include <loongvisor/hypercall.h>

/* The code field of hvcl: 0 for our calls. */
#define HVCL_CODE_MASK 0x7fffu

typedef enum verdict exit_handler(struct cpu *cpu, struct vcpu *vcpu, unsigned ecode);

static enum verdict handle_interrupt(struct cpu *cpu, struct vcpu *vcpu, unsigned ecode) {
    uint64_t pending = csr_read(CSR_ESTAT) & csr_read(CSR_ECFG);

    (void)cpu;
    (void)ecode;
    if ((pending & BIT(LINE_IPI)) != 0) {
        vcpu_count_exit(vcpu, LV_EXIT_DOORBELL);
        vcpu_answer_doorbell(vcpu);
    } else if ((pending & BIT(LINE_TIMER)) != 0) {
        vcpu_count_exit(vcpu, LV_EXIT_TIMER);
        timer_stop();
        vcpu_check_watchdog(vcpu);
    } else {
        vcpu_count_exit(vcpu, LV_EXIT_INTERRUPT);
        arch_vcpu_update_lines(vcpu);
    }
    return VERDICT_HANDLED;
}

static enum verdict handle_sensitive(struct cpu *cpu, struct vcpu *vcpu, unsigned ecode) {
    (void)ecode;
    return exit_sensitive(cpu, vcpu);
}

/* Not all silicon is known to keep user mode from hvcl (LVZ reference 3.2). */
static enum verdict handle_hypercall(struct cpu *cpu, struct vcpu *vcpu, unsigned ecode) {
    uint64_t *gpr = cpu->arch.gpr;
    int64_t result;

    (void)ecode;
    vcpu_count_exit(vcpu, LV_EXIT_HYPERCALL);
    if (!guest_is_privileged()) {
        return guest_inject(ECODE_IPE, 0, 0);
    }
    switch (csr_read(CSR_BADI) & HVCL_CODE_MASK) {
    case 0:
        result = hypercall_handle(vcpu, gpr[GPR_A0], gpr[GPR_A1], gpr[GPR_A2]);
        break;
    case KVM_HVCL_SERVICE:
        result = hypercall_handle_kvm(vcpu, gpr[GPR_A0], &gpr[GPR_A1]);
        break;
    default:
        result = -LV_ENOSYS;
        break;
    }
    if (result != HYPERCALL_AGAIN) {
        gpr[GPR_A0] = (uint64_t)result;
        guest_skip_instruction();
    }
    return VERDICT_HANDLED;
}

/* The host side of every unit that exists is on, so the guest uses one that does not. */
static enum verdict handle_unit_disabled(struct cpu *cpu, struct vcpu *vcpu, unsigned ecode) {
    (void)cpu;
    (void)ecode;
    vcpu_count_exit(vcpu, LV_EXIT_FPU);
    return guest_inject(ECODE_INE, 0, 0);
}

static const struct {
    exit_handler *handle;
    const char *name;
} exit_table[ECODES] = {
    [ECODE_INT] = {handle_interrupt, "interrupt"},
    [ECODE_PIL] = {exit_stage2, "load from stage 2"},
    [ECODE_PIS] = {exit_stage2, "store to stage 2"},
    [ECODE_PIF] = {exit_stage2, "fetch from stage 2"},
    [ECODE_PME] = {exit_stage2, "write to a read-only page of stage 2"},
    [ECODE_PNR] = {exit_stage2, "read of an unreadable page of stage 2"},
    [ECODE_PNX] = {exit_stage2, "fetch from a data page of stage 2"},
    [ECODE_PPI] = {exit_stage2, "stage-2 privilege"},
    [ECODE_FPD] = {handle_unit_disabled, "floating point"},
    [ECODE_SXD] = {handle_unit_disabled, "LSX"},
    [ECODE_ASXD] = {handle_unit_disabled, "LASX"},
    [ECODE_BTD] = {handle_unit_disabled, "binary translation"},
    [ECODE_GSPR] = {handle_sensitive, "sensitive instruction"},
    [ECODE_HVC] = {handle_hypercall, "hypercall"},
};

static void record_exit(struct vcpu *vcpu, unsigned ecode) {
    struct lv_exit_record *record = &vcpu->arch.records[vcpu->arch.next_record];

    record->pc = csr_read(CSR_ERA);
    record->word = (uint32_t)csr_read(CSR_BADI);
    record->ecode = ecode;
    vcpu->arch.next_record = (vcpu->arch.next_record + 1) % LV_EXIT_RECORDS;
}

void exit_handle(struct cpu *cpu) {
    struct vcpu *vcpu = atomic_load_explicit(&cpu->vcpu, memory_order_relaxed);
    unsigned ecode = (unsigned)bits_get(csr_read(CSR_ESTAT), ESTAT_ECODE_HIGH, ESTAT_ECODE_LOW);
    const char *name = exit_table[ecode].name;

    record_exit(vcpu, ecode);
    if (LV_CHECKED) {
        invariants_check(cpu, vcpu);
    }
    if (exit_table[ecode].handle == NULL) {
        vcpu_count_exit(vcpu, LV_EXIT_OTHER);
        vcpu_exit_done(vcpu, VERDICT_UNHANDLED, "unknown exit");
        return;
    }
    vcpu_exit_done(vcpu, exit_table[ecode].handle(cpu, vcpu, ecode), name);
}

void exit_handle_held(struct cpu *cpu) {
    struct vcpu *vcpu = atomic_load_explicit(&cpu->vcpu, memory_order_relaxed);

    timer_guest_hold(vcpu);
    exit_handle(cpu);
    timer_guest_release(vcpu);
}

static void log_host_registers(void) {
    log_error("PC %016lx ESTAT %08lx BADV %016lx BADI %08lx", csr_read(CSR_ERA),
              csr_read(CSR_ESTAT), csr_read(CSR_BADV), csr_read(CSR_BADI));
}

_Noreturn void trap_panic(void) {
    log_break_lock();
    console_take();
    log_error("trap in the hypervisor on CPU %u", arch_this_cpu()->id);
    log_host_registers();
    log_error("TLBRERA %016lx TLBRBADV %016lx MERRCTL %016lx", csr_read(CSR_TLBRERA),
              csr_read(CSR_TLBRBADV), csr_read(CSR_MERRCTL));
    arch_cpu_stop();
}
