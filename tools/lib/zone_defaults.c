// SPDX-License-Identifier: GPL-2.0-or-later
#include "zone_defaults.h"

#include "zone_devices.h"

#include <inttypes.h>

/* RAM lies around the devices at 0x10000000-0x1fffffff, as on QEMU's virt and the LS7A boards. */
#define ZONE_LOW_RAM_END   0x10000000u
#define ZONE_HIGH_RAM_BASE 0x80000000u
/* The least just holds kernel, device tree and boot tables; no machine has more than the most. */
#define ZONE_MEMORY_MIN ((uint64_t)4 << 20)
#define ZONE_MEMORY_MAX ((uint64_t)1 << 40)

#define ZONE_UART_VECTOR 2u

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

static void zone_add_ram(struct report *report, struct zone_file *zone, uint64_t gpa,
                         uint64_t size) {
    struct lv_region ram = {.type = LV_REGION_RAM, .gpa = gpa, .size = size};
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

static void zone_expand_memory(struct report *report, struct zone_file *zone) {
    uint64_t size = zone->memory.value;
    uint64_t low = size < ZONE_LOW_RAM_END ? size : ZONE_LOW_RAM_END;
    if (zone_check_memory(report, zone)) {
        zone_add_ram(report, zone, 0, low);
        zone_add_ram(report, zone, ZONE_HIGH_RAM_BASE, size - low);
        zone_add_devices(report, zone);
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
    if (zone->memory.good) {
        zone_expand_memory(report, zone);
    } else if (zone->memory.node == NULL && json_member(zone->node, "memory_regions") == NULL) {
        report_error(report, &zone->node->place,
                     "add \"memory\": \"256M\", or \"memory_regions\" with one of type \"ram\"",
                     "the zone has no RAM");
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
