// SPDX-License-Identifier: GPL-2.0-or-later
/* arch/stage2.c: the tables it builds, walked as the refill handler and the CPU do. */
#include <support.h>
#include <arch/stage2.h>
#include <lib/bits.h>
#include <loongvisor/hypercall.h>
#include <run_layout.h>
#include <string.h>

#define KIB 1024ULL
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

/* Bits of an entry as the LoongArch manual has them (volume 1, 7.5.1; LVZ reference 2.8). */
#define ENTRY_V   BIT(0)
#define ENTRY_D   BIT(1)
#define ENTRY_PLV BITS(3, 2)
#define ENTRY_MAT BITS(5, 4)
#define ENTRY_H   BIT(6)
#define ENTRY_G   BIT(12)
#define ENTRY_NX  BIT(62)
#define ENTRY_NR  BIT(61)
#define MAT_CC    BIT(4)

#define REGIONS 24u

struct walk {
    bool valid;
    unsigned level; /* of the leaf */
    hpa_t hpa;
    uint64_t flags;
};

static const uint64_t *root;
static struct lv_region regions[REGIONS];
static unsigned num_regions;
static struct lv_zone_info_page info __attribute__((aligned(LV_PAGE_SIZE)));

/* lddir 3, 2, 1, then ldpte: no level is skipped and nothing is tested but the huge bit. */
static struct walk walk(gpa_t gpa) {
    const uint64_t *table = root;

    for (unsigned level = 3;; level--) {
        unsigned shift = 12 + 9 * level;
        assert_non_null(table);
        uint64_t entry = table[gpa >> shift & 511];
        if (level == 0 || (level < 3 && (entry & ENTRY_H) != 0)) {
            uint64_t page = BITS(47, shift);
            return (struct walk){.valid = (entry & ENTRY_V) != 0,
                                 .level = level,
                                 .hpa = (entry & page) | (gpa & ~BITS(63, shift)),
                                 .flags = entry & ~page};
        }
        /* A pointer to a table has an address and nothing else. */
        assert_int_equal(entry & ~BITS(47, 12), 0);
        table = arch_memory(entry);
    }
}

static const struct lv_region *model_find(gpa_t gpa) {
    for (unsigned i = 0; i < num_regions; i++) {
        if (gpa >= regions[i].gpa && gpa < regions[i].gpa + regions[i].size) {
            return &regions[i];
        }
    }
    return NULL;
}

/* The largest page round gpa that the region fills with GPA and HPA alike. */
static unsigned model_level(const struct lv_region *region, gpa_t gpa) {
    for (unsigned level = 2; level > 0; level--) {
        uint64_t page = 1ULL << (12 + 9 * level);
        gpa_t start = gpa & ~(page - 1);
        if (start >= region->gpa && start + page <= region->gpa + region->size &&
            (region->gpa - region->hpa) % page == 0) {
            return level;
        }
    }
    return 0;
}

static void assert_walk_is_right(gpa_t gpa) {
    const struct lv_region *region = model_find(gpa);
    struct walk found = walk(gpa);

    if (region == NULL) {
        assert_false(found.valid);
        return;
    }
    assert_true(found.valid);
    assert_int_equal(found.hpa, region->hpa + (gpa - region->gpa));
    assert_int_equal(found.level, model_level(region, gpa));
}

static void build(void) {
    static struct zone zone;

    memset(&zone, 0, sizeof(zone));
    zone.info = &info;
    zone.config.num_regions = num_regions;
    memcpy(zone.config.regions, regions, sizeof(regions));
    assert_int_equal(arch_stage2_build(&zone), 0);
    root = zone.stage2.root;
}

static void region_add(uint32_t type, gpa_t gpa, hpa_t hpa, uint64_t size) {
    assert_true(num_regions < REGIONS);
    regions[num_regions++] = (struct lv_region){.type = type, .gpa = gpa, .hpa = hpa, .size = size};
}

