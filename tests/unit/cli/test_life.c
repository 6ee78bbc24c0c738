// SPDX-License-Identifier: GPL-2.0-or-later
/* start, stop, restart, destroy: what is asked of the machine, what is said, and for how long. */
#include "fake.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <string.h>

static void start_waits_until_it_runs(void **state) {
    struct fake *fake = *state;
    assert_int_equal(fake_run(fake, "zone start guest"), CLI_OK);
    assert_string_equal(fake->commands, "START 1");
    assert_string_equal(fake->out, "zone 1 (guest): RUNNING after 0.3 s\n");
    assert_string_equal(fake->err, "");
    assert_int_equal(fake->zones[1].summary.state, LV_STATE_RUNNING);
}

static void start_takes_a_number(void **state) {
    struct fake *fake = *state;
    assert_int_equal(fake_run(fake, "zone start 1"), CLI_OK);
    assert_string_equal(fake->commands, "START 1");
}

static void start_needs_no_events(void **state) {
    struct fake *fake = *state;
    fake->lose_events = true;
    assert_int_equal(fake_run(fake, "zone start guest"), CLI_OK);
    assert_contains(fake->out, "RUNNING");
}

static void start_says_that_it_goes_on(void **state) {
    struct fake *fake = *state;
    fake->zones[1].start_ms = 15000;
    assert_int_equal(fake_run(fake, "zone start guest"), CLI_OK);
    assert_contains(fake->err, "zone 1 (guest): starting for 2 s, STARTING\n");
    assert_contains(fake->err, "zone 1 (guest): starting for 12 s, STARTING\n");
    assert_contains(fake->out, "RUNNING after 15.0 s");
}

static void start_ends_in_time(void **state) {
    struct fake *fake = *state;
    fake->zones[1].start_ms = FAKE_NEVER;
    assert_int_equal(fake_run(fake, "zone start --timeout 7.5 guest"), CLI_FAILED);
    assert_int_equal(fake->now_ms, 5000 + 7500);
    assert_contains(fake->err, "start zone 1 (guest): not done in time, it is STARTING");
    assert_contains(fake->err, "--timeout");
    assert_string_equal(fake->out, "");
}

static void start_does_not_wait_when_told(void **state) {
    struct fake *fake = *state;
    fake->zones[1].start_ms = FAKE_NEVER;
    assert_int_equal(fake_run(fake, "zone start --no-wait guest"), CLI_OK);
    assert_int_equal(fake->polls, 0);
    assert_contains(fake->out, "STARTING, not waited for");
}

static void start_tells_of_failure(void **state) {
    struct fake *fake = *state;
    fake->zones[1].becomes = LV_STATE_FAILED;
    fake->zones[1].reason = LV_REASON_FAILURE;
    assert_int_equal(fake_run(fake, "zone start guest"), CLI_FAILED);
    assert_contains(fake->err, "it is FAILED, reason: failure; loongvisor zone show guest");
}

/* It has run, however short. */
static void start_of_a_short_life_is_a_start(void **state) {
    struct fake *fake = *state;
    fake->zones[1].becomes_next = LV_STATE_STOPPED;
    fake->zones[1].reason = LV_REASON_POWEROFF;
    assert_int_equal(fake_run(fake, "zone start guest"), CLI_OK);
    assert_contains(fake->out, "RUNNING");
    fake->lose_events = true;
    assert_int_equal(fake_run(fake, "zone start guest"), CLI_OK);
    assert_contains(fake->out, "STOPPED, it ran and powered itself off");
}

static void start_of_a_running_zone_is_nothing(void **state) {
    struct fake *fake = *state;
    fake->zones[1].summary.state = LV_STATE_RUNNING;
    assert_int_equal(fake_run(fake, "zone start guest"), CLI_OK);
    assert_string_equal(fake->commands, "");
    assert_contains(fake->out, "RUNNING, as it was before");
}

