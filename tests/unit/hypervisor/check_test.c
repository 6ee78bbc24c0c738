// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * core/zone_check.c: each refusal, and that no damage to a configuration makes the hypervisor give
 * a zone what is not its own.
 */
#include <support.h>
#include <core/zone_check.h>
#include <lib/bits.h>
#include <lib/crc32.h>
#include <string.h>

static struct test_image *image;
static struct lv_zone_config *config; /* zone 2, while 0 and 1 exist */

static int two_zones_and_a_third(void **state) {
    support_reset(state);
    image = support_zones(2);
    image->header.board.pci_access = LV_PCI_ECAM;
    support_seal(image);
    config = &image->zones[2];
    return 0;
}

static void assert_refused(enum lv_refusal number) {
    assert_int_equal(zone_check(&image->header, config, true).number, number);
}

static struct lv_region *region_add(uint32_t type, gpa_t gpa, hpa_t hpa, uint64_t size) {
    struct lv_region *region = &config->regions[config->num_regions++];

    *region = (struct lv_region){.type = type, .gpa = gpa, .hpa = hpa, .size = size};
    return region;
}

static void valid_ones_are_accepted(void **state) {
    (void)state;
    assert_null(image_check(&image->header));
    assert_refused(LV_REFUSAL_NONE);
    region_add(LV_REGION_IO, 0x1fe00000, BOARD_DEVICES, 0x1000);
    region_add(LV_REGION_HOLE, 0x18000000, 0, 0x4000);
    region_add(LV_REGION_PCI_CONFIG, 0x40000000, 0, 0x20000000);
    region_add(LV_REGION_VIRTIO, 0x30000000, 0, 0x1000);
    region_add(LV_REGION_INFO, BIT(LV_GPA_BITS) - LV_PAGE_SIZE, 0, LV_PAGE_SIZE);
    config->cpu_lines = 0xff;
    config->num_pci_functions = 1;
    assert_refused(LV_REFUSAL_NONE);
    region_add(LV_REGION_UART, 0x1fe01000, 0, LV_PAGE_SIZE)->interrupt = LV_INTERRUPT_LINE(7);
    region_add(LV_REGION_POWER, 0x100e0000, 0, LV_PAGE_SIZE)->interrupt = LV_INTERRUPT_VECTOR(200);
    config->cpu_lines = 0x7f;
    config->on_reboot = LV_POLICY_RESTART;
    config->regions[0].flags = LV_REGION_SHARED;
    assert_refused(LV_REFUSAL_NONE);
}

/* A name is no other word of the command line's: no number, option, path or zone file. */
static void names_are_checked(void **state) {
    static const char *const good[] = {"z",   "_",   "3a5000-linux", "1-2a", "7.x",
                                       "a-.", "A_9", "zone.json.d",  "json", "x.jso"};
    static const char *const bad[] = {
        "",       "7",     "0123", "1-2", "1.5", "-",   "-x",      "--force", ".",
        "..",     ".a",    "a/b",  "/",   "a b", "a\n", "\033[2J", "a\177",   "a\303\244",
        "a.json", ".json", "@",    "[",   "a`",  "a{",  "a:"};

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(good); i++) {
        memset(config->name, 0, LV_NAME_SIZE);
        memcpy(config->name, good[i], strlen(good[i]));
        assert_refused(LV_REFUSAL_NONE);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        memset(config->name, 0, LV_NAME_SIZE);
        memcpy(config->name, bad[i], strlen(bad[i]));
        assert_refused(LV_REFUSAL_NAME);
    }
    memset(config->name, 'x', LV_NAME_SIZE);
    assert_refused(LV_REFUSAL_NAME);
    config->name[LV_NAME_SIZE - 1] = '\0';
    assert_refused(LV_REFUSAL_NONE);
}

/* Registers that the hypervisor uses as well may be the root zone's. */
static void root_zone_may_have_the_boards_own_registers(void **state) {
    (void)state;
    image = support_image();
    config = &image->zones[0];
    image->header.board.poweroff_register = BOARD_DEVICES + 0x101c;
    region_add(LV_REGION_IO, BOARD_UART_PAGE, BOARD_UART_PAGE, LV_PAGE_SIZE);
    region_add(LV_REGION_IO, BOARD_DEVICES, BOARD_DEVICES, BOARD_DEVICES_SIZE);
    assert_refused(LV_REFUSAL_NONE);
    config->regions[2].gpa += LV_PAGE_SIZE;
    assert_refused(LV_REFUSAL_REGION_MOVED);
    config->regions[2].gpa = BOARD_DEVICES;
    config->regions[0].flags = LV_REGION_SHARED;
    assert_refused(LV_REFUSAL_REGION_FLAGS);
}

