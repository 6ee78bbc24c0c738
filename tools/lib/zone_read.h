/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A zone file's fields, as they stand in the file. */
#ifndef TOOLS_ZONE_READ_H
#define TOOLS_ZONE_READ_H

#include "zone_file.h"

/* Reads a zone from its JSON tree; reports types, missing and unknown fields. False if the node is
 * no object; otherwise `zone` has the good fields. */
bool zone_read(struct report *report, const struct json_node *node, struct zone_file *zone);

/* Reads the list "devices" into the struct zone_file that `target` is. */
field_reader zone_read_devices;

/* The fields of a zone file and of the objects in it, for the JSON Schema and docs/zones.md. */
extern const struct field_table zone_tables[];
extern const size_t zone_num_tables;

/* The types of regions for docs/zones.md: values of a field, not fields. */
extern const struct field_table zone_type_table;

#endif
