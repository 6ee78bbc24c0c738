/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The defaults of a zone; docs/zones.md states them. */
#ifndef TOOLS_ZONE_DEFAULTS_H
#define TOOLS_ZONE_DEFAULTS_H

#include "zone_file.h"

/* Where a Linux kernel is loaded. */
#define ZONE_KERNEL_ADDRESS 0x200000u

/* Part of zone_load: regions for "memory", interrupts and policies that the file leaves out. */
void zone_set_defaults(struct report *report, struct zone_file *zone);

#endif
