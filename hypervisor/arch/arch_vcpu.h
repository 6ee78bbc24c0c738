/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What LoongArch64 adds to core's structures. */
#ifndef LV_ARCH_VCPU_H
#define LV_ARCH_VCPU_H

#include <core/types.h>
#include <loongvisor/hypercall.h>

#define GPR_COUNT 32
#define GPR_A0    4
#define GPR_A1    5
#define GPR_A2    6

struct arch_cpu {
    /*
     * The guest's registers while the hypervisor runs; gpr[0] stays 0. Those that C preserves are
     * here only if all_saved is set (exit.S).
     */
    uint64_t gpr[GPR_COUNT];
    uint64_t stack_top; /* of the hypervisor's stack on this CPU */
    bool all_saved;
    bool trapped;     /* in the hypervisor */
    ticks_t deadline; /* arch_deadline_set() */
    bool has_deadline;
};

/* CSRs without a hardware copy that keep the guest's writes: IMPCTL, MERR*, CTAG. */
#define SOFTWARE_CSRS 9

/* A guest timer that stands still in host mode (arch/timer.h). All 0: it will not fire. */
struct held_timer {
    uint64_t config;  /* TCFG */
    ticks_t deadline; /* when it is due, by the counter of the host */
    ticks_t released; /* when the guest last continued */
};

#define CPUCFG_LEAVES 21u

struct arch_vcpu {
    int32_t cpucfg[CPUCFG_LEAVES]; /* sign-extended into the register, as the instruction does */
    uint64_t software_csr[SOFTWARE_CSRS];
    uint64_t injected_lines; /* ESTAT bits of the HWI lines that reach the guest by injection */
    struct held_timer timer;
    const struct lv_region *last_region; /* of the zone: the target of the last exit */
    uint32_t next_record;
    struct lv_exit_record records[LV_EXIT_RECORDS]; /* a ring */
};

#define STAGE2_POOL_WORDS (LV_STAGE2_POOL_PAGES / 64u)

struct arch_stage2 {
    uint64_t *root;                    /* top table */
    uint64_t pages[STAGE2_POOL_WORDS]; /* of the common pool that the zone has, a bit each */
};

#endif