static int reset(void **state) {
    num_regions = 0;
    return support_reset(state);
}

static void leaves_are_as_large_as_they_can_be(void **state) {
    static const struct {
        gpa_t gpa;
        hpa_t hpa;
        uint64_t size;
        unsigned first;
        unsigned last;
    } cases[] = {
        {0, 0, 4 * KIB, 0, 0},
        {0, 0, 2 * MIB, 1, 1},
        {0, 0, GIB, 2, 2},
        {0, 0, GIB - 4 * KIB, 1, 0},
        {4 * GIB, 2 * GIB, 3 * GIB, 2, 2},
        {4 * GIB, 2 * GIB + 2 * MIB, 2 * GIB, 1, 1},
        {4 * GIB, 2 * GIB + 4 * KIB, 64 * MIB, 0, 0},
        {4 * GIB + 4 * KIB, 2 * GIB + 4 * KIB, GIB, 0, 0},
        {2 * MIB, 4 * MIB, 4 * MIB + 4 * KIB, 1, 0},
        {511 * GIB, 5 * GIB, 2 * GIB, 2, 2},
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        reset(state);
        region_add(LV_REGION_RAM, cases[i].gpa, cases[i].hpa, cases[i].size);
        build();
        gpa_t last = cases[i].gpa + cases[i].size - 1;
        assert_int_equal(walk(cases[i].gpa).level, cases[i].first);
        assert_int_equal(walk(last).level, cases[i].last);
        assert_int_equal(walk(cases[i].gpa).hpa, cases[i].hpa);
        assert_int_equal(walk(last).hpa, cases[i].hpa + cases[i].size - 1);
        assert_false(walk(last + 1).valid);
    }
}

/* Each run has its own HPA, and no leaf is larger than the run. */
static void runs_are_mapped_one_by_one(void **state) {
    static const struct {
        uint64_t piece;
        unsigned level;
    } cases[] = {{4 * KIB, 0}, {MIB, 0}, {2 * MIB, 1}, {4 * MIB, 1}, {GIB, 2}};

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        uint64_t piece = cases[i].piece;
        reset(state);
        run_layout_set(RUN_LAYOUT_SPREAD, piece);
        region_add(LV_REGION_RAM, 4 * GIB, 2 * GIB, 3 * piece);
        build();
        for (unsigned n = 0; n < 3; n++) {
            struct walk first = walk(4 * GIB + n * piece);
            struct walk last = walk(4 * GIB + (n + 1) * piece - 1);
            assert_true(first.valid && last.valid);
            assert_true(first.hpa == 2 * GIB + 2ULL * n * piece);
            assert_true(last.hpa == 2 * GIB + (2ULL * n + 1) * piece - 1);
            assert_int_equal(first.level, cases[i].level);
            assert_int_equal(last.level, cases[i].level);
        }
        assert_false(walk(4 * GIB + 3 * piece).valid);
    }
}

static void attributes_are_those_of_the_type(void **state) {
    (void)state;
    region_add(LV_REGION_RAM, 0, 0, 2 * MIB + 4 * KIB);
    region_add(LV_REGION_IO, 4 * MIB, 4 * MIB, 2 * MIB + 4 * KIB);
    region_add(LV_REGION_INFO, 8 * MIB, 0, LV_PAGE_SIZE);
    region_add(LV_REGION_POOL, 16 * MIB, 16 * MIB, 2 * MIB);
    build();
    /* The root zone writes what others will execute, and does not execute it. */
    uint64_t pool = walk(16 * MIB).flags;
    assert_int_equal(pool & (ENTRY_V | ENTRY_D | ENTRY_NX | ENTRY_NR),
                     ENTRY_V | ENTRY_D | ENTRY_NX);
    assert_int_equal(pool & (ENTRY_PLV | ENTRY_G | ENTRY_MAT), MAT_CC);
    for (gpa_t gpa = 0; gpa <= 2 * MIB; gpa += 2 * MIB) {
        uint64_t ram = walk(gpa).flags;
        assert_int_equal(ram & (ENTRY_V | ENTRY_D | ENTRY_NX | ENTRY_NR), ENTRY_V | ENTRY_D);
        assert_int_equal(ram & (ENTRY_PLV | ENTRY_G | ENTRY_MAT), MAT_CC);
        uint64_t io = walk(4 * MIB + gpa).flags;
        assert_int_equal(io & (ENTRY_V | ENTRY_D | ENTRY_NX | ENTRY_NR),
                         ENTRY_V | ENTRY_D | ENTRY_NX);
        assert_int_equal(io & (ENTRY_PLV | ENTRY_G | ENTRY_MAT), 0);
    }
}

