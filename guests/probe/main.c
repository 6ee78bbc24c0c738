// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
/*
 * A curious guest: tries everything a guest may not, or hardly, do, and prints one line for each
 * probe: PROBE what FIRST[-LAST] plv N: works | ecode E sub S, COUNT times Probes of one kind that
 * follow each other with the same outcome share a line. What comes after PROBE DONE is a normal
 * power-off.
 */
#include <rt/zone.h>

#define WORKS         0u
#define CSR_NUMBERS   0x600u
#define CSR_LAST      0x3fffu
#define CPUCFG_LAST   0x20u
#define CPUCFG_VENDOR 0x40000000UL
#define PLV_USER      3u

#define HYPERVISOR_STEP 0x00100000UL

/* Places where nothing is for a zone. */
#define HOLE       0x18000000UL
#define NOWHERE    0x30000000UL
#define PCI_CONFIG 0xfe00000000UL
#define INFO_PAGE  0xff00000000UL

struct report {
    const char *what;
    uint32_t plv;
    uint64_t first;
    uint64_t last;
    uint64_t outcome;
    uint32_t count; /* 0: nothing to print */
};

/* What the hypervisor keeps for itself, and the end behind it. */
static uint64_t hypervisor;
static uint64_t hypervisor_end;

static struct report report;
static uint64_t scratch[0x200] __attribute__((aligned(0x1000)));

static void report_flush(void) {
    if (report.count == 0) {
        return;
    }
    rt_printf("PROBE %s 0x%lx", report.what, report.first);
    if (report.last != report.first) {
        rt_printf("-0x%lx", report.last);
    }
    rt_printf(" plv %u: ", report.plv);
    if (report.outcome == WORKS) {
        rt_printf("works, %u times\n", report.count);
    } else {
        rt_printf("ecode %lu sub %lu, %u times\n", report.outcome & ESTAT_ECODE_MASK,
                  report.outcome >> 6, report.count);
    }
    report.count = 0;
}

static void report_add(const char *what, uint32_t plv, uint64_t number, uint64_t outcome) {
    if (report.count > 0 && report.what == what && report.plv == plv && report.outcome == outcome) {
        report.last = number;
        report.count++;
        return;
    }
    report_flush();
    report = (struct report){what, plv, number, number, outcome, 1};
}

static uint64_t last_outcome(uint32_t traps) {
    const struct rt_trap *trap = &rt_context_self()->trap;

    return traps == 0 ? WORKS : trap->ecode | trap->subcode << 6;
}

static uint64_t probe_insn(uint32_t plv, uint32_t word, uint64_t a0, uint64_t a1, uint64_t *value) {
    uint32_t traps;
    uint64_t result =
        plv == 0 ? rt_try(word, a0, a1, 0, &traps) : rt_try_user(word, a0, a1, 0, &traps);

    if (value != NULL) {
        *value = result;
    }
    return last_outcome(traps);
}

/* ---- instructions ---- */

struct insn {
    const char *name;
    uint32_t word;
    uint64_t a0;
    uint64_t a1;
};

#define SCRATCH ((uint64_t)scratch)
#define FAR_VA  0x0000700000000000UL

