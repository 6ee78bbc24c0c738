/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The JSON Schema of zone files, from the tables by which they are read (zone_tables). */
#ifndef TOOLS_SCHEMA_H
#define TOOLS_SCHEMA_H

#include <stdio.h>

/* Prints the schema, as docs/zone.schema.json has it. */
void schema_print(FILE *out);

#endif
