// SPDX-License-Identifier: GPL-2.0-or-later
/* What became of zones: notices, history, and where a zone is that runs. */
#include "fake.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

static json_t *parse(const char *text) {
    json_t *json = json_loads(text, JSON_DISABLE_EOF_CHECK, NULL);
    assert_non_null(json);
    return json;
}

static const char *text_of(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

/* What `zone list --json` says of the guest's notice; NULL: null. The text lives with *list. */
static const char *notice(struct fake *fake, json_t **list) {
    assert_int_equal(fake_run(fake, "zone list --json"), CLI_OK);
    *list = parse(fake->out);
    return text_of(json_array_get(*list, 1), "notice");
}

static void assert_notice(struct fake *fake, const char *word) {
    json_t *list;
    const char *found = notice(fake, &list);
    if (word == NULL) {
        assert_null(found);
    } else {
        assert_non_null(found);
        assert_string_equal(found, word);
    }
    json_decref(list);
}

static void run_guest(struct fake *fake) {
    fake->zones[1].summary.state = LV_STATE_RUNNING;
    fake->zones[1].summary.run_ns = 60000000000;
}

static void a_panic_is_seen_in_the_last_line(void **state) {
    struct fake *fake = *state;
    run_guest(fake);
    fake_print(fake, 1, "[    2.1] Kernel panic - not syncing: sysrq triggered crash\r\n");
    assert_notice(fake, NULL);
    fake_print(fake, 1,
               "[    2.2] ---[ end Kernel panic - not syncing: sysrq triggered crash ]---"
               "\r\n");
    assert_notice(fake, "kernel panic");
    assert_int_equal(fake_run(fake, "zone list"), CLI_OK);
    assert_contains(fake->out, "command; kernel panic\n");
    assert_int_equal(fake_run(fake, "zone show guest"), CLI_OK);
    assert_contains(fake->out, "notice      kernel panic: the last line of its console");
    fake_print(fake, 1, "root@guest:~# ");
    assert_notice(fake, NULL);
}

static void a_panic_without_time_stamps_is_seen(void **state) {
    struct fake *fake = *state;
    run_guest(fake);
    fake_print(fake, 1, "\n---[ end Kernel panic - not syncing: VFS ]---");
    assert_notice(fake, "kernel panic");
    fake->zones[1].summary.state = LV_STATE_STOPPED;
    assert_notice(fake, NULL);
}

static void silence_is_seen_after_a_while(void **state) {
    struct fake *fake = *state;
    run_guest(fake);
    fake->zones[1].summary.run_ns = 9000000000;
    assert_notice(fake, NULL);
    fake->zones[1].summary.run_ns = 11000000000;
    assert_notice(fake, "silent");
    fake_print(fake, 1, ".");
    assert_notice(fake, NULL);
}

static void a_start_of_a_silent_zone_has_a_hint(void **state) {
    struct fake *fake = *state;
    run_guest(fake);
    assert_int_equal(fake_run(fake, "zone start guest"), CLI_OK);
    assert_contains(fake->out, "RUNNING, as it was before");
    assert_contains(fake->err, "zone 1 (guest): it has printed nothing so far");
    fake_print(fake, 1, "hello");
    assert_int_equal(fake_run(fake, "zone start guest"), CLI_OK);
    assert_string_equal(fake->err, "");
}

static void what_the_hypervisor_noticed_is_told(void **state) {
    struct fake *fake = *state;
    run_guest(fake);
    fake->zones[1].summary.reason = LV_REASON_HALT;
    assert_notice(fake, "halted");
    fake->zones[1].summary.reason = LV_REASON_CRASH;
    assert_notice(fake, "crashed");
    assert_int_equal(fake_run(fake, "zone list"), CLI_OK);
    assert_contains(fake->out, " crashed\n");
}

static void live(struct fake *fake) {
    fake_become(fake, 1, LV_STATE_CREATED, LV_REASON_COMMAND);
    fake->now_ms += 1000;
    fake_become(fake, 1, LV_STATE_RUNNING, LV_REASON_COMMAND);
    fake->now_ms += 1000;
    fake_become(fake, 1, LV_STATE_FAILED, LV_REASON_WATCHDOG);
}

/* Of this zone, not of the one that had the number before. */
static void show_tells_the_history(void **state) {
    struct fake *fake = *state;
    fake->now_ms -= 1000;
    fake_become(fake, 1, LV_STATE_CREATED, LV_REASON_COMMAND);
    fake_become(fake, 1, LV_STATE_ABSENT, LV_REASON_COMMAND);
    fake->now_ms += 1000;
    live(fake);
    assert_int_equal(fake_run(fake, "zone show guest"), CLI_OK);
    assert_contains(fake->out, "history, oldest first\n     SECONDS  STATE    REASON\n"
                               "    5.000000  CREATED  command\n    6.000000  RUNNING  command\n"
                               "    7.000000  FAILED   watchdog\n");
    assert_int_equal(fake_run(fake, "zone show --json guest"), CLI_OK);
    json_t *zone = parse(fake->out);
    const json_t *history = json_object_get(zone, "history");
    assert_int_equal(json_array_size(history), 3);
    assert_string_equal(text_of(json_array_get(history, 2), "state"), "FAILED");
    json_decref(zone);
}

static void events_of_the_past(void **state) {
    struct fake *fake = *state;
    live(fake);
    fake_become(fake, 0, LV_STATE_RUNNING, LV_REASON_NONE);
    for (unsigned run = 0; run < 2; run++) {
        assert_int_equal(fake_run(fake, "events --history guest"), CLI_OK);
        assert_string_equal(fake->out, "[    5.000000] zone 1 (guest): CREATED, reason: command\n"
                                       "[    6.000000] zone 1 (guest): RUNNING, reason: command\n"
                                       "[    7.000000] zone 1 (guest): FAILED, reason: watchdog\n");
    }
    assert_int_equal(fake_run(fake, "events --history"), CLI_OK);
    assert_contains(fake->out, "zone 0 (root): RUNNING");
}

/* The name is that of the zone that was made last. */
static void events_of_a_zone_that_is_gone(void **state) {
    struct fake *fake = *state;
    live(fake);
    fake_become(fake, 1, LV_STATE_ABSENT, LV_REASON_COMMAND);
    assert_int_equal(fake_run(fake, "events --history 1"), CLI_OK);
    assert_contains(fake->out, "zone 1 (guest): ABSENT");
    fake->zones[1].exists = true;
    snprintf(fake->zones[1].summary.name, LV_NAME_SIZE, "next");
    fake_become(fake, 1, LV_STATE_CREATED, LV_REASON_COMMAND);
    assert_int_equal(fake_run(fake, "events --history --json 1"), CLI_OK);
    json_t *first = parse(fake->out);
    assert_string_equal(text_of(first, "name"), "");
    assert_string_equal(text_of(first, "state"), "CREATED");
    json_decref(first);
    assert_contains(fake->out, "\"name\":\"next\"");
    assert_lacks(fake->out, "guest");
    assert_int_equal(fake_run(fake, "events --history 16"), CLI_FAILED);
    assert_contains(fake->err, "no zone is called '16'");
}

static void the_log_has_the_lives_of_zones(void **state) {
    struct fake *fake = *state;
    live(fake);
    fake_log(fake, "[    1.000000] I begin\n[    6.500000] E between\n      continued\n");
    assert_int_equal(fake_run(fake, "log"), CLI_OK);
    assert_string_equal(fake->out, "[    1.000000] I begin\n"
                                   "[    5.000000] I zone 1 (guest): CREATED, reason: command\n"
                                   "[    6.000000] I zone 1 (guest): RUNNING, reason: command\n"
                                   "[    6.500000] E between\n      continued\n"
                                   "[    7.000000] E zone 1 (guest): FAILED, reason: watchdog\n");
}

static void happen_at_poll(struct fake *fake) {
    if (fake->polls == 3) {
        fake_become(fake, 1, LV_STATE_RUNNING, LV_REASON_HALT);
    } else if (fake->polls == 6) {
        fake->fail_request = LV_IOCTL_GROWN;
        fake->fail_error = ENODEV;
        fake->fail_times = 1;
        fake_log(fake, "x");
    }
}

/* An event that was queued and is in the history is printed once. */
static void the_log_follows_lives(void **state) {
    struct fake *fake = *state;
    live(fake);
    fake->at_poll = happen_at_poll;
    assert_int_equal(fake_run(fake, "log -f"), CLI_FAILED);
    assert_string_equal(fake->out, "[    5.000000] I zone 1 (guest): CREATED, reason: command\n"
                                   "[    6.000000] I zone 1 (guest): RUNNING, reason: command\n"
                                   "[    7.000000] E zone 1 (guest): FAILED, reason: watchdog\n"
                                   "[    7.000000] W zone 1 (guest): RUNNING, reason: halted\n");
}

static void hold_at_poll(struct fake *fake) {
    fake->zones[1].status.failure.vcpu = fake->polls < 3 ? LV_VCPU_NONE : 0;
}

static void show_where_holds_the_zone_for_a_moment(void **state) {
    struct fake *fake = *state;
    run_guest(fake);
    fake->zones[1].status.failure =
        (struct lv_zone_failure){.pc = 0x9000000000123450, .gpr = {[1] = 0x1111, [3] = 0x3333}};
    memset(fake->zones[1].status.failure.exits, 0xff, sizeof(struct lv_exit_record) * 32);
    fake->at_poll = hold_at_poll;
    assert_int_equal(fake_run(fake, "zone show --where guest"), CLI_OK);
    assert_string_equal(fake->commands, "PAUSE 1, RESUME 1");
    assert_contains(fake->out, "held        vCPU 0 at PC 0x9000000000123450, ra 0x1111, sp 0x3333");
    assert_int_equal(fake->zones[1].summary.state, LV_STATE_RUNNING);
    assert_int_equal(fake_run(fake, "zone show --json --where guest"), CLI_OK);
    json_t *zone = parse(fake->out);
    assert_string_equal(text_of(json_object_get(zone, "where"), "pc"), "0x9000000000123450");
    json_decref(zone);
}

static void show_without_where_holds_nothing(void **state) {
    struct fake *fake = *state;
    run_guest(fake);
    assert_int_equal(fake_run(fake, "zone show guest"), CLI_OK);
    assert_int_equal(fake_run(fake, "zone show --where root"), CLI_FAILED);
    assert_contains(fake->err, "zone 0 (root): this is the root zone");
    fake->zones[1].summary.state = LV_STATE_STOPPED;
    assert_int_equal(fake_run(fake, "zone show --where guest"), CLI_OK);
    assert_string_equal(fake->commands, "");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_panic_is_seen_in_the_last_line),
        TEST(a_panic_without_time_stamps_is_seen),
        TEST(silence_is_seen_after_a_while),
        TEST(a_start_of_a_silent_zone_has_a_hint),
        TEST(what_the_hypervisor_noticed_is_told),
        TEST(show_tells_the_history),
        TEST(events_of_the_past),
        TEST(events_of_a_zone_that_is_gone),
        TEST(the_log_has_the_lives_of_zones),
        TEST(the_log_follows_lives),
        TEST(show_where_holds_the_zone_for_a_moment),
        TEST(show_without_where_holds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