/* The tools refuse such an image, and so does the hypervisor, whichever zone it lists first. */
static void packed_zones_lie_outside_the_pool(void **state) {
    struct lv_zone_config *root;
    struct lv_zone_config *guest;

    for (unsigned root_first = 0; root_first < 2; root_first++) {
        support_reset(state);
        image = support_image();
        root = config = &image->zones[0];
        guest = &image->zones[1];
        region_add(LV_REGION_POOL, 0x90000000, 0x90000000, 0x400000);
        guest->regions[0].hpa = 0x90000000;
        assert_int_equal(zone_create(&image->header, root_first ? root : guest, true), 0);
        int64_t result = zone_create(&image->header, root_first ? guest : root, true);
        assert_int_equal(lv_result_error(result), LV_EINVAL);
        assert_int_equal(lv_result_refusal(result), LV_REFUSAL_REGION_TAKEN);
        assert_int_equal(lv_result_index(result), root_first ? 0 : 1);
        assert_text_has(support_log(), root_first ? "REGION_TAKEN 0" : "REGION_TAKEN 1");
    }
}

/* The root zone's pool, of which zone 1 is made. */
static void pools_are_checked(void **state) {
    (void)state;
    image = support_image();
    config = &image->zones[0];
    struct lv_region *pool = region_add(LV_REGION_POOL, 0x90000000, 0x90000000, 0x400000);
    region_add(LV_REGION_INFO, BIT(40), 0, LV_PAGE_SIZE)->interrupt = LV_INTERRUPT_LINE(7);
    config->on_poweroff = config->on_reboot = LV_POLICY_MACHINE;
    assert_refused(LV_REFUSAL_NONE);
    pool->size = 0x100000;
    assert_refused(LV_REFUSAL_POOL_SHAPE);
    pool->size = 0x400000;
    pool->gpa = 0xa0000000;
    assert_refused(LV_REFUSAL_POOL_SHAPE);
    pool->gpa = pool->hpa = 0x40000000;
    assert_refused(LV_REFUSAL_REGION_NOT_RAM);
    pool->gpa = pool->hpa = BOARD_HV_BASE - 0x200000;
    assert_refused(LV_REFUSAL_REGION_OURS);
    pool->gpa = pool->hpa = FAKE_RAM_BASE;
    assert_refused(LV_REFUSAL_REGION_OVERLAP);
}

/* A way to spoil what is valid, and a word that the refusal has. */
struct spoiled {
    void (*spoil)(void);
    const char *word;
};

#define SPOIL(name, statement)                                                                     \
    static void spoil_##name(void) {                                                               \
        statement;                                                                                 \
    }

SPOIL(image_magic, image->header.magic++)
SPOIL(image_version, image->header.version++)
SPOIL(image_header_size, image->header.header_size -= 8)
SPOIL(image_no_zones, image->header.num_zones = 0)
SPOIL(image_many_zones, image->header.num_zones = LV_MAX_ZONES + 1)
SPOIL(image_max_zones, image->header.num_zones = UINT32_MAX)
SPOIL(image_zones_offset, image->header.zones_offset = UINT32_MAX)
SPOIL(board_rtc_elsewhere, image->header.board.rtc_base = ZONE_RAM(1))
SPOIL(board_rtc_unaligned, image->header.board.rtc_base = BOARD_DEVICES + 0x80)
SPOIL(image_no_cpus, image->header.board.num_cpus = 0)
SPOIL(image_many_cpus, image->header.board.num_cpus = LV_MAX_CPUS + 1)
SPOIL(image_cpu_twice, image->header.board.phys_cpu_id[3] = PHYS_ID(1))
SPOIL(image_cpu_number, image->header.board.phys_cpu_id[2] = 512)
SPOIL(image_many_ranges, image->header.board.num_ram = LV_BOARD_MAX_RANGES + 1)
SPOIL(image_ram_wraps, image->header.board.ram[1].size = UINT64_MAX)
SPOIL(image_ram_empty, image->header.board.ram[0].size = 0)
SPOIL(image_hv_empty, image->header.board.hv_size = 0)
SPOIL(image_hv_wraps, image->header.board.hv_size = 0 - BOARD_HV_BASE)
SPOIL(image_hv_elsewhere, image->header.board.hv_base = FAKE_RAM_BASE)
SPOIL(image_longer_than_hv, image->header.total_size = BOARD_HV_SIZE)
SPOIL(image_total_wraps, image->header.total_size = UINT64_MAX)
SPOIL(image_shorter_than_zones, image->header.total_size = sizeof(image->header))
SPOIL(image_name, memset(image->header.board.name, 'x', LV_NAME_SIZE))
SPOIL(image_pci_access, image->header.board.pci_access = LV_PCI_LOONGSON + 1)
SPOIL(image_pci_wraps, image->header.board.pci_size = UINT64_MAX)
SPOIL(image_pci_in_ram, image->header.board.pci_base = BOARD_LOW_RAM - LV_PAGE_SIZE)
SPOIL(image_hv_not_ram, image->header.board.ram[0].size = BOARD_HV_BASE + BOARD_HV_SIZE - 1)
SPOIL(image_many_devices, image->header.board.num_devices = LV_BOARD_MAX_DEVICES + 1)
SPOIL(image_device_empty, image->header.board.devices[1].size = 0)
SPOIL(image_device_wraps, image->header.board.devices[0].size = UINT64_MAX)
SPOIL(image_device_in_ram, image->header.board.devices[0].base = BOARD_LOW_RAM - LV_PAGE_SIZE)
SPOIL(image_device_in_pci, image->header.board.devices[0].base = BOARD_PCI_BASE)
SPOIL(image_device_ipi, image->header.board.devices[1].size = 2ULL * LV_PAGE_SIZE)

