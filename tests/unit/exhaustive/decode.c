// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * arch/decode.h over every word there is: all 2^32 against tables of the instructions' encodings
 * (LoongArch manual vol. 1, appendix B; LVZ reference, section 8) that share nothing with it.
 */
#include <arch/decode.h>
#include <inttypes.h>
#include <lib/bits.h>
#include <stddef.h>
#include <stdio.h>

#define TOP_BYTE      0xff000000u
#define WORDS_PER_TOP 0x1000000u

struct memory_encoding {
    uint32_t mask;
    uint32_t match;
    unsigned size;
    bool is_write;
    bool is_unsigned;
};

static const struct memory_encoding memory_encodings[] = {
    {0xffc00000, 0x28000000, 1, false, false}, /* ld.b */
    {0xffc00000, 0x28400000, 2, false, false}, /* ld.h */
    {0xffc00000, 0x28800000, 4, false, false}, /* ld.w */
    {0xffc00000, 0x28c00000, 8, false, false}, /* ld.d */
    {0xffc00000, 0x29000000, 1, true, false},  /* st.b */
    {0xffc00000, 0x29400000, 2, true, false},  /* st.h */
    {0xffc00000, 0x29800000, 4, true, false},  /* st.w */
    {0xffc00000, 0x29c00000, 8, true, false},  /* st.d */
    {0xffc00000, 0x2a000000, 1, false, true},  /* ld.bu */
    {0xffc00000, 0x2a400000, 2, false, true},  /* ld.hu */
    {0xffc00000, 0x2a800000, 4, false, true},  /* ld.wu */
    {0xff000000, 0x24000000, 4, false, false}, /* ldptr.w */
    {0xff000000, 0x25000000, 4, true, false},  /* stptr.w */
    {0xff000000, 0x26000000, 8, false, false}, /* ldptr.d */
    {0xff000000, 0x27000000, 8, true, false},  /* stptr.d */
    {0xffff8000, 0x38000000, 1, false, false}, /* ldx.b */
    {0xffff8000, 0x38040000, 2, false, false}, /* ldx.h */
    {0xffff8000, 0x38080000, 4, false, false}, /* ldx.w */
    {0xffff8000, 0x380c0000, 8, false, false}, /* ldx.d */
    {0xffff8000, 0x38100000, 1, true, false},  /* stx.b */
    {0xffff8000, 0x38140000, 2, true, false},  /* stx.h */
    {0xffff8000, 0x38180000, 4, true, false},  /* stx.w */
    {0xffff8000, 0x381c0000, 8, true, false},  /* stx.d */
    {0xffff8000, 0x38200000, 1, false, true},  /* ldx.bu */
    {0xffff8000, 0x38240000, 2, false, true},  /* ldx.hu */
    {0xffff8000, 0x38280000, 4, false, true},  /* ldx.wu */
};

static const struct {
    uint32_t mask;
    uint32_t match;
    enum sensitive_kind kind;
} sensitive_encodings[] = {
    {0xff000000, 0x04000000, SENSITIVE_CSR},         /* csrrd, csrwr, csrxchg */
    {0xfffffc00, 0x00006c00, SENSITIVE_CPUCFG},      /* cpucfg */
    {0xfffff000, 0x06480000, SENSITIVE_IOCSR_READ},  /* iocsrrd.b, .h, .w, .d */
    {0xfffff000, 0x06481000, SENSITIVE_IOCSR_WRITE}, /* iocsrwr.b, .h, .w, .d */
    {0xffff8000, 0x06488000, SENSITIVE_IDLE},        /* idle */
    {0xffc00000, 0x06000000, SENSITIVE_CACOP},       /* cacop */
};

/* The encodings that words with this top byte can have. */
struct candidates {
    const struct memory_encoding *memory[ARRAY_SIZE(memory_encodings)];
    size_t num_memory;
    size_t sensitive[ARRAY_SIZE(sensitive_encodings)];
    size_t num_sensitive;
};

static void candidates_find(uint32_t top, struct candidates *out) {
    out->num_memory = out->num_sensitive = 0;
    for (size_t i = 0; i < ARRAY_SIZE(memory_encodings); i++) {
        const struct memory_encoding *encoding = &memory_encodings[i];
        if (((top ^ encoding->match) & encoding->mask & TOP_BYTE) == 0) {
            out->memory[out->num_memory++] = encoding;
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(sensitive_encodings); i++) {
        if (((top ^ sensitive_encodings[i].match) & sensitive_encodings[i].mask & TOP_BYTE) == 0) {
            out->sensitive[out->num_sensitive++] = i;
        }
    }
}

static bool memory_is_right(uint32_t word, const struct candidates *candidates) {
    struct memory_insn insn;
    bool decoded = decode_memory(word, &insn);

    for (size_t i = 0; i < candidates->num_memory; i++) {
        const struct memory_encoding *encoding = candidates->memory[i];
        if ((word & encoding->mask) == encoding->match) {
            return decoded && insn.rd == (word & 31) && insn.size == encoding->size &&
                   insn.is_write == encoding->is_write && insn.is_unsigned == encoding->is_unsigned;
        }
    }
    return !decoded;
}

static bool sensitive_is_right(uint32_t word, const struct candidates *candidates) {
    enum sensitive_kind kind = SENSITIVE_UNKNOWN;

    for (size_t i = 0; i < candidates->num_sensitive; i++) {
        size_t at = candidates->sensitive[i];
        if ((word & sensitive_encodings[at].mask) == sensitive_encodings[at].match) {
            kind = sensitive_encodings[at].kind;
        }
    }
    return decode_sensitive(word) == kind && decode_is_cpucfg(word) == (kind == SENSITIVE_CPUCFG);
}

int main(void) {
    uint64_t words = 0;
    uint64_t wrong = 0;

    for (uint32_t top = 0; top <= TOP_BYTE >> 24; top++) {
        struct candidates candidates;
        candidates_find(top << 24, &candidates);
        for (uint32_t low = 0; low < WORDS_PER_TOP; low++) {
            uint32_t word = top << 24 | low;
            if (!memory_is_right(word, &candidates) || !sensitive_is_right(word, &candidates)) {
                if (wrong++ == 0) {
                    printf("  the first word that is decoded wrongly: 0x%08" PRIx32 "\n", word);
                }
            }
            words++;
        }
    }
    printf("  decoder: %" PRIu64 " instruction words, %" PRIu64 " wrong\n", words, wrong);
    return wrong != 0 || words != 1ULL << 32;
}
