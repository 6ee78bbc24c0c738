// SPDX-License-Identifier: GPL-2.0-or-later
/* LVZ reference, sections 3.2, 3.4 and 8: which instruction is legal in which of the four modes,
 * and what it raises. */
#include "tap.h"

/* What becomes of an instruction: an exception in its own mode is its Ecode, an exit to the host
 * has EXIT set. */
#define WORKS     0x0u
#define EXIT      0x100u
#define NOT_TRIED 0xffffu
#define IPE       ECODE_IPE
#define INE       ECODE_INE
#define GSPR      (EXIT | ECODE_GSPR)
#define HVC       (EXIT | ECODE_HVC)

enum mode { HOST0, HOST3, GUEST0, GUEST3, MODES };

static const char *const mode_name[MODES] = {" at host PLV0", " at host PLV3", " at guest PLV0",
                                             " at guest PLV3"};

struct row {
    const char *name;
    uint32_t word;
    uint32_t unknown; /* bitmap of modes in which silicon isn't known */
    uint64_t a0;
    uint64_t a1;
    uint32_t want[MODES];
};

#define G0 (1u << GUEST0)
#define G3 (1u << GUEST3)
#define H3 (1u << HOST3)

static struct rt_vcpu vcpu;
static uint64_t scratch[0x200] __attribute__((aligned(0x1000)));

#define SCRATCH ((uint64_t)scratch)
#define NOWHERE 0x0000700000000000UL

