// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/zone_memory.h>
#include <lib/string.h>

/* So much is cleared between two looks at the zone's state. */
#define CLEAR_CHUNK_SIZE 0x200000u

/* False once the zone has left the state in which this is wanted. */
static bool memory_clear(const struct zone *zone, enum lv_zone_state wanted, hpa_t hpa,
                         uint64_t size) {
    while (size > 0 && zone_state(zone) == wanted) {
        uint64_t chunk = size < CLEAR_CHUNK_SIZE ? size : CLEAR_CHUNK_SIZE;
        memset(arch_memory(hpa), 0, chunk);
        hpa += chunk;
        size -= chunk;
    }
    return size == 0;
}

static bool ram_clear(const struct zone *zone, enum lv_zone_state wanted) {
    for (uint32_t i = 0; i < zone->config.num_regions; i++) {
        const struct lv_region *region = &zone->config.regions[i];
        if (region->type == LV_REGION_RAM &&
            !memory_clear(zone, wanted, region->hpa, region->size)) {
            return false;
        }
    }
    return true;
}

/* zone_check() has seen that each lies in one RAM region. */
static void payloads_copy(const struct zone *zone) {
    const uint8_t *source = zone->config.store_size != 0 ? arch_memory(zone->config.store_hpa)
                                                         : (const uint8_t *)zone->image;

    for (uint32_t i = 0; i < zone->config.num_payloads; i++) {
        const struct lv_payload *payload = &zone->config.payloads[i];
        hpa_t hpa;
        if (zone_ram_hpa(zone, payload->gpa, payload->size, &hpa)) {
            memcpy(arch_memory(hpa), source + payload->image_offset, payload->size);
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
