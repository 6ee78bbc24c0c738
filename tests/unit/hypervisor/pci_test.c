// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * devices/pci.c: zone 1 has function 02:10.1 and sees it at 00:03.0, and 00:05.0 where it is. The
 * root zone sees what is left.
 */
#include <support.h>
#include <lib/bits.h>

#define DEVFN(device, function) ((device) << 3 | (function))

static struct test_image *image;

static int zones_with_functions(void **state) {
    struct lv_zone_config *config;

    support_reset(state);
    image = support_image();
    image->header.board.pci_access = LV_PCI_ECAM;
    config = &image->zones[1];
    config->num_pci_functions = 2;
    config->pci_functions[0] = (struct lv_pci_function){
        .bus = 2, .devfn = DEVFN(16, 1), .zone_bus = 0, .zone_devfn = DEVFN(3, 0)};
    config->pci_functions[1] = (struct lv_pci_function){
        .bus = 0, .devfn = DEVFN(5, 0), .zone_bus = 0, .zone_devfn = DEVFN(5, 0)};
    for (uint32_t id = 0; id < 2; id++) {
        assert_int_equal(zone_create(&image->header, &image->zones[id], true), 0);
    }
    fake.mmio.count = 0;
    fake.mmio_value = 0x12345678;
    return 0;
}

/* Where the Loongson layout has a register: LVZ reference 13.6. */
static uint64_t window(unsigned bus, unsigned devfn, unsigned reg) {
    uint64_t offset = bus << 16 | devfn << 8 | (reg & 0xff) | (uint64_t)(reg >> 8) << 24;

    return bus != 0 ? offset | BIT(28) : offset;
}

static uint64_t ecam(unsigned bus, unsigned devfn, unsigned reg) {
    return BOARD_PCI_BASE + (bus << 20 | devfn << 12 | reg);
}

static uint64_t zone_read(uint32_t zone, uint64_t offset, unsigned size) {
    struct access access = {.address = offset, .size = size};

    support_access(&zone_find(zone)->vcpus[0], LV_REGION_PCI_CONFIG, &access);
    return bits_truncate(access.value, size);
}

static void zone_write(uint32_t zone, uint64_t offset, uint64_t value, unsigned size) {
    struct access access = {.address = offset, .value = value, .size = size, .is_write = true};

    support_access(&zone_find(zone)->vcpus[0], LV_REGION_PCI_CONFIG, &access);
}

static void assert_reaches(uint32_t zone, uint64_t offset, unsigned size, hpa_t hpa) {
    unsigned before = fake.mmio.count;

    assert_int_equal(zone_read(zone, offset, size), bits_truncate(fake.mmio_value, size));
    assert_int_equal(fake.mmio.count, before + 1);
    assert_false(fake_last(&fake.mmio)->is_write);
    assert_int_equal(fake_last(&fake.mmio)->address, hpa);
    assert_int_equal(fake_last(&fake.mmio)->size, size);
    before = fake_count(&fake.mmio, true, hpa);
    zone_write(zone, offset, 0xa5, size);
    assert_int_equal(fake_count(&fake.mmio, true, hpa), before + 1);
    assert_true(fake_last(&fake.mmio)->is_write);
    assert_int_equal(fake_last(&fake.mmio)->address, hpa);
    assert_int_equal(fake_last(&fake.mmio)->size, size);
    assert_int_equal(fake_last(&fake.mmio)->value, 0xa5);
}

static void assert_absent(uint32_t zone, uint64_t offset, unsigned size) {
    unsigned before = fake.mmio.count;

    assert_int_equal(zone_read(zone, offset, size), bits_truncate(UINT64_MAX, size));
    zone_write(zone, offset, 0, size);
    assert_int_equal(fake.mmio.count, before);
}

