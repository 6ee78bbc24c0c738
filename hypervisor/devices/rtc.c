// SPDX-License-Identifier: GPL-2.0-or-later
/* The LS7A's time-of-year counter (Loongson 7A1000 user manual). Firmware may have left it off.
 * Nothing but its two enables is written: the clock is the root zone's to set. */
#include <core/arch.h>
#include <core/device.h>
#include <lib/bits.h>

#define TOY_READ0   0x2cu /* month, day, hour, minute, second */
#define TOY_READ1   0x30u /* years since 1900 */
#define RTC_CONTROL 0x40u
#define TOY_ENABLE  (BIT(11) | BIT(8)) /* the counter, its oscillator */
#define NANOSECONDS 1000000000u
#define EPOCH_DAYS  719468u /* from 1 March of the year 0 to 1970 */

/* Since the epoch at tick 0 of the counter; 0: unknown. */
static uint64_t base_ns;

/* Years that begin in March have their leap day last. */
static uint64_t days_since_epoch(uint64_t year, uint64_t month, uint64_t day) {
    year -= month < 3 ? 1 : 0;
    return year * 365 + year / 4 - year / 100 + year / 400 + (153 * ((month + 9) % 12) + 2) / 5 +
           day - 1 - EPOCH_DAYS;
}

/* A second that has begun is half over on average. A clock that was never set counts nothing. */
void rtc_init(const struct lv_board *board) {
    hpa_t rtc = board->rtc_base;

    if (rtc == 0) {
        return;
    }
    arch_mmio_write(rtc + RTC_CONTROL, 4, arch_mmio_read(rtc + RTC_CONTROL, 4) | TOY_ENABLE);
    uint64_t before = arch_mmio_read(rtc + TOY_READ0, 4);
    uint64_t year = arch_mmio_read(rtc + TOY_READ1, 4);
    uint64_t toy = arch_mmio_read(rtc + TOY_READ0, 4);
    /* The first word goes back when a year ends. */
    year = 1900 + (toy < before ? arch_mmio_read(rtc + TOY_READ1, 4) : year);
    uint64_t month = bits_get(toy, 31, 26);
    uint64_t day = bits_get(toy, 25, 21);
    if (year >= 1970 && year < 2300 && month >= 1 && month <= 12 && day >= 1) {
        uint64_t hours = days_since_epoch(year, month, day) * 24 + bits_get(toy, 20, 16);
        uint64_t seconds = hours * 3600 + bits_get(toy, 15, 10) * 60 + bits_get(toy, 9, 4);
        base_ns = seconds * NANOSECONDS + NANOSECONDS / 2 - arch_counter_ns(arch_counter());
    }
}

uint64_t rtc_now(void) {
    return base_ns != 0 ? base_ns + arch_counter_ns(arch_counter()) : 0;
}
