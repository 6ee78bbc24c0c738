// SPDX-License-Identifier: GPL-2.0-or-later
#include "support.h"

#include "lib/fields.h"

#define SET_LIMIT 8u

struct sample {
    struct field_number number;
    struct field_text text;
    struct field_bool flag;
    struct field_set set;
};

static void read_set(struct report *report, const struct json_node *node, void *target) {
    static const struct field_members lines = {"line", SET_LIMIT, true};
    field_read_set(report, node, &lines, target);
}

static const struct field sample_fields[] = {
    {.name = "number",
     .read = field_read_number,
     .offset = offsetof(struct sample, number),
     .flags = FIELD_REQUIRED},
    {.name = "text",
     .read = field_read_text,
     .offset = offsetof(struct sample, text),
     .flags = FIELD_OURS},
    {.name = "flag",
     .read = field_read_bool,
     .offset = offsetof(struct sample, flag),
     .flags = FIELD_OURS},
    {.name = "set", .read = read_set, .offset = offsetof(struct sample, set), .flags = FIELD_OURS},
    {.name = "anything", .read = field_skip, .offset = 0, .flags = FIELD_OURS},
};

static struct sample sample_read(struct context *context, const char *text) {
    struct sample sample = {.number.value = 0};
    context->report = (struct report){.arena = &context->arena};
    const struct json_node *node = text_parse(context, "f.json", text);
    field_read_object(&context->report, node, sample_fields, ARRAY_SIZE(sample_fields), &sample);
    return sample;
}

static void test_values(void **state) {
    struct context *context = *state;
    struct sample sample = sample_read(
        context,
        "{\"number\": 123, \"text\": \"x\", \"flag\": true, \"set\": [1, \"3-5\", \"0x7\"],"
        "\"anything\": {\"what\": [1]}}");
    assert_no_error(context);
    assert_true(sample.number.good);
    assert_int_equal(sample.number.value, 123);
    assert_string_equal(sample.text.text, "x");
    assert_true(sample.flag.value);
    assert_int_equal(sample.set.words[0], 0xba);
    assert_true(field_set_has(&sample.set, 4));
    assert_false(field_set_has(&sample.set, 6));
}

static void test_numbers(void **state) {
    struct context *context = *state;
    assert_int_equal(sample_read(context, "{\"number\": \"0xFFFFFFFFffffffff\"}").number.value,
                     UINT64_MAX);
    assert_int_equal(sample_read(context, "{\"number\": \"77\"}").number.value, 77);
    assert_int_equal(sample_read(context, "{\"number\": 18446744073709551615}").number.value,
                     UINT64_MAX);
    assert_int_equal(sample_read(context, "{\"set\": \"all\", \"number\": 0}").set.words[0], 0xff);
    assert_int_equal(sample_read(context, "{\"set\": [\"all\"], \"number\": 0}").set.words[0],
                     0xff);
    assert_no_error(context);
}

struct refusal {
    const char *text;
    const char *line;
};

static const struct refusal refusals[] = {
    {"{\"number\": 18446744073709551616}",
     "f.json:1: number = 18446744073709551616: the number is too large; give a number below 2^64"},
    {"{\"number\": -1}", "f.json:1: number = -1: not a number from 0 up; give a whole number"},
    {"{\"number\": 1.5}", "f.json:1: number = 1.5: not a number from 0 up"},
    {"{\"number\": 1e3}", "f.json:1: number = 1e3: not a number from 0 up"},
    {"{\"number\": \"0x\"}", "f.json:1: number = 0x: not a number from 0 up"},
    {"{\"number\": \" 1\"}", "f.json:1: number =  1: not a number from 0 up"},
    {"{\"number\": \"\"}", "f.json:1: number = : not a number from 0 up"},
    {"{\"number\": true}",
     "f.json:1: number = true: true or false where a number belongs; give a number"},
    {"{\"number\": [1]}", "f.json:1: number: a list where a number belongs"},
    {"{\"number\": 1, \"text\": 5}", "f.json:1: text = 5: a number where a string belongs"},
    {"{\"number\": 1, \"flag\": \"true\"}",
     "f.json:1: flag = true: a string where true or false belongs"},
    {"{\"text\": \"x\"}", "f.json:1: the field \"number\" is missing; add \"number\""},
    {"{\"number\": 1,\n\"txet\": \"x\"}",
     "f.json:2: txet = x: unknown field; did you mean \"text\"?"},
    {"{\"number\": 1, \"set\": [8]}", "f.json:1: set[0] = 8: there is no line 8; stay within 0-7"},
    {"{\"number\": 1, \"set\": [\"0-18446744073709551615\"]}",
     "f.json:1: set[0] = 0-18446744073709551615: there is no line"},
    {"{\"number\": 1, \"set\": [\"5-4\"]}", "f.json:1: set[0] = 5-4: not a line or a range"},
    {"{\"number\": 1, \"set\": [\"4-\"]}", "f.json:1: set[0] = 4-: not a line or a range"},
    {"{\"number\": 1, \"set\": [[1]]}", "f.json:1: set[0]: not a line or a range"},
    {"{\"number\": 1, \"set\": [1,\n\"0-1\"]}",
     "f.json:2: set[1] = 0-1: line 1 is in the list twice; name it once"},
    {"{\"number\": 1, \"set\": 3}", "f.json:1: set = 3: a number where a list belongs"},
};

static void test_refusals(void **state) {
    struct context *context = *state;
    for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
        sample_read(context, refusals[i].text);
        assert_reported(context, refusals[i].line);
        assert_int_equal(context->report.errors, 1);
    }
}

static void test_suggestions(void **state) {
    (void)state;
    size_t count = ARRAY_SIZE(sample_fields);
    assert_string_equal(field_suggest("nubmer", sample_fields, count), "number");
    assert_string_equal(field_suggest("anythin", sample_fields, count), "anything");
    assert_string_equal(field_suggest("sets", sample_fields, count), "set");
    assert_string_equal(field_suggest("ste", sample_fields, count), "set");
    assert_string_equal(field_suggest("nxxber", sample_fields, count), "number");
    assert_null(field_suggest("nxxxer", sample_fields, count));
    assert_null(field_suggest("oett", sample_fields, count));
    assert_null(field_suggest("something_else", sample_fields, count));
    assert_null(field_suggest("", sample_fields, count));
    char lengthy[300];
    memset(lengthy, 'n', sizeof(lengthy) - 1);
    lengthy[sizeof(lengthy) - 1] = '\0';
    assert_null(field_suggest(lengthy, sample_fields, count));
}

static void test_many_problems_at_once(void **state) {
    struct context *context = *state;
    sample_read(context, "{\"text\": 1, \"flag\": 2, \"set\": {}, \"other\": 1}");
    assert_int_equal(context->report.errors, 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_values, context_setup, context_teardown),
        cmocka_unit_test_setup_teardown(test_numbers, context_setup, context_teardown),
        cmocka_unit_test_setup_teardown(test_refusals, context_setup, context_teardown),
        cmocka_unit_test(test_suggestions),
        cmocka_unit_test_setup_teardown(test_many_problems_at_once, context_setup,
                                        context_teardown),
    };
    return cmocka_run_group_tests_name("tools: fields", tests, NULL, NULL);
}
