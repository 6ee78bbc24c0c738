// SPDX-License-Identifier: GPL-2.0-or-later
/* LVZ reference, sections 1.1, 1.5 and 2: detection, the host's own CSRs, the guest bank. */
#include "tap.h"

#define CPUCFG2_LVZ       (1u << 10)
#define CPUCFG2_VER_SHIFT 11
#define CPUCFG2_VER_MASK  0x7u

static struct rt_vcpu vcpu;

static void csr_detection(void) {
    uint32_t word = cpucfg_read(2);

    tap_equal("1.1 CPUCFG.2 bit 10: LVZ", word & CPUCFG2_LVZ, CPUCFG2_LVZ);
    tap_equal("1.1 CPUCFG.2[13:11]: version 1", word >> CPUCFG2_VER_SHIFT & CPUCFG2_VER_MASK, 1);
}

static void csr_gstat(void) {
    uint64_t before = csr_read(CSR_GSTAT);
    uint64_t bits = before >> GSTAT_GIDBIT_SHIFT & GSTAT_GIDBIT_MASK;
    uint64_t gid_mask = ((1UL << bits) - 1) << GSTAT_GID_SHIFT & GSTAT_GID_MASK;

    tap_equal("2.3 GSTAT.VM is 0 in host mode", before & GSTAT_VM, 0);
    tap_range("2.3 GSTAT.GIDBIT names 1 to 8 bits", bits, 1, 8);
    csr_write(CSR_GSTAT, gid_mask | GSTAT_PVM);
    tap_equal("2.3 GSTAT.GID reads back", csr_read(CSR_GSTAT) & GSTAT_GID_MASK, gid_mask);
    tap_equal("2.3 GSTAT.PVM reads back", csr_read(CSR_GSTAT) & GSTAT_PVM, GSTAT_PVM);
    csr_write(CSR_GSTAT, ~gid_mask & ~GSTAT_GID_MASK & ~GSTAT_PVM);
    tap_equal("2.3 a write of ones to GSTAT.VM is ignored", csr_read(CSR_GSTAT) & GSTAT_VM, 0);
    tap_equal("2.3 a write of ones to GSTAT.GIDBIT is ignored",
              csr_read(CSR_GSTAT) >> GSTAT_GIDBIT_SHIFT & GSTAT_GIDBIT_MASK, bits);
    tap_equal("2.3 GSTAT.GID can be 0 again", csr_read(CSR_GSTAT) & GSTAT_GID_MASK, 0);
    csr_write(CSR_GSTAT, 0);
    tap_equal("2.3 a write of zeros to GSTAT.GIDBIT is ignored",
              csr_read(CSR_GSTAT) >> GSTAT_GIDBIT_SHIFT & GSTAT_GIDBIT_MASK, bits);
    tap_equal("2.3 GSTAT.PVM can be 0 again", csr_read(CSR_GSTAT) & GSTAT_PVM, 0);
}

/* A trap control without its capability bit must not read as if it worked. */
static void csr_gcfg_control(const char *name, uint64_t capability, uint64_t control) {
    csr_write(CSR_GCFG, control);
    uint64_t value = csr_read(CSR_GCFG);

    tap_equal2("2.4 GCFG control reads back if, and only if, it is advertised: ", name,
               (value & control) != 0, (value & capability) != 0);
    csr_write(CSR_GCFG, 0);
}

/* A field of modes takes those, and only those, whose capability bit is 1. */
static void csr_gcfg_modes(const char *name, uint64_t modes, uint32_t shift, uint32_t count) {
    for (uint64_t mode = 0; mode < count; mode++) {
        csr_write(CSR_GCFG, mode << shift);
        tap_true(name, (csr_read(CSR_GCFG) >> shift & 0x3) == mode || (modes >> mode & 1) == 0);
    }
    csr_write(CSR_GCFG, 0);
}

