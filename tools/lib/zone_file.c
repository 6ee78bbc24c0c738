// SPDX-License-Identifier: GPL-2.0-or-later
#include "zone_file.h"

#include "array.h"

static const char *const zone_region_type_words[] = {
#define REGION_TYPE(type, name, ...) [type] = (name),
#include <loongvisor/zone_fields.def>
};

static const char *const zone_boot_words[] = {
    [ZONE_BOOT_EFI_TABLES] = "efi-tables",
    [ZONE_BOOT_NONE] = "none",
};

static const char *const zone_policy_words[] = {
    [LV_POLICY_STOP] = "stop",
    [LV_POLICY_RESTART] = "restart",
    [LV_POLICY_MACHINE] = "machine",
};

static const char *const zone_share_words[] = {
    [ZONE_SHARE_WINDOW] = "window",
    [ZONE_SHARE_ALL] = "all",
    [ZONE_SHARE_NONE] = "none",
};

static const char *const zone_disk_format_words[] = {
    [ZONE_DISK_RAW] = "raw",
    [ZONE_DISK_QCOW2] = ZONE_DISK_QCOW2_WORD,
};

static const char *const zone_loss_words[] = {
    [ZONE_LOSS_WAIT] = "wait",
    [ZONE_LOSS_FAIL] = "fail",
};

const struct field_words zone_region_types = {"type of region", zone_region_type_words,
                                              ARRAY_SIZE(zone_region_type_words)};
const struct field_words zone_boots = {"boot protocol", zone_boot_words,
                                       ARRAY_SIZE(zone_boot_words)};
const struct field_words zone_policies = {"policy", zone_policy_words,
                                          ARRAY_SIZE(zone_policy_words)};
const struct field_words zone_shares = {"way to share", zone_share_words,
                                        ARRAY_SIZE(zone_share_words)};
const struct field_words zone_disk_formats = {"format of a disk", zone_disk_format_words,
                                              ARRAY_SIZE(zone_disk_format_words)};
const struct field_words zone_losses = {"answer to a loss", zone_loss_words,
                                        ARRAY_SIZE(zone_loss_words)};

static const unsigned zone_region_properties[ZONE_NUM_REGION_TYPES] = {
#define REGION_TYPE(type, name, properties, ...) [type] = (properties),
#include <loongvisor/zone_fields.def>
};

bool zone_region_is(uint32_t type, unsigned properties) {
    return type < ZONE_NUM_REGION_TYPES &&
           (zone_region_properties[type] & properties) == properties;
}

bool zone_region_has_hpa(uint32_t type) {
    return zone_region_is(type, ZONE_REGION_HPA);
}

static bool zone_run_next(const struct lv_region *whole, struct lv_run *run) {
    bool found = lv_region_run_next(whole, run);
    run->region = NULL;
    return found;
}

bool zone_region_run_next(const struct zone_region *region, struct lv_run *run) {
    const struct lv_region whole = {.type = (uint32_t)region->type,
                                    .hpa = region->hpa.value,
                                    .gpa = region->gpa.value,
                                    .size = region->size.value};
    return region->good && !region->floating && zone_region_has_hpa(region->type) &&
           zone_run_next(&whole, run);
}

bool zone_store_run_next(const struct zone_file *zone, struct lv_run *run) {
    const struct lv_region whole = {.hpa = zone->store.base, .size = zone->store.size};
    return zone_run_next(&whole, run);
}

const char *zone_file_name(const struct zone_file *zone) {
    return zone->name.text ? zone->name.text : "?";
}

const struct zone_region *zone_file_find_region(const struct zone_file *zone,
                                                enum lv_region_type type) {
    for (size_t i = 0; i < zone->num_regions; i++) {
        if (zone->regions[i].good && zone->regions[i].type == type) {
            return &zone->regions[i];
        }
    }
    return NULL;
}

struct zone_region *zone_file_add_region(struct report *report, struct zone_file *zone,
                                         const struct json_node *node,
                                         const struct lv_region *from) {
    if (zone->num_regions == LV_MAX_REGIONS) {
        report_error(report, &node->place, "shorten \"memory_regions\"",
                     "no room for a region of type %s: a zone has at most %u regions",
                     field_word(&zone_region_types, from->type), LV_MAX_REGIONS);
        return NULL;
    }
    struct zone_region *region = &zone->regions[zone->num_regions++];
    *region = (struct zone_region){
        .node = node,
        .type = (enum lv_region_type)from->type,
        .hpa = field_number_make(node, from->hpa),
        .gpa = field_number_make(node, from->gpa),
        .size = field_number_make(node, from->size),
        .shared.value = (from->flags & LV_REGION_SHARED) != 0,
        .good = true,
    };
    return region;
}
