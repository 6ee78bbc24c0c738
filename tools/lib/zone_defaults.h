/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a zone has without saying so; docs/zones.md states it. */
#ifndef TOOLS_ZONE_DEFAULTS_H
#define TOOLS_ZONE_DEFAULTS_H

#include "zone.h"

/* The 16550's and the power block's pages, the page of counters, the clock: GPAs.
 */
#define ZONE_UART_PAGE  0x1fe00000u
#define ZONE_POWER_PAGE 0x100e0000u
#define ZONE_INFO_PAGE  0xff00000000u
#define ZONE_CLOCK_PAGE 0xff00001000u

/* Where a Linux kernel is loaded. */
#define ZONE_KERNEL_ADDRESS 0x200000u

/* Part of zone_load: regions for "memory", interrupts and policies that the file leaves out. */
void zone_set_defaults(struct report *report, struct zone_file *zone);

#endif