static void spoil_image_device_msi(void) {
    image->header.board.devices[1].base = LV_MSI_DOORBELL_BASE + LV_MSI_DOORBELL_SIZE - 1;
}

static const struct spoiled spoiled_images[] = {
    {spoil_image_magic, "magic"},
    {spoil_image_version, "version"},
    {spoil_image_header_size, "version"},
    {spoil_image_no_zones, "zone table"},
    {spoil_image_many_zones, "zone table"},
    {spoil_image_max_zones, "zone table"},
    {spoil_image_zones_offset, "zone table"},
    {spoil_board_rtc_elsewhere, "real-time clock"},
    {spoil_board_rtc_unaligned, "real-time clock"},
    {spoil_image_no_cpus, "CPU"},
    {spoil_image_many_cpus, "CPU"},
    {spoil_image_cpu_twice, "CPU"},
    {spoil_image_cpu_number, "CPU"},
    {spoil_image_many_ranges, "memory ranges"},
    {spoil_image_ram_wraps, "memory range"},
    {spoil_image_ram_empty, "memory range"},
    {spoil_image_hv_empty, "hypervisor's memory"},
    {spoil_image_hv_wraps, "hypervisor's memory"},
    {spoil_image_hv_elsewhere, "hypervisor's memory"},
    {spoil_image_longer_than_hv, "hypervisor's memory"},
    {spoil_image_total_wraps, "hypervisor's memory"},
    {spoil_image_shorter_than_zones, ""},
    {spoil_image_name, "name"},
    {spoil_image_pci_access, "PCI"},
    {spoil_image_pci_wraps, "PCI"},
    {spoil_image_pci_in_ram, "PCI"},
    {spoil_image_hv_not_ram, "hypervisor's memory"},
    {spoil_image_many_devices, "device ranges"},
    {spoil_image_device_empty, "device range"},
    {spoil_image_device_wraps, "device range"},
    {spoil_image_device_in_ram, "RAM, too"},
    {spoil_image_device_in_pci, "PCI"},
    {spoil_image_device_ipi, "interrupt any CPU"},
    {spoil_image_device_msi, "interrupt any CPU"},
};

static void spoiled_images_are_refused(void **state) {
    for (unsigned i = 0; i < ARRAY_SIZE(spoiled_images); i++) {
        two_zones_and_a_third(state);
        spoiled_images[i].spoil();
        if (image->header.num_zones <= IMAGE_ZONES) {
            support_seal(image);
        }
        const char *reason = image_check(&image->header);
        if (reason == NULL) {
            fail_msg("spoiled image %u is accepted", i);
        } else {
            assert_text_has(reason, spoiled_images[i].word);
        }
    }
}

/* The image begins as far into its 64 KiB as the hypervisor does. */
static void images_between_two_multiples_are_refused(void **state) {
    (void)state;
    fake_reset();
    fake_put(image, sizeof(*image), BOARD_HV_BASE + LV_IMAGE_ALIGN + LV_PAGE_SIZE);
    assert_text_has(image_check(&image->header), "does not run at a multiple of 64 KiB");
    fake_reset();
    fake_put(image, sizeof(*image), BOARD_HV_BASE + 2ULL * LV_IMAGE_ALIGN);
    assert_null(image_check(&image->header));
}

/* One bit anywhere in header or zones; the checksum field itself included. */
static void damaged_images_are_refused(void **state) {
    const size_t size = sizeof(image->header) + sizeof(image->zones);

    (void)state;
    for (unsigned round = 0; round < 300; round++) {
        uint8_t *byte = (uint8_t *)image + support_random() % size;
        uint8_t flip = (uint8_t)(1u << support_random() % 8);
        *byte ^= flip;
        assert_non_null(image_check(&image->header));
        *byte ^= flip;
    }
    assert_null(image_check(&image->header));
}