static void csr_gcfg(void) {
    uint64_t caps = csr_read(CSR_GCFG) & GCFG_CAPABILITIES;

    tap_equal("2.4 GCFG.MATP bit 1: stage 2 gives the memory type", caps >> 1 & 1, 1);
    tap_equal("2.4 GCFG.GCIP bit 2: secure cacop policy", caps >> (GCFG_GCIP_SHIFT + 2) & 1, 1);
    csr_write(CSR_GCFG, ~GCFG_CAPABILITIES & 0x7ffffff);
    tap_equal("2.4 GCFG capabilities ignore zeros", csr_read(CSR_GCFG) & GCFG_CAPABILITIES, caps);
    csr_write(CSR_GCFG, ~0UL);
    tap_equal("2.4 GCFG capabilities ignore ones", csr_read(CSR_GCFG) & GCFG_CAPABILITIES, caps);
    csr_write(CSR_GCFG, 0);
    csr_gcfg_control("SIT", GCFG_SITP, GCFG_SIT);
    csr_gcfg_control("TIT", GCFG_TITP, GCFG_TIT);
    csr_gcfg_control("TOE", GCFG_TOEP, GCFG_TOE);
    csr_gcfg_control("TOP", GCFG_TOPP, GCFG_TOP);
    csr_gcfg_control("TORU", GCFG_TORUP, GCFG_TORU);
    csr_gcfg_control("GPERF", GCFG_GPMP, GCFG_GPERF_MASK);
    csr_gcfg_modes("2.4 GCFG.MATC reads back if MATP has the mode", caps & GCFG_MATP_MASK,
                   GCFG_MATC_SHIFT, 3);
    csr_gcfg_modes("2.4 GCFG.GCI reads back if GCIP has the mode", caps >> GCFG_GCIP_SHIFT & 0xf,
                   GCFG_GCI_SHIFT, 3);
    csr_write(CSR_GCFG, 2UL << GCFG_GCI_SHIFT | 1UL << GCFG_MATC_SHIFT);
    tap_equal("2.4 GCFG.GCI = 2 reads back", csr_read(CSR_GCFG) & GCFG_GCI_MASK,
              2UL << GCFG_GCI_SHIFT);
    tap_equal("2.4 GCFG.MATC = 1 reads back", csr_read(CSR_GCFG) & GCFG_MATC_MASK,
              1UL << GCFG_MATC_SHIFT);
    csr_write(CSR_GCFG, 0);
    tap_equal("2.4 GCFG.GCI = 0 reads back", csr_read(CSR_GCFG) & GCFG_GCI_MASK, 0);
}

static void csr_gintc(void) {
    csr_write(CSR_GINTC, 0xa5);
    tap_equal("2.5 GINTC.VIP reads back", csr_read(CSR_GINTC) & 0xff, 0xa5);
    tap_equal("2.5 csrxchg changes the masked bits of VIP only, returns the old value",
              csr_xchg(CSR_GINTC, 0x12, 0x33) & 0xff, 0xa5);
    tap_equal("2.5 VIP after csrxchg", csr_read(CSR_GINTC) & 0xff, 0x96);
    csr_write(CSR_GINTC, 0x5a00);
    tap_equal("2.5 GINTC.HWIP reads back", csr_read(CSR_GINTC) >> GINTC_HWIP_SHIFT & 0xff, 0x5a);
    csr_write(CSR_GINTC, 0x3c0000);
    tap_equal("2.5 GINTC.HWIC reads back", csr_read(CSR_GINTC) >> GINTC_HWIC_SHIFT & 0xff, 0x3c);
    tap_equal("2.5 a write of GINTC replaces VIP", csr_read(CSR_GINTC) & 0xff, 0);
    csr_write(CSR_GINTC, 0);
}

