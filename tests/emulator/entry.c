// SPDX-License-Identifier: GPL-2.0-or-later
/* LVZ reference, sections 1.3, 1.4 and 4: how guest mode is entered and left, and what both sides
 * see. */
#include "vectors.h"

#define PATTERN 0x5a5a000000000000UL

static struct rt_vcpu vcpu;

static void entry_hypercalls(void) {
    static const uint32_t codes[] = {0, 1, 0x100, 0x2aaa, 0x7ffe};

    for (uint32_t i = 0; i < RT_ARRAY_SIZE(codes); i++) {
        enum rt_stop stop = rt_vcpu_exec(&vcpu, 0, INSN_HVCL(codes[i]), 7, 0, 0);

        tap_equal("4.1 hvcl exits with Ecode 23",
                  stop == RT_STOP_EXIT ? rt_exit_ecode(&vcpu.exit) : 0xff, ECODE_HVC);
        tap_equal("8 BADI[14:0] is the code of hvcl", vcpu.exit.badi & 0x7fff, codes[i]);
        tap_equal("4.3 ERA stays at hvcl", tap_code(vcpu.exit.era), INSN_HVCL(codes[i]));
    }
}

static void entry_exit_state(void) {
    gcsr_write(CSR_ERA, 0x123450);
    gcsr_write(CSR_PRMD, 0x7);
    gcsr_write(CSR_ESTAT, 0);
    gcsr_write(CSR_BADI, 0x77);
    rt_vcpu_exec(&vcpu, 3, INSN_CPUCFG, 2, 0, 0);
    struct rt_exit *exit = &vcpu.log[0];

    tap_equal("1.4 host CRMD.PLV is 0 after an exit", exit->crmd & CRMD_PLV_MASK, 0);
    tap_equal("1.4 host CRMD.IE is 0 after an exit", exit->crmd & CRMD_IE, 0);
    tap_equal("1.4 host paging stays on over an exit", exit->crmd & (CRMD_DA | CRMD_PG), CRMD_PG);
    tap_equal("1.4 host DATF and DATM are as before", exit->crmd & 0x1e0, CRMD_PAGED & 0x1e0);
    tap_equal("1.4 GSTAT.VM is 0 after an exit", exit->gstat & GSTAT_VM, 0);
    tap_equal("1.4 GSTAT.PVM is 1 after an exit", exit->gstat & GSTAT_PVM, GSTAT_PVM);
    tap_equal("1.3 host CRMD.PLV and IE were PRMD's: PRMD after the exit", exit->prmd & 7,
              PRMD_PIE);
    tap_equal("1.4 ESTAT.EsubCode of GSPR is 0",
              exit->estat >> ESTAT_SUBCODE_SHIFT & ESTAT_SUBCODE_MASK, 0);
    tap_equal("4.2 an exit leaves GCSR.ESTAT alone", gcsr_read(CSR_ESTAT) >> ESTAT_ECODE_SHIFT,
              ECODE_SYS);
    tap_equal("4.2 an exit leaves GCSR.CRMD.PG alone", gcsr_read(CSR_CRMD) & CRMD_PG, CRMD_PG);

    rt_vcpu_reset(&vcpu, 1);
    gcsr_write(CSR_ERA, 0x123450);
    gcsr_write(CSR_BADI, 0x77);
    gcsr_write(CSR_BADV, 0x99);
    gcsr_write(CSR_PRMD, 0x3);
    rt_vcpu_exec(&vcpu, 0, INSN_CPUCFG, 2, 0, 0);
    tap_equal("1.3 entry and exit don't use GCSR.ERA", gcsr_read(CSR_ERA), 0x123450);
    tap_equal("1.3 nor GCSR.PRMD", gcsr_read(CSR_PRMD) & 7, 3);
    tap_equal("4.2 an exit leaves GCSR.BADI alone", gcsr_read(CSR_BADI) & 0xffffffff, 0x77);
    tap_equal("4.2 an exit leaves GCSR.BADV alone", gcsr_read(CSR_BADV), 0x99);
}

