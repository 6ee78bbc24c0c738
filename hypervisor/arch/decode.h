/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The instruction words that the hypervisor emulates (LVZ reference, section 8). Pure functions of
 * the word; tested on the host.
 */
#ifndef LV_ARCH_DECODE_H
#define LV_ARCH_DECODE_H

#include <stdbool.h>
#include <stdint.h>

enum sensitive_kind {
    SENSITIVE_UNKNOWN,
    SENSITIVE_CPUCFG,
    SENSITIVE_CSR,
    SENSITIVE_CACOP,
    SENSITIVE_IOCSR_READ,
    SENSITIVE_IOCSR_WRITE,
    SENSITIVE_IDLE,
};

/* Opcodes, named by how many low bits of the word are operands. */
#define OP10_CPUCFG      0x1bu
#define OP10_IOCSR_READ  0x19200u /* b; h, w, d follow */
#define OP10_IOCSR_WRITE 0x19204u
#define OP15_IDLE        0xc91u
#define OP22_CACOP       0x18u
#define OP24_CSR         0x04u

static inline bool decode_is_cpucfg(uint32_t word) {
    return word >> 10 == OP10_CPUCFG;
}

/* The kind of sensitive instruction in a GSPR exit's word. The most frequent first. */
static inline enum sensitive_kind decode_sensitive(uint32_t word) {
    if (word >> 24 == OP24_CSR) {
        return SENSITIVE_CSR;
    }
    if (decode_is_cpucfg(word)) {
        return SENSITIVE_CPUCFG;
    }
    if (word >> 12 == OP10_IOCSR_READ >> 2) {
        return SENSITIVE_IOCSR_READ;
    }
    if (word >> 12 == OP10_IOCSR_WRITE >> 2) {
        return SENSITIVE_IOCSR_WRITE;
    }
    if (word >> 15 == OP15_IDLE) {
        return SENSITIVE_IDLE;
    }
    if (word >> 22 == OP22_CACOP) {
        return SENSITIVE_CACOP;
    }
    return SENSITIVE_UNKNOWN;
}

/* The operation of a cacop is in bits [4:3] of its word. */
#define CACOP_HIT 2u

/* Whether the word, a cacop, acts on the line of an address, as user mode may. */
static inline bool decode_cacop_is_hit(uint32_t word) {
    return ((word >> 3) & 3) == CACOP_HIT;
}

/* A load or store of one general register. */
struct memory_insn {
    unsigned rd;
    unsigned size; /* bytes */
    bool is_write;
    bool is_unsigned;
};

static inline unsigned insn_rd(uint32_t word) {
    return word & 0x1f;
}

static inline unsigned insn_rj(uint32_t word) {
    return (word >> 5) & 0x1f;
}

static inline uint32_t insn_csr(uint32_t word) {
    return (word >> 10) & 0x3fff;
}

/* Bytes that the b, h, w or d form of iocsrrd and iocsrwr moves. */
static inline unsigned insn_iocsr_size(uint32_t word) {
    return 1u << ((word >> 10) & 3);
}

/* Opcodes (LVZ reference, section 8), named by how many low bits of the word are operands. */
#define OP22_LD    0xa0u /* ld.b; st.b is at +4, ld.bu at +8, each followed by its h, w, d forms */
#define OP15_LDX   0x7000u
#define OP24_LDPTR 0x24u /* ldptr.w, stptr.w, ldptr.d, stptr.d */

#define LDX_STEP_BITS 3u  /* ldx.b, .h, .w... are 8 apart, in the order of ld */
#define FORMS         11u /* there is no ld.du */
#define FORM_STORE    4u
#define FORM_UNSIGNED 8u

/* The form's number, counted from ld.b; FORMS or more if the word is no such form. */
static inline uint32_t decode_memory_form(uint32_t word) {
    uint32_t indexed = (word >> 15) - OP15_LDX;

    if ((word >> 22) - OP22_LD < FORMS) {
        return (word >> 22) - OP22_LD;
    }
    return indexed % (1u << LDX_STEP_BITS) == 0 ? indexed >> LDX_STEP_BITS : FORMS;
}

/* False if the word is no such load or store: then *insn is undefined. */
static inline bool decode_memory(uint32_t word, struct memory_insn *insn) {
    uint32_t form = decode_memory_form(word);
    uint32_t pointer = (word >> 24) - OP24_LDPTR;

    if (form < FORMS) {
        *insn = (struct memory_insn){.rd = insn_rd(word),
                                     .size = 1u << form % FORM_STORE,
                                     .is_write = (form & FORM_STORE) != 0,
                                     .is_unsigned = (form & FORM_UNSIGNED) != 0};
        return true;
    }
    if (pointer < FORM_STORE) {
        *insn = (struct memory_insn){
            .rd = insn_rd(word), .size = 4u << pointer / 2, .is_write = pointer % 2 != 0};
        return true;
    }
    return false;
}

#endif
