// SPDX-License-Identifier: GPL-2.0-or-later
#include "zone_defaults.h"

#include "array.h"
#include "zone_arguments.h"
#include "zone_devices.h"

#include <inttypes.h>
#include <loongvisor/image.h>

/* RAM lies around the devices at 0x10000000-0x1fffffff, as on QEMU's virt and the LS7A boards. */
#define ZONE_LOW_RAM_END   0x10000000u
#define ZONE_HIGH_RAM_BASE 0x80000000u
/* The least just holds kernel, device tree and boot tables; no machine has more than the most. */
#define ZONE_MEMORY_MIN ((uint64_t)4 << 20)
#define ZONE_MEMORY_MAX ((uint64_t)1 << 40)

#define ZONE_UART_VECTOR 2u

/* A kernel needs a room for rings beside its bounce buffers, and 16 MiB at least are DMA memory. */
#define ZONE_WINDOW_DEFAULT ((uint64_t)68 << 20)
#define ZONE_WINDOW_MIN     ((uint64_t)32 << 20)
/* Linux's struct io_tlb_slot; its areas, one for each CPU, take a part of a page. */
#define ZONE_BOUNCE_ENTRY 24u
#define ZONE_LINUX_PAGE   0x4000u
/* The devices are above. */
#define ZONE_WINDOW_MAX (ZONE_LOW_RAM_END - ZONE_WINDOW_BASE)

static bool zone_check_memory(struct report *report, const struct zone_file *zone) {
    const struct field_number *memory = &zone->memory;
    if (zone->is_root) {
        report_error(report, &memory->node->place, "give it \"memory_regions\"",
                     "the root zone's RAM is the machine's: GPA = HPA");
        return false;
    }
    if (memory->value < ZONE_MEMORY_MIN || memory->value > ZONE_MEMORY_MAX ||
        memory->value % LV_BLOCK_SIZE != 0) {
        report_error(report, &memory->node->place,
                     "give a multiple of 2 MiB such as \"256M\", from \"4M\" to \"1024G\"",
                     "not a size of RAM that a zone can have");
        return false;
    }
    return true;
}

static void zone_add_ram(struct report *report, struct zone_file *zone, uint64_t gpa, uint64_t size,
                         uint32_t flags) {
    struct lv_region ram = {.type = LV_REGION_RAM, .flags = flags, .gpa = gpa, .size = size};
    struct zone_region *region =
        size != 0 ? zone_file_add_region(report, zone, zone->memory.node, &ram) : NULL;
    if (region != NULL) {
        region->floating = true;
    }
}

static bool zone_has_region(const struct zone_file *zone, enum lv_region_type type) {
    for (size_t i = 0; i < zone->num_regions; i++) {
        if (zone->regions[i].type_name.text != NULL && zone->regions[i].type == type) {
            return true;
        }
    }
    return false;
}

/* A region of the same type in the file replaces the default. */
static void zone_add_devices(struct report *report, struct zone_file *zone) {
    static const struct lv_region devices[] = {
        {.type = LV_REGION_UART, .gpa = LV_UART_PAGE, .size = LV_PAGE_SIZE},
        {.type = LV_REGION_POWER, .gpa = LV_POWER_PAGE, .size = LV_PAGE_SIZE},
        {.type = LV_REGION_HOLE, .gpa = LV_ISA_BASE, .size = LV_ISA_SIZE},
        {.type = LV_REGION_INFO, .gpa = LV_INFO_PAGE, .size = LV_PAGE_SIZE},
        {.type = LV_REGION_CLOCK, .gpa = LV_CLOCK_PAGE, .size = LV_PAGE_SIZE},
    };
    for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
        if (!zone_has_region(zone, (enum lv_region_type)devices[i].type)) {
            zone_file_add_region(report, zone, zone->memory.node, &devices[i]);
        }
    }
}

/* The size of the window; 0: none that the zone can have (reported). */
static uint64_t zone_window_size(struct report *report, const struct zone_file *zone) {
    const struct field_number *given = &zone->window;
    const struct place *place = given->node ? &given->node->place : &zone->memory.node->place;
    uint64_t size = given->node ? given->value : ZONE_WINDOW_DEFAULT;
    if (given->node != NULL && !given->good) {
        return 0;
    }
    if (size < ZONE_WINDOW_MIN || size > ZONE_WINDOW_MAX || size % LV_BLOCK_SIZE != 0) {
        report_error(report, place, "give a multiple of 2 MiB from \"32M\" to \"252M\"",
                     "not a size that a window can have");
        return 0;
    }
    if (zone->memory.value < ZONE_WINDOW_BASE + size + ZONE_MEMORY_MIN) {
        report_error(report, place,
                     "give the zone more \"memory\" or a smaller \"window\", or choose \"share\": "
                     "\"all\"",
                     "a window of %" PRIu64 " MiB leaves no memory to the zone itself", size >> 20);
        return 0;
    }
    return size;
}

/*
 * The low part. The kernel never hands out the first 2 MiB: boot tables and device tree lie there.
 * Behind them is room for the table of bounce buffers alone, which the kernel allocates from the
 * lowest free memory. It says where each buffer's data are: who writes to it reads all memory. What
 * it left over here, the kernel would take for rings and find out of reach.
 */