static void csr_gtlbc(void) {
    csr_write(CSR_GTLBC, GTLBC_USETGID | 0x5aUL << GTLBC_TGID_SHIFT);
    tap_equal("2.1 GTLBC.TGID reads back", csr_read(CSR_GTLBC) & GTLBC_TGID_MASK,
              0x5aUL << GTLBC_TGID_SHIFT);
    tap_equal("2.1 GTLBC.USETGID reads back", csr_read(CSR_GTLBC) & GTLBC_USETGID, GTLBC_USETGID);
    csr_write(CSR_GTLBC, GTLBC_TOTI);
    tap_equal("2.1 GTLBC.TOTI reads back", csr_read(CSR_GTLBC) & GTLBC_TOTI, GTLBC_TOTI);
    csr_write(CSR_GTLBC, GTLBC_GMTLBSZ_MASK);
    tap_equal("2.1 GTLBC.GMTLBSZ reads back" UNKNOWN, csr_read(CSR_GTLBC) & GTLBC_GMTLBSZ_MASK,
              GTLBC_GMTLBSZ_MASK);
    csr_write(CSR_GTLBC, GTLBC_USEVMID);
    tap_equal("2.1 GTLBC.USEVMID is 0: no VMIDs on this core" UNKNOWN,
              csr_read(CSR_GTLBC) & GTLBC_USEVMID, 0);
    csr_write(CSR_GTLBC, 0);
    tap_equal("2.1 GTLBC can be cleared",
              csr_read(CSR_GTLBC) & (GTLBC_TOTI | GTLBC_USETGID | GTLBC_TGID_MASK), 0);
}

/* Before anything was written. */
static void csr_reset(void) {
    tap_equal("2 GTLBC after reset" UNKNOWN, csr_read(CSR_GTLBC), 0);
    tap_equal("2 TRGP after reset" UNKNOWN, csr_read(CSR_TRGP), 0);
    tap_equal("2 GSTAT after reset, but for GIDBIT" UNKNOWN,
              csr_read(CSR_GSTAT) & ~(GSTAT_GIDBIT_MASK << GSTAT_GIDBIT_SHIFT), 0);
    tap_equal("2 GCFG after reset, but for capabilities" UNKNOWN,
              csr_read(CSR_GCFG) & ~GCFG_CAPABILITIES, 0);
    tap_equal("2 GINTC after reset" UNKNOWN, csr_read(CSR_GINTC), 0);
    tap_equal("2 GCNTC after reset" UNKNOWN, csr_read(CSR_GCNTC), 0);
    tap_equal("1.7 GCSR.CRMD after reset" UNKNOWN, gcsr_read(CSR_CRMD), CRMD_DA);
    tap_equal("1.7 GCSR.TCFG after reset" UNKNOWN, gcsr_read(CSR_TCFG), 0);
    tap_equal("1.7 GCSR.ECFG after reset" UNKNOWN, gcsr_read(CSR_ECFG), 0);
    tap_equal("1.7 GCSR.ESTAT after reset" UNKNOWN, gcsr_read(CSR_ESTAT), 0);
}

/* What belongs to machine errors (2.7). No error comes: the registers are only kept. */
static void csr_merr(void) {
    static const struct {
        const char *name;
        uint32_t number;
        uint64_t value;
    } rows[] = {{"MERRCTL.PGM", CSR_MERRCTL, MERRCTL_PGM},
                {"MERRENTRY", CSR_MERRENTRY, 0x123456789000},
                {"MERRERA", CSR_MERRERA, 0x9000123456789abc},
                {"MERRSAVE", CSR_MERRSAVE, 0xfedcba9876543210}};

    for (uint32_t i = 0; i < RT_ARRAY_SIZE(rows); i++) {
        uint64_t before = rt_exec(INSN_CSRRD(rows[i].number), 0, 0, 0);

        rt_exec(INSN_CSRWR(rows[i].number), rows[i].value, 0, 0);
        tap_equal2("2.7 reads back: ", rows[i].name,
                   rt_exec(INSN_CSRWR(rows[i].number), before, 0, 0), rows[i].value);
    }
}

