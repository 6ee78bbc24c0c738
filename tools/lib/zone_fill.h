/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A zone's fields in the hypervisor's form. */
#ifndef TOOLS_ZONE_FILL_H
#define TOOLS_ZONE_FILL_H

#include "zone_file.h"

/* Fills in `out`, which has room for LV_MAX_REGIONS; returns the number of regions. */
size_t zone_export_regions(const struct zone_file *zone, struct lv_region *out);

/* Makes the configuration of a good zone, without the parts that its files decide: entry, boot
 * arguments and payloads. */
void zone_fill_config(const struct zone_file *zone, struct lv_zone_config *config);

#endif