static const struct insn insns[] = {
    {"gcsrrd", INSN_GCSRRD(CSR_SAVE5), 0, 0},
    {"gcsrwr", INSN_GCSRWR(CSR_SAVE5), 0, 0},
    {"gcsrxchg", INSN_GCSRXCHG(CSR_SAVE5), 0, 0},
    {"gtlbclr", INSN_GTLBCLR, 0, 0},
    {"gtlbflush", INSN_GTLBFLUSH, 0, 0},
    {"gtlbsrch", INSN_GTLBSRCH, 0, 0},
    {"gtlbrd", INSN_GTLBRD, 0, 0},
    {"gtlbwr", INSN_GTLBWR, 0, 0},
    {"gtlbfill", INSN_GTLBFILL, 0, 0},
    {"hvcl 0, unknown call", INSN_HVCL(0), 0xdead, 1},
    {"hvcl 0, all ones", INSN_HVCL(0), ~0UL, ~0UL},
    {"hvcl 1", INSN_HVCL(1), 0xdead, 1},
    {"hvcl 0x100", INSN_HVCL(0x100), 0xdead, 1},
    {"hvcl 0x101", INSN_HVCL(0x101), 0xdead, 1},
    {"hvcl 0x7fff", INSN_HVCL(0x7fff), 0xdead, 1},
    {"tlbclr", INSN_TLBCLR, 0, 0},
    {"tlbflush", INSN_TLBFLUSH, 0, 0},
    {"tlbsrch", INSN_TLBSRCH, 0, 0},
    {"tlbrd", INSN_TLBRD, 0, 0},
    {"tlbwr", INSN_TLBWR, 0, 0},
    {"tlbfill", INSN_TLBFILL, 0, 0},
    {"lddir", INSN_LDDIR(1), SCRATCH, 0},
    {"ldpte 0", INSN_LDPTE(0), SCRATCH, 0},
    {"ldpte 1", INSN_LDPTE(1), SCRATCH, 0},
    {"ldpte, table nowhere", INSN_LDPTE(0), NOWHERE, 0},
    {"dbcl", INSN_DBCL(1), 0, 0},
    {"rdtimel.w", INSN_RDTIMEL_W, 0, 0},
    {"rdtimeh.w", INSN_RDTIMEH_W, 0, 0},
    {"rdtime.d", INSN_RDTIME_D, 0, 0},
    {"undefined word", INSN_UNDEFINED, 0, 0},
    {"syscall", INSN_SYSCALL(1), 0, 0},
    {"break", INSN_BREAK(1), 0, 0},
    {"LBT", INSN_LBT, 0, 0},
};

static void probe_insns(uint32_t plv) {
    for (uint32_t i = 0; i < RT_ARRAY_SIZE(insns); i++) {
        csr_write(CSR_TLBEHI, FAR_VA);
        csr_write(CSR_TLBIDX, 12UL << TLBIDX_PS_SHIFT);
        csr_write(CSR_TLBELO0, 0);
        csr_write(CSR_TLBELO1, 0);
        report_add(insns[i].name, plv, insns[i].word,
                   probe_insn(plv, insns[i].word, insns[i].a0, insns[i].a1, NULL));
    }
    report_add("lddir, table in the hypervisor", plv, INSN_LDDIR(1),
               probe_insn(plv, INSN_LDDIR(1), hypervisor, 0, NULL));
    for (uint32_t op = 0; op < 32; op++) {
        report_add("invtlb", plv, op, probe_insn(plv, INSN_INVTLB(op), 0xff0000, FAR_VA, NULL));
    }
    for (uint32_t code = 0; code < 32; code++) {
        report_add("cacop", plv, code, probe_insn(plv, INSN_CACOP(code), SCRATCH, 0, NULL));
    }
    report_flush();
}

/* ertn and idle need a way back. */
static void probe_ertn(uint32_t plv) {
    uint32_t *code = rt_code_make(INSN_ERTN);

    if (plv != 0) {
        report_add("ertn", plv, INSN_ERTN, probe_insn(plv, INSN_ERTN, 0, 0, NULL));
        return;
    }
    csr_write(CSR_ERA, (uint64_t)(code + 1));
    csr_write(CSR_PRMD, 0);
    rt_trap_arm(rt_context_self());
    rt_call(code, 0, 0, 0);
    report_add("ertn", plv, INSN_ERTN, last_outcome(rt_trap_disarm(rt_context_self())));
}