static void entry_plv(void) {
    rt_vcpu_reset(&vcpu, 1);
    vcpu.host_prmd = PRMD_PIE | 3;
    enum rt_stop stop = rt_vcpu_exec(&vcpu, 0, INSN_CSRRD(CSR_CRMD), 0, 0, 0);

    tap_equal("1.3 with host PPLV = 3 the guest runs just so", stop, RT_STOP_DONE);
    tap_equal("1.3 its PLV is GCSR.CRMD's", vcpu.context->traps, 0);
    tap_equal("1.3 stage 2 doesn't look at host PLV", vcpu.exits, 0);
    tap_equal("1.4 PRMD.PPLV after the exit is the 3 of the entry", vcpu.exit.prmd & 3, 3);
    tap_equal("1.4 PLV is 0 after it", vcpu.exit.crmd & 3, 0);
    vcpu.host_prmd = 0;
    vcpu.watchdog = 0;
    rt_vcpu_exec(&vcpu, 0, INSN_CPUCFG, 2, 0, 0);
    tap_equal("1.4 PRMD.PIE after the exit is the 0 of the entry", vcpu.exit.prmd & PRMD_PIE, 0);
}

/* All registers but a0 (the result), ra and sp (rt_vcpu_aim's) hold patterns over an exit and an
 * entry. */
static void entry_gprs(void) {
    uint32_t wrong = 0;

    rt_vcpu_reset(&vcpu, 1);
    rt_vcpu_aim(&vcpu, rt_code_make(INSN_CPUCFG), 2, 0, 0);
    for (uint32_t i = 5; i < 32; i++) {
        vcpu.regs[i] = PATTERN + i;
    }
    rt_vcpu_run(&vcpu);
    for (uint32_t i = 5; i < 32; i++) {
        wrong += vcpu.regs[i] != PATTERN + i;
    }
    tap_equal("1.4 GPRs are untouched by exit and entry", wrong, 0);
}

static void entry_scratch_registers(void) {
    rt_vcpu_reset(&vcpu, 1);
    csr_write(CSR_SAVE5, PATTERN);
    csr_write(CSR_SAVE6, ~PATTERN);
    rt_vcpu_exec(&vcpu, 0, INSN_CSRWR(CSR_SAVE5), 0x11, 0, 0);
    tap_equal("1.4 a guest can't clobber the host's SAVE registers", csr_read(CSR_SAVE5), PATTERN);
    gcsr_write(CSR_SAVE6, 0x22);
    tap_equal("1.5 nor does gcsrwr", csr_read(CSR_SAVE6), ~PATTERN);
}

/* ertn with a choice of return contexts; true if it came back in host mode at TLBRERA. */
static uint64_t entry_ertn_refill_context(void) {
    uint64_t gstat;

    __asm__ volatile("la.pcrel $t0, 1f\n"
                     "ori $t0, $t0, 1\n"
                     "csrwr $t0, %1\n"
                     "csrwr $zero, %2\n"
                     "csrwr $zero, %3\n"
                     "ori $t0, $zero, 2\n"
                     "csrxchg $t0, $t0, %4\n"
                     "ertn\n"
                     "1: csrrd %0, %4\n"
                     : "=r"(gstat)
                     : "i"(CSR_TLBRERA), "i"(CSR_TLBRPRMD), "i"(CSR_ERA), "i"(CSR_GSTAT)
                     : "t0", "memory");
    csr_xchg(CSR_GSTAT, 0, GSTAT_PVM);
    return gstat;
}

static void entry_priority(void) {
    rt_vcpu_reset(&vcpu, 1);
    uint64_t gstat = entry_ertn_refill_context();

    tap_equal("1.3 ertn: IsTLBR = 1 wins over ERA, TLBRPRMD.PGM = 0 stays in host mode",
              gstat & GSTAT_VM, 0);
    tap_equal("M ertn clears TLBRERA.IsTLBR", csr_read(CSR_TLBRERA) & TLBRERA_ISTLBR, 0);
    enum rt_stop stop = rt_vcpu_exec(&vcpu, 0, INSN_NOP, 0, 0, 0);
    tap_equal("1.3 case 2: TLBRPRMD.PGM = 1 resumes the guest with GSTAT.PVM = 0",
              stop == RT_STOP_DONE && vcpu.refills > 0, true);
}