static const struct row rows[] = {
    {"gcsrrd", INSN_GCSRRD(CSR_SAVE5), G0 | G3, 0, 0, {WORKS, IPE, INE, IPE}},
    {"gcsrwr", INSN_GCSRWR(CSR_SAVE5), G0 | G3, 0, 0, {WORKS, IPE, INE, IPE}},
    {"gcsrxchg", INSN_GCSRXCHG(CSR_SAVE5), G0 | G3, 0, 0, {WORKS, IPE, INE, IPE}},
    {"gtlbclr", INSN_GTLBCLR, G0 | G3, 0, 0, {WORKS, IPE, INE, IPE}},
    {"gtlbflush", INSN_GTLBFLUSH, G0 | G3, 0, 0, {WORKS, IPE, INE, IPE}},
    {"gtlbsrch", INSN_GTLBSRCH, G0 | G3, 0, 0, {WORKS, IPE, INE, IPE}},
    {"gtlbrd", INSN_GTLBRD, G0 | G3, 0, 0, {WORKS, IPE, INE, IPE}},
    {"gtlbwr", INSN_GTLBWR, G0 | G3, 0, 0, {WORKS, IPE, INE, IPE}},
    {"gtlbfill", INSN_GTLBFILL, G0 | G3, 0, 0, {WORKS, IPE, INE, IPE}},
    {"hvcl", INSN_HVCL(0x123), H3 | G3, 0, 0, {INE, IPE, HVC, IPE}},
    {"invtlb 0x0", INSN_INVTLB(0), 0, 0, NOWHERE, {WORKS, IPE, WORKS, IPE}},
    {"invtlb 0x1", INSN_INVTLB(1), 0, 0, NOWHERE, {WORKS, IPE, WORKS, IPE}},
    {"invtlb 0x2", INSN_INVTLB(2), 0, 0, NOWHERE, {WORKS, IPE, WORKS, IPE}},
    {"invtlb 0x3", INSN_INVTLB(3), 0, 0, NOWHERE, {WORKS, IPE, WORKS, IPE}},
    {"invtlb 0x4", INSN_INVTLB(4), 0, 0, NOWHERE, {WORKS, IPE, WORKS, IPE}},
    {"invtlb 0x5", INSN_INVTLB(5), 0, 0, NOWHERE, {WORKS, IPE, WORKS, IPE}},
    {"invtlb 0x6", INSN_INVTLB(6), 0, 0, NOWHERE, {WORKS, IPE, WORKS, IPE}},
    {"invtlb 0x9", INSN_INVTLB(0x9), G0, 0x50000, NOWHERE, {WORKS, IPE, IPE, IPE}},
    {"invtlb 0xa", INSN_INVTLB(0xa), G0, 0x50000, NOWHERE, {WORKS, IPE, IPE, IPE}},
    {"invtlb 0xb", INSN_INVTLB(0xb), G0, 0x50000, NOWHERE, {WORKS, IPE, IPE, IPE}},
    {"invtlb 0xc", INSN_INVTLB(0xc), G0, 0x50000, NOWHERE, {WORKS, IPE, IPE, IPE}},
    {"invtlb 0xd", INSN_INVTLB(0xd), G0, 0x50000, NOWHERE, {WORKS, IPE, IPE, IPE}},
    {"invtlb 0xe", INSN_INVTLB(0xe), G0, 0x50000, NOWHERE, {WORKS, IPE, IPE, IPE}},
    {"invtlb 0x10", INSN_INVTLB(0x10), G0, 0x50000, NOWHERE, {WORKS, IPE, IPE, IPE}},
    {"invtlb 0x11", INSN_INVTLB(0x11), G0, 0x50000, NOWHERE, {WORKS, IPE, IPE, IPE}},
    {"invtlb 0x12", INSN_INVTLB(0x12), G0, 0x50000, NOWHERE, {WORKS, IPE, IPE, IPE}},
    {"invtlb 0x13", INSN_INVTLB(0x13), G0, 0x50000, NOWHERE, {WORKS, IPE, IPE, IPE}},
    {"invtlb 0x14", INSN_INVTLB(0x14), G0, 0x50000, NOWHERE, {WORKS, IPE, IPE, IPE}},
    {"invtlb 0x15", INSN_INVTLB(0x15), G0, 0x50000, NOWHERE, {WORKS, IPE, IPE, IPE}},
    {"invtlb 0x16", INSN_INVTLB(0x16), G0, 0x50000, NOWHERE, {WORKS, IPE, IPE, IPE}},
    {"csrrd SAVE5", INSN_CSRRD(CSR_SAVE5), 0, 0, 0, {WORKS, IPE, WORKS, IPE}},
    {"csrwr SAVE5", INSN_CSRWR(CSR_SAVE5), 0, 0, 0, {WORKS, IPE, WORKS, IPE}},
    {"csrxchg SAVE5", INSN_CSRXCHG(CSR_SAVE5), 0, 0, 0, {WORKS, IPE, WORKS, IPE}},
    {"csrrd CRMD", INSN_CSRRD(CSR_CRMD), 0, 0, 0, {WORKS, IPE, WORKS, IPE}},
    {"csrwr BADV", INSN_CSRWR(CSR_BADV), 0, 0, 0, {WORKS, IPE, WORKS, IPE}},
    {"csrwr TLBRELO0", INSN_CSRWR(CSR_TLBRELO0), 0, 0, 0, {WORKS, IPE, WORKS, IPE}},
    {"csrwr CPUID", INSN_CSRWR(CSR_CPUID), 0, 7, 0, {WORKS, IPE, WORKS, IPE}},
    {"csrwr PRCFG1", INSN_CSRWR(CSR_PRCFG1), 0, 7, 0, {WORKS, IPE, WORKS, IPE}},
    {"csrwr PRCFG3", INSN_CSRWR(CSR_PRCFG3), 0, 7, 0, {WORKS, IPE, WORKS, IPE}},
    {"csrwr PGD", INSN_CSRWR(CSR_PGD), 0, 7, 0, {WORKS, IPE, WORKS, IPE}},
    {"csrwr TVAL", INSN_CSRWR(CSR_TVAL), 0, 7, 0, {WORKS, IPE, WORKS, IPE}},
    {"csrxchg CPUID", INSN_CSRXCHG(CSR_CPUID), 0, 7, 7, {WORKS, IPE, WORKS, IPE}},
    {"csrrd IMPCTL1", INSN_CSRRD(0x80), G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrrd IMPCTL2", INSN_CSRRD(0x81), G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrrd MERRCTL", INSN_CSRRD(0x90), G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrrd MERRINFO1", INSN_CSRRD(0x91), G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrrd MERRINFO2", INSN_CSRRD(0x92), G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrrd MERRENTRY", INSN_CSRRD(0x93), G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrwr MERRENTRY", INSN_CSRWR(0x93), G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrrd MERRERA", INSN_CSRRD(0x94), G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrrd MERRSAVE", INSN_CSRRD(0x95), G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrrd CTAG", INSN_CSRRD(0x98), G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrrd MWPC", INSN_CSRRD(0x300), G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrrd MWPS", INSN_CSRRD(0x301), G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrrd MWP0CFG1", INSN_CSRRD(0x310), G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrwr MWP7CFG4", INSN_CSRWR(0x34b), G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrrd FWPC", INSN_CSRRD(0x380), G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrrd FWPS", INSN_CSRRD(0x381), G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrrd FWP0CFG1", INSN_CSRRD(0x390), G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrwr FWP7CFG4", INSN_CSRWR(0x3cb), G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrrd DBG", INSN_CSRRD(0x500), G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrrd DERA", INSN_CSRRD(0x501), G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrrd DSAVE", INSN_CSRRD(0x502), G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrrd PMCFG0 not granted", INSN_CSRRD(0x200), G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrrd PMCNT0 not granted", INSN_CSRRD(0x201), G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrrd GTLBC", INSN_CSRRD(0x15), G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrrd TRGP", INSN_CSRRD(0x16), G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrrd GSTAT", INSN_CSRRD(0x50), G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrrd GCFG", INSN_CSRRD(0x51), G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrrd GINTC", INSN_CSRRD(0x52), G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrrd GCNTC", INSN_CSRRD(0x53), G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrrd SAVE8", INSN_CSRRD(0x38), G0 | G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrwr SAVE15", INSN_CSRWR(0x3f), G0 | G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrwr GSTAT", INSN_CSRWR(0x50), G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrxchg GINTC", INSN_CSRXCHG(0x52), G3, 0, 1, {WORKS, IPE, GSPR, IPE}},
    {"csrrd 0x9 (unassigned)", INSN_CSRRD(0x9), G0 | G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrrd 0x1ff (unassigned)", INSN_CSRRD(0x1ff), G0 | G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrwr 0x1ff (unassigned)", INSN_CSRWR(0x1ff), G0 | G3, 0, 0, {WORKS, IPE, GSPR, IPE}},
    {"csrxchg 0x3fff (unassigned)", INSN_CSRXCHG(0x3fff), G0 | G3, 0, 1, {WORKS, IPE, GSPR, IPE}},
    {"lddir", INSN_LDDIR(1), 0, SCRATCH, 0, {WORKS, IPE, WORKS, IPE}},
    {"ldpte 0", INSN_LDPTE(0), 0, SCRATCH, 0, {WORKS, IPE, WORKS, IPE}},
    {"ldpte 1", INSN_LDPTE(1), 0, SCRATCH, 0, {WORKS, IPE, WORKS, IPE}},
    {"tlbclr", INSN_TLBCLR, 0, 0, 0, {WORKS, IPE, WORKS, IPE}},
    {"tlbflush", INSN_TLBFLUSH, 0, 0, 0, {WORKS, IPE, WORKS, IPE}},
    {"tlbsrch", INSN_TLBSRCH, 0, 0, 0, {WORKS, IPE, WORKS, IPE}},
    {"tlbrd", INSN_TLBRD, 0, 0, 0, {WORKS, IPE, WORKS, IPE}},
    {"tlbwr", INSN_TLBWR, 0, 0, 0, {WORKS, IPE, WORKS, IPE}},
    {"tlbfill", INSN_TLBFILL, 0, 0, 0, {WORKS, IPE, WORKS, IPE}},
    {"ertn", INSN_ERTN, 0, 0, 0, {NOT_TRIED, IPE, WORKS, IPE}},
    {"iocsrrd.b", INSN_IOCSRRD_B, G3, IOCSR_IPI_STATUS, 0, {NOT_TRIED, IPE, GSPR, IPE}},
    {"iocsrrd.h", INSN_IOCSRRD_H, G3, IOCSR_IPI_STATUS, 0, {NOT_TRIED, IPE, GSPR, IPE}},
    {"iocsrrd.w", INSN_IOCSRRD_W, G3, IOCSR_IPI_STATUS, 0, {WORKS, IPE, GSPR, IPE}},
    {"iocsrrd.d", INSN_IOCSRRD_D, G3, 0x1020, 0, {WORKS, IPE, GSPR, IPE}},
    {"iocsrwr.b", INSN_IOCSRWR_B, G3, 0, 0x1020, {NOT_TRIED, IPE, GSPR, IPE}},
    {"iocsrwr.h", INSN_IOCSRWR_H, G3, 0, 0x1020, {NOT_TRIED, IPE, GSPR, IPE}},
    {"iocsrwr.w", INSN_IOCSRWR_W, G3, 0, 0x1020, {WORKS, IPE, GSPR, IPE}},
    {"iocsrwr.d", INSN_IOCSRWR_D, G3, 0, 0x1020, {WORKS, IPE, GSPR, IPE}},
    {"idle", INSN_IDLE(0), 0, 0, 0, {NOT_TRIED, IPE, GSPR, IPE}},
    {"cacop store-tag, GCI 0", INSN_CACOP(0x01), G3, SCRATCH, 0, {WORKS, IPE, GSPR, IPE}},
    {"cacop index, GCI 0", INSN_CACOP(0x09), G3, SCRATCH, 0, {WORKS, IPE, GSPR, IPE}},
    {"cacop hit, GCI 0", INSN_CACOP(0x11), G3, SCRATCH, 0, {WORKS, WORKS, GSPR, GSPR}},
    {"cpucfg", INSN_CPUCFG, 0, 2, 0, {WORKS, WORKS, GSPR, GSPR}},
    {"dbcl", INSN_DBCL(1), G0 | G3, 0, 0, {NOT_TRIED, NOT_TRIED, GSPR, GSPR}},
    {"rdtimel.w", INSN_RDTIMEL_W, 0, 0, 0, {WORKS, WORKS, WORKS, WORKS}},
    {"rdtimeh.w", INSN_RDTIMEH_W, 0, 0, 0, {WORKS, WORKS, WORKS, WORKS}},
    {"rdtime.d", INSN_RDTIME_D, 0, 0, 0, {WORKS, WORKS, WORKS, WORKS}},
    {"syscall", INSN_SYSCALL(0x11), 0, 0, 0, {ECODE_SYS, ECODE_SYS, ECODE_SYS, ECODE_SYS}},
    {"break", INSN_BREAK(0x11), 0, 0, 0, {ECODE_BRK, ECODE_BRK, ECODE_BRK, ECODE_BRK}},
    {"an undefined word", INSN_UNDEFINED, 0, 0, 0, {INE, INE, INE, INE}},
};

