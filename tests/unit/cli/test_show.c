// SPDX-License-Identifier: GPL-2.0-or-later
/* list, show, stats, log and events: what they print, and of answers that no hypervisor gives. */
#include "fake.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#define SECOND_NS 1000000000u

static json_t *parse(const struct fake *fake) {
    json_error_t error;
    json_t *json = json_loads(fake->out, 0, &error);
    if (json == NULL) {
        fail_msg("not JSON: %s:\n%s", error.text, fake->out);
    }
    return json;
}

static const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    assert_non_null(text);
    return text;
}

static json_int_t number_of(const json_t *object, const char *key) {
    const json_t *number = json_object_get(object, key);
    assert_true(json_is_integer(number));
    return json_integer_value(number);
}

static void list_is_a_table(void **state) {
    struct fake *fake = *state;
    fake_add(fake, 12, "a-zone-with-a-name-of-31-letter", LV_STATE_FAILED)->summary.reason =
        LV_REASON_WATCHDOG;
    assert_int_equal(fake_run(fake, "zone list"), CLI_OK);
    assert_string_equal(
        fake->out,
        "ID  NAME                             STATE    CPUS       RAM  STARTS  RUNNING FOR  "
        "REASON\n"
        " 0  root                             RUNNING  0-3    256 MiB       1       12.5 s  "
        "command\n"
        " 1  guest                            STOPPED  4-5    256 MiB       1               "
        "command\n"
        "12  a-zone-with-a-name-of-31-letter  FAILED   26-27  256 MiB       1               "
        "watchdog\n");
}

static void list_of_names(void **state) {
    struct fake *fake = *state;
    assert_int_equal(fake_run(fake, "zone list --quiet"), CLI_OK);
    assert_string_equal(fake->out, "root\nguest\n");
}

static void list_as_json(void **state) {
    struct fake *fake = *state;
    assert_int_equal(fake_run(fake, "zone list -j"), CLI_OK);
    json_t *list = parse(fake);
    assert_int_equal(json_array_size(list), 2);
    const json_t *zone = json_array_get(list, 1);
    assert_string_equal(text_of(zone, "name"), "guest");
    assert_string_equal(text_of(zone, "state"), "STOPPED");
    assert_int_equal(number_of(zone, "ram"), 0x10000000);
    assert_int_equal(json_integer_value(json_array_get(json_object_get(zone, "cpus"), 1)), 5);
    assert_true(json_is_true(json_object_get(json_array_get(list, 0), "root")));
    json_decref(list);
}

static void list_of_nonsense(void **state) {
    struct fake *fake = *state;
    memset(fake->zones[1].summary.name, 'n', LV_NAME_SIZE);
    fake->zones[1].summary.name[3] = '\x1b';
    fake->zones[1].summary.state = 77;
    fake->zones[1].summary.reason = 88;
    fake->list_count = 1000;
    assert_int_equal(fake_run(fake, "zone list"), CLI_OK);
    assert_contains(fake->out, "nnn?nnnnnnnnnnnnnnnnnnnnnnnnnnn  state 77");
    assert_contains(fake->out, "reason 88\n");
    assert_int_equal(fake_run(fake, "zone list --json"), CLI_OK);
    json_decref(parse(fake));
    fake->zones[1].summary.zone_id = 0xffffffff;
    assert_int_equal(fake_run(fake, "zone list"), CLI_OK);
    assert_lacks(fake->out, "nnn");
}

static void without_a_device_there_is_a_remedy(void **state) {
    struct fake *fake = *state;
    fake->no_device = true;
    assert_int_equal(fake_run(fake, "zone list"), CLI_FAILED);
    assert_contains(fake->err, "loongvisor: /dev/loongvisor: No such file or directory; this works "
                               "in the root zone alone; is loongvisor.ko loaded?");
}

static void another_version_is_refused(void **state) {
    struct fake *fake = *state;
    fake->info.abi = LV_HYPERCALL_ABI + 1;
    assert_int_equal(fake_run(fake, "zone list"), CLI_FAILED);
    assert_contains(fake->err, "version 5 of the interface, this program version 4");
}

