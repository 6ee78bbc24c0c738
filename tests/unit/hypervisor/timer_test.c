// SPDX-License-Identifier: GPL-2.0-or-later
/* arch/timer.c over CSRs in memory (LVZ reference, section 6). */
#include <support.h>
#include <arch/csr.h>
#include <arch/timer.h>
#include <lib/bits.h>
#include <string.h>

/* What TVAL reads once a one-shot has fired: 48 ones. */
#define FIRED BITS(47, 0)

static int timers_at_rest(void **state) {
    memset(&fake_csrs, 0, sizeof(fake_csrs));
    support_reset(state);
    fake.step = 10;
    timer_probe();
    gcsr_write(CSR_ECFG, BIT(LINE_TIMER));
    return 0;
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

static void deadline_is_what_tval_says(void **state) {
    ticks_t remaining = 0;

    (void)state;
    guest_timer_set(1000 | TCFG_ENABLE, 777);
    assert_true(timer_guest_remaining(&remaining));
    assert_int_equal(remaining, 777);
    guest_timer_set(1000 | TCFG_ENABLE | TCFG_PERIODIC, 3);
    assert_true(timer_guest_remaining(&remaining));
    assert_int_equal(remaining, 3);
    guest_timer_set(1000 | TCFG_ENABLE, 0);
    assert_true(timer_guest_remaining(&remaining));
    assert_int_equal(remaining, 0);
}

static void no_deadline_if_nothing_will_come(void **state) {
    ticks_t remaining;

    (void)state;
    guest_timer_set(1000, 500);
    assert_false(timer_guest_remaining(&remaining));
    guest_timer_set(1000 | TCFG_ENABLE, FIRED);
    assert_false(timer_guest_remaining(&remaining));
    gcsr_write(CSR_ECFG, ~BIT(LINE_TIMER));
    guest_timer_set(1000 | TCFG_ENABLE | TCFG_PERIODIC, 500);
    assert_false(timer_guest_remaining(&remaining));
}

static void waiting_is_taken_off_a_timer_that_stood_still(void **state) {
    static const struct {
        uint64_t tcfg;
        uint64_t tval;
        ticks_t waited;
        uint64_t expected;
        bool due;
    } cases[] = {
        {1000 | TCFG_ENABLE, 700, 200, 500, false},
        {1000 | TCFG_ENABLE, 700, 700, 0, true},
        {1000 | TCFG_ENABLE, 700, 5000, 0, true},
        {1000 | TCFG_ENABLE | TCFG_PERIODIC, 700, 701, 0, true},
        {1000 | TCFG_ENABLE, FIRED, 5000, FIRED, false},
        {1000, 700, 5000, 700, false},
    };

    (void)state;
    fake.step = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        guest_timer_set(cases[i].tcfg, cases[i].tval);
        fake.now = 100000;
        assert_int_equal(timer_guest_catch_up(fake.now - cases[i].waited), cases[i].due);
        assert_int_equal(gcsr_read(CSR_TVAL), cases[i].expected);
    }
}

static void timer_that_runs_on_needs_no_help(void **state) {
    (void)state;
    fake_csrs.tval_step = 1;
    timer_probe();
    fake_csrs.tval_step = 0;
    guest_timer_set(1000 | TCFG_ENABLE, 700);
    fake.now = 100000;
    assert_false(timer_guest_catch_up(0));
    assert_int_equal(gcsr_read(CSR_TVAL), 700);
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
        assert_int_equal(csr_read(CSR_TCFG), cases[i].count | TCFG_ENABLE);
    }
    timer_stop();
    assert_int_equal(csr_read(CSR_TCFG) & TCFG_ENABLE, 0);
    assert_int_equal(csr_read(CSR_TICLR), TICLR_CLEAR);
}

int test_timer(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(probe_tells_whether_the_guest_timer_counts, timers_at_rest),
        cmocka_unit_test_setup(deadline_is_what_tval_says, timers_at_rest),
        cmocka_unit_test_setup(no_deadline_if_nothing_will_come, timers_at_rest),
        cmocka_unit_test_setup(waiting_is_taken_off_a_timer_that_stood_still, timers_at_rest),
        cmocka_unit_test_setup(timer_that_runs_on_needs_no_help, timers_at_rest),
        cmocka_unit_test_setup(host_timer_is_rounded_up, timers_at_rest),
    };

    return cmocka_run_group_tests_name("timers", tests, NULL, NULL);
}
