// SPDX-License-Identifier: GPL-2.0-or-later
#include "support.h"

#include "lib/text.h"

struct line {
    const char *given;
    const char *expected;
};

static void test_printable(void **state) {
    struct context *context = *state;
    static const struct line lines[] = {
        {"", ""},
        {"plain ~ text", "plain ~ text"},
        {"\033[2J", "\\x1b[2J"},
        {"\001\037\177\n\t", "\\x01\\x1f\\x7f\\x0a\\x09"},
        {"\u00e9\u4e2d\U0001f600", "\u00e9\u4e2d\U0001f600"},
        {"\xc2\x80\xc2\x9b\xc2\x9f\u00a0", "\\xc2\\x80\\xc2\\x9b\\xc2\\x9f\u00a0"},
        {"\x9b[\xff", "\\x9b[\\xff"},
        {"\xc3", "\\xc3"},
        {"\xc0\x9b", "\\xc0\\x9b"},
        {"\xe0\x80\x9b", "\\xe0\\x80\\x9b"},
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
        {"\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        const char *given = lines[i].given;
        assert_string_equal(text_printable(&context->arena, given), lines[i].expected);
        assert_int_equal(text_has_control(given), strcmp(given, lines[i].expected) != 0);
    }
}

/* Whatever the bytes are, no control character is left, in ASCII or in the second block. */
static void test_any_bytes_become_printable(void **state) {
    struct context *context = *state;
    for (unsigned first = 1; first < 256; first++) {
        for (unsigned second = 0; second < 256; second++) {
            const char text[] = {(char)first, (char)second, 'x', '\0'};
            const char *printable = text_printable(&context->arena, text);
            assert_false(text_has_control(printable));
            assert_string_equal(text_utf8(&context->arena, printable), printable);
        }
        arena_free(&context->arena);
    }
}

static void test_utf8(void **state) {
    struct context *context = *state;
    assert_null(text_utf8(&context->arena, NULL));
    assert_string_equal(text_utf8(&context->arena, "b\xff-\xc3"), "b\ufffd-\ufffd");
    assert_string_equal(text_utf8(&context->arena, "\u00e9\033"), "\u00e9\033");
}

static void test_arguments(void **state) {
    (void)state;
    static const char *const found[] = {
        "cma=0",      "a cma=64M b", "\"cma=1\"",       "a\tcma=1", "x=\"a b\" cma=1",
        "---- cma=1", "--x cma=1",   "x=\"-- \" cma=1", "cma=",     "a--  cma=2",
    };
    static const char *const missing[] = {
        "",       "cma",         "hugetlb_cma=1", "a-- -- cma=1", "-- cma=1 x",
        "xcma=1", "x=\"cma=1\"", "x=\"a cma=1\"", "\"--\" cma=1", "x=\"open cma=1",
        "CMA=1",  "a=cma=1",
    };
    for (size_t i = 0; i < ARRAY_SIZE(found); i++) {
        if (!text_has_argument(found[i], "cma")) {
            fail_msg("not found in: %s", found[i]);
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(missing); i++) {
        if (text_has_argument(missing[i], "cma")) {
            fail_msg("found in: %s", missing[i]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_printable, context_setup, context_teardown),
        cmocka_unit_test_setup_teardown(test_any_bytes_become_printable, context_setup,
                                        context_teardown),
        cmocka_unit_test_setup_teardown(test_utf8, context_setup, context_teardown),
        cmocka_unit_test(test_arguments),
    };
    return cmocka_run_group_tests_name("tools: text", tests, NULL, NULL);
}
