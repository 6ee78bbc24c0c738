// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/capability.h>
#include <arch/csr.h>
#include <arch/gcsr.h>
#include <arch/stage2.h>
#include <arch/timer.h>
#include <core/cpu.h>
#include <core/log.h>
#include <lib/bits.h>

/* Defined in exit.S and refill.S. */
extern const char exit_entry[], exit_entry_stopped_timer[], refill_entry[], merr_entry[];

static void traps_init(void) {
    csr_write(CSR_ECFG, BIT(IRQ_IPI) | BIT(IRQ_TIMER));
    csr_write(CSR_EENTRY, (uint64_t)exit_entry);
    csr_write(CSR_TLBRENTRY, arch_hpa(refill_entry));
    csr_write(CSR_MERRENTRY, arch_hpa(merr_entry));
}

static void timer_init(void) {
    timer_stop();
    gcsr_write(CSR_TCFG, 0);
}

static void doorbell_init(void) {
    arch_iocsr_write(IOCSR_IPI_CLEAR, 4, UINT32_MAX);
    arch_iocsr_write(IOCSR_IPI_ENABLE, 4, UINT32_MAX);
}

/* The geometry of stage 2; the hypervisor itself has no page table. */
static void translation_init(void) {
    csr_write(CSR_ASID, 0);
    csr_write(CSR_PWCL, STAGE2_PWCL);
    csr_write(CSR_PWCH, STAGE2_PWCH);
    csr_write(CSR_STLBPS, STAGE2_PAGE_SHIFT);
    csr_write(CSR_PGDL, arch_hpa(stage2_empty_root()));
    csr_write(CSR_PGDH, arch_hpa(stage2_empty_root()));
    csr_write(CSR_TLBRERA, 0);
    __asm__ volatile("invtlb %0, $zero, $zero" : : "i"(INVTLB_ALL) : "memory");
}

/*
 * All LVZ registers, since their reset values are not public (LVZ reference, section 2 and A.2).
 * GID: one per CPU, as each CPU runs at most one vCPU; 0 is the hypervisor's. GCFG.GCI stays 0:
 * every cacop exits, since the caches that an index selects in are shared with other zones.
 */
static void lvz_init(uint64_t gid) {
    csr_write(CSR_GCFG, 0);
    csr_write(CSR_GSTAT, 0);
    csr_write(CSR_GINTC, 0);
    csr_write(CSR_GCNTC, 0);
    csr_change(CSR_GTLBC, GTLBC_USETGID | GTLBC_TOTI, 0);
    __asm__ volatile("invtlb %0, $zero, $zero" : : "i"(INVTLB_ALL_GUESTS) : "memory");
    csr_change(CSR_GTLBC, BITS(23, GTLBC_TGID_SHIFT) | GTLBC_USETGID,
               gid << GTLBC_TGID_SHIFT | GTLBC_USETGID);
    csr_change(CSR_GSTAT, BITS(23, GSTAT_GID_SHIFT), gid << GSTAT_GID_SHIFT);
    csr_write(CSR_GCFG, GCFG_MATC_ROOT);
}

static void lvz_log(void) {
    uint64_t gstat = csr_read(CSR_GSTAT);
    uint64_t version = bits_get(cpucfg_read(CPUCFG2), CPUCFG2_LVZ_HIGH, CPUCFG2_LVZ_LOW + 1);

    log_info("LVZ version %lu, %lu GID bits, GCFG 0x%lx, GTLBC 0x%lx", version,
             gstat >> GSTAT_GIDBIT_SHIFT & GSTAT_GIDBIT_MASK, csr_read(CSR_GCFG),
             csr_read(CSR_GTLBC));
    log_info("counter %lu Hz; the guest timer %s in host mode", arch_counter_hz(),
             timer_guest_runs_in_host() ? "runs on" : "stands still");
}

const char *arch_cpu_init(void) {
    struct cpu *cpu = arch_this_cpu();
    uint64_t gid = cpu->id + 1;

    const char *reason = capability_missing(gid);

    reason = reason != NULL ? reason : gcsr_unknown_state();
    if (reason != NULL) {
        return reason;
    }
    if (cpu->id == 0) {
        stage2_init();
    }
    traps_init();
    translation_init();
    lvz_init(gid);
    timer_init();
    doorbell_init();
    csr_write(CSR_EUEN, EUEN_UNITS);
    if (cpu->id == 0) {
        timer_probe();
        lvz_log();
    }
    if (!timer_guest_runs_in_host()) {
        csr_write(CSR_EENTRY, (uint64_t)exit_entry_stopped_timer);
    }
    return NULL;
}
