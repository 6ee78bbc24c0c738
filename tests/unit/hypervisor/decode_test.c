// SPDX-License-Identifier: GPL-2.0-or-later
/* arch/decode.c against words of the LLVM assembler, and over the whole space of opcodes. */
#include <support.h>
#include <arch/decode.h>
#include <lib/bits.h>

/* An instruction: what its word is with all operand bits 0, and how many of them there are. */
struct known_insn {
    uint32_t base;
    unsigned operand_bits;
    enum sensitive_kind kind;
};

static const struct known_insn sensitive_insns[] = {
    {0x00006c00, 10, SENSITIVE_CPUCFG},      {0x04000000, 24, SENSITIVE_CSR},
    {0x06000000, 22, SENSITIVE_CACOP},       {0x06480000, 10, SENSITIVE_IOCSR_READ},
    {0x06480400, 10, SENSITIVE_IOCSR_READ},  {0x06480800, 10, SENSITIVE_IOCSR_READ},
    {0x06480c00, 10, SENSITIVE_IOCSR_READ},  {0x06481000, 10, SENSITIVE_IOCSR_WRITE},
    {0x06481400, 10, SENSITIVE_IOCSR_WRITE}, {0x06481800, 10, SENSITIVE_IOCSR_WRITE},
    {0x06481c00, 10, SENSITIVE_IOCSR_WRITE}, {0x06488000, 15, SENSITIVE_IDLE},
};

static enum sensitive_kind expected_kind(uint32_t word) {
    for (unsigned i = 0; i < ARRAY_SIZE(sensitive_insns); i++) {
        const struct known_insn *known = &sensitive_insns[i];
        if ((word & ~(uint32_t)BITS(known->operand_bits - 1, 0)) == known->base) {
            return known->kind;
        }
    }
    return SENSITIVE_UNKNOWN;
}

/* Every 22-bit opcode, with operands that differ from one to the next. */
static void sensitive_kinds_over_all_opcodes(void **state) {
    (void)state;
    for (uint32_t opcode = 0; opcode < 1u << 22; opcode++) {
        uint32_t word = opcode << 10 | (opcode * 0x155u & 0x3ff);
        if (decode_sensitive(word) != expected_kind(word)) {
            fail_msg("0x%08x is of kind %d, not %d", word, decode_sensitive(word),
                     expected_kind(word));
        }
    }
}

static void sensitive_words_of_the_assembler(void **state) {
    static const struct {
        uint32_t word;
        enum sensitive_kind kind;
    } cases[] = {
        {0x00006ca4, SENSITIVE_CPUCFG},      /* cpucfg $a0, $a1 */
        {0x0402000c, SENSITIVE_CSR},         /* csrrd $t0, 128 */
        {0x04024c2c, SENSITIVE_CSR},         /* csrwr $t0, 147 */
        {0x040058a4, SENSITIVE_CSR},         /* csrxchg $a0, $a1, 22 */
        {0x063fe0a9, SENSITIVE_CACOP},       /* cacop 9, $a1, -8 */
        {0x064800a4, SENSITIVE_IOCSR_READ},  /* iocsrrd.b $a0, $a1 */
        {0x06480ca4, SENSITIVE_IOCSR_READ},  /* iocsrrd.d $a0, $a1 */
        {0x064810a4, SENSITIVE_IOCSR_WRITE}, /* iocsrwr.b $a0, $a1 */
        {0x06481ca4, SENSITIVE_IOCSR_WRITE}, /* iocsrwr.d $a0, $a1 */
        {0x06488000, SENSITIVE_IDLE},        /* idle 0 */
        {0x06488003, SENSITIVE_IDLE},        /* idle 3 */
        {0x000060a4, SENSITIVE_UNKNOWN},     /* rdtimel.w $a0, $a1 */
        {0x000068a4, SENSITIVE_UNKNOWN},     /* rdtime.d $a0, $a1 */
        {0x06400ca4, SENSITIVE_UNKNOWN},     /* lddir $a0, $a1, 3 */
        {0x06440480, SENSITIVE_UNKNOWN},     /* ldpte $a0, 1 */
        {0x06482000, SENSITIVE_UNKNOWN},     /* tlbclr */
        {0x06483400, SENSITIVE_UNKNOWN},     /* tlbfill */
        {0x06483800, SENSITIVE_UNKNOWN},     /* ertn */
        {0x06498000, SENSITIVE_UNKNOWN},     /* invtlb 0, $zero, $zero */
        {0x002a8001, SENSITIVE_UNKNOWN},     /* dbcl 1 */
        {0x002b8000, SENSITIVE_UNKNOWN},     /* hvcl 0 */
        {0x05010404, SENSITIVE_UNKNOWN},     /* gcsrrd $a0, 65 */
        {0x050104a4, SENSITIVE_UNKNOWN},     /* gcsrxchg $a0, $a1, 65 */
        {0x06482401, SENSITIVE_UNKNOWN},     /* gtlbflush */
    };

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(decode_sensitive(cases[i].word), cases[i].kind);
    }
}

