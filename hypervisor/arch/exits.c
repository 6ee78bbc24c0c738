// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/exits.h>
#include <arch/guest.h>
#include <arch/invariants.h>
#include <arch/timer.h>
#include <core/console.h>
#include <core/log.h>
#include <core/zone_life.h>
#include <lib/bits.h>
#include <loongvisor/hypercall.h>

/* Use of a unit that host or guest has switched off. */
#define UNIT_ECODES (BIT(ECODE_FPD) | BIT(ECODE_SXD) | BIT(ECODE_ASXD) | BIT(ECODE_BTD))

/*
 * Not all silicon is known to keep user mode from hvcl (LVZ reference 3.2). The call that only asks
 * for the version goes the short way.
 */
static enum verdict exit_hypercall(struct cpu *cpu, struct vcpu *vcpu, uint64_t pc, uint64_t word) {
    vcpu_count_exit(vcpu, LV_EXIT_HYPERCALL);
    if (!guest_is_privileged()) {
        return guest_inject(ECODE_IPE, 0, 0);
    }
    if ((word & HVCL_CODE_MASK) != 0 || cpu->arch.gpr[GPR_A0] != LV_HYPERCALL_VERSION) {
        return emulate_hypercall(cpu, vcpu, pc, word);
    }
    cpu->arch.gpr[GPR_A0] = LV_HYPERCALL_ABI;
    guest_skip_instruction(pc);
    return VERDICT_HANDLED;
}

/* The commonest first. */
static enum verdict exit_dispatch(struct cpu *cpu, struct vcpu *vcpu, uint64_t pc, uint64_t word,
                                  unsigned ecode) {
    if (__builtin_expect(ecode == ECODE_GSPR, 1)) {
        return exit_sensitive(cpu, vcpu, pc, word);
    }
    if (ecode == ECODE_HVC) {
        return exit_hypercall(cpu, vcpu, pc, word);
    }
    if (ecode == ECODE_INT) {
        return emulate_interrupt(cpu, vcpu);
    }
    if (ecode <= ECODE_PPI) {
        return exit_stage2(cpu, vcpu, pc, word, ecode);
    }
    return (UNIT_ECODES & BIT(ecode)) != 0 ? emulate_disabled_unit(vcpu) : emulate_unknown(vcpu);
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

static unsigned exit_code(void) {
    return (unsigned)bits_get(csr_read(CSR_ESTAT), ESTAT_ECODE_HIGH, ESTAT_ECODE_LOW);
}

static struct vcpu *loaded_vcpu(struct cpu *cpu) {
    return atomic_load_explicit(&cpu->vcpu, memory_order_relaxed);
}

enum verdict exit_handle(struct cpu *cpu) {
    struct vcpu *vcpu = loaded_vcpu(cpu);
    unsigned ecode = exit_code();
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
    struct vcpu *vcpu = loaded_vcpu(cpu);
    unsigned ecode = exit_code();

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

void exit_handle_held(struct cpu *cpu) {
    struct vcpu *vcpu = loaded_vcpu(cpu);

    timer_guest_hold(vcpu);
    cpu->arch.all_saved = true;
    enum verdict verdict = exit_handle(cpu);
    if (verdict != VERDICT_HANDLED) {
        exit_finish(cpu, verdict);
    }
    timer_guest_release(vcpu);
}

static void log_host_registers(void) {
    log_error("PC %016lx ESTAT %08lx BADV %016lx BADI %08lx", csr_read(CSR_ERA),
              csr_read(CSR_ESTAT), csr_read(CSR_BADV), csr_read(CSR_BADI));
}

static void log_machine_error(uint64_t control) {
    log_error("MERRCTL %08lx MERRINFO1 %016lx MERRINFO2 %016lx", control, csr_read(CSR_MERRINFO1),
              csr_read(CSR_MERRINFO2));
}

/*
 * The console is another zone's as long as the root zone runs, and that zone's to read the log on.
 * What is done here may trap as well: then that is all.
 */
_Noreturn void trap_panic(void) {
    struct cpu *cpu = arch_this_cpu();
    const struct vcpu *vcpu = loaded_vcpu(cpu);

    if (!cpu->arch.trapped) {
        cpu->arch.trapped = true;
        log_break_lock();
        if (vcpu != NULL && zone_is_root(vcpu->zone)) {
            console_take();
        }
        log_error("trap in the hypervisor on CPU %u", cpu->id);
        log_host_registers();
        log_error("TLBRERA %016lx TLBRBADV %016lx MERRERA %016lx", csr_read(CSR_TLBRERA),
                  csr_read(CSR_TLBRBADV), csr_read(CSR_MERRERA));
        log_machine_error(csr_read(CSR_MERRCTL));
        zone_lose_this_cpu();
    }
    arch_cpu_stop();
}

_Noreturn void exit_machine_error(struct cpu *cpu) {
    struct vcpu *vcpu = loaded_vcpu(cpu);

    cpu->arch.all_saved = true;
    log_machine_error(csr_read(CSR_MERRSAVE));
    vcpu_machine_error(vcpu);
}
