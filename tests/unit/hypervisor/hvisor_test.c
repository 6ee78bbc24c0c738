// SPDX-License-Identifier: GPL-2.0-or-later
/* compat/hvisor/hvisor.c: each call as hvisor-tool makes it, and wrongly. Zones 0 and 1 run, CPU 3
 * is free.
 */
#include <support.h>
#include <core/hypercall.h>
#include <irq/interrupt.h>
#include <compat/hvisor/bridge.h>
#include <lib/bits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define BUFFER   0x8000u
#define PAGE     0x4000u
#define POOL     (FAKE_RAM_BASE + 0x800000)
#define POOL_LEN 0x400000u
#define ZONE_ID  2u
#define CPU      3u
#define PCH_PIC  (BOARD_DEVICES + 0x8000) /* the root zone's */
#define FREE_IO  (BOARD_DEVICES + 0xa000)
#define ENTRY    0x90000000c0dff000ULL
#define RAM_GPA  0xc0000000ULL
#define RAM_LEN  0x100000u

static struct test_image *image;
static struct vcpu *root;
static struct vcpu *guest;
static struct lv_hvisor_zone *asked; /* in the root zone's RAM */

static void region_set(unsigned i, uint32_t type, hpa_t hpa, gpa_t gpa, uint64_t size) {
    asked->memory_regions[i] = (struct lv_hvisor_region){
        .type = type, .physical_start = hpa, .virtual_start = gpa, .size = size};
    asked->num_memory_regions = i + 1;
}

/* As hvisor's own examples for LoongArch: RAM, UART, a console and a disk. */
static void zone_ask(void) {
    asked = (void *)fake_ram(ZONE_RAM(0) + BUFFER);
    memset(asked, 0, sizeof(*asked));
    asked->zone_id = ZONE_ID;
    asked->cpus = BIT(CPU);
    region_set(0, LV_HVISOR_RAM, POOL, RAM_GPA, RAM_LEN);
    region_set(1, LV_HVISOR_IO, 0x1fe00000, 0x1fe00000, 0x1000);
    region_set(2, LV_HVISOR_VIRTIO, 0x30001000, 0x30001000, 0x200);
    region_set(3, LV_HVISOR_VIRTIO, 0x30002000, 0x30002000, 0x200);
    asked->interrupts_bitmap[0] = 0x30;
    asked->entry_point = ENTRY;
    asked->kernel_load_paddr = RAM_GPA;
    memcpy(asked->name, "linux2", sizeof("linux2"));
}

static int two_zones(void **state) {
    support_reset(state);
    image = support_image();
    struct lv_zone_config *config = &image->zones[0];
    config->regions[config->num_regions++] =
        (struct lv_region){.type = LV_REGION_POOL, .hpa = POOL, .gpa = POOL, .size = POOL_LEN};
    config->regions[config->num_regions++] =
        (struct lv_region){.type = LV_REGION_IO, .hpa = PCH_PIC, .gpa = PCH_PIC, .size = 0x1000};
    support_create_zone(image, 0);
    support_create_zone(image, 1);
    root = &zone_find(0)->vcpus[0];
    guest = &zone_find(1)->vcpus[0];
    zone_ask();
    return 0;
}

static int64_t call_as(struct vcpu *vcpu, uint64_t code, uint64_t a1, uint64_t a2) {
    fake_be_cpu(vcpu->cpu);
    return hypercall_handle(vcpu, code, a1, a2);
}

static int64_t call(uint64_t code, uint64_t a1, uint64_t a2) {
    return call_as(root, code, a1, a2);
}

static int64_t start(void) {
    return call(LV_HVISOR_ZONE_START, ZONE_RAM(0) + BUFFER, sizeof(*asked));
}

static const uint64_t known_codes[] = {0, 1, 2, 3, 4, 5, 6, 9, 11, 20};

static bool is_known(uint64_t code) {
    for (unsigned i = 0; i < ARRAY_SIZE(known_codes); i++) {
        if (known_codes[i] == code) {
            return true;
        }
    }
    return false;
}

