// SPDX-License-Identifier: GPL-2.0-or-later
#include <leaves.h>
#include <arch/stage2.h>
#include <core/device.h>
#include <stdlib.h>
#include <string.h>

#define BITS_OF(high, low) ((~0ULL >> (63 - (high))) & (~0ULL << (low)))

/* Entries as the LoongArch manual has them (volume 1, 7.5.1; LVZ reference 2.8). */
#define ENTRY_VALID   0x1ULL
#define ENTRY_HUGE    0x40ULL
#define ENTRY_ADDRESS BITS_OF(47, 12)
/* Valid, dirty, present, writable. */
#define BITS_WRITABLE (0x1ULL | 0x2ULL | 0x80ULL | 0x100ULL)
#define BITS_READABLE (0x1ULL | 0x80ULL)
#define BITS_CACHED   0x10ULL
#define BITS_NO_EXEC  (1ULL << 62)

#define ENTRIES    512u
#define TOP        3u
#define TABLES_MAX 4096u
#define BLOCK      0x200000ULL
#define RUNS_MAX   65536u

/* Leaves that follow one another in GPA and HPA. */
struct run {
    uint64_t hpa;
    uint64_t size;
    const struct zone *zone;
    const struct lv_region *region;
};

static struct {
    const char *wrong;
    uint64_t leaves;
    const uint64_t *empty[TOP + 1]; /* what absent entries point to, by level */
    const uint64_t *tables[TABLES_MAX];
    size_t num_tables;
    struct run runs[RUNS_MAX];
    size_t num_runs;
    const struct zone *zone; /* whose tables are read, */
    uint64_t mapped[LV_MAX_REGIONS];
    uint64_t run_gpa; /* and where the last run ends */
} judge;

static void blame(const char *what) {
    judge.wrong = judge.wrong != NULL ? judge.wrong : what;
}

static uint64_t bits_of_type(uint32_t type) {
    switch (type) {
    case LV_REGION_RAM:
        return BITS_WRITABLE | BITS_CACHED;
    case LV_REGION_IO:
        return BITS_WRITABLE | BITS_NO_EXEC;
    case LV_REGION_INFO:
        return BITS_READABLE | BITS_CACHED | BITS_NO_EXEC;
    case LV_REGION_POOL:
    case LV_REGION_KICKS:
        return BITS_WRITABLE | BITS_CACHED | BITS_NO_EXEC;
    default:
        return 0;
    }
}

/* The region that holds the whole leaf, or the number of regions. */
static uint32_t region_of_leaf(uint64_t gpa, uint64_t size) {
    uint32_t i = 0;

    while (i < judge.zone->config.num_regions) {
        const struct lv_region *region = &judge.zone->config.regions[i];
        if (gpa >= region->gpa && size <= region->size &&
            gpa - region->gpa <= region->size - size) {
            break;
        }
        i++;
    }
    return i;
}

static void run_add(const struct lv_region *region, uint64_t gpa, uint64_t hpa, uint64_t size) {
    struct run *last = judge.num_runs > 0 ? &judge.runs[judge.num_runs - 1] : NULL;

    if (last != NULL && last->zone == judge.zone && last->region == region &&
        judge.run_gpa == gpa && last->hpa + last->size == hpa) {
        last->size += size;
    } else if (judge.num_runs < RUNS_MAX) {
        judge.runs[judge.num_runs++] = (struct run){hpa, size, judge.zone, region};
    } else {
        blame("too many leaves for the judge");
    }
    judge.run_gpa = gpa + size;
}

static bool overlaps(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size) {
    return a_size != 0 && b_size != 0 && (a <= b ? b - a < a_size : a - b < b_size);
}

/* Whether a zone's memory that is not shared has part of the block. */
static bool block_is_held(uint64_t block) {
    bool held = false;

    for (uint32_t id = 1; id < LV_MAX_ZONES; id++) {
        const struct zone *zone = zone_slot(id);
        if (!zone->holds_memory) {
            continue;
        }
        held |= overlaps(block, BLOCK, zone->config.store_hpa, zone->config.store_size);
        for (uint32_t i = 0; i < zone->config.num_regions; i++) {
            const struct lv_region *region = &zone->config.regions[i];
            held |= region->type == LV_REGION_RAM && (region->flags & LV_REGION_SHARED) == 0 &&
                    overlaps(block, BLOCK, region->hpa, region->size);
        }
    }
    return held;
}

/* Pages of the hypervisor's own, which a zone may have. */
static bool is_own_page(const struct lv_region *region) {
    return region->type == LV_REGION_INFO || region->type == LV_REGION_KICKS;
}

static uint64_t hpa_of_region(const struct lv_region *region) {
    if (!is_own_page(region)) {
        return region->hpa;
    }
    return region->type == LV_REGION_INFO ? arch_hpa(judge.zone->info)
                                          : arch_hpa(virtio_kicks_page());
}

static void leaf_check(uint64_t gpa, uint64_t entry, unsigned level) {
    uint64_t size = 1ULL << (12 + 9 * level);
    uint64_t hpa = entry & ENTRY_ADDRESS & ~(size - 1);
    uint32_t at = region_of_leaf(gpa, size);

    judge.leaves++;
    if (at == judge.zone->config.num_regions) {
        blame("a leaf is in no region of its zone");
        return;
    }
    const struct lv_region *region = &judge.zone->config.regions[at];
    uint64_t bits = bits_of_type(region->type) | (level > 0 ? ENTRY_HUGE : 0);
    if (hpa != hpa_of_region(region) + (gpa - region->gpa)) {
        blame("a leaf is at another HPA than its region says");
    }
    if ((entry & ~ENTRY_ADDRESS) != bits || (entry & ENTRY_ADDRESS) != hpa) {
        blame("a leaf has other bits than its region's type");
    }
    if (region->type == LV_REGION_POOL && (level != 1 || block_is_held(hpa))) {
        blame("a leaf of the pool is held by a zone, or more than a block");
    }
    judge.mapped[at] += size;
    run_add(region, gpa, hpa, size);
}

