// SPDX-License-Identifier: GPL-2.0-or-later
#include "field_tables.h"

#include "board.h"
#include "zone_read.h"

#include <loongvisor/refusal.h>
#include <string.h>

static void field_tables_end(const char *table, FILE *out) {
    if (table != NULL) {
        fputs("<!-- end of fields -->\n", out);
    }
}

/* The rows of one table of the page stand together. */
static const char *field_tables_add(const struct field_table *fields, const char *table,
                                    FILE *out) {
    for (size_t i = 0; i < fields->count; i++) {
        const struct field *field = &fields->fields[i];
        if (table == NULL || strcmp(table, field->table) != 0) {
            field_tables_end(table, out);
            table = field->table;
            fprintf(out, "<!-- fields: %s -->\n%s", table,
                    field->fallback != NULL ? "| Field | Meaning | Default |\n|---|---|---|\n"
                                            : "| Value | Meaning |\n|---|---|\n");
        }
        bool is_ours = (field->flags & FIELD_HVISOR) == 0 && fields != &board_table;
        fprintf(out, "| `%s`%s | %s |", field->name, is_ours ? " *(ours)*" : "", field->about);
        if (field->fallback != NULL) {
            fprintf(out, " %s |", field->fallback);
        }
        fputc('\n', out);
    }
    return table;
}

static void field_tables_add_refusals(FILE *out) {
    static const char *const counted[] = {
        [LV_REFUSED_ZONE] = "",
        [LV_REFUSED_REGION] = "region",
        [LV_REFUSED_PAYLOAD] = "payload",
        [LV_REFUSED_FUNCTION] = "PCI function",
        [LV_REFUSED_CPU] = "CPU",
        [LV_REFUSED_VECTOR] = "vector",
        [LV_REFUSED_VIRTIO] = "virtual function",
    };
    fputs("<!-- fields: refusals -->\n| Number | Name | Index | It |\n|---|---|---|---|\n", out);
#define FIELD_TABLES_REFUSAL(name, what, words)                                                    \
    fprintf(out, "| %d | `%s` | %s | %s |\n", LV_REFUSAL_##name, #name,                            \
            counted[LV_REFUSED_##what], (words));
    LV_REFUSALS(FIELD_TABLES_REFUSAL)
#undef FIELD_TABLES_REFUSAL
    field_tables_end("refusals", out);
}

void field_tables_print(FILE *out) {
    const char *table = NULL;
    for (size_t i = 0; i < zone_num_tables; i++) {
        table = field_tables_add(&zone_tables[i], table, out);
    }
    table = field_tables_add(&zone_type_table, table, out);
    table = field_tables_add(&board_table, table, out);
    field_tables_end(table, out);
    field_tables_add_refusals(out);
}
