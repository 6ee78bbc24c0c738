// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/decode.h>
#include <lib/bits.h>

/* Opcodes, named by how many low bits of the word are operands. */
#define OP10_CPUCFG       0x1bu
#define OP10_IOCSR_READ   0x19200u /* b; h, w, d follow */
#define OP10_IOCSR_WRITE  0x19204u
#define OP15_IDLE         0xc91u
#define OP22_CACOP        0x18u
#define OP24_CSR          0x04u
#define IOCSR_WIDTHS_MASK 3u

enum sensitive_kind decode_sensitive(uint32_t word) {
    uint32_t op10 = word >> 10;

    if (op10 == OP10_CPUCFG) {
        return SENSITIVE_CPUCFG;
    }
    if ((op10 & ~IOCSR_WIDTHS_MASK) == OP10_IOCSR_READ) {
        return SENSITIVE_IOCSR_READ;
    }
    if ((op10 & ~IOCSR_WIDTHS_MASK) == OP10_IOCSR_WRITE) {
        return SENSITIVE_IOCSR_WRITE;
    }
    if (word >> 15 == OP15_IDLE) {
        return SENSITIVE_IDLE;
    }
    if (word >> 22 == OP22_CACOP) {
        return SENSITIVE_CACOP;
    }
    return word >> 24 == OP24_CSR ? SENSITIVE_CSR : SENSITIVE_UNKNOWN;
}

struct memory_opcode {
    uint32_t opcode;
    uint8_t shift; /* operand bits below the opcode */
    uint8_t size;
    bool is_write;
    bool is_unsigned;
};

static const struct memory_opcode memory_opcodes[] = {
    {0xa0, 22, 1, false, false},   /* ld.b */
    {0xa1, 22, 2, false, false},   /* ld.h */
    {0xa2, 22, 4, false, false},   /* ld.w */
    {0xa3, 22, 8, false, false},   /* ld.d */
    {0xa4, 22, 1, true, false},    /* st.b */
    {0xa5, 22, 2, true, false},    /* st.h */
    {0xa6, 22, 4, true, false},    /* st.w */
    {0xa7, 22, 8, true, false},    /* st.d */
    {0xa8, 22, 1, false, true},    /* ld.bu */
    {0xa9, 22, 2, false, true},    /* ld.hu */
    {0xaa, 22, 4, false, true},    /* ld.wu */
    {0x24, 24, 4, false, false},   /* ldptr.w */
    {0x25, 24, 4, true, false},    /* stptr.w */
    {0x26, 24, 8, false, false},   /* ldptr.d */
    {0x27, 24, 8, true, false},    /* stptr.d */
    {0x7000, 15, 1, false, false}, /* ldx.b */
    {0x7008, 15, 2, false, false}, /* ldx.h */
    {0x7010, 15, 4, false, false}, /* ldx.w */
    {0x7018, 15, 8, false, false}, /* ldx.d */
    {0x7020, 15, 1, true, false},  /* stx.b */
    {0x7028, 15, 2, true, false},  /* stx.h */
    {0x7030, 15, 4, true, false},  /* stx.w */
    {0x7038, 15, 8, true, false},  /* stx.d */
    {0x7040, 15, 1, false, true},  /* ldx.bu */
    {0x7048, 15, 2, false, true},  /* ldx.hu */
    {0x7050, 15, 4, false, true},  /* ldx.wu */
};

bool decode_memory(uint32_t word, struct memory_insn *insn) {
    for (unsigned i = 0; i < ARRAY_SIZE(memory_opcodes); i++) {
        const struct memory_opcode *known = &memory_opcodes[i];
        if (word >> known->shift == known->opcode) {
            *insn = (struct memory_insn){.rd = insn_rd(word),
                                         .size = known->size,
                                         .is_write = known->is_write,
                                         .is_unsigned = known->is_unsigned};
            return true;
        }
    }
    return false;
}