static void start_waits_for_one_that_starts(void **state) {
    struct fake *fake = *state;
    struct fake_zone *zone = &fake->zones[1];
    zone->summary.state = LV_STATE_STARTING;
    zone->due_ms = fake->now_ms + 700;
    zone->next = LV_STATE_RUNNING;
    assert_int_equal(fake_run(fake, "zone start guest"), CLI_OK);
    assert_string_equal(fake->commands, "");
    assert_contains(fake->out, "RUNNING after 0.7 s");
}

/* An event from before the command must not be taken for its result. */
static void old_events_do_not_count(void **state) {
    struct fake *fake = *state;
    fake_become(fake, 1, LV_STATE_RUNNING, LV_REASON_COMMAND);
    fake_become(fake, 1, LV_STATE_STOPPED, LV_REASON_COMMAND);
    fake->now_ms += 1;
    fake->zones[1].start_ms = 900;
    assert_int_equal(fake_run(fake, "zone start guest"), CLI_OK);
    assert_contains(fake->out, "RUNNING after 0.9 s");
}

static void events_of_others_do_not_count(void **state) {
    struct fake *fake = *state;
    fake_add(fake, 2, "other", LV_STATE_STOPPED);
    fake->zones[1].start_ms = 900;
    fake->zones[2].due_ms = fake->now_ms + 100;
    fake->zones[2].next = LV_STATE_RUNNING;
    assert_int_equal(fake_run(fake, "zone start guest"), CLI_OK);
    assert_string_equal(fake->out, "zone 1 (guest): RUNNING after 0.9 s\n");
}

static void start_of_many_goes_on_after_one_that_fails(void **state) {
    struct fake *fake = *state;
    fake_add(fake, 2, "other", LV_STATE_STOPPED);
    assert_int_equal(fake_run(fake, "zone start guest nobody other"), CLI_FAILED);
    assert_string_equal(fake->commands, "START 1, START 2");
    assert_contains(fake->err, "no zone and no file is called 'nobody'");
}

static void a_refusal_names_zone_and_remedy(void **state) {
    struct fake *fake = *state;
    fake->zones[1].summary.state = LV_STATE_DESTROYING;
    assert_int_equal(fake_run(fake, "zone start guest"), CLI_FAILED);
    assert_contains(fake->err, "loongvisor: start zone 1 (guest): the zone's state does not allow "
                               "it");
}

static void a_call_cut_short_is_made_again(void **state) {
    struct fake *fake = *state;
    fake->fail_request = LV_IOCTL_START;
    fake->fail_error = EINTR;
    fake->fail_times = 3;
    assert_int_equal(fake_run(fake, "zone start guest"), CLI_OK);
    assert_string_equal(fake->commands, "START 1");
}

static void stop_asks(void **state) {
    struct fake *fake = *state;
    fake->zones[1].summary.state = LV_STATE_RUNNING;
    assert_int_equal(fake_run(fake, "zone stop guest"), CLI_OK);
    assert_string_equal(fake->commands, "STOP 1 0");
    assert_string_equal(fake->out, "zone 1 (guest): STOPPED after 1.5 s\n");
}

static void stop_forces_who_does_not_listen(void **state) {
    struct fake *fake = *state;
    fake->zones[1].summary.state = LV_STATE_RUNNING;
    fake->zones[1].stop_ms = FAKE_NEVER;
    assert_int_equal(fake_run(fake, "zone stop --timeout 4 guest"), CLI_OK);
    assert_string_equal(fake->commands, "STOP 1 0, STOP 1 1");
    assert_contains(fake->err, "it does not stop by itself: forced");
    assert_contains(fake->out, "STOPPED after 4.0 s");
}

static void stop_forces_who_cannot_be_asked(void **state) {
    struct fake *fake = *state;
    fake->zones[1].summary.state = LV_STATE_RUNNING;
    fake->zones[1].has_power = false;
    assert_int_equal(fake_run(fake, "zone stop guest"), CLI_OK);
    assert_string_equal(fake->commands, "STOP 1 0, STOP 1 1");
    assert_contains(fake->err, "no power block");
    assert_contains(fake->out, "STOPPED after 0.0 s");
}

