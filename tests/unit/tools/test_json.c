// SPDX-License-Identifier: GPL-2.0-or-later
#include "support.h"

#include <time.h>

/* Of a text made at random, at most. */
#define MADE_NODES 256u

static void test_tree(void **state) {
    struct context *context = *state;
    const struct json_node *node =
        text_parse(context, "f.json",
                   "{\n\"a\": [1, {\"b\":\"x\\\"y\"}],\n\t\"c\": null, \"d\": true, \"e\": {}}\n");
    assert_int_equal(node->type, JSON_NODE_OBJECT);
    assert_int_equal(node->count, 4);
    const struct json_node *list = json_member(node, "a");
    assert_int_equal(list->type, JSON_NODE_ARRAY);
    assert_string_equal(list->children[0].text, "1");
    assert_int_equal(list->children[0].type, JSON_NODE_NUMBER);
    const struct json_node *inner = json_member(&list->children[1], "b");
    assert_string_equal(inner->text, "x\"y");
    assert_string_equal(inner->place.field, "a[1].b");
    assert_int_equal(inner->place.line, 2);
    assert_int_equal(json_member(node, "c")->type, JSON_NODE_NULL);
    assert_int_equal(json_member(node, "c")->place.line, 3);
    assert_int_equal(json_member(node, "d")->type, JSON_NODE_BOOL);
    assert_int_equal(json_member(node, "e")->type, JSON_NODE_OBJECT);
    assert_null(json_member(node, "x"));
    assert_int_equal(context->report.errors, 0);
}

struct refusal {
    const char *text;
    const char *line; /* the beginning of the message */
};