static void only_the_root_zone_may(void **state) {
    (void)state;
    for (uint64_t code = 0; code < 0x100; code++) {
        assert_int_equal(call_as(guest, code, ZONE_RAM(1) + BUFFER, 8),
                         is_known(code) ? -LV_EPERM : -LV_ENOSYS);
        if (!is_known(code)) {
            assert_int_equal(call(code, ZONE_RAM(0) + BUFFER, 8), -LV_ENOSYS);
        }
    }
}

static void questions_have_answers(void **state) {
    uint64_t *answer = (void *)fake_ram(ZONE_RAM(0) + 4);

    (void)state;
    assert_int_equal(call(LV_HVISOR_CONFIG_CHECK, ZONE_RAM(0) + 4, 0), 0);
    assert_memory_equal(answer, "\6\0\0\0\0\0\0\0", 8);
    assert_int_equal(call(LV_HVISOR_IVC_INFO, ZONE_RAM(0) + 4, 0), 0);
    assert_memory_equal(answer, "\0\0\0\0\0\0\0\0", 8);
    assert_int_equal(call(LV_HVISOR_ECAM_BASE, ZONE_RAM(0) + 4, 0), 0);
    assert_int_equal(call(LV_HVISOR_CLEAR_INJECT, 0, 0), 0);
    assert_int_equal(call(LV_HVISOR_BOOT_MODE, ZONE_RAM(0), 16), -LV_ENOSYS);
}

static void pointers_lie_in_the_callers_ram(void **state) {
    static const uint64_t codes[] = {LV_HVISOR_VIRTIO_INIT, LV_HVISOR_ZONE_START,
                                     LV_HVISOR_ZONE_LIST, LV_HVISOR_IVC_INFO,
                                     LV_HVISOR_CONFIG_CHECK};
    const gpa_t bad[] = {0,
                         ZONE_RAM(1),
                         BOARD_HV_BASE,
                         ZONE_RAM(0) + ZONE_RAM_SIZE,
                         POOL,
                         1ULL << 63,
                         UINT64_MAX - LV_PAGE_SIZE + 1};

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(codes); i++) {
        for (unsigned j = 0; j < ARRAY_SIZE(bad); j++) {
            uint64_t a2 = codes[i] == LV_HVISOR_ZONE_START ? sizeof(*asked) : 1;
            assert_int_equal(call(codes[i], bad[j], a2), -LV_EFAULT);
        }
    }
    gpa_t end = ZONE_RAM(0) + ZONE_RAM_SIZE;
    assert_int_equal(call(LV_HVISOR_CONFIG_CHECK, end - 7, 0), -LV_EFAULT);
    assert_int_equal(call(LV_HVISOR_CONFIG_CHECK, end - 8, 0), 0);
    assert_int_equal(call(LV_HVISOR_ZONE_LIST, end - 56, UINT64_MAX), -LV_EFAULT);
    assert_int_equal(call(LV_HVISOR_ZONE_LIST, end - 56, 1), 1);
    assert_int_equal(call(LV_HVISOR_ZONE_LIST, end - 56, 2), -LV_EFAULT);
}

static void zones_are_listed(void **state) {
    struct lv_hvisor_info *list = (void *)fake_ram(ZONE_RAM(0) + BUFFER);

    (void)state;
    memset(list, 0xee, 3 * sizeof(*list));
    assert_int_equal(call(LV_HVISOR_ZONE_LIST, ZONE_RAM(0) + BUFFER, 32), 2);
    assert_int_equal(list[0].zone_id, 0);
    assert_int_equal(list[0].cpus, 1);
    assert_int_equal(list[0].is_err, 0);
    assert_int_equal(list[1].zone_id, 1);
    assert_int_equal(list[1].cpus, 6);
    assert_string_equal(list[1].name, "z1");
    assert_int_equal(*(uint8_t *)&list[2], 0xee);
    atomic_store(&zone_find(1)->life, LV_STATE_FAILED);
    assert_int_equal(call(LV_HVISOR_ZONE_LIST, ZONE_RAM(0) + BUFFER, 32), 2);
    assert_int_equal(list[1].is_err, 1);
    assert_int_equal(call(LV_HVISOR_ZONE_LIST, ZONE_RAM(0) + BUFFER, 1), 1);
    assert_int_equal(call(LV_HVISOR_ZONE_LIST, ZONE_RAM(0) + BUFFER, 0), 0);
}

