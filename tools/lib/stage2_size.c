/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stage2_size.h"

#include <stdbool.h>
#include <stdlib.h>

#define STAGE2_SHIFT_2M   21u
#define STAGE2_SHIFT_1G   30u
#define STAGE2_SHIFT_512G 39u

/* A part of a region without its leaves breaks into at most two pieces a level. */
#define STAGE2_MAX_PIECES (4u * LV_MAX_REGIONS)

/* Bytes base to end - 1. */
struct stage2_piece {
    uint64_t base;
    uint64_t end;
};

struct stage2_pieces {
    struct stage2_piece piece[STAGE2_MAX_PIECES];
    size_t count;
};

static void stage2_add(struct stage2_pieces *pieces, uint64_t base, uint64_t end) {
    if (base < end) {
        pieces->piece[pieces->count].base = base;
        pieces->piece[pieces->count].end = end;
        pieces->count++;
    }
}

/* Adds what is left of base..end when its aligned middle is taken by leaves of 2^shift bytes. */
static void stage2_add_rest(struct stage2_pieces *pieces, uint64_t base, uint64_t end,
                            uint64_t offset, unsigned shift) {
    uint64_t mask = (1ULL << shift) - 1;
    uint64_t first = (base + mask) & ~mask;
    uint64_t last = end & ~mask;
    if ((offset & mask) != 0 || first >= last) {
        stage2_add(pieces, base, end);
        return;
    }
    stage2_add(pieces, base, first);
    stage2_add(pieces, last, end);
}

static int stage2_compare(const void *a, const void *b) {
    const struct stage2_piece *x = a;
    const struct stage2_piece *y = b;
    return (x->base > y->base) - (x->base < y->base);
}

/* Slots of 2^shift bytes that the pieces touch. */
static uint64_t stage2_count_slots(struct stage2_pieces *pieces, unsigned shift) {
    uint64_t slots = 0;
    uint64_t next = 0; /* the first slot that is not counted yet */
    qsort(pieces->piece, pieces->count, sizeof(pieces->piece[0]), stage2_compare);
    for (size_t i = 0; i < pieces->count; i++) {
        uint64_t first = pieces->piece[i].base >> shift;
        uint64_t end = ((pieces->piece[i].end - 1) >> shift) + 1;
        first = first < next ? next : first;
        if (end > first) {
            slots += end - first;
            next = end;
        }
    }
    return slots;
}

static bool stage2_is_mapped(const struct lv_region *region) {
    return region->size != 0 && (region->type == LV_REGION_RAM || region->type == LV_REGION_IO ||
                                 region->type == LV_REGION_INFO || region->type == LV_REGION_POOL);
}

/*
 * The info page's HPA is the hypervisor's choice; one page never makes a larger leaf. The pool is
 * taken out and put back in pieces of 2 MiB, so it never has leaves of 1 GiB.
 */
static uint64_t stage2_offset(const struct lv_region *region) {
    uint64_t offset = region->gpa ^ region->hpa;
    if (region->type == LV_REGION_INFO) {
        return LV_PAGE_SIZE;
    }
    return region->type == LV_REGION_POOL ? offset | (uint64_t)1 << STAGE2_SHIFT_2M : offset;
}

uint64_t stage2_count_pages(const struct lv_region *regions, size_t count) {
    struct stage2_pieces touched = {.count = 0};
    struct stage2_pieces middle = {.count = 0}; /* not covered by 1 GiB leaves */
    struct stage2_pieces small = {.count = 0};  /* nor by 2 MiB leaves */
    for (size_t i = 0; i < count; i++) {
        if (!stage2_is_mapped(&regions[i])) {
            continue;
        }
        uint64_t base = regions[i].gpa;
        uint64_t end = base + regions[i].size;
        uint64_t offset = stage2_offset(&regions[i]);
        size_t from = middle.count;
        stage2_add(&touched, base, end);
        stage2_add_rest(&middle, base, end, offset, STAGE2_SHIFT_1G);
        for (size_t j = from; j < middle.count; j++) {
            stage2_add_rest(&small, middle.piece[j].base, middle.piece[j].end, offset,
                            STAGE2_SHIFT_2M);
        }
    }
    return 1 + stage2_count_slots(&touched, STAGE2_SHIFT_512G) +
           stage2_count_slots(&middle, STAGE2_SHIFT_1G) +
           stage2_count_slots(&small, STAGE2_SHIFT_2M);
}

uint32_t stage2_config_pages(const struct lv_zone_config *config) {
    return (uint32_t)stage2_count_pages(config->regions, config->num_regions);
}
