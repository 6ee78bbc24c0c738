/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a zone's kernel is told on its command line besides what the file says. */
#ifndef TOOLS_ZONE_ARGUMENTS_H
#define TOOLS_ZONE_ARGUMENTS_H

#include "zone_file.h"

/*
 * Bounce buffers, in slots of Linux's, that a window of so many bytes has room for beside the rings
 * of the zone's devices.
 */
uint64_t zone_bounce_slots(const struct zone_file *zone, uint64_t window);

/*
 * The command line of a zone whose device tree is made: the file's, with our arguments in front.
 * What the file says itself is kept. NULL: there is none. The zone is good; what has no room is
 * reported.
 */
const char *zone_arguments(struct report *report, const struct zone_file *zone);

#endif