static const struct lv_region *region_of(enum lv_region_type type, unsigned nth) {
    const struct lv_zone_config *config = &zone_find(ZONE_ID)->config;

    for (uint32_t i = 0; i < config->num_regions; i++) {
        if (config->regions[i].type == type && nth-- == 0) {
            return &config->regions[i];
        }
    }
    return NULL;
}

static void a_zone_is_started_as_it_was_loaded(void **state) {
    (void)state;
    memset(fake_ram(POOL), 0x5a, RAM_LEN);
    assert_int_equal(start(), 0);
    struct zone *zone = zone_find(ZONE_ID);
    assert_non_null(zone);
    assert_int_equal(support_serve(&zone->vcpus[0]), FAKE_ENTERED);
    assert_true(zone_is_running(zone));
    assert_int_equal(*fake_ram(POOL), 0x5a);
    assert_int_equal(*fake_ram(POOL + RAM_LEN - 1), 0x5a);
    assert_true(fake_vcpu(&zone->vcpus[0])->entry == (ENTRY & BITS(47, 0)));
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(fake_vcpu(&zone->vcpus[0])->args[i], 0);
    }
    assert_int_equal(region_of(LV_REGION_RAM, 0)->flags, LV_REGION_SHARED);
    assert_int_equal(region_of(LV_REGION_UART, 0)->gpa, 0x1fe00000);
    assert_int_equal(region_of(LV_REGION_VIRTIO, 1)->gpa, 0x30002000);
    assert_int_equal(region_of(LV_REGION_VIRTIO, 1)->size, LV_PAGE_SIZE);
    assert_int_equal(region_of(LV_REGION_HOLE, 0)->gpa, 0x18000000);
    assert_null(region_of(LV_REGION_IO, 0));
    assert_int_equal(start(), -LV_EEXIST);
}

/* A wide IO region loses its UART page and keeps the rest. */
static void the_uart_is_cut_out(void **state) {
    (void)state;
    image->header.board.uart_base = BOARD_DEVICES + 0x11e0;
    region_set(1, LV_HVISOR_IO, BOARD_DEVICES, 0x2fdff000, 0x4000);
    region_set(2, LV_HVISOR_VIRTIO, 0, 0x30001000, 0x1000);
    assert_int_equal(start(), 0);
    assert_int_equal(region_of(LV_REGION_IO, 0)->hpa, BOARD_DEVICES);
    assert_int_equal(region_of(LV_REGION_IO, 0)->size, 0x1000);
    assert_int_equal(region_of(LV_REGION_UART, 0)->gpa, 0x2fe00000);
    assert_int_equal(region_of(LV_REGION_IO, 1)->hpa, BOARD_DEVICES + 0x2000);
    assert_int_equal(region_of(LV_REGION_IO, 1)->gpa, 0x2fe01000);
    assert_int_equal(region_of(LV_REGION_IO, 1)->size, 0x2000);
}

/*
 * What hvisor's files for its LoongArch boards give a zone: a UART of its own, registers that the
 * root zone has, registers that nobody has, and some beyond the address space.
 */
