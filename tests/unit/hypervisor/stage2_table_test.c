// SPDX-License-Identifier: GPL-2.0-or-later
/* arch/stage2_table.c: a pool of its own, at a physical address that is not where it lies. */
#include <support.h>
#include <arch/stage2_table.h>
#include <lib/bits.h>
#include <loongvisor/hypercall.h>
#include <string.h>

#define BASE    0x123456000ULL
#define PAGE    0x1000ULL
#define BLOCK   0x200000ULL
#define GIB     0x40000000ULL
#define FLAGS   (PTE_VALID | PTE_WRITE)
#define TABLES  LV_STAGE2_POOL_PAGES
#define ADDRESS BITS(47, 12)

static struct stage2_pool pool;
static struct arch_stage2 stage2;

static int reset(void **state) {
    (void)state;
    /* What was there before must not matter. */
    memset(&pool, 0x5a, sizeof(pool));
    memset(&stage2, 0x5a, sizeof(stage2));
    stage2_pool_init(&pool, BASE);
    assert_int_equal(stage2_table_make(&pool, &stage2), 0);
    return 0;
}

/* The leaf for gpa, found as the walkers do: 0 if that is an invalid page. */
static uint64_t walk(const struct arch_stage2 *tables, gpa_t gpa, unsigned *level) {
    const uint64_t *table = tables->root;

    for (*level = 3;; --*level) {
        uint64_t entry = table[gpa >> (12 + 9 * *level) & 511];
        if (*level == 0 || (entry & PTE_HUGE) != 0) {
            return entry;
        }
        assert_in_range(entry, BASE, BASE + sizeof(pool.tables) - PAGE);
        assert_int_equal((entry - BASE) % PAGE, 0);
        table = pool.tables[(entry - BASE) / PAGE];
    }
}

static int map(gpa_t gpa, hpa_t hpa, uint64_t size, unsigned max_level) {
    const struct stage2_mapping mapping = {
        .gpa = gpa, .hpa = hpa, .size = size, .flags = FLAGS, .max_level = max_level};

    return stage2_table_map(&pool, &stage2, &mapping);
}

static void assert_leaf(gpa_t gpa, hpa_t hpa, unsigned wanted) {
    unsigned level;
    uint64_t huge = wanted > 0 ? PTE_HUGE : 0;

    assert_true(walk(&stage2, gpa, &level) == (hpa | FLAGS | huge));
    assert_int_equal(level, wanted);
}

static void assert_nothing(gpa_t gpa) {
    unsigned level;

    assert_int_equal(walk(&stage2, gpa, &level), 0);
    assert_int_equal(level, 0);
}

static void a_new_root_maps_nothing(void **state) {
    (void)state;
    assert_int_equal(stage2_pool_used(&pool), 1);
    for (unsigned bit = 12; bit < LV_GPA_BITS; bit++) {
        assert_nothing(BIT(bit));
        assert_nothing(BIT(bit) - PAGE);
    }
}

static void absent_entries_lead_down_to_nothing(void **state) {
    (void)state;
    assert_int_equal(stage2_pool_absent(&pool, 0), 0);
    for (unsigned level = 1; level < STAGE2_LEVELS; level++) {
        const uint64_t *below = pool.tables[(stage2_pool_absent(&pool, level) - BASE) / PAGE];
        assert_ptr_equal(below, stage2_pool_empty(&pool, level - 1));
    }
    for (unsigned level = 0; level < STAGE2_LEVELS; level++) {
        for (unsigned i = 0; i < STAGE2_ENTRIES; i++) {
            assert_int_equal(stage2_pool_empty(&pool, level)[i], stage2_pool_absent(&pool, level));
        }
    }
}

/* From a page to the largest leaf and down again; no byte beyond is mapped. */
static void leaves_grow_to_the_largest_that_fits(void **state) {
    const gpa_t start = GIB - BLOCK - PAGE;
    const gpa_t end = 2 * GIB + BLOCK + PAGE;
    const hpa_t shift = 4 * GIB;

    (void)state;
    assert_int_equal(map(start, start + shift, end - start, 2), 0);
    assert_leaf(start, start + shift, 0);
    assert_leaf(GIB - BLOCK, GIB - BLOCK + shift, 1);
    assert_leaf(GIB, GIB + shift, 2);
    assert_leaf(2 * GIB, 2 * GIB + shift, 1);
    assert_leaf(2 * GIB + BLOCK, 2 * GIB + BLOCK + shift, 0);
    assert_nothing(start - PAGE);
    assert_nothing(end);
}

static void no_leaf_is_above_the_level_asked_for(void **state) {
    for (unsigned level = 0; level <= 2; level++) {
        reset(state);
        /* 1 GiB of pages would take more tables than there are. */
        uint64_t size = level == 0 ? 4 * BLOCK : GIB;
        assert_int_equal(map(0, 0, size, level), 0);
        assert_leaf(0, 0, level);
        assert_leaf(size - PAGE, (size - 1) & ~(BIT(STAGE2_SHIFT(level)) - 1), level);
    }
}