static void probe_idle(uint32_t plv) {
    csr_write(CSR_ECFG, 1UL << IRQ_TIMER);
    csr_write(CSR_TCFG, (rt_ticks_per_second() / 100 & ~3UL) | TCFG_EN);
    report_add("idle with a timer 10 ms ahead", plv, INSN_IDLE(0),
               probe_insn(plv, INSN_IDLE(0), 0, 0, NULL));
    csr_write(CSR_TCFG, 0);
    csr_write(CSR_TICLR, 1);
    csr_write(CSR_ECFG, 0);
    report_flush();
}

static void probe_cpucfg(uint32_t plv) {
    for (uint64_t leaf = 0; leaf <= CPUCFG_LAST; leaf++) {
        report_add("cpucfg", plv, leaf, probe_insn(plv, INSN_CPUCFG, leaf, 0, NULL));
    }
    for (uint64_t leaf = CPUCFG_VENDOR; leaf < CPUCFG_VENDOR + 8; leaf++) {
        report_add("cpucfg", plv, leaf, probe_insn(plv, INSN_CPUCFG, leaf, 0, NULL));
    }
    report_add("cpucfg", plv, ~0UL, probe_insn(plv, INSN_CPUCFG, ~0UL, 0, NULL));
    report_flush();
}

/* ---- CSRs ---- */

/* What the guest's own life hangs on; their values are not for playing. */
static bool csr_is_vital(uint32_t number) {
    switch (number) {
    case CSR_CRMD:
    case CSR_PRMD:
    case CSR_ECFG:
    case CSR_ERA:
    case CSR_EENTRY:
    case CSR_SAVE0:
    case CSR_SAVE1:
    case CSR_TCFG:
    case CSR_TLBRENTRY:
    case CSR_TLBRERA:
    case CSR_DMW0:
    case CSR_DMW1:
        return true;
    default:
        return false;
    }
}

static void probe_csrs(uint32_t plv) {
    for (uint32_t n = 0; n < CSR_NUMBERS; n++) {
        report_add("csrrd", plv, n, probe_insn(plv, INSN_CSRRD(n), 0, 0, NULL));
    }
    report_add("csrrd", plv, CSR_LAST, probe_insn(plv, INSN_CSRRD(CSR_LAST), 0, 0, NULL));
    for (uint32_t n = 0; n < CSR_NUMBERS; n++) {
        uint64_t old = 0;
        if (csr_is_vital(n)) {
            continue;
        }
        report_add("csrwr of ones", plv, n, probe_insn(plv, INSN_CSRWR(n), ~0UL, 0, &old));
        if (plv == 0) {
            rt_try(INSN_CSRWR(n), old, 0, 0, NULL);
        }
    }
    for (uint32_t n = 0; n < CSR_NUMBERS; n++) {
        if (!csr_is_vital(n)) {
            report_add("csrxchg of nothing", plv, n,
                       probe_insn(plv, INSN_CSRXCHG(n), ~0UL, 0, NULL));
        }
    }
    report_flush();
}

/* ---- IOCSR ---- */

struct span {
    uint64_t first;
    uint64_t last;
    uint64_t step;
};

static const struct span iocsr_reads[] = {
    {0x0, 0x30, 8},         {0x400, 0x440, 8},           {0x1000, 0x1070, 8},
    {0x1140, 0x1160, 8},    {0x1400, 0x14f8, 8},         {0x1600, 0x1700, 8},
    {0x1800, 0x1818, 8},    {0x1820, 0x1b18, 8},         {0x1c00, 0x1cf8, 8},
    {0x1d00, 0x2000, 0x40}, {0x40000000, 0x40000240, 8}, {0xfffffff8, 0xfffffff8, 8},
};

/* Nothing here may reach another zone or the machine's own controllers beyond what the zone owns.
 */
