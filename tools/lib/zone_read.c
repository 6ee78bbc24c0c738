// SPDX-License-Identifier: GPL-2.0-or-later
#include "zone_read.h"

#include "array.h"
#include "hvisor.h"
#include "zone_devices.h"

#include <string.h>

#define SCHEMA_LIST(of) "\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/" of "\"}"
#define SCHEMA_ARRAY    "\"type\": \"array\""
/* lv_name_is_good() as a pattern. */
#define SCHEMA_NAME                                                                                \
    "\"type\": \"string\", \"pattern\": "                                                          \
    "\"^(?=.*[A-Za-z_])(?!.*\\\\.json$)[A-Za-z0-9_][A-Za-z0-9._-]{0,30}$\""
#define SCHEMA_REGION_TYPE "\"$ref\": \"#/$defs/region_type\""
#define SCHEMA_BOOT        "\"$ref\": \"#/$defs/boot\""
#define SCHEMA_SHARE       "\"$ref\": \"#/$defs/share\""
#define SCHEMA_DISK_FORMAT "\"$ref\": \"#/$defs/disk_format\""
#define SCHEMA_ON_LOSS     "\"$ref\": \"#/$defs/on_loss\""
#define SCHEMA_TEXTS       "\"type\": \"array\", \"items\": {\"type\": \"string\"}"
#define SCHEMA_BACK_END                                                                            \
    "\"anyOf\": [{\"const\": \"" ZONE_BACK_END_WORD "\"}, {\"$ref\": \"#/$defs/back_end\"}]"
#define SCHEMA_CPUS                                                                                \
    "\"anyOf\": [{\"type\": \"integer\", \"minimum\": 1}, {" FIELD_SCHEMA_RANGES "}]"

/* The zone whose member `target` is. */
#define ZONE_OF(target, member)                                                                    \
    ((struct zone_file *)((char *)(target) - offsetof(struct zone_file, member)))

/* How the types of zone_fields.def are read, and what a JSON Schema says of them. */
#define READ_anything    .read = field_skip, .schema = FIELD_SCHEMA_ANYTHING
#define READ_name        .read = field_read_text, .schema = SCHEMA_NAME
#define READ_text        .read = field_read_text, .schema = FIELD_SCHEMA_TEXT
#define READ_path        .read = zone_read_path, .schema = FIELD_SCHEMA_TEXT
#define READ_boot        .read = field_read_text, .schema = SCHEMA_BOOT
#define READ_region_type .read = field_read_text, .schema = SCHEMA_REGION_TYPE
#define READ_flag        .read = field_read_bool, .schema = FIELD_SCHEMA_BOOL
#define READ_id          .read = field_read_number, .schema = FIELD_SCHEMA_NUMBER
#define READ_u32         .read = field_read_u32, .schema = FIELD_SCHEMA_NUMBER
#define READ_number      .read = field_read_number, .schema = FIELD_SCHEMA_NUMBER
#define READ_address     .read = field_read_number, .schema = FIELD_SCHEMA_NUMBER
#define READ_hpa         .read = field_read_number, .schema = FIELD_SCHEMA_NUMBER
#define READ_size        .read = field_read_size, .schema = FIELD_SCHEMA_SIZE
#define READ_cpus        .read = zone_read_cpus, .schema = SCHEMA_CPUS
#define READ_vectors     .read = zone_read_vectors, .schema = FIELD_SCHEMA_SET
#define READ_lines       .read = zone_read_lines, .schema = FIELD_SCHEMA_SET
#define READ_interrupt   .read = zone_read_interrupt, .schema = ZONE_SCHEMA_INTERRUPT
#define READ_policy      .read = zone_read_policy, .schema = ZONE_SCHEMA_POLICY
#define READ_share       .read = field_read_text, .schema = SCHEMA_SHARE
#define READ_device_type .read = field_read_text, .schema = ZONE_DEVICE_SCHEMA_TYPE
#define READ_disk_format .read = field_read_text, .schema = SCHEMA_DISK_FORMAT
#define READ_on_loss     .read = field_read_text, .schema = SCHEMA_ON_LOSS
#define READ_texts       .read = zone_read_texts, .schema = SCHEMA_TEXTS
#define READ_back_end    .read = zone_read_back_end, .schema = SCHEMA_BACK_END
#define READ_devices     .read = zone_read_devices, .schema = SCHEMA_LIST("device")
#define READ_regions     .read = zone_read_regions, .schema = SCHEMA_LIST("region")
#define READ_pci_devices .read = zone_read_pci_devices, .schema = SCHEMA_LIST("pci_device")
#define READ_modules     .read = zone_read_modules, .schema = SCHEMA_LIST("module")
#define READ_channels    .read = hvisor_read_channels, .schema = SCHEMA_ARRAY
#define READ_pci_bridge  .read = hvisor_read_pci_bridge, .schema = FIELD_SCHEMA_ANYTHING

