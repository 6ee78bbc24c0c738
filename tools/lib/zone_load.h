/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a zone's JSON tree to a zone: read, completed, checked. */
#ifndef TOOLS_ZONE_LOAD_H
#define TOOLS_ZONE_LOAD_H

#include "zone_file.h"

/*
 * Reads a zone, adapts it if it is hvisor's, adds what the file leaves out, and checks what can be
 * checked without a board: types, alignment, ranges, overlaps within the zone. Problems are
 * reported; `zone` keeps what was good, and zone->good is true if nothing was wrong.
 */
void zone_load(struct report *report, const struct json_node *node, struct zone_file *zone);

#endif