static const struct insn iocsr_writes[] = {
    {"iocsrwr.d beyond the EIOINTC's status", INSN_IOCSRWR_D, ~0UL, 0x1820},
    {"iocsrwr.d beyond the EIOINTC's status", INSN_IOCSRWR_D, ~0UL, 0x1b18},
    {"iocsrwr.w of the virtual EIOINTC", INSN_IOCSRWR_W, ~0UL, 0x40000004},
    {"iocsrwr.w of the virtual EIOINTC", INSN_IOCSRWR_W, ~0UL, 0x40000040},
    {"iocsrwr.w IPI_SEND to CPU 1", INSN_IOCSRWR_W, 0x80010000, 0x1040},
    {"iocsrwr.w IPI_SEND to CPU 1023", INSN_IOCSRWR_W, 0x83ff001f, 0x1040},
    {"iocsrwr.d MAIL_SEND to CPU 1", INSN_IOCSRWR_D, 0x1234567880010000, 0x1048},
    {"iocsrwr.d MAIL_SEND to CPU 1023", INSN_IOCSRWR_D, 0x1234567883ff0000, 0x1048},
    {"iocsrwr.d ANY_SEND of CPU 1's IPI_SET", INSN_IOCSRWR_D, 0x0000000180011008, 0x1158},
    {"iocsrwr.d ANY_SEND of CPU 1023", INSN_IOCSRWR_D, 0xffffffff83ff1818, 0x1158},
    {"iocsrwr.d ANY_SEND beyond the EIOINTC", INSN_IOCSRWR_D, 0xffffffff80001a00, 0x1158},
    {"iocsrwr.d ANY_SEND of ANY_SEND", INSN_IOCSRWR_D, 0xffffffff80001158, 0x1158},
    {"iocsrwr.w EXT_IOI_send of vector 255", INSN_IOCSRWR_W, 0xff, 0x1140},
    {"iocsrwr.b of VERSION", INSN_IOCSRWR_B, 0xff, 0x0},
    {"iocsrwr.h of FEATURES", INSN_IOCSRWR_H, 0xffff, 0x8},
    {"iocsrwr.d nowhere", INSN_IOCSRWR_D, ~0UL, 0xfffffff8},
};

static void probe_iocsr_width(uint32_t plv, const char *name, uint32_t word) {
    for (uint32_t i = 0; i < RT_ARRAY_SIZE(iocsr_reads); i++) {
        const struct span *span = &iocsr_reads[i];

        for (uint64_t address = span->first; address <= span->last; address += span->step) {
            report_add(name, plv, address, probe_insn(plv, word, address, 0, NULL));
        }
    }
    report_flush();
}

static void probe_iocsr(uint32_t plv) {
    probe_iocsr_width(plv, "iocsrrd.b", INSN_IOCSRRD_B);
    probe_iocsr_width(plv, "iocsrrd.h", INSN_IOCSRRD_H);
    probe_iocsr_width(plv, "iocsrrd.w", INSN_IOCSRRD_W);
    probe_iocsr_width(plv, "iocsrrd.d", INSN_IOCSRRD_D);
    for (uint32_t i = 0; i < RT_ARRAY_SIZE(iocsr_writes); i++) {
        report_add(
            iocsr_writes[i].name, plv, iocsr_writes[i].a1,
            probe_insn(plv, iocsr_writes[i].word, iocsr_writes[i].a0, iocsr_writes[i].a1, NULL));
    }
    report_flush();
}

/* ---- memory ---- */

/* Every kind of access: plain ones that a hypervisor can decode, and others. a0 and a1 are both the
 * address. */
static const struct insn accesses[] = {
    {"ld.b", 0x28000084, 0, 0},     {"ld.hu", 0x2a400084, 0, 0},   {"ld.w", 0x28800084, 0, 0},
    {"ld.d", 0x28c00084, 0, 0},     {"ldptr.d", 0x26000084, 0, 0}, {"ldx.d", 0x380c0084, 0, 0},
    {"ldgt.d", 0x38798084, 0, 0},   {"ll.d", 0x22000084, 0, 0},    {"fld.d", 0x2b800080, 0, 0},
    {"vld", 0x2c000080, 0, 0},      {"xvld", 0x2c800080, 0, 0},    {"preld", 0x2ac00080, 0, 0},
    {"st.b", 0x290000a4, 0, 0},     {"st.h", 0x294000a4, 0, 0},    {"st.w", 0x298000a4, 0, 0},
    {"st.d", 0x29c000a4, 0, 0},     {"stptr.w", 0x250000a4, 0, 0}, {"stx.d", 0x381c00a4, 0, 0},
    {"amswap.d", 0x386098a4, 0, 0}, {"sc.d", 0x230000a4, 0, 0},    {"fst.d", 0x2bc000a0, 0, 0},
    {"vst", 0x2c4000a0, 0, 0},
};

