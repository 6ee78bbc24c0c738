// SPDX-License-Identifier: GPL-2.0-or-later
#include "zone_output.h"

#include "array.h"
#include "format.h"
#include "json_out.h"
#include "stage2_size.h"
#include "table.h"
#include "text.h"
#include "zone_file.h"
#include "zone_devices.h"

#include <ctype.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

/* Columns of the labels of lines. */
#define OUTPUT_LABEL_WIDTH 16

struct output;

/* One value of an object: as JSON, or NULL if the object has no such value; and as text in the
 * arena, "" then. */
typedef json_t *output_json(const struct output *output, const void *object);
typedef const char *output_text(struct arena *arena, const struct output *output,
                                const void *object);

/* A row of zone_fields.def, as it is printed. */
struct output {
    const char *name;
    output_json *json;
    output_text *text;
    bool is_word; /* no number: in tables it begins at the left */
    size_t offset;
    size_t size;
    uint32_t bits; /* a flag's; the type of a region */
};

/* A list of objects in the configuration. */
struct output_list {
    const char *name;
    const char *what; /* heading of the names of its objects; NULL: they have none */
    size_t count;     /* offset of a uint32_t */
    size_t first;
    size_t size; /* of an object */
    uint32_t max;
    const struct output *outputs;
    size_t num_outputs;
};

static uint64_t output_number(const struct output *output, const void *object) {
    uint64_t number = 0;
    memcpy(&number, (const char *)object + output->offset, output->size);
    return number;
}

static json_t *output_json_count(const struct output *output, const void *object) {
    return json_out_count(output_number(output, object));
}

static const char *output_text_count(struct arena *arena, const struct output *output,
                                     const void *object) {
    return arena_printf(arena, "%" PRIu64, output_number(output, object));
}

static json_t *output_json_address(const struct output *output, const void *object) {
    return json_out_hex(output_number(output, object));
}

static const char *output_text_address(struct arena *arena, const struct output *output,
                                       const void *object) {
    return arena_printf(arena, "0x%" PRIx64, output_number(output, object));
}

static const char *output_text_size(struct arena *arena, const struct output *output,
                                    const void *object) {
    return format_size(arena, output_number(output, object));
}

static json_t *output_json_flag(const struct output *output, const void *object) {
    return json_boolean((output_number(output, object) & output->bits) != 0);
}

static const char *output_text_flag(struct arena *arena, const struct output *output,
                                    const void *object) {
    (void)arena;
    return (output_number(output, object) & output->bits) != 0 ? "yes" : "no";
}

/* A hypervisor's name may lack its end, and a text is JSON only if it is UTF-8. */
static const char *output_text_name(struct arena *arena, const struct output *output,
                                    const void *object) {
    const char *name = (const char *)object + output->offset;
    return text_printable(arena, arena_copy_text(arena, name, strnlen(name, output->size)));
}

static json_t *output_json_name(const struct output *output, const void *object) {
    struct arena arena = {0};
    json_t *json = json_string(output_text_name(&arena, output, object));
    arena_free(&arena);
    return json;
}

static void output_words(const struct output *output, const void *object,
                         uint64_t words[LV_VECTOR_WORDS]) {
    memset(words, 0, LV_VECTOR_WORDS * sizeof(*words));
    memcpy(words, (const char *)object + output->offset, output->size);
}

static json_t *output_json_bits(const struct output *output, const void *object) {
    uint64_t words[LV_VECTOR_WORDS];
    json_t *list = json_array();
    output_words(output, object, words);
    for (unsigned bit = 0; bit < output->size * 8; bit++) {
        if ((words[bit / 64] >> bit % 64 & 1) != 0) {
            json_out_append(list, json_integer(bit));
        }
    }
    return list;
}

static const char *output_text_bits(struct arena *arena, const struct output *output,
                                    const void *object) {
    uint64_t words[LV_VECTOR_WORDS];
    output_words(output, object, words);
    return format_words(arena, words, LV_VECTOR_WORDS);
}