SPOIL(magic, config->magic ^= 1)
SPOIL(version, config->version = 0)
SPOIL(size, config->size++)
SPOIL(zone_id, config->zone_id = LV_MAX_ZONES)
SPOIL(zone_exists, config->zone_id = 1)
SPOIL(num_regions, config->num_regions = LV_MAX_REGIONS + 1)
SPOIL(num_payloads, config->num_payloads = UINT32_MAX)
SPOIL(num_functions, config->num_pci_functions = LV_MAX_PCI_FUNCTIONS + 1)
SPOIL(flags, config->flags |= BIT(31))
SPOIL(lines, config->cpu_lines = 0x100)
SPOIL(name, memset(config->name, 'x', LV_NAME_SIZE))
SPOIL(second_root, config->flags |= LV_ZONE_ROOT)
SPOIL(ram_not_cleared, config->flags = 0)
SPOIL(no_cpus, config->cpus = 0)
SPOIL(cpu_not_of_board, config->cpus = BIT(BOARD_CPUS))
SPOIL(cpu_63, config->cpus |= BIT(63))
SPOIL(cpu_offline, atomic_store(&cpu_blocks[3].presence, CPU_GIVEN_UP))
SPOIL(cpu_of_other, config->cpus |= 0x4)
SPOIL(region_type, config->regions[0].type = LV_REGION_TYPES)
SPOIL(region_gpa, config->regions[0].gpa += 0x800)
SPOIL(region_hpa, config->regions[0].hpa += 8)
SPOIL(region_size, config->regions[0].size += 1)
SPOIL(region_empty, config->regions[0].size = 0)
SPOIL(region_gpa_high, config->regions[0].gpa = BIT(LV_GPA_BITS) - 0x1000)
SPOIL(region_size_wraps, config->regions[0].size = 0 - ZONE_RAM(2))
SPOIL(region_hpa_high, region_add(LV_REGION_IO, 0x1000, BIT(LV_GPA_BITS), 0x1000))
SPOIL(info_size, region_add(LV_REGION_INFO, 0x1000, 0, 0x2000))
SPOIL(ram_in_hv, config->regions[0].hpa = BOARD_HV_BASE)
SPOIL(ram_ends_in_hv, region_add(LV_REGION_RAM, 0, BOARD_HV_BASE - 0x1000, 0x2000))
SPOIL(ram_round_hv, region_add(LV_REGION_RAM, 0, 0, BOARD_LOW_RAM))
SPOIL(io_in_hv, region_add(LV_REGION_IO, 0, BOARD_HV_BASE + BOARD_HV_SIZE - 0x1000, 0x1000))
SPOIL(ram_not_of_board, region_add(LV_REGION_RAM, 0, 0x30000000, 0x1000))
SPOIL(ram_half_of_board, region_add(LV_REGION_RAM, 0, BOARD_LOW_RAM - 0x1000, 0x2000))
SPOIL(io_in_ram, region_add(LV_REGION_IO, 0, 0x90000000, 0x1000))
SPOIL(io_in_pci, region_add(LV_REGION_IO, 0, BOARD_PCI_BASE + 0x5000, 0x1000))
SPOIL(io_doorbell, region_add(LV_REGION_IO, 0, 0x2ff00000, 0x1000))
SPOIL(io_interrupts, region_add(LV_REGION_IO, 0, 0x1fe01000, 0x1000))
SPOIL(io_half_listed, region_add(LV_REGION_IO, 0, BOARD_DEVICES, BOARD_DEVICES_SIZE + 0x1000))
SPOIL(io_uart, region_add(LV_REGION_IO, 0, BOARD_UART_PAGE, 0x1000))
SPOIL(pci_size, region_add(LV_REGION_PCI_CONFIG, 0, 0, LV_PCI_CONFIG_MAX + LV_PAGE_SIZE))
SPOIL(no_ram, config->num_regions = 0)

static void spoil_io_poweroff(void) {
    image->header.board.poweroff_register = BOARD_DEVICES + 0x101c;
    region_add(LV_REGION_IO, 0, BOARD_DEVICES, 2ULL * LV_PAGE_SIZE);
}

static void spoil_io_reset(void) {
    image->header.board.reset_register = BOARD_DEVICES + 0x101e;
    region_add(LV_REGION_IO, 0, BOARD_DEVICES + 0x1000, LV_PAGE_SIZE);
}

static void spoil_two_pcis(void) {
    region_add(LV_REGION_PCI_CONFIG, 0, 0, LV_PAGE_SIZE);
    region_add(LV_REGION_PCI_CONFIG, LV_PAGE_SIZE, 0, LV_PAGE_SIZE);
}

static void spoil_pci_without(void) {
    image->header.board.pci_access = LV_PCI_NONE;
    region_add(LV_REGION_PCI_CONFIG, 0, 0, LV_PAGE_SIZE);
}

SPOIL(gpa_overlap, region_add(LV_REGION_HOLE, ZONE_RAM(2) + 0x1000, 0, 0x1000))
SPOIL(hpa_overlap, region_add(LV_REGION_RAM, 0x1000, ZONE_RAM(2) + 0x5000, 0x1000))
SPOIL(ram_of_other, region_add(LV_REGION_RAM, 0x1000, ZONE_RAM(1), 0x1000))
SPOIL(ram_of_root, region_add(LV_REGION_RAM, 0x1000, ZONE_RAM(0) + ZONE_RAM_SIZE - 0x1000, 0x1000))
SPOIL(payload_offset, config->payloads[0].offset += 4)
SPOIL(payload_gpa, config->payloads[0].gpa += 1)
SPOIL(payload_behind, config->payloads[0].offset = sizeof(*image))
SPOIL(payload_long, config->payloads[0].size = sizeof(*image))
SPOIL(payload_size_wraps, config->payloads[0].size = UINT64_MAX)
SPOIL(payload_nowhere, config->payloads[0].gpa = 0x5000)
SPOIL(payload_over_end, config->payloads[0].gpa = ZONE_RAM(2) + ZONE_RAM_SIZE - 8)
SPOIL(payload_over_other, config->payloads[config->num_payloads++] = config->payloads[0])
SPOIL(vector_of_other, config->vectors[1] = UINT32_MAX)
SPOIL(vector_group, config->vectors[3] = BIT(5))
SPOIL(function_twice, config->num_pci_functions = 2)
SPOIL(vectors_out_of_reach, image->header.board.phys_cpu_id[3] = cpu_blocks[3].phys_id = 4)

