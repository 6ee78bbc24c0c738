/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support.h"

static void test_tree(void **state) {
    struct context *context = *state;
    const struct json_node *node =
        text_parse(context, "f.json",
                   "{\n\"a\": [1, {\"b\":\"x\\\"y\"}],\n\t\"c\": null, \"d\": true, \"e\": {}}\n");
    assert_int_equal(node->type, JSON_OBJECT);
    assert_int_equal(node->count, 4);
    const struct json_node *list = json_member(node, "a");
    assert_int_equal(list->type, JSON_ARRAY);
    assert_string_equal(list->children[0].text, "1");
    assert_int_equal(list->children[0].type, JSON_NUMBER);
    const struct json_node *inner = json_member(&list->children[1], "b");
    assert_string_equal(inner->text, "x\"y");
    assert_string_equal(inner->place.field, "a[1].b");
    assert_int_equal(inner->place.line, 2);
    assert_int_equal(json_member(node, "c")->type, JSON_NULL);
    assert_int_equal(json_member(node, "c")->place.line, 3);
    assert_int_equal(json_member(node, "d")->type, JSON_BOOL);
    assert_int_equal(json_member(node, "e")->type, JSON_OBJECT);
    assert_null(json_member(node, "x"));
    assert_int_equal(context->report.errors, 0);
}

struct refusal {
    const char *text;
    const char *line; /* the beginning of the message */
};

static const struct refusal refusals[] = {
    {"", "f.json: the file is empty"},
    {"[1]", "f.json:1: character 0x5b"},
    {"{\"a\": 1,\n}", "f.json:2: character 0x7d"},
    {"{\"a\": [1,]}", "f.json:1: character 0x5d"},
    {"{\n# comment\n\"a\": 1}", "f.json:2: character 0x23"},
    {"{\"a\": 'x'}", "f.json:1: character 0x27"},
    {"{\"a\": &x 1, \"b\": *x}", "f.json:1: character 0x26"},
    {"{\"a\": !!int 1}", "f.json:1: character 0x21"},
    {"{\"a\": \"x\ny\"}", "f.json:1: character 0x0a"},
    {"{\"a\": |\n x}", "f.json:1: character 0x7c"},
    {"{\"a\": 0x10}", "f.json:1: a = 0x10: neither a number"},
    {"{\"a\": yes}", "f.json:1: a = yes: neither a number"},
    {"{\"a\": 007}", "f.json:1: a = 007: neither a number"},
    {"{\"a\": }", "f.json:1: a = : neither a number"},
    {"{\"a\"}", "f.json:1: a = : neither a number"},
    {"{a: 1}", "f.json:1: = a: neither a number"},
    {"{1: 1}", "f.json:1: = 1: a field's name is not a string"},
    {"{\"a\": \"\\u0000\"}", "f.json:1: a = : a string cannot hold a NUL"},
    {"{\"a\": 1, \"b\": 2,\n\"a\": 3}",
     "f.json:2: a: the field is given twice; keep one of it and line 1"},
    {"{\"a\": [1, 2}", "f.json:1: not JSON: "},
    {"{\"a\": 1", "f.json:2: not JSON: "},
    {"{\"a\": 1}\n{\"b\": 2}", "f.json:2: not JSON: "},
    {"{\"a\": 1}\n---\n{\"b\": 2}", "f.json:3: something follows the object"},
    {"{\"a\": [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]}", "f.json:1: a[0][0]"},
};

static void test_refusals(void **state) {
    struct context *context = *state;
    for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
        context->report = (struct report){.arena = &context->arena};
        const char *text = refusals[i].text;
        assert_null(json_parse(&context->report, "f.json", text, strlen(text)));
        assert_reported(context, refusals[i].line);
    }
}

static void test_bytes_that_are_no_text(void **state) {
    struct context *context = *state;
    static const char nul[] = "{\"a\": 1}\0";
    assert_null(json_parse(&context->report, "f.json", nul, sizeof(nul)));
    static const char bad_utf8[] = "{\"a\": \"\xff\xfe\"}";
    assert_null(json_parse(&context->report, "f.json", bad_utf8, sizeof(bad_utf8) - 1));
    assert_int_equal(context->report.errors, 2);
}

static void test_too_large(void **state) {
    struct context *context = *state;
    char *text = arena_alloc(&context->arena, JSON_MAX_SIZE + 1);
    memset(text, ' ', JSON_MAX_SIZE + 1);
    assert_null(json_parse(&context->report, "f.json", text, JSON_MAX_SIZE + 1));
    assert_reported(context, "f.json: larger than 1 MiB");
}

static void test_too_many_members(void **state) {
    struct context *context = *state;
    const char *text = "{\"x\": 0";
    for (unsigned i = 0; i < JSON_MAX_MEMBERS; i++) {
        text = arena_printf(&context->arena, "%s, \"a%u\": 1", text, i);
    }
    text = arena_printf(&context->arena, "%s}", text);
    assert_null(json_parse(&context->report, "f.json", text, strlen(text)));
    assert_reported(context, "f.json:1: an object with too many fields");
}

/* Every prefix of a good file ends in a message, never in a crash or silence. */
static void test_truncated(void **state) {
    struct context *context = *state;
    for (size_t size = 0; size + 2 < strlen(good_root); size++) {
        context->report = (struct report){.arena = &context->arena};
        assert_null(json_parse(&context->report, "f.json", good_root, size));
        assert_int_not_equal(context->report.errors, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_tree, context_setup, context_teardown),
        cmocka_unit_test_setup_teardown(test_refusals, context_setup, context_teardown),
        cmocka_unit_test_setup_teardown(test_bytes_that_are_no_text, context_setup,
                                        context_teardown),
        cmocka_unit_test_setup_teardown(test_too_large, context_setup, context_teardown),
        cmocka_unit_test_setup_teardown(test_too_many_members, context_setup, context_teardown),
        cmocka_unit_test_setup_teardown(test_truncated, context_setup, context_teardown),
    };
    return cmocka_run_group_tests_name("tools: json", tests, NULL, NULL);
}
