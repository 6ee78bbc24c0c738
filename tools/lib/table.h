/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text in columns that are as wide as their widest cell. */
#ifndef TOOLS_TABLE_H
#define TOOLS_TABLE_H

#include "arena.h"

#include <stdbool.h>
#include <stdio.h>

#define TABLE_MAX_COLUMNS 40u

struct table_row;

struct table {
    struct arena *arena; /* the cells live there */
    size_t columns;
    bool right[TABLE_MAX_COLUMNS]; /* columns that hold numbers */
    size_t width[TABLE_MAX_COLUMNS];
    struct table_row *first;
    struct table_row *last;
};

/* A table whose headings are separated by '|'; a heading that begins with '>' is of numbers. */
struct table table_begin(struct arena *arena, const char *headings);

/* Begins a row; the cells that table_cell does not set stay empty. */
void table_row(struct table *table);

/* Sets a cell of the last row. */
void table_cell(struct table *table, size_t column, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Writes the table, every line after `indent` blanks and without blanks at its end. */
void table_print(const struct table *table, int indent, FILE *out);

#endif
