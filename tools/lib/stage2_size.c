// SPDX-License-Identifier: GPL-2.0-or-later
#include "stage2_size.h"

#include <loongvisor/zone_run.h>

#define STAGE2_SHIFT_2M   21u
#define STAGE2_SHIFT_1G   30u
#define STAGE2_SHIFT_512G 39u

/* Slots of 2^shift bytes that are touched. They are counted in ascending order. */
struct stage2_slots {
    unsigned shift;
    uint64_t next; /* the first slot that is not counted yet */
    uint64_t count;
};

/* Which slots need a table below them. */
struct stage2_tables {
    struct stage2_slots touched;
    struct stage2_slots middle; /* by what leaves of 1 GiB do not cover */
    struct stage2_slots small;  /* nor leaves of 2 MiB */
};

/* Bytes base to end - 1. */
struct stage2_piece {
    uint64_t base;
    uint64_t end;
};

static void stage2_touch(struct stage2_slots *slots, uint64_t base, uint64_t end) {
    if (base >= end) {
        return;
    }
    uint64_t first = base >> slots->shift;
    uint64_t behind = ((end - 1) >> slots->shift) + 1;
    first = first < slots->next ? slots->next : first;
    if (behind > first) {
        slots->count += behind - first;
        slots->next = behind;
    }
}

/* The aligned middle that leaves of 2^shift bytes take; nothing at the end if there is none. */
static struct stage2_piece stage2_leaves(const struct stage2_piece *piece, uint64_t offset,
                                         unsigned shift) {
    uint64_t mask = (1ULL << shift) - 1;
    struct stage2_piece leaves = {(piece->base + mask) & ~mask, piece->end & ~mask};
    if ((offset & mask) != 0 || leaves.base >= leaves.end) {
        return (struct stage2_piece){piece->end, piece->end};
    }
    return leaves;
}

/* A piece without leaves of 1 GiB. */
static void stage2_add_middle(struct stage2_tables *tables, const struct stage2_piece *piece,
                              uint64_t offset) {
    struct stage2_piece leaves = stage2_leaves(piece, offset, STAGE2_SHIFT_2M);
    stage2_touch(&tables->middle, piece->base, piece->end);
    stage2_touch(&tables->small, piece->base, leaves.base);
    stage2_touch(&tables->small, leaves.end, piece->end);
}

static void stage2_add(struct stage2_tables *tables, const struct stage2_piece *piece,
                       uint64_t offset) {
    struct stage2_piece leaves = stage2_leaves(piece, offset, STAGE2_SHIFT_1G);
    stage2_touch(&tables->touched, piece->base, piece->end);
    stage2_add_middle(tables, &(struct stage2_piece){piece->base, leaves.base}, offset);
    stage2_add_middle(tables, &(struct stage2_piece){leaves.end, piece->end}, offset);
}

static bool stage2_is_mapped(const struct lv_region *region) {
    return region->size != 0 && (region->type == LV_REGION_RAM || region->type == LV_REGION_IO ||
                                 region->type == LV_REGION_INFO || region->type == LV_REGION_POOL);
}

/*
 * The hypervisor chooses the info page's HPA; one page never makes a larger leaf. The pool is
 * unmapped and mapped in pieces of 2 MiB, so it never has leaves of 1 GiB.
 */
static uint64_t stage2_offset(const struct lv_run *run) {
    uint64_t offset = run->gpa ^ run->hpa;
    if (run->region->type == LV_REGION_INFO) {
        return LV_PAGE_SIZE;
    }
    return run->region->type == LV_REGION_POOL ? offset | LV_BLOCK_SIZE : offset;
}

/* The mapped region behind `last`, by GPA; NULL: none. From NULL it gives the first. */
static const struct lv_region *stage2_next(const struct lv_region *regions, size_t count,
                                           const struct lv_region *last) {
    const struct lv_region *next = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct lv_region *region = &regions[i];
        if (stage2_is_mapped(region) && (last == NULL || region->gpa > last->gpa) &&
            (next == NULL || region->gpa < next->gpa)) {
            next = region;
        }
    }
    return next;
}

uint64_t stage2_count_pages(const struct lv_region *regions, size_t count) {
    struct stage2_tables tables = {.touched = {.shift = STAGE2_SHIFT_512G},
                                   .middle = {.shift = STAGE2_SHIFT_1G},
                                   .small = {.shift = STAGE2_SHIFT_2M}};
    const struct lv_region *region = NULL;
    while ((region = stage2_next(regions, count, region)) != NULL) {
        for (struct lv_run run = {0}; lv_region_run_next(region, &run);) {
            struct stage2_piece piece = {run.gpa, run.gpa + run.size};
            stage2_add(&tables, &piece, stage2_offset(&run));
        }
    }
    return 1 + tables.touched.count + tables.middle.count + tables.small.count;
}

uint32_t stage2_config_pages(const struct lv_zone_config *config) {
    return (uint32_t)stage2_count_pages(config->regions, config->num_regions);
}
