/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of docs/zones.md, from the tables by which files are read. */
#ifndef TOOLS_FIELD_TABLES_H
#define TOOLS_FIELD_TABLES_H

#include <stdio.h>

/* Prints every table in Markdown, each between the comments that mark its place on the page;
 * scripts/field-tables puts them there. */
void field_tables_print(FILE *out);

#endif