static void io_that_is_not_the_zones_is_a_hole(void **state) {
    static const uint64_t nobodys[] = {0x50000000,           ZONE_RAM(1),
                                       BOARD_PCI_BASE,       BOARD_HV_BASE,
                                       LV_MSI_DOORBELL_BASE, LV_CHIP_INTERRUPTS_BASE};

    (void)state;
    region_set(4, LV_HVISOR_IO, PCH_PIC, PCH_PIC, 0x1000);
    region_set(5, LV_HVISOR_IO, FREE_IO, 0x10080000, 0x1000);
    region_set(6, LV_HVISOR_IO, 0xffffffff0000, 0xffffffff0000, 0x1000);
    region_set(7, LV_HVISOR_IO, 0, 0x40000000, UINT64_MAX);
    for (unsigned i = 0; i < ARRAY_SIZE(nobodys); i++) {
        region_set(8 + i, LV_HVISOR_IO, nobodys[i], 0x20000000 + i * 0x10000, 0x1000);
    }
    assert_int_equal(start(), 0);
    assert_int_equal(region_of(LV_REGION_UART, 0)->gpa, 0x1fe00000);
    assert_int_equal(region_of(LV_REGION_HOLE, 0)->gpa, PCH_PIC);
    for (unsigned i = 0; i < ARRAY_SIZE(nobodys); i++) {
        assert_int_equal(region_of(LV_REGION_HOLE, 1 + i)->gpa, 0x20000000 + i * 0x10000);
        assert_int_equal(region_of(LV_REGION_HOLE, 1 + i)->hpa, 0);
    }
    assert_int_equal(region_of(LV_REGION_HOLE, 1 + ARRAY_SIZE(nobodys))->gpa, 0x18000000);
    assert_int_equal(region_of(LV_REGION_IO, 0)->gpa, 0x10080000);
    assert_null(region_of(LV_REGION_IO, 1));
    assert_text_has(support_log(), "bytes, is not the zone's to have");
    assert_text_has(support_log(), "IO at GPA ffffffff0000 is beyond 2^47: left out");
}

/* As hvisor's examples place them, 512 bytes each, and one that ends in the next page. */
static void devices_share_pages(void **state) {
    (void)state;
    region_set(2, LV_HVISOR_VIRTIO, 0, 0xa003600, 0x200);
    region_set(3, LV_HVISOR_VIRTIO, 0, 0xa005200, 0x200);
    region_set(4, LV_HVISOR_VIRTIO, 0, 0xa003800, 0x200);
    region_set(5, LV_HVISOR_VIRTIO, 0, 0xa003c00, 0x200);
    region_set(6, LV_HVISOR_VIRTIO, 0, 0xa007e00, 0x400);
    region_set(7, LV_HVISOR_VIRTIO, 0, 0xa003000, 0x2800);
    region_set(8, LV_HVISOR_IO, FREE_IO + 0x200, 0x40000200, 0x200);
    assert_int_equal(start(), 0);
    assert_int_equal(region_of(LV_REGION_VIRTIO, 0)->gpa + region_of(LV_REGION_VIRTIO, 1)->gpa,
                     0xa003000 + 0xa007000);
    for (unsigned i = 0; i < 2; i++) {
        const struct lv_region *region = region_of(LV_REGION_VIRTIO, i);
        assert_int_equal(region->size, region->gpa == 0xa003000 ? 0x3000 : 0x2000);
    }
    assert_null(region_of(LV_REGION_VIRTIO, 2));
    assert_int_equal(region_of(LV_REGION_IO, 0)->hpa, FREE_IO);
    assert_int_equal(region_of(LV_REGION_IO, 0)->size, 0x1000);
}

/* The user sees -EINVAL; the log says why. */
static void refusals_have_a_reason(void **state) {
    (void)state;
    asked->num_ivc_configs = 1;
    assert_int_equal(start(), -LV_EINVAL);
    assert_text_has(support_log(), "zone 2 refused: hvisor's form of it");
    zone_ask();
    asked->cpus = BIT(1);
    assert_int_equal(start(), -LV_EINVAL);
    assert_text_has(support_log(), "zone 2 refused: CPU_TAKEN 1");
}

struct spoiled {
    const char *what;
    void (*spoil)(void);
    int64_t error;
};

#define SPOIL(name, statement)                                                                     \
    static void spoil_##name(void) {                                                               \
        statement;                                                                                 \
    }