static void stop_forces_a_paused_zone(void **state) {
    struct fake *fake = *state;
    fake->zones[1].summary.state = LV_STATE_PAUSED;
    assert_int_equal(fake_run(fake, "zone stop guest"), CLI_OK);
    assert_string_equal(fake->commands, "STOP 1 1");
}

static void stop_forces_when_told(void **state) {
    struct fake *fake = *state;
    fake->zones[1].summary.state = LV_STATE_RUNNING;
    assert_int_equal(fake_run(fake, "zone stop --force guest"), CLI_OK);
    assert_string_equal(fake->commands, "STOP 1 1");
}

static void stop_says_when_even_force_does_not_help(void **state) {
    struct fake *fake = *state;
    fake->zones[1].summary.state = LV_STATE_RUNNING;
    fake->zones[1].force_ms = FAKE_NEVER;
    assert_int_equal(fake_run(fake, "zone stop --force guest"), CLI_FAILED);
    assert_contains(fake->err, "not done in time, it is STOPPING");
}

/* Its state is one at rest, but it is not: the CPU may still run it. */
static void stop_fails_when_a_cpu_is_lost(void **state) {
    struct fake *fake = *state;
    fake->zones[1].summary.state = LV_STATE_RUNNING;
    fake->zones[1].loses_cpu = true;
    assert_int_equal(fake_run(fake, "zone stop --force guest"), CLI_FAILED);
    assert_contains(fake->err, "it is FAILED, reason: CPU lost");
    assert_int_equal(fake_run(fake, "zone stop guest"), CLI_FAILED);
    assert_int_equal(fake_run(fake, "zone destroy --force guest"), CLI_FAILED);
    assert_contains(fake->err, "a CPU is lost");
    assert_contains(fake->commands, "STOP 1 1");
}

static void destroy_fails_when_a_cpu_is_lost(void **state) {
    struct fake *fake = *state;
    fake->zones[1].loses_cpu = true;
    assert_int_equal(fake_run(fake, "zone destroy guest"), CLI_FAILED);
    assert_contains(fake->err, "it is FAILED, reason: CPU lost");
}

static void stop_of_a_stopped_zone_is_nothing(void **state) {
    struct fake *fake = *state;
    assert_int_equal(fake_run(fake, "zone stop guest"), CLI_OK);
    assert_string_equal(fake->commands, "");
    assert_contains(fake->out, "STOPPED, as it was before");
}

static void stop_asks_and_leaves_when_told(void **state) {
    struct fake *fake = *state;
    fake->zones[1].summary.state = LV_STATE_RUNNING;
    assert_int_equal(fake_run(fake, "zone stop --no-wait guest"), CLI_OK);
    assert_string_equal(fake->commands, "STOP 1 0");
    assert_int_equal(fake->polls, 0);
}

static void stop_of_the_root_zone_is_refused(void **state) {
    struct fake *fake = *state;
    assert_int_equal(fake_run(fake, "zone stop root"), CLI_FAILED);
    assert_int_equal(fake_run(fake, "zone destroy --force root"), CLI_FAILED);
    assert_int_equal(fake_run(fake, "zone restart 0"), CLI_FAILED);
    assert_string_equal(fake->commands, "");
    assert_contains(fake->err, "restart zone 0 (root): this is the root zone, in which you are");
}

static void restart_waits_for_the_next_start(void **state) {
    struct fake *fake = *state;
    fake->zones[1].summary.state = LV_STATE_RUNNING;
    fake->zones[1].start_ms = 2500;
    assert_int_equal(fake_run(fake, "zone restart guest"), CLI_OK);
    assert_string_equal(fake->commands, "RESTART 1");
    assert_contains(fake->out, "RUNNING after 2.5 s");
    assert_int_equal(fake->zones[1].summary.starts, 2);
}

