// SPDX-License-Identifier: GPL-2.0-or-later
/* Every field of a zone file is in what `zone show` prints. test_fields.py asks the packer the
 * same. */
#include "fake.h"

#include <jansson.h>
#include <string.h>

#define FIELDS_ZONE    "tests/unit/tools/fields/all.json"
#define FIELDS_PRINTED "tests/unit/tools/fields/printed.json"

static json_t *read_printed(void) {
    json_error_t error;
    json_t *file = json_load_file(FIELDS_PRINTED, 0, &error);
    if (file == NULL) {
        fail_msg(FIELDS_PRINTED ": %s", error.text);
    }
    json_t *printed = json_incref(json_object_get(file, "configuration"));
    json_decref(file);
    assert_true(json_object_size(printed) != 0);
    return printed;
}

static void show_has_every_field_as_json(void **state) {
    struct fake *fake = *state;
    json_t *printed = read_printed();
    assert_int_equal(fake_run(fake, "zone create " FIELDS_ZONE), CLI_OK);
    assert_int_equal(fake_run(fake, "zone show --json all-fields"), CLI_OK);
    json_t *shown = json_loads(fake->out, 0, NULL);
    const json_t *configuration = json_object_get(shown, "configuration");
    const char *name;
    json_t *value;
    json_object_foreach(printed, name, value) {
        if (!json_equal(json_object_get(configuration, name), value)) {
            fail_msg("%s is not printed as " FIELDS_PRINTED " has it:\n%s", name, fake->out);
        }
    }
    json_decref(shown);
    json_decref(printed);
}

static void show_has_every_field_as_text(void **state) {
    struct fake *fake = *state;
    json_t *printed = read_printed();
    assert_int_equal(fake_run(fake, "zone create " FIELDS_ZONE), CLI_OK);
    assert_int_equal(fake_run(fake, "zone show all-fields"), CLI_OK);
    const char *name;
    json_t *value;
    json_object_foreach(printed, name, value) {
        char line[64];
        snprintf(line, sizeof(line), "\n    %s", name);
        assert_contains(fake->out, line);
    }
    assert_contains(fake->out, "\n    cpu_lines        4-6\n");
    assert_contains(fake->out, "\n    paravirt_ipi     no\n");
    assert_contains(fake->out, "\n    uart_interrupt   line 1\n");
    assert_contains(fake->out, "\n    on_watchdog      stop\n");
    json_decref(printed);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(show_has_every_field_as_json),
        TEST(show_has_every_field_as_text),
    };
    return cmocka_run_group_tests_name("cli: fields", tests, NULL, NULL);
}
