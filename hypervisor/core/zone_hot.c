// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/cpu.h>
#include <core/zone.h>
#include <core/zone_life.h>
#include <core/zone_memory.h>
#include <lib/bits.h>

struct zone zone_table[LV_MAX_ZONES];

struct zone *zone_slot(uint32_t zone_id) {
    return &zone_table[zone_id];
}

struct zone *zone_find(uint64_t zone_id) {
    return zone_find_inline(zone_id);
}

const struct lv_region *zone_find_region(const struct zone *zone, gpa_t gpa) {
    for (uint32_t i = 0; i < zone->config.num_regions; i++) {
        const struct lv_region *region = &zone->config.regions[i];
        if (gpa - region->gpa < region->size) {
            return region;
        }
    }
    return NULL;
}

bool zone_ram_hpa(const struct zone *zone, gpa_t gpa, uint64_t size, hpa_t *hpa) {
    const struct lv_region *region = zone_find_region(zone, gpa);

    if (region == NULL || region->type != LV_REGION_RAM ||
        !bits_range_within(gpa, size, region->gpa, region->size)) {
        return false;
    }
    struct lv_run run = lv_run_at(region, gpa, size);
    *hpa = run.hpa;
    return run.size == size;
}

uint64_t zone_size_of(const struct zone *zone, enum lv_region_type type) {
    uint64_t size = 0;

    for (uint32_t i = 0; i < zone->config.num_regions; i++) {
        const struct lv_region *region = &zone->config.regions[i];
        size += region->type == type ? region->size : 0;
    }
    return size;
}

bool zone_is_running(const struct zone *zone) {
    return zone_state(zone) == LV_STATE_RUNNING;
}

bool zone_is_paused(const struct zone *zone) {
    return zone_state(zone) == LV_STATE_PAUSED;
}

uint32_t zone_all_vcpus(const struct zone *zone) {
    return (uint32_t)BIT(zone->num_vcpus) - 1;
}

void zone_ring(const struct zone *zone, uint32_t vcpus) {
    for (; vcpus != 0; vcpus &= vcpus - 1) {
        struct cpu *cpu = &cpu_blocks[zone->vcpus[__builtin_ctz(vcpus)].cpu];
        if (cpu != arch_this_cpu()) {
            arch_doorbell_ring(cpu->phys_id);
        }
    }
}
