// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/: formatted print against the host's, CRC-32, bits, memory functions. */
#include <support.h>
#include <lib/bits.h>
#include <lib/crc32.h>
#include <lib/format.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define TEXT_SIZE 128

/* lib/string_hot.c under names that do not replace the host's (unit.mk). */
void *lv_memset(void *dest, int byte, size_t size);
void *lv_memcpy(void *restrict dest, const void *restrict src, size_t size);
size_t lv_strnlen(const char *text, size_t limit);

/* The same arguments to both printers, into every size of buffer. */
#define assert_prints_alike(...)                                                                   \
    do {                                                                                           \
        char expected[TEXT_SIZE];                                                                  \
        int whole = snprintf(expected, sizeof(expected), __VA_ARGS__);                             \
        assert_in_range(whole, 0, TEXT_SIZE - 1);                                                  \
        for (size_t limit = 1; limit <= (size_t)whole + 2; limit++) {                              \
            char text[TEXT_SIZE];                                                                  \
            memset(text, '#', sizeof(text));                                                       \
            size_t length = format_text(text, limit, __VA_ARGS__);                                 \
            assert_int_equal(length, limit - 1 < (size_t)whole ? limit - 1 : (size_t)whole);       \
            assert_memory_equal(text, expected, length);                                           \
            assert_int_equal(text[length], '\0');                                                  \
            assert_int_equal(text[limit], '#');                                                    \
        }                                                                                          \
    } while (0)

static void format_prints_as_the_host_does(void **state) {
    (void)state;
    assert_prints_alike("plain text, 100%%");
    assert_prints_alike("%c%c|%3c|%-3c|", 'a', 'b', 'c', 'd');
    assert_prints_alike("%s|%8s|%-8s|%2s", "one", "two", "three", "four");
    assert_prints_alike("%s", "");
    assert_prints_alike("%d %d %d", 0, INT_MAX, INT_MIN);
    assert_prints_alike("%ld %ld", LONG_MAX, LONG_MIN);
    assert_prints_alike("%lld", LLONG_MIN);
    assert_prints_alike("%u %lu %llu", UINT_MAX, ULONG_MAX, ULLONG_MAX);
    assert_prints_alike("%x %lx %llx", 0xdeadbeefU, 0x123456789abcdefUL, ULLONG_MAX);
    assert_prints_alike("%5d|%-5d|%05d|%2d", 42, 42, 42, 12345);
    assert_prints_alike("%5d|%-5d|%05d", -42, -42, -42);
    assert_prints_alike("[%5lu.%06lu]", 12UL, 345UL);
    assert_prints_alike("%016lx %08x %3x", 0xabcUL, 0U, 0xfffffU);
    assert_prints_alike("r%-2u %016lx", 7U, 0x9000000000000000UL);
}

static void format_prints_random_numbers_as_the_host_does(void **state) {
    (void)state;
    for (unsigned round = 0; round < 2000; round++) {
        uint64_t value = support_random() >> (support_random() % 64);
        assert_prints_alike("%lu %ld %lx", value, (long)value, value);
        assert_prints_alike("%u %d %x", (unsigned)value, (int)value, (unsigned)value);
    }
}

/* What a format string has wrong must not derail the rest, nor read past its end. */
static void format_survives_bad_conversions(void **state) {
    static const struct {
        const char *format;
        const char *expected;
    } cases[] = {{"%q|", "%q|"}, {"%", "%"},   {"a%", "a%"},
                 {"%5", "%"},    {"%-l", "%"}, {"%%%", "%%"}};
    char text[TEXT_SIZE];

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(format_text(text, sizeof(text), cases[i].format, 0),
                         strlen(cases[i].expected));
        assert_string_equal(text, cases[i].expected);
    }
}

static void format_prints_pointers_in_hex(void **state) {
    char text[TEXT_SIZE];

    (void)state;
    format_text(text, sizeof(text), "%p", (void *)(uintptr_t)0x90000000a000beefULL);
    assert_string_equal(text, "90000000a000beef");
}

/* The check value of CRC-32/ISO-HDLC, which zlib computes. */
static void crc32_is_zlibs(void **state) {
    const char *text = "123456789";

    (void)state;
    assert_int_equal(crc32_update(0, text, 9), 0xcbf43926);
    assert_int_equal(crc32_update(0, "", 0), 0);
    for (size_t split = 0; split <= 9; split++) {
        uint32_t first = crc32_update(0, text, split);
        assert_int_equal(crc32_update(first, text + split, 9 - split), 0xcbf43926);
    }
}

