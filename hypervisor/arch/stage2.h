/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The zones' tables, and how regions are mapped in them; stage2_table.h makes the tables. */
#ifndef LV_ARCH_STAGE2_H
#define LV_ARCH_STAGE2_H

#include <arch/stage2_table.h>
#include <core/arch.h>
#include <loongvisor/zone_run.h>

/* Makes the tables that absent entries point to. CPU 0, once, before any other call. */
void stage2_init(void);

/* A table without a mapping, for the half of the address space that no zone has. */
const uint64_t *stage2_empty_root(void);

/* The flags of the region's leaves, without PTE_HUGE; 0: it is not mapped. Any CPU. */
uint64_t stage2_flags(const struct lv_region *region);

/* Where the run of the zone's region is in host memory, if it is mapped. Any CPU. */
hpa_t stage2_run_hpa(const struct zone *zone, const struct lv_run *run);

#endif