static void info_page_is_read_only(void **state) {
    (void)state;
    region_add(LV_REGION_INFO, 8 * MIB, 0, LV_PAGE_SIZE);
    build();
    struct walk found = walk(8 * MIB);
    assert_true(found.valid);
    assert_ptr_equal(arch_memory(found.hpa), &info);
    assert_int_equal(found.flags & (ENTRY_V | ENTRY_D | ENTRY_NX), ENTRY_V | ENTRY_NX);
    assert_int_equal(found.level, 0);
}

static void unmapped_types_stay_unmapped(void **state) {
    (void)state;
    region_add(LV_REGION_VIRTIO, 0, 0, 4 * MIB);
    region_add(LV_REGION_HOLE, 4 * MIB, 0, 4 * MIB);
    region_add(LV_REGION_PCI_CONFIG, 8 * MIB, 0, 4 * MIB);
    build();
    for (gpa_t gpa = 0; gpa < 12 * MIB; gpa += 64 * KIB) {
        assert_false(walk(gpa).valid);
    }
    assert_int_equal(arch_stage2_pages_used(), 1);
}

/* Next to one mapped page, an absent entry of each level in turn ends at an invalid page. */
static void absent_entries_end_invalid_at_each_level(void **state) {
    (void)state;
    region_add(LV_REGION_RAM, 0, 0x5000, 4 * KIB);
    build();
    assert_true(walk(0).valid);
    for (unsigned level = 0; level < STAGE2_LEVELS; level++) {
        for (unsigned index = 1; index < STAGE2_ENTRIES; index++) {
            gpa_t gpa = (gpa_t)index << (12 + 9 * level);
            assert_false(walk(gpa).valid);
            assert_false(walk(gpa + (1ULL << (12 + 9 * level)) - 1).valid);
        }
    }
}

static void empty_root_maps_nothing(void **state) {
    (void)state;
    region_add(LV_REGION_RAM, 0, 0, GIB);
    region_add(LV_REGION_IO, 2 * GIB, 2 * GIB, 12 * KIB);
    build();
    root = stage2_empty_root();
    for (unsigned round = 0; round < 5000; round++) {
        assert_false(walk(support_random() & BITS(47, 0)).valid);
    }
    assert_false(walk(0).valid);
    assert_false(walk(2 * GIB).valid);
}

/* A size with some pages of each kind, but few where only the smallest can be used. */
static uint64_t random_size(uint64_t phase) {
    uint64_t size = (support_random() % 5) * 2 * MIB + (1 + support_random() % 4) * 4 * KIB;

    return phase % (2 * MIB) == 0 ? size + (support_random() % 3) * GIB : size;
}

static uint64_t random_phase(void) {
    static const uint64_t steps[] = {4 * KIB, 2 * MIB, GIB};

    return (support_random() % 4) * steps[support_random() % 3];
}

static void random_regions_make(void) {
    unsigned count = 4 + (unsigned)(support_random() % 8);
    gpa_t gpa = 0;

    for (unsigned i = 0; i < count; i++) {
        uint64_t phase = random_phase();
        uint64_t size = random_size(phase);
        uint32_t type = support_random() % 3 == 0 ? LV_REGION_IO : LV_REGION_RAM;
        gpa += random_phase();
        region_add(type, gpa, gpa + phase, size);
        gpa += size;
    }
}

