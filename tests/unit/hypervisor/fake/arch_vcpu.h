/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the fake arch adds to core's structures; found before hypervisor/arch/arch_vcpu.h. */
#ifndef LV_FAKE_ARCH_VCPU_H
#define LV_FAKE_ARCH_VCPU_H

#include <core/types.h>
#include <loongvisor/zone_config.h>

#define GPR_COUNT     32
#define GPR_A0        4
#define GPR_A1        5
#define GPR_A2        6
#define SOFTWARE_CSRS 9
#define CPUCFG_LEAVES 21u

struct arch_cpu {
    uint64_t gpr[GPR_COUNT]; /* as on LoongArch64, for the exit handlers under test */
    bool all_saved;          /* likewise */
    bool prepared;
    unsigned asked;    /* how often it was asked to start */
    unsigned answered; /* how often it took its doorbell back */
    ticks_t deadline;  /* as on LoongArch64: arch/timer.c is under test here too */
    bool has_deadline;
    unsigned flushes; /* how often it forgot stage 2 */
};

struct held_timer {
    uint64_t config;
    ticks_t deadline;
    ticks_t released;
};

struct arch_vcpu {
    int32_t cpucfg[CPUCFG_LEAVES];
    uint64_t software_csr[SOFTWARE_CSRS];
    struct held_timer timer;             /* as on LoongArch64, for arch/timer.c */
    const struct lv_region *last_region; /* likewise, for arch/mmio.c */
    bool ipi_line;
    uint32_t lines;    /* of the EIOINTC in software, bit n: HWIn */
    unsigned software; /* how often SWI0 was raised */
    bool loaded;
    gpa_t entry;
    uint64_t args[3];
};

/* As on LoongArch64: arch/stage2.c is under test here too. */
#define STAGE2_POOL_WORDS (LV_STAGE2_POOL_PAGES / 64u)

struct arch_stage2 {
    uint64_t *root;
    uint64_t pages[STAGE2_POOL_WORDS];
};

#endif