/* A row of zone_fields.def as a struct field. */
#define FIELD_AT(in, key, kind, at, property, meaning, without)                                    \
    {.table = (in),                                                                                \
     .name = (key),                                                                                \
     READ_##kind,                                                                                  \
     .offset = (at),                                                                               \
     .flags = (property),                                                                          \
     .about = (meaning),                                                                           \
     .fallback = (without)},

static const struct field zone_region_fields[] = {
#define REGION_CONFIG(in, key, kind, to, flags, config, output, about, without)                    \
    FIELD_AT(in, key, kind, offsetof(struct zone_region, to), flags, about, without)
#define REGION_FLAG(in, key, to, flags, bit, output, about, without)                               \
    FIELD_AT(in, key, flag, offsetof(struct zone_region, to), flags, about, without)
#define REGION_OTHER(in, key, kind, flags, about, without)                                         \
    FIELD_AT(in, key, kind, 0, flags, about, without)
#include <loongvisor/zone_fields.def>
};

static const struct field zone_pci_fields[] = {
#define PCI_VALUE(in, key, kind, to, flags, about, without)                                        \
    FIELD_AT(in, key, kind, offsetof(struct zone_pci_device, to), flags, about, without)
#include <loongvisor/zone_fields.def>
};

static const struct field zone_module_fields[] = {
#define MODULE_VALUE(in, key, kind, to, flags, about, without)                                     \
    FIELD_AT(in, key, kind, offsetof(struct zone_module, to), flags, about, without)
#include <loongvisor/zone_fields.def>
};

/* A list of texts. */
static void zone_read_texts(struct report *report, const struct json_node *node, void *target) {
    const struct json_node **list = (const struct json_node **)target;
    *list = node;
    if (field_expect(report, node, JSON_NODE_ARRAY)) {
        for (size_t i = 0; i < node->count; i++) {
            field_expect(report, &node->children[i], JSON_NODE_STRING);
        }
    }
}

static const struct field zone_back_end_fields[] = {
#define BACK_END_VALUE(in, key, kind, to, flags, about, without)                                   \
    FIELD_AT(in, key, kind, offsetof(struct zone_back_end_entry, to), flags, about, without)
#include <loongvisor/zone_fields.def>
};

static void zone_read_back_end(struct report *report, const struct json_node *node, void *target) {
    struct zone_back_end_entry *back_end = target;
    back_end->node = node;
    if (node->type != JSON_NODE_STRING) {
        field_read_object(report, node, zone_back_end_fields, ARRAY_SIZE(zone_back_end_fields),
                          back_end);
    } else if (strcmp(node->text, ZONE_BACK_END_WORD) != 0) {
        report_error(report, &node->place,
                     "give \"" ZONE_BACK_END_WORD "\" or an object such as {\"socket\": "
                     "\"/run/my.sock\"}",
                     "unknown back end");
    }
}

static const struct field zone_device_fields[] = {
#define DEVICE_VALUE(in, key, kind, to, flags, about, without)                                     \
    FIELD_AT(in, key, kind, offsetof(struct zone_device_entry, to), flags, about, without)
#define DEVICE_OTHER(in, key, kind, flags, about, without)                                         \
    FIELD_AT(in, key, kind, 0, flags, about, without)
#include <loongvisor/zone_fields.def>
};

static bool zone_read_region_type(struct report *report, struct zone_region *region) {
    if (region->type_name.text == NULL) {
        return false;
    }
    size_t type = field_read_word(report, region->type_name.node, &zone_region_types);
    if (type == ZONE_NUM_REGION_TYPES) {
        return false;
    }
    region->type = (enum lv_region_type)type;
    return true;
}