SPOIL(id_root, asked->zone_id = 0)
SPOIL(id_large, asked->zone_id = LV_MAX_ZONES)
SPOIL(id_exists, asked->zone_id = 1)
SPOIL(cpus_none, asked->cpus = 0)
SPOIL(cpus_absent, asked->cpus = BIT(40))
SPOIL(cpus_taken, asked->cpus = BIT(1))
SPOIL(regions_many, asked->num_memory_regions = 65)
SPOIL(regions_huge, asked->num_memory_regions = UINT32_MAX)
SPOIL(region_type, asked->memory_regions[2].type = 3)
SPOIL(region_empty, asked->memory_regions[2].size = 0)
SPOIL(ram_of_root, asked->memory_regions[0].physical_start = ZONE_RAM(0))
SPOIL(ram_of_zone, asked->memory_regions[0].physical_start = ZONE_RAM(1))
SPOIL(ram_of_hypervisor, asked->memory_regions[0].physical_start = BOARD_HV_BASE)
SPOIL(ram_nowhere, asked->memory_regions[0].physical_start = 0xffffffff0000)
SPOIL(ram_unaligned, asked->memory_regions[0].physical_start += 8)
SPOIL(ram_wraps, asked->memory_regions[0].size = 0 - POOL)
SPOIL(ram_beyond_pool, asked->memory_regions[0].size = POOL_LEN + 0x1000)
SPOIL(gpa_unaligned, asked->memory_regions[0].virtual_start += 8)
SPOIL(gpa_overlap, asked->memory_regions[1].virtual_start = 0x30001000)
SPOIL(gpa_high, asked->memory_regions[0].virtual_start = BIT(47))
SPOIL(virtio_wraps, asked->memory_regions[3].size = UINT64_MAX)
SPOIL(virtio_high, asked->memory_regions[3].virtual_start = BIT(47))
SPOIL(io_unaligned, region_set(1, LV_HVISOR_IO, 0x40000000, 0x40000008, 0x1000))
SPOIL(io_empty, region_set(1, LV_HVISOR_IO, 0x40000000, 0x40000008, 0))
SPOIL(channels, asked->num_ivc_configs = 1)
SPOIL(buses, asked->num_pci_bus = 5)
SPOIL(devices, asked->num_pci_devs = 33)
SPOIL(devices_huge, asked->num_pci_devs = UINT64_MAX)
SPOIL(name, memset(asked->name, 'x', sizeof(asked->name)))
SPOIL(name_is_number, memcpy(asked->name, "3", sizeof("3")))
SPOIL(name_is_option, memcpy(asked->name, "--force", sizeof("--force")))

static void spoil_two_uarts(void) {
    region_set(4, LV_HVISOR_IO, 0x1fe00000, 0x2fe00000, 0x1000);
}

static void spoil_many_parts(void) {
    for (unsigned i = 4; i < LV_HVISOR_REGIONS; i++) {
        region_set(i, LV_HVISOR_VIRTIO, 0, 0x40000000 + i * 0x1000, 0x1000);
    }
    region_set(1, LV_HVISOR_IO, 0x1fdff000, 0x1fdff000, 0x4000);
    asked->num_memory_regions = LV_HVISOR_REGIONS;
}

static void device_spoil(const struct lv_hvisor_pci_device *device) {
    asked->num_pci_devs = 1;
    asked->alloc_pci_devs[0] = *device;
}

SPOIL(device_domain, device_spoil(&(struct lv_hvisor_pci_device){.domain = 1}))
SPOIL(device_virtual, device_spoil(&(struct lv_hvisor_pci_device){.dev_type = 1}))
SPOIL(device_number, device_spoil(&(struct lv_hvisor_pci_device){.device = 32}))
SPOIL(device_function, device_spoil(&(struct lv_hvisor_pci_device){.v_function = 8}))

