/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which tables the zones have, and what of a region is in them; stage2_table.h makes them. */
#ifndef LV_ARCH_STAGE2_H
#define LV_ARCH_STAGE2_H

#include <arch/stage2_table.h>
#include <core/arch.h>

/* Makes the tables that absent entries point to. CPU 0, once, before any other call. */
void stage2_init(void);

/* A table without any mapping, for the half of the address space that no zone has. */
const uint64_t *stage2_empty_root(void);

/* The bits of a leaf of such a region but for PTE_HUGE; 0: it is not mapped. Any CPU. */
uint64_t stage2_flags(const struct lv_region *region);

#endif