static void operands_are_where_the_manual_says(void **state) {
    (void)state;
    assert_int_equal(insn_rd(0x040058a4), 4);
    assert_int_equal(insn_rj(0x040058a4), 5);
    assert_int_equal(insn_csr(0x040058a4), 0x16);
    assert_int_equal(insn_csr(0x04024c2c), 0x93);
    assert_int_equal(insn_csr(0x04ffffff), 0x3fff);
    assert_int_equal(insn_iocsr_size(0x064800a4), 1);
    assert_int_equal(insn_iocsr_size(0x064804a4), 2);
    assert_int_equal(insn_iocsr_size(0x064808a4), 4);
    assert_int_equal(insn_iocsr_size(0x06480ca4), 8);
    assert_int_equal(insn_iocsr_size(0x064810a4), 1);
    assert_int_equal(insn_iocsr_size(0x06481ca4), 8);
}

struct known_memory {
    uint32_t word; /* of the assembler */
    unsigned operand_bits;
    unsigned rd;
    unsigned size;
    bool is_write;
    bool is_unsigned;
};

static const struct known_memory memory_insns[] = {
    {0x283ffca4, 22, 4, 1, false, false},  /* ld.b $a0, $a1, -1 */
    {0x284008a6, 22, 6, 2, false, false},  /* ld.h $a2, $a1, 2 */
    {0x28a000a7, 22, 7, 4, false, false},  /* ld.w $a3, $a1, -2048 */
    {0x28dffcb7, 22, 23, 8, false, false}, /* ld.d $s0, $a1, 2047 */
    {0x293ffca4, 22, 4, 1, true, false},   /* st.b $a0, $a1, -1 */
    {0x294008a0, 22, 0, 2, true, false},   /* st.h $zero, $a1, 2 */
    {0x29801067, 22, 7, 4, true, false},   /* st.w $a3, $sp, 4 */
    {0x29c020bf, 22, 31, 8, true, false},  /* st.d $s8, $a1, 8 */
    {0x2a0000a4, 22, 4, 1, false, true},   /* ld.bu $a0, $a1, 0 */
    {0x2a4000a4, 22, 4, 2, false, true},   /* ld.hu $a0, $a1, 0 */
    {0x2a8000a4, 22, 4, 4, false, true},   /* ld.wu $a0, $a1, 0 */
    {0x24fffca4, 24, 4, 4, false, false},  /* ldptr.w $a0, $a1, -4 */
    {0x250004a4, 24, 4, 4, true, false},   /* stptr.w $a0, $a1, 4 */
    {0x267ffca4, 24, 4, 8, false, false},  /* ldptr.d $a0, $a1, 32764 */
    {0x278000b4, 24, 20, 8, true, false},  /* stptr.d $t8, $a1, -32768 */
    {0x380018a4, 15, 4, 1, false, false},  /* ldx.b $a0, $a1, $a2 */
    {0x380418a4, 15, 4, 2, false, false},  /* ldx.h $a0, $a1, $a2 */
    {0x380818a4, 15, 4, 4, false, false},  /* ldx.w $a0, $a1, $a2 */
    {0x380c18a4, 15, 4, 8, false, false},  /* ldx.d $a0, $a1, $a2 */
    {0x381018a4, 15, 4, 1, true, false},   /* stx.b $a0, $a1, $a2 */
    {0x381418a4, 15, 4, 2, true, false},   /* stx.h $a0, $a1, $a2 */
    {0x381818a4, 15, 4, 4, true, false},   /* stx.w $a0, $a1, $a2 */
    {0x381c50a4, 15, 4, 8, true, false},   /* stx.d $a0, $a1, $t8 */
    {0x382018a4, 15, 4, 1, false, true},   /* ldx.bu $a0, $a1, $a2 */
    {0x382418a4, 15, 4, 2, false, true},   /* ldx.hu $a0, $a1, $a2 */
    {0x382818a4, 15, 4, 4, false, true},   /* ldx.wu $a0, $a1, $a2 */
};