static void row_name(char *to, const struct row *row, uint32_t mode) {
    const char *parts[] = {row->name, mode_name[mode],
                           (row->unknown >> mode & 1) != 0 ? UNKNOWN : ""};

    for (uint32_t i = 0; i < RT_ARRAY_SIZE(parts); i++) {
        for (const char *p = parts[i]; *p != '\0'; p++) {
            *to++ = *p;
        }
    }
    *to = '\0';
}

static uint32_t outcome_host(const struct row *row, bool user) {
    uint32_t traps;

    if (user) {
        rt_try_user(row->word, row->a0, row->a1, 0, &traps);
    } else {
        rt_try(row->word, row->a0, row->a1, 0, &traps);
    }
    return traps == 0 ? WORKS : (uint32_t)rt_context_self()->trap.ecode;
}

static uint32_t outcome_guest(const struct row *row, uint32_t plv) {
    enum rt_stop stop = rt_vcpu_exec(&vcpu, plv, row->word, row->a0, row->a1, 0);

    if (stop == RT_STOP_WATCHDOG || stop == RT_STOP_REFILL) {
        return EXIT;
    }
    if (vcpu.exits > 0) {
        return EXIT | (uint32_t)rt_exit_ecode(&vcpu.log[0]);
    }
    return vcpu.context->traps == 0 ? WORKS : (uint32_t)vcpu.context->trap.ecode;
}

