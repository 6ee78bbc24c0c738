// SPDX-License-Identifier: GPL-2.0-or-later
#include "run_layout.h"

static enum run_layout layout;
static uint64_t piece;

void run_layout_set(enum run_layout wanted, uint64_t bytes) {
    layout = wanted;
    piece = bytes;
}

/* Where a piece of the region is, in pieces from the region's HPA. */
static uint64_t place_of(const struct lv_region *region, uint64_t number) {
    bool has_other = (number ^ 1) < region->size / piece;

    if (layout == RUN_LAYOUT_SPREAD) {
        return 2 * number;
    }
    return has_other && number < region->size / piece ? number ^ 1 : number;
}

struct lv_run lv_run_at(const struct lv_region *region, uint64_t gpa, uint64_t size) {
    uint64_t offset = gpa - region->gpa;

    if (layout == RUN_LAYOUT_ONE || region->type != LV_REGION_RAM) {
        return (struct lv_run){region, gpa, region->hpa + offset, size};
    }
    uint64_t left = piece - offset % piece;
    uint64_t hpa = region->hpa + place_of(region, offset / piece) * piece + offset % piece;
    return (struct lv_run){region, gpa, hpa, size < left ? size : left};
}