static void bits_are_cut_and_extended(void **state) {
    (void)state;
    assert_int_equal(BITS(63, 0), UINT64_MAX);
    assert_int_equal(BITS(0, 0), 1);
    assert_int_equal(BITS(63, 63), 1ULL << 63);
    assert_int_equal(BITS(11, 4), 0xff0);
    assert_int_equal(bits_get(0x123456789abcdef0, 15, 8), 0xde);
    assert_int_equal(bits_get(UINT64_MAX, 63, 0), UINT64_MAX);
    assert_int_equal(bits_truncate(0x1122334455667788, 1), 0x88);
    assert_int_equal(bits_truncate(0x1122334455667788, 2), 0x7788);
    assert_int_equal(bits_truncate(0x1122334455667788, 4), 0x55667788);
    assert_int_equal(bits_truncate(0x1122334455667788, 8), 0x1122334455667788);
    assert_int_equal(bits_sign_extend(0x80, 1), 0xffffffffffffff80);
    assert_int_equal(bits_sign_extend(0xff7f, 1), 0x7f);
    assert_int_equal(bits_sign_extend(0x8000, 2), 0xffffffffffff8000);
    assert_int_equal(bits_sign_extend(0xffffffff7fffffff, 4), 0x7fffffff);
    assert_int_equal(bits_sign_extend(0x80000000, 4), 0xffffffff80000000);
    assert_int_equal(bits_sign_extend(UINT64_MAX, 8), UINT64_MAX);
    assert_true(bits_is_aligned(0, 8));
    assert_true(bits_is_aligned(0x3000, 0x1000));
    assert_false(bits_is_aligned(0x3800, 0x1000));
}

static void ranges_lie_within_or_not(void **state) {
    (void)state;
    assert_true(bits_range_within(0x1000, 0x1000, 0x1000, 0x1000));
    assert_true(bits_range_within(0x2000, 0, 0x1000, 0x1000));
    assert_false(bits_range_within(0x0fff, 1, 0x1000, 0x1000));
    assert_false(bits_range_within(0x1001, 0x1000, 0x1000, 0x1000));
    assert_false(bits_range_within(0x2001, 0, 0x1000, 0x1000));
    /* base + size wraps: the end looks small, and is not. */
    assert_false(bits_range_within(0x1800, UINT64_MAX - 0x1000, 0x1000, 0x1000));
    assert_false(bits_range_within(UINT64_MAX, 2, 0x1000, 0x1000));
    assert_true(bits_range_within(UINT64_MAX, 1, 1, UINT64_MAX));
}

#define AREA 96u

static void memset_fills_exactly(void **state) {
    uint8_t area[AREA] __attribute__((aligned(8)));

    (void)state;
    for (size_t at = 0; at < 9; at++) {
        for (size_t size = 0; size < AREA - 16; size++) {
            memset(area, 0x55, sizeof(area));
            assert_ptr_equal(lv_memset(area + at, 0x1a3, size), area + at);
            for (size_t i = 0; i < AREA; i++) {
                assert_int_equal(area[i], i >= at && i < at + size ? 0xa3 : 0x55);
            }
        }
    }
}

static void memcpy_copies_exactly(void **state) {
    uint8_t to[AREA] __attribute__((aligned(8)));
    uint8_t from[AREA] __attribute__((aligned(8)));

    (void)state;
    for (size_t i = 0; i < AREA; i++) {
        from[i] = (uint8_t)(i + 1);
    }
    for (size_t at = 0; at < 81; at++) {
        for (size_t size = 0; size < AREA - 16; size++) {
            memset(to, 0, sizeof(to));
            assert_ptr_equal(lv_memcpy(to + at % 9, from + at / 9, size), to + at % 9);
            for (size_t i = 0; i < AREA; i++) {
                bool inside = i >= at % 9 && i < at % 9 + size;
                assert_int_equal(to[i], inside ? from[i - at % 9 + at / 9] : 0);
            }
        }
    }
}

static void strnlen_stops_at_its_limit(void **state) {
    const char unterminated[4] = {'a', 'b', 'c', 'd'};

    (void)state;
    assert_int_equal(lv_strnlen("abc", 10), 3);
    assert_int_equal(lv_strnlen("abc", 2), 2);
    assert_int_equal(lv_strnlen("", 10), 0);
    assert_int_equal(lv_strnlen(unterminated, sizeof(unterminated)), 4);
    assert_int_equal(lv_strnlen(unterminated, 0), 0);
}

int test_lib(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(format_prints_as_the_host_does),
        cmocka_unit_test_setup(format_prints_random_numbers_as_the_host_does, support_reset),
        cmocka_unit_test(format_survives_bad_conversions),
        cmocka_unit_test(format_prints_pointers_in_hex),
        cmocka_unit_test(crc32_is_zlibs),
        cmocka_unit_test(bits_are_cut_and_extended),
        cmocka_unit_test(ranges_lie_within_or_not),
        cmocka_unit_test(memset_fills_exactly),
        cmocka_unit_test(memcpy_copies_exactly),
        cmocka_unit_test(strnlen_stops_at_its_limit),
    };

    return cmocka_run_group_tests_name("lib", tests, NULL, NULL);
}
