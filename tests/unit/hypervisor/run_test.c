// SPDX-License-Identifier: GPL-2.0-or-later
/* loongvisor/zone_run.h and core/zone_memory.c: memory that is not one piece. */
#include <support.h>
#include <core/hypercall.h>
#include <core/zone_memory.h>
#include <lib/bits.h>
#include <loongvisor/hypercall.h>
#include <run_layout.h>
#include <string.h>

/* What the zone's RAM and the room behind its pieces take, and a part of it that is a piece. */
#define ROOM  (2 * ZONE_RAM_SIZE)
#define PIECE 0x4000ULL
#define STORE (FAKE_RAM_BASE + 0x800000ULL)
/* The first byte of a payload in its zone, and in the store: a few before the end of a piece. */
#define PAYLOAD_GPA    (ZONE_RAM(1) + PIECE - 16)
#define PAYLOAD_OFFSET (PIECE - 40)

static struct lv_zone_config config;
static struct test_image *image;

static int no_regions(void **state) {
    memset(&config, 0, sizeof(config));
    return support_reset(state);
}

static int fresh_image(void **state) {
    support_reset(state);
    image = support_image();
    memset(fake_ram(FAKE_RAM_BASE), 0xee, FAKE_RAM_SIZE);
    return 0;
}

/* Other tests begin with RAM as the one before has left it. */
static int empty_ram(void **state) {
    (void)state;
    memset(fake_ram(FAKE_RAM_BASE), 0, FAKE_RAM_SIZE);
    return 0;
}

static void region_add(uint32_t type, gpa_t gpa, hpa_t hpa, uint64_t size) {
    config.regions[config.num_regions++] =
        (struct lv_region){.type = type, .gpa = gpa, .hpa = hpa, .size = size};
}

static void assert_run(const struct lv_run *run, gpa_t gpa, hpa_t hpa, uint64_t size) {
    assert_true(run->gpa == gpa);
    assert_true(run->hpa == hpa);
    assert_true(run->size == size);
}

static void runs_are_all_of_the_regions_once(void **state) {
    struct lv_run run = {0};

    (void)state;
    assert_false(lv_run_next(&config, &run));
    for (unsigned i = 0; i < LV_MAX_REGIONS; i++) {
        region_add(i % LV_REGION_TYPES, i * 0x10000ULL, 0x90000000 - i * 0x10000ULL,
                   (i % 3 + 1) * 0x1000ULL);
    }
    for (unsigned i = 0; i < LV_MAX_REGIONS; i++) {
        const struct lv_region *region = &config.regions[i];
        assert_true(lv_run_next(&config, &run));
        assert_ptr_equal(run.region, region);
        assert_run(&run, region->gpa, region->hpa, region->size);
    }
    assert_false(lv_run_next(&config, &run));
    run = lv_run_at(&config.regions[2], 0x21000, 0x800);
    assert_run(&run, 0x21000, 0x8ffe1000, 0x800);
}

/* Three pieces, the last one short; what is no memory is one run all the same. */
static void region_has_all_its_runs(void **state) {
    struct lv_run run = {0};

    (void)state;
    region_add(LV_REGION_IO, 0x1000000, 0x10000000, 0x3000);
    region_add(LV_REGION_RAM, 0x40000000, 0x80000000, 0x2800);
    region_add(LV_REGION_RAM, 0x50000000, 0x90000000, 0x2000);
    run_layout_set(RUN_LAYOUT_SPREAD, 0x1000);
    assert_true(lv_run_next(&config, &run));
    assert_run(&run, 0x1000000, 0x10000000, 0x3000);
    assert_true(lv_run_next(&config, &run));
    assert_run(&run, 0x40000000, 0x80000000, 0x1000);
    assert_true(lv_run_next(&config, &run));
    assert_run(&run, 0x40001000, 0x80002000, 0x1000);
    assert_true(lv_run_next(&config, &run));
    assert_run(&run, 0x40002000, 0x80004000, 0x800);
    assert_ptr_equal(run.region, &config.regions[1]);
    assert_true(lv_run_next(&config, &run));
    assert_run(&run, 0x50000000, 0x90000000, 0x1000);
    assert_true(lv_run_next(&config, &run));
    assert_false(lv_run_next(&config, &run));
    run = (struct lv_run){0};
    for (unsigned i = 0; i < 3; i++) {
        assert_true(lv_region_run_next(&config.regions[1], &run));
    }
    assert_run(&run, 0x40002000, 0x80004000, 0x800);
    assert_false(lv_region_run_next(&config.regions[1], &run));
}

