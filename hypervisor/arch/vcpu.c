// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/guest.h>
#include <core/cpu.h>
#include <core/zone.h>
#include <lib/bits.h>
#include <lib/string.h>

#define INVTLB_ALL_GUESTS 0x12

/* exit.S: loads GPRs and leaves for the guest. */
_Noreturn void guest_resume(void);

/* Guest CSRs that are 0 at reset as far as anyone could tell (LVZ reference 1.7). */
static void gcsr_reset_traps(void) {
    gcsr_write(CSR_PRMD, 0);
    gcsr_write(CSR_EUEN, 0);
    gcsr_write(CSR_MISC, 0);
    gcsr_write(CSR_ECFG, 0);
    gcsr_write(CSR_ERA, 0);
    gcsr_write(CSR_BADV, 0);
    gcsr_write(CSR_BADI, 0);
    gcsr_write(CSR_EENTRY, 0);
    gcsr_write(CSR_LLBCTL, LLBCTL_WCLLB);
}

static void gcsr_reset_translation(void) {
    gcsr_write(CSR_TLBIDX, 0);
    gcsr_write(CSR_TLBEHI, 0);
    gcsr_write(CSR_TLBELO0, 0);
    gcsr_write(CSR_TLBELO1, 0);
    gcsr_write(CSR_ASID, 0);
    gcsr_write(CSR_PGDL, 0);
    gcsr_write(CSR_PGDH, 0);
    gcsr_write(CSR_PWCL, 0);
    gcsr_write(CSR_PWCH, 0);
    gcsr_write(CSR_STLBPS, 0);
    gcsr_write(CSR_RVACFG, 0);
    gcsr_write(CSR_DMW0, 0);
    gcsr_write(CSR_DMW1, 0);
    gcsr_write(CSR_DMW2, 0);
    gcsr_write(CSR_DMW3, 0);
}

static void gcsr_reset_refill(void) {
    gcsr_write(CSR_TLBRENTRY, 0);
    gcsr_write(CSR_TLBRBADV, 0);
    gcsr_write(CSR_TLBRERA, 0);
    gcsr_write(CSR_TLBRSAVE, 0);
    gcsr_write(CSR_TLBRELO0, 0);
    gcsr_write(CSR_TLBRELO1, 0);
    gcsr_write(CSR_TLBREHI, 0);
    gcsr_write(CSR_TLBRPRMD, 0);
}

static void gcsr_reset_scratch(void) {
    gcsr_write(CSR_SAVE0 + 0, 0);
    gcsr_write(CSR_SAVE0 + 1, 0);
    gcsr_write(CSR_SAVE0 + 2, 0);
    gcsr_write(CSR_SAVE0 + 3, 0);
    gcsr_write(CSR_SAVE0 + 4, 0);
    gcsr_write(CSR_SAVE0 + 5, 0);
    gcsr_write(CSR_SAVE0 + 6, 0);
    gcsr_write(CSR_SAVE0 + 7, 0);
}

/* The timer stops before ESTAT is cleared, so that it cannot set TI again. */
static void gcsr_reset_timer(vcpu_id_t id) {
    gcsr_write(CSR_TCFG, 0);
    gcsr_write(CSR_CNTC, 0);
    gcsr_write(CSR_TICLR, TICLR_CLEAR);
    gcsr_write(CSR_ESTAT, 0);
    gcsr_write(CSR_TID, id);
    gcsr_write(CSR_CPUID, id);
}

static void load_translation(const struct zone *zone) {
    csr_write(CSR_PGDL, arch_hpa(zone->stage2.root));
    __asm__ volatile("invtlb %0, $zero, $zero" : : "i"(INVTLB_ALL_GUESTS) : "memory");
}

static void load_gprs(struct cpu *cpu, const uint64_t args[3]) {
    memset(cpu->arch.gpr, 0, sizeof(cpu->arch.gpr));
    cpu->arch.gpr[GPR_A0] = args[0];
    cpu->arch.gpr[GPR_A1] = args[1];
    cpu->arch.gpr[GPR_A2] = args[2];
}

void arch_vcpu_load(struct vcpu *vcpu, gpa_t entry, const uint64_t args[3]) {
    const struct zone *zone = vcpu->zone;

    memset(&vcpu->arch, 0, sizeof(vcpu->arch));
    load_translation(zone);
    gcsr_reset_traps();
    gcsr_reset_translation();
    gcsr_reset_refill();
    gcsr_reset_scratch();
    gcsr_reset_timer(vcpu->id);
    gcsr_write(CSR_CRMD, CRMD_DA);
    csr_write(CSR_GCNTC, 0 - zone->started_at);
    csr_write(CSR_GINTC, (uint64_t)zone->config.hwi_lines << GINTC_HWIP_SHIFT);
    load_gprs(arch_this_cpu(), args);
    csr_write(CSR_ERA, entry);
    /* Code came in as data: what this CPU has fetched ahead is stale. */
    __asm__ volatile("ibar 0" : : : "memory");
}

_Noreturn void arch_vcpu_enter(void) {
    csr_write(CSR_PRMD, PRMD_PIE);
    csr_change(CSR_GSTAT, GSTAT_PVM, GSTAT_PVM);
    guest_resume();
}

void arch_vcpu_set_ipi_line(struct vcpu *vcpu, bool level) {
    (void)vcpu;
    guest_change_estat(BIT(LINE_IPI), level ? BIT(LINE_IPI) : 0);
}
