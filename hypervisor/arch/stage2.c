// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/stage2.h>
#include <core/checked.h>
#include <core/zone_memory.h>
#include <lib/bits.h>
#include <loongvisor/hypercall.h>

#define MAX_LEAF_LEVEL 2u /* 1 GiB */
#define POOL_LEVEL     1u /* so each block is mapped and unmapped without a new table */
_Static_assert(BIT(STAGE2_SHIFT(POOL_LEVEL)) == LV_BLOCK_SIZE, "a block is one leaf");

static struct stage2_pool pool;

void stage2_init(void) {
    stage2_pool_init(&pool, arch_hpa(pool.tables));
}

const uint64_t *stage2_empty_root(void) {
    return stage2_pool_empty(&pool, STAGE2_TOP_LEVEL);
}

#define FLAGS_READABLE (PTE_VALID | PTE_PRESENT)
#define FLAGS_WRITABLE (FLAGS_READABLE | PTE_DIRTY | PTE_WRITE)
#define FLAGS_POOL     (FLAGS_WRITABLE | PTE_MAT_COHERENT | PTE_NO_EXECUTE)

uint64_t stage2_flags(const struct lv_region *region) {
    static const uint64_t flags[] = {
        [LV_REGION_RAM] = FLAGS_WRITABLE | PTE_MAT_COHERENT,
        [LV_REGION_IO] = FLAGS_WRITABLE | PTE_NO_EXECUTE,
        [LV_REGION_INFO] = FLAGS_READABLE | PTE_MAT_COHERENT | PTE_NO_EXECUTE,
        [LV_REGION_POOL] = FLAGS_POOL,
        [LV_REGION_KICKS] = FLAGS_WRITABLE | PTE_MAT_COHERENT | PTE_NO_EXECUTE,
    };

    return region->type < ARRAY_SIZE(flags) ? flags[region->type] : 0;
}

hpa_t stage2_run_hpa(const struct zone *zone, const struct lv_run *run) {
    switch (run->region->type) {
    case LV_REGION_INFO:
        return arch_hpa(zone->info);
    case LV_REGION_KICKS:
        return arch_hpa(virtio_kicks_page());
    default:
        return run->hpa;
    }
}

static int run_map(struct zone *zone, const struct lv_run *run) {
    const struct stage2_mapping mapping = {
        .gpa = run->gpa,
        .hpa = stage2_run_hpa(zone, run),
        .size = run->size,
        .flags = stage2_flags(run->region),
        .max_level = run->region->type == LV_REGION_POOL ? POOL_LEVEL : MAX_LEAF_LEVEL,
    };

    return mapping.flags != 0 ? stage2_table_map(&pool, &zone->stage2, &mapping) : 0;
}

/* Encloses every change; only one CPU at a time changes tables. */
static void change_begin(void) {
    if (LV_CHECKED) {
        stage2_change_begins();
    }
}

static void change_end(void) {
    if (LV_CHECKED) {
        stage2_change_ends(pool.tables[0], (size_t)STAGE2_TABLES * STAGE2_ENTRIES);
    }
}

/* Checks that the change has left the zone's tables consistent. */
static void change_check(const struct zone *zone) {
    const char *wrong = LV_CHECKED ? stage2_check(zone) : NULL;

    if (wrong != NULL) {
        invariants_broken(wrong);
    }
}

int arch_stage2_build(struct zone *zone) {
    change_begin();
    int error = stage2_table_make(&pool, &zone->stage2);
    for (struct lv_run run = {0}; error == 0 && zone_run_next(zone, &run);) {
        error = run_map(zone, &run);
    }
    change_end();
    if (error == 0) {
        change_check(zone);
    }
    return error;
}

void arch_stage2_free(struct zone *zone) {
    change_begin();
    stage2_table_free(&pool, &zone->stage2);
    change_end();
}

/* The directories above the block exist: the region was first mapped as a whole. */
bool arch_stage2_set_block(struct zone *zone, gpa_t block, bool mapped) {
    uint64_t leaf = mapped ? block | FLAGS_POOL | PTE_HUGE : stage2_pool_absent(&pool, POOL_LEVEL);
    uint64_t *entry = stage2_table_entry(&pool, &zone->stage2, block, POOL_LEVEL);

    if (*entry == leaf) {
        return false;
    }
    change_begin();
    WRITE_ONCE(*entry, leaf);
    change_end();
    change_check(zone);
    return true;
}

uint32_t arch_stage2_pages_used(void) {
    return stage2_pool_used(&pool);
}