SPOIL(uart_size, region_add(LV_REGION_UART, 0x1000, 0, 0x2000))
SPOIL(power_hpa, region_add(LV_REGION_POWER, 0x1000, 0x1000, 0x1000))
SPOIL(pool_of_guest, region_add(LV_REGION_POOL, 0x90000000, 0x90000000, 0x200000))
SPOIL(io_shared, region_add(LV_REGION_IO, 0x1000, 0x10000000, 0x1000)->flags = LV_REGION_SHARED)
SPOIL(ram_flag, config->regions[0].flags = 2)
SPOIL(interrupt_of_ram, config->regions[0].interrupt = LV_INTERRUPT_LINE(3))
SPOIL(interrupt_of_hole,
      region_add(LV_REGION_HOLE, 0x1000, 0, 0x1000)->interrupt = LV_INTERRUPT_VECTOR(200))
SPOIL(event_of_guest,
      region_add(LV_REGION_INFO, 0x1000, 0, 0x1000)->interrupt = LV_INTERRUPT_LINE(7))
SPOIL(second_of_its_kind, region_add(LV_REGION_UART, 0x1000, 0, 0x1000)->index = 1)
SPOIL(poweroff_of_guest, config->on_poweroff = LV_POLICY_MACHINE)
SPOIL(reboot_unknown, config->on_reboot = 3)
SPOIL(failure_machine, config->on_failure = LV_POLICY_MACHINE)
SPOIL(watchdog_machine, config->on_watchdog = LV_POLICY_MACHINE)

static struct lv_region *add_device_page(uint32_t type) {
    return region_add(type, 0x40000000 + type * LV_PAGE_SIZE, 0, LV_PAGE_SIZE);
}

static void spoil_two_uarts(void) {
    (void)add_device_page(LV_REGION_UART);
    region_add(LV_REGION_UART, 0x1000, 0, LV_PAGE_SIZE);
}

static void spoil_uart_interrupt(uint32_t interrupt) {
    add_device_page(LV_REGION_UART)->interrupt = interrupt;
    config->cpu_lines = 0x10;
}

SPOIL(line_passed, spoil_uart_interrupt(LV_INTERRUPT_LINE(4)))
SPOIL(line_8, spoil_uart_interrupt(LV_INTERRUPT_LINE(8)))
SPOIL(vector_owned, spoil_uart_interrupt(LV_INTERRUPT_VECTOR(2 * 64 + 5)))
SPOIL(interrupt_kind, spoil_uart_interrupt(0x305))
SPOIL(interrupt_high, spoil_uart_interrupt(LV_INTERRUPT_LINE(3) | 0x10000))

static void spoil_interrupt_twice(void) {
    spoil_uart_interrupt(LV_INTERRUPT_VECTOR(200));
    add_device_page(LV_REGION_POWER)->interrupt = LV_INTERRUPT_VECTOR(200);
}

static void spoil_function_at_two_places(void) {
    config->num_pci_functions = 2;
    config->pci_functions[1].zone_devfn = 8;
}

static void spoil_function_at_one_place(void) {
    config->num_pci_functions = 2;
    config->pci_functions[1].devfn = 8;
}

static void spoil_function_of_other(void) {
    zone_find(1)->config.num_pci_functions = 1;
    zone_find(1)->config.pci_functions[0].devfn = 0x18;
    config->num_pci_functions = 1;
    config->pci_functions[0].devfn = 0x18;
    config->pci_functions[0].zone_devfn = 0x20;
}

/* A way to spoil a valid zone, and what is refused then. */
struct spoiled_zone {
    void (*spoil)(void);
    enum lv_refusal number;
    uint32_t index;
};

