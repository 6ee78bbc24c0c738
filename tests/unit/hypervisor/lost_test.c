// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A CPU that has trapped, or does not answer: nobody waits for it for ever, and its zone has
 * FAILED. Zone 0 is root on CPU 0, zone 1 runs on CPUs 1 and 2, zone 2 on CPU 3.
 */
#include <support.h>
#include <core/hypercall.h>
#include <core/zone_life.h>
#include <lib/bits.h>
#include <loongvisor/hvisor.h>
#include <string.h>

#define BUFFER (ZONE_RAM(0) + 0x8000u)
/* Longer than anybody waits for a CPU to leave, and shorter than that. */
#define TOO_LONG (9 * FAKE_HZ)
#define A_WHILE  (5 * FAKE_HZ)

static struct test_image *image;
static struct zone *zone;
static struct vcpu *root;

static int three_zones(void **state) {
    support_reset(state);
    image = support_zones(3);
    zone = zone_find(1);
    root = &zone_find(0)->vcpus[0];
    return 0;
}

static int64_t call(uint64_t code, uint64_t a1, uint64_t a2) {
    fake_be_cpu(0);
    return hypercall_handle(root, code, a1, a2);
}

static void look(void) {
    assert_int_equal(call(LV_HYPERCALL_LIST, BUFFER, LV_MAX_ZONES), 3);
}

static void assert_lost(void) {
    assert_int_equal(zone_state(zone), LV_STATE_FAILED);
    assert_int_equal(zone_reason(zone), LV_REASON_CPU_LOST);
    assert_int_equal(call(LV_HYPERCALL_START, 1, 0), -LV_EIO);
    assert_int_equal(call(LV_HYPERCALL_STOP, 1, LV_STOP_FORCE), -LV_EIO);
    assert_int_equal(call(LV_HYPERCALL_RESTART, 1, 0), -LV_EIO);
    assert_int_equal(call(LV_HYPERCALL_DESTROY, 1, 0), -LV_EIO);
    assert_int_equal(call(LV_HVISOR_ZONE_SHUTDOWN, 1, 0), -LV_EIO);
    assert_int_equal(zone_state(zone), LV_STATE_FAILED);
}

/* The others are as they were, and more can be made. */
static void assert_others_live(void) {
    assert_true(zone_is_running(zone_find(0)));
    assert_true(zone_is_running(zone_find(2)));
    assert_int_equal(call(LV_HYPERCALL_STOP, 2, LV_STOP_FORCE), 0);
    support_leave(zone_find(2));
    assert_int_equal(call(LV_HYPERCALL_DESTROY, 2, 0), 0);
    support_leave(zone_find(2));
    assert_null(zone_find(2));
    support_create_zone(image, 2);
}

/* CPU 2 does not leave its zone. */
static void stop_without_cpu_2(void) {
    assert_int_equal(call(LV_HYPERCALL_STOP, 1, LV_STOP_FORCE), 0);
    assert_int_equal(support_serve(&zone->vcpus[0]), FAKE_LEFT);
    assert_int_equal(atomic_load(&zone->active), 2);
}

static void stop_of_a_silent_cpu_ends_in_an_error(void **state) {
    (void)state;
    stop_without_cpu_2();
    fake.now += A_WHILE;
    look();
    assert_int_equal(zone_state(zone), LV_STATE_STOPPING);
    fake.now += A_WHILE;
    look();
    assert_lost();
    assert_text_has(support_log(), "zone 1 (z1) FAILED: CPU 2 is lost, it does not leave");
    assert_false(cpu_is_online(2));
    assert_true(cpu_is_online(1));
    assert_others_live();
}

/* Each way of asking is a look: nobody needs the list. */
static void every_look_notices(void **state) {
    static const uint64_t codes[] = {LV_HYPERCALL_STATUS, LV_HYPERCALL_CONFIG, LV_HYPERCALL_STATS,
                                     LV_HYPERCALL_STOP, LV_HYPERCALL_DESTROY};

    for (unsigned i = 0; i < ARRAY_SIZE(codes); i++) {
        three_zones(state);
        stop_without_cpu_2();
        fake.now += TOO_LONG;
        (void)call(codes[i], 1, codes[i] == LV_HYPERCALL_STOP ? LV_STOP_FORCE : BUFFER);
        assert_lost();
    }
}