static void run_begins_in_the_middle_of_a_piece(void **state) {
    (void)state;
    region_add(LV_REGION_RAM, 0x40000000, 0x80000000, 0x5000);
    run_layout_set(RUN_LAYOUT_SWAPPED, 0x1000);
    struct lv_run run = lv_run_at(&config.regions[0], 0x40000ff8, 0x100);
    assert_run(&run, 0x40000ff8, 0x80001ff8, 8);
    run = lv_run_at(&config.regions[0], 0x40001000, 0xf8);
    assert_run(&run, 0x40001000, 0x80000000, 0xf8);
    run = lv_run_at(&config.regions[0], 0x40004010, 0x10);
    assert_run(&run, 0x40004010, 0x80004010, 0x10);
}

/* The store, which is no region, then RAM; no device and no pool. */
static void zone_holds_its_store_and_its_ram(void **state) {
    struct lv_run run = {0};

    (void)state;
    region_add(LV_REGION_IO, 0x1000000, 0x10000000, 0x3000);
    region_add(LV_REGION_RAM, 0x40000000, 0x80000000, 0x1000);
    region_add(LV_REGION_POOL, 0xa0000000, 0xa0000000, 0x200000);
    region_add(LV_REGION_RAM, 0x50000000, 0x90000000, 0x1000);
    config.regions[3].flags = LV_REGION_SHARED;
    assert_true(lv_held_run_next(&config, &run));
    assert_ptr_equal(run.region, &config.regions[1]);
    assert_false(lv_run_is_shared(&run));
    assert_true(lv_held_run_next(&config, &run));
    assert_ptr_equal(run.region, &config.regions[3]);
    assert_true(lv_run_is_shared(&run));
    assert_false(lv_held_run_next(&config, &run));
    config.store_hpa = 0xb0000000;
    config.store_size = 0x3000;
    run_layout_set(RUN_LAYOUT_SPREAD, 0x2000);
    run = (struct lv_run){0};
    assert_true(lv_held_run_next(&config, &run));
    assert_null(run.region);
    assert_false(lv_run_is_shared(&run));
    assert_run(&run, 0, 0xb0000000, 0x2000);
    assert_true(lv_held_run_next(&config, &run));
    assert_null(run.region);
    assert_run(&run, 0x2000, 0xb0004000, 0x1000);
    assert_true(lv_held_run_next(&config, &run));
    assert_ptr_equal(run.region, &config.regions[1]);
}

/* Nobody has checked what a program hands to the driver. */
static void unchecked_configuration_is_walked_to_an_end(void **state) {
    struct lv_run run = {0};
    unsigned runs = 0;

    (void)state;
    memset(&config, 0xff, sizeof(config));
    for (unsigned i = 0; i < LV_MAX_REGIONS; i += 2) {
        config.regions[i].type = LV_REGION_RAM;
    }
    config.regions[1].size = 0;
    while (lv_run_next(&config, &run)) {
        assert_in_range(run.region - config.regions, 0, LV_MAX_REGIONS - 1);
        runs++;
    }
    assert_int_equal(runs, LV_MAX_REGIONS - 1);
    runs = 0;
    run = (struct lv_run){0};
    while (lv_held_run_next(&config, &run)) {
        runs++;
    }
    assert_int_equal(runs, 1 + LV_MAX_REGIONS / 2);
}

static void address_is_translated_in_its_run(void **state) {
    hpa_t hpa = 0;

    (void)state;
    run_layout_set(RUN_LAYOUT_SWAPPED, PIECE);
    assert_int_equal(zone_create(&image->header, &image->zones[1], true), 0);
    struct zone *zone = zone_find(1);
    assert_true(zone_ram_hpa(zone, ZONE_RAM(1), PIECE, &hpa));
    assert_true(hpa == ZONE_RAM(1) + PIECE);
    assert_true(zone_ram_hpa(zone, ZONE_RAM(1) + PIECE + 8, 8, &hpa));
    assert_true(hpa == ZONE_RAM(1) + 8);
    assert_false(zone_ram_hpa(zone, ZONE_RAM(1) + PIECE - 8, 16, &hpa));
    assert_false(zone_ram_hpa(zone, ZONE_RAM(1), PIECE + 1, &hpa));
}

/* A buffer that is not contiguous is refused, and nothing is written to what lies behind it. */
static void buffer_of_a_hypercall_is_one_run(void **state) {
    (void)state;
    support_create_zone(image, 0);
    memset(fake_ram(ZONE_RAM(0)), 0xee, ZONE_RAM_SIZE);
    run_layout_set(RUN_LAYOUT_SWAPPED, PIECE);
    struct vcpu *root = &zone_find(0)->vcpus[0];
    gpa_t across = ZONE_RAM(0) + PIECE - 8;
    assert_int_equal(hypercall_handle(root, LV_HYPERCALL_STATUS, 0, across), -LV_EFAULT);
    for (uint64_t at = 0; at < ZONE_RAM_SIZE; at++) {
        assert_int_equal(*fake_ram(ZONE_RAM(0) + at), 0xee);
    }
    assert_int_equal(hypercall_handle(root, LV_HYPERCALL_STATUS, 0, ZONE_RAM(0)), 0);
    assert_int_equal(*fake_ram(ZONE_RAM(0)), 0xee);
    assert_int_not_equal(*fake_ram(ZONE_RAM(0) + PIECE), 0xee);
}

