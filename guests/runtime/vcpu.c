// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
#include <rt/vcpu.h>

#define GUEST_LOW_RAM  0x10000000UL
#define GUEST_LOW_LEAF 21u
#define STLBPS_DEFAULT 12u
/* 300 ms at 100 MHz: no payload needs that long. */
#define WATCHDOG_TICKS 30000000UL

static struct rt_context guest_contexts[RT_MAX_CPUS];
static char guest_stacks[RT_MAX_CPUS][RT_STACK_SIZE] __attribute__((aligned(16)));

static void vcpu_clear_gcsrs(void) {
    gcsr_write(CSR_PRMD, 0);
    gcsr_write(CSR_EUEN, 0);
    gcsr_write(CSR_MISC, 0);
    gcsr_write(CSR_ECFG, 0);
    gcsr_write(CSR_TCFG, 0);
    gcsr_write(CSR_ESTAT, 0);
    gcsr_write(CSR_TICLR, 1);
    gcsr_write(CSR_ERA, 0);
    gcsr_write(CSR_BADV, 0);
    gcsr_write(CSR_BADI, 0);
    gcsr_write(CSR_ASID, 0);
    gcsr_write(CSR_PGDL, 0);
    gcsr_write(CSR_PGDH, 0);
    gcsr_write(CSR_PWCL, 0);
    gcsr_write(CSR_PWCH, 0);
    gcsr_write(CSR_RVACFG, 0);
    gcsr_write(CSR_SAVE0, 0);
    gcsr_write(CSR_CNTC, 0);
    gcsr_write(CSR_TLBRERA, 0);
    gcsr_write(CSR_TLBRPRMD, 0);
    gcsr_write(CSR_DMW2, 0);
    gcsr_write(CSR_DMW3, 0);
    gcsr_write(CSR_LLBCTL, LLBCTL_WCLLB);
}

static void vcpu_clear_host(void) {
    csr_write(CSR_GINTC, 0);
    csr_write(CSR_GCNTC, 0);
    csr_write(CSR_GCFG, 0);
    csr_write(CSR_TRGP, 0);
    csr_write(CSR_ASID, 0);
    csr_write(CSR_TLBRERA, 0);
    csr_xchg(CSR_ECFG, 0, ESTAT_IS_MASK | ECFG_VS_MASK << ECFG_VS_SHIFT);
    csr_write(CSR_TCFG, 0);
    csr_write(CSR_TICLR, 1);
    csr_write(CSR_EUEN, 0);
}

/* Two guests on each of two CPUs, whatever GIDs they use. */
static uint32_t vcpu_slot(uint64_t gid) {
    return (uint32_t)(gid + 2 * csr_read(CSR_CPUID)) % RT_MAX_CPUS;
}

void rt_vcpu_select(const struct rt_vcpu *vcpu) {
    csr_xchg(CSR_GSTAT, vcpu->gid << GSTAT_GID_SHIFT, GSTAT_GID_MASK);
    csr_xchg(CSR_GTLBC, GTLBC_USETGID | vcpu->gid << GTLBC_TGID_SHIFT,
             GTLBC_USETGID | GTLBC_TOTI | GTLBC_TGID_MASK);
}

void rt_vcpu_reset(struct rt_vcpu *vcpu, uint64_t gid) {
    struct rt_context *context = &guest_contexts[vcpu_slot(gid)];

    *vcpu = (struct rt_vcpu){
        .gid = gid, .host_prmd = PRMD_PIE, .watchdog = WATCHDOG_TICKS, .context = context};
    *context = (struct rt_context){0};
    vcpu_clear_host();
    vcpu_clear_gcsrs();
    invtlb(0x12, 0UL, 0UL);
    gcsr_write(CSR_CRMD, CRMD_PAGED);
    gcsr_write(CSR_DMW0, RT_DMW_CACHED);
    gcsr_write(CSR_DMW1, RT_DMW_UNCACHED);
    gcsr_write(CSR_EENTRY, (uint64_t)rt_vector_general);
    gcsr_write(CSR_TLBRENTRY, rt_phys(rt_vector_refill));
    gcsr_write(CSR_SAVE1, (uint64_t)context);
    gcsr_write(CSR_STLBPS, STLBPS_DEFAULT);
    gcsr_write(CSR_CPUID, 0);
    gcsr_write(CSR_TID, 0);
    rt_space_add(&vcpu->stage2, 0, 0, GUEST_LOW_RAM, GUEST_LOW_LEAF,
                 TLBELO_V | TLBELO_D | TLBELO_CC);
    rt_vcpu_select(vcpu);
}

static void watchdog_start(const struct rt_vcpu *vcpu) {
    if (vcpu->watchdog != 0) {
        csr_write(CSR_TICLR, 1);
        csr_write(CSR_TCFG, (vcpu->watchdog & ~3UL) | TCFG_EN);
        csr_xchg(CSR_ECFG, 1UL << IRQ_TIMER, 1UL << IRQ_TIMER);
    }
}