static const struct spoiled spoiled_zones[] = {
    {"the root zone's id", spoil_id_root, -LV_EEXIST},
    {"id out of range", spoil_id_large, -LV_EINVAL},
    {"id of a zone", spoil_id_exists, -LV_EEXIST},
    {"no CPU", spoil_cpus_none, -LV_EINVAL},
    {"a CPU that is not there", spoil_cpus_absent, -LV_EINVAL},
    {"a CPU of another zone", spoil_cpus_taken, -LV_EINVAL},
    {"65 regions", spoil_regions_many, -LV_EINVAL},
    {"many regions", spoil_regions_huge, -LV_EINVAL},
    {"unknown type", spoil_region_type, -LV_EINVAL},
    {"empty region", spoil_region_empty, -LV_EINVAL},
    {"RAM of the root zone", spoil_ram_of_root, -LV_EINVAL},
    {"RAM of another zone", spoil_ram_of_zone, -LV_EINVAL},
    {"RAM of the hypervisor", spoil_ram_of_hypervisor, -LV_EINVAL},
    {"RAM that is not there", spoil_ram_nowhere, -LV_EINVAL},
    {"RAM not of whole pages", spoil_ram_unaligned, -LV_EINVAL},
    {"RAM that wraps", spoil_ram_wraps, -LV_EINVAL},
    {"RAM beyond the pool", spoil_ram_beyond_pool, -LV_EINVAL},
    {"GPA not at a page", spoil_gpa_unaligned, -LV_EINVAL},
    {"GPA twice", spoil_gpa_overlap, -LV_EINVAL},
    {"GPA too high", spoil_gpa_high, -LV_EINVAL},
    {"virtio that wraps", spoil_virtio_wraps, -LV_EINVAL},
    {"virtio too high", spoil_virtio_high, -LV_EINVAL},
    {"IO not at the same place in its page", spoil_io_unaligned, -LV_EINVAL},
    {"empty IO", spoil_io_empty, -LV_EINVAL},
    {"channels", spoil_channels, -LV_EINVAL},
    {"five buses", spoil_buses, -LV_EINVAL},
    {"33 devices", spoil_devices, -LV_EINVAL},
    {"many devices", spoil_devices_huge, -LV_EINVAL},
    {"endless name", spoil_name, -LV_EINVAL},
    {"a number for a name", spoil_name_is_number, -LV_EINVAL},
    {"an option for a name", spoil_name_is_option, -LV_EINVAL},
    {"two UARTs", spoil_two_uarts, -LV_EINVAL},
    {"more regions than fit", spoil_many_parts, -LV_EINVAL},
    {"PCI domain", spoil_device_domain, -LV_EINVAL},
    {"virtual PCI device", spoil_device_virtual, -LV_EINVAL},
    {"PCI device number", spoil_device_number, -LV_EINVAL},
    {"PCI function number", spoil_device_function, -LV_EINVAL},
};

static void malformed_zones_are_refused(void **state) {
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(spoiled_zones); i++) {
        zone_ask();
        spoiled_zones[i].spoil();
        int64_t result = start();
        if (result != spoiled_zones[i].error) {
            fail_msg("%s: %lld", spoiled_zones[i].what, (long long)result);
        }
        assert_null(zone_find(ZONE_ID));
    }
    zone_ask();
    static const uint64_t sizes[] = {0, 1, 3183, 3185, UINT64_MAX};
    for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
        assert_int_equal(call(LV_HVISOR_ZONE_START, ZONE_RAM(0) + BUFFER, sizes[i]), -LV_EINVAL);
    }
    assert_int_equal(start(), 0);
}

#define FEW_REGIONS  2u
#define MANY_REGIONS 30u
#define FLIPS        200000u

/* Another CPU of the root zone. That it races is the point, so the thread sanitizer does not look.
 */
__attribute__((no_sanitize("thread"))) static void *flip_regions(void *ended) {
    volatile uint32_t *count = &asked->num_memory_regions;

    while (!atomic_load((atomic_bool *)ended)) {
        *count = FEW_REGIONS;
        *count = MANY_REGIONS;
    }
    return NULL;
}

static unsigned mixtures;

/* One region more is the hole where Linux probes. */
static bool count_mixtures(const struct lv_zone_config *config) {
    uint32_t found = config->num_regions - 1;

    mixtures += found != FEW_REGIONS && found != MANY_REGIONS ? 1 : 0;
    return false;
}

/* The structure that counts is one of those that were there, not a mixture. */
static void structure_is_read_once(void **state) {
    atomic_bool ended = false;
    pthread_t other;

    (void)state;
    for (unsigned i = 1; i < MANY_REGIONS; i++) {
        region_set(i, LV_HVISOR_VIRTIO, 0, 0x40000000 + i * LV_PAGE_SIZE, LV_PAGE_SIZE);
    }
    support_on_create = count_mixtures;
    mixtures = 0;
    assert_int_equal(pthread_create(&other, NULL, flip_regions, &ended), 0);
    for (unsigned i = 0; i < FLIPS && mixtures == 0; i++) {
        assert_int_equal(start(), -LV_EINVAL);
    }
    atomic_store(&ended, true);
    assert_int_equal(pthread_join(other, NULL), 0);
    assert_int_equal(mixtures, 0);
}