static void random_regions_walk_as_the_model_says(void **state) {
    for (unsigned round = 0; round < 200; round++) {
        reset(state);
        support_random_seed(round);
        random_regions_make();
        build();
        for (unsigned i = 0; i < num_regions; i++) {
            gpa_t end = regions[i].gpa + regions[i].size;
            assert_walk_is_right(regions[i].gpa);
            assert_walk_is_right(end - 1);
            assert_walk_is_right(end);
            assert_walk_is_right(regions[i].gpa == 0 ? end : regions[i].gpa - 1);
        }
        for (unsigned i = 0; i < 300; i++) {
            assert_walk_is_right(support_random() % (40 * GIB));
            assert_walk_is_right(support_random() & BITS(46, 0));
        }
    }
}

static void highest_gpa_is_mapped(void **state) {
    const gpa_t last = BIT(LV_GPA_BITS) - LV_PAGE_SIZE;

    (void)state;
    region_add(LV_REGION_RAM, last, 0x7000, LV_PAGE_SIZE);
    build();
    assert_int_equal(walk(last + 5).hpa, 0x7005);
    assert_false(walk(last - 1).valid);
    assert_false(walk(0).valid);
}

/* One page takes the root and three tables; with fewer left the build fails and says so. */
static void pool_runs_out_at_every_level(void **state) {
    static struct zone zone;

    zone.config.num_regions = 1;
    zone.config.regions[0] = (struct lv_region){.gpa = GIB, .hpa = 0, .size = 4 * KIB};
    for (unsigned pages = 0; pages < 4; pages++) {
        reset(state);
        support_stage2_leave(pages);
        assert_int_equal(arch_stage2_build(&zone), -LV_ENOMEM);
        assert_int_equal(arch_stage2_pages_used(), LV_STAGE2_POOL_PAGES);
    }
    reset(state);
    support_stage2_leave(4);
    assert_int_equal(arch_stage2_build(&zone), 0);
    root = zone.stage2.root;
    assert_true(walk(GIB).valid);
}

/* What the walkers are told agrees with the tables: LVZ reference 2.8 has the fields. */
static void geometry_registers_fit_the_tables(void **state) {
    (void)state;
    assert_int_equal(bits_get(STAGE2_PWCL, 4, 0), 12);
    assert_int_equal(bits_get(STAGE2_PWCL, 9, 5), 9);
    assert_int_equal(bits_get(STAGE2_PWCL, 14, 10), 21);
    assert_int_equal(bits_get(STAGE2_PWCL, 19, 15), 9);
    assert_int_equal(bits_get(STAGE2_PWCL, 24, 20), 30);
    assert_int_equal(bits_get(STAGE2_PWCL, 29, 25), 9);
    assert_int_equal(bits_get(STAGE2_PWCL, 31, 30), 0);
    assert_int_equal(STAGE2_PWCH, 39 | 9 << 6);
}

int test_stage2(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(leaves_are_as_large_as_they_can_be, reset),
        cmocka_unit_test_setup(runs_are_mapped_one_by_one, reset),
        cmocka_unit_test_setup(attributes_are_those_of_the_type, reset),
        cmocka_unit_test_setup(info_page_is_read_only, reset),
        cmocka_unit_test_setup(unmapped_types_stay_unmapped, reset),
        cmocka_unit_test_setup(absent_entries_end_invalid_at_each_level, reset),
        cmocka_unit_test_setup(empty_root_maps_nothing, reset),
        cmocka_unit_test_setup(random_regions_walk_as_the_model_says, reset),
        cmocka_unit_test_setup(highest_gpa_is_mapped, reset),
        cmocka_unit_test_setup(pool_runs_out_at_every_level, reset),
        cmocka_unit_test_setup(geometry_registers_fit_the_tables, reset),
    };

    return cmocka_run_group_tests_name("stage 2", tests, NULL, NULL);
}