static void restart_needs_no_events(void **state) {
    struct fake *fake = *state;
    fake->zones[1].summary.state = LV_STATE_RUNNING;
    fake->zones[1].start_ms = 2500;
    fake->lose_events = true;
    assert_int_equal(fake_run(fake, "zone restart guest"), CLI_OK);
    assert_int_equal(fake->zones[1].summary.state, LV_STATE_RUNNING);
    assert_int_equal(fake->zones[1].summary.starts, 2);
}

static void stop_it(struct fake *fake) {
    if (fake->zones[1].summary.state == LV_STATE_STOPPING) {
        fake->zones[1].restarts = false;
    }
}

/* Somebody's forced stop overtakes the restart: it will never run, and nothing goes on. */
static void a_restart_that_is_overtaken_ends_and_says_so(void **state) {
    struct fake *fake = *state;
    uint64_t begun = fake->now_ms;
    fake->zones[1].summary.state = LV_STATE_RUNNING;
    fake->zones[1].force_ms = 500;
    fake->lose_events = true;
    fake->at_poll = stop_it;
    assert_int_equal(fake_run(fake, "zone restart guest"), CLI_FAILED);
    assert_in_range(fake->now_ms - begun, 500, 2000);
    assert_contains(fake->err, "restart zone 1 (guest): another command came in between, it is "
                               "STOPPED\n");
    assert_lacks(fake->err, "goes on");
}

/* A zone that is on its way to restart, by another's command or by its policy. */
static void a_forced_stop_is_given_to_a_zone_that_stops(void **state) {
    struct fake *fake = *state;
    struct fake_zone *zone = &fake->zones[1];
    zone->summary.state = LV_STATE_STOPPING;
    assert_int_equal(fake_run(fake, "zone stop --force guest"), CLI_OK);
    assert_string_equal(fake->commands, "STOP 1 1");
    assert_contains(fake->out, "STOPPED after 0.0 s");
    zone->summary.state = LV_STATE_FAILING;
    assert_int_equal(fake_run(fake, "zone stop guest"), CLI_OK);
    assert_string_equal(fake->commands, "STOP 1 1, STOP 1 1");
    assert_contains(fake->err, "it is FAILING, so that it cannot be asked: forced");
}

static void rest_before_the_list_is_read_again(struct fake *fake) {
    fake->at_force = NULL;
    fake_become(fake, 1, LV_STATE_STOPPED, LV_REASON_POWEROFF);
}

static void a_forced_stop_of_what_has_just_stopped_is_done(void **state) {
    struct fake *fake = *state;
    fake->zones[1].summary.state = LV_STATE_RUNNING;
    fake->at_force = rest_before_the_list_is_read_again;
    assert_int_equal(fake_run(fake, "zone stop --force guest"), CLI_OK);
    assert_contains(fake->out, "STOPPED");
    assert_string_equal(fake->err, "");
}

static void start_it_again(struct fake *fake) {
    if (fake->zones[1].summary.state == LV_STATE_STOPPED) {
        fake_become(fake, 1, LV_STATE_RUNNING, LV_REASON_COMMAND);
    }
}

static void a_forced_stop_does_not_wait_for_what_another_started(void **state) {
    struct fake *fake = *state;
    uint64_t begun = fake->now_ms;
    fake->zones[1].summary.state = LV_STATE_RUNNING;
    fake->lose_events = true;
    fake->at_poll = start_it_again;
    assert_int_equal(fake_run(fake, "zone stop --force guest"), CLI_FAILED);
    assert_in_range(fake->now_ms - begun, 0, 3000);
    assert_contains(fake->err, "it was stopped, and another command has started it again; it is "
                               "RUNNING");
}

static void start_before_the_command(struct fake *fake) {
    fake->at_start = NULL;
    fake_become(fake, 1, LV_STATE_STARTING, LV_REASON_COMMAND);
    fake->zones[1].due_ms = fake->now_ms + 400;
    fake->zones[1].next = LV_STATE_RUNNING;
}

