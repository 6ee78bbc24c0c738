// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/stage2.h>
#include <core/zone.h>
#include <lib/bits.h>
#include <loongvisor/hypercall.h>

/* Bits of an entry (LVZ reference 2.8 and 5.4). */
#define PTE_VALID        BIT(0)
#define PTE_DIRTY        BIT(1)
#define PTE_MAT_COHERENT BIT(4)
#define PTE_HUGE         BIT(6)
#define PTE_PRESENT      BIT(7)
#define PTE_WRITE        BIT(8)
#define PTE_NO_EXECUTE   BIT(62)

/* Any odd number: an entry that moves changes the sum, too. */
#define CHECKSUM_FACTOR 31u

#define TOP_LEVEL      (STAGE2_LEVELS - 1)
#define MAX_LEAF_LEVEL 2u /* 1 GiB */

typedef uint64_t stage2_table[STAGE2_ENTRIES] __attribute__((aligned(LV_PAGE_SIZE)));

static stage2_table pool[LV_STAGE2_POOL_PAGES];
static uint32_t pool_used;
/* empty[n] is a table of level n without a mapping. */
static stage2_table empty[STAGE2_LEVELS];

static uint64_t empty_entry(unsigned level) {
    return level == 0 ? 0 : arch_hpa(empty[level - 1]);
}

static void table_clear(uint64_t *table, unsigned level) {
    for (unsigned i = 0; i < STAGE2_ENTRIES; i++) {
        table[i] = empty_entry(level);
    }
}

void stage2_init(void) {
    for (unsigned level = 0; level < STAGE2_LEVELS; level++) {
        table_clear(empty[level], level);
    }
}

const uint64_t *stage2_empty_root(void) {
    return empty[TOP_LEVEL];
}

static uint64_t *table_allocate(unsigned level) {
    if (pool_used == LV_STAGE2_POOL_PAGES) {
        return NULL;
    }
    uint64_t *table = pool[pool_used++];
    table_clear(table, level);
    return table;
}

static uint64_t *table_entry(uint64_t *table, unsigned level, gpa_t gpa) {
    return &table[(gpa >> STAGE2_SHIFT(level)) % STAGE2_ENTRIES];
}

/* The table one level below the entry, made if absent; NULL if the pool is empty. */
static uint64_t *table_descend(uint64_t *entry, unsigned level) {
    if (*entry == empty_entry(level)) {
        uint64_t *below = table_allocate(level - 1);
        if (below == NULL) {
            return NULL;
        }
        *entry = arch_hpa(below);
    }
    return arch_memory(*entry);
}

static unsigned leaf_level(gpa_t gpa, hpa_t hpa, uint64_t size) {
    unsigned level = MAX_LEAF_LEVEL;

    while (level > 0 && (size < BIT(STAGE2_SHIFT(level)) ||
                         !bits_is_aligned(gpa | hpa, BIT(STAGE2_SHIFT(level))))) {
        level--;
    }
    return level;
}

static int map_leaf(struct arch_stage2 *stage2, gpa_t gpa, uint64_t leaf, unsigned level) {
    uint64_t *table = stage2->root;

    for (unsigned at = TOP_LEVEL; at > level; at--) {
        table = table_descend(table_entry(table, at, gpa), at);
        if (table == NULL) {
            return -LV_EINVAL;
        }
    }
    *table_entry(table, level, gpa) = level > 0 ? leaf | PTE_HUGE : leaf;
    return 0;
}

static int map_range(struct arch_stage2 *stage2, gpa_t gpa, hpa_t hpa, uint64_t size,
                     uint64_t flags) {
    while (size > 0) {
        unsigned level = leaf_level(gpa, hpa, size);
        uint64_t step = BIT(STAGE2_SHIFT(level));
        int error = map_leaf(stage2, gpa, hpa | flags, level);
        if (error != 0) {
            return error;
        }
        gpa += step;
        hpa += step;
        size -= step;
    }
    return 0;
}

int stage2_map_region(struct arch_stage2 *stage2, const struct lv_region *region, hpa_t info_hpa) {
    const uint64_t readable = PTE_VALID | PTE_PRESENT;
    const uint64_t writable = readable | PTE_DIRTY | PTE_WRITE;

    switch (region->type) {
    case LV_REGION_RAM:
        return map_range(stage2, region->gpa, region->hpa, region->size,
                         writable | PTE_MAT_COHERENT);
    case LV_REGION_IO:
        return map_range(stage2, region->gpa, region->hpa, region->size, writable | PTE_NO_EXECUTE);
    case LV_REGION_INFO:
        return map_range(stage2, region->gpa, info_hpa, region->size,
                         readable | PTE_MAT_COHERENT | PTE_NO_EXECUTE);
    default:
        return 0;
    }
}

int arch_stage2_build(struct zone *zone) {
    zone->stage2.root = table_allocate(TOP_LEVEL);
    if (zone->stage2.root == NULL) {
        return -LV_EINVAL;
    }
    for (uint32_t i = 0; i < zone->config.num_regions; i++) {
        int error =
            stage2_map_region(&zone->stage2, &zone->config.regions[i], arch_hpa(zone->info));
        if (error != 0) {
            return error;
        }
    }
    return 0;
}

static uint64_t tables_sum(stage2_table *tables, uint32_t count) {
    uint64_t sum = 0;

    for (uint32_t i = 0; i < count; i++) {
        for (unsigned j = 0; j < STAGE2_ENTRIES; j++) {
            sum = sum * CHECKSUM_FACTOR + tables[i][j];
        }
    }
    return sum;
}

uint64_t stage2_checksum(void) {
    return tables_sum(pool, pool_used) ^ tables_sum(empty, STAGE2_LEVELS);
}