/* Where a region may leave one of its addresses out. */
static void zone_complete_region(struct report *report, struct zone_region *region) {
    if (region->type == LV_REGION_POOL && region->gpa.node == NULL) {
        region->gpa = region->hpa;
    } else if (region->gpa.node == NULL) {
        report_error(report, &region->node->place, "add the GPA as \"virtual_start\"",
                     "the field \"virtual_start\" is missing");
    }
    region->floating = region->type == LV_REGION_RAM && region->hpa.node == NULL;
    region->good = region->gpa.good && region->size.good;
    if (!zone_region_has_hpa(region->type) || region->floating) {
        return;
    }
    region->good = region->good && region->hpa.good;
    if (region->hpa.node == NULL) {
        report_error(report, &region->node->place, "add the HPA as \"physical_start\"",
                     "a region of type %s needs \"physical_start\"", region->type_name.text);
    }
}

static void zone_read_region(struct report *report, const struct json_node *node,
                             struct zone_region *region) {
    region->node = node;
    if (field_read_object(report, node, zone_region_fields, ARRAY_SIZE(zone_region_fields),
                          region) &&
        zone_read_region_type(report, region)) {
        zone_complete_region(report, region);
    }
}

/* True when the list has at most `max` elements. */
static bool zone_expect_list(struct report *report, const struct json_node *node, size_t max) {
    if (!field_expect(report, node, JSON_NODE_ARRAY)) {
        return false;
    }
    if (node->count > max) {
        report_error(report, &node->place, "shorten the list",
                     "%zu elements; the hypervisor takes %zu", node->count, max);
        return false;
    }
    return true;
}

static void zone_read_regions(struct report *report, const struct json_node *node, void *target) {
    struct zone_file *zone = target;
    if (zone_expect_list(report, node, LV_MAX_REGIONS)) {
        for (size_t i = 0; i < node->count; i++) {
            zone_read_region(report, &node->children[i], &zone->regions[i]);
        }
        zone->num_regions = node->count;
    }
}

/* By default the zone sees the function at its own place. */
static void zone_default_number(struct field_number *number, const struct field_number *from) {
    if (number->node == NULL) {
        number->value = from->value;
        number->good = from->good;
    }
}

static void zone_read_pci_device(struct report *report, const struct json_node *node,
                                 struct zone_pci_device *device) {
    device->node = node;
    if (field_read_object(report, node, zone_pci_fields, ARRAY_SIZE(zone_pci_fields), device)) {
        zone_default_number(&device->zone_bus, &device->bus);
        zone_default_number(&device->zone_device, &device->device);
        zone_default_number(&device->zone_function, &device->function);
        device->good = true;
    }
}

static void zone_read_pci_devices(struct report *report, const struct json_node *node,
                                  void *target) {
    struct zone_file *zone = target;
    if (!zone_expect_list(report, node, LV_MAX_PCI_FUNCTIONS - zone->num_pci_devices)) {
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        zone_read_pci_device(report, &node->children[i],
                             &zone->pci_devices[zone->num_pci_devices++]);
    }
}

void zone_read_devices(struct report *report, const struct json_node *node, void *target) {
    struct zone_file *zone = target;
    zone->devices_node = node;
    if (zone_expect_list(report, node, LV_MAX_VIRTIO)) {
        for (size_t i = 0; i < node->count; i++) {
            struct zone_device_entry *entry = &zone->device_entries[i];
            entry->node = &node->children[i];
            field_read_object(report, entry->node, zone_device_fields,
                              ARRAY_SIZE(zone_device_fields), entry);
        }
        zone->num_devices = node->count;
    }
}

static void zone_read_modules(struct report *report, const struct json_node *node, void *target) {
    struct zone_file *zone = target;
    if (zone_expect_list(report, node, ZONE_MAX_MODULES)) {
        for (size_t i = 0; i < node->count; i++) {
            zone->modules[i].node = &node->children[i];
            field_read_object(report, &node->children[i], zone_module_fields,
                              ARRAY_SIZE(zone_module_fields), &zone->modules[i]);
        }
        zone->num_modules = node->count;
    }
}

/* A list names CPUs; a number says how many. How many the board has is not known here. */
static void zone_read_cpus(struct report *report, const struct json_node *node, void *target) {
    static const struct field_members cpus = {.what = "CPU", .limit = LV_MAX_CPUS};
    struct zone_file *zone = ZONE_OF(target, cpus);
    if (node->type == JSON_NODE_NUMBER) {
        field_read_number(report, node, &zone->cpu_count);
    } else {
        field_read_set(report, node, &cpus, &zone->cpus);
    }
}