static void watchdog_stop(const struct rt_vcpu *vcpu) {
    if (vcpu->watchdog != 0) {
        csr_xchg(CSR_ECFG, 0, 1UL << IRQ_TIMER);
        csr_write(CSR_TCFG, 0);
        csr_write(CSR_TICLR, 1);
    }
}

static void vcpu_enter_once(struct rt_vcpu *vcpu) {
    if (!vcpu->refill_pending) {
        csr_write(CSR_ERA, vcpu->pc);
        csr_write(CSR_PRMD, vcpu->host_prmd);
        csr_xchg(CSR_GSTAT, GSTAT_PVM, GSTAT_PVM);
    }
    rt_vcpu_enter(vcpu);
    vcpu->refill_pending = false;
}

/* True if the refill was served and the guest can go on. */
static bool vcpu_serve_refill(struct rt_vcpu *vcpu) {
    vcpu->refill = vcpu->exit;
    if (!vcpu->stop_at_refill && rt_space_refill(&vcpu->stage2, vcpu->exit.tlbrbadv)) {
        vcpu->refills++;
        if ((vcpu->exit.tlbrbadv ^ vcpu->watch_gpa) >> 12 == 0) {
            vcpu->watch_hits++;
        }
        vcpu->refill_pending = true;
        return true;
    }
    vcpu->pc = vcpu->exit.tlbrera & ~3UL;
    csr_write(CSR_TLBRERA, 0);
    return false;
}

/* True if the exit was logged and skipped. */
static bool vcpu_serve_exit(struct rt_vcpu *vcpu) {
    if (vcpu->exits < RT_MAX_EXITS) {
        vcpu->log[vcpu->exits] = vcpu->exit;
    }
    vcpu->exits++;
    vcpu->pc = vcpu->exit.era;
    if (rt_exit_ecode(&vcpu->exit) != ECODE_GSPR || vcpu->stop_at_gspr) {
        return false;
    }
    vcpu->pc += 4;
    return true;
}

static enum rt_stop vcpu_stop_kind(struct rt_vcpu *vcpu) {
    uint64_t ecode = rt_exit_ecode(&vcpu->exit);

    if (vcpu->exit.kind == RT_KIND_REFILL) {
        return RT_STOP_REFILL;
    }
    if (ecode == ECODE_HVC && vcpu->exit.era == (uint64_t)rt_return_hvcl) {
        vcpu->exits--;
        return RT_STOP_DONE;
    }
    if (ecode == ECODE_INT && vcpu->watchdog != 0 &&
        (vcpu->exit.estat & csr_read(CSR_ECFG) & ESTAT_IS_MASK) == 1UL << IRQ_TIMER) {
        return RT_STOP_WATCHDOG;
    }
    return RT_STOP_EXIT;
}

enum rt_stop rt_vcpu_run(struct rt_vcpu *vcpu) {
    bool again = true;

    watchdog_start(vcpu);
    while (again) {
        vcpu_enter_once(vcpu);
        again = vcpu->exit.kind == RT_KIND_REFILL ? vcpu_serve_refill(vcpu) : vcpu_serve_exit(vcpu);
    }
    enum rt_stop stop = vcpu_stop_kind(vcpu);
    watchdog_stop(vcpu);
    return stop;
}

void rt_vcpu_aim(struct rt_vcpu *vcpu, const void *code, uint64_t a0, uint64_t a1, uint64_t a2) {
    uint64_t plv = gcsr_read(CSR_CRMD) & CRMD_PLV_MASK;

    vcpu->pc = (uint64_t)code;
    vcpu->regs[1] = (uint64_t)(plv == 0 ? rt_return_hvcl : rt_return_syscall);
    vcpu->regs[3] = (uint64_t)guest_stacks[vcpu_slot(vcpu->gid)] + RT_STACK_SIZE;
    vcpu->regs[4] = a0;
    vcpu->regs[5] = a1;
    vcpu->regs[6] = a2;
}

enum rt_stop rt_vcpu_call(struct rt_vcpu *vcpu, const void *code, uint64_t a0, uint64_t a1,
                          uint64_t a2) {
    rt_vcpu_aim(vcpu, code, a0, a1, a2);
    vcpu->exits = 0;
    vcpu->refills = 0;
    return rt_vcpu_run(vcpu);
}

enum rt_stop rt_vcpu_exec(struct rt_vcpu *vcpu, uint32_t plv, uint32_t word, uint64_t a0,
                          uint64_t a1, uint64_t a2) {
    gcsr_xchg(CSR_CRMD, plv, CRMD_PLV_MASK);
    rt_trap_arm(vcpu->context);
    enum rt_stop stop = rt_vcpu_call(vcpu, rt_code_make(word), a0, a1, a2);
    rt_trap_disarm(vcpu->context);
    gcsr_xchg(CSR_CRMD, 0, CRMD_PLV_MASK);
    return stop;
}