static const struct spoiled_zone spoiled_zones[] = {
    {spoil_magic, LV_REFUSAL_VERSION, 0},
    {spoil_version, LV_REFUSAL_VERSION, 0},
    {spoil_size, LV_REFUSAL_VERSION, 0},
    {spoil_zone_id, LV_REFUSAL_COUNT, 0},
    {spoil_zone_exists, LV_REFUSAL_EXISTS, 0},
    {spoil_num_regions, LV_REFUSAL_COUNT, 0},
    {spoil_num_payloads, LV_REFUSAL_COUNT, 0},
    {spoil_num_functions, LV_REFUSAL_COUNT, 0},
    {spoil_flags, LV_REFUSAL_FLAGS, 0},
    {spoil_lines, LV_REFUSAL_LINES, 0},
    {spoil_name, LV_REFUSAL_NAME, 0},
    {spoil_second_root, LV_REFUSAL_ROOT_ID, 0},
    {spoil_ram_not_cleared, LV_REFUSAL_RAM_UNCLEARED, 0},
    {spoil_no_cpus, LV_REFUSAL_NO_CPU, 0},
    {spoil_cpu_not_of_board, LV_REFUSAL_CPU_ABSENT, BOARD_CPUS},
    {spoil_cpu_63, LV_REFUSAL_CPU_ABSENT, 63},
    {spoil_cpu_offline, LV_REFUSAL_CPU_OFFLINE, 3},
    {spoil_cpu_of_other, LV_REFUSAL_CPU_TAKEN, 2},
    {spoil_region_type, LV_REFUSAL_REGION_TYPE, 0},
    {spoil_region_gpa, LV_REFUSAL_REGION_PAGES, 0},
    {spoil_region_hpa, LV_REFUSAL_REGION_PAGES, 0},
    {spoil_region_size, LV_REFUSAL_REGION_PAGES, 0},
    {spoil_region_empty, LV_REFUSAL_REGION_SPACE, 0},
    {spoil_region_gpa_high, LV_REFUSAL_REGION_SPACE, 0},
    {spoil_region_size_wraps, LV_REFUSAL_REGION_SPACE, 0},
    {spoil_region_hpa_high, LV_REFUSAL_REGION_SPACE, 1},
    {spoil_info_size, LV_REFUSAL_REGION_SIZE, 1},
    {spoil_ram_in_hv, LV_REFUSAL_REGION_OURS, 0},
    {spoil_ram_ends_in_hv, LV_REFUSAL_REGION_OURS, 1},
    {spoil_ram_round_hv, LV_REFUSAL_REGION_OURS, 1},
    {spoil_io_in_hv, LV_REFUSAL_IO_RANGE, 1},
    {spoil_ram_not_of_board, LV_REFUSAL_REGION_NOT_RAM, 1},
    {spoil_ram_half_of_board, LV_REFUSAL_REGION_NOT_RAM, 1},
    {spoil_io_in_ram, LV_REFUSAL_IO_RANGE, 1},
    {spoil_io_in_pci, LV_REFUSAL_IO_RANGE, 1},
    {spoil_io_doorbell, LV_REFUSAL_IO_RANGE, 1},
    {spoil_io_interrupts, LV_REFUSAL_IO_RANGE, 1},
    {spoil_io_half_listed, LV_REFUSAL_IO_RANGE, 1},
    {spoil_io_uart, LV_REFUSAL_IO_ROOTS, 1},
    {spoil_io_poweroff, LV_REFUSAL_IO_ROOTS, 1},
    {spoil_io_reset, LV_REFUSAL_IO_ROOTS, 1},
    {spoil_pci_size, LV_REFUSAL_PCI_SIZE, 1},
    {spoil_two_pcis, LV_REFUSAL_REGION_SECOND, 2},
    {spoil_pci_without, LV_REFUSAL_PCI_ABSENT, 1},
    {spoil_no_ram, LV_REFUSAL_NO_RAM, 0},
    {spoil_gpa_overlap, LV_REFUSAL_REGION_OVERLAP, 1},
    {spoil_hpa_overlap, LV_REFUSAL_REGION_OVERLAP, 1},
    {spoil_ram_of_other, LV_REFUSAL_REGION_TAKEN, 1},
    {spoil_ram_of_root, LV_REFUSAL_REGION_TAKEN, 1},
    {spoil_payload_offset, LV_REFUSAL_PAYLOAD_ALIGN, 0},
    {spoil_payload_gpa, LV_REFUSAL_PAYLOAD_ALIGN, 0},
    {spoil_payload_behind, LV_REFUSAL_PAYLOAD_SOURCE, 0},
    {spoil_payload_long, LV_REFUSAL_PAYLOAD_SOURCE, 0},
    {spoil_payload_size_wraps, LV_REFUSAL_PAYLOAD_SOURCE, 0},
    {spoil_payload_nowhere, LV_REFUSAL_PAYLOAD_TARGET, 0},
    {spoil_payload_over_end, LV_REFUSAL_PAYLOAD_TARGET, 0},
    {spoil_payload_over_other, LV_REFUSAL_PAYLOAD_OVERLAP, 1},
    {spoil_vector_of_other, LV_REFUSAL_VECTOR_TAKEN, 64},
    {spoil_vector_group, LV_REFUSAL_VECTOR_GROUP, 0},
    {spoil_vectors_out_of_reach, LV_REFUSAL_VECTOR_REACH, 0},
    {spoil_function_twice, LV_REFUSAL_FUNCTION_TWICE, 1},
    {spoil_function_at_two_places, LV_REFUSAL_FUNCTION_TWICE, 1},
    {spoil_function_at_one_place, LV_REFUSAL_FUNCTION_TWICE, 1},
    {spoil_function_of_other, LV_REFUSAL_FUNCTION_TAKEN, 0},
    {spoil_uart_size, LV_REFUSAL_REGION_SIZE, 1},
    {spoil_power_hpa, LV_REFUSAL_REGION_HPA, 1},
    {spoil_pool_of_guest, LV_REFUSAL_POOL_OF_GUEST, 1},
    {spoil_io_shared, LV_REFUSAL_REGION_FLAGS, 1},
    {spoil_ram_flag, LV_REFUSAL_REGION_FLAGS, 0},
    {spoil_two_uarts, LV_REFUSAL_REGION_SECOND, 2},
    {spoil_interrupt_of_ram, LV_REFUSAL_INTERRUPT, 0},
    {spoil_interrupt_of_hole, LV_REFUSAL_INTERRUPT, 1},
    {spoil_event_of_guest, LV_REFUSAL_INTERRUPT, 1},
    {spoil_line_passed, LV_REFUSAL_INTERRUPT, 1},
    {spoil_line_8, LV_REFUSAL_INTERRUPT, 1},
    {spoil_vector_owned, LV_REFUSAL_INTERRUPT, 1},
    {spoil_interrupt_kind, LV_REFUSAL_INTERRUPT, 1},
    {spoil_interrupt_high, LV_REFUSAL_INTERRUPT, 1},
    {spoil_interrupt_twice, LV_REFUSAL_INTERRUPT_TWICE, 2},
    {spoil_poweroff_of_guest, LV_REFUSAL_POLICY, 0},
    {spoil_reboot_unknown, LV_REFUSAL_POLICY, 0},
    {spoil_failure_machine, LV_REFUSAL_POLICY, 0},
    {spoil_watchdog_machine, LV_REFUSAL_POLICY, 0},
    {spoil_second_of_its_kind, LV_REFUSAL_REGION_INDEX, 1},
};