static void pci_comes_along(void **state) {
    (void)state;
    image->header.board.pci_access = LV_PCI_ECAM;
    asked->num_pci_bus = 1;
    asked->pci_config[0].ecam_base = 0xfe00000000;
    asked->pci_config[0].ecam_size = 0x20000000;
    asked->num_pci_devs = 1;
    asked->alloc_pci_devs[0] = (struct lv_hvisor_pci_device){
        .bus = 6, .device = 1, .function = 2, .v_bus = 1, .v_device = 3, .v_function = 4};
    assert_int_equal(start(), 0);
    const struct lv_pci_function *function = &zone_find(ZONE_ID)->config.pci_functions[0];
    assert_int_equal(function->bus, 6);
    assert_int_equal(function->devfn, 1 << 3 | 2);
    assert_int_equal(function->zone_bus, 1);
    assert_int_equal(function->zone_devfn, 3 << 3 | 4);
    assert_true(region_of(LV_REGION_PCI_CONFIG, 0)->gpa == 0xfe00000000);
}

/* Stopped, cleared, destroyed; answered when that is done, and then the id is free. */
static void a_zone_is_shut_down(void **state) {
    (void)state;
    memset(fake_ram(POOL), 0x5a, RAM_LEN);
    assert_int_equal(start(), 0);
    struct zone *zone = zone_find(ZONE_ID);
    assert_int_equal(support_serve(&zone->vcpus[0]), FAKE_ENTERED);
    assert_true(call(LV_HVISOR_ZONE_SHUTDOWN, ZONE_ID, 0) == HYPERCALL_AGAIN);
    assert_int_equal(zone_state(zone), LV_STATE_STOPPING);
    assert_true(call(LV_HVISOR_ZONE_SHUTDOWN, ZONE_ID, 0) == HYPERCALL_AGAIN);
    support_leave(zone);
    assert_int_equal(zone_state(zone), LV_STATE_STOPPED);
    assert_true(call(LV_HVISOR_ZONE_SHUTDOWN, ZONE_ID, 0) == HYPERCALL_AGAIN);
    assert_int_equal(zone_state(zone), LV_STATE_DESTROYING);
    support_leave(zone);
    assert_null(zone_find(ZONE_ID));
    assert_int_equal(*fake_ram(POOL), 0);
    assert_int_equal(*fake_ram(POOL + RAM_LEN - 1), 0);
    assert_int_equal(call(LV_HVISOR_ZONE_SHUTDOWN, ZONE_ID, 0), 0);
    assert_int_equal(call(LV_HVISOR_ZONE_SHUTDOWN, ZONE_ID, 0), -LV_ENOENT);
    assert_int_equal(start(), 0);
}

static void what_cannot_be_shut_down(void **state) {
    (void)state;
    assert_int_equal(call(LV_HVISOR_ZONE_SHUTDOWN, 0, 0), -LV_EINVAL);
    assert_int_equal(call(LV_HVISOR_ZONE_SHUTDOWN, LV_MAX_ZONES, 0), -LV_EINVAL);
    assert_int_equal(call(LV_HVISOR_ZONE_SHUTDOWN, BIT(32) + 1, 0), -LV_EINVAL);
    assert_int_equal(call(LV_HVISOR_ZONE_SHUTDOWN, UINT64_MAX, 0), -LV_EINVAL);
    assert_int_equal(call(LV_HVISOR_ZONE_SHUTDOWN, ZONE_ID, 0), -LV_ENOENT);
    assert_true(zone_is_running(zone_find(0)) && zone_is_running(zone_find(1)));
}