static void zone_read_vectors(struct report *report, const struct json_node *node, void *target) {
    static const struct field_members vectors = {"vector", LV_NUM_VECTORS, true};
    struct zone_file *zone = ZONE_OF(target, vectors);
    if (zone->is_hvisor) {
        hvisor_read_interrupts(report, node, zone);
    } else {
        field_read_set(report, node, &vectors, &zone->vectors);
    }
}

static void zone_read_lines(struct report *report, const struct json_node *node, void *target) {
    static const struct field_members lines = {"line", LV_NUM_LINES, true};
    field_read_set(report, node, &lines, target);
}

/* hvisor's way of saying "nothing to load" is the path "null". */
static void zone_read_path(struct report *report, const struct json_node *node, void *target) {
    struct field_text *path = target;
    field_read_text(report, node, path);
    if (path->text != NULL && strcmp(path->text, "null") == 0) {
        path->text = NULL;
    }
}

static const struct field zone_fields[] = {
#define ZONE_VALUE(in, key, kind, to, flags, about, without)                                       \
    FIELD_AT(in, key, kind, offsetof(struct zone_file, to), flags, about, without)
#define ZONE_CONFIG(in, key, kind, to, flags, config, output, about, without)                      \
    FIELD_AT(in, key, kind, offsetof(struct zone_file, to), flags, about, without)
#define ZONE_FLAG(in, key, to, flags, bit, output, about, without)                                 \
    FIELD_AT(in, key, flag, offsetof(struct zone_file, to), flags, about, without)
#define ZONE_INTERRUPT(in, key, to, flags, region, output, about, without)                         \
    FIELD_AT(in, key, interrupt, offsetof(struct zone_file, to), flags, about, without)
#define ZONE_OTHER(in, key, kind, flags, about, without)                                           \
    FIELD_AT(in, key, kind, 0, flags, about, without)
#include <loongvisor/zone_fields.def>
};

static const struct field zone_region_type_rows[] = {
#define REGION_TYPE(type, key, properties, property, meaning)                                      \
    {.table = "region_type", .name = (key), .flags = (property), .about = (meaning)},
#include <loongvisor/zone_fields.def>
};

const struct field_table zone_tables[] = {
    {NULL, zone_fields, ARRAY_SIZE(zone_fields)},
    {"region", zone_region_fields, ARRAY_SIZE(zone_region_fields)},
    {"pci_device", zone_pci_fields, ARRAY_SIZE(zone_pci_fields)},
    {"module", zone_module_fields, ARRAY_SIZE(zone_module_fields)},
    {"device", zone_device_fields, ARRAY_SIZE(zone_device_fields)},
    {"back_end", zone_back_end_fields, ARRAY_SIZE(zone_back_end_fields)},
};
const struct field_table zone_type_table = {NULL, zone_region_type_rows,
                                            ARRAY_SIZE(zone_region_type_rows)};
const size_t zone_num_tables = ARRAY_SIZE(zone_tables);

static void zone_read_boot(struct report *report, struct zone_file *zone) {
    if (zone->boot_name.text != NULL) {
        size_t boot = field_read_word(report, zone->boot_name.node, &zone_boots);
        zone->boot = boot < zone_boots.count ? (enum zone_boot)boot : ZONE_BOOT_DEFAULT;
    }
}

static void zone_read_share(struct report *report, struct zone_file *zone) {
    if (zone->share_name.text != NULL) {
        size_t share = field_read_word(report, zone->share_name.node, &zone_shares);
        zone->share = share < zone_shares.count ? (enum zone_share)share : ZONE_SHARE_DEFAULT;
    }
}

bool zone_read(struct report *report, const struct json_node *node, struct zone_file *zone) {
    *zone = (struct zone_file){.node = node};
    zone->is_hvisor = hvisor_is_zone(node, zone_fields, ARRAY_SIZE(zone_fields));
    if (!field_read_object(report, node, zone_fields, ARRAY_SIZE(zone_fields), zone)) {
        return false;
    }
    zone_read_boot(report, zone);
    zone_read_share(report, zone);
    return true;
}