static void show_prints_configuration_and_state(void **state) {
    struct fake *fake = *state;
    struct lv_zone_config *config = &fake->zones[1].config;
    config->on_reboot = LV_POLICY_RESTART;
    config->watchdog_ms = 1500;
    config->on_watchdog = LV_POLICY_RESTART;
    config->num_payloads = 1;
    config->payloads[0] = (struct lv_payload){.offset = 0x1000, .gpa = 0x200000, .size = 512};
    config->store_hpa = 0xf8000000;
    config->store_size = 0x200000;
    config->num_pci_functions = 1;
    config->pci_functions[0] = (struct lv_pci_function){0, 0x11, 0, 0x18};
    assert_int_equal(fake_run(fake, "zone show guest"), CLI_OK);
    assert_contains(fake->out, "zone 1 (guest)\n  state       STOPPED, reason: command, started 1 "
                               "time\n  CPUs        4-5 (2 vCPUs)\n");
    assert_contains(fake->out, "    on_reboot        restart\n");
    assert_contains(fake->out, "    watchdog_ms      1500\n");
    assert_contains(fake->out, "    uart_interrupt   vector 2\n    power_interrupt  line 5\n"
                               "    event_interrupt  none\n");
    assert_contains(fake->out, "      BUS  DEVFN  ZONE_BUS  ZONE_DEVFN\n"
                               "       00   02.1        00        03.0\n");
    assert_contains(fake->out, "      TYPE          GPA          HPA     SIZE  SHARED  INTERRUPT\n"
                               "      ram           0x0  0x100000000  256 MiB  no      none\n");
    assert_contains(fake->out, "      0x200000  512 B  0x1000\n");
    assert_contains(fake->out, "    store_hpa        0xf8000000\n");
    assert_lacks(fake->out, "registers");
}

static void fail_zone(struct fake *fake) {
    struct fake_zone *zone = &fake->zones[1];
    struct lv_zone_failure *failure = &zone->status.failure;
    zone->summary.state = zone->status.state = LV_STATE_FAILED;
    zone->summary.reason = LV_REASON_FAILURE;
    *failure = (struct lv_zone_failure){
        .vcpu = 1, .ecode = 2, .pc = 0x9000000000201234, .badv = 0x7fff0000, .badi = 0x29c00084};
    failure->gpr[4] = 0xdeadbeef;
    for (unsigned i = 0; i < LV_EXIT_RECORDS; i++) {
        failure->exits[i] = (struct lv_exit_record){.ecode = UINT32_MAX};
    }
    failure->exits[30] = (struct lv_exit_record){.pc = 0x201000, .word = 0x6c48000, .ecode = 22};
    failure->exits[31] = (struct lv_exit_record){.pc = 0x201234, .word = 0x29c00084, .ecode = 2};
}

static void show_prints_why_a_zone_failed(void **state) {
    struct fake *fake = *state;
    fail_zone(fake);
    assert_int_equal(fake_run(fake, "zone show guest"), CLI_OK);
    assert_contains(fake->out,
                    "  failed      vCPU 1: a store to an address where the zone has nothing "
                    "(PIS)\n              at PC 0x9000000000201234, instruction 0x29c00084, GPA "
                    "0x7fff0000");
    assert_contains(fake->out, "    a0   00000000deadbeef");
    assert_contains(fake->out, "  last exits, oldest first\n"
                               "                  PC  EXIT  INSTRUCTION\n"
                               "    0000000000201000  GSPR     06c48000\n"
                               "    0000000000201234  PIS      29c00084\n");
}

static void show_a_failure_as_json(void **state) {
    struct fake *fake = *state;
    fail_zone(fake);
    assert_int_equal(fake_run(fake, "zone show --json 1"), CLI_OK);
    json_t *json = parse(fake);
    const json_t *failure = json_object_get(json, "failure");
    assert_string_equal(text_of(json, "state"), "FAILED");
    assert_string_equal(text_of(failure, "exception"), "PIS");
    assert_string_equal(text_of(failure, "pc"), "0x9000000000201234");
    assert_string_equal(text_of(json_object_get(failure, "registers"), "a0"), "0xdeadbeef");
    assert_int_equal(json_array_size(json_object_get(failure, "exits")), 2);
    const json_t *configuration = json_object_get(json, "configuration");
    assert_int_equal(number_of(json_object_get(configuration, "uart_interrupt"), "vector"), 2);
    json_decref(json);
}

static void show_of_nonsense(void **state) {
    struct fake *fake = *state;
    memset(&fake->zones[1].config, 0xff, sizeof(fake->zones[1].config));
    fail_zone(fake);
    memset(&fake->zones[1].status.failure, 0xff, sizeof(fake->zones[1].status.failure));
    assert_int_equal(fake_run(fake, "zone show guest"), CLI_OK);
    assert_contains(fake->out, "an unknown exception");
    assert_int_equal(fake_run(fake, "zone show --json guest"), CLI_OK);
    json_decref(parse(fake));
}

static void count_exits(struct fake *fake, uint64_t hypercalls, uint64_t idle) {
    fake->zones[1].stats.vcpus[0].exits[LV_EXIT_HYPERCALL] = hypercalls;
    fake->zones[1].stats.vcpus[1].exits[LV_EXIT_IDLE] = idle;
}

