// SPDX-License-Identifier: GPL-2.0-or-later
/* LVZ reference, sections 1.1, 2.7 and 3: a CPU without the extension knows nothing of it. */
#include "tap.h"

#define CPUCFG2_LVZ_FIELDS 0x3c00u /* LVZ and its version */

static void nolvz_instructions(void) {
    static const struct {
        const char *name;
        uint32_t word;
    } rows[] = {{"gcsrrd", INSN_GCSRRD(CSR_SAVE5)},
                {"gcsrwr", INSN_GCSRWR(CSR_SAVE5)},
                {"gcsrxchg", INSN_GCSRXCHG(CSR_SAVE5)},
                {"gtlbclr", INSN_GTLBCLR},
                {"gtlbflush", INSN_GTLBFLUSH},
                {"gtlbsrch", INSN_GTLBSRCH},
                {"gtlbrd", INSN_GTLBRD},
                {"gtlbwr", INSN_GTLBWR},
                {"gtlbfill", INSN_GTLBFILL},
                {"hvcl", INSN_HVCL(1)},
                {"invtlb 0x9", INSN_INVTLB(0x9)},
                {"invtlb 0x12", INSN_INVTLB(0x12)},
                {"invtlb 0x16", INSN_INVTLB(0x16)}};

    for (uint32_t i = 0; i < RT_ARRAY_SIZE(rows); i++) {
        uint32_t traps;

        rt_try(rows[i].word, 0, 0, 0, &traps);
        tap_equal2("3 INE without LVZ: ", rows[i].name,
                   traps == 1 ? rt_context_self()->trap.ecode : 99, ECODE_INE);
    }
}

static void nolvz_registers(void) {
    static const struct {
        const char *name;
        uint32_t number;
    } rows[] = {{"GTLBC", CSR_GTLBC}, {"TRGP", CSR_TRGP},   {"GSTAT", CSR_GSTAT},
                {"GCFG", CSR_GCFG},   {"GINTC", CSR_GINTC}, {"GCNTC", CSR_GCNTC}};

    for (uint32_t i = 0; i < RT_ARRAY_SIZE(rows); i++) {
        rt_try(INSN_CSRWR(rows[i].number), ~0UL, 0, 0, NULL);
        tap_equal2("M an unimplemented CSR reads 0 and drops writes: ", rows[i].name,
                   rt_try(INSN_CSRRD(rows[i].number), 0x55, 0, 0, NULL), 0);
    }
    csr_write(CSR_TLBRPRMD, TLBRPRMD_PGM);
    tap_equal("2.7 TLBRPRMD.PGM is constant 0 without LVZ", csr_read(CSR_TLBRPRMD) & TLBRPRMD_PGM,
              0);
    csr_write(CSR_TLBRPRMD, 0);
}

void rt_main(void) {
    tap_equal("1.1 lvz=off: CPUCFG.2[13:10] is 0", cpucfg_read(2) & CPUCFG2_LVZ_FIELDS, 0);
    nolvz_instructions();
    nolvz_registers();
    tap_done();
}