/* A return to paged mode at PLV0. */
#define MERRCTL_PIE       (1UL << 4)
#define MERRCTL_PPG       (1UL << 8)
#define MERRCTL_PDATF_CC  (1UL << 9)
#define MERRCTL_PDATM_CC  (1UL << 11)
#define MERRCTL_TO_CACHED (MERRCTL_ISMERR | MERRCTL_PPG | MERRCTL_PDATF_CC | MERRCTL_PDATM_CC)

/* ertn with IsMERR and IsTLBR both 1; which context it took: 1 machine error, 2 refill. */
static uint64_t entry_ertn_merr_context(void) {
    uint64_t taken;

    __asm__ volatile("la.pcrel $t0, 1f\n"
                     "csrwr $t0, %2\n"
                     "la.pcrel $t0, 2f\n"
                     "ori $t0, $t0, 1\n"
                     "csrwr $t0, %3\n"
                     "csrwr $zero, %4\n"
                     "move $t0, %1\n"
                     "csrwr $t0, %5\n"
                     "ertn\n"
                     "1: ori %0, $zero, 1\n"
                     "b 3f\n"
                     "2: ori %0, $zero, 2\n"
                     "3:\n"
                     : "=&r"(taken)
                     : "r"(MERRCTL_TO_CACHED), "i"(CSR_MERRERA), "i"(CSR_TLBRERA),
                       "i"(CSR_TLBRPRMD), "i"(CSR_MERRCTL)
                     : "t0", "memory");
    return taken;
}

/* Software can raise IsMERR on some machines only. */
static void entry_machine_error(void) {
    rt_vcpu_reset(&vcpu, 1);
    csr_write(CSR_MERRCTL, MERRCTL_ISMERR);
    bool settable = (csr_read(CSR_MERRCTL) & MERRCTL_ISMERR) != 0;
    csr_write(CSR_MERRCTL, 0);
    if (!settable) {
        tap_skip("1.3 case 1: MERRCTL.IsMERR wins", "IsMERR can't be set by software here");
        return;
    }
    tap_equal("1.3 case 1: ertn with IsMERR = IsTLBR = 1 takes MERRERA", entry_ertn_merr_context(),
              1);
    tap_equal("M ertn clears MERRCTL.IsMERR", csr_read(CSR_MERRCTL) & MERRCTL_ISMERR, 0);
    tap_equal("M and leaves TLBRERA.IsTLBR", csr_read(CSR_TLBRERA) & TLBRERA_ISTLBR,
              TLBRERA_ISTLBR);
    csr_write(CSR_TLBRERA, 0);
    rt_vcpu_aim(&vcpu, rt_code_make(INSN_NOP), 0, 0, 0);
    vcpu.refill_pending = true;
    csr_write(CSR_MERRERA, vcpu.pc);
    csr_write(CSR_MERRCTL, MERRCTL_TO_CACHED | MERRCTL_PIE | MERRCTL_PGM);
    tap_equal("1.3 case 1: MERRCTL.PGM = 1 resumes the guest with GSTAT.PVM = 0",
              rt_vcpu_run(&vcpu), RT_STOP_DONE);
    csr_write(CSR_MERRCTL, 0);
}