/* Both banks in a state in which TLB instructions and ertn do no harm. */
static void prepare(void) {
    rt_vcpu_reset(&vcpu, 1);
    csr_write(CSR_TLBEHI, NOWHERE);
    csr_write(CSR_TLBIDX, 12UL << TLBIDX_PS_SHIFT);
    csr_write(CSR_TLBELO0, 0);
    csr_write(CSR_TLBELO1, 0);
    csr_write(CSR_PWCL, RT_WALK_PWCL);
    gcsr_write(CSR_TLBEHI, NOWHERE);
    gcsr_write(CSR_TLBIDX, 12UL << TLBIDX_PS_SHIFT);
    gcsr_write(CSR_TLBELO0, 0);
    gcsr_write(CSR_TLBELO1, 0);
    gcsr_write(CSR_PWCL, RT_WALK_PWCL);
    gcsr_write(CSR_ERA, (uint64_t)rt_return_hvcl);
}

/* The instruction stands at ERA (4.3) and its word in BADI (section 8). */
static void check_exit_registers(const struct row *row, const char *name) {
    tap_equal2("8 BADI holds the word of ", name, vcpu.log[0].badi & 0xffffffff, row->word);
    tap_equal2("4.3 ERA points to ", name, tap_code(vcpu.log[0].era), row->word);
}