static void spoiled_zones_are_refused(void **state) {
    for (unsigned i = 0; i < ARRAY_SIZE(spoiled_zones); i++) {
        two_zones_and_a_third(state);
        spoiled_zones[i].spoil();
        struct refusal refusal = zone_check(&image->header, config, true);
        if (refusal.number != spoiled_zones[i].number || refusal.index != spoiled_zones[i].index) {
            fail_msg("spoiled zone %u: %s %u instead of %s %u", i, refusal_name(refusal.number),
                     refusal.index, refusal_name(spoiled_zones[i].number), spoiled_zones[i].index);
        }
    }
}

/* What follows is the judge of the mutation test, written without the functions under test. */

static bool disjoint(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size) {
    return (unsigned __int128)a + a_size <= b || (unsigned __int128)b + b_size <= a;
}

static bool takes_hpa(const struct lv_region *region) {
    return region->type == LV_REGION_RAM || region->type == LV_REGION_IO ||
           region->type == LV_REGION_POOL;
}

static void judge_backing(const struct lv_region *region) {
    bool in_low = (unsigned __int128)region->hpa + region->size <= BOARD_LOW_RAM;
    bool in_high = region->hpa >= FAKE_RAM_BASE &&
                   (unsigned __int128)region->hpa + region->size <= FAKE_RAM_BASE + 0x40000000;

    bool in_devices =
        region->hpa >= BOARD_DEVICES && (unsigned __int128)region->hpa + region->size <= 0x10100000;

    if (takes_hpa(region)) {
        assert_true(disjoint(region->hpa, region->size, BOARD_HV_BASE, BOARD_HV_SIZE));
        assert_true(region->type == LV_REGION_IO ? in_devices : in_low || in_high);
    }
}

static void judge_regions(const struct lv_zone_config *accepted) {
    for (uint32_t i = 0; i < accepted->num_regions; i++) {
        const struct lv_region *a = &accepted->regions[i];
        assert_true(a->size > 0);
        assert_int_equal((a->gpa | a->size) % LV_PAGE_SIZE, 0);
        assert_true((unsigned __int128)a->gpa + a->size <= BIT(LV_GPA_BITS));
        judge_backing(a);
        for (uint32_t j = 0; j < i; j++) {
            const struct lv_region *b = &accepted->regions[j];
            assert_true(disjoint(a->gpa, a->size, b->gpa, b->size));
            assert_true(!takes_hpa(a) || !takes_hpa(b) ||
                        disjoint(a->hpa, a->size, b->hpa, b->size));
        }
    }
}

static void judge_beside(const struct lv_zone_config *accepted, const struct zone *other) {
    assert_int_equal(accepted->cpus & other->config.cpus, 0);
    for (unsigned i = 0; i < LV_VECTOR_WORDS; i++) {
        assert_int_equal(accepted->vectors[i] & other->config.vectors[i], 0);
    }
    for (uint32_t i = 0; i < accepted->num_regions; i++) {
        for (uint32_t j = 0; j < other->config.num_regions; j++) {
            const struct lv_region *a = &accepted->regions[i];
            const struct lv_region *b = &other->config.regions[j];
            assert_true(!takes_hpa(a) || !takes_hpa(b) ||
                        disjoint(a->hpa, a->size, b->hpa, b->size));
        }
    }
}

static void judge(const struct lv_zone_config *accepted) {
    assert_int_equal(accepted->zone_id == 0, (accepted->flags & LV_ZONE_ROOT) != 0);
    assert_true(accepted->zone_id < LV_MAX_ZONES && accepted->zone_id > 1);
    assert_non_null(memchr(accepted->name, '\0', LV_NAME_SIZE));
    assert_true(accepted->cpus != 0 && accepted->cpus < BIT(BOARD_CPUS));
    assert_true(accepted->cpu_lines <= 0xff);
    judge_regions(accepted);
    judge_beside(accepted, zone_find(0));
    judge_beside(accepted, zone_find(1));
    for (uint32_t i = 0; i < accepted->num_payloads; i++) {
        const struct lv_payload *payload = &accepted->payloads[i];
        assert_true((unsigned __int128)payload->offset + payload->size <= sizeof(*image));
    }
}