static void a_hpa_out_of_step_takes_smaller_leaves(void **state) {
    (void)state;
    assert_int_equal(map(GIB, GIB + BLOCK, GIB, 2), 0);
    assert_leaf(GIB, GIB + BLOCK, 1);
    assert_int_equal(map(4 * GIB, GIB + PAGE, BLOCK, 2), 0);
    assert_leaf(4 * GIB, GIB + PAGE, 0);
}

static void neighbours_share_tables(void **state) {
    (void)state;
    assert_int_equal(map(0, 0, PAGE, 2), 0);
    assert_int_equal(stage2_pool_used(&pool), STAGE2_LEVELS);
    assert_int_equal(map(PAGE, 0x7000, PAGE, 2), 0);
    assert_int_equal(map(BLOCK, BLOCK, BLOCK, 2), 0);
    assert_int_equal(stage2_pool_used(&pool), STAGE2_LEVELS);
    assert_leaf(0, 0, 0);
    assert_leaf(PAGE, 0x7000, 0);
    assert_leaf(BLOCK, BLOCK, 1);
}

static void an_entry_is_found_where_walkers_look(void **state) {
    (void)state;
    assert_int_equal(map(3 * GIB, 3 * GIB, 2 * BLOCK, 1), 0);
    uint64_t *entry = stage2_table_entry(&pool, &stage2, 3 * GIB + BLOCK, 1);
    assert_true(*entry == ((3 * GIB + BLOCK) | FLAGS | PTE_HUGE));
    *entry = stage2_pool_absent(&pool, 1);
    assert_nothing(3 * GIB + BLOCK);
    assert_leaf(3 * GIB, 3 * GIB, 1);
}

/* With few tables left a mapping fails, and takes none but those that free gives back. */
static void an_empty_pool_is_an_error(void **state) {
    for (unsigned left = 0; left < STAGE2_LEVELS; left++) {
        struct arch_stage2 hog;
        reset(state);
        for (unsigned i = left + 1; i < TABLES; i++) {
            assert_int_equal(stage2_table_make(&pool, &hog), 0);
        }
        int error = left < STAGE2_LEVELS - 1 ? -LV_ENOMEM : 0;
        assert_int_equal(map(GIB, 0, PAGE, 0), error);
        assert_int_equal(stage2_pool_used(&pool), TABLES);
        stage2_table_free(&pool, &stage2);
        assert_null(stage2.root);
        assert_int_equal(stage2_pool_used(&pool), TABLES - left - 1);
        /* None that others have was among them. */
        assert_int_equal(stage2_table_make(&pool, &stage2), 0);
        assert_ptr_not_equal(stage2.root, hog.root);
    }
}

static void nobody_gets_a_root_from_an_empty_pool(void **state) {
    struct arch_stage2 other;

    (void)state;
    for (unsigned i = 1; i < TABLES; i++) {
        assert_int_equal(stage2_table_make(&pool, &other), 0);
    }
    assert_int_equal(stage2_table_make(&pool, &other), -LV_ENOMEM);
    assert_null(other.root);
}

/* A table that is used again holds nothing of its last owner. */
static void tables_are_clean_when_they_are_taken(void **state) {
    (void)state;
    assert_int_equal(map(0, 0, 4 * BLOCK + PAGE, 0), 0);
    stage2_table_free(&pool, &stage2);
    assert_int_equal(stage2_pool_used(&pool), 0);
    assert_int_equal(stage2_table_make(&pool, &stage2), 0);
    assert_int_equal(map(GIB, 5 * GIB, PAGE, 0), 0);
    assert_leaf(GIB, 5 * GIB, 0);
    for (gpa_t gpa = 0; gpa <= 4 * BLOCK; gpa += PAGE) {
        assert_nothing(gpa);
    }
    assert_nothing(GIB + PAGE);
}

int test_stage2_table(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_new_root_maps_nothing, reset),
        cmocka_unit_test_setup(absent_entries_lead_down_to_nothing, reset),
        cmocka_unit_test_setup(leaves_grow_to_the_largest_that_fits, reset),
        cmocka_unit_test_setup(no_leaf_is_above_the_level_asked_for, reset),
        cmocka_unit_test_setup(a_hpa_out_of_step_takes_smaller_leaves, reset),
        cmocka_unit_test_setup(neighbours_share_tables, reset),
        cmocka_unit_test_setup(an_entry_is_found_where_walkers_look, reset),
        cmocka_unit_test_setup(an_empty_pool_is_an_error, reset),
        cmocka_unit_test_setup(nobody_gets_a_root_from_an_empty_pool, reset),
        cmocka_unit_test_setup(tables_are_clean_when_they_are_taken, reset),
    };

    return cmocka_run_group_tests_name("stage-2 tables", tests, NULL, NULL);
}
