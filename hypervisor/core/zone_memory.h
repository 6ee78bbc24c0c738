/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is in a zone's RAM before it runs and after it has gone, and what of it the root zone sees.
 */
#ifndef LV_CORE_ZONE_MEMORY_H
#define LV_CORE_ZONE_MEMORY_H

#include <core/zone.h>

/*
 * Clears the zone's RAM, if it is of the kind that is cleared, and copies its payloads in; gives up
 * once the zone is no longer STARTING. The zone's own CPU.
 */
void zone_memory_prepare(const struct zone *zone);

/* Clears the zone's RAM and its store. The zone's own CPU, when none of its vCPUs is left. */
void zone_memory_wipe(const struct zone *zone);

#endif
