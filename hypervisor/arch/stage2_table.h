/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stage-2 tables: four levels of 512 entries, 4 KiB pages, leaves of 1 GiB and 2 MiB wherever GPA,
 * HPA and size allow. LoongArch walkers test no present bit. So an absent entry points to an empty
 * table of the level below, and these end at invalid pages (LVZ reference 5.4).
 *
 * These functions touch nothing but their arguments. They take no lock: only one CPU at a time
 * changes the tables of a pool.
 */
#ifndef LV_ARCH_STAGE2_TABLE_H
#define LV_ARCH_STAGE2_TABLE_H

#include <arch/arch_vcpu.h>
#include <lib/bits.h>
#include <loongvisor/zone_config.h>

#define STAGE2_LEVELS    4u
#define STAGE2_TOP_LEVEL (STAGE2_LEVELS - 1)
#define STAGE2_ENTRIES   512u
#define STAGE2_TABLES    (LV_STAGE2_POOL_PAGES + STAGE2_LEVELS)

#define STAGE2_INDEX_BITS 9u
#define STAGE2_PAGE_SHIFT 12u

/* The lowest bit of the index into a table of this level; level 0 holds 4 KiB pages. */
#define STAGE2_SHIFT(level) (STAGE2_PAGE_SHIFT + STAGE2_INDEX_BITS * (level))

/* Bits of an entry (LVZ reference 2.8 and 5.4). */
#define PTE_VALID        BIT(0)
#define PTE_DIRTY        BIT(1)
#define PTE_MAT_COHERENT BIT(4)
#define PTE_HUGE         BIT(6)
#define PTE_PRESENT      BIT(7)
#define PTE_WRITE        BIT(8)
#define PTE_NO_EXECUTE   BIT(62)

/* PWCL and PWCH for this geometry (LVZ reference 2.8). */
#define STAGE2_PWCL                                                                                \
    (STAGE2_SHIFT(0) | STAGE2_INDEX_BITS << 5 | STAGE2_SHIFT(1) << 10 | STAGE2_INDEX_BITS << 15 |  \
     STAGE2_SHIFT(2) << 20 | STAGE2_INDEX_BITS << 25)
#define STAGE2_PWCH (STAGE2_SHIFT(3) | STAGE2_INDEX_BITS << 6)

typedef uint64_t stage2_table[STAGE2_ENTRIES] __attribute__((aligned(LV_PAGE_SIZE)));

/* The tables of all zones, in one piece of host physical memory. */
struct stage2_pool {
    stage2_table tables[STAGE2_TABLES]; /* last: an empty table for each level */
    uint64_t used[STAGE2_POOL_WORDS];   /* bit n: a zone has tables[n] */
    hpa_t base;                         /* of tables[0] */
};

/* Whole pages; size > 0. */
struct stage2_mapping {
    gpa_t gpa;
    hpa_t hpa;
    uint64_t size;
    uint64_t flags;     /* of a leaf, without PTE_HUGE */
    unsigned max_level; /* of a leaf */
};

/* Makes a pool at that HPA, with no table in use. */
void stage2_pool_init(struct stage2_pool *pool, hpa_t base);

/* How many tables are in use. */
uint32_t stage2_pool_used(const struct stage2_pool *pool);

/* The empty table of that level. */
const uint64_t *stage2_pool_empty(const struct stage2_pool *pool, unsigned level);

/* The value of an absent entry in a table of that level. */
uint64_t stage2_pool_absent(const struct stage2_pool *pool, unsigned level);

/* Gives stage2 a root without a mapping. 0, or -LV_ENOMEM if the pool is empty. */
int stage2_table_make(struct stage2_pool *pool, struct arch_stage2 *stage2);

/* Returns all tables of stage2 to the pool. */
void stage2_table_free(struct stage2_pool *pool, struct arch_stage2 *stage2);

/* Maps a range that is not mapped yet. 0, or -LV_ENOMEM with a part of it mapped. */
int stage2_table_map(struct stage2_pool *pool, struct arch_stage2 *stage2,
                     const struct stage2_mapping *mapping);

/*
 * The entry for gpa in the table of that level. Makes the tables that are missing above it. NULL if
 * the pool is empty.
 */
uint64_t *stage2_table_entry(struct stage2_pool *pool, struct arch_stage2 *stage2, gpa_t gpa,
                             unsigned level);

#endif
