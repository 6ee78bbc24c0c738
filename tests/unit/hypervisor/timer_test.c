// SPDX-License-Identifier: GPL-2.0-or-later
/* arch/timer.c over CSRs in memory (LVZ reference, section 6). */
#include <support.h>
#include <arch/csr.h>
#include <arch/timer.h>
#include <lib/bits.h>
#include <string.h>

/* What TVAL reads once a one-shot has fired: 48 ones. */
#define FIRED BITS(47, 0)

static struct vcpu vcpu;

/* On a machine whose guest timer stands still in host mode. */
static int timers_at_rest(void **state) {
    vcpu.arch.timer = (struct held_timer){0};
    memset(&fake_csrs, 0, sizeof(fake_csrs));
    support_reset(state);
    fake.step = 10;
    timer_probe();
    gcsr_write(CSR_ECFG, BIT(IRQ_TIMER));
    return 0;
}

static void timer_runs_in_host(void) {
    fake_csrs.tval_step = 1;
    timer_probe();
    fake_csrs.tval_step = 0;
}

static void guest_timer_set(uint64_t tcfg, uint64_t tval) {
    gcsr_write(CSR_TCFG, tcfg);
    gcsr_write(CSR_TVAL, tval);
}

static void probe_tells_whether_the_guest_timer_counts(void **state) {
    (void)state;
    assert_false(timer_guest_runs_in_host());
    fake_csrs.tval_step = 1;
    timer_probe();
    assert_true(timer_guest_runs_in_host());
    assert_int_equal(gcsr_read(CSR_TCFG), 0);
}

static bool remaining_is(ticks_t expected) {
    ticks_t remaining = ~expected;

    return timer_guest_remaining(&vcpu, &remaining) && remaining == expected;
}

static bool fires(void) {
    ticks_t remaining;

    return timer_guest_remaining(&vcpu, &remaining);
}

static void deadline_is_what_tval_says(void **state) {
    (void)state;
    timer_runs_in_host();
    guest_timer_set(1000 | TCFG_EN, 777);
    assert_true(remaining_is(777));
    guest_timer_set(1000 | TCFG_EN | TCFG_PERIODIC, 3);
    assert_true(remaining_is(3));
    guest_timer_set(1000 | TCFG_EN, 0);
    assert_true(remaining_is(0));
}

static void no_deadline_if_nothing_will_come(void **state) {
    (void)state;
    for (unsigned runs = 0; runs < 2; runs++) {
        guest_timer_set(1000, 500);
        timer_guest_hold(&vcpu);
        assert_false(fires());
        guest_timer_set(1000 | TCFG_EN, FIRED);
        timer_guest_hold(&vcpu);
        assert_false(fires());
        guest_timer_set(1000 | TCFG_EN | TCFG_PERIODIC, 500);
        timer_guest_hold(&vcpu);
        assert_true(fires());
        gcsr_write(CSR_ECFG, ~BIT(IRQ_TIMER));
        assert_false(fires());
        gcsr_write(CSR_ECFG, BIT(IRQ_TIMER));
        timer_runs_in_host();
    }
}

/* One exit at time that takes so long; the answer: what is left when the guest goes on. */
static ticks_t exit_at(ticks_t time, ticks_t length) {
    fake.now = time;
    timer_guest_hold(&vcpu);
    fake.now = time + length;
    timer_guest_release(&vcpu);
    return gcsr_read(CSR_TVAL);
}

static void time_of_an_exit_is_taken_off_a_timer_that_stood_still(void **state) {
    static const struct {
        uint64_t tcfg;
        uint64_t tval;
        ticks_t length;
        uint64_t expected;
        uint64_t estat;
    } cases[] = {
        {1000 | TCFG_EN, 700, 200, 500, 0},
        {1000 | TCFG_EN, 700, 700, 0, 0},
        {1000 | TCFG_EN, 700, 5000, 0, 0},
        {1000 | TCFG_EN, FIRED, 5000, FIRED, 0},
        {1000, 700, 5000, 700, 0},
        {1000 | TCFG_EN | TCFG_PERIODIC, 700, 699, 1, 0},
        {1000 | TCFG_EN | TCFG_PERIODIC, 700, 700, 1000, BIT(IRQ_TIMER)},
        {1000 | TCFG_EN | TCFG_PERIODIC, 700, 701, 999, BIT(IRQ_TIMER)},
        {1000 | TCFG_EN | TCFG_PERIODIC, 700, 4650, 50, BIT(IRQ_TIMER)},
        {TCFG_EN | TCFG_PERIODIC, 0, 100, 0, 0},
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        timers_at_rest(state);
        fake.step = 0;
        guest_timer_set(cases[i].tcfg, cases[i].tval);
        assert_int_equal(exit_at(100000, cases[i].length), cases[i].expected);
        assert_int_equal(gcsr_read(CSR_ESTAT), cases[i].estat);
    }
}

