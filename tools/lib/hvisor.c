// SPDX-License-Identifier: GPL-2.0-or-later
#include "hvisor.h"

#include "zone_defaults.h"

#include <inttypes.h>
#include <string.h>

void hvisor_read_channels(struct report *report, const struct json_node *node, void *target) {
    const struct zone_file *zone = target;
    if (!field_expect(report, node, JSON_NODE_ARRAY) || node->count == 0) {
        return;
    }
    if (zone->is_hvisor) {
        report_warning(report, &node->place, "leave the list empty",
                       "channels between zones are not available: the zone finds none");
    } else {
        report_error(report, &node->place, "leave the list empty",
                     "communication channels between zones are not available");
    }
}

void hvisor_read_pci_bridge(struct report *report, const struct json_node *node, void *target) {
    (void)target;
    if (node->count != 0) {
        report_warning(report, &node->place,
                       "give the zone a region of type \"pci-config\" and its BARs as \"io\"",
                       "not used here: configuration space is the board's");
    }
}

void hvisor_read_interrupts(struct report *report, const struct json_node *node, void *target) {
    (void)target;
    if (field_expect(report, node, JSON_NODE_ARRAY) && node->count != 0) {
        report_warning(report, &node->place,
                       "nothing is needed for virtio; vectors of the hardware are given with "
                       "\"interrupts\" in a file that is not hvisor's",
                       "not used here: virtual lines need no grant");
    }
}

/* A region that hvisor knows, in its own terms. */
static bool hvisor_is_region(const struct json_node *region) {
    const struct json_node *type = json_member(region, "type");
    return region->type == JSON_NODE_OBJECT && json_member(region, "physical_start") != NULL &&
           json_member(region, "shared") == NULL && type != NULL &&
           type->type == JSON_NODE_STRING &&
           (strcmp(type->text, "ram") == 0 || strcmp(type->text, "io") == 0 ||
            strcmp(type->text, "virtio") == 0);
}

bool hvisor_is_zone(const struct json_node *node, const struct field *fields, size_t count) {
    for (size_t i = 0; i < count; i++) {
        bool has = json_member(node, fields[i].name) != NULL;
        if ((!has && (fields[i].flags & FIELD_EXPECTED) != 0) ||
            (has && (fields[i].flags & FIELD_HVISOR) == 0)) {
            return false;
        }
    }
    const struct json_node *regions = json_member(node, "memory_regions");
    for (size_t i = 0; i < regions->count; i++) {
        if (!hvisor_is_region(&regions->children[i])) {
            return false;
        }
    }
    return regions->type == JSON_NODE_ARRAY;
}

/* Whole pages around what the file says: registers of virtio devices take 512 bytes. */
static void hvisor_round(struct zone_region *region) {
    uint64_t offset = region->gpa.value & LV_PAGE_MASK;
    if (region->type == LV_REGION_RAM ||
        region->size.value > UINT64_MAX - 2 * (uint64_t)LV_PAGE_SIZE ||
        (region->hpa.value & LV_PAGE_MASK) != offset) {
        return;
    }
    region->gpa.value -= offset;
    region->hpa.value -= offset;
    region->size.value = (region->size.value + offset + LV_PAGE_MASK) & ~LV_PAGE_MASK;
}

/* Devices that share a page share a region. True if an earlier one includes this one. */
static bool hvisor_merges(struct zone_file *zone, size_t index) {
    const struct zone_region *region = &zone->regions[index];
    for (size_t i = 0; region->type == LV_REGION_VIRTIO && i < index; i++) {
        struct zone_region *other = &zone->regions[i];
        if (other->type == LV_REGION_VIRTIO && other->good &&
            span_overlaps(other->gpa.value, other->size.value, region->gpa.value,
                          region->size.value)) {
            uint64_t end = region->gpa.value + region->size.value;
            uint64_t other_end = other->gpa.value + other->size.value;
            uint64_t start =
                other->gpa.value < region->gpa.value ? other->gpa.value : region->gpa.value;
            other->gpa.value = start;
            other->size.value = (end > other_end ? end : other_end) - start;
            return true;
        }
    }
    return false;
}