static void root_reaches_every_register_by_ecam(void **state) {
    static const unsigned registers[] = {0, 4, 0x10, 0x3c, 0xfc, 0x100, 0x104, 0x7fc, 0xffc};

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(registers); i++) {
        assert_reaches(0, window(0, 0, registers[i]), 4, ecam(0, 0, registers[i]));
        assert_reaches(0, window(0, DEVFN(31, 7), registers[i]), 4,
                       ecam(0, DEVFN(31, 7), registers[i]));
        assert_reaches(0, window(3, DEVFN(1, 2), registers[i]), 4,
                       ecam(3, DEVFN(1, 2), registers[i]));
    }
}

static void sizes_and_bytes_go_through(void **state) {
    (void)state;
    for (unsigned byte = 0; byte < 4; byte++) {
        assert_reaches(0, window(0, 8, 0x40 + byte), 1, ecam(0, 8, 0x40 + byte));
    }
    assert_reaches(0, window(0, 8, 0x42), 2, ecam(0, 8, 0x42));
    assert_absent(0, window(0, 8, 0x40), 8);
    assert_absent(0, window(0, 8, 0x41), 2);
    assert_absent(0, window(0, 8, 0x42), 4);
    assert_absent(0, window(0, 8, 0xfe), 4);
}

static void loongson_layout_stays_as_it_is(void **state) {
    (void)state;
    image->header.board.pci_access = LV_PCI_LOONGSON;
    image->header.board.pci_size = BIT(29);
    assert_reaches(0, window(0, DEVFN(7, 0), 0x3c4), 4,
                   BOARD_PCI_BASE + window(0, DEVFN(7, 0), 0x3c4));
    assert_reaches(0, window(5, DEVFN(7, 3), 0xffc), 4,
                   BOARD_PCI_BASE + window(5, DEVFN(7, 3), 0xffc));
    assert_reaches(1, window(0, DEVFN(3, 0), 0x104), 4,
                   BOARD_PCI_BASE + window(2, DEVFN(16, 1), 0x104));
}

static void zone_sees_its_functions_where_it_was_told(void **state) {
    (void)state;
    assert_reaches(1, window(0, DEVFN(3, 0), 0x10), 4, ecam(2, DEVFN(16, 1), 0x10));
    assert_reaches(1, window(0, DEVFN(5, 0), 0), 2, ecam(0, DEVFN(5, 0), 0));
}

static void zone_sees_nothing_else(void **state) {
    (void)state;
    for (unsigned bus = 0; bus < 256; bus++) {
        for (unsigned devfn = 0; devfn < 256; devfn++) {
            if (bus != 0 || (devfn != DEVFN(3, 0) && devfn != DEVFN(5, 0))) {
                assert_absent(1, window(bus, devfn, 0), 4);
            }
        }
    }
}

static void root_lacks_what_was_given_away(void **state) {
    (void)state;
    assert_absent(0, window(2, DEVFN(16, 1), 0), 4);
    assert_absent(0, window(0, DEVFN(5, 0), 0), 4);
    assert_reaches(0, window(0, DEVFN(3, 0), 0), 4, ecam(0, DEVFN(3, 0), 0));
    assert_reaches(0, window(2, DEVFN(16, 0), 0), 4, ecam(2, DEVFN(16, 0), 0));
    assert_reaches(0, window(0, DEVFN(5, 1), 0), 4, ecam(0, DEVFN(5, 1), 0));
}

/* Bit 28 is clear on the root bus and set on every other; where it is not, nothing answers. */
static void bus_and_type_bit_must_agree(void **state) {
    (void)state;
    assert_absent(0, window(0, 8, 0) | BIT(28), 4);
    assert_absent(0, window(3, 8, 0) & ~BIT(28), 4);
}

/* The machine's space ends at bus 127 here. */
static void buses_behind_the_machines_space_are_absent(void **state) {
    (void)state;
    assert_reaches(0, window(127, 255, 0xffc), 4, ecam(127, 255, 0xffc));
    assert_absent(0, window(128, 0, 0), 4);
    assert_absent(0, window(255, 255, 0xffc), 4);
}

