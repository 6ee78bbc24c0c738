/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state that a vCPU starts from: a machine's at power-on, or that of a captured CPU. Its IPI
 * block, EIOINTC and zone hold its interrupts and its stage 2.
 */
#ifndef LV_ARCH_STATE_H
#define LV_ARCH_STATE_H

#include <arch_vcpu.h>

/*
 * Guest CSRs, grouped by the feature that they come with (LVZ reference 1.5). Every CPU has the
 * first group. Left out: PGD, PRCFG1 to PRCFG3 (read-only), TICLR and LLBCTL (without state).
 */
/* clang-format off */
#define GUEST_CSRS(X) \
    X(PRMD) X(EUEN) X(MISC) X(ECFG) X(ERA) X(BADV) X(BADI) X(EENTRY) X(TLBIDX) X(TLBEHI) \
    X(TLBELO0) X(TLBELO1) X(ASID) X(PGDL) X(PGDH) X(PWCL) X(PWCH) X(STLBPS) X(RVACFG) X(CPUID) \
    X(TID) X(CNTC) X(ESTAT) X(TLBRENTRY) X(TLBRBADV) X(TLBRERA) X(TLBRSAVE) X(TLBRELO0) \
    X(TLBRELO1) X(TLBREHI) X(TLBRPRMD) X(DMW0) X(DMW1) X(DMW2) X(DMW3) X(CRMD)
/* clang-format on */

/* On CPUs with message interrupts. */
#define GUEST_CSRS_MSG(X) X(MSGIS0) X(MSGIS1) X(MSGIS2) X(MSGIS3) X(MSGIE)

/* A CPU has at least this many (PRCFG1), and at most both groups. */
#define GUEST_SAVES_ALWAYS  8u
#define GUEST_SAVES(X)      X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)
#define GUEST_SAVES_MORE(X) X(8) X(9) X(10) X(11) X(12) X(13) X(14)
#define GUEST_SAVES_MOST    15u

#define GUEST_CSR_INDEX(name) GUEST_##name,
enum guest_csr { GUEST_CSRS(GUEST_CSR_INDEX) GUEST_CSRS_MSG(GUEST_CSR_INDEX) GUEST_CSR_COUNT };

struct arch_state {
    uint64_t gpr[GPR_COUNT];
    uint64_t pc;
    uint64_t csr[GUEST_CSR_COUNT];
    uint64_t save[GUEST_SAVES_MOST];
    /* TVAL counts if TCFG is enabled; a one-shot timer that has fired is stored as disabled. */
    uint64_t tcfg, tval;
    ticks_t counter_offset; /* the guest's counter minus the host's */
    bool keeps_vectors;     /* FP and vector registers stay as they are on the CPU; else cleared */
};

#endif
