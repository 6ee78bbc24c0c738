// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stage 2 of all zones together, each leaf of it: after images of random zones, and after each step
 * of the life of zones that are made of the pool.
 */
#include <support.h>
#include <arch/stage2.h>
#include <core/checked.h>
#include <core/cpu.h>
#include <leaves.h>
#include <lib/bits.h>
#include <string.h>

#define MIB 0x100000ULL
#define GIB (1024 * MIB)

#define IMAGES 300u
#define STEPS  400u

#define POOL      (FAKE_RAM_BASE + 8 * MIB)
#define POOL_SIZE (8 * MIB)
#define BLOCK     (2 * MIB)
#define BLOCKS    (POOL_SIZE / BLOCK)

#define RAM_SIZE     (256 * GIB)
#define DEVICES      (512 * GIB)
#define DEVICES_SIZE (64 * GIB)

static struct test_image *image;

static void assert_all_leaves_are_right(void) {
    const char *wrong = leaves_check();

    if (wrong != NULL) {
        fail_msg("%s", wrong);
    }
}

/* ---- images ---- */

/* Where the next region begins; what is below is given out. */
static hpa_t next_ram;
static hpa_t next_device;

static uint64_t align_up(uint64_t value, uint64_t alignment) {
    return (value + alignment - 1) & ~(alignment - 1);
}

/* Some pages, some blocks, some GiB, or a mixture of them. */
static uint64_t random_size(void) {
    uint64_t size = (1 + support_random() % 4) * LV_PAGE_SIZE;

    switch (support_random() % 6) {
    case 0:
        return (1 + support_random() % 3) * GIB;
    case 1:
        return (1 + support_random() % 3) * GIB + (support_random() % 4) * 2 * MIB + size;
    case 2:
    case 3:
        return (1 + support_random() % 6) * 2 * MIB;
    case 4:
        return (1 + support_random() % 6) * 2 * MIB + size;
    default:
        return size;
    }
}

/* GPA and HPA both aligned so, or one off by pages: then it is mapped in pages. */
static uint64_t random_alignment(uint64_t size) {
    uint64_t natural = size >= GIB ? GIB : size >= 2 * MIB ? 2 * MIB : LV_PAGE_SIZE;

    return size <= 8 * MIB && support_random() % 4 == 0 ? LV_PAGE_SIZE : natural;
}

static struct lv_region random_region(bool is_root, bool is_device, gpa_t *gpa) {
    struct lv_region region = {.type = LV_REGION_RAM, .size = random_size()};
    uint64_t alignment = random_alignment(region.size);

    if (is_device) {
        region.type = LV_REGION_IO;
    } else if (!is_root && support_random() % 4 == 0) {
        region.flags = LV_REGION_SHARED;
    }
    hpa_t *next = region.type == LV_REGION_IO ? &next_device : &next_ram;
    region.hpa = align_up(*next + support_random() % 3 * LV_PAGE_SIZE, alignment);
    *next = region.hpa + region.size;
    region.gpa =
        is_root ? region.hpa : align_up(*gpa + support_random() % 3 * LV_PAGE_SIZE, alignment);
    *gpa = region.gpa + region.size;
    return region;
}

static void random_zone(struct lv_zone_config *config) {
    bool is_root = config->zone_id == LV_ROOT_ZONE_ID;
    uint32_t count = 1 + (uint32_t)(support_random() % 6);
    gpa_t gpa = 0;

    config->num_payloads = 0;
    config->num_regions = 0;
    for (uint32_t i = 0; i < count; i++) {
        bool is_device = i > 0 && support_random() % 3 == 0;
        config->regions[config->num_regions++] = random_region(is_root, is_device, &gpa);
    }
    config->regions[config->num_regions++] =
        (struct lv_region){.type = LV_REGION_INFO,
                           .gpa = BIT(46) + support_random() % 1000 * LV_PAGE_SIZE,
                           .size = LV_PAGE_SIZE};
    config->regions[config->num_regions++] =
        (struct lv_region){.type = LV_REGION_HOLE, .gpa = BIT(45), .size = GIB};
    if (is_root && support_random() % 2 == 0) {
        hpa_t pool = align_up(next_ram, BLOCK);
        uint64_t size = (1 + support_random() % 700) * BLOCK;
        config->regions[config->num_regions++] =
            (struct lv_region){.type = LV_REGION_POOL, .gpa = pool, .hpa = pool, .size = size};
        next_ram = pool + size;
    }
}

static void random_image(uint64_t seed) {
    support_random_seed(seed);
    image = support_image();
    image->header.board.ram[1].size = RAM_SIZE;
    image->header.board.devices[0] = (struct lv_range){DEVICES, DEVICES_SIZE};
    next_ram = FAKE_RAM_BASE;
    next_device = DEVICES;
    for (uint32_t id = 0; id < IMAGE_ZONES; id++) {
        random_zone(&image->zones[id]);
    }
}

static void leaves_of_random_images_are_their_zones(void **state) {
    uint64_t leaves = 0;
    unsigned complete = 0;

    (void)state;
    for (unsigned round = 0; round < IMAGES; round++) {
        unsigned made = 0;
        random_image(round);
        for (uint32_t id = 0; id < IMAGE_ZONES; id++) {
            made += zone_create(&image->header, &image->zones[id], true) == 0 ? 1 : 0;
            assert_all_leaves_are_right();
        }
        leaves += leaves_seen();
        complete += made == IMAGE_ZONES ? 1 : 0;
    }
    /* Otherwise there was little to see. */
    assert_true(leaves > 100000);
    assert_true(complete > IMAGES / 2);
}

