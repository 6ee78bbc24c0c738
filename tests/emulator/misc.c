// SPDX-License-Identifier: GPL-2.0-or-later
/* LVZ reference, sections 1.5, 1.6 and 4.2: floating point and vector enables, LL/SC, the guest's
 * own exceptions. */
#include "arena.h"

#define CPUCFG2_LBT_MASK (7u << 18)
#define INSN_ASRTLE_D    0x00011480u /* asrtle.d a0, a1 */

static struct rt_vcpu vcpu;

/* ---- EUEN ---- */

struct unit {
    const char *name;
    uint32_t word;
    uint64_t enables; /* what the unit needs */
    uint32_t ecode;
};

static const struct unit units[] = {
    {"FP", INSN_FP, EUEN_FPE, ECODE_FPD},
    {"LSX", INSN_LSX, EUEN_FPE | EUEN_SXE, ECODE_SXD},
    {"LASX", INSN_LASX, EUEN_FPE | EUEN_SXE | EUEN_ASXE, ECODE_ASXD},
};

static void unit_check(const struct unit *unit) {
    rt_vcpu_reset(&vcpu, 1);
    csr_write(CSR_EUEN, unit->enables);
    rt_vcpu_exec(&vcpu, 0, unit->word, 1, 0, 0);
    tap_equal2("1.6 guest enable 0, host 1: guest exception, no exit: ", unit->name,
               vcpu.context->trap.ecode | (uint64_t)vcpu.exits << 8, unit->ecode);
    csr_write(CSR_EUEN, 0);
    rt_vcpu_exec(&vcpu, 0, unit->word, 1, 0, 0);
    tap_equal2("1.6 both enables 0: guest exception, no exit: ", unit->name,
               vcpu.context->trap.ecode | (uint64_t)vcpu.exits << 8, unit->ecode);
    gcsr_write(CSR_EUEN, unit->enables);
    enum rt_stop stop = rt_vcpu_exec(&vcpu, 0, unit->word, 1, 0, 0);
    tap_equal2("1.6 guest enable 1, host 0: exit: ", unit->name,
               stop == RT_STOP_EXIT ? rt_exit_ecode(&vcpu.exit) : 99, unit->ecode);
    tap_equal2("4.2 BADI is the instruction: ", unit->name, vcpu.exit.badi & 0xffffffff,
               unit->word);
    tap_equal2("1.6 the guest sees nothing of it: ", unit->name, vcpu.context->traps, 0);
    csr_write(CSR_EUEN, unit->enables);
    stop = rt_vcpu_run(&vcpu);
    tap_equal2("1.6 the host enables and resumes the same PC: ", unit->name,
               stop == RT_STOP_DONE && vcpu.context->traps == 0, true);
    tap_equal2("1.5 EUEN is banked: guest's after a change of the host's: ", unit->name,
               gcsr_read(CSR_EUEN) & 7, unit->enables);
    csr_write(CSR_EUEN, 0);
}

/* Every change of either enable must be seen at once, also by code that ran before. */
static void unit_switch(void) {
    uint32_t *code = rt_code_make(INSN_FP);
    uint32_t wrong = 0;

    rt_vcpu_reset(&vcpu, 1);
    for (uint32_t round = 0; round < 16; round++) {
        csr_write(CSR_EUEN, round & 1);
        gcsr_write(CSR_EUEN, round >> 1 & 1);
        rt_trap_arm(vcpu.context);
        enum rt_stop stop = rt_vcpu_call(&vcpu, code, round, 0, 0);
        uint32_t traps = rt_trap_disarm(vcpu.context);
        uint32_t want_exit = (round & 3) == 2;
        uint32_t want_trap = (round & 2) == 0;

        wrong += (stop == RT_STOP_EXIT) != want_exit || traps != want_trap;
    }
    tap_equal("1.6 the same code under all four settings, four times: wrong outcomes", wrong, 0);
    csr_write(CSR_EUEN, EUEN_FPE);
    gcsr_write(CSR_EUEN, EUEN_FPE);
    rt_vcpu_exec(&vcpu, 0, INSN_FP, 0x123456789, 0, 0);
    tap_equal("1.5 FP registers aren't banked", rt_exec(INSN_FP_BACK, 0, 0, 0), 0x123456789);
    csr_write(CSR_EUEN, 0);
}

