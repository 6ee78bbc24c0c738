// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/exits.h>
#include <arch/gcsr.h>
#include <arch/guest.h>
#include <arch/stage2.h>
#include <core/cpu.h>
#include <core/zone.h>
#include <lib/bits.h>
#include <lib/string.h>

/* The code of a record without an exit. */
#define NO_EXIT UINT32_MAX

#define CPUCFG2_LSX  BIT(6)
#define CPUCFG2_LASX BIT(7)

/* In exit.S: loads the general registers and enters the guest. */
_Noreturn void guest_resume(void);

/* In vector.S. */
void vector_clear_lasx(void);
void vector_clear_lsx(void);
void vector_clear_fpu(void);

void arch_stage2_flush(void) {
    __asm__ volatile("invtlb %0, $zero, $zero" : : "i"(INVTLB_ALL_GUESTS) : "memory");
}

static void load_translation(const uint64_t *root) {
    csr_write(CSR_PGDL, arch_hpa(root));
    arch_stage2_flush();
}

/* The last vCPU may have left during an exit that had saved all registers. */
static void load_gprs(struct cpu *cpu, const uint64_t gpr[GPR_COUNT]) {
    cpu->arch.all_saved = false;
    memcpy(cpu->arch.gpr, gpr, sizeof(cpu->arch.gpr));
}

static void clear_vectors(void) {
    uint32_t units = cpucfg_read(CPUCFG2);

    if ((units & CPUCFG2_LASX) != 0) {
        vector_clear_lasx();
    } else if ((units & CPUCFG2_LSX) != 0) {
        vector_clear_lsx();
    } else {
        vector_clear_fpu();
    }
}

/* The lines that carry the zone's hardware vectors and are not passed through. */
static uint64_t injected_lines(const struct zone *zone) {
    uint64_t lines = ~(uint64_t)zone->config.cpu_lines & LV_LINES_MASK;

    return zone->eiointc.groups != 0 ? lines << IRQ_HWI0 : 0;
}

static void arch_vcpu_reset(struct vcpu *vcpu) {
    memset(&vcpu->arch, 0, sizeof(vcpu->arch));
    exit_init_cpucfg(vcpu);
    vcpu->arch.injected_lines = injected_lines(vcpu->zone);
    for (uint32_t i = 0; i < LV_EXIT_RECORDS; i++) {
        vcpu->arch.records[i].ecode = NO_EXIT;
    }
}

void arch_vcpu_load(struct vcpu *vcpu, const struct arch_state *state) {
    const struct zone *zone = vcpu->zone;

    arch_vcpu_reset(vcpu);
    if (!state->keeps_vectors) {
        clear_vectors();
    }
    load_translation(zone->stage2.root);
    gcsr_load(state);
    csr_write(CSR_GCNTC, state->counter_offset);
    csr_write(CSR_GINTC, (uint64_t)zone->config.cpu_lines << GINTC_HWIP_SHIFT);
    arch_vcpu_update_lines(vcpu);
    load_gprs(arch_this_cpu(), state->gpr);
    csr_write(CSR_ERA, state->pc);
    /* The code was written as data, so this CPU's prefetched instructions are stale. */
    __asm__ volatile("ibar 0" : : : "memory");
}

void arch_vcpu_unload(struct vcpu *vcpu) {
    csr_write(CSR_GINTC, 0);
    csr_change(CSR_ECFG, vcpu->arch.injected_lines, 0);
    gcsr_write(CSR_TCFG, 0);
    gcsr_write(CSR_TICLR, TICLR_CLEAR);
    arch_deadline_clear();
    load_translation(stage2_empty_root());
}

_Noreturn void arch_vcpu_enter(void) {
    csr_write(CSR_PRMD, PRMD_PIE);
    csr_change(CSR_GSTAT, GSTAT_PVM, GSTAT_PVM);
    guest_resume();
}

static void keep_records(const struct vcpu *vcpu, struct lv_exit_record *records) {
    for (uint32_t i = 0; i < LV_EXIT_RECORDS; i++) {
        records[i] = vcpu->arch.records[(vcpu->arch.next_record + i) % LV_EXIT_RECORDS];
    }
}

void arch_vcpu_keep(struct vcpu *vcpu, struct lv_zone_failure *failure) {
    *failure = (struct lv_zone_failure){
        .ecode = guest_exit_code(),
        .pc = csr_read(CSR_ERA),
        .estat = csr_read(CSR_ESTAT),
        .badv = csr_read(CSR_BADV),
        .badi = csr_read(CSR_BADI),
        .guest_crmd = gcsr_read(CSR_CRMD),
        .guest_prmd = gcsr_read(CSR_PRMD),
        .guest_estat = gcsr_read(CSR_ESTAT),
        .guest_era = gcsr_read(CSR_ERA),
        .guest_badv = gcsr_read(CSR_BADV),
        .guest_eentry = gcsr_read(CSR_EENTRY),
    };
    memcpy(failure->gpr, arch_this_cpu()->arch.gpr, sizeof(failure->gpr));
    keep_records(vcpu, failure->exits);
}