static void board_without_pci_has_no_functions(void **state) {
    (void)state;
    image->header.board.pci_access = LV_PCI_NONE;
    assert_absent(0, window(0, 0, 0), 4);
    assert_absent(1, window(0, DEVFN(3, 0), 0), 4);
}

/* Any offset, any size: the machine's space and no other is reached, by aligned accesses. */
static void random_accesses_stay_in_the_space(void **state) {
    (void)state;
    for (unsigned round = 0; round < 50000; round++) {
        uint64_t offset = support_random() >> (support_random() % 40);
        unsigned size = 1u << support_random() % 4;
        zone_read(support_random() % 2, offset, size);
        if (fake.mmio.count > 0) {
            const struct fake_access *access = fake_last(&fake.mmio);
            assert_in_range(access->address, BOARD_PCI_BASE,
                            BOARD_PCI_BASE + BOARD_PCI_SIZE - access->size);
            assert_int_equal(access->address % access->size, 0);
            assert_true(access->size <= 4);
        }
        fake.mmio.count = 0;
    }
}

/* What reaches COMMAND and STATUS, or the part that the access covers. */
static uint64_t command_written(uint32_t zone, uint64_t offset, unsigned reg, uint64_t value,
                                unsigned size) {
    zone_write(zone, (offset | (reg & 0xff)) + ((uint64_t)(reg >> 8) << 24), value, size);
    assert_true(fake_last(&fake.mmio)->is_write);
    assert_int_equal(fake_last(&fake.mmio)->size, size);
    return fake_last(&fake.mmio)->value;
}

/*
 * INTx runs through pins of the PCH-PIC that other zones' functions share, and a zone that holds
 * one high would hold theirs. The controller is the root zone's, so no other zone could use it.
 */
static void interrupt_pins_stay_off_in_other_zones(void **state) {
    const uint64_t given = window(0, DEVFN(5, 0), 0);
    const uint64_t roots = window(0, DEVFN(6, 0), 0);
    const uint64_t off = BIT(10);

    (void)state;
    assert_int_equal(command_written(1, given, 4, 0x0007, 2), 0x0007 | off);
    assert_int_equal(command_written(1, given, 4, 0xf9000007, 4), 0xf9000007 | off);
    assert_int_equal(command_written(1, given, 5, 0x01, 1), 0x01 | off >> 8);
    assert_int_equal(command_written(1, given, 4, 0x07, 1), 0x07);
    assert_int_equal(command_written(1, given, 6, 0xf900, 2), 0xf900);
    assert_int_equal(command_written(1, given, 7, 0xf9, 1), 0xf9);
    assert_int_equal(command_written(1, given, 0x104, 0, 4), 0);
    assert_int_equal(command_written(0, roots, 4, 0x0007, 2), 0x0007);
    assert_int_equal(command_written(0, roots, 5, 0, 1), 0);
}

int test_pci(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(root_reaches_every_register_by_ecam, zones_with_functions),
        cmocka_unit_test_setup(sizes_and_bytes_go_through, zones_with_functions),
        cmocka_unit_test_setup(loongson_layout_stays_as_it_is, zones_with_functions),
        cmocka_unit_test_setup(zone_sees_its_functions_where_it_was_told, zones_with_functions),
        cmocka_unit_test_setup(zone_sees_nothing_else, zones_with_functions),
        cmocka_unit_test_setup(root_lacks_what_was_given_away, zones_with_functions),
        cmocka_unit_test_setup(bus_and_type_bit_must_agree, zones_with_functions),
        cmocka_unit_test_setup(buses_behind_the_machines_space_are_absent, zones_with_functions),
        cmocka_unit_test_setup(board_without_pci_has_no_functions, zones_with_functions),
        cmocka_unit_test_setup(random_accesses_stay_in_the_space, zones_with_functions),
        cmocka_unit_test_setup(interrupt_pins_stay_off_in_other_zones, zones_with_functions),
    };

    return cmocka_run_group_tests_name("PCI window", tests, NULL, NULL);
}
