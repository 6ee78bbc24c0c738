/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The content of a zone's RAM before it runs and after its end. */
#ifndef LV_CORE_ZONE_MEMORY_H
#define LV_CORE_ZONE_MEMORY_H

#include <core/zone.h>

/* Memory of a zone that is contiguous in HPA as it is in GPA. */
struct zone_run {
    const struct lv_region *region; /* that it is of */
    gpa_t gpa;
    hpa_t hpa;
    uint64_t size;
};

/* What of [gpa, gpa + size), which the region holds, is contiguous from gpa on. Any CPU. */
static inline struct zone_run zone_run_at(const struct lv_region *region, gpa_t gpa,
                                          uint64_t size) {
    return (struct zone_run){region, gpa, region->hpa + (gpa - region->gpa), size};
}

/* Goes on to the zone's next run, or from {0} to its first; false behind the last. Any CPU. */
bool zone_run_next(const struct zone *zone, struct zone_run *run);

/*
 * Clears the zone's RAM, if it is of the kind that is cleared, and copies its payloads in; gives up
 * once the zone is no longer STARTING. The zone's own CPU.
 */
void zone_memory_prepare(const struct zone *zone);

/* Clears the zone's RAM and its store. The zone's own CPU, when none of its vCPUs is left. */
void zone_memory_wipe(const struct zone *zone);

#endif