static void csr_gcntc(void) {
    csr_write(CSR_GCNTC, 0x8123456789abcdef);
    tap_equal("2.6 GCNTC keeps 64 bits", csr_read(CSR_GCNTC), 0x8123456789abcdef);
    tap_equal("2.6 csrwr GCNTC returns the old value", csr_write(CSR_GCNTC, 0), 0x8123456789abcdef);
}

/* TRGP tells of the entry that TLBRD fetched. */
static void csr_trgp_entry(const char *name, uint64_t gid, uint64_t va) {
    csr_write(CSR_GTLBC, gid == 0 ? 0 : GTLBC_USETGID | gid << GTLBC_TGID_SHIFT);
    rt_tlb_fill(va, 12, TLBELO_V | TLBELO_D | TLBELO_CC, TLBELO_V | TLBELO_CC);
    rt_tlb_search(va);
    __asm__ volatile("tlbrd" ::: "memory");
    tap_equal2("2.2 TRGP after tlbrd of ", name, csr_read(CSR_TRGP) & 0xff0001,
               gid == 0 ? 0 : gid << GTLBC_TGID_SHIFT | 1);
    csr_write(CSR_GTLBC, 0);
}

static void csr_trgp(void) {
    csr_trgp_entry("a guest's entry", 3, 0x77770000);
    csr_trgp_entry("a root entry", 0, 0x77780000);
    invtlb(0, 0UL, 0UL);
}

enum bank_flags {
    BANK_LIVE = 1,     /* the guest can't run with another value: read only what is there */
    BANK_GUEST_RO = 2, /* the guest's own writes are ignored */
    BANK_HOST_RO = 4,  /* a hardware copy: the host's gcsrwr has no effect either */
};

struct bank_row {
    const char *name;
    uint32_t number;
    uint32_t flags;
    uint64_t value1;
    uint64_t value2;
    uint64_t mask; /* bits that are looked at */
};

#define ESTAT_TESTED (0x7fff0000UL | 1UL << IRQ_IPI | 1UL << IRQ_TIMER | 1UL << IRQ_PMI | 3UL)
#define DMW_FIELDS   0xf00000000000003fUL
#define ELO_FIELDS   (0xe000000000000000UL | 0xfffffffff000UL | 0x7fUL)

