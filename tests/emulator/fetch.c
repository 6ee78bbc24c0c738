// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * LVZ reference, sections 3.2, 5.2 and 5.6: instructions come from where the translation says now,
 * and mean what the mode and the controls say now, however often the same address ran before.
 */
#include "arena.h"

#define PAGE_A ARENA
#define PAGE_B (ARENA + 0x10000)
#define PAGE_C (ARENA + 0x20000)
#define CODE   0x2340UL /* offset of the code in each page's region */

#define VALUE_A 0x111u
#define VALUE_B 0x222u
#define VALUE_C 0x333u

#define GID_OF(gid) ((uint64_t)(gid) << GSTAT_GID_SHIFT)

static struct rt_vcpu vcpu;
static struct rt_vcpu other;

/* A function that returns the value. */
static void code_put(uint64_t page, uint32_t value) {
    volatile uint32_t *code = rt_cached(page + CODE);

    code[0] = 0x03800004u | value << 10; /* ori a0, zero, value */
    code[1] = INSN_RET;
    __asm__ volatile("ibar 0" ::: "memory");
}

static uint64_t code_call(struct rt_vcpu *v, uint64_t va) {
    return rt_vcpu_call(v, (const void *)va, 0, 0, 0) == RT_STOP_DONE ? v->regs[4] : GUEST_FAILED;
}

static void setup(struct rt_vcpu *v, uint64_t gid, uint64_t hpa) {
    rt_vcpu_reset(v, gid);
    rt_space_add(&v->stage2, TEST_GPA, hpa, 0x10000, 12, RW_PAGE);
    rt_space_add(&v->stage2, TEST_GPA + 0x100000, PAGE_C, 0x10000, 12, RW_PAGE);
    rt_space_add(&v->context->space, TEST_GVA, TEST_GPA, 0x4000, 12, RW_PAGE);
}

static void switch_to(struct rt_vcpu *v) {
    rt_vcpu_select(v);
    gcsr_write(CSR_SAVE1, (uint64_t)v->context);
}

#define HERE (TEST_GVA + CODE)

static void fetch_rewritten(void) {
    setup(&vcpu, 1, PAGE_A);
    for (uint32_t i = 0; i < 4; i++) {
        code_put(PAGE_A, VALUE_A + i);
        tap_equal("5.6 code rewritten by the host", code_call(&vcpu, HERE), VALUE_A + i);
    }
    code_put(PAGE_A, VALUE_A);
}

static void fetch_remapped(void) {
    setup(&vcpu, 1, PAGE_A);
    tap_equal("5.6 code before a stage-2 remap", code_call(&vcpu, HERE), VALUE_A);
    vcpu.stage2.regions[1].pa = PAGE_B;
    invtlb(0x16, GID_OF(1), TEST_GPA + 0x2000);
    tap_equal("5.6 code after a stage-2 remap and invtlb 0x16", code_call(&vcpu, HERE), VALUE_B);
    vcpu.context->space.regions[0].pa = TEST_GPA + 0x100000;
    rt_vcpu_exec(&vcpu, 0, INSN_INVTLB(5), 0, TEST_GVA + 0x2000, 0);
    tap_equal("5.6 code after the guest's remap and invtlb 5", code_call(&vcpu, HERE), VALUE_C);
    vcpu.stage2.regions[2].flags |= TLBELO_NX;
    invtlb(0x14, GID_OF(1), 0UL);
    code_call(&vcpu, HERE);
    tap_equal("5.6 code on a page that became NX in stage 2", rt_exit_ecode(&vcpu.exit), ECODE_PNX);
    vcpu.context->space.regions[0].flags |= TLBELO_NX;
    rt_vcpu_exec(&vcpu, 0, INSN_INVTLB(0), 0, 0, 0);
    rt_trap_arm(vcpu.context);
    code_call(&vcpu, HERE);
    rt_trap_disarm(vcpu.context);
    tap_equal("5.6 code on a page that became NX in stage 1", vcpu.context->trap.ecode, ECODE_PNX);
}

