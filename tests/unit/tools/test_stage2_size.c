// SPDX-License-Identifier: GPL-2.0-or-later
/* The page-table count against a builder that makes the tables entry by entry. */
#include "support.h"

#include "lib/stage2_size.h"
#include "run_layout.h"

#include <stdlib.h>

#define KIB 1024ull
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

#define ENTRIES 512u
#define LEAF    ((struct table *)1)

struct table {
    struct table *entries[ENTRIES];
};

struct builder {
    struct arena arena;
    struct table *top;
    uint64_t pages;
};

static struct table *builder_table(struct builder *builder) {
    builder->pages++;
    return arena_alloc(&builder->arena, sizeof(struct table));
}

/* Sets the leaf of 2^shift bytes, with the tables on the way. */
static void builder_map(struct builder *builder, uint64_t gpa, unsigned shift) {
    struct table *table = builder->top;
    for (unsigned level = 39; level > shift; level -= 9) {
        struct table **entry = &table->entries[gpa >> level & (ENTRIES - 1)];
        assert_ptr_not_equal(*entry, LEAF);
        if (*entry == NULL) {
            *entry = builder_table(builder);
        }
        table = *entry;
    }
    assert_null(table->entries[gpa >> shift & (ENTRIES - 1)]);
    table->entries[gpa >> shift & (ENTRIES - 1)] = LEAF;
}

static unsigned leaf_shift(uint64_t gpa, uint64_t hpa, uint64_t left) {
    for (unsigned shift = 30; shift > 12; shift -= 9) {
        if (((gpa | hpa) & ((1ull << shift) - 1)) == 0 && left >= 1ull << shift) {
            return shift;
        }
    }
    return 12;
}

static void builder_add(struct builder *builder, const struct lv_region *region) {
    bool mapped = region->type == LV_REGION_RAM || region->type == LV_REGION_IO ||
                  region->type == LV_REGION_INFO;
    for (uint64_t done = 0; mapped && done < region->size;) {
        struct lv_run run = lv_run_at(region, region->gpa + done, region->size - done);
        unsigned shift = leaf_shift(run.gpa, run.hpa, run.size);
        builder_map(builder, run.gpa, shift);
        done += 1ull << shift;
    }
}

static uint64_t brute_force(const struct lv_region *regions, size_t count) {
    struct builder builder = {.pages = 0};
    builder.top = builder_table(&builder);
    for (size_t i = 0; i < count; i++) {
        builder_add(&builder, &regions[i]);
    }
    arena_free(&builder.arena);
    return builder.pages;
}

static void test_known_numbers(void **state) {
    (void)state;
    struct lv_region one = {.type = LV_REGION_RAM, .hpa = 0, .gpa = 0, .size = GIB};
    assert_int_equal(stage2_count_pages(&one, 0), 1);
    assert_int_equal(stage2_count_pages(&one, 1), 2); /* one 1 GiB leaf */
    one.size = 2 * MIB;
    assert_int_equal(stage2_count_pages(&one, 1), 3); /* one 2 MiB leaf */
    one.size = 4 * KIB;
    assert_int_equal(stage2_count_pages(&one, 1), 4);
    one.hpa = 2 * MIB; /* 511 leaves of 2 MiB and the last 2 MiB in pages */
    one.size = GIB - 4 * KIB;
    assert_int_equal(stage2_count_pages(&one, 1), 4);
    one.hpa = 4 * KIB;
    one.size = GIB; /* 4 KiB pages throughout */
    assert_int_equal(stage2_count_pages(&one, 1), 3 + 512);
    one.type = LV_REGION_HOLE;
    assert_int_equal(stage2_count_pages(&one, 1), 1);
}

static void test_largest_regions(void **state) {
    (void)state;
    const uint64_t end = 1ull << LV_GPA_BITS;
    const struct lv_region aligned = {.type = LV_REGION_RAM, .hpa = 0, .gpa = 0, .size = end};
    assert_int_equal(stage2_count_pages(&aligned, 1), 1 + end / (512 * GIB));
    const struct lv_region pages = {.type = LV_REGION_RAM, .hpa = 4 * KIB, .gpa = 0, .size = end};
    assert_int_equal(stage2_count_pages(&pages, 1),
                     1 + end / (512 * GIB) + end / GIB + end / (2 * MIB));
}

