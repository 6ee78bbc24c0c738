// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/csr.h>
#include <arch/gcsr.h>
#include <lib/bits.h>

/* Every CPU with LVZ has so many SAVE registers; PRCFG1 says how many there are. */
#define SAVE_ALWAYS 8u

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

/* The field can count no more than these and the eight before them. */
static void gcsr_reset_more_scratch(void) {
    gcsr_write(CSR_SAVE0 + 8, 0);
    gcsr_write(CSR_SAVE0 + 9, 0);
    gcsr_write(CSR_SAVE0 + 10, 0);
    gcsr_write(CSR_SAVE0 + 11, 0);
    gcsr_write(CSR_SAVE0 + 12, 0);
    gcsr_write(CSR_SAVE0 + 13, 0);
    gcsr_write(CSR_SAVE0 + 14, 0);
}

static void gcsr_reset_messages(void) {
    gcsr_write(CSR_MSGIS0, 0);
    gcsr_write(CSR_MSGIS1, 0);
    gcsr_write(CSR_MSGIS2, 0);
    gcsr_write(CSR_MSGIS3, 0);
    gcsr_write(CSR_MSGIE, 0);
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

void gcsr_reset(vcpu_id_t id) {
    gcsr_reset_traps();
    gcsr_reset_translation();
    gcsr_reset_refill();
    gcsr_reset_scratch();
    if ((csr_read(CSR_PRCFG1) & PRCFG1_SAVE_NUM) > SAVE_ALWAYS) {
        gcsr_reset_more_scratch();
    }
    if ((cpucfg_read(CPUCFG1) & CPUCFG1_MSG_INT) != 0) {
        gcsr_reset_messages();
    }
    gcsr_reset_timer(id);
    gcsr_write(CSR_CRMD, CRMD_DA);
}

const char *gcsr_unknown_state(void) {
    if ((cpucfg_read(CPUCFG1) & CPUCFG1_UNKNOWN) != 0) {
        return "CPUCFG.1 names features whose registers nothing clears between zones";
    }
    if ((cpucfg_read(CPUCFG2) & CPUCFG2_UNKNOWN) != 0) {
        return "CPUCFG.2 names features whose registers nothing clears between zones";
    }
    return NULL;
}