/* A repeated stop does not restart the wait. */
static void shutdown_by_hvisor_ends_in_an_error(void **state) {
    int64_t result = HYPERCALL_AGAIN;
    unsigned seconds = 0;

    (void)state;
    for (; result == HYPERCALL_AGAIN && seconds < 60; seconds++) {
        result = call(LV_HVISOR_ZONE_SHUTDOWN, 1, 0);
        fake.now += FAKE_HZ;
    }
    assert_int_equal(result, -LV_EIO);
    assert_true(seconds < 12);
    assert_lost();
}

static void silent_cpu_while_the_zone_is_destroyed(void **state) {
    (void)state;
    assert_int_equal(call(LV_HYPERCALL_STOP, 1, LV_STOP_FORCE), 0);
    support_leave(zone);
    assert_int_equal(call(LV_HYPERCALL_DESTROY, 1, 0), 0);
    assert_int_equal(support_serve(&zone->vcpus[1]), FAKE_LEFT);
    fake.now += TOO_LONG;
    look();
    assert_lost();
    /* Its memory stays its own: the CPU may still write there. */
    assert_true(zone->holds_memory);
}

/* A zone that takes long over its work is not one whose CPUs do not answer. */
static void time_alone_loses_nobody(void **state) {
    (void)state;
    fake.now += 10 * TOO_LONG;
    look();
    assert_true(zone_is_running(zone));
    assert_true(zone_pause(zone));
    fake.now += 10 * TOO_LONG;
    look();
    assert_true(zone_is_paused(zone));
    assert_true(zone_resume(zone));
    assert_int_equal(call(LV_HYPERCALL_RESTART, 1, 0), 0);
    support_leave(zone);
    assert_int_equal(zone_state(zone), LV_STATE_STARTING);
    fake.now += 10 * TOO_LONG;
    look();
    assert_int_equal(zone_state(zone), LV_STATE_STARTING);
    assert_int_equal(call(LV_HYPERCALL_STOP, 1, LV_STOP_FORCE), 0);
    look();
    assert_int_equal(zone_state(zone), LV_STATE_STOPPING);
}

/* An emulator's host may have kept it from running. Until then nothing of the zone is given away.
 */
static void cpu_that_answers_in_the_end_is_there_again(void **state) {
    (void)state;
    stop_without_cpu_2();
    fake.now += TOO_LONG;
    look();
    assert_lost();
    assert_int_equal(support_serve(&zone->vcpus[1]), FAKE_RETURNED);
    fake_be_cpu(2);
    cpu_answer_doorbell();
    assert_int_equal(call(LV_HYPERCALL_START, 1, 0), -LV_EIO);
    assert_int_equal(call(LV_HYPERCALL_DESTROY, 1, 0), 0);
    assert_text_has(support_log(), "CPU 2 answers again");
    assert_true(cpu_is_online(2));
    support_leave(zone);
    assert_null(zone_find(1));
}

static void flush_waits_once_for_a_silent_cpu(void **state) {
    (void)state;
    fake.step = FAKE_HZ / 1000;
    ticks_t before = fake.now;
    assert_false(cpu_flush_zone(zone));
    assert_true(fake.now - before >= 10 * FAKE_HZ);
    before = fake.now;
    assert_false(cpu_flush_zone(zone));
    assert_true(fake.now - before < 11 * FAKE_HZ);
    before = fake.now;
    assert_false(cpu_flush_zone(zone));
    assert_true(fake.now - before < FAKE_HZ);
}

static void trap_on(cpu_id_t cpu) {
    fake_be_cpu(cpu);
    zone_lose_this_cpu();
    fake_be_cpu(0);
}

static void trap_is_the_failure_of_the_cpus_zone(void **state) {
    (void)state;
    zone->config.on_failure = LV_POLICY_RESTART;
    trap_on(2);
    assert_int_equal(zone_state(zone), LV_STATE_FAILING);
    assert_int_equal(support_serve(&zone->vcpus[0]), FAKE_LEFT);
    assert_lost();
    assert_text_has(support_log(), "zone 1 (z1) FAILED: CPU 2 is lost");
    assert_others_live();
}

