// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/exits.h>
#include <arch/guest.h>
#include <arch/timer.h>
#include <core/checked.h>
#include <lib/bits.h>
#include <loongvisor/hypercall.h>

/* A guest used a unit that the host or the guest has switched off. */
#define UNIT_ECODES (BIT(ECODE_FPD) | BIT(ECODE_SXD) | BIT(ECODE_ASXD) | BIT(ECODE_BTD))

/* The most frequent first. */
static enum verdict exit_dispatch(struct cpu *cpu, struct vcpu *vcpu, uint64_t pc, uint64_t word,
                                  unsigned ecode) {
    if (__builtin_expect(ecode == ECODE_GSPR, 1)) {
        return exit_sensitive(cpu, vcpu, pc, word);
    }
    if (ecode == ECODE_HVC) {
        return exit_hypercall(cpu, vcpu, pc, word);
    }
    if (ecode == ECODE_INT) {
        return exit_interrupt(vcpu);
    }
    if (ecode <= ECODE_PPI) {
        return exit_stage2(cpu, vcpu, pc, word, ecode);
    }
    return (UNIT_ECODES & BIT(ecode)) != 0 ? exit_disabled_unit(vcpu) : exit_unknown(vcpu);
}

static void record_exit(struct vcpu *vcpu, uint64_t pc, uint64_t word, unsigned ecode) {
    struct lv_exit_record *record = &vcpu->arch.records[vcpu->arch.next_record];

    record->pc = pc;
    record->word = (uint32_t)word;
    record->ecode = ecode;
    vcpu->arch.next_record = (vcpu->arch.next_record + 1) % LV_EXIT_RECORDS;
}

/* exit_handle() writes it again. */
static void take_record_back(struct vcpu *vcpu) {
    vcpu->arch.next_record = (vcpu->arch.next_record - 1) % LV_EXIT_RECORDS;
}

enum verdict exit_handle(struct cpu *cpu) {
    struct vcpu *vcpu = cpu_vcpu(cpu);
    unsigned ecode = guest_exit_code();
    uint64_t pc = csr_read(CSR_ERA);
    uint64_t word = csr_read(CSR_BADI);

    record_exit(vcpu, pc, word, ecode);
    if (LV_CHECKED) {
        invariants_check(cpu, vcpu);
    }
    return exit_dispatch(cpu, vcpu, pc, word, ecode);
}

static const char *exit_name(unsigned ecode) {
    static const char *const names[] = {
        [ECODE_PIL] = "load from stage 2",
        [ECODE_PIS] = "store to stage 2",
        [ECODE_PIF] = "fetch from stage 2",
        [ECODE_PME] = "write to a read-only page of stage 2",
        [ECODE_PNR] = "read of an unreadable page of stage 2",
        [ECODE_PNX] = "fetch from a data page of stage 2",
        [ECODE_PPI] = "stage-2 privilege",
        [ECODE_FPD] = "floating point",
        [ECODE_SXD] = "LSX",
        [ECODE_ASXD] = "LASX",
        [ECODE_BTD] = "binary translation",
        [ECODE_GSPR] = "sensitive instruction",
        [ECODE_HVC] = "hypercall",
    };

    return ecode < ARRAY_SIZE(names) && names[ecode] != NULL ? names[ecode] : "unknown exit";
}

void exit_finish(struct cpu *cpu, enum verdict verdict) {
    struct vcpu *vcpu = cpu_vcpu(cpu);
    unsigned ecode = guest_exit_code();

    if (verdict == VERDICT_AGAIN) {
        cpu->arch.all_saved = true;
        take_record_back(vcpu);
        verdict = exit_handle(cpu);
        cpu->arch.all_saved = false;
    }
    if (verdict != VERDICT_HANDLED) {
        vcpu_exit_done(vcpu, verdict, exit_name(ecode));
    }
}

void exit_handle_stopped_timer(struct cpu *cpu) {
    struct vcpu *vcpu = cpu_vcpu(cpu);

    timer_guest_hold(vcpu);
    cpu->arch.all_saved = true;
    enum verdict verdict = exit_handle(cpu);
    if (verdict != VERDICT_HANDLED) {
        exit_finish(cpu, verdict);
    }
    timer_guest_release(vcpu);
}
