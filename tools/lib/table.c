// SPDX-License-Identifier: GPL-2.0-or-later
#include "table.h"

#include <stdarg.h>
#include <string.h>

#define TABLE_GAP "  "

struct table_row {
    struct table_row *next;
    const char *cells[TABLE_MAX_COLUMNS];
};

void table_row(struct table *table) {
    struct table_row *row = arena_alloc(table->arena, sizeof(*row));
    for (size_t i = 0; i < TABLE_MAX_COLUMNS; i++) {
        row->cells[i] = "";
    }
    if (table->last == NULL) {
        table->first = row;
    } else {
        table->last->next = row;
    }
    table->last = row;
}

void table_cell(struct table *table, size_t column, const char *format, ...) {
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    size_t width = strlen(text);
    table->last->cells[column] = arena_copy_text(table->arena, text, width);
    if (width > table->width[column]) {
        table->width[column] = width;
    }
}

struct table table_begin(struct arena *arena, const char *headings) {
    struct table table = {.arena = arena};
    table_row(&table);
    while (*headings != '\0') {
        table.right[table.columns] = *headings == '>';
        headings += *headings == '>';
        int length = (int)strcspn(headings, "|");
        table_cell(&table, table.columns++, "%.*s", length, headings);
        headings += length;
        headings += *headings == '|';
    }
    return table;
}

static size_t table_last_column(const struct table *table, const struct table_row *row) {
    size_t last = table->columns;
    while (last > 0 && *row->cells[last - 1] == '\0') {
        last--;
    }
    return last;
}

static void table_print_row(const struct table *table, const struct table_row *row, int indent,
                            FILE *out) {
    size_t columns = table_last_column(table, row);
    fprintf(out, "%*s", indent, "");
    for (size_t i = 0; i < columns; i++) {
        int width = (int)table->width[i];
        const char *gap = i == 0 ? "" : TABLE_GAP;
        if (table->right[i]) {
            fprintf(out, "%s%*s", gap, width, row->cells[i]);
        } else {
            fprintf(out, "%s%-*s", gap, i + 1 == columns ? 0 : width, row->cells[i]);
        }
    }
    fputc('\n', out);
}

void table_print(const struct table *table, int indent, FILE *out) {
    for (const struct table_row *row = table->first; row != NULL; row = row->next) {
        table_print_row(table, row, indent, out);
    }
}
