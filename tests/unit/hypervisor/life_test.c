// SPDX-License-Identifier: GPL-2.0-or-later
/* core/zone_life.c and core/events.c: commands that meet a zone on its way, notices and history. */
#include <support.h>
#include <core/hypercall.h>
#include <lib/bits.h>
#include <string.h>

#define BUFFER     0x8000u
#define POWER_BASE 0x100e0000u

static struct test_image *image;
static struct zone *zone;
static struct vcpu *root;
static uint8_t *buffer;

static int two_zones(void **state) {
    support_reset(state);
    image = support_image();
    struct lv_zone_config *config = &image->zones[1];
    config->regions[config->num_regions++] = (struct lv_region){.type = LV_REGION_POWER,
                                                                .interrupt = LV_INTERRUPT_LINE(3),
                                                                .gpa = POWER_BASE,
                                                                .size = LV_PAGE_SIZE};
    support_create_zone(image, 0);
    support_create_zone(image, 1);
    zone = zone_find(1);
    root = &zone_find(0)->vcpus[0];
    buffer = fake_ram(ZONE_RAM(0) + BUFFER);
    fake_be_cpu(0);
    return 0;
}

static int64_t call(uint64_t code, uint64_t id) {
    fake_be_cpu(root->cpu);
    return hypercall_handle(root, code, id, ZONE_RAM(0) + BUFFER);
}

static const struct lv_history *history(uint64_t id) {
    memset(buffer, 0xee, sizeof(struct lv_history) + 1);
    assert_int_equal(call(LV_HYPERCALL_HISTORY, id), 0);
    assert_int_equal(buffer[sizeof(struct lv_history)], 0xee);
    return (const void *)buffer;
}

static const struct lv_zone_summary *summary(void) {
    const struct lv_zone_summary *list = (const void *)buffer;

    fake_be_cpu(root->cpu);
    assert_int_equal(hypercall_handle(root, LV_HYPERCALL_LIST, ZONE_RAM(0) + BUFFER, LV_MAX_ZONES),
                     2);
    return &list[1];
}

static void power_write(uint64_t offset, uint64_t value) {
    struct access access = {.address = offset, .size = 1, .value = value, .is_write = true};

    fake_be_cpu(zone->vcpus[0].cpu);
    support_access(&zone->vcpus[0], LV_REGION_POWER, &access);
    fake_be_cpu(root->cpu);
}

static uint64_t power_read(uint64_t offset) {
    struct access access = {.address = offset, .size = 1};

    fake_be_cpu(zone->vcpus[0].cpu);
    support_access(&zone->vcpus[0], LV_REGION_POWER, &access);
    fake_be_cpu(root->cpu);
    return access.value;
}

static void a_forced_stop_ends_a_restart(void **state) {
    (void)state;
    assert_true(zone_restart(zone));
    assert_int_equal(zone_state(zone), LV_STATE_STOPPING);
    assert_true(zone_force_stop(zone));
    support_leave(zone);
    assert_int_equal(zone_state(zone), LV_STATE_STOPPED);
    assert_int_equal(zone_reason(zone), LV_REASON_COMMAND);
}

static void a_forced_stop_ends_a_restart_by_policy(void **state) {
    (void)state;
    assert_true(zone_fail(zone, LV_REASON_WATCHDOG, LV_POLICY_RESTART));
    assert_true(zone_force_stop(zone));
    support_leave(zone);
    assert_int_equal(zone_state(zone), LV_STATE_FAILED);
    assert_int_equal(zone_reason(zone), LV_REASON_WATCHDOG);
}

static void a_forced_stop_needs_something_to_stop(void **state) {
    (void)state;
    assert_true(zone_force_stop(zone));
    support_leave(zone);
    assert_false(zone_force_stop(zone));
    assert_int_equal(zone_state(zone), LV_STATE_STOPPED);
    assert_true(zone_destroy(zone));
    assert_false(zone_force_stop(zone));
}

static void a_new_zone_has_no_statistics_of_the_last_one(void **state) {
    (void)state;
    zone->info->vcpus[0].stray_sends = 7;
    assert_true(zone_force_stop(zone));
    support_leave(zone);
    assert_true(zone_destroy(zone));
    support_leave(zone);
    assert_null(zone_find(1));
    assert_int_equal(zone_create(&image->header, &image->zones[1], true), 0);
    assert_int_equal(zone->info->vcpus[0].stray_sends, 0);
}

/* So many looks at the counter are left until the command comes. */
static unsigned looks_until_force;

