/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * A zone's memory, run by run. lv_run_at() alone knows how a region lies in host memory: a region
 * that is made of several pieces needs a change there, and none in those that walk.
 *
 *     for (struct lv_run run = {0}; lv_run_next(config, &run);) { ... }
 *
 * A configuration that nobody has checked can be walked too: each walk ends, inside the arrays.
 */
#ifndef LOONGVISOR_ZONE_RUN_H
#define LOONGVISOR_ZONE_RUN_H

#include <loongvisor/zone_config.h>
#include <stdbool.h>

/* Memory that is contiguous in HPA as it is in GPA. */
struct lv_run {
    const struct lv_region *region; /* that the run is a part of; NULL: the store */
    uint64_t gpa;                   /* of the store: the offset in it */
    uint64_t hpa;
    uint64_t size; /* bytes */
};

/* Whether the root zone still sees the run, while a zone holds it. */
static inline bool lv_run_is_shared(const struct lv_run *run) {
    return run->region != NULL && (run->region->flags & LV_REGION_SHARED) != 0;
}

/*
 * The contiguous part of [gpa, gpa + size) that begins at gpa. The region holds these bytes. A run
 * of size > 0 is not empty. The unit tests have regions of several runs, by their own function.
 */
#ifdef LV_RUN_LAYOUT
struct lv_run lv_run_at(const struct lv_region *region, uint64_t gpa, uint64_t size);
#else
static inline struct lv_run lv_run_at(const struct lv_region *region, uint64_t gpa, uint64_t size) {
    return (struct lv_run){region, gpa, region->hpa + (gpa - region->gpa), size};
}
#endif

/* The run at [offset, offset + size) of the zone's store, which holds these bytes. */
static inline struct lv_run lv_store_run_at(const struct lv_zone_config *config, uint64_t offset,
                                            uint64_t size) {
    const struct lv_region store = {.hpa = config->store_hpa, .size = config->store_size};
    struct lv_run run = lv_run_at(&store, offset, size);

    run.region = NULL;
    return run;
}

/* Advances to the region's next run, or from size 0 to its first; false behind the last. */
static inline bool lv_region_run_next(const struct lv_region *region, struct lv_run *run) {
    uint64_t done = run->size != 0 ? run->gpa + run->size - region->gpa : 0;

    if (done == region->size) {
        return false;
    }
    *run = lv_run_at(region, region->gpa + done, region->size - done);
    return true;
}

/* The same for all regions of the zone, of any type; from {0} to the first run. */
static inline bool lv_run_next(const struct lv_zone_config *config, struct lv_run *run) {
    uint32_t count = config->num_regions < LV_MAX_REGIONS ? config->num_regions : LV_MAX_REGIONS;
    const struct lv_region *region = run->region != NULL ? run->region : config->regions;

    for (; region != &config->regions[count]; region++) {
        if (region != run->region) {
            run->size = 0;
        }
        if (lv_region_run_next(region, run)) {
            return true;
        }
    }
    return false;
}

/* The same for the memory that no other zone can have: its store, then its RAM. */
static inline bool lv_held_run_next(const struct lv_zone_config *config, struct lv_run *run) {
    if (run->region == NULL) {
        uint64_t done = run->gpa + run->size;
        if (done != config->store_size) {
            *run = lv_store_run_at(config, done, config->store_size - done);
            return true;
        }
    }
    do {
        if (!lv_run_next(config, run)) {
            return false;
        }
    } while (run->region->type != LV_REGION_RAM);
    return true;
}

#endif