static void unit_lbt(void) {
    static const struct unit lbt = {"LBT", INSN_LBT, EUEN_BTE, ECODE_BTD};

    if ((cpucfg_read(2) & CPUCFG2_LBT_MASK) == 0) {
        tap_skip("1.6 LBT enables", "no LBT");
        return;
    }
    unit_check(&lbt);
}

/* ---- LL/SC ---- */

static uint64_t ll_word __attribute__((aligned(64)));

/* ll; middle; sc. Returns whether sc succeeded. */
#define LL_SC(middle)                                                                              \
    ({                                                                                             \
        uint64_t ll_value_;                                                                        \
        __asm__ volatile("ll.d %0, %1, 0\n" middle "\n"                                            \
                         "addi.d %0, %0, 1\n"                                                      \
                         "sc.d %0, %1, 0\n"                                                        \
                         : "=&r"(ll_value_)                                                        \
                         : "r"(&ll_word)                                                           \
                         : "t0", "memory");                                                        \
        ll_value_;                                                                                 \
    })

static uint64_t payload_llsc(void) {
    return LL_SC("");
}

static uint64_t payload_llsc_exit(void) {
    return LL_SC("move $t0, $zero\n cpucfg $t0, $t0");
}

static uint64_t payload_llsc_hvcl(void) {
    return LL_SC(".word 0x002b8001");
}

static uint64_t payload_llsc_exception(void) {
    return LL_SC("break 1");
}

static uint64_t payload_llsc_refill(uint64_t va) {
    uint64_t value;

    __asm__ volatile("ll.d %0, %1, 0\n"
                     "ld.d $t0, %2, 0\n"
                     "addi.d %0, %0, 1\n"
                     "sc.d %0, %1, 0\n"
                     : "=&r"(value)
                     : "r"(&ll_word), "r"(va)
                     : "t0", "memory");
    return value;
}

static uint64_t guest_llsc(const void *payload, uint64_t a0) {
    rt_trap_arm(vcpu.context);
    enum rt_stop stop = rt_vcpu_call(&vcpu, payload, a0, 0, 0);
    rt_trap_disarm(vcpu.context);
    return stop == RT_STOP_DONE ? vcpu.regs[4] : GUEST_FAILED;
}