/* {"line": 2}, {"vector": 33} or null. */
static json_t *output_make_interrupt(uint32_t interrupt) {
    int number = (int)(interrupt & LV_INTERRUPT_NUMBER);
    switch (interrupt & LV_INTERRUPT_KIND) {
    case LV_INTERRUPT_LINE(0):
        return json_pack("{s:i}", "line", number);
    case LV_INTERRUPT_VECTOR(0):
        return json_pack("{s:i}", "vector", number);
    default:
        return json_null();
    }
}

static json_t *output_json_interrupt(const struct output *output, const void *object) {
    return output_make_interrupt((uint32_t)output_number(output, object));
}

static const char *output_text_interrupt(struct arena *arena, const struct output *output,
                                         const void *object) {
    return zone_interrupt_name(arena, (uint32_t)output_number(output, object));
}

/* The interrupt of the configuration's region of a type, which is in output->bits. */
static json_t *output_json_in_region(const struct output *output, const void *object) {
    return output_make_interrupt(lv_find_interrupt(object, (enum lv_region_type)output->bits));
}

static const char *output_text_in_region(struct arena *arena, const struct output *output,
                                         const void *object) {
    return zone_interrupt_name(arena, lv_find_interrupt(object, (enum lv_region_type)output->bits));
}

/* Pages of the second stage's tables, which are counted. */
static json_t *output_json_tables(const struct output *output, const void *object) {
    (void)output;
    return json_out_count(stage2_config_pages(object));
}

static const char *output_text_tables(struct arena *arena, const struct output *output,
                                      const void *object) {
    (void)output;
    return arena_printf(arena, "%" PRIu32, stage2_config_pages(object));
}

static const char *output_text_policy(struct arena *arena, const struct output *output,
                                      const void *object) {
    (void)arena;
    return field_word(&zone_policies, output_number(output, object));
}

static json_t *output_json_policy(const struct output *output, const void *object) {
    return json_string(field_word(&zone_policies, output_number(output, object)));
}

static const char *output_text_region_type(struct arena *arena, const struct output *output,
                                           const void *object) {
    (void)arena;
    return field_word(&zone_region_types, output_number(output, object));
}

static json_t *output_json_region_type(const struct output *output, const void *object) {
    return json_string(field_word(&zone_region_types, output_number(output, object)));
}

static json_t *output_json_hpa(const struct output *output, const void *object) {
    const struct lv_region *region = object;
    return zone_region_has_hpa(region->type) ? output_json_address(output, object) : NULL;
}

static const char *output_text_hpa(struct arena *arena, const struct output *output,
                                   const void *object) {
    const struct lv_region *region = object;
    return zone_region_has_hpa(region->type) ? output_text_address(arena, output, object) : "";
}

static const char *output_text_virtio_type(struct arena *arena, const struct output *output,
                                           const void *object) {
    return zone_device_type_name(arena, (uint16_t)output_number(output, object));
}

static json_t *output_json_virtio_type(const struct output *output, const void *object) {
    struct arena arena = {0};
    json_t *json = json_string(output_text_virtio_type(&arena, output, object));
    arena_free(&arena);
    return json;
}

static const char *output_text_bus(struct arena *arena, const struct output *output,
                                   const void *object) {
    return arena_printf(arena, "%02" PRIx64, output_number(output, object));
}

/* Device and function, as PCI tools print them. */
static const char *output_text_devfn(struct arena *arena, const struct output *output,
                                     const void *object) {
    uint64_t devfn = output_number(output, object);
    return arena_printf(arena, "%02" PRIx64 ".%" PRIx64, devfn >> 3, devfn & 7);
}

/* How the types of zone_fields.def are printed. */
#define PRINT_name    .json = output_json_name, .text = output_text_name, .is_word = true
#define PRINT_id      .json = output_json_count, .text = output_text_count
#define PRINT_u32     .json = output_json_count, .text = output_text_count
#define PRINT_address .json = output_json_address, .text = output_text_address
#define PRINT_hpa     .json = output_json_hpa, .text = output_text_hpa
#define PRINT_size    .json = output_json_address, .text = output_text_size
#define PRINT_bytes   .json = output_json_count, .text = output_text_size
#define PRINT_flag    .json = output_json_flag, .text = output_text_flag, .is_word = true
#define PRINT_cpus    .json = output_json_bits, .text = output_text_bits
#define PRINT_vectors .json = output_json_bits, .text = output_text_bits
#define PRINT_lines   .json = output_json_bits, .text = output_text_bits
#define PRINT_interrupt                                                                            \
    .json = output_json_interrupt, .text = output_text_interrupt, .is_word = true