static const struct bank_row bank[] = {
    {"CRMD", CSR_CRMD, BANK_LIVE, 0x137, 0xb0, 0x1ff},
    {"PRMD", CSR_PRMD, 0, 0x7, 0x3, 0x7},
    {"EUEN", CSR_EUEN, 0, 0x7, 0x2, 0x7},
    {"MISC", CSR_MISC, 0, 0x80, 0, 0x80},
    {"ECFG", CSR_ECFG, 0, 0x71fff, 0x20804, 0x71fff},
    {"ESTAT", CSR_ESTAT, BANK_GUEST_RO, 0x2a951c02, 0x15400801, ESTAT_TESTED},
    {"ERA", CSR_ERA, 0, 0x9000123456789abc, 0x1200, ~0UL},
    {"BADV", CSR_BADV, 0, 0xfedcba9876543210, 0x1357, ~0UL},
    {"BADI", CSR_BADI, BANK_GUEST_RO, 0x12345678, 0x87654321, 0xffffffff},
    {"EENTRY", CSR_EENTRY, 0, 0x9000000012345000, 0x9000000000abc000, ~0xfffUL},
    {"TLBIDX", CSR_TLBIDX, 0, 0x8e000005, 0x0c00000a, 0xbf00000f},
    {"TLBEHI", CSR_TLBEHI, 0, 0x123456788000, 0x000876542000, 0xffffffffe000},
    {"TLBELO0", CSR_TLBELO0, 0, 0xe00012345678907f, 0x1003, ELO_FIELDS},
    {"TLBELO1", CSR_TLBELO1, 0, 0x600023456789005f, 0x2003, ELO_FIELDS},
    {"ASID", CSR_ASID, 0, 0x155, 0x2aa, 0x3ff},
    {"PGDL", CSR_PGDL, 0, 0x123456789000, 0x1000, 0xfffffffff000},
    {"PGDH", CSR_PGDH, 0, 0x987654321000, 0x2000, 0xfffffffff000},
    {"PWCL", CSR_PWCL, 0, 0x12345678, 0x0005e56e, 0xffffffff},
    {"PWCH", CSR_PWCH, 0, 0x123456, 0x0002e4, 0xffffff},
    {"STLBPS", CSR_STLBPS, 0, 14, 12, 0x3f},
    {"RVACFG", CSR_RVACFG, 0, 5, 8, 0xf},
    {"CPUID", CSR_CPUID, BANK_GUEST_RO, 5, 3, 0x1ff},
    {"PRCFG1", CSR_PRCFG1, BANK_GUEST_RO | BANK_HOST_RO, ~0UL, 0, 0xffffffff},
    {"PRCFG2", CSR_PRCFG2, BANK_GUEST_RO | BANK_HOST_RO, ~0UL, 0, 0xffffffff},
    {"PRCFG3", CSR_PRCFG3, BANK_GUEST_RO | BANK_HOST_RO, ~0UL, 0, 0xffffffff},
    {"SAVE0", CSR_SAVE0, 0, 0x0123456789abcdef, 0xf0, ~0UL},
    {"SAVE1", CSR_SAVE1, 0, 0x1123456789abcdef, 0xf1, ~0UL},
    {"SAVE2", CSR_SAVE2, 0, 0x2123456789abcdef, 0xf2, ~0UL},
    {"SAVE3", CSR_SAVE3, 0, 0x3123456789abcdef, 0xf3, ~0UL},
    {"SAVE4", CSR_SAVE4, 0, 0x4123456789abcdef, 0xf4, ~0UL},
    {"SAVE5", CSR_SAVE5, 0, 0x5123456789abcdef, 0xf5, ~0UL},
    {"SAVE6", CSR_SAVE6, 0, 0x6123456789abcdef, 0xf6, ~0UL},
    {"SAVE7", CSR_SAVE7, 0, 0x7123456789abcdef, 0xf7, ~0UL},
    {"TID", CSR_TID, 0, 0x12345678, 0x87654321, 0xffffffff},
    {"TCFG", CSR_TCFG, 0, 0x123456789abe, 0x1000, 0xfffffffffffe},
    {"CNTC", CSR_CNTC, 0, 0x89abcdef01234567, 0x10, ~0UL},
    {"LLBCTL", CSR_LLBCTL, 0, LLBCTL_KLO, 0, LLBCTL_KLO},
    {"TLBRENTRY", CSR_TLBRENTRY, 0, 0x123456789000, 0x1000, 0xfffffffff000},
    {"TLBRBADV", CSR_TLBRBADV, 0, 0xfedcba9876543210, 0x1357, ~0UL},
    {"TLBRERA", CSR_TLBRERA, 0, 0x9000123456789abc, 0x1200, ~0x3UL},
    {"TLBRSAVE", CSR_TLBRSAVE, 0, 0xfedcba9876543210, 0x1357, ~0UL},
    {"TLBRELO0", CSR_TLBRELO0, 0, 0xe00012345678907f, 0x1003, ELO_FIELDS},
    {"TLBRELO1", CSR_TLBRELO1, 0, 0x600023456789005f, 0x2003, ELO_FIELDS},
    {"TLBREHI", CSR_TLBREHI, 0, 0x12345678800e, 0x00087654200c, 0xffffffffe03f},
    {"TLBRPRMD", CSR_TLBRPRMD, 0, 0x7, 0x3, 0x7},
    {"DMW0", CSR_DMW0, BANK_LIVE, 0x7000000000000029, RT_DMW_CACHED, DMW_FIELDS},
    {"DMW1", CSR_DMW1, 0, 0x5000000000000011, 0x6000000000000008, DMW_FIELDS},
    {"DMW2", CSR_DMW2, 0, 0x4000000000000019, 0x3000000000000001, DMW_FIELDS},
    {"DMW3", CSR_DMW3, 0, 0x1000000000000009, 0x2000000000000021, DMW_FIELDS},
};

