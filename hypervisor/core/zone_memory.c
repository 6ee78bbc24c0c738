// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/zone_memory.h>
#include <lib/string.h>

bool zone_run_next(const struct zone *zone, struct lv_run *run) {
    return lv_run_next(&zone->config, run);
}

bool zone_held_run_next(const struct zone *zone, struct lv_run *run) {
    return lv_held_run_next(&zone->config, run);
}

/* Looks at the zone's state after each block. False once the zone has left the state in which this
 * is wanted. */
static bool run_clear(const struct zone *zone, enum lv_zone_state wanted, struct lv_run run) {
    while (run.size > 0 && zone_state(zone) == wanted) {
        uint64_t chunk = run.size < LV_BLOCK_SIZE ? run.size : LV_BLOCK_SIZE;
        memset(arch_memory(run.hpa), 0, chunk);
        run.hpa += chunk;
        run.size -= chunk;
    }
    return run.size == 0;
}

static bool ram_clear(const struct zone *zone) {
    for (struct lv_run run = {0}; zone_held_run_next(zone, &run);) {
        if (run.region != NULL && !run_clear(zone, LV_STATE_STARTING, run)) {
            return false;
        }
    }
    return true;
}

/* Where a piece of a payload is copied from, and how much of it is contiguous there. */
static const uint8_t *source_find(const struct zone *zone, uint64_t offset, uint64_t *size) {
    if (zone->config.store_size == 0) {
        return (const uint8_t *)zone->image + offset;
    }
    struct lv_run run = lv_store_run_at(&zone->config, offset, *size);
    *size = run.size;
    return arch_memory(run.hpa);
}

/* zone_check() has verified that each lies in one RAM region. */
static void payloads_copy(const struct zone *zone) {
    for (uint32_t i = 0; i < zone->config.num_payloads; i++) {
        const struct lv_payload *payload = &zone->config.payloads[i];
        const struct lv_region *region = zone_find_region(zone, payload->gpa);
        struct lv_run run;
        for (uint64_t done = 0; done < payload->size; done += run.size) {
            run = lv_run_at(region, payload->gpa + done, payload->size - done);
            const uint8_t *source = source_find(zone, payload->offset + done, &run.size);
            memcpy(arch_memory(run.hpa), source, run.size);
        }
    }
}

void zone_memory_prepare(const struct zone *zone) {
    if ((zone->config.flags & LV_ZONE_CLEAR_RAM) == 0 || ram_clear(zone)) {
        payloads_copy(zone);
    }
}

void zone_memory_wipe(const struct zone *zone) {
    for (struct lv_run run = {0}; zone_held_run_next(zone, &run);) {
        (void)run_clear(zone, LV_STATE_DESTROYING, run);
    }
}