static void probe_accesses(uint32_t plv) {
    const uint64_t places[] = {
        hypervisor,     hypervisor_end - 8, HOLE,      HOLE + 0x3ff8,      0x1e020000,
        0x20000000,     0x2ff00000,         NOWHERE,   0xf0000000,         0x8000000000,
        PCI_CONFIG,     PCI_CONFIG + 0x1f8, INFO_PAGE, INFO_PAGE + 0x1000, 0x7ffffffff000,
        0x800000000000, 0xfffffffff000,
    };

    for (uint32_t i = 0; i < RT_ARRAY_SIZE(accesses); i++) {
        for (uint32_t k = 0; k < RT_ARRAY_SIZE(places); k++) {
            uint64_t address = RT_UNCACHED_BASE | places[k];

            report_add(accesses[i].name, plv, places[k],
                       probe_insn(plv, accesses[i].word, address, address, NULL));
        }
    }
    report_flush();
}

static void probe_hypervisor_memory(uint32_t plv) {
    for (uint64_t pa = hypervisor; pa < hypervisor_end; pa += HYPERVISOR_STEP) {
        report_add("load from the hypervisor", plv, pa,
                   probe_insn(plv, INSN_LD_D, RT_CACHED_BASE | pa, 0, NULL));
    }
    for (uint64_t pa = hypervisor; pa < hypervisor_end; pa += HYPERVISOR_STEP) {
        report_add("store to the hypervisor", plv, pa,
                   probe_insn(plv, INSN_ST_D, ~0UL, RT_CACHED_BASE | pa, NULL));
    }
    report_flush();
}

/* Where a fetch would be from a device that is there it would run on its registers: only where
 * nothing is. */
static void probe_fetches(uint32_t plv) {
    const uint64_t middle = hypervisor + (hypervisor_end - hypervisor) / 2;
    const uint64_t targets[] = {hypervisor, middle,     HOLE,           0x20000000,    NOWHERE,
                                0xf0000000, PCI_CONFIG, 0x7ffffffff000, 0x800000000000};

    for (uint32_t i = 0; i < RT_ARRAY_SIZE(targets); i++) {
        const void *code = rt_cached(targets[i]);

        rt_trap_arm(rt_context_self());
        if (plv == 0) {
            rt_call(code, 0, 0, 0);
        } else {
            rt_call_user(code, 0, 0, 0);
        }
        report_add("fetch", plv, targets[i], last_outcome(rt_trap_disarm(rt_context_self())));
    }
    report_flush();
}

static void probe_all(uint32_t plv) {
    probe_insns(plv);
    probe_ertn(plv);
    probe_idle(plv);
    probe_cpucfg(plv);
    probe_csrs(plv);
    csr_write(CSR_EUEN, EUEN_FPE | EUEN_SXE | EUEN_ASXE);
    probe_iocsr(plv);
    probe_hypervisor_memory(plv);
    probe_accesses(plv);
    probe_fetches(plv);
}

void rt_main(void) {
    hypervisor = rt_param(RT_PARAM_HYPERVISOR, 0);
    hypervisor_end = rt_param(RT_PARAM_HYPERVISOR_END, 0);
    rt_printf("PROBE BEGIN\n");
    probe_all(0);
    probe_all(PLV_USER);
    rt_printf("PROBE DONE\n");
}