static uint64_t bank_get(const struct bank_row *row) {
    return rt_exec(INSN_GCSRRD(row->number), 0, 0, 0) & row->mask;
}

static void bank_put(const struct bank_row *row, uint64_t value) {
    rt_exec(INSN_GCSRWR(row->number), value, 0, 0);
}

static void bank_check_host(const struct bank_row *row) {
    uint64_t host = rt_exec(INSN_CSRRD(row->number), 0, 0, 0);
    uint64_t value1 = row->value1 & row->mask;
    uint64_t value2 = row->value2 & row->mask;

    bank_put(row, row->value1);
    tap_equal2("1.5 gcsrwr then gcsrrd ", row->name, bank_get(row), value1);
    tap_equal2("1.5 gcsrwr returns the old ", row->name,
               rt_exec(INSN_GCSRWR(row->number), row->value2, 0, 0) & row->mask, value1);
    tap_equal2("1.5 gcsrxchg returns the old ", row->name,
               rt_exec(INSN_GCSRXCHG(row->number), row->value1, row->mask & 0xff00ff00ff0f0f33, 0) &
                   row->mask,
               value2);
    tap_equal2("1.5 gcsrxchg changes the masked bits of ", row->name, bank_get(row),
               (value1 & 0xff00ff00ff0f0f33) | (value2 & ~0xff00ff00ff0f0f33UL));
    tap_equal2("1.5 the host's own register is another one: ", row->name,
               rt_exec(INSN_CSRRD(row->number), 0, 0, 0), host);
}

/* Runs one csr instruction in the guest; returns a0, and in *quiet whether neither exit nor
 * exception happened. */
static uint64_t bank_guest(uint32_t word, uint64_t a0, bool *quiet) {
    enum rt_stop stop = rt_vcpu_exec(&vcpu, 0, word, a0, 0, 0);

    *quiet = stop == RT_STOP_DONE && vcpu.exits == 0 && vcpu.context->traps == 0;
    return vcpu.regs[4];
}

static void bank_check_guest(const struct bank_row *row) {
    bool quiet;

    rt_vcpu_reset(&vcpu, 1);
    if ((row->flags & BANK_LIVE) == 0) {
        bank_put(row, row->value1);
    }
    uint64_t set = bank_get(row);
    uint64_t seen = bank_guest(INSN_CSRRD(row->number), 0, &quiet) & row->mask;

    tap_equal2("1.5 the guest reads what the host wrote: ", row->name, seen, set);
    tap_equal2("3.2 guest csrrd without exit: ", row->name, quiet, true);
    seen = bank_guest(INSN_CSRWR(row->number), row->value2, &quiet) & row->mask;
    tap_equal2("1.5 guest csrwr returns the old ", row->name, seen, set);
    tap_equal2("3.2 guest csrwr without exit: ", row->name, quiet, true);
    if ((row->flags & BANK_GUEST_RO) == 0) {
        tap_equal2("1.5 the host reads what the guest wrote: ", row->name, bank_get(row),
                   row->value2 & row->mask);
    }
}

