// SPDX-License-Identifier: GPL-2.0-or-later
#include "schema.h"

#include "text.h"
#include "zone_read.h"

#include <string.h>

#define SCHEMA_NUMBER_TEXT   "(0[xX][0-9a-fA-F]+|[0-9]+)"
#define SCHEMA_RANGE_TEXT    SCHEMA_NUMBER_TEXT "(-" SCHEMA_NUMBER_TEXT ")?"
#define SCHEMA_PATTERN(text) "{\"type\": \"string\", \"pattern\": \"^" text "$\"}"
/* One of the texts, or a list of these and of numbers. */
#define SCHEMA_LIST_OF(text)                                                                       \
    "\"anyOf\": [" SCHEMA_PATTERN(                                                                 \
        text) ", {\"type\": \"array\", \"items\": {\"anyOf\": ["                                   \
              "{\"type\": \"integer\", \"minimum\": 0}, " SCHEMA_PATTERN(text) "]}}]"

struct schema_value {
    const char *name;
    const char *schema; /* members of its JSON Schema */
};

/* The values that the readers of lib/fields.h and lib/zone_devices.h accept, except words. */
static const struct schema_value schema_values[] = {
    {"number", "\"anyOf\": [{\"type\": \"integer\", \"minimum\": 0}, "
               "{\"type\": \"string\", \"pattern\": \"^" SCHEMA_NUMBER_TEXT "$\"}]"},
    {"size", "\"anyOf\": [{\"type\": \"integer\", \"minimum\": 0}, "
             "{\"type\": \"string\", \"pattern\": \"^" SCHEMA_NUMBER_TEXT "[kKmMgG]?$\"}]"},
    {"set", SCHEMA_LIST_OF("(all|" SCHEMA_RANGE_TEXT ")")},
    {"ranges", SCHEMA_LIST_OF(SCHEMA_RANGE_TEXT)},
    {"interrupt", "\"type\": \"string\", \"pattern\": \"^(none|line [0-7]|vector "
                  "(25[0-5]|2[0-4][0-9]|[01]?[0-9]?[0-9]))$\""},
};

static void schema_print_required(const struct field_table *table, const char *indent, FILE *out) {
    const char *separator = "";
    fprintf(out, "%s\"required\": [", indent);
    for (size_t i = 0; i < table->count; i++) {
        if ((table->fields[i].flags & FIELD_REQUIRED) != 0) {
            fprintf(out, "%s\"%s\"", separator, table->fields[i].name);
            separator = ", ";
        }
    }
    fprintf(out, "],\n");
}

/* Without Markdown's marks of code. */
static const char *schema_plain(struct arena *arena, const char *markdown) {
    char *text = arena_copy_text(arena, markdown, strlen(markdown));
    char *end = text;
    for (const char *from = markdown; *from != '\0'; from++) {
        if (*from != '`') {
            *end++ = *from;
        }
    }
    *end = '\0';
    return text;
}

static void schema_print_object(struct arena *arena, const struct field_table *table,
                                const char *indent, FILE *out) {
    fprintf(out, "%s\"type\": \"object\",\n", indent);
    schema_print_required(table, indent, out);
    fprintf(out, "%s\"additionalProperties\": false,\n%s\"properties\": {\n", indent, indent);
    for (size_t i = 0; i < table->count; i++) {
        const struct field *field = &table->fields[i];
        fprintf(out, "%s  \"%s\": {%s%s\"description\": ", indent, field->name, field->schema,
                field->schema[0] != '\0' ? ", " : "");
        text_print_json(schema_plain(arena, field->about), out);
        fprintf(out, "}%s\n", i + 1 < table->count ? "," : "");
    }
    fprintf(out, "%s}", indent);
}

static void schema_print_words(const char *name, const struct field_words *words, FILE *out) {
    const char *separator = "";
    fprintf(out, "    \"%s\": {\"enum\": [", name);
    for (size_t i = 0; i < words->count; i++) {
        if (words->words[i] != NULL) {
            fprintf(out, "%s\"%s\"", separator, words->words[i]);
            separator = ", ";
        }
    }
    fprintf(out, "]},\n");
}

static void schema_print_definitions(struct arena *arena, FILE *out) {
    fprintf(out, "  \"$defs\": {\n");
    for (size_t i = 0; i < sizeof(schema_values) / sizeof(schema_values[0]); i++) {
        fprintf(out, "    \"%s\": {%s},\n", schema_values[i].name, schema_values[i].schema);
    }
    schema_print_words("boot", &zone_boots, out);
    schema_print_words("policy", &zone_policies, out);
    schema_print_words("region_type", &zone_region_types, out);
    schema_print_words("share", &zone_shares, out);
    schema_print_words("disk_format", &zone_disk_formats, out);
    schema_print_words("on_loss", &zone_losses, out);
    const char *separator = "";
    for (size_t i = 0; i < zone_num_tables; i++) {
        if (zone_tables[i].name != NULL) {
            fprintf(out, "%s    \"%s\": {\n", separator, zone_tables[i].name);
            schema_print_object(arena, &zone_tables[i], "      ", out);
            fprintf(out, "\n    }");
            separator = ",\n";
        }
    }
    fprintf(out, "\n  },\n");
}

void schema_print(FILE *out) {
    struct arena arena = {0};
    fprintf(out, "{\n"
                 "  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
                 "  \"title\": \"Zone of Loongvisor\",\n"
                 "  \"description\": \"See docs/zones.md. Made from the packer's own tables: "
                 "loongvisor-pack --schema\",\n");
    schema_print_definitions(&arena, out);
    for (size_t i = 0; i < zone_num_tables; i++) {
        if (zone_tables[i].name == NULL) {
            schema_print_object(&arena, &zone_tables[i], "  ", out);
        }
    }
    fprintf(out, ",\n  \"anyOf\": [{\"required\": [\"memory\"]}, {\"required\": "
                 "[\"memory_regions\"]}]\n}\n");
    arena_free(&arena);
}
