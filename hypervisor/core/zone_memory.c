// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/zone_memory.h>
#include <lib/string.h>

bool zone_run_next(const struct zone *zone, struct zone_run *run) {
    const struct lv_region *region = run->region;
    uint64_t done = region != NULL ? run->gpa + run->size - region->gpa : 0;

    if (region == NULL || done == region->size) {
        region = region == NULL ? zone->config.regions : region + 1;
        done = 0;
    }
    if (region == &zone->config.regions[zone->config.num_regions]) {
        return false;
    }
    *run = zone_run_at(region, region->gpa + done, region->size - done);
    return true;
}

/* Looks at the zone's state after each block. False once the zone has left the state in which this
 * is wanted. */
static bool memory_clear(const struct zone *zone, enum lv_zone_state wanted, hpa_t hpa,
                         uint64_t size) {
    while (size > 0 && zone_state(zone) == wanted) {
        uint64_t chunk = size < LV_BLOCK_SIZE ? size : LV_BLOCK_SIZE;
        memset(arch_memory(hpa), 0, chunk);
        hpa += chunk;
        size -= chunk;
    }
    return size == 0;
}

static bool ram_clear(const struct zone *zone, enum lv_zone_state wanted) {
    for (struct zone_run run = {0}; zone_run_next(zone, &run);) {
        if (run.region->type == LV_REGION_RAM && !memory_clear(zone, wanted, run.hpa, run.size)) {
            return false;
        }
    }
    return true;
}

/* zone_check() has verified that each lies in one RAM region. */
static void payloads_copy(const struct zone *zone) {
    const uint8_t *source = zone->config.store_size != 0 ? arch_memory(zone->config.store_hpa)
                                                         : (const uint8_t *)zone->image;

    for (uint32_t i = 0; i < zone->config.num_payloads; i++) {
        const struct lv_payload *payload = &zone->config.payloads[i];
        const struct lv_region *region = zone_find_region(zone, payload->gpa);
        struct zone_run run;
        for (uint64_t done = 0; done < payload->size; done += run.size) {
            run = zone_run_at(region, payload->gpa + done, payload->size - done);
            memcpy(arch_memory(run.hpa), source + payload->image_offset + done, run.size);
        }
    }
}

void zone_memory_prepare(const struct zone *zone) {
    if ((zone->config.flags & LV_ZONE_CLEAR_RAM) == 0 || ram_clear(zone, LV_STATE_STARTING)) {
        payloads_copy(zone);
    }
}

void zone_memory_wipe(const struct zone *zone) {
    (void)ram_clear(zone, LV_STATE_DESTROYING);
    (void)memory_clear(zone, LV_STATE_DESTROYING, zone->config.store_hpa, zone->config.store_size);
}
