/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Instruction words that a zone makes the hypervisor carry out (LVZ reference, section 8). Pure
 * functions of the word; tested on the host.
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

/* What kind of sensitive instruction the word of a GSPR exit is. */
enum sensitive_kind decode_sensitive(uint32_t word);

/* A load or store of one general register. */
struct memory_insn {
    unsigned rd;
    unsigned size; /* bytes */
    bool is_write;
    bool is_unsigned;
};

/* False if the word is no such load or store: then nothing is said. */
bool decode_memory(uint32_t word, struct memory_insn *insn);

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

#endif