static void the_bridge_is_opened(void **state) {
    struct lv_hvisor_bridge *page = (void *)fake_ram(ZONE_RAM(0) + PAGE);

    (void)state;
    assert_int_equal(call(LV_HVISOR_VIRTIO_FINISH, 0, 0), -LV_ENODEV);
    assert_int_equal(call(LV_HVISOR_VIRTIO_INIT, ZONE_RAM(0) + 8, 0), -LV_EINVAL);
    assert_int_equal(call(LV_HVISOR_VIRTIO_INIT, ZONE_RAM(0) + PAGE, 0), 0);
    page->results[0] = (struct lv_hvisor_result){.target_zone = 1, .irq_id = 5};
    page->res_rear = 1;
    assert_int_equal(call(LV_HVISOR_VIRTIO_FINISH, 0, 0), 0);
    assert_int_equal(zone_device_lines(zone_find(1), 0), BIT(3));
    assert_int_equal(call(LV_HVISOR_DEASSERT, 1, 4), 0);
    assert_int_equal(zone_device_lines(zone_find(1), 0), BIT(3));
    assert_int_equal(call(LV_HVISOR_DEASSERT, 1, 5), 0);
    assert_int_equal(zone_device_lines(zone_find(1), 0), 0);
    assert_int_equal(call(LV_HVISOR_DEASSERT, 0, 4), 0);
    assert_int_equal(call(LV_HVISOR_DEASSERT, 0, 5), -LV_EINVAL);
    assert_int_equal(call(LV_HVISOR_DEASSERT, 1, 1), -LV_EINVAL);
    assert_int_equal(call(LV_HVISOR_DEASSERT, 1, BIT(32) + 4), -LV_EINVAL);
    assert_int_equal(call(LV_HVISOR_DEASSERT, 9, 4), -LV_ENOENT);
    assert_int_equal(call(LV_HVISOR_DEASSERT, UINT64_MAX, 4), -LV_ENOENT);
    zone_find(0)->config.cpu_lines = 0xff;
    assert_int_equal(call(LV_HVISOR_VIRTIO_INIT, ZONE_RAM(0) + LV_PAGE_SIZE, 0), -LV_ENODEV);
}

/* Any bytes: an answer, nothing broken, and the others run on. */
static void random_zones_do_no_harm(void **state) {
    (void)state;
    for (unsigned round = 0; round < 2000; round++) {
        zone_ask();
        for (unsigned i = support_random() % 6; i > 0; i--) {
            size_t at = support_random() % (support_random() % 2 == 0 ? 0x98 : sizeof(*asked));
            ((uint8_t *)asked)[at] ^= (uint8_t)support_random();
        }
        uint32_t id = asked->zone_id;
        if (start() == 0) {
            assert_true(id > 1 && id < LV_MAX_ZONES);
            struct zone *zone = zone_find(id);
            support_serve(&zone->vcpus[0]);
            assert_true(call(LV_HVISOR_ZONE_SHUTDOWN, id, 0) == HYPERCALL_AGAIN);
            support_leave(zone);
            assert_true(call(LV_HVISOR_ZONE_SHUTDOWN, id, 0) == HYPERCALL_AGAIN);
            support_leave(zone);
            assert_int_equal(call(LV_HVISOR_ZONE_SHUTDOWN, id, 0), 0);
        }
        assert_true(zone_is_running(zone_find(0)) && zone_is_running(zone_find(1)));
    }
}

int test_hvisor(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(only_the_root_zone_may, two_zones),
        cmocka_unit_test_setup(questions_have_answers, two_zones),
        cmocka_unit_test_setup(pointers_lie_in_the_callers_ram, two_zones),
        cmocka_unit_test_setup(zones_are_listed, two_zones),
        cmocka_unit_test_setup(a_zone_is_started_as_it_was_loaded, two_zones),
        cmocka_unit_test_setup(the_uart_is_cut_out, two_zones),
        cmocka_unit_test_setup(io_that_is_not_the_zones_is_a_hole, two_zones),
        cmocka_unit_test_setup(devices_share_pages, two_zones),
        cmocka_unit_test_setup(refusals_have_a_reason, two_zones),
        cmocka_unit_test_setup(malformed_zones_are_refused, two_zones),
        cmocka_unit_test_setup(structure_is_read_once, two_zones),
        cmocka_unit_test_setup(pci_comes_along, two_zones),
        cmocka_unit_test_setup(a_zone_is_shut_down, two_zones),
        cmocka_unit_test_setup(what_cannot_be_shut_down, two_zones),
        cmocka_unit_test_setup(the_bridge_is_opened, two_zones),
        cmocka_unit_test_setup(random_zones_do_no_harm, two_zones),
    };

    return cmocka_run_group_tests_name("hvisor", tests, NULL, NULL);
}