static void bank_check_readonly(const struct bank_row *row) {
    bool quiet;
    uint64_t before;

    rt_vcpu_reset(&vcpu, 1);
    if ((row->flags & BANK_HOST_RO) != 0) {
        before = rt_exec(INSN_CSRRD(row->number), 0, 0, 0) & row->mask;
        tap_equal2("1.5 the hardware copy is the host's: ", row->name, bank_get(row), before);
        bank_put(row, row->value2);
        tap_equal2("1.5 gcsrwr doesn't change ", row->name, bank_get(row), before);
    } else {
        bank_put(row, row->value1);
        before = bank_get(row);
    }
    if (row->number != CSR_ESTAT && row->number != CSR_BADI) {
        bank_guest(INSN_CSRWR(row->number), row->value2, &quiet);
        tap_equal2("3.2 the guest's write is ignored: ", row->name, bank_get(row), before);
    }
}

static void csr_bank(void) {
    for (uint32_t i = 0; i < RT_ARRAY_SIZE(bank); i++) {
        rt_vcpu_reset(&vcpu, 1);
        if ((bank[i].flags & BANK_HOST_RO) == 0) {
            bank_check_host(&bank[i]);
            bank_check_guest(&bank[i]);
        }
        if ((bank[i].flags & BANK_GUEST_RO) != 0) {
            bank_check_readonly(&bank[i]);
        }
    }
    rt_vcpu_reset(&vcpu, 1);
}

static void csr_bank_special(void) {
    bool quiet;

    gcsr_write(CSR_ASID, 0xff03ff);
    tap_equal("1.5 GCSR.ASID.ASIDBITS is the host's", gcsr_read(CSR_ASID) >> 16 & 0xff,
              csr_read(CSR_ASID) >> 16 & 0xff);
    gcsr_write(CSR_PGDL, 0x111000);
    gcsr_write(CSR_PGDH, 0x222000);
    gcsr_write(CSR_BADV, 0x1000);
    tap_equal("1.5 guest PGD is its PGDL for a low BADV",
              bank_guest(INSN_CSRRD(CSR_PGD), 0, &quiet), 0x111000);
    gcsr_write(CSR_BADV, 0xffff800000000000);
    tap_equal("1.5 guest PGD is its PGDH for a high BADV",
              bank_guest(INSN_CSRRD(CSR_PGD), 0, &quiet), 0x222000);
    tap_true("1.5 guest PGD without exit", quiet);
    gcsr_write(CSR_ESTAT, 0);
    bank_guest(INSN_CSRWR(CSR_ESTAT), 0x7fff1fff, &quiet);
    tap_equal("M the guest writes SWI0 and SWI1 of ESTAT only", gcsr_read(CSR_ESTAT) & ESTAT_TESTED,
              3);
    gcsr_write(CSR_ESTAT, 0);
}

/* PLV3 code in host mode can't touch any of it (section 2, first paragraph). */
static void csr_privilege(void) {
    static const struct {
        const char *name;
        uint32_t number;
    } rows[] = {{"GTLBC", CSR_GTLBC}, {"TRGP", CSR_TRGP},   {"GSTAT", CSR_GSTAT},
                {"GCFG", CSR_GCFG},   {"GINTC", CSR_GINTC}, {"GCNTC", CSR_GCNTC}};

    for (uint32_t i = 0; i < RT_ARRAY_SIZE(rows); i++) {
        rt_try_user(INSN_CSRRD(rows[i].number), 0, 0, 0, NULL);
        tap_equal2("2 IPE at host PLV3: ", rows[i].name, rt_context_self()->trap.ecode, ECODE_IPE);
        rt_vcpu_reset(&vcpu, 1);
        rt_vcpu_exec(&vcpu, 0, INSN_CSRRD(rows[i].number), 0, 0, 0);
        tap_equal2("2 GSPR in guest mode: ", rows[i].name, rt_exit_ecode(&vcpu.log[0]), ECODE_GSPR);
    }
}

void rt_main(void) {
    csr_reset();
    csr_detection();
    csr_gstat();
    csr_gcfg();
    csr_gintc();
    csr_gtlbc();
    csr_gcntc();
    csr_trgp();
    csr_merr();
    csr_bank();
    csr_bank_special();
    csr_privilege();
    tap_done();
}