/* ---- lives ---- */

static int root_with_pool(void **state) {
    support_reset(state);
    image = support_image();
    struct lv_zone_config *root = &image->zones[0];
    root->regions[root->num_regions++] =
        (struct lv_region){.type = LV_REGION_POOL, .hpa = POOL, .gpa = POOL, .size = POOL_SIZE};
    fake.on_ring = support_answer_ring;
    support_create_zone(image, 0);
    return 0;
}

/* Of blocks that may be another zone's: the hypervisor decides. */
static void random_wish(struct lv_zone_config *config) {
    config->num_payloads = 0;
    config->num_regions = 0;
    for (uint64_t i = 1 + support_random() % 2; i > 0; i--) {
        hpa_t hpa = POOL + support_random() % BLOCKS * BLOCK;
        config->regions[config->num_regions++] =
            (struct lv_region){.type = LV_REGION_RAM,
                               .flags = support_random() % 3 == 0 ? LV_REGION_SHARED : 0,
                               .hpa = hpa,
                               .gpa = i * GIB,
                               .size = support_random() % 2 == 0 ? BLOCK : MIB};
    }
    config->store_hpa = support_random() % 2 == 0 ? POOL + support_random() % BLOCKS * BLOCK : 0;
    config->store_size = config->store_hpa != 0 ? MIB : 0;
}

static bool zone_end(struct zone *zone) {
    bool ended = zone_destroy(zone);

    assert_all_leaves_are_right();
    support_leave(zone);
    return ended;
}

static void leaves_follow_the_lives_of_zones(void **state) {
    unsigned made = 0;
    unsigned ended = 0;

    (void)state;
    for (unsigned step = 0; step < STEPS; step++) {
        uint32_t id = 1 + (uint32_t)(support_random() % 2);
        fake.iocsr.count = fake.mmio.count = 0;
        if (zone_find(id) != NULL) {
            ended += zone_end(zone_find(id)) ? 1 : 0;
        } else {
            random_wish(&image->zones[id]);
            made += zone_create(&image->header, &image->zones[id], false) == 0 ? 1 : 0;
        }
        assert_all_leaves_are_right();
    }
    assert_true(made > STEPS / 8 && ended > STEPS / 8);
}

/* ---- the judge itself, and the hypervisor's own look in the checked build ---- */

static uint64_t *leaf_find(const struct zone *zone, gpa_t gpa) {
    uint64_t *table = zone->stage2.root;

    for (unsigned level = 3; level > 0; level--) {
        uint64_t *entry = &table[gpa >> (12 + 9 * level) & 511];
        if (level < 3 && (*entry & BIT(6)) != 0) {
            return entry;
        }
        table = arch_memory(*entry);
    }
    return &table[gpa >> 12 & 511];
}

static void damage_is_seen(void **state) {
    static const uint64_t flips[] = {BIT(0),  BIT(1),  BIT(4),  BIT(5),  BIT(8),  BIT(2), BIT(12),
                                     BIT(13), BIT(21), BIT(30), BIT(46), BIT(61), BIT(62)};

    (void)state;
    image = support_zones(3);
    struct zone *zone = zone_find(1);
    uint64_t *leaf = leaf_find(zone, ZONE_RAM(1) + 0x5000);
    assert_all_leaves_are_right();
    assert_null(stage2_check(zone));
    for (unsigned i = 0; i < ARRAY_SIZE(flips); i++) {
        *leaf ^= flips[i];
        assert_non_null(leaves_check());
        assert_non_null(stage2_check(zone));
        *leaf ^= flips[i];
    }
    uint64_t kept = *leaf;
    uint64_t *beyond = leaf_find(zone, ZONE_RAM(1) + ZONE_RAM_SIZE);
    *leaf = 0;
    *beyond = kept;
    assert_non_null(leaves_check());
    assert_non_null(stage2_check(zone));
    *leaf = kept;
    assert_non_null(leaves_check());
    assert_non_null(stage2_check(zone));
    *beyond = 0;
    assert_all_leaves_are_right();
    assert_null(stage2_check(zone));
}

/* Right for each zone, wrong for both together: no zone's own tables show that. */
static void what_two_zones_have_is_seen(void **state) {
    (void)state;
    image = support_zones(3);
    zone_find(1)->config.regions[0].hpa = ZONE_RAM(2);
    for (uint64_t at = 0; at < ZONE_RAM_SIZE; at += LV_PAGE_SIZE) {
        *leaf_find(zone_find(1), ZONE_RAM(1) + at) += ZONE_RAM(2) - ZONE_RAM(1);
    }
    assert_null(stage2_check(zone_find(1)));
    assert_string_equal(leaves_check(), "two leaves have a page in common");
}

int test_leaves(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(leaves_of_random_images_are_their_zones, support_reset),
        cmocka_unit_test_setup(leaves_follow_the_lives_of_zones, root_with_pool),
        cmocka_unit_test_setup(damage_is_seen, support_reset),
        cmocka_unit_test_setup(what_two_zones_have_is_seen, support_reset),
    };

    return cmocka_run_group_tests_name("leaves of stage 2", tests, NULL, NULL);
}
