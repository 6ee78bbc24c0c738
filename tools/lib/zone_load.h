/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a zone's JSON tree to a zone: read, completed, checked. */
#ifndef TOOLS_ZONE_LOAD_H
#define TOOLS_ZONE_LOAD_H

#include "zone_file.h"

/*
 * Reads a zone, adapts it if it is hvisor's, and adds defaults. Checks everything that needs no
 * board: types, alignment, ranges, overlaps within the zone. Problems are reported; `zone` keeps
 * the good fields, and zone->good is true if there was no problem.
 */
void zone_load(struct report *report, const struct json_node *node, struct zone_file *zone);

#endif