static void fetch_asid(void) {
    setup(&vcpu, 1, PAGE_A);
    gcsr_xchg(CSR_ASID, 1, 0x3ff);
    code_call(&vcpu, HERE);
    vcpu.context->space.regions[0].pa = TEST_GPA + 0x100000;
    gcsr_xchg(CSR_ASID, 2, 0x3ff);
    code_call(&vcpu, HERE);
    for (uint32_t i = 0; i < 3; i++) {
        gcsr_xchg(CSR_ASID, 1, 0x3ff);
        uint64_t first = code_call(&vcpu, HERE);
        gcsr_xchg(CSR_ASID, 2, 0x3ff);
        tap_equal("5.6 the same address under two guest ASIDs",
                  first << 16 | code_call(&vcpu, HERE), (uint64_t)VALUE_A << 16 | VALUE_C);
    }
}

static void fetch_gid(void) {
    setup(&vcpu, 1, PAGE_A);
    setup(&other, 2, PAGE_B);
    for (uint32_t i = 0; i < 3; i++) {
        switch_to(&vcpu);
        uint64_t first = code_call(&vcpu, HERE);
        switch_to(&other);
        tap_equal("5.6 the same address under two GIDs", first << 16 | code_call(&other, HERE),
                  (uint64_t)VALUE_A << 16 | VALUE_B);
    }
}

/* The same virtual address in the host's own paging, in the guest's, in its window and in its
 * direct mode. */
static void fetch_modes(void) {
    struct rt_context *self = rt_context_self();

    setup(&vcpu, 1, PAGE_A);
    vcpu.context->space.regions[0] =
        (struct rt_region){TEST_GPA, TEST_GPA + 0x100000, 0x10000, RW_PAGE, 12};
    code_put(ARENA + 0x40000, 0x444);
    rt_space_add(&self->space, TEST_GPA, ARENA + 0x40000, 0x10000, 12, RW_PAGE);
    for (uint32_t i = 0; i < 3; i++) {
        csr_xchg(CSR_GTLBC, 0, GTLBC_TGID_MASK);
        tap_equal("5.6 same address, host paging",
                  rt_call((const void *)(TEST_GPA + CODE), 0, 0, 0), 0x444);
        rt_vcpu_select(&vcpu);
        tap_equal("5.6 same address, guest paging", code_call(&vcpu, TEST_GPA + CODE), VALUE_C);
        gcsr_write(CSR_DMW2, 0x19);
        tap_equal("5.6 same address, guest window", code_call(&vcpu, TEST_GPA + CODE), VALUE_A);
        gcsr_write(CSR_DMW2, 0);
        gcsr_write(CSR_CRMD, CRMD_DA);
        rt_vcpu_call(&vcpu, (const void *)(TEST_GPA + CODE), 0, 0, 0);
        tap_equal("5.6 same address, guest direct mode", vcpu.regs[4], VALUE_A);
        gcsr_write(CSR_CRMD, CRMD_PAGED);
    }
    self->space.count = 0;
    invtlb(0, 0UL, 0UL);
}

/* ---- what an instruction means ---- */

#define OUTCOME_GSPR 0x100u

/* 0, the guest's Ecode, or OUTCOME_GSPR. */
static uint64_t code_outcome(const void *code, uint32_t plv, uint64_t a0) {
    gcsr_xchg(CSR_CRMD, plv, CRMD_PLV_MASK);
    rt_trap_arm(vcpu.context);
    rt_vcpu_call(&vcpu, code, a0, 0, 0);
    uint32_t traps = rt_trap_disarm(vcpu.context);
    gcsr_xchg(CSR_CRMD, 0, CRMD_PLV_MASK);
    return vcpu.exits > 0 ? OUTCOME_GSPR : traps > 0 ? vcpu.context->trap.ecode : 0;
}

static uint64_t host_outcome(const void *code, bool user, uint64_t a0) {
    struct rt_context *self = rt_context_self();

    rt_trap_arm(self);
    if (user) {
        rt_call_user(code, a0, 0, 0);
    } else {
        rt_call(code, a0, 0, 0);
    }
    return rt_trap_disarm(self) > 0 ? self->trap.ecode : 0;
}

