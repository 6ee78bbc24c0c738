// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/stage2.h>
#include <core/checked.h>
#include <core/zone.h>
#include <lib/bits.h>
#include <loongvisor/hypercall.h>
#include <stdatomic.h>

/* Any odd number: an entry that moves changes the sum, too. */
#define CHECKSUM_FACTOR 31u

#define TOP_LEVEL      STAGE2_TOP_LEVEL
#define MAX_LEAF_LEVEL 2u /* 1 GiB */
#define POOL_LEVEL     1u /* 2 MiB: each block comes and goes for itself, without a new table */

typedef uint64_t stage2_table[STAGE2_ENTRIES] __attribute__((aligned(LV_PAGE_SIZE)));

static stage2_table pool[LV_STAGE2_POOL_PAGES];
static uint64_t pool_used[STAGE2_POOL_WORDS]; /* a bit each */
/* empty[n] is a table of level n without a mapping. */
static stage2_table empty[STAGE2_LEVELS];

/* For the checked build: odd while tables are being changed, and their sum after the last change.
 */
static _Atomic uint32_t changes;
static _Atomic uint64_t intact_sum;

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

static uint64_t *table_allocate(struct arch_stage2 *stage2, unsigned level) {
    for (unsigned word = 0; word < STAGE2_POOL_WORDS; word++) {
        if (pool_used[word] != UINT64_MAX) {
            unsigned bit = (unsigned)__builtin_ctzll(~pool_used[word]);
            uint64_t *table = pool[word * 64 + bit];
            pool_used[word] |= BIT(bit);
            stage2->pages[word] |= BIT(bit);
            table_clear(table, level);
            return table;
        }
    }
    return NULL;
}

static uint64_t *table_entry(uint64_t *table, unsigned level, gpa_t gpa) {
    return &table[(gpa >> STAGE2_SHIFT(level)) % STAGE2_ENTRIES];
}

/* The table one level below the entry, made if absent; NULL if the pool is empty. */
static uint64_t *table_descend(struct arch_stage2 *stage2, uint64_t *entry, unsigned level) {
    if (*entry == empty_entry(level)) {
        uint64_t *below = table_allocate(stage2, level - 1);
        if (below == NULL) {
            return NULL;
        }
        *entry = arch_hpa(below);
    }
    return arch_memory(*entry);
}

static unsigned leaf_level(gpa_t gpa, hpa_t hpa, uint64_t size, unsigned level) {
    while (level > 0 && (size < BIT(STAGE2_SHIFT(level)) ||
                         !bits_is_aligned(gpa | hpa, BIT(STAGE2_SHIFT(level))))) {
        level--;
    }
    return level;
}

static int map_leaf(struct arch_stage2 *stage2, gpa_t gpa, uint64_t leaf, unsigned level) {
    uint64_t *table = stage2->root;

    for (unsigned at = TOP_LEVEL; at > level; at--) {
        table = table_descend(stage2, table_entry(table, at, gpa), at);
        if (table == NULL) {
            return -LV_ENOMEM;
        }
    }
    *table_entry(table, level, gpa) = level > 0 ? leaf | PTE_HUGE : leaf;
    return 0;
}