/* Each exit costs five ticks that nobody sees: they do not add up. */
static void many_exits_do_not_move_a_deadline(void **state) {
    ticks_t now = 100000;

    (void)state;
    fake.step = 0;
    guest_timer_set(60000 | TCFG_EN, 60000 - 100);
    ticks_t deadline = now + gcsr_read(CSR_TVAL);
    while (deadline - now > 100) {
        assert_int_equal(exit_at(now, 50), deadline - now - 50);
        now += 50 + 25;
        gcsr_write(CSR_TVAL, gcsr_read(CSR_TVAL) - 20);
    }
}

static void new_timer_is_told_from_an_old_one(void **state) {
    (void)state;
    fake.step = 0;
    guest_timer_set(10000 | TCFG_EN, 9000);
    assert_int_equal(exit_at(100000, 50), 8950);
    /* Begun again 30 ticks after that. */
    guest_timer_set(10000 | TCFG_EN, 10000 - 30);
    assert_int_equal(exit_at(100050 + 60, 50), 10000 - 30 - 50);
    /* Another one that has counted much already. */
    guest_timer_set(20000 | TCFG_EN, 5000);
    assert_int_equal(exit_at(100160 + 60, 50), 5000 - 50);
    /* None, and the old one again. */
    guest_timer_set(0, 0);
    assert_int_equal(exit_at(100270 + 60, 50), 0);
    guest_timer_set(20000 | TCFG_EN, 6000);
    assert_int_equal(exit_at(100380 + 60, 50), 6000 - 50);
}

static void held_timer_falls_due_while_the_hypervisor_waits(void **state) {
    (void)state;
    fake.step = 0;
    fake.now = 100000;
    guest_timer_set(1000 | TCFG_EN, 700);
    timer_guest_hold(&vcpu);
    fake.now += 300;
    assert_true(remaining_is(400));
    fake.now += 400;
    assert_true(remaining_is(0));
    fake.now += 400;
    assert_true(remaining_is(0));
}

/* Never early, at most three ticks late, never beyond what the register takes, never 0. */
static void host_timer_is_rounded_up(void **state) {
    static const struct {
        ticks_t ticks;
        ticks_t count;
    } cases[] = {{0, 4},
                 {1, 4},
                 {4, 4},
                 {5, 8},
                 {1000, 1000},
                 {1001, 1004},
                 {FIRED, BITS(47, 2)},
                 {BIT(47), BIT(47)}};

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        timer_start(cases[i].ticks);
        assert_int_equal(csr_read(CSR_TCFG), cases[i].count | TCFG_EN);
    }
    timer_stop();
    assert_int_equal(csr_read(CSR_TCFG) & TCFG_EN, 0);
    assert_int_equal(csr_read(CSR_TICLR), TICLR_CLEAR);
}

int test_timer(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(probe_tells_whether_the_guest_timer_counts, timers_at_rest),
        cmocka_unit_test_setup(deadline_is_what_tval_says, timers_at_rest),
        cmocka_unit_test_setup(no_deadline_if_nothing_will_come, timers_at_rest),
        cmocka_unit_test_setup(time_of_an_exit_is_taken_off_a_timer_that_stood_still,
                               timers_at_rest),
        cmocka_unit_test_setup(many_exits_do_not_move_a_deadline, timers_at_rest),
        cmocka_unit_test_setup(new_timer_is_told_from_an_old_one, timers_at_rest),
        cmocka_unit_test_setup(held_timer_falls_due_while_the_hypervisor_waits, timers_at_rest),
        cmocka_unit_test_setup(host_timer_is_rounded_up, timers_at_rest),
    };

    return cmocka_run_group_tests_name("timers", tests, NULL, NULL);
}
