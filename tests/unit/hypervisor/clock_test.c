// SPDX-License-Identifier: GPL-2.0-or-later
/* devices/rtc.c against the host's calendar, and devices/clock.c. */
#include <support.h>
#include <lib/bits.h>
#include <time.h>

#define RTC         (BOARD_DEVICES + 0x1000)
#define TOY_READ0   0x2cu
#define TOY_READ1   0x30u
#define CONTROL     0x40u
#define ENABLES     0x900u
#define NANOSECONDS 1000000000ull

static struct tm now;
static bool never_set;
static uint64_t control;

/* Reads 0 until it is enabled, as QEMU's does. */
static bool rtc_access(struct fake_access *access) {
    bool counts = (control & ENABLES) == ENABLES && !never_set;

    if (access->is_write) {
        assert_int_equal(access->address, RTC + CONTROL);
        control = access->value;
    } else if (access->address == RTC + CONTROL) {
        access->value = control;
    } else if (access->address == RTC + TOY_READ1) {
        access->value = counts ? (uint64_t)now.tm_year : 0;
    } else {
        assert_int_equal(access->address, RTC + TOY_READ0);
        access->value = counts ? (uint64_t)(now.tm_mon + 1) << 26 | (uint64_t)now.tm_mday << 21 |
                                     (uint64_t)now.tm_hour << 16 | (uint64_t)now.tm_min << 10 |
                                     (uint64_t)now.tm_sec << 4
                               : 0;
    }
    return true;
}

static void rtc_read_at(time_t seconds) {
    const struct lv_board board = {.rtc_base = RTC};

    gmtime_r(&seconds, &now);
    fake.on_mmio = rtc_access;
    rtc_init(&board);
    fake.on_mmio = NULL;
}

static void clock_never_set_is_unknown(void **state) {
    const struct lv_board without = {0};

    (void)state;
    never_set = true;
    control = 0;
    rtc_read_at(1796097526);
    rtc_init(&without);
    never_set = false;
    assert_int_equal(rtc_now(), LV_CLOCK_UNKNOWN);
}

/* Every day from 1970 to the end of 2199, each at another time of day. */
static void agrees_with_the_calendar(void **state) {
    (void)state;
    control = BIT(13);
    for (uint64_t day = 0; day < 84006; day++) {
        uint64_t seconds = day * 86400 + day * 7919 % 86400;
        rtc_read_at((time_t)seconds);
        assert_int_equal(rtc_now() / NANOSECONDS, seconds);
    }
    assert_int_equal(control, BIT(13) | ENABLES);
}

static void counts_on_with_the_counter(void **state) {
    (void)state;
    rtc_read_at(1796097526);
    uint64_t before = rtc_now();
    fake.now += 100 * FAKE_HZ;
    assert_int_equal((rtc_now() - before) / NANOSECONDS, 100);
}

static void zone_reads_it_and_cannot_write_it(void **state) {
    struct access access = {.address = LV_CLOCK_NOW, .size = 8};
    const struct lv_region region = {.type = LV_REGION_CLOCK};
    const struct device_kind *kind = device_kinds[LV_REGION_CLOCK];

    (void)state;
    rtc_read_at(1796097526);
    kind->access(NULL, &access, &region);
    assert_int_equal(access.value / NANOSECONDS, 1796097526);
    access = (struct access){.address = LV_CLOCK_NOW, .size = 8, .value = 1, .is_write = true};
    kind->access(NULL, &access, &region);
    access = (struct access){.address = LV_CLOCK_NOW + 8, .size = 8, .value = 1};
    kind->access(NULL, &access, &region);
    assert_int_equal(access.value, 0);
    assert_int_equal(rtc_now() / NANOSECONDS, 1796097526);
}

int test_clock(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(clock_never_set_is_unknown, support_reset),
        cmocka_unit_test_setup(agrees_with_the_calendar, support_reset),
        cmocka_unit_test_setup(counts_on_with_the_counter, support_reset),
        cmocka_unit_test_setup(zone_reads_it_and_cannot_write_it, support_reset),
    };

    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