static void force_once(void) {
    if (zone_state(zone) == LV_STATE_FAILING && looks_until_force-- == 0) {
        fake.on_count = NULL;
        assert_true(zone_force_stop(zone));
    }
}

/* At any moment; the last is when the last CPU to leave has looked and not yet said what follows.
 */
static void a_forced_stop_is_not_lost_while_a_restart_finishes(void **state) {
    unsigned moments = 0;

    for (;; moments++) {
        two_zones(state);
        assert_true(zone_fail(zone, LV_REASON_FAILURE, LV_POLICY_RESTART));
        assert_int_equal(support_serve(&zone->vcpus[0]), FAKE_LEFT);
        looks_until_force = moments;
        fake.on_count = force_once;
        support_leave(zone);
        if (fake.on_count != NULL) {
            break;
        }
        assert_int_equal(zone_state(zone), LV_STATE_FAILED);
        assert_int_equal(zone_reason(zone), LV_REASON_FAILURE);
    }
    fake.on_count = NULL;
    assert_true(moments > 0);
    assert_int_equal(zone_state(zone), LV_STATE_STARTING);
}

static void history_is_kept_and_not_taken(void **state) {
    static const uint32_t states[] = {LV_STATE_CREATED, LV_STATE_STARTING, LV_STATE_RUNNING};
    struct lv_events events;

    (void)state;
    const struct lv_history *told = history(1);
    assert_int_equal(told->num_events, ARRAY_SIZE(states));
    assert_string_equal(told->name, "z1");
    for (unsigned i = 0; i < ARRAY_SIZE(states); i++) {
        assert_int_equal(told->events[i].state, states[i]);
        assert_int_equal(told->events[i].zone_id, 1);
        assert_int_equal(told->events[i].sequence, i);
    }
    assert_true(told->events[0].time_ns < told->events[2].time_ns);
    assert_int_equal(history(1)->num_events, ARRAY_SIZE(states));
    events_take(zone_find(0), &events);
    assert_int_equal(events.num_events, 2 * ARRAY_SIZE(states));
    assert_int_equal(history(1)->num_events, ARRAY_SIZE(states));
}

static void history_has_the_last_ones(void **state) {
    (void)state;
    for (unsigned i = 0; i < LV_EVENTS_MAX; i++) {
        assert_true(i % 2 == 0 ? zone_pause(zone) : zone_resume(zone));
    }
    const struct lv_history *told = history(1);
    assert_int_equal(told->num_events, LV_EVENTS_MAX);
    assert_int_equal(told->events[0].state, LV_STATE_PAUSED);
    assert_int_equal(told->events[LV_EVENTS_MAX - 1].state, LV_STATE_RUNNING);
    assert_int_equal(told->events[LV_EVENTS_MAX - 1].sequence, 3 + LV_EVENTS_MAX - 1);
}

static void history_of_a_zone_that_is_gone(void **state) {
    (void)state;
    assert_true(zone_force_stop(zone));
    support_leave(zone);
    assert_true(zone_destroy(zone));
    support_leave(zone);
    assert_null(zone_find(1));
    const struct lv_history *told = history(1);
    assert_int_equal(told->events[told->num_events - 1].state, LV_STATE_ABSENT);
    assert_string_equal(told->name, "z1");
    assert_int_equal(history(5)->num_events, 0);
    assert_string_equal(history(5)->name, "");
    assert_int_equal(call(LV_HYPERCALL_HISTORY, LV_MAX_ZONES), -LV_ENOENT);
    assert_int_equal(hypercall_handle(root, LV_HYPERCALL_HISTORY, 1, ZONE_RAM(1)), -LV_EFAULT);
    fake_be_cpu(zone->vcpus[0].cpu);
    assert_int_equal(hypercall_handle(&zone->vcpus[0], LV_HYPERCALL_HISTORY, 1, ZONE_RAM(1)),
                     -LV_EPERM);
}

static void a_crash_is_noticed_once(void **state) {
    (void)state;
    assert_int_equal(power_read(LV_POWER_CRASH), 1);
    power_write(LV_POWER_CRASH, 2);
    assert_int_equal(zone_reason(zone), LV_REASON_COMMAND);
    power_write(LV_POWER_CRASH, 1);
    assert_true(zone_is_running(zone));
    assert_int_equal(zone_reason(zone), LV_REASON_CRASH);
    uint32_t told = history(1)->num_events;
    power_write(LV_POWER_CRASH, 1);
    zone_notice(zone, LV_REASON_HALT);
    assert_int_equal(history(1)->num_events, told);
    assert_int_equal(zone_reason(zone), LV_REASON_CRASH);
}