static void a_zone_that_another_has_just_started_is_started(void **state) {
    struct fake *fake = *state;
    fake->at_start = start_before_the_command;
    assert_int_equal(fake_run(fake, "zone start guest"), CLI_OK);
    assert_contains(fake->out, "RUNNING after 0.4 s");
    assert_string_equal(fake->err, "");
}

static void pause_it(struct fake *fake) {
    if (fake->zones[1].summary.state == LV_STATE_RUNNING) {
        fake_become(fake, 1, LV_STATE_PAUSED, LV_REASON_COMMAND);
    }
}

static void a_start_does_not_wait_for_a_zone_that_another_paused(void **state) {
    struct fake *fake = *state;
    fake->lose_events = true;
    fake->at_poll = pause_it;
    assert_int_equal(fake_run(fake, "zone start guest"), CLI_FAILED);
    assert_contains(fake->err, "another command came in between, it is PAUSED");
}

static void stop_tells_of_a_request_that_nobody_notices(void **state) {
    struct fake *fake = *state;
    fake->zones[1].summary.state = LV_STATE_RUNNING;
    fake->zones[1].stop_ms = FAKE_NEVER;
    fake->zones[1].deaf = true;
    assert_int_equal(fake_run(fake, "zone stop --timeout 4 guest"), CLI_OK);
    assert_contains(fake->err, "stopping for 2 s, RUNNING; nothing in it has noticed the request");
    assert_contains(fake->err, "stop zone 1 (guest): nothing in it has noticed the request (it "
                               "sleeps or hangs, or nothing watches its power button): forced");
}

static void pause_and_resume(void **state) {
    struct fake *fake = *state;
    fake->zones[1].summary.state = LV_STATE_RUNNING;
    assert_int_equal(fake_run(fake, "zone pause guest"), CLI_OK);
    assert_string_equal(fake->out, "zone 1 (guest): PAUSED after 0.0 s\n");
    assert_int_equal(fake_run(fake, "zone pause guest"), CLI_OK);
    assert_contains(fake->out, "PAUSED, as it was before");
    assert_int_equal(fake_run(fake, "zone resume --json guest"), CLI_OK);
    assert_contains(fake->out, "\"state\": \"RUNNING\"");
    assert_int_equal(fake_run(fake, "zone resume guest"), CLI_OK);
    assert_contains(fake->out, "RUNNING, as it was before");
    assert_string_equal(fake->commands, "PAUSE 1, RESUME 1");
}

static void pause_of_what_does_not_run_is_refused(void **state) {
    struct fake *fake = *state;
    assert_int_equal(fake_run(fake, "zone pause guest"), CLI_FAILED);
    assert_contains(fake->err, "pause zone 1 (guest): the zone's state does not allow it, it is "
                               "STOPPED");
    assert_int_equal(fake_run(fake, "zone resume guest"), CLI_FAILED);
    assert_int_equal(fake_run(fake, "zone pause root"), CLI_FAILED);
    assert_contains(fake->err, "pause zone 0 (root): this is the root zone, in which you are");
    assert_string_equal(fake->commands, "");
    fake->zones[1].summary.state = LV_STATE_PAUSED;
    assert_int_equal(fake_run(fake, "zone start guest"), CLI_FAILED);
    assert_contains(fake->err, "it is PAUSED; loongvisor zone resume has it go on");
}

static void destroy_waits_until_it_is_gone(void **state) {
    struct fake *fake = *state;
    assert_int_equal(fake_run(fake, "zone destroy guest"), CLI_OK);
    assert_string_equal(fake->commands, "DESTROY 1");
    assert_string_equal(fake->out, "zone 1 (guest): ABSENT after 0.2 s\n");
    assert_false(fake->zones[1].exists);
}

static void memory_is_busy(struct fake *fake, unsigned times, size_t users) {
    fake->fail_request = LV_IOCTL_DESTROY;
    fake->fail_error = EBUSY;
    fake->fail_times = times;
    fake->num_users = users;
}