/* The levels below the top are walked as the refill handler does: lddir 3, 2, 1, ldpte. */
static void table_check(const uint64_t *table, unsigned level, uint64_t gpa) {
    if (judge.num_tables == TABLES_MAX) {
        blame("more tables than there are");
        return;
    }
    judge.tables[judge.num_tables++] = table;
    for (unsigned i = 0; i < ENTRIES; i++) {
        uint64_t entry = table[i];
        uint64_t at = gpa + ((uint64_t)i << (12 + 9 * level));
        bool is_leaf = level == 0 || (level < TOP && (entry & ENTRY_HUGE) != 0);
        if (is_leaf) {
            if ((entry & ENTRY_VALID) != 0) {
                leaf_check(at, entry, level);
            } else if (entry != 0) {
                blame("an entry is neither a leaf nor empty");
            }
        } else if ((entry & ~ENTRY_ADDRESS) != 0) {
            blame("a pointer to a table has more than an address");
        } else if (arch_memory(entry) != judge.empty[level - 1]) {
            table_check(arch_memory(entry), level - 1, at);
        }
    }
}

/* The chain that absent entries lead to ends at invalid pages, wherever it is entered. */
static void empty_check(void) {
    judge.empty[TOP] = stage2_empty_root();
    for (unsigned level = TOP; level > 0; level--) {
        judge.empty[level - 1] = arch_memory(judge.empty[level][0]);
    }
    for (unsigned level = 0; level <= TOP; level++) {
        for (unsigned i = 0; i < ENTRIES; i++) {
            if (judge.empty[level][i] != (level > 0 ? arch_hpa(judge.empty[level - 1]) : 0)) {
                blame("a table of nothing has something");
            }
        }
    }
}

static uint64_t pool_free_size(const struct lv_region *pool) {
    uint64_t size = 0;

    for (uint64_t at = 0; at < pool->size; at += BLOCK) {
        size += block_is_held(pool->hpa + at) ? 0 : BLOCK;
    }
    return size;
}

/* Leaves of a table cannot overlap, so a region whose leaves add up to its size is there whole. */
static void regions_check_whole(void) {
    for (uint32_t i = 0; i < judge.zone->config.num_regions; i++) {
        const struct lv_region *region = &judge.zone->config.regions[i];
        uint64_t wanted = bits_of_type(region->type) != 0 ? region->size : 0;
        if (region->type == LV_REGION_POOL) {
            wanted = pool_free_size(region);
        }
        if (judge.mapped[i] != wanted) {
            blame("a region is not mapped whole, or a block of the pool not as it should be");
        }
    }
}

static void zone_check_leaves(const struct zone *zone) {
    judge.zone = zone;
    memset(judge.mapped, 0, sizeof(judge.mapped));
    table_check(zone->stage2.root, TOP, 0);
    regions_check_whole();
}

static int run_compare(const void *a, const void *b) {
    const struct run *x = a;
    const struct run *y = b;

    return (x->hpa > y->hpa) - (x->hpa < y->hpa);
}

/* What the root zone's pool and a zone's shared RAM have in common is meant so. */
static bool may_share(const struct run *a, const struct run *b) {
    return (a->region->type == LV_REGION_POOL && (b->region->flags & LV_REGION_SHARED) != 0) ||
           (b->region->type == LV_REGION_POOL && (a->region->flags & LV_REGION_SHARED) != 0);
}

static void runs_check_apart(const struct lv_board *board) {
    qsort(judge.runs, judge.num_runs, sizeof(judge.runs[0]), run_compare);
    for (size_t i = 0; i < judge.num_runs; i++) {
        const struct run *run = &judge.runs[i];
        if (!is_own_page(run->region) &&
            overlaps(run->hpa, run->size, board->hv_base, board->hv_size)) {
            blame("a leaf is the hypervisor's memory");
        }
        for (size_t j = i + 1; j < judge.num_runs && judge.runs[j].hpa - run->hpa < run->size;
             j++) {
            if (!may_share(run, &judge.runs[j])) {
                blame("two leaves have a page in common");
            }
        }
    }
}

static int table_compare(const void *a, const void *b) {
    uintptr_t x = (uintptr_t)*(const uint64_t *const *)a;
    uintptr_t y = (uintptr_t)*(const uint64_t *const *)b;

    return (x > y) - (x < y);
}

static void tables_check_apart(void) {
    qsort((void *)judge.tables, judge.num_tables, sizeof(judge.tables[0]), table_compare);
    for (size_t i = 1; i < judge.num_tables; i++) {
        if (judge.tables[i] == judge.tables[i - 1]) {
            blame("a table is in use twice");
        }
    }
}

const char *leaves_check(void) {
    const struct lv_board *board = NULL;

    judge.wrong = NULL;
    judge.leaves = 0;
    judge.num_tables = judge.num_runs = 0;
    empty_check();
    for (uint32_t id = 0; id < LV_MAX_ZONES; id++) {
        const struct zone *zone = zone_find(id);
        if (zone != NULL) {
            board = &zone->image->board;
            zone_check_leaves(zone);
        }
    }
    if (board != NULL) {
        runs_check_apart(board);
        tables_check_apart();
    }
    return judge.wrong;
}

uint64_t leaves_seen(void) {
    return judge.leaves;
}