static void llsc(void) {
    rt_vcpu_reset(&vcpu, 1);
    tap_equal("1.5 LL/SC in the guest succeeds", guest_llsc(payload_llsc, 0), 1);
    tap_equal("1.5 not over an exception of the guest (its ertn clears its LLbit)",
              guest_llsc(payload_llsc_exception, 0), 0);
    tap_equal("1.5 the host's ertn leaves the guest's LLbit: SC over an exit succeeds",
              guest_llsc(payload_llsc_exit, 0), 1);
    enum rt_stop stop = rt_vcpu_call(&vcpu, payload_llsc_hvcl, 0, 0, 0);
    vcpu.pc += 4;
    gcsr_write(CSR_LLBCTL, LLBCTL_WCLLB);
    tap_equal("1.5 GCSR.LLBCTL.WCLLB = 1 makes the guest's SC fail",
              stop == RT_STOP_EXIT && rt_vcpu_run(&vcpu) == RT_STOP_DONE ? vcpu.regs[4] : 99, 0);
    rt_vcpu_call(&vcpu, payload_llsc_hvcl, 0, 0, 0);
    tap_equal("1.5 GCSR.LLBCTL.ROLLB shows the guest's LLbit", gcsr_read(CSR_LLBCTL) & LLBCTL_ROLLB,
              LLBCTL_ROLLB);
    tap_equal("1.5 the host's own LLbit is 0 then", csr_read(CSR_LLBCTL) & LLBCTL_ROLLB, 0);
    vcpu.pc += 4;
    csr_write(CSR_LLBCTL, LLBCTL_WCLLB);
    tap_equal("1.5 host LLBCTL.WCLLB leaves the guest's",
              rt_vcpu_run(&vcpu) == RT_STOP_DONE ? vcpu.regs[4] : 99, 1);
    rt_space_add(&vcpu.context->space, TEST_GVA, ARENA, 0x4000, 12, RW_PAGE);
    tap_equal("1.5 ertn from a TLB refill clears no LLbit",
              guest_llsc(payload_llsc_refill, TEST_GVA), 1);
    tap_equal("1.5 the refill did happen", vcpu.context->refills, 1);
    gcsr_write(CSR_LLBCTL, LLBCTL_KLO);
    tap_equal("M KLO = 1: the next ertn keeps the guest's LLbit",
              guest_llsc(payload_llsc_exception, 0), 1);
    tap_equal("M which clears KLO", gcsr_read(CSR_LLBCTL) & LLBCTL_KLO, 0);
}

/* The host's reservation ends with the ertn that enters the guest. */
static void llsc_host(void) {
    uint64_t value;

    rt_vcpu_reset(&vcpu, 1);
    __asm__ volatile("ll.d %0, %1, 0" : "=&r"(value) : "r"(&ll_word) : "memory");
    rt_vcpu_exec(&vcpu, 0, INSN_NOP, 0, 0, 0);
    __asm__ volatile("sc.d %0, %1, 0" : "+r"(value) : "r"(&ll_word) : "memory");
    tap_equal("1.5 ertn in host mode clears the host's LLbit", value, 0);
}

/* ---- the guest's own exceptions ---- */

struct exception {
    const char *name;
    uint32_t word;
    uint64_t a0;
    uint64_t a1;
    uint32_t ecode;
    uint32_t subcode;
    bool has_badv;
    uint64_t badv;
};

#define ODD_ADDRESS ((uint64_t)&ll_word + 1)
#define NO_ADDRESS  0x3000000000000000UL

static const struct exception exceptions[] = {
    {"SYS", INSN_SYSCALL(0x55), 0, 0, ECODE_SYS, 0, false, 0},
    {"BRK", INSN_BREAK(0x55), 0, 0, ECODE_BRK, 0, false, 0},
    {"INE", INSN_UNDEFINED, 0, 0, ECODE_INE, 0, false, 0},
    {"ALE by ll.d", INSN_LL_D, ODD_ADDRESS, 0, ECODE_ALE, 0, true, ODD_ADDRESS},
    {"ALE by amadd.d", INSN_AMADD_D, 0, ODD_ADDRESS, ECODE_ALE, 0, true, ODD_ADDRESS},
    {"ADEM by ld.d", INSN_LD_D, NO_ADDRESS, 0, ECODE_ADE, ESUBCODE_ADEM, true, NO_ADDRESS},
    {"ADEM by st.d", INSN_ST_D, 0, NO_ADDRESS, ECODE_ADE, ESUBCODE_ADEM, true, NO_ADDRESS},
    {"BCE by asrtle.d", INSN_ASRTLE_D, 2, 1, ECODE_BCE, 0, false, 0},
};