static void destroy_waits_for_short_io(void **state) {
    struct fake *fake = *state;
    memory_is_busy(fake, 5, 1);
    assert_int_equal(fake_run(fake, "zone destroy guest"), CLI_OK);
    assert_false(fake->zones[1].exists);
}

static void destroy_names_who_uses_the_memory(void **state) {
    struct fake *fake = *state;
    uint64_t begun = fake->now_ms;
    fake->zones[1].config.zone_id = 1;
    memory_is_busy(fake, UINT_MAX, 2);
    assert_int_equal(fake_run(fake, "zone destroy guest"), CLI_FAILED);
    assert_contains(fake->err, "destroy zone 1 (guest): its memory is in use");
    assert_contains(fake->err, "(process 100: back-end zone 1; process 101: back-end zone 1)");
    assert_true(fake->zones[1].exists);
    assert_in_range(fake->now_ms - begun, 1000, 1200);
    memory_is_busy(fake, UINT_MAX, 0);
    assert_int_equal(fake_run(fake, "zone destroy guest"), CLI_FAILED);
    assert_contains(fake->err, "does not have it open any more");
}

static void destroy_needs_no_events(void **state) {
    struct fake *fake = *state;
    fake->lose_events = true;
    assert_int_equal(fake_run(fake, "zone destroy guest"), CLI_OK);
    assert_contains(fake->out, "ABSENT");
}

static void destroy_of_a_running_zone_changes_nothing(void **state) {
    struct fake *fake = *state;
    fake->zones[1].summary.state = LV_STATE_RUNNING;
    assert_int_equal(fake_run(fake, "zone destroy guest"), CLI_FAILED);
    assert_string_equal(fake->commands, "");
    assert_contains(fake->err, "it is RUNNING; stop it first (loongvisor zone stop guest)");
}

static void destroy_stops_first_when_forced(void **state) {
    struct fake *fake = *state;
    fake->zones[1].summary.state = LV_STATE_RUNNING;
    assert_int_equal(fake_run(fake, "zone destroy --force guest"), CLI_OK);
    assert_string_equal(fake->commands, "STOP 1 1, DESTROY 1");
    assert_false(fake->zones[1].exists);
}

static void start_it_once(struct fake *fake) {
    if (fake->zones[1].summary.state == LV_STATE_STOPPED && fake->zones[1].summary.starts == 1) {
        fake->zones[1].summary.starts++;
        fake_become(fake, 1, LV_STATE_RUNNING, LV_REASON_COMMAND);
    }
}

static void destroy_forces_again_what_another_started(void **state) {
    struct fake *fake = *state;
    fake->zones[1].summary.state = LV_STATE_RUNNING;
    fake->lose_events = true;
    fake->at_poll = start_it_once;
    assert_int_equal(fake_run(fake, "zone destroy --force guest"), CLI_OK);
    assert_false(fake->zones[1].exists);
}

static volatile sig_atomic_t signals_seen;

static void count_signal(int number) {
    (void)number;
    signals_seen++;
}

static void interrupt_at_third_poll(struct fake *fake) {
    if (fake->polls == 3) {
        raise(SIGINT);
    }
}

/* The wait ends, the zone goes on, and the process gets its signal in the end. */
static void a_signal_ends_the_wait(void **state) {
    struct fake *fake = *state;
    struct sigaction count = {.sa_handler = count_signal};
    struct sigaction before;
    sigaction(SIGINT, &count, &before);
    signals_seen = 0;
    fake->zones[1].start_ms = FAKE_NEVER;
    fake->at_poll = interrupt_at_third_poll;
    assert_int_equal(fake_run(fake, "zone start guest"), CLI_FAILED);
    sigaction(SIGINT, &before, NULL);
    assert_int_equal(signals_seen, 1);
    assert_contains(fake->err, "interrupted, it is STARTING; it goes on");
}