/* In leaves of at most max_level. */
static int map_range(struct arch_stage2 *stage2, const struct lv_region *region, hpa_t hpa,
                     uint64_t flags, unsigned max_level) {
    gpa_t gpa = region->gpa;
    uint64_t size = region->size;

    while (size > 0) {
        unsigned level = leaf_level(gpa, hpa, size, max_level);
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

#define FLAGS_READABLE (PTE_VALID | PTE_PRESENT)
#define FLAGS_WRITABLE (FLAGS_READABLE | PTE_DIRTY | PTE_WRITE)
#define FLAGS_POOL     (FLAGS_WRITABLE | PTE_MAT_COHERENT | PTE_NO_EXECUTE)

uint64_t stage2_flags(const struct lv_region *region) {
    switch (region->type) {
    case LV_REGION_RAM:
        return FLAGS_WRITABLE | PTE_MAT_COHERENT;
    case LV_REGION_IO:
        return FLAGS_WRITABLE | PTE_NO_EXECUTE;
    case LV_REGION_INFO:
        return FLAGS_READABLE | PTE_MAT_COHERENT | PTE_NO_EXECUTE;
    case LV_REGION_POOL:
        return FLAGS_POOL;
    default:
        return 0;
    }
}

int stage2_map_region(struct arch_stage2 *stage2, const struct lv_region *region, hpa_t info_hpa) {
    uint64_t flags = stage2_flags(region);
    hpa_t hpa = region->type == LV_REGION_INFO ? info_hpa : region->hpa;
    unsigned max_level = region->type == LV_REGION_POOL ? POOL_LEVEL : MAX_LEAF_LEVEL;

    return flags != 0 ? map_range(stage2, region, hpa, flags, max_level) : 0;
}

static uint64_t tables_sum(void) {
    uint64_t sum = 0;

    for (uint32_t i = 0; i < LV_STAGE2_POOL_PAGES + STAGE2_LEVELS; i++) {
        const uint64_t *table =
            i < LV_STAGE2_POOL_PAGES ? pool[i] : empty[i - LV_STAGE2_POOL_PAGES];
        for (unsigned j = 0; j < STAGE2_ENTRIES; j++) {
            sum = sum * CHECKSUM_FACTOR + table[j];
        }
    }
    return sum;
}

/* Around every change, which only one CPU makes at a time. */
static void change_begin(void) {
    if (LV_CHECKED) {
        atomic_fetch_add(&changes, 1);
    }
}

static void change_end(void) {
    if (LV_CHECKED) {
        atomic_store(&intact_sum, tables_sum());
        atomic_fetch_add(&changes, 1);
    }
}

/* A change has left the zone with whole tables. */
static void change_check(const struct zone *zone) {
    const char *wrong = LV_CHECKED ? stage2_check(zone) : NULL;

    if (wrong != NULL) {
        invariants_broken(wrong);
    }
}

bool stage2_is_intact(void) {
    uint32_t before = atomic_load(&changes);
    bool intact = tables_sum() == atomic_load(&intact_sum);

    return intact || (before & 1) != 0 || atomic_load(&changes) != before;
}

static int build(struct zone *zone) {
    zone->stage2.root = table_allocate(&zone->stage2, TOP_LEVEL);
    if (zone->stage2.root == NULL) {
        return -LV_ENOMEM;
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

int arch_stage2_build(struct zone *zone) {
    zone->stage2 = (struct arch_stage2){0};
    change_begin();
    int error = build(zone);
    change_end();
    if (error == 0) {
        change_check(zone);
    }
    return error;
}

void arch_stage2_free(struct zone *zone) {
    change_begin();
    for (unsigned word = 0; word < STAGE2_POOL_WORDS; word++) {
        pool_used[word] &= ~zone->stage2.pages[word];
    }
    zone->stage2 = (struct arch_stage2){0};
    change_end();
}

/* The directories above the block exist since the region was mapped whole. */
bool arch_stage2_set_block(struct zone *zone, gpa_t block, bool mapped) {
    uint64_t leaf = mapped ? block | FLAGS_POOL | PTE_HUGE : empty_entry(POOL_LEVEL);
    uint64_t *table = zone->stage2.root;

    for (unsigned at = TOP_LEVEL; at > POOL_LEVEL; at--) {
        table = arch_memory(*table_entry(table, at, block));
    }
    uint64_t *entry = table_entry(table, POOL_LEVEL, block);
    if (*entry == leaf) {
        return false;
    }
    change_begin();
    *(volatile uint64_t *)entry = leaf;
    change_end();
    change_check(zone);
    return true;
}

uint32_t arch_stage2_pages_used(void) {
    uint32_t count = 0;

    for (unsigned word = 0; word < STAGE2_POOL_WORDS; word++) {
        for (uint64_t left = pool_used[word]; left != 0; left &= left - 1) {
            count++;
        }
    }
    return count;
}