/* What the hypervisor chooses for the info page makes no difference. */
static void test_info_page(void **state) {
    (void)state;
    const struct lv_region info = {
        .type = LV_REGION_INFO, .hpa = 0, .gpa = 0xff00000000, .size = 4 * KIB};
    assert_int_equal(stage2_count_pages(&info, 1), 4);
}

/* A number that is often a multiple of something interesting. */
static uint64_t random_size(uint64_t below) {
    static const uint64_t units[] = {4 * KIB, 4 * KIB, 64 * KIB, 2 * MIB, 2 * MIB, GIB};
    uint64_t unit = units[(size_t)rand() % ARRAY_SIZE(units)];
    return (uint64_t)rand() % (below / unit + 1) * unit;
}

/* Fills regions one behind the other with gaps, so that they are disjoint. */
static size_t random_regions(struct lv_region *regions, size_t max) {
    static const uint32_t types[] = {LV_REGION_RAM, LV_REGION_IO, LV_REGION_INFO, LV_REGION_VIRTIO};
    size_t count = 1 + (size_t)rand() % max;
    uint64_t gpa = rand() % 2 ? 0 : 511 * GIB;
    for (size_t i = 0; i < count; i++) {
        gpa += random_size(2 * GIB);
        regions[i].type = types[(size_t)rand() % ARRAY_SIZE(types)];
        regions[i].gpa = gpa;
        regions[i].size = 4 * KIB + random_size(rand() % 4 ? 8 * MIB : 3 * GIB);
        regions[i].hpa = rand() % 2 ? gpa : random_size(16 * GIB);
        if (regions[i].type == LV_REGION_INFO) {
            regions[i].size = 4 * KIB;
        }
        gpa += regions[i].size;
    }
    return count;
}

static void test_against_brute_force(void **state) {
    (void)state;
    srand(20260101);
    for (unsigned round = 0; round < 400; round++) {
        struct lv_region regions[8] = {{0}};
        size_t count = random_regions(regions, ARRAY_SIZE(regions));
        assert_int_equal(stage2_count_pages(regions, count), brute_force(regions, count));
    }
}

/* No leaf is larger than its run. */
static void test_runs(void **state) {
    (void)state;
    const struct lv_region ram = {.type = LV_REGION_RAM, .hpa = 0, .gpa = 0, .size = 4 * GIB};
    assert_int_equal(stage2_count_pages(&ram, 1), 2);
    run_layout_set(RUN_LAYOUT_SWAPPED, GIB);
    assert_int_equal(stage2_count_pages(&ram, 1), 2);
    run_layout_set(RUN_LAYOUT_SWAPPED, 512 * MIB);
    assert_int_equal(stage2_count_pages(&ram, 1), 2 + 4);
    run_layout_set(RUN_LAYOUT_SWAPPED, MIB);
    assert_int_equal(stage2_count_pages(&ram, 1), 2 + 4 + 4 * 512);
    srand(20260102);
    static const uint64_t pieces[] = {64 * KIB, MIB, 2 * MIB, 64 * MIB, GIB};
    for (unsigned round = 0; round < 200; round++) {
        struct lv_region regions[8] = {{0}};
        size_t count = random_regions(regions, ARRAY_SIZE(regions));
        run_layout_set(rand() % 2 ? RUN_LAYOUT_SWAPPED : RUN_LAYOUT_SPREAD,
                       pieces[(size_t)rand() % ARRAY_SIZE(pieces)]);
        assert_int_equal(stage2_count_pages(regions, count), brute_force(regions, count));
    }
    run_layout_set(RUN_LAYOUT_ONE, 0);
}

/* The order of regions in the file makes no difference. */
static void test_order(void **state) {
    (void)state;
    const struct lv_region up[] = {
        {.type = LV_REGION_RAM, .hpa = 0, .gpa = 0, .size = 4 * KIB},
        {.type = LV_REGION_IO, .hpa = 64 * KIB, .gpa = 64 * KIB, .size = 4 * KIB},
        {.type = LV_REGION_RAM, .hpa = GIB, .gpa = GIB, .size = GIB}};
    const struct lv_region down[] = {up[2], up[1], up[0]};
    assert_int_equal(stage2_count_pages(up, 3), 4);
    assert_int_equal(stage2_count_pages(down, 3), 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_numbers),       cmocka_unit_test(test_largest_regions),
        cmocka_unit_test(test_info_page),           cmocka_unit_test(test_order),
        cmocka_unit_test(test_against_brute_force), cmocka_unit_test(test_runs),
    };
    return cmocka_run_group_tests_name("tools: stage-2 size", tests, NULL, NULL);
}