/* True if the zone does not need the region: it cannot be reached, or exists already. */
static bool hvisor_drops(struct report *report, struct zone_file *zone, size_t index) {
    const struct zone_region *region = &zone->regions[index];
    if (region->type != LV_REGION_RAM &&
        !span_contains(0, (uint64_t)1 << LV_GPA_BITS, region->gpa.value, region->size.value)) {
        report_warning(report, &region->gpa.node->place, "move it below 2^47",
                       "left out: a zone's addresses have 47 bits here");
        return true;
    }
    return hvisor_merges(zone, index);
}

static void hvisor_adapt_regions(struct report *report, struct zone_file *zone) {
    size_t used = 0;
    for (size_t i = 0; i < zone->num_regions; i++) {
        zone->regions[used] = zone->regions[i];
        if (zone->regions[used].good) {
            hvisor_round(&zone->regions[used]);
            used += hvisor_drops(report, zone, used) ? 0 : 1;
        } else {
            used++;
        }
    }
    zone->num_regions = used;
}

void hvisor_adapt(struct report *report, struct zone_file *zone) {
    hvisor_adapt_regions(report, zone);
    /* hvisor's daemon reads and writes the zone's RAM by its HPA. The root zone, which it runs in,
     * is none to serve. */
    bool shares = !zone->is_root && zone_file_find_region(zone, LV_REGION_VIRTIO) != NULL;
    for (size_t i = 0; i < zone->num_regions; i++) {
        zone->regions[i].shared.value = shares && zone->regions[i].type == LV_REGION_RAM;
    }
    zone->boot = ZONE_BOOT_NONE;
}

static void hvisor_fit_ram(struct report *report, const struct machine *machine,
                           struct zone_region *region) {
    bool fits = true;
    for (struct lv_run run = {0}; fits && zone_region_run_next(region, &run);) {
        fits = run.hpa % LV_BLOCK_SIZE == 0 &&
               machine_is_free(report->arena, machine, run.hpa, run.size);
    }
    if (fits) {
        return;
    }
    report_warning(report, &region->hpa.node->place,
                   "in the virtio file give the HPA that `loongvisor zone show` names as zone0_ipa",
                   "this memory is not free: the zone's RAM is placed elsewhere in the pool");
    region->floating = true;
}

static bool hvisor_overlaps(const struct zone_region *other, const struct lv_run *registers) {
    for (struct lv_run run = {0}; zone_region_run_next(other, &run);) {
        if (span_overlaps(registers->hpa, registers->size, run.hpa, run.size)) {
            return true;
        }
    }
    return false;
}

static bool hvisor_is_taken(const struct machine *machine, const struct lv_run *registers) {
    for (size_t i = 0; i < machine->num_zones; i++) {
        const struct zone_file *zone = machine->zones[i];
        for (size_t j = 0; j < zone->num_regions; j++) {
            if (hvisor_overlaps(&zone->regions[j], registers)) {
                return true;
            }
        }
    }
    return false;
}

/* True if the zone may have these registers. */
static bool hvisor_may_have(const struct machine *machine, const struct zone_region *region) {
    const struct board *board = &machine->board;
    for (struct lv_run run = {0}; zone_region_run_next(region, &run);) {
        if (hvisor_is_taken(machine, &run) ||
            (board->num_devices != 0 &&
             !board_covers(board->devices, board->num_devices, run.hpa, run.size))) {
            return false;
        }
    }
    return true;
}

static void hvisor_fit_io(struct report *report, const struct machine *machine,
                          struct zone_file *zone, struct zone_region *region) {
    if (hvisor_may_have(machine, region)) {
        return;
    }
    bool is_uart = region->gpa.value == LV_UART_PAGE && region->size.value == LV_PAGE_SIZE &&
                   zone_file_find_region(zone, LV_REGION_UART) == NULL;
    report_warning(report, &region->node->place,
                   is_uart ? "use `loongvisor console`"
                           : "take the device from its owner if the zone needs it",
                   "these registers are not the zone's to have: it finds %s there",
                   is_uart ? "a virtual UART" : "a hole that reads all ones");
    region->type = is_uart ? LV_REGION_UART : LV_REGION_HOLE;
    region->hpa.value = 0;
}

void hvisor_fit(struct report *report, const struct machine *machine, struct zone_file *zone) {
    for (size_t i = 0; i < zone->num_regions; i++) {
        struct zone_region *region = &zone->regions[i];
        if (region->good && region->type == LV_REGION_RAM) {
            hvisor_fit_ram(report, machine, region);
        } else if (region->good && region->type == LV_REGION_IO) {
            hvisor_fit_io(report, machine, zone, region);
        }
    }
}
