/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EFI's GetTime for a zone's kernel, which runs it in the zone (UEFI 2.10, 8.3). */
#ifndef TOOLS_RUNTIME_GET_TIME_H
#define TOOLS_RUNTIME_GET_TIME_H

#include <stdint.h>

#define EFI_SUCCESS      0ULL
#define EFI_DEVICE_ERROR (1ULL << 63 | 7)

struct efi_time {
    uint16_t year;
    uint8_t month;
    uint8_t day;
    uint8_t hour;
    uint8_t minute;
    uint8_t second;
    uint8_t padding;
    uint32_t nanosecond;
    int16_t time_zone; /* minutes; 0: UTC */
    uint8_t daylight;
    uint8_t padding_2;
};

struct efi_time_capabilities {
    uint32_t resolution; /* Hz */
    uint32_t accuracy;   /* 10^-12 */
    uint8_t sets_to_zero;
};

/*
 * Fills in *time, and *capabilities unless it is NULL, from the register of a clock device
 * (LV_CLOCK_NOW). Returns EFI_SUCCESS, or EFI_DEVICE_ERROR if the board has no clock.
 */
uint64_t runtime_get_time(struct efi_time *time, struct efi_time_capabilities *capabilities,
                          const volatile uint64_t *clock);

#endif