static uint64_t zone_low_size(const struct zone_file *zone, uint64_t window) {
    uint64_t table = zone_bounce_slots(zone, window) * ZONE_BOUNCE_ENTRY;
    uint64_t pages = (table + ZONE_LINUX_PAGE - 1) / ZONE_LINUX_PAGE + 1;
    return LV_BLOCK_SIZE + pages * ZONE_LINUX_PAGE;
}

static void zone_add_window(struct report *report, struct zone_file *zone) {
    uint64_t size = zone_window_size(report, zone);
    if (size != 0) {
        zone_add_ram(report, zone, 0, zone_low_size(zone, size), 0);
        zone_add_ram(report, zone, ZONE_WINDOW_BASE, size, LV_REGION_SHARED);
        zone_add_ram(report, zone, ZONE_PRIVATE_BASE, zone->memory.value - ZONE_WINDOW_BASE - size,
                     0);
    }
}

static void zone_expand_memory(struct report *report, struct zone_file *zone) {
    uint64_t size = zone->memory.value;
    uint64_t low = size < ZONE_LOW_RAM_END ? size : ZONE_LOW_RAM_END;
    if (!zone_check_memory(report, zone)) {
        return;
    }
    if (zone->share == ZONE_SHARE_WINDOW) {
        zone_add_window(report, zone);
    } else {
        zone_add_ram(report, zone, 0, low, 0);
        zone_add_ram(report, zone, ZONE_HIGH_RAM_BASE, size - low, 0);
    }
    zone_add_devices(report, zone);
}

/* What the hypervisor wants around virtual functions. */
static void zone_add_bus(struct report *report, struct zone_file *zone) {
    static const struct lv_region bus[] = {
        {.type = LV_REGION_PCI_CONFIG, .gpa = LV_PCI_CONFIG_BASE, .size = LV_PCI_CONFIG_MAX},
        {.type = LV_REGION_VIRTIO_BARS,
         .gpa = LV_PCI_MEMORY_BASE,
         .size = (uint64_t)LV_MAX_VIRTIO * LV_VIRTIO_BAR_SIZE},
    };
    for (size_t i = 0; zone->num_devices != 0 && i < ARRAY_SIZE(bus); i++) {
        if (!zone_has_region(zone, (enum lv_region_type)bus[i].type)) {
            zone_file_add_region(report, zone, zone->devices_node, &bus[i]);
        }
    }
}

static void zone_set_share(struct report *report, struct zone_file *zone) {
    bool has_memory = zone->memory.node != NULL;
    if (zone->share == ZONE_SHARE_DEFAULT) {
        zone->share = zone->num_devices != 0 && has_memory ? ZONE_SHARE_WINDOW : ZONE_SHARE_NONE;
    } else if (zone->share == ZONE_SHARE_WINDOW && !has_memory) {
        report_error(report, &zone->share_name.node->place,
                     "give it \"memory\", or mark a region of RAM as \"shared\"",
                     "a window is a part of \"memory\"");
    } else if (zone->share != ZONE_SHARE_NONE && zone->is_root) {
        report_error(report, &zone->share_name.node->place, "remove it",
                     "only another zone's RAM can be shared with the root zone");
        zone->share = ZONE_SHARE_NONE;
    }
    if (zone->window.node != NULL && zone->share != ZONE_SHARE_WINDOW) {
        report_error(report, &zone->window.node->place,
                     "remove it, or choose \"share\": \"window\"", "the zone has no window");
    }
}

static void zone_share_all(struct zone_file *zone) {
    for (size_t i = 0; i < zone->num_regions; i++) {
        struct zone_region *region = &zone->regions[i];
        bool is_ram = region->good && region->type == LV_REGION_RAM;
        region->shared.value = region->shared.value || is_ram;
    }
}

static void zone_set_policy(struct zone_policy *policy, enum lv_policy value) {
    if (policy->node == NULL) {
        policy->value = value;
    }
}

static void zone_set_policies(struct zone_file *zone) {
    zone_set_policy(&zone->on_poweroff, zone->is_root ? LV_POLICY_MACHINE : LV_POLICY_STOP);
    zone_set_policy(&zone->on_reboot, zone->is_root ? LV_POLICY_MACHINE : LV_POLICY_RESTART);
    zone_set_policy(&zone->on_failure, LV_POLICY_STOP);
    zone_set_policy(&zone->on_watchdog, LV_POLICY_RESTART);
}

void zone_set_defaults(struct report *report, struct zone_file *zone) {
    zone_device_make(report, zone);
    zone_set_share(report, zone);
    if (zone->memory.good) {
        zone_expand_memory(report, zone);
    } else if (zone->memory.node == NULL && json_member(zone->node, "memory_regions") == NULL) {
        report_error(report, &zone->node->place,
                     "add \"memory\": \"256M\", or \"memory_regions\" with one of type \"ram\"",
                     "the zone has no RAM");
    }
    zone_add_bus(report, zone);
    if (zone->share == ZONE_SHARE_ALL) {
        zone_share_all(zone);
    }
    if (zone->uart_interrupt.node == NULL && zone_file_find_region(zone, LV_REGION_UART) != NULL) {
        zone->uart_interrupt.value = LV_INTERRUPT_VECTOR(ZONE_UART_VECTOR);
    }
    /* hvisor's zones have their virtual devices on lines that Linux would take for the EIOINTC. */
    if (zone->paravirt_ipi.node == NULL) {
        zone->paravirt_ipi.value = !zone->is_hvisor;
    }
    zone_set_policies(zone);
}