static const struct refusal refusals[] = {
    {"", "f.json:1: not JSON: '[' or '{' expected near end of file; write one object in braces"},
    {"[1]", "f.json:1: not an object; write one object in braces"},
    {"\n\"x\"", "f.json:2: not JSON: '[' or '{' expected"},
    {"{\"a\": 1,\n}", "f.json:2: not JSON: string or '}' expected near '}'"},
    {"{\"a\": [1,]}", "f.json:1: not JSON: unexpected token near ']'"},
    {"{\n# comment\n\"a\": 1}", "f.json:2: not JSON: string or '}' expected near '#'"},
    {"{\"a\": 'x'}", "f.json:1: not JSON: "},
    {"{\"a\": \"x\ny\"}", "f.json:1: not JSON: unexpected newline"},
    {"{\"a\": \"x\ty\"}", "f.json:1: not JSON: control character 0x9"},
    {"{\"a\": 0x10}", "f.json:1: not JSON: '}' expected near 'x'"},
    {"{\"a\": yes}", "f.json:1: not JSON: invalid token near 'yes'"},
    {"{\"a\": 007}", "f.json:1: not JSON: invalid token near '0'"},
    {"{\"a\": }", "f.json:1: not JSON: unexpected token near '}'"},
    {"{\"a\"}", "f.json:1: not JSON: ':' expected"},
    {"{a: 1}", "f.json:1: not JSON: string or '}' expected near 'a'"},
    {"{1: 1}", "f.json:1: not JSON: string or '}' expected near '1'"},
    {"{\"a\":\n[\"b\", \"\\u0000\"]}", "f.json:2: a[1] = : a string cannot hold a NUL; remove"},
    {"{\"a\\u0000b\": 1}", "f.json:1: a field's name cannot hold a NUL"},
    {"{\"a\": \"\\ud83d\"}", "f.json:1: not JSON: invalid Unicode '\\uD83D'"},
    {"{\"a\": \"\xff\"}", "f.json:1: not text in UTF-8: unable to decode byte 0xff"},
    {"{\"a\": \"\xed\xa0\x80\"}", "f.json:1: not text in UTF-8"},
    {"{\"a\": 1, \"b\": 2,\n\"a\": 3}",
     "f.json:2: a field is given twice: duplicate object key near '\"a\"'; keep one of the two"},
    {"{\"a\": [1, 2}", "f.json:1: not JSON: ']' expected"},
    {"{\"a\": 1", "f.json:1: not JSON: '}' expected near end of file"},
    {"{\"a\": 1}\n{\"b\": 2}", "f.json:2: something follows the object"},
    {"{\"a\": 1}\n---\n{\"b\": 2}", "f.json:2: something follows the object"},
    {"{\"a\":\n[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]}",
     "f.json:2: a[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]: nested too deeply; flatten it"},
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

/* What RFC 8259 allows and generators write. */
static void test_all_of_json_is_taken(void **state) {
    struct context *context = *state;
    const struct json_node *node = text_parse(context, "f.json",
                                              "\t{\"a\"\n:\"\\ud83d\\ude00\x7f\xef\xbf\xbf\","
                                              "\"e\\u0041\": \"\\\"\\\\\\/\\b\\f\\n\\r\\t:,]}\","
                                              "\r\n\"n\": [-0, 1E+2, 18446744073709551615,"
                                              "123456789012345678901234567890]}");
    assert_no_error(context);
    assert_string_equal(json_member(node, "a")->text, "\U0001f600\x7f\xef\xbf\xbf");
    assert_int_equal(json_member(node, "a")->place.line, 2);
    assert_string_equal(json_member(node, "eA")->text, "\"\\/\b\f\n\r\t:,]}");
    const struct json_node *numbers = json_member(node, "n");
    assert_int_equal(numbers->place.line, 3);
    assert_string_equal(numbers->children[0].text, "-0");
    assert_string_equal(numbers->children[1].text, "1E+2");
    assert_string_equal(numbers->children[2].text, "18446744073709551615");
    assert_string_equal(numbers->children[3].text, "123456789012345678901234567890");
}

static void test_long_names(void **state) {
    struct context *context = *state;
    char name[5001] = "";
    memset(name, 'n', sizeof(name) - 1);
    const char *text = arena_printf(&context->arena, "{\"%s\": 1}", name);
    assert_non_null(json_member(text_parse(context, "f.json", text), name));
}

/* The longest file of brackets is answered at once. */
static void test_brackets_without_end(void **state) {
    static const char start[] = {'{', '"', 'n', '"', ':'};
    struct context *context = *state;
    char *text = arena_alloc(&context->arena, JSON_MAX_SIZE);
    memset(text, '[', JSON_MAX_SIZE);
    memcpy(text, start, sizeof(start));
    clock_t before = clock();
    assert_null(json_parse(&context->report, "f.json", text, JSON_MAX_SIZE));
    assert_in_range(clock() - before, 0, CLOCKS_PER_SEC);
    assert_reported(context, "f.json:1: nested too deeply");
}

/* A text that is made at random, and what a reader must find in it, in the order of the text. */
struct made {
    struct context *context;
    unsigned random;
    unsigned line;
    char *at;
    unsigned lines[MADE_NODES];
    const char *texts[MADE_NODES]; /* NULL: a list or an object */
    size_t count;
};

static unsigned made_random(struct made *made, unsigned limit) {
    made->random = made->random * 1103515245 + 12345;
    return (made->random >> 16) % limit;
}

static void made_put(struct made *made, const char *text) {
    made->at = stpcpy(made->at, text);
}

static void made_space(struct made *made) {
    static const char *const spaces[] = {"", " ", "\n", "\t", "\r\n"};
    for (unsigned i = made_random(made, 3); i > 0; i--) {
        const char *space = spaces[made_random(made, ARRAY_SIZE(spaces))];
        made_put(made, space);
        made->line += strchr(space, '\n') != NULL;
    }
}

static void made_value(struct made *made, unsigned depth);

static void made_members(struct made *made, bool object, unsigned depth) {
    unsigned count = made->count + 64 < MADE_NODES ? made_random(made, 5) : 0;
    made_put(made, object ? "{" : "[");
    for (unsigned i = 0; i < count; i++) {
        made_space(made);
        if (object) {
            made_put(made, arena_printf(&made->context->arena, "\"k%u\\\"\\\\\"", i));
            made_space(made);
            made_put(made, ":");
            made_space(made);
        }
        made_value(made, depth + 1);
        made_space(made);
        made_put(made, i + 1 < count ? "," : "");
    }
    made_space(made);
    made_put(made, object ? "}" : "]");
}

static void made_value(struct made *made, unsigned depth) {
    static const char *const written[] = {"0",    "-1.5e3", "true",       "null",
                                          "\"\"", "\"x\"",  "\"\\\"]}\"", "\"\\\\\""};
    static const char *const texts[] = {"0", "-1.5e3", "true", "null", "", "x", "\"]}", "\\"};
    unsigned kind = made_random(made, depth == 0 ? 1 : depth < 8 ? 4 : 2);
    if (depth == 0 || kind >= 2) {
        made->lines[made->count++] = made->line;
        made_members(made, depth == 0 || kind == 2, depth);
        return;
    }
    unsigned scalar = made_random(made, ARRAY_SIZE(written));
    made->lines[made->count] = made->line;
    made->texts[made->count++] = texts[scalar];
    made_put(made, written[scalar]);
}

/* Compares a node and all below it with what was made; the number of nodes seen so far. */
static size_t made_compare(const struct made *made, const struct json_node *node, size_t seen) {
    assert_true(seen < made->count);
    assert_int_equal(node->place.line, made->lines[seen]);
    if (made->texts[seen] == NULL) {
        assert_true(node->type == JSON_NODE_ARRAY || node->type == JSON_NODE_OBJECT);
    } else {
        assert_string_equal(node->text, made->texts[seen]);
    }
    seen++;
    for (size_t i = 0; i < node->count; i++) {
        seen = made_compare(made, &node->children[i], seen);
    }
    return seen;
}

static void test_places_of_random_texts(void **state) {
    struct context *context = *state;
    for (unsigned seed = 0; seed < 2000; seed++) {
        struct made made = {.context = context, .random = seed, .line = 1};
        char *text = arena_alloc(&context->arena, 16384);
        made.at = text;
        made_space(&made);
        made_value(&made, 0);
        made_space(&made);
        const struct json_node *node = text_parse(context, "f.json", text);
        assert_int_equal(made_compare(&made, node, 0), made.count);
        arena_free(&context->arena);
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
        cmocka_unit_test_setup_teardown(test_all_of_json_is_taken, context_setup, context_teardown),
        cmocka_unit_test_setup_teardown(test_long_names, context_setup, context_teardown),
        cmocka_unit_test_setup_teardown(test_brackets_without_end, context_setup, context_teardown),
        cmocka_unit_test_setup_teardown(test_places_of_random_texts, context_setup,
                                        context_teardown),
        cmocka_unit_test_setup_teardown(test_bytes_that_are_no_text, context_setup,
                                        context_teardown),
        cmocka_unit_test_setup_teardown(test_too_large, context_setup, context_teardown),
        cmocka_unit_test_setup_teardown(test_too_many_members, context_setup, context_teardown),
        cmocka_unit_test_setup_teardown(test_truncated, context_setup, context_teardown),
    };
    return cmocka_run_group_tests_name("tools: json", tests, NULL, NULL);
}