static void check_row(const struct row *row) {
    char name[96];

    for (uint32_t mode = HOST0; mode < MODES; mode++) {
        if (row->want[mode] == NOT_TRIED) {
            continue;
        }
        prepare();
        uint32_t got = mode == HOST0 || mode == HOST3 ? outcome_host(row, mode == HOST3)
                                                      : outcome_guest(row, mode == GUEST3 ? 3 : 0);
        row_name(name, row, mode);
        tap_equal2("3.2 ", name, got, row->want[mode]);
        if ((got & EXIT) != 0 && got == row->want[mode]) {
            check_exit_registers(row, name);
        }
    }
}

/* Every number that Linux doesn't name (3.4, "other values"). */
static void check_invtlb_undefined(void) {
    static const uint32_t ops[] = {0x7, 0x8, 0xf, 0x17, 0x1f};

    for (uint32_t i = 0; i < RT_ARRAY_SIZE(ops); i++) {
        prepare();
        rt_try(INSN_INVTLB(ops[i]), 0, NOWHERE, 0, NULL);
        tap_equal("3.4 an unassigned invtlb operation is INE in host mode",
                  rt_context_self()->trap.ecode, ECODE_INE);
        rt_vcpu_exec(&vcpu, 0, INSN_INVTLB(ops[i]), 0, NOWHERE, 0);
        tap_equal("3.4 an unassigned invtlb operation is INE in guest mode",
                  vcpu.context->trap.ecode, ECODE_INE);
    }
}