static void entry_vectors(void) {
    rt_vcpu_reset(&vcpu, 1);
    vectors_make();
    uint64_t entry = csr_write(CSR_EENTRY, (uint64_t)vectors);

    csr_write(CSR_SAVE4, 0xff);
    rt_vcpu_exec(&vcpu, 0, INSN_HVCL(1), 0, 0, 0);
    csr_write(CSR_EENTRY, entry);
    tap_equal("4.3 with VS = 0 every exit arrives at EENTRY: HVC", csr_read(CSR_SAVE4), 0);
    csr_write(CSR_EENTRY, (uint64_t)vectors);
    csr_xchg(CSR_ECFG, (uint64_t)VECTOR_VS << ECFG_VS_SHIFT, ECFG_VS_MASK << ECFG_VS_SHIFT);
    rt_vcpu_exec(&vcpu, 0, INSN_HVCL(1), 0, 0, 0);
    tap_equal("4.3 with VS = 2: HVC arrives at EENTRY + 23 * 16", csr_read(CSR_SAVE4), ECODE_HVC);
    rt_vcpu_exec(&vcpu, 0, INSN_CPUCFG, 0, 0, 0);
    tap_equal("4.3 GSPR was at vector 22, the return's HVC at 23", csr_read(CSR_SAVE4), ECODE_HVC);
    vcpu.stop_at_gspr = true;
    rt_vcpu_exec(&vcpu, 0, INSN_CPUCFG, 0, 0, 0);
    tap_equal("4.3 with VS = 2: GSPR arrives at EENTRY + 22 * 16", csr_read(CSR_SAVE4), ECODE_GSPR);
    vcpu.stop_at_gspr = false;
    rt_vcpu_exec(&vcpu, 0, 0x50000000u, 0, 0, 0); /* b . */
    tap_equal("4.3 with VS = 2: a host timer interrupt arrives at vector 64 + 11",
              csr_read(CSR_SAVE4), 64 + IRQ_TIMER);
    csr_xchg(CSR_ECFG, 0, ECFG_VS_MASK << ECFG_VS_SHIFT);
    csr_write(CSR_EENTRY, entry);
}

static void entry_guest_vectors(void) {
    rt_vcpu_reset(&vcpu, 1);
    gcsr_write(CSR_EENTRY, (uint64_t)vectors);
    gcsr_write(CSR_ECFG, (uint64_t)VECTOR_VS << ECFG_VS_SHIFT);
    rt_vcpu_exec(&vcpu, 0, INSN_BREAK(1), 0, 0, 0);
    tap_equal("4.3 guest VS = 2: BRK arrives at GCSR.EENTRY + 12 * 16", gcsr_read(CSR_SAVE4),
              ECODE_BRK);
    tap_equal("4.2 without an exit", vcpu.exits, 0);
    gcsr_write(CSR_ECFG, (uint64_t)VECTOR_VS << ECFG_VS_SHIFT | 1UL << IRQ_SWI1);
    gcsr_write(CSR_ESTAT, 1UL << IRQ_SWI1);
    gcsr_xchg(CSR_CRMD, CRMD_IE, CRMD_IE);
    rt_vcpu_exec(&vcpu, 0, INSN_NOP, 1, 0, 0);
    tap_equal("4.3 guest VS = 2: SWI1 arrives at vector 64 + 1", gcsr_read(CSR_SAVE4), 64 + 1);
    gcsr_write(CSR_ECFG, 0);
}

/* The first exit of a fresh entry, while GSTAT.VM can be looked at only through its effects. */
static void entry_direct_mode(void) {
    rt_vcpu_reset(&vcpu, 1);
    gcsr_write(CSR_CRMD, CRMD_DA);
    rt_vcpu_aim(&vcpu, (void *)rt_phys(rt_code_make(INSN_CSRRD(CSR_CRMD))), 0, 0, 0);
    vcpu.regs[1] = rt_phys(rt_return_hvcl);
    vcpu.exits = 0;
    enum rt_stop stop = rt_vcpu_run(&vcpu);

    tap_equal("1.7 a guest starts in direct mode at its entry: HVC with a physical ERA",
              stop == RT_STOP_EXIT ? vcpu.exit.era : 0, rt_phys(rt_return_hvcl));
    tap_equal("1.7 GCSR.CRMD = 8 as the guest reads it", vcpu.regs[4], CRMD_DA);
    tap_equal("1.3 host paging isn't concerned by GCSR.CRMD.DA",
              vcpu.exit.crmd & (CRMD_DA | CRMD_PG), CRMD_PG);
}

void rt_main(void) {
    rt_vcpu_reset(&vcpu, 1);
    entry_hypercalls();
    rt_vcpu_reset(&vcpu, 1);
    entry_exit_state();
    entry_plv();
    entry_gprs();
    entry_scratch_registers();
    entry_priority();
    entry_machine_error();
    entry_vectors();
    entry_guest_vectors();
    entry_direct_mode();
    tap_done();
}
