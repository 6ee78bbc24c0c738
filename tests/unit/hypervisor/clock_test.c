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
/* What the device counts, and at which read of its words a second passes; 0: at none. */
static time_t device_seconds;
static unsigned reads_to_second;

/* Reads 0 until it is enabled, as QEMU's does. */
static bool rtc_access(struct fake_access *access) {
    bool counts = (control & ENABLES) == ENABLES && !never_set;

    if (access->address != RTC + CONTROL && reads_to_second > 0) {
        reads_to_second--;
        device_seconds += reads_to_second == 0 ? 1 : 0;
        gmtime_r(&device_seconds, &now);
    }
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

    device_seconds = seconds;
    gmtime_r(&seconds, &now);
    fake.on_mmio = rtc_access;
    rtc_init(&board);
    fake.on_mmio = NULL;
}

static void clock_never_set_is_unknown(void **state) {
    (void)state;
    never_set = true;
    control = 0;
    rtc_read_at(1796097526);
    never_set = false;
    assert_int_equal(rtc_now(), LV_CLOCK_UNKNOWN);
}

/* What the board does not name is not touched, and time does not begin in 1970 either. */
static void board_without_a_clock_knows_no_time(void **state) {
    const struct lv_board without = {0};
    struct access access = {.address = LV_CLOCK_NOW, .size = 8, .value = 1};
    const struct lv_region region = {.type = LV_REGION_CLOCK};

    (void)state;
    rtc_init(&without);
    assert_int_equal(fake.mmio.count, 0);
    fake.now += 100 * FAKE_HZ;
    assert_int_equal(rtc_now(), LV_CLOCK_UNKNOWN);
    device_kinds[LV_REGION_CLOCK]->access(NULL, &access, &region);
    assert_int_equal(access.value, LV_CLOCK_UNKNOWN);
}

/* The year ends between any two reads of the device. */
static void turn_of_the_year_between_two_reads(void **state) {
    const time_t last_second = 1798761599; /* 2026-12-31 23:59:59 */

    (void)state;
    for (unsigned reads = 1; reads <= 4; reads++) {
        reads_to_second = reads;
        rtc_read_at(last_second);
        time_t found = (time_t)(rtc_now() / NANOSECONDS);
        assert_in_range(found, last_second, device_seconds);
    }
    reads_to_second = 0;
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
        cmocka_unit_test_setup(board_without_a_clock_knows_no_time, support_reset),
        cmocka_unit_test_setup(turn_of_the_year_between_two_reads, support_reset),
        cmocka_unit_test_setup(agrees_with_the_calendar, support_reset),
        cmocka_unit_test_setup(counts_on_with_the_counter, support_reset),
        cmocka_unit_test_setup(zone_reads_it_and_cannot_write_it, support_reset),
    };

    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
