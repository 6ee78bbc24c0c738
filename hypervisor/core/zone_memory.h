/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory of a zone: its runs, and its content before the zone runs and after its end. */
#ifndef LV_CORE_ZONE_MEMORY_H
#define LV_CORE_ZONE_MEMORY_H

#include <core/zone.h>
#include <loongvisor/zone_run.h>

/* lv_run_next() and lv_held_run_next() for a zone. Any CPU. */
bool zone_run_next(const struct zone *zone, struct lv_run *run);
bool zone_held_run_next(const struct zone *zone, struct lv_run *run);

/*
 * Clears the zone's RAM, if it is of the kind that is cleared, and copies its payloads in; gives up
 * once the zone is no longer STARTING. The zone's own CPU.
 */
void zone_memory_prepare(const struct zone *zone);

/* Clears the zone's RAM and its store. The zone's own CPU, when none of its vCPUs is left. */
void zone_memory_wipe(const struct zone *zone);

#endif
