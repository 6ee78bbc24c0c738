// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/cpu.h>
#include <core/pool.h>
#include <lib/bits.h>

#define BLOCK_SIZE 0x200000u

/* The zone with this id, if it has memory to hold, or NULL. */
static const struct zone *pool_holder(uint32_t id) {
    const struct zone *zone = zone_slot(id);

    return id != LV_ROOT_ZONE_ID && zone->holds_memory ? zone : NULL;
}

static bool zone_hides(const struct zone *zone, hpa_t block) {
    if (bits_ranges_overlap(block, BLOCK_SIZE, zone->config.store_hpa, zone->config.store_size)) {
        return true;
    }
    for (uint32_t i = 0; i < zone->config.num_regions; i++) {
        const struct lv_region *region = &zone->config.regions[i];
        if (region->type == LV_REGION_RAM && (region->flags & LV_REGION_SHARED) == 0 &&
            bits_ranges_overlap(block, BLOCK_SIZE, region->hpa, region->size)) {
            return true;
        }
    }
    return false;
}

static bool block_is_hidden(hpa_t block) {
    for (uint32_t id = 0; id < LV_MAX_ZONES; id++) {
        const struct zone *zone = pool_holder(id);
        if (zone != NULL && zone_hides(zone, block)) {
            return true;
        }
    }
    return false;
}

bool pool_update(void) {
    /* Not zone_find(): it is due, too, when the root zone is only being made. */
    struct zone *root = zone_slot(LV_ROOT_ZONE_ID);
    bool changed = false;

    for (uint32_t i = 0; root->holds_memory && i < root->config.num_regions; i++) {
        const struct lv_region *region = &root->config.regions[i];
        for (uint64_t at = 0; region->type == LV_REGION_POOL && at < region->size;
             at += BLOCK_SIZE) {
            hpa_t block = region->hpa + at;
            changed |= arch_stage2_set_block(root, block, !block_is_hidden(block));
        }
    }
    return !changed || cpu_flush_zone(root);
}

bool pool_contains(hpa_t hpa, uint64_t size) {
    const struct zone *root = zone_find(LV_ROOT_ZONE_ID);

    for (uint32_t i = 0; root != NULL && i < root->config.num_regions; i++) {
        const struct lv_region *region = &root->config.regions[i];
        if (region->type == LV_REGION_POOL &&
            bits_range_within(hpa, size, region->hpa, region->size)) {
            return true;
        }
    }
    return false;
}

uint64_t pool_size(void) {
    const struct zone *root = zone_find(LV_ROOT_ZONE_ID);
    uint64_t size = 0;

    for (uint32_t i = 0; root != NULL && i < root->config.num_regions; i++) {
        const struct lv_region *region = &root->config.regions[i];
        size += region->type == LV_REGION_POOL ? region->size : 0;
    }
    return size;
}

static uint64_t zone_held(const struct zone *zone) {
    uint64_t held = pool_contains(zone->config.store_hpa, zone->config.store_size)
                        ? zone->config.store_size
                        : 0;

    for (uint32_t i = 0; i < zone->config.num_regions; i++) {
        const struct lv_region *region = &zone->config.regions[i];
        held += region->type == LV_REGION_RAM && pool_contains(region->hpa, region->size)
                    ? region->size
                    : 0;
    }
    return held;
}

uint64_t pool_free(void) {
    uint64_t held = 0;

    for (uint32_t id = 0; id < LV_MAX_ZONES; id++) {
        const struct zone *zone = pool_holder(id);
        held += zone != NULL ? zone_held(zone) : 0;
    }
    return pool_size() - held;
}
