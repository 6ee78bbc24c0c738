// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/cpu.h>
#include <core/pool.h>
#include <core/zone_memory.h>
#include <lib/bits.h>

/* The zone with this id, if it has memory to hold, or NULL. */
static const struct zone *pool_holder(uint32_t id) {
    const struct zone *zone = zone_slot(id);

    return id != LV_ROOT_ZONE_ID && zone->holds_memory ? zone : NULL;
}

static bool zone_hides(const struct zone *zone, hpa_t block) {
    for (struct lv_run run = {0}; zone_held_run_next(zone, &run);) {
        if (!lv_run_is_shared(&run) &&
            bits_ranges_overlap(block, LV_BLOCK_SIZE, run.hpa, run.size)) {
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
    /* Not zone_find(): this also runs while the root zone is being made. */
    struct zone *root = zone_slot(LV_ROOT_ZONE_ID);
    bool changed = false;

    for (struct lv_run run = {0}; root->holds_memory && zone_run_next(root, &run);) {
        bool is_pool = run.region->type == LV_REGION_POOL;
        for (uint64_t at = 0; is_pool && at < run.size; at += LV_BLOCK_SIZE) {
            hpa_t block = run.hpa + at;
            changed |= arch_stage2_set_block(root, block, !block_is_hidden(block));
        }
    }
    return !changed || cpu_flush_zone(root);
}

/* The root zone's GPA of its pool is the HPA. */
bool pool_contains(hpa_t hpa, uint64_t size) {
    const struct zone *root = zone_find(LV_ROOT_ZONE_ID);
    const struct lv_region *region = root != NULL ? zone_find_region(root, hpa) : NULL;

    return region != NULL && region->type == LV_REGION_POOL &&
           bits_range_within(hpa, size, region->gpa, region->size);
}

uint64_t pool_size(void) {
    const struct zone *root = zone_find(LV_ROOT_ZONE_ID);

    return root != NULL ? zone_size_of(root, LV_REGION_POOL) : 0;
}

static uint64_t zone_held(const struct zone *zone) {
    uint64_t held = 0;

    for (struct lv_run run = {0}; zone_held_run_next(zone, &run);) {
        held += pool_contains(run.hpa, run.size) ? run.size : 0;
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
