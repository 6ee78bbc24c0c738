// SPDX-License-Identifier: GPL-2.0-or-later
#include "payload.h"

#include <inttypes.h>

/* zone_config.h: a payload's GPA is a multiple of 8. */
#define PAYLOAD_ALIGN 8u

bool payload_add(struct report *report, struct payload_list *list, const struct payload *payload) {
    if (list->count == LV_MAX_PAYLOADS) {
        report_error(report, payload->place,
                     "link the kernel into fewer segments or load fewer modules",
                     "no room for the %s: a zone has at most %u parts to load", payload->what,
                     LV_MAX_PAYLOADS);
        return false;
    }
    list->items[list->count++] = *payload;
    return true;
}

bool payload_in_ram(const struct lv_region *regions, size_t num_regions, uint64_t gpa,
                    uint64_t size) {
    for (size_t i = 0; i < num_regions; i++) {
        if (regions[i].type == LV_REGION_RAM &&
            span_contains(regions[i].gpa, regions[i].size, gpa, size)) {
            return true;
        }
    }
    return false;
}

bool payload_find_last_room(const struct payload_list *list, const struct lv_region *regions,
                            size_t num_regions, const struct span_need *need, uint64_t *address) {
    struct span taken[LV_MAX_PAYLOADS];
    bool found = false;
    for (size_t i = 0; i < list->count; i++) {
        taken[i] = (struct span){.base = list->items[i].gpa, .size = list->items[i].memory_size};
    }
    for (size_t i = 0; i < num_regions; i++) {
        struct span outer = {.base = regions[i].gpa, .size = regions[i].size};
        uint64_t candidate;
        if (regions[i].type == LV_REGION_RAM &&
            span_find_last_room(&outer, taken, list->count, need, &candidate) &&
            (!found || candidate > *address)) {
            *address = candidate;
            found = true;
        }
    }
    return found;
}

static void payload_check_place(struct report *report, const struct payload *payload,
                                const struct lv_region *regions, size_t num_regions) {
    if (payload->gpa % PAYLOAD_ALIGN != 0) {
        report_error(report, payload->place, "load it at a multiple of 8",
                     "the %s's address 0x%" PRIx64 " is not aligned", payload->what, payload->gpa);
    }
    if (!payload_in_ram(regions, num_regions, payload->gpa, payload->memory_size)) {
        report_error(report, payload->place,
                     "move it, or enlarge the zone's region of type \"ram\" there",
                     "the %s at GPA 0x%" PRIx64 ", 0x%" PRIx64
                     " bytes in memory, does not lie in one RAM region of the zone",
                     payload->what, payload->gpa, payload->memory_size);
    }
}

void payload_check(struct report *report, const struct payload_list *list,
                   const struct lv_region *regions, size_t num_regions) {
    struct span spans[LV_MAX_PAYLOADS];
    for (size_t i = 0; i < list->count; i++) {
        const struct payload *payload = &list->items[i];
        payload_check_place(report, payload, regions, num_regions);
        spans[i] = (struct span){payload->gpa, payload->memory_size, payload->place, payload->what};
    }
    span_report_overlaps(report, spans, 0, list->count, "GPA");
}