/* Byte n of what begins at hpa and is spread in pieces. */
static uint8_t *spread_byte(hpa_t hpa, uint64_t n) {
    return fake_ram(hpa + n / PIECE * 2 * PIECE + n % PIECE);
}

static bool room_is_untouched(hpa_t hpa, uint64_t size) {
    for (uint64_t at = 0; at < size; at++) {
        if (at / PIECE % 2 == 1 && *fake_ram(hpa + at) != 0xee) {
            return false;
        }
    }
    return true;
}

/* A payload comes from one end of a piece and goes to another's: four copies. */
static void start_clears_and_loads_run_by_run(void **state) {
    struct lv_zone_config *zone = &image->zones[1];

    (void)state;
    run_layout_set(RUN_LAYOUT_SPREAD, PIECE);
    zone->payloads[0].gpa = PAYLOAD_GPA;
    zone->payloads[0].offset = PAYLOAD_OFFSET;
    zone->store_hpa = STORE;
    zone->store_size = 2 * PIECE;
    for (unsigned i = 0; i < PAYLOAD_SIZE; i++) {
        *spread_byte(STORE, PAYLOAD_OFFSET + i) = (uint8_t)(i + 1);
    }
    assert_int_equal(zone_create(&image->header, zone, true), 0);
    support_start(zone_find(1));
    for (uint64_t at = 0; at < ZONE_RAM_SIZE; at++) {
        uint64_t part = at - (PAYLOAD_GPA - ZONE_RAM(1));
        assert_int_equal(*spread_byte(ZONE_RAM(1), at),
                         part < PAYLOAD_SIZE ? (uint8_t)(part + 1) : 0);
    }
    assert_true(room_is_untouched(ZONE_RAM(1), ROOM));
}

static void payload_of_the_image_is_loaded_run_by_run(void **state) {
    (void)state;
    run_layout_set(RUN_LAYOUT_SPREAD, PIECE);
    image->zones[1].payloads[0].gpa = PAYLOAD_GPA;
    assert_int_equal(zone_create(&image->header, &image->zones[1], true), 0);
    support_start(zone_find(1));
    for (unsigned i = 0; i < PAYLOAD_SIZE; i++) {
        assert_int_equal(*spread_byte(ZONE_RAM(1), PAYLOAD_GPA - ZONE_RAM(1) + i),
                         image->payload[i]);
    }
    assert_true(room_is_untouched(ZONE_RAM(1), ROOM));
}

static void end_wipes_run_by_run(void **state) {
    (void)state;
    image->zones[1].store_hpa = STORE;
    image->zones[1].store_size = 3 * PIECE;
    image->zones[1].payloads[0].offset = 0;
    assert_int_equal(zone_create(&image->header, &image->zones[1], true), 0);
    run_layout_set(RUN_LAYOUT_SPREAD, PIECE);
    assert_true(zone_destroy(zone_find(1)));
    support_leave(zone_find(1));
    assert_null(zone_find(1));
    for (uint64_t at = 0; at < ZONE_RAM_SIZE; at++) {
        assert_int_equal(*spread_byte(ZONE_RAM(1), at), 0);
    }
    for (uint64_t at = 0; at < 3 * PIECE; at++) {
        assert_int_equal(*spread_byte(STORE, at), 0);
    }
    assert_true(room_is_untouched(ZONE_RAM(1), ROOM));
    assert_true(room_is_untouched(STORE, 6 * PIECE));
}

int test_run(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(runs_are_all_of_the_regions_once, no_regions),
        cmocka_unit_test_setup(region_has_all_its_runs, no_regions),
        cmocka_unit_test_setup(run_begins_in_the_middle_of_a_piece, no_regions),
        cmocka_unit_test_setup(zone_holds_its_store_and_its_ram, no_regions),
        cmocka_unit_test_setup(unchecked_configuration_is_walked_to_an_end, no_regions),
        cmocka_unit_test_setup(address_is_translated_in_its_run, fresh_image),
        cmocka_unit_test_setup(buffer_of_a_hypercall_is_one_run, fresh_image),
        cmocka_unit_test_setup(start_clears_and_loads_run_by_run, fresh_image),
        cmocka_unit_test_setup(payload_of_the_image_is_loaded_run_by_run, fresh_image),
        cmocka_unit_test_setup(end_wipes_run_by_run, fresh_image),
    };

    return cmocka_run_group_tests_name("runs of memory", tests, NULL, empty_ram);
}
