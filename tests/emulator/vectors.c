// SPDX-License-Identifier: GPL-2.0-or-later
#include "vectors.h"

#define VECTOR_WORDS 4u
#define VECTOR_COUNT 80u

#define REG_T0   12u
#define INSN_ORI 0x03800000u
#define INSN_B   0x50000000u

uint32_t vectors[VECTOR_COUNT * VECTOR_WORDS] __attribute__((aligned(0x1000)));

static uint32_t insn_csrwr_t0(uint32_t number) {
    return 0x04000020u | number << 10 | REG_T0;
}

static uint32_t insn_branch(const void *from, const void *to) {
    uint32_t words = (uint32_t)((uint64_t)((const char *)to - (const char *)from) >> 2);

    return INSN_B | (words & 0xffff) << 10 | (words >> 16 & 0x3ff);
}

/* The runtime's entry begins with csrwr t0, SAVE2: each vector does that itself. */
void vectors_make(void) {
    for (uint32_t n = 0; n < VECTOR_COUNT; n++) {
        uint32_t *slot = &vectors[(size_t)n * VECTOR_WORDS];

        slot[0] = insn_csrwr_t0(CSR_SAVE2);
        slot[1] = INSN_ORI | n << 10 | REG_T0;
        slot[2] = insn_csrwr_t0(CSR_SAVE4);
        slot[3] = insn_branch(&slot[3], rt_vector_general + sizeof(uint32_t));
    }
    __asm__ volatile("ibar 0" ::: "memory");
}