/* Numbers that are near to something of interest more often than chance would have it. */
static uint64_t interesting(void) {
    static const uint64_t bases[] = {0,           1,           UINT64_MAX,    BOARD_HV_BASE,
                                     ZONE_RAM(0), ZONE_RAM(1), ZONE_RAM(2),   BOARD_PCI_BASE,
                                     1ULL << 46,  1ULL << 47,  ZONE_RAM_SIZE, BOARD_LOW_RAM,
                                     1ULL << 63,  0x1000,      FAKE_RAM_BASE, 0x40000000};
    uint64_t value = bases[support_random() % ARRAY_SIZE(bases)];

    switch (support_random() % 4) {
    case 0:
        return value + (support_random() % 5) * LV_PAGE_SIZE;
    case 1:
        return value - (support_random() % 5) * LV_PAGE_SIZE;
    case 2:
        return support_random();
    default:
        return value;
    }
}

/* Only the part of the structure that has something in it. */
static void mutate(struct lv_zone_config *victim) {
    const size_t regions = offsetof(struct lv_zone_config, regions);
    const size_t used = regions + 4 * sizeof(struct lv_region);
    uint64_t value = interesting();
    size_t at = support_random() % (used / 8) * 8;

    switch (support_random() % 8) {
    case 0:
        ((uint8_t *)victim)[support_random() % sizeof(*victim)] ^= (uint8_t)value;
        break;
    case 1:
        ((uint8_t *)victim)[support_random() % used] ^= (uint8_t)(1u << value % 8);
        break;
    case 2:
        victim->num_regions = (uint32_t)(support_random() % 5);
        break;
    case 3:
        memcpy((uint8_t *)victim + offsetof(struct lv_zone_config, cpus), &value, 8);
        break;
    default:
        at = support_random() % 2 == 0 ? at : regions + support_random() % 16 * 8;
        memcpy((uint8_t *)victim + at, &value, 8);
        break;
    }
}

static void mutants_never_take_what_is_not_theirs(void **state) {
    static struct lv_zone_config mutant;
    unsigned accepted = 0;
    unsigned changed = 0;

    (void)state;
    region_add(LV_REGION_RAM, 0x1000, 0x90000000, 0x200000);
    region_add(LV_REGION_IO, 0x10000000, 0x10000000, 0x1000);
    region_add(LV_REGION_HOLE, 0x18000000, 0, 0x4000);
    const uint32_t original = crc32_update(0, config, sizeof(*config));
    for (unsigned round = 0; round < 200000; round++) {
        mutant = *config;
        for (uint64_t times = 1 + support_random() % 3; times > 0; times--) {
            mutate(&mutant);
        }
        if (zone_check(&image->header, &mutant, true).number == LV_REFUSAL_NONE) {
            accepted++;
            changed += crc32_update(0, &mutant, sizeof(mutant)) != original ? 1 : 0;
            judge(&mutant);
        }
    }
    /* Otherwise the judge has seen nothing. */
    assert_true(accepted > 1000 && changed > 1000 && accepted < 150000);
}

/* Damaged images with a right checksum: no crash, and the zones that still pass are sound. */
static void mutated_boards_do_no_harm(void **state) {
    static struct lv_image_header original;

    (void)state;
    original = image->header;
    for (unsigned round = 0; round < 20000; round++) {
        uint64_t value = interesting();
        size_t at = support_random() % (sizeof(original) / 8) * 8;
        memcpy((uint8_t *)&image->header + at, &value, 8);
        if (image->header.num_zones <= IMAGE_ZONES) {
            support_seal(image);
        }
        if (image_check(&image->header) == NULL) {
            const struct lv_board *board = &image->header.board;
            assert_true(board->hv_base <= BOARD_HV_BASE + LV_IMAGE_ALIGN);
            assert_true((unsigned __int128)board->hv_base + board->hv_size >=
                        BOARD_HV_BASE + LV_IMAGE_ALIGN + image->header.total_size);
            if (zone_check(&image->header, config, true).number == LV_REFUSAL_NONE) {
                assert_true(disjoint(ZONE_RAM(2), ZONE_RAM_SIZE, board->hv_base, board->hv_size));
            }
        }
        image->header = original;
    }
}

int test_check(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(valid_ones_are_accepted, two_zones_and_a_third),
        cmocka_unit_test_setup(names_are_checked, two_zones_and_a_third),
        cmocka_unit_test_setup(root_zone_may_have_the_boards_own_registers, two_zones_and_a_third),
        cmocka_unit_test_setup(packed_zones_lie_outside_the_pool, two_zones_and_a_third),
        cmocka_unit_test_setup(pools_are_checked, two_zones_and_a_third),
        cmocka_unit_test_setup(spoiled_images_are_refused, two_zones_and_a_third),
        cmocka_unit_test_setup(images_between_two_multiples_are_refused, two_zones_and_a_third),
        cmocka_unit_test_setup(damaged_images_are_refused, two_zones_and_a_third),
        cmocka_unit_test_setup(spoiled_zones_are_refused, two_zones_and_a_third),
        cmocka_unit_test_setup(mutants_never_take_what_is_not_theirs, two_zones_and_a_third),
        cmocka_unit_test_setup(mutated_boards_do_no_harm, two_zones_and_a_third),
    };

    return cmocka_run_group_tests_name("configuration checks", tests, NULL, NULL);
}
