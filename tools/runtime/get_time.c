// SPDX-License-Identifier: GPL-2.0-or-later
#include "get_time.h"

#include <loongvisor/zone_config.h>

#define NANOSECONDS  1000000000ULL
#define DAY_SECONDS  86400ULL
#define DAYS_TO_1970 719468ULL /* from 1 March of the year 0 */
#define DAYS_IN_400  146097ULL
#define DAYS_IN_100  36524ULL
#define DAYS_IN_4    1461ULL

/* Years that begin in March have their leap day last. */
static void runtime_set_date(struct efi_time *time, uint64_t days) {
    uint64_t era = days / DAYS_IN_400;
    uint64_t day = days % DAYS_IN_400;
    uint64_t year =
        (day - day / (DAYS_IN_4 - 1) + day / DAYS_IN_100 - day / (DAYS_IN_400 - 1)) / 365;
    uint64_t day_of_year = day - (365 * year + year / 4 - year / 100);
    uint64_t month = (5 * day_of_year + 2) / 153;

    time->day = (uint8_t)(day_of_year - (153 * month + 2) / 5 + 1);
    time->month = (uint8_t)(month < 10 ? month + 3 : month - 9);
    time->year = (uint16_t)(era * 400 + year + (month < 10 ? 0 : 1));
}

uint64_t runtime_get_time(struct efi_time *time, struct efi_time_capabilities *capabilities,
                          const volatile uint64_t *clock) {
    uint64_t now = *clock;
    uint64_t seconds = now / NANOSECONDS;
    uint64_t rest = seconds % DAY_SECONDS;

    if (now == LV_CLOCK_UNKNOWN) {
        return EFI_DEVICE_ERROR;
    }
    runtime_set_date(time, seconds / DAY_SECONDS + DAYS_TO_1970);
    time->hour = (uint8_t)(rest / 3600);
    time->minute = (uint8_t)(rest / 60 % 60);
    time->second = (uint8_t)(rest % 60);
    time->nanosecond = (uint32_t)(now % NANOSECONDS);
    time->time_zone = 0;
    time->daylight = 0;
    if (capabilities != 0) {
        capabilities->resolution = 1;
        capabilities->accuracy = 0;
        capabilities->sets_to_zero = 0;
    }
    return EFI_SUCCESS;
}
