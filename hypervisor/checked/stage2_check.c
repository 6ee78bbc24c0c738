// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/stage2.h>
#include <core/checked.h>
#include <core/zone_memory.h>
#include <lib/bits.h>

/* Where a walk ends. */
struct translation {
    uint64_t entry; /* 0: nothing is there */
    uint64_t size;  /* bytes that the entry is for */
};

/* What absent entries of each level are. */
struct absent {
    uint64_t entry[STAGE2_LEVELS];
};

static struct absent absent_find(void) {
    const uint64_t *table = stage2_empty_root();
    struct absent absent = {0};

    for (unsigned level = STAGE2_TOP_LEVEL; level > 0; level--) {
        absent.entry[level] = table[0];
        table = arch_memory(table[0]);
    }
    return absent;
}

static struct translation translate(const struct absent *absent, const uint64_t *table, gpa_t gpa) {
    for (unsigned level = STAGE2_TOP_LEVEL;; level--) {
        struct translation found = {.entry = table[(gpa >> STAGE2_SHIFT(level)) % STAGE2_ENTRIES],
                                    .size = BIT(STAGE2_SHIFT(level))};
        if (found.entry == absent->entry[level]) {
            found.entry = 0;
            return found;
        }
        if (level == 0 || (found.entry & PTE_HUGE) != 0) {
            return found;
        }
        table = arch_memory(found.entry);
    }
}

/* The region that holds all of the leaf, or NULL. */
static const struct lv_region *region_of_leaf(const struct zone *zone, gpa_t gpa, uint64_t size) {
    for (uint32_t i = 0; i < zone->config.num_regions; i++) {
        const struct lv_region *region = &zone->config.regions[i];
        if (bits_range_within(gpa, size, region->gpa, region->size)) {
            return region;
        }
    }
    return NULL;
}

static bool leaf_is_right(const struct zone *zone, const struct lv_region *region, gpa_t gpa,
                          const struct translation *leaf) {
    struct lv_run run = lv_run_at(region, gpa, leaf->size);
    hpa_t hpa = stage2_run_hpa(zone, &run);
    uint64_t flags = stage2_flags(region);

    flags |= leaf->size > LV_PAGE_SIZE ? PTE_HUGE : 0;
    return flags != 0 && run.size == leaf->size && leaf->entry == (flags | hpa);
}

/* Blocks of a pool come and go. */
static uint64_t size_to_map(const struct zone *zone) {
    uint64_t size = 0;

    for (uint32_t i = 0; i < zone->config.num_regions; i++) {
        const struct lv_region *region = &zone->config.regions[i];
        bool always = region->type != LV_REGION_POOL && stage2_flags(region) != 0;
        size += always ? region->size : 0;
    }
    return size;
}

const char *stage2_check(const struct zone *zone) {
    const struct absent absent = absent_find();
    struct translation leaf;
    uint64_t mapped = 0;

    for (gpa_t gpa = 0; gpa < BIT(STAGE2_SHIFT(STAGE2_LEVELS)); gpa += leaf.size) {
        leaf = translate(&absent, zone->stage2.root, gpa);
        if (leaf.entry == 0) {
            continue;
        }
        const struct lv_region *region = region_of_leaf(zone, gpa, leaf.size);
        if (region == NULL || !leaf_is_right(zone, region, gpa, &leaf)) {
            return "a leaf of stage 2 is not what the zone's configuration says";
        }
        mapped += region->type != LV_REGION_POOL ? leaf.size : 0;
    }
    return mapped == size_to_map(zone) ? NULL : "stage 2 lacks a part of a zone's region";
}