static void stats_are_since_the_start(void **state) {
    struct fake *fake = *state;
    count_exits(fake, 1000, 50);
    fake->zones[1].summary.run_ns = (uint64_t)10 * SECOND_NS;
    assert_int_equal(fake_run(fake, "stats guest"), CLI_OK);
    assert_contains(fake->out, "0.1.0 on qemu-virt, up 5.0 s: CPUs 0-7, of zones 0-5; pool 2 GiB, "
                               "free 1 GiB; page-table pages 12 of 256\n");
    assert_contains(fake->out, "zone 1 (guest): STOPPED, exits per second over 10.0 s\n"
                               "  CAUSE      VCPU 0     /S  VCPU 1   /S   ALL     /S\n"
                               "  hypercall    1000  100.0       0  0.0  1000  100.0\n"
                               "  idle            0    0.0      50  5.0    50    5.0\n"
                               "  all          1000  100.0      50  5.0  1050  105.0\n");
    assert_lacks(fake->out, "zone 0");
}

static void count_at_poll(struct fake *fake) {
    count_exits(fake, fake->zones[1].stats.vcpus[0].exits[LV_EXIT_HYPERCALL] + 30, 50);
}

static void stats_of_an_interval(void **state) {
    struct fake *fake = *state;
    count_exits(fake, 1000, 50);
    fake->at_poll = count_at_poll;
    assert_int_equal(fake_run(fake, "stats --watch --interval 2 --count 2 --json guest"), CLI_OK);
    char *second = strchr(fake->out, '\n') + 1;
    json_t *json = json_loads(second, JSON_DISABLE_EOF_CHECK, NULL);
    const json_t *zone = json_array_get(json_object_get(json, "zones"), 0);
    const json_t *vcpu = json_array_get(json_object_get(zone, "vcpus"), 0);
    const json_t *calls = json_object_get(json_object_get(vcpu, "exits"), "hypercall");
    assert_int_equal(number_of(calls, "count"), 1060);
    assert_true(json_real_value(json_object_get(calls, "rate")) > 29.99);
    assert_true(json_real_value(json_object_get(calls, "rate")) < 30.01);
    assert_int_equal(fake->now_ms, 5000 + 2000);
    json_decref(json);
}

static void start_anew_at_poll(struct fake *fake) {
    count_exits(fake, 10, 0);
    fake->zones[1].summary.starts++;
    fake->zones[1].summary.run_ns = SECOND_NS / 2;
}

/* Counts begin again with the zone: no rate below 0, none of a year's exits. */
static void stats_of_a_zone_started_anew(void **state) {
    struct fake *fake = *state;
    count_exits(fake, 1000, 50);
    fake->at_poll = start_anew_at_poll;
    assert_int_equal(fake_run(fake, "stats --watch --count 2 guest"), CLI_OK);
    assert_contains(fake->out, "exits per second over 0.5 s\n"
                               "  CAUSE      VCPU 0    /S  VCPU 1   /S  ALL    /S\n"
                               "  hypercall      10  20.0       0  0.0   10  20.0\n");
}

static void stats_of_nonsense(void **state) {
    struct fake *fake = *state;
    memset(&fake->zones[1].stats, 0xff, sizeof(fake->zones[1].stats));
    fake->info.version[LV_NAME_SIZE - 1] = 'x';
    assert_int_equal(fake_run(fake, "stats"), CLI_OK);
    assert_int_equal(fake_run(fake, "stats --json"), CLI_OK);
    json_t *json = parse(fake);
    const json_t *zone = json_array_get(json_object_get(json, "zones"), 1);
    assert_int_equal(json_array_size(json_object_get(zone, "vcpus")), LV_MAX_CPUS);
    json_decref(json);
}

static void stats_of_nobody(void **state) {
    struct fake *fake = *state;
    assert_int_equal(fake_run(fake, "stats guest nobody"), CLI_FAILED);
    assert_contains(fake->err, "no zone is called 'nobody'");
    assert_string_equal(fake->out, "");
}

static void log_prints_what_is_kept(void **state) {
    struct fake *fake = *state;
    static char line[] = "[    1.000000] I a line of the log that is repeated and repeated\n";
    for (unsigned i = 0; i < 200; i++) {
        fake_log(fake, line);
    }
    fake->log.kept = 100 * strlen(line);
    assert_int_equal(fake_run(fake, "log"), CLI_OK);
    assert_int_equal(fake->out_size, 100 * strlen(line));
    assert_string_equal(fake->err, "");
}

static void log_prints_no_control_characters(void **state) {
    struct fake *fake = *state;
    fake_log(fake, "\033[2J\001\x9b\177 ~\n");
    assert_int_equal(fake_run(fake, "log"), CLI_OK);
    assert_string_equal(fake->out, "?[2J??? ~\n");
}

