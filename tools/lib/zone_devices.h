/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A zone's virtual devices in its file: their interrupts, and the policies for its end. */
#ifndef TOOLS_ZONE_DEVICES_H
#define TOOLS_ZONE_DEVICES_H

#include "zone_file.h"

#define ZONE_SCHEMA_INTERRUPT "\"$ref\": \"#/$defs/interrupt\""
#define ZONE_SCHEMA_POLICY    "\"$ref\": \"#/$defs/policy\""

/* Field readers: "none", "line 0" to "line 7", "vector 0" to "vector 255"; and "stop", "restart" or
 * "machine". */
field_reader zone_read_interrupt;
field_reader zone_read_policy;

/* The interrupt as the file would have it; the text is in the arena. */
const char *zone_interrupt_name(struct arena *arena, uint32_t interrupt);

/* Part of zone_file_check_alone: interrupts that are taken or unused, policies and watchdog. */
void zone_check_devices(struct report *report, struct zone_file *zone);

#endif