static void trap_on_the_zones_last_cpu(void **state) {
    (void)state;
    zone = zone_find(2);
    trap_on(3);
    assert_int_equal(zone_state(zone), LV_STATE_FAILED);
    assert_int_equal(zone_reason(zone), LV_REASON_CPU_LOST);
    assert_int_equal(call(LV_HYPERCALL_DESTROY, 2, 0), -LV_EIO);
    assert_false(cpu_is_online(3));
    /* It never answers, so it does not come back. */
    fake.now += TOO_LONG;
    assert_int_equal(call(LV_HYPERCALL_DESTROY, 2, 0), -LV_EIO);
}

static void trap_in_each_state(void **state) {
    three_zones(state);
    assert_true(zone_force_stop(zone));
    trap_on(2);
    assert_int_equal(support_serve(&zone->vcpus[0]), FAKE_LEFT);
    assert_lost();
    three_zones(state);
    assert_true(zone_force_stop(zone));
    support_leave(zone);
    trap_on(1);
    assert_lost();
    three_zones(state);
    assert_true(zone_force_stop(zone));
    support_leave(zone);
    assert_true(zone_destroy(zone));
    trap_on(1);
    assert_int_equal(support_serve(&zone->vcpus[1]), FAKE_LEFT);
    assert_lost();
    assert_true(zone->holds_memory);
}

static void trap_of_a_cpu_without_a_zone(void **state) {
    (void)state;
    assert_true(zone_force_stop(zone));
    support_leave(zone);
    assert_true(zone_destroy(zone));
    support_leave(zone);
    trap_on(1);
    assert_false(cpu_is_online(1));
    assert_null(zone_find(1));
    /* A zone without its first CPU would never start. */
    fake_be_cpu(0);
    assert_int_equal(lv_result_error(zone_create(&image->header, &image->zones[1], true)),
                     LV_EINVAL);
}

static void fail_by_machine_error(void *vcpu) {
    vcpu_machine_error(vcpu);
}

static void machine_error_is_the_zones_failure(void **state) {
    (void)state;
    fake_be_cpu(1);
    assert_int_equal(fake_call(fail_by_machine_error, &zone->vcpus[0]), FAKE_LEFT);
    assert_int_equal(support_serve(&zone->vcpus[1]), FAKE_LEFT);
    assert_int_equal(zone_state(zone), LV_STATE_FAILED);
    assert_int_equal(zone_reason(zone), LV_REASON_MACHINE_ERROR);
    assert_int_equal(zone->failure.ecode, LV_ECODE_MACHINE_ERROR);
    assert_text_has(support_log(), "zone 1 (z1) FAILED: machine error");
    /* The CPU is as good as before. */
    assert_true(cpu_is_online(1));
    support_start(zone);
}

/* Its policy is that of a failure. */
static void zone_starts_anew_after_a_machine_error(void **state) {
    (void)state;
    zone->config.on_failure = LV_POLICY_RESTART;
    fake_be_cpu(1);
    assert_int_equal(fake_call(fail_by_machine_error, &zone->vcpus[0]), FAKE_LEFT);
    assert_int_equal(support_serve(&zone->vcpus[1]), FAKE_LEFT);
    assert_int_equal(zone_state(zone), LV_STATE_STARTING);
    assert_int_equal(zone_reason(zone), LV_REASON_MACHINE_ERROR);
}

int test_lost(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(stop_of_a_silent_cpu_ends_in_an_error, three_zones),
        cmocka_unit_test_setup(every_look_notices, three_zones),
        cmocka_unit_test_setup(shutdown_by_hvisor_ends_in_an_error, three_zones),
        cmocka_unit_test_setup(silent_cpu_while_the_zone_is_destroyed, three_zones),
        cmocka_unit_test_setup(time_alone_loses_nobody, three_zones),
        cmocka_unit_test_setup(cpu_that_answers_in_the_end_is_there_again, three_zones),
        cmocka_unit_test_setup(flush_waits_once_for_a_silent_cpu, three_zones),
        cmocka_unit_test_setup(trap_is_the_failure_of_the_cpus_zone, three_zones),
        cmocka_unit_test_setup(trap_on_the_zones_last_cpu, three_zones),
        cmocka_unit_test_setup(trap_in_each_state, three_zones),
        cmocka_unit_test_setup(trap_of_a_cpu_without_a_zone, three_zones),
        cmocka_unit_test_setup(machine_error_is_the_zones_failure, three_zones),
        cmocka_unit_test_setup(zone_starts_anew_after_a_machine_error, three_zones),
    };

    return cmocka_run_group_tests_name("lost CPUs", tests, NULL, NULL);
}