/* One piece of code, run in all modes in turn. */
static void meaning_modes(void) {
    static const struct {
        const char *name;
        uint32_t word;
        uint64_t host0, host3, guest0, guest3;
    } rows[] = {
        {"csrrd SAVE5", INSN_CSRRD(CSR_SAVE5), 0, ECODE_IPE, 0, ECODE_IPE},
        {"csrrd GSTAT", INSN_CSRRD(CSR_GSTAT), 0, ECODE_IPE, OUTCOME_GSPR, ECODE_IPE},
        {"cpucfg", INSN_CPUCFG, 0, 0, OUTCOME_GSPR, OUTCOME_GSPR},
        {"tlbsrch", INSN_TLBSRCH, 0, ECODE_IPE, 0, ECODE_IPE},
        {"csrrd 0x1ff", INSN_CSRRD(0x1ff), 0, ECODE_IPE, OUTCOME_GSPR, ECODE_IPE},
    };

    rt_vcpu_reset(&vcpu, 1);
    for (uint32_t i = 0; i < RT_ARRAY_SIZE(rows); i++) {
        const uint32_t *code = rt_code_make(rows[i].word);
        uint32_t wrong = 0;

        for (uint32_t round = 0; round < 3; round++) {
            wrong += host_outcome(code, false, 0) != rows[i].host0;
            wrong += code_outcome(code, 0, 0) != rows[i].guest0;
            wrong += host_outcome(code, true, 0) != rows[i].host3;
            wrong += code_outcome(code, 3, 0) != rows[i].guest3;
            wrong += code_outcome(code, 0, 0) != rows[i].guest0;
            wrong += host_outcome(code, false, 0) != rows[i].host0;
        }
        tap_equal2("3.2 the same code in four modes in turn, wrong outcomes: ", rows[i].name, wrong,
                   0);
    }
}

/* One piece of code under a control of the host that is switched off and on. */
static void meaning_control(const char *name, uint32_t word, uint32_t plv, uint64_t a0,
                            void (*set)(bool on), uint64_t on_outcome) {
    const uint32_t *code = rt_code_make(word);
    uint32_t wrong = 0;

    rt_vcpu_reset(&vcpu, 1);
    gcsr_write(CSR_TLBEHI, 0x700000000000);
    for (uint32_t round = 0; round < 3; round++) {
        set(false);
        wrong += code_outcome(code, plv, a0) != 0;
        set(true);
        wrong += code_outcome(code, plv, a0) != on_outcome;
    }
    set(false);
    tap_equal2("2 a control is seen by code that ran before, wrong outcomes: ", name, wrong, 0);
}

static void set_toti(bool on) {
    csr_xchg(CSR_GTLBC, on ? GTLBC_TOTI : 0, GTLBC_TOTI);
}

/* On is the policy under which everything exits. */
static void set_gci(bool on) {
    csr_xchg(CSR_GCFG, on ? 0 : 2UL << GCFG_GCI_SHIFT, GCFG_GCI_MASK);
}

static void set_drdtl(bool on) {
    gcsr_write(CSR_MISC, on ? 1UL << 7 : 0);
}

static void set_tit(bool on) {
    csr_xchg(CSR_GCFG, on ? GCFG_TIT : 0, GCFG_TIT);
}

static void set_sit(bool on) {
    csr_xchg(CSR_GCFG, on ? GCFG_SIT : 0, GCFG_SIT);
}

static void meaning_controls(void) {
    uint64_t caps = csr_read(CSR_GCFG);

    meaning_control("GTLBC.TOTI", INSN_TLBSRCH, 0, 0, set_toti, OUTCOME_GSPR);
    meaning_control("GCFG.GCI", INSN_CACOP(0x11), 0, (uint64_t)rt_image_start, set_gci,
                    OUTCOME_GSPR);
    meaning_control("GCSR.MISC.DRDTL3", INSN_RDTIME_D, 3, 0, set_drdtl, ECODE_IPE);
    if ((caps & GCFG_TITP) != 0) {
        meaning_control("GCFG.TIT", INSN_RDTIME_D, 0, 0, set_tit, OUTCOME_GSPR);
    }
    if ((caps & GCFG_SITP) != 0) {
        meaning_control("GCFG.SIT", INSN_TLBSRCH, 0, 0, set_sit, OUTCOME_GSPR);
    }
}

void rt_main(void) {
    code_put(PAGE_A, VALUE_A);
    code_put(PAGE_B, VALUE_B);
    code_put(PAGE_C, VALUE_C);
    fetch_rewritten();
    fetch_remapped();
    fetch_asid();
    fetch_gid();
    fetch_modes();
    meaning_modes();
    meaning_controls();
    tap_done();
}