static void check_readonly_values(void) {
    uint64_t cpuid = csr_read(CSR_CPUID);

    rt_try(INSN_CSRWR(CSR_CPUID), cpuid ^ 5, 0, 0, NULL);
    tap_equal("3.2 the host's csrwr CPUID is ignored", csr_read(CSR_CPUID), cpuid);
    tap_equal("3.2 csrwr to a read-only CSR returns its value",
              rt_try(INSN_CSRWR(CSR_CPUID), cpuid ^ 5, 0, 0, NULL), cpuid);
    tap_equal("M an unassigned CSR reads 0 in host mode",
              rt_try(INSN_CSRRD(0x1ff), 0x55, 0, 0, NULL), 0);
}

/* MISC.DRDTL3 keeps PLV3 from rdtime. */
static void check_drdtl(void) {
    prepare();
    gcsr_write(CSR_MISC, 1UL << 7);
    rt_vcpu_exec(&vcpu, 3, INSN_RDTIME_D, 0, 0, 0);
    tap_equal("3.2 GCSR.MISC.DRDTL: rdtime at guest PLV3 is guest IPE", vcpu.context->trap.ecode,
              ECODE_IPE);
    rt_vcpu_exec(&vcpu, 0, INSN_RDTIME_D, 0, 0, 0);
    tap_equal("3.2 GCSR.MISC.DRDTL doesn't concern guest PLV0", vcpu.context->traps, 0);
    gcsr_write(CSR_MISC, 0);
}

/* GTLBC.TOTI and the controls of GCFG that are advertised. */
static void check_control(const char *name, uint32_t word, uint64_t a0, bool advertised) {
    rt_vcpu_exec(&vcpu, 0, word, a0, 0, 0);
    if (advertised) {
        tap_equal2("2.4 exits with its control set: ", name,
                   EXIT | rt_exit_ecode(&vcpu.log[0]) | (vcpu.exits == 0 ? 0xf000 : 0), GSPR);
    } else {
        tap_equal2("2.4 doesn't exit without the capability: ", name, vcpu.exits, 0);
    }
}

static void check_toti(void) {
    static const struct {
        const char *name;
        uint32_t word;
    } tlb[] = {{"TOTI tlbsrch", INSN_TLBSRCH}, {"TOTI tlbrd", INSN_TLBRD},
               {"TOTI tlbwr", INSN_TLBWR},     {"TOTI tlbfill", INSN_TLBFILL},
               {"TOTI tlbclr", INSN_TLBCLR},   {"TOTI tlbflush", INSN_TLBFLUSH},
               {"TOTI invtlb", INSN_INVTLB(0)}};

    prepare();
    csr_xchg(CSR_GTLBC, GTLBC_TOTI, GTLBC_TOTI);
    for (uint32_t i = 0; i < RT_ARRAY_SIZE(tlb); i++) {
        check_control(tlb[i].name, tlb[i].word, 0, true);
    }
    csr_xchg(CSR_GTLBC, 0, GTLBC_TOTI);
    rt_vcpu_exec(&vcpu, 0, INSN_TLBSRCH, 0, 0, 0);
    tap_equal("2.1 no exit with TOTI = 0 again", vcpu.exits, 0);
}