static void exception_check(const struct exception *row, uint32_t plv) {
    rt_vcpu_reset(&vcpu, 1);
    rt_try(row->word, row->a0, row->a1, 0, NULL);
    if (rt_context_self()->trap.ecode != row->ecode) {
        tap_skip(row->name, "this machine doesn't raise it in host mode either");
        return;
    }
    csr_write(CSR_BADV, 0x1111);
    rt_vcpu_exec(&vcpu, plv, row->word, row->a0, row->a1, 0);
    const struct rt_trap *trap = &vcpu.context->trap;

    tap_equal2("4.2 taken by the guest, no exit: ", row->name,
               trap->ecode | trap->subcode << 6 | (uint64_t)vcpu.exits << 16,
               row->ecode | row->subcode << 6);
    tap_equal2("4.2 GCSR.BADI: ", row->name, trap->badi & 0xffffffff, row->word);
    tap_equal2("4.2 GCSR.PRMD.PPLV: ", row->name, trap->prmd & 3, plv);
    tap_equal2("4.2 guest PLV 0 and IE 0 in its handler: ", row->name, trap->crmd & 7, 0);
    tap_equal2("4.2 GCSR.ERA: ", row->name, tap_code(trap->era), row->word);
    tap_equal2("4.2 the host's BADV isn't concerned: ", row->name, csr_read(CSR_BADV), 0x1111);
    if (row->has_badv) {
        tap_equal2("4.2 GCSR.BADV: ", row->name, trap->badv, row->badv);
    }
}

static void exception_fetch(void) {
    rt_vcpu_reset(&vcpu, 1);
    rt_trap_arm(vcpu.context);
    rt_vcpu_call(&vcpu, (const void *)NO_ADDRESS, 0, 0, 0);
    rt_trap_disarm(vcpu.context);
    tap_equal("4.2 ADEF by a jump to nowhere: taken by the guest",
              vcpu.context->trap.ecode | (uint64_t)vcpu.exits << 16, ECODE_ADE);
    tap_equal("4.2 ADEF has EsubCode 0", vcpu.context->trap.subcode, ESUBCODE_ADEF);
    tap_equal("4.2 ADEF: GCSR.BADV is the PC", vcpu.context->trap.badv, NO_ADDRESS);
}

/* An exception the host puts into the guest by hand (4.3). */
static void exception_injected(void) {
    rt_vcpu_reset(&vcpu, 1);
    uint32_t *code = rt_code_make(INSN_NOP);

    rt_vcpu_aim(&vcpu, rt_vector_general, 0, 0, 0);
    gcsr_write(CSR_ERA, (uint64_t)code);
    gcsr_write(CSR_BADI, INSN_UNDEFINED);
    gcsr_write(CSR_PRMD, 3);
    gcsr_xchg(CSR_ESTAT, (uint64_t)ECODE_INE << ESTAT_ECODE_SHIFT, 0x7fff0000);
    vcpu.regs[1] = (uint64_t)rt_return_syscall;
    rt_trap_arm(vcpu.context);
    enum rt_stop stop = rt_vcpu_run(&vcpu);
    rt_trap_disarm(vcpu.context);
    tap_equal("4.3 the guest handles an injected INE",
              stop == RT_STOP_DONE ? vcpu.context->trap.ecode : 99, ECODE_INE);
    tap_equal("4.3 with the injected ERA", vcpu.context->trap.era, (uint64_t)code);
    tap_equal("4.3 and BADI", vcpu.context->trap.badi & 0xffffffff, INSN_UNDEFINED);
    gcsr_xchg(CSR_CRMD, 0, CRMD_PLV_MASK);
}

void rt_main(void) {
    for (uint32_t i = 0; i < RT_ARRAY_SIZE(units); i++) {
        unit_check(&units[i]);
    }
    unit_switch();
    unit_lbt();
    llsc();
    llsc_host();
    for (uint32_t i = 0; i < RT_ARRAY_SIZE(exceptions); i++) {
        exception_check(&exceptions[i], 0);
        exception_check(&exceptions[i], 3);
    }
    exception_fetch();
    exception_injected();
    tap_skip("4.2 machine errors go to the host", "none can be raised by a program here");
    tap_skip("4.2 debug exceptions and watchpoints go to the host", "need a debug unit");
    tap_done();
}