static void a_notice_outlives_a_pause_and_ends_with_a_start(void **state) {
    (void)state;
    zone_notice(zone, LV_REASON_HALT);
    assert_true(zone_pause(zone));
    assert_int_equal(zone_reason(zone), LV_REASON_COMMAND);
    assert_true(zone_resume(zone));
    assert_int_equal(zone_reason(zone), LV_REASON_HALT);
    assert_true(zone_restart(zone));
    support_leave(zone);
    assert_int_equal(support_serve(&zone->vcpus[0]), FAKE_ENTERED);
    assert_int_equal(zone_reason(zone), LV_REASON_COMMAND);
    assert_true(zone_pause(zone));
    assert_true(zone_resume(zone));
    assert_int_equal(zone_reason(zone), LV_REASON_COMMAND);
}

static void a_notice_does_not_bring_a_zone_back(void **state) {
    (void)state;
    assert_true(zone_force_stop(zone));
    zone_notice(zone, LV_REASON_CRASH);
    support_leave(zone);
    assert_int_equal(zone_state(zone), LV_STATE_STOPPED);
}

static void a_request_is_unheard_until_the_zone_looks(void **state) {
    (void)state;
    assert_int_equal(summary()->flags & LV_ZONE_UNHEARD, 0);
    assert_true(zone_button_press(zone));
    assert_int_equal(summary()->flags & LV_ZONE_UNHEARD, LV_ZONE_UNHEARD);
    assert_int_equal(power_read(LV_POWER_BUTTON), 1);
    assert_int_equal(summary()->flags & LV_ZONE_UNHEARD, 0);
    assert_int_equal(power_read(LV_POWER_BUTTON), 1);
    assert_true(zone_button_press(zone));
    assert_int_equal(summary()->flags & LV_ZONE_UNHEARD, LV_ZONE_UNHEARD);
    power_write(LV_POWER_BUTTON, 0);
    assert_int_equal(summary()->flags & LV_ZONE_UNHEARD, 0);
}

static const struct lv_zone_status *status(void) {
    assert_int_equal(call(LV_HYPERCALL_STATUS, 1), 0);
    return (const void *)buffer;
}

/* On the CPU that is held. */
static void look_and_resume(void) {
    assert_int_equal(status()->state, LV_STATE_PAUSED);
    assert_int_equal(status()->failure.vcpu, 0);
    assert_true(status()->failure.pc == FAKE_FAILURE_PC);
    assert_true(zone_resume(zone));
    fake_be_cpu(zone->vcpus[0].cpu);
}

static void answer(void *vcpu) {
    vcpu_answer_doorbell(vcpu);
}

static void a_held_zone_tells_where_it_is(void **state) {
    (void)state;
    assert_true(zone_pause(zone));
    assert_int_equal(status()->failure.vcpu, LV_VCPU_NONE);
    fake.on_wait = look_and_resume;
    fake_be_cpu(zone->vcpus[0].cpu);
    assert_int_equal(fake_call(answer, &zone->vcpus[0]), FAKE_RETURNED);
    fake.on_wait = NULL;
    fake_be_cpu(root->cpu);
    assert_true(zone_pause(zone));
    assert_int_equal(status()->failure.vcpu, LV_VCPU_NONE);
}

int test_life(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_forced_stop_ends_a_restart, two_zones),
        cmocka_unit_test_setup(a_forced_stop_ends_a_restart_by_policy, two_zones),
        cmocka_unit_test_setup(a_forced_stop_needs_something_to_stop, two_zones),
        cmocka_unit_test_setup(a_new_zone_has_no_statistics_of_the_last_one, two_zones),
        cmocka_unit_test_setup(a_forced_stop_is_not_lost_while_a_restart_finishes, two_zones),
        cmocka_unit_test_setup(history_is_kept_and_not_taken, two_zones),
        cmocka_unit_test_setup(history_has_the_last_ones, two_zones),
        cmocka_unit_test_setup(history_of_a_zone_that_is_gone, two_zones),
        cmocka_unit_test_setup(a_crash_is_noticed_once, two_zones),
        cmocka_unit_test_setup(a_notice_outlives_a_pause_and_ends_with_a_start, two_zones),
        cmocka_unit_test_setup(a_notice_does_not_bring_a_zone_back, two_zones),
        cmocka_unit_test_setup(a_request_is_unheard_until_the_zone_looks, two_zones),
        cmocka_unit_test_setup(a_held_zone_tells_where_it_is, two_zones),
    };

    return cmocka_run_group_tests_name("life", tests, NULL, NULL);
}