static void json_is_a_list_of_results(void **state) {
    struct fake *fake = *state;
    fake_add(fake, 2, "other", LV_STATE_RUNNING);
    assert_int_equal(fake_run(fake, "zone start --json guest other"), CLI_OK);
    json_t *list = json_loads(fake->out, 0, NULL);
    assert_int_equal(json_array_size(list), 2);
    const json_t *first = json_array_get(list, 0);
    assert_string_equal(json_string_value(json_object_get(first, "name")), "guest");
    assert_string_equal(json_string_value(json_object_get(first, "state")), "RUNNING");
    assert_string_equal(json_string_value(json_object_get(first, "reason")), "command");
    assert_int_equal(json_integer_value(json_object_get(first, "zone_id")), 1);
    assert_true(json_real_value(json_object_get(first, "seconds")) > 0.29);
    json_decref(list);
}

static void json_of_nothing_is_an_empty_list(void **state) {
    struct fake *fake = *state;
    assert_int_equal(fake_run(fake, "zone start --json nobody"), CLI_FAILED);
    assert_string_equal(fake->out, "[]\n");
}

static void a_broken_machine_ends_the_wait(void **state) {
    struct fake *fake = *state;
    fake->fail_request = LV_IOCTL_MACHINE;
    fake->fail_error = EFAULT;
    fake->fail_times = 1;
    assert_int_equal(fake_run(fake, "zone start guest"), CLI_FAILED);
    assert_contains(fake->err, "loongvisor.ko");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)
    const struct CMUnitTest tests[] = {
        TEST(start_waits_until_it_runs),
        TEST(start_takes_a_number),
        TEST(start_needs_no_events),
        TEST(start_says_that_it_goes_on),
        TEST(start_ends_in_time),
        TEST(start_does_not_wait_when_told),
        TEST(start_tells_of_failure),
        TEST(start_of_a_short_life_is_a_start),
        TEST(start_of_a_running_zone_is_nothing),
        TEST(start_waits_for_one_that_starts),
        TEST(old_events_do_not_count),
        TEST(events_of_others_do_not_count),
        TEST(start_of_many_goes_on_after_one_that_fails),
        TEST(a_refusal_names_zone_and_remedy),
        TEST(a_call_cut_short_is_made_again),
        TEST(stop_asks),
        TEST(stop_forces_who_does_not_listen),
        TEST(stop_forces_who_cannot_be_asked),
        TEST(stop_forces_a_paused_zone),
        TEST(stop_forces_when_told),
        TEST(stop_says_when_even_force_does_not_help),
        TEST(stop_fails_when_a_cpu_is_lost),
        TEST(destroy_fails_when_a_cpu_is_lost),
        TEST(stop_of_a_stopped_zone_is_nothing),
        TEST(stop_asks_and_leaves_when_told),
        TEST(stop_of_the_root_zone_is_refused),
        TEST(restart_waits_for_the_next_start),
        TEST(restart_needs_no_events),
        TEST(a_restart_that_is_overtaken_ends_and_says_so),
        TEST(a_forced_stop_is_given_to_a_zone_that_stops),
        TEST(a_forced_stop_of_what_has_just_stopped_is_done),
        TEST(a_forced_stop_does_not_wait_for_what_another_started),
        TEST(a_zone_that_another_has_just_started_is_started),
        TEST(a_start_does_not_wait_for_a_zone_that_another_paused),
        TEST(stop_tells_of_a_request_that_nobody_notices),
        TEST(pause_and_resume),
        TEST(pause_of_what_does_not_run_is_refused),
        TEST(destroy_forces_again_what_another_started),
        TEST(destroy_waits_until_it_is_gone),
        TEST(destroy_waits_for_short_io),
        TEST(destroy_names_who_uses_the_memory),
        TEST(destroy_needs_no_events),
        TEST(destroy_of_a_running_zone_changes_nothing),
        TEST(destroy_stops_first_when_forced),
        TEST(a_signal_ends_the_wait),
        TEST(json_is_a_list_of_results),
        TEST(json_of_nothing_is_an_empty_list),
        TEST(a_broken_machine_ends_the_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
