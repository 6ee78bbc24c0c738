/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the fake arch adds to core's structures; found before hypervisor/arch/arch_vcpu.h. */
#ifndef LV_FAKE_ARCH_VCPU_H
#define LV_FAKE_ARCH_VCPU_H

#include <core/types.h>

struct arch_cpu {
    bool prepared;
    unsigned asked;    /* how often it was asked to start */
    unsigned answered; /* how often it took its doorbell back */
};

struct arch_vcpu {
    bool ipi_line;
    bool loaded;
    gpa_t entry;
    uint64_t args[3];
};

/* As on LoongArch64: arch/stage2.c is under test here too. */
struct arch_stage2 {
    uint64_t *root;
};

#endif