static void assert_decodes_as(uint32_t word, const struct known_memory *known) {
    struct memory_insn insn = {0};

    assert_true(decode_memory(word, &insn));
    assert_int_equal(insn.rd, word & 0x1f);
    assert_int_equal(insn.size, known->size);
    assert_int_equal(insn.is_write, known->is_write);
    assert_int_equal(insn.is_unsigned, known->is_unsigned);
}

static void memory_words_of_the_assembler(void **state) {
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(memory_insns); i++) {
        assert_decodes_as(memory_insns[i].word, &memory_insns[i]);
        assert_int_equal(memory_insns[i].word & 0x1f, memory_insns[i].rd);
    }
}

static const struct known_memory *expected_memory(uint32_t word) {
    for (unsigned i = 0; i < ARRAY_SIZE(memory_insns); i++) {
        unsigned shift = memory_insns[i].operand_bits;
        if (word >> shift == memory_insns[i].word >> shift) {
            return &memory_insns[i];
        }
    }
    return NULL;
}

/* Every 17-bit opcode with random operands: nothing else is taken for a load or store. */
static void memory_over_all_opcodes(void **state) {
    struct memory_insn insn;

    (void)state;
    for (uint32_t opcode = 0; opcode < 1u << 17; opcode++) {
        uint32_t word = opcode << 15 | (uint32_t)(support_random() & 0x7fff);
        const struct known_memory *known = expected_memory(word);
        if (known != NULL) {
            assert_decodes_as(word, known);
        } else if (decode_memory(word, &insn)) {
            fail_msg("0x%08x is taken for a load or store", word);
        }
    }
}

static void memory_words_that_are_no_plain_access(void **state) {
    static const uint32_t words[] = {
        0x2b0000a0, /* fld.s $fa0, $a1, 0 */
        0x2bc000a0, /* fst.d $fa0, $a1, 0 */
        0x383018a0, /* fldx.s $fa0, $a1, $a2 */
        0x2c0000a0, /* vld $vr0, $a1, 0 */
        0x2c4000a0, /* vst $vr0, $a1, 0 */
        0x200000a4, /* ll.w $a0, $a1, 0 */
        0x210000a4, /* sc.w $a0, $a1, 0 */
        0x386198a4, /* amadd.d $a0, $a2, $a1 */
        0x2ac000a0, /* preld 0, $a1, 0 */
        0x387998a4, /* ldgt.d $a0, $a1, $a2 */
        0x06400ca4, /* lddir $a0, $a1, 3 */
        0x06440480, /* ldpte $a0, 1 */
    };

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(words); i++) {
        struct memory_insn insn = {.size = 99};
        assert_false(decode_memory(words[i], &insn));
        assert_int_equal(insn.size, 99);
    }
}

int test_decode(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sensitive_kinds_over_all_opcodes),
        cmocka_unit_test(sensitive_words_of_the_assembler),
        cmocka_unit_test(operands_are_where_the_manual_says),
        cmocka_unit_test(memory_words_of_the_assembler),
        cmocka_unit_test_setup(memory_over_all_opcodes, support_reset),
        cmocka_unit_test(memory_words_that_are_no_plain_access),
    };

    return cmocka_run_group_tests_name("instruction decoding", tests, NULL, NULL);
}