#define PRINT_in_region .json = output_json_in_region, .text = output_text_in_region
#define PRINT_tables    .json = output_json_tables, .text = output_text_tables
#define PRINT_policy    .json = output_json_policy, .text = output_text_policy
#define PRINT_region_type                                                                          \
    .json = output_json_region_type, .text = output_text_region_type, .is_word = true
#define PRINT_virtio_type                                                                          \
    .json = output_json_virtio_type, .text = output_text_virtio_type, .is_word = true
#define PRINT_bus   .json = output_json_count, .text = output_text_bus
#define PRINT_devfn .json = output_json_count, .text = output_text_devfn

#define OUTPUT_AT(key, kind, object, member, mask)                                                 \
    {.name = (key),                                                                                \
     PRINT_##kind,                                                                                 \
     .offset = offsetof(struct object, member),                                                    \
     .size = sizeof(((struct object *)NULL)->member),                                              \
     .bits = (mask)},

static const struct output output_zone[] = {
#define ZONE_CONFIG(table, key, kind, to, property, member, output, ...)                           \
    OUTPUT_AT(output, kind, lv_zone_config, member, 0)
#define ZONE_FLAG(table, key, to, property, mask, output, ...)                                     \
    OUTPUT_AT(output, flag, lv_zone_config, flags, mask)
#define ZONE_INTERRUPT(table, key, to, property, region, output, ...)                              \
    OUTPUT_AT(output, in_region, lv_zone_config, regions, region)
#define ZONE_OUTPUT(output, kind, member) OUTPUT_AT(output, kind, lv_zone_config, member, 0)
#include <loongvisor/zone_fields.def>
};

static const struct output output_region[] = {
#define REGION_CONFIG(table, key, kind, to, property, member, output, ...)                         \
    OUTPUT_AT(output, kind, lv_region, member, 0)
#define REGION_FLAG(table, key, to, property, mask, output, ...)                                   \
    OUTPUT_AT(output, flag, lv_region, flags, mask)
#define REGION_OUTPUT(output, kind, member) OUTPUT_AT(output, kind, lv_region, member, 0)
#include <loongvisor/zone_fields.def>
};

static const struct output output_payload[] = {
#define PAYLOAD_OUTPUT(output, kind, member) OUTPUT_AT(output, kind, lv_payload, member, 0)
#include <loongvisor/zone_fields.def>
};

static const struct output output_pci[] = {
#define PCI_OUTPUT(output, kind, member) OUTPUT_AT(output, kind, lv_pci_function, member, 0)
#include <loongvisor/zone_fields.def>
};

static const struct output output_device[] = {
#define DEVICE_OUTPUT(output, kind, member) OUTPUT_AT(output, kind, lv_virtio_function, member, 0)
#include <loongvisor/zone_fields.def>
};

