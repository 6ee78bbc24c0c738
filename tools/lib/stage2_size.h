/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many page-table pages the hypervisor's stage-2 builder takes for a zone. Its geometry: four
 * levels of 512 entries (bits 47-39, 38-30, 29-21, 20-12 of the GPA), 4 KiB tables; a 1 GiB or 2
 * MiB leaf wherever GPA, HPA and what is left of the run allow it. Runs are mapped one by one:
 * neighbours are not joined.
 */
#ifndef TOOLS_STAGE2_SIZE_H
#define TOOLS_STAGE2_SIZE_H

#include <loongvisor/zone_config.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Table pages for these regions, exactly. Only RAM, IO, INFO and POOL regions are mapped. The
 * regions must be page aligned, disjoint and below 2^LV_GPA_BITS; `count` is at most
 * LV_MAX_REGIONS.
 */
uint64_t stage2_count_pages(const struct lv_region *regions, size_t count);

/* The same for the regions of a zone that was checked. */
uint32_t stage2_config_pages(const struct lv_zone_config *config);

#endif
