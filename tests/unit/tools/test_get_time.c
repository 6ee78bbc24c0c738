// SPDX-License-Identifier: GPL-2.0-or-later
/* EFI's GetTime, which the tools put into a zone, against the host's calendar. */
#include "support.h"

#include <loongvisor/zone_config.h>
#include <runtime/get_time.h>
#include <time.h>

#define NANOSECONDS 1000000000ull
#define DAYS        120530u /* 1970 to the end of 2299, the last year that the hypervisor takes */

static void assert_time(uint64_t seconds, uint32_t nanosecond) {
    uint64_t now = seconds * NANOSECONDS + nanosecond;
    const time_t wanted = (time_t)seconds;
    struct tm calendar;
    struct efi_time found;
    memset(&found, 0xff, sizeof(found));
    assert_int_equal(runtime_get_time(&found, NULL, &now), EFI_SUCCESS);
    gmtime_r(&wanted, &calendar);
    assert_int_equal(found.year, calendar.tm_year + 1900);
    assert_int_equal(found.month, calendar.tm_mon + 1);
    assert_int_equal(found.day, calendar.tm_mday);
    assert_int_equal(found.hour, calendar.tm_hour);
    assert_int_equal(found.minute, calendar.tm_min);
    assert_int_equal(found.second, calendar.tm_sec);
    assert_int_equal(found.nanosecond, nanosecond);
    assert_int_equal(found.time_zone, 0);
    assert_int_equal(found.daylight, 0);
}

/* The first and the last second of each day, and one between. */
static void test_calendar(void **state) {
    (void)state;
    for (uint64_t day = 0; day < DAYS; day++) {
        assert_time(day * 86400, 1);
        assert_time(day * 86400 + day * 7919 % 86400, 500000000);
        assert_time(day * 86400 + 86399, 999999999);
    }
}

/* Linux then has no such clock, which is better than one that says 1970. */
static void test_unknown(void **state) {
    const uint64_t unknown = LV_CLOCK_UNKNOWN;
    struct efi_time found;
    (void)state;
    assert_int_equal(runtime_get_time(&found, NULL, &unknown), EFI_DEVICE_ERROR);
}

static void test_capabilities(void **state) {
    const uint64_t now = NANOSECONDS;
    struct efi_time found;
    struct efi_time_capabilities capabilities = {.accuracy = 1, .sets_to_zero = 1};
    (void)state;
    assert_int_equal(runtime_get_time(&found, &capabilities, &now), EFI_SUCCESS);
    assert_int_equal(capabilities.resolution, 1);
    assert_int_equal(capabilities.accuracy, 0);
    assert_int_equal(capabilities.sets_to_zero, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calendar),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_capabilities),
    };
    return cmocka_run_group_tests_name("tools: GetTime", tests, NULL, NULL);
}