#define OUTPUT_LIST(title, heading, member, limit, rows)                                           \
    {.name = (title),                                                                              \
     .what = (heading),                                                                            \
     .count = offsetof(struct lv_zone_config, num_##member),                                       \
     .first = offsetof(struct lv_zone_config, member),                                             \
     .size = sizeof(((struct lv_zone_config *)NULL)->member[0]),                                   \
     .max = (limit),                                                                               \
     .outputs = (rows),                                                                            \
     .num_outputs = ARRAY_SIZE(rows)}

static const struct output_list output_lists[] = {
    OUTPUT_LIST("regions", NULL, regions, LV_MAX_REGIONS, output_region),
    OUTPUT_LIST("payloads", "PART", payloads, LV_MAX_PAYLOADS, output_payload),
    OUTPUT_LIST("pci_functions", NULL, pci_functions, LV_MAX_PCI_FUNCTIONS, output_pci),
    OUTPUT_LIST("devices", "NAME", virtio, LV_MAX_VIRTIO, output_device),
};

static uint32_t output_count(const struct output_list *list, const struct lv_zone_config *config) {
    uint32_t count;
    memcpy(&count, (const char *)config + list->count, sizeof(count));
    return count < list->max ? count : list->max;
}

static const void *output_item(const struct output_list *list, const struct lv_zone_config *config,
                               uint32_t index) {
    return (const char *)config + list->first + index * list->size;
}

static json_t *output_object(const struct output *outputs, size_t count, const void *object) {
    json_t *json = json_object();
    for (size_t i = 0; i < count; i++) {
        json_t *value = outputs[i].json(&outputs[i], object);
        if (value != NULL) {
            json_object_set_new(json, outputs[i].name, value);
        }
    }
    return json;
}

json_t *zone_output_json(const struct lv_zone_config *config,
                         const struct zone_output_names *names) {
    json_t *json = output_object(output_zone, ARRAY_SIZE(output_zone), config);
    for (size_t i = 0; i < ARRAY_SIZE(output_lists); i++) {
        const struct output_list *list = &output_lists[i];
        json_t *items = json_array();
        bool is_named = list->outputs == output_device && names->devices != NULL;
        for (uint32_t j = 0; j < output_count(list, config); j++) {
            json_t *item =
                output_object(list->outputs, list->num_outputs, output_item(list, config, j));
            if (is_named) {
                json_object_set_new(item, "name", json_string(names->devices[j]));
            }
            json_out_append(items, item);
        }
        json_object_set_new(json, list->name, items);
    }
    return json;
}

/* The outputs' names as the headings of a table, and one for `last` unless that is NULL. */
static struct table output_table(struct arena *arena, const struct output_list *list,
                                 const char *last) {
    const char *headings = "";
    for (size_t i = 0; i < list->num_outputs; i++) {
        const struct output *output = &list->outputs[i];
        char *name = arena_copy_text(arena, output->name, strlen(output->name));
        for (char *letter = name; *letter != '\0'; letter++) {
            *letter = (char)toupper(*letter);
        }
        headings = arena_printf(arena, "%s%s%s%s", headings, i == 0 ? "" : "|",
                                output->is_word ? "" : ">", name);
    }
    return table_begin(arena,
                       last == NULL ? headings : arena_printf(arena, "%s|%s", headings, last));
}

static void output_print_list(struct arena *arena, const struct output_list *list,
                              const struct lv_zone_config *config, const char *const *names,
                              int indent, FILE *out) {
    uint32_t count = output_count(list, config);
    struct table table = output_table(arena, list, names != NULL ? list->what : NULL);
    for (uint32_t i = 0; i < count; i++) {
        table_row(&table);
        for (size_t j = 0; j < list->num_outputs; j++) {
            const struct output *output = &list->outputs[j];
            table_cell(&table, j, "%s", output->text(arena, output, output_item(list, config, i)));
        }
        if (names != NULL) {
            table_cell(&table, list->num_outputs, "%s", text_printable(arena, names[i]));
        }
    }
    if (count == 0) {
        fprintf(out, "%*s%-*s -\n", indent, "", OUTPUT_LABEL_WIDTH, list->name);
    } else {
        fprintf(out, "%*s%s\n", indent, "", list->name);
        table_print(&table, indent + 2, out);
    }
}

void zone_output_text(const struct lv_zone_config *config, const struct zone_output_names *names,
                      int indent, FILE *out) {
    struct arena arena = {0};
    for (size_t i = 0; i < ARRAY_SIZE(output_zone); i++) {
        const struct output *output = &output_zone[i];
        fprintf(out, "%*s%-*s %s\n", indent, "", OUTPUT_LABEL_WIDTH, output->name,
                output->text(&arena, output, config));
    }
    for (size_t i = 0; i < ARRAY_SIZE(output_lists); i++) {
        const struct output_list *list = &output_lists[i];
        const char *const *own = list->outputs == output_payload  ? names->payloads
                                 : list->outputs == output_device ? names->devices
                                                                  : NULL;
        output_print_list(&arena, list, config, own, indent, out);
    }
    arena_free(&arena);
}