static void log_at_poll(struct fake *fake) {
    if (fake->polls == 3) {
        fake_log(fake, "second\n");
    } else if (fake->polls == 6) {
        fake->log.kept = 6;
        fake_log(fake, "lost.\nthird\n");
    } else if (fake->polls == 9) {
        fake->fail_request = LV_IOCTL_GROWN;
        fake->fail_error = ENODEV;
        fake->fail_times = 1;
        fake_log(fake, "x");
    }
}

static void log_follows(void **state) {
    struct fake *fake = *state;
    fake_log(fake, "first\n");
    fake->at_poll = log_at_poll;
    assert_int_equal(fake_run(fake, "log -f"), CLI_FAILED);
    assert_string_equal(fake->out, "first\nsecond\nthird\n");
    assert_contains(fake->err, "log: 6 bytes were lost");
}

static void happen_at_poll(struct fake *fake) {
    if (fake->polls == 2) {
        fake_become(fake, 1, LV_STATE_STARTING, LV_REASON_COMMAND);
        fake_become(fake, 0, LV_STATE_RUNNING, LV_REASON_NONE);
        fake_become(fake, 1, LV_STATE_RUNNING, LV_REASON_COMMAND);
    } else if (fake->polls == 5) {
        fake->sequence[1] += 3;
        fake_become(fake, 1, LV_STATE_ABSENT, LV_REASON_WATCHDOG);
    }
}

static void events_are_printed_as_they_come(void **state) {
    struct fake *fake = *state;
    fake->at_poll = happen_at_poll;
    assert_int_equal(fake_run(fake, "events --count 3 guest"), CLI_OK);
    assert_string_equal(fake->out, "[    5.000000] zone 1 (guest): STARTING, reason: command\n"
                                   "[    5.000000] zone 1 (guest): RUNNING, reason: command\n"
                                   "[    5.000000] zone 1 (guest): ABSENT, reason: watchdog\n");
    assert_contains(fake->err, "3 of zone 1 (guest) were lost");
}

static void events_as_json_lines(void **state) {
    struct fake *fake = *state;
    fake->at_poll = happen_at_poll;
    assert_int_equal(fake_run(fake, "events --json --count 4"), CLI_OK);
    const char *line = fake->out;
    static const char *const states[] = {"STARTING", "RUNNING", "RUNNING", "ABSENT"};
    static const char *const names[] = {"guest", "root", "guest", "guest"};
    for (size_t i = 0; i < 4; i++) {
        json_t *event = json_loads(line, JSON_DISABLE_EOF_CHECK, NULL);
        assert_string_equal(text_of(event, "state"), states[i]);
        assert_string_equal(text_of(event, "name"), names[i]);
        assert_int_equal(number_of(event, "lost"), i == 3 ? 3 : 0);
        json_decref(event);
        line = strchr(line, '\n') + 1;
    }
    assert_string_equal(line, "");
}

static void events_end_in_time(void **state) {
    struct fake *fake = *state;
    assert_int_equal(fake_run(fake, "events --timeout 3"), CLI_OK);
    assert_int_equal(fake->now_ms, 8000);
    assert_int_equal(fake_run(fake, "events --timeout 3 --count 1"), CLI_FAILED);
}

static void events_of_nonsense(void **state) {
    struct fake *fake = *state;
    fake->queue[fake->head++] =
        (struct lv_event){.zone_id = 0xffffffff, .state = 99, .reason = 98, .sequence = 1};
    assert_int_equal(fake_run(fake, "events --count 1"), CLI_OK);
    assert_contains(fake->out, "zone 4294967295 (?): state 99, reason: reason 98\n");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)
    const struct CMUnitTest tests[] = {
        TEST(list_is_a_table),
        TEST(list_of_names),
        TEST(list_as_json),
        TEST(list_of_nonsense),
        TEST(without_a_device_there_is_a_remedy),
        TEST(another_version_is_refused),
        TEST(show_prints_configuration_and_state),
        TEST(show_prints_why_a_zone_failed),
        TEST(show_a_failure_as_json),
        TEST(show_of_nonsense),
        TEST(stats_are_since_the_start),
        TEST(stats_of_an_interval),
        TEST(stats_of_a_zone_started_anew),
        TEST(stats_of_nonsense),
        TEST(stats_of_nobody),
        TEST(log_prints_what_is_kept),
        TEST(log_prints_no_control_characters),
        TEST(log_follows),
        TEST(events_are_printed_as_they_come),
        TEST(events_as_json_lines),
        TEST(events_end_in_time),
        TEST(events_of_nonsense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
