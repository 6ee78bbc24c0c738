/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stage-2 tables: four levels of 512 entries, 4 KiB pages, leaves of 1 GiB and 2 MiB wherever GPA,
 * HPA and size allow. LoongArch walkers test no present bit, so an absent entry points to a table
 * of the level below whose entries in turn end at invalid pages (LVZ reference 5.4).
 */
#ifndef LV_ARCH_STAGE2_H
#define LV_ARCH_STAGE2_H

#include <core/arch.h>
#include <lib/bits.h>
#include <loongvisor/zone_config.h>

#define STAGE2_LEVELS    4u
#define STAGE2_TOP_LEVEL (STAGE2_LEVELS - 1)
#define STAGE2_ENTRIES   512u

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

/* Makes the tables that absent entries point to. CPU 0, once, before any other call. */
void stage2_init(void);

/* A table without any mapping, for the half of the address space that no zone has. */
const uint64_t *stage2_empty_root(void);

/*
 * For the checked build: whether all tables are as they were when they were last changed on
 * purpose. Any CPU; true while they are being changed.
 */
bool stage2_is_intact(void);

/* The bits of a leaf of such a region but for PTE_HUGE; 0: it is not mapped. Any CPU. */
uint64_t stage2_flags(const struct lv_region *region);

/*
 * Maps a RAM, IO or info region (info_hpa is the info page's address); others are left unmapped.
 * 0 or -LV_ENOMEM when none is left. Before the zone runs.
 */
int stage2_map_region(struct arch_stage2 *stage2, const struct lv_region *region, hpa_t info_hpa);

#endif