static void check_gcfg_controls(void) {
    static const struct {
        const char *name;
        uint32_t word;
    } time[] = {{"TIT rdtimel.w", INSN_RDTIMEL_W},        {"TIT rdtimeh.w", INSN_RDTIMEH_W},
                {"TIT rdtime.d", INSN_RDTIME_D},          {"TIT csrrd TCFG", INSN_CSRRD(CSR_TCFG)},
                {"TIT csrwr TCFG", INSN_CSRWR(CSR_TCFG)}, {"TIT csrrd TVAL", INSN_CSRRD(CSR_TVAL)}},
      privileged[] = {{"SIT csrrd", INSN_CSRRD(CSR_SAVE5)},
                      {"SIT csrwr", INSN_CSRWR(CSR_SAVE5)},
                      {"SIT csrxchg", INSN_CSRXCHG(CSR_SAVE5)},
                      {"SIT tlbsrch", INSN_TLBSRCH},
                      {"SIT tlbrd", INSN_TLBRD},
                      {"SIT tlbwr", INSN_TLBWR},
                      {"SIT tlbfill", INSN_TLBFILL},
                      {"SIT tlbclr", INSN_TLBCLR},
                      {"SIT tlbflush", INSN_TLBFLUSH},
                      {"SIT invtlb", INSN_INVTLB(0)},
                      {"SIT lddir", INSN_LDDIR(1)},
                      {"SIT ldpte", INSN_LDPTE(0)},
                      {"SIT ertn", INSN_ERTN}};

    prepare();
    uint64_t caps = csr_read(CSR_GCFG);

    csr_write(CSR_GCFG, GCFG_TIT);
    for (uint32_t i = 0; i < RT_ARRAY_SIZE(time); i++) {
        check_control(time[i].name, time[i].word, 0, (caps & GCFG_TITP) != 0);
    }
    csr_write(CSR_GCFG, GCFG_SIT);
    for (uint32_t i = 0; i < RT_ARRAY_SIZE(privileged); i++) {
        check_control(privileged[i].name, privileged[i].word, 0, (caps & GCFG_SITP) != 0);
    }
    rt_vcpu_exec(&vcpu, 0, INSN_RDTIME_D, 0, 0, 0);
    tap_equal("2.4 SIT doesn't concern what isn't privileged: rdtime.d", vcpu.exits, 0);
    csr_write(CSR_GCFG, GCFG_TOP);
    gcsr_write(CSR_PRMD, 3);
    check_control("TOP csrwr CRMD with another PLV", INSN_CSRWR(CSR_CRMD), CRMD_PAGED | 3,
                  (caps & GCFG_TOPP) != 0);
    gcsr_write(CSR_CRMD, CRMD_PAGED);
    csr_write(CSR_GCFG, 0);
}

/* cacop per GCFG.GCI (2.4); code: [2:0] cache, [4:3] 0 store tag, 1 index, 2 hit, 3 implementation.
 */
static void check_cacop(uint64_t gci, const char *name, uint32_t code, bool exits) {
    prepare();
    csr_write(CSR_GCFG, gci << GCFG_GCI_SHIFT);
    if ((csr_read(CSR_GCFG) & GCFG_GCI_MASK) >> GCFG_GCI_SHIFT != gci) {
        tap_skip(name, "GCI mode not implemented");
        return;
    }
    rt_vcpu_exec(&vcpu, 0, INSN_CACOP(code), SCRATCH, 0, 0);
    tap_equal2("2.4 cacop ", name, vcpu.exits, exits ? 1 : 0);
    csr_write(CSR_GCFG, 0);
}

static void check_cacop_policies(void) {
    check_cacop(0, "GCI 0: hit on D exits", 0x11, true);
    check_cacop(0, "GCI 0: index on I exits", 0x08, true);
    check_cacop(1, "GCI 1: hit on D doesn't exit", 0x11, false);
    check_cacop(1, "GCI 1: index on D exits", 0x09, true);
    check_cacop(1, "GCI 1: store tag exits", 0x01, true);
    check_cacop(2, "GCI 2: hit on D doesn't exit", 0x11, false);
    check_cacop(2, "GCI 2: hit on I doesn't exit", 0x10, false);
    check_cacop(2, "GCI 2: index on D doesn't exit", 0x09, false);
    check_cacop(2, "GCI 2: index on I doesn't exit", 0x08, false);
    check_cacop(2, "GCI 2: store tag exits", 0x01, true);
    check_cacop(2, "GCI 2: implementation defined exits", 0x19, true);
}

void rt_main(void) {
    for (uint32_t i = 0; i < RT_ARRAY_SIZE(rows); i++) {
        check_row(&rows[i]);
    }
    check_invtlb_undefined();
    check_readonly_values();
    check_drdtl();
    check_toti();
    check_gcfg_controls();
    check_cacop_policies();
    tap_done();
}
