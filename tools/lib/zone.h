/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The zone file, hvisor's JSON plus our additions; docs/zones.md describes every field. */
#ifndef TOOLS_ZONE_H
#define TOOLS_ZONE_H

#include "board.h"
#include "fields.h"

#include <loongvisor/zone_config.h>

/* Files beside kernel, initrd and device tree. */
#define ZONE_MAX_MODULES LV_MAX_PAYLOADS

/* CPU interrupt lines HWI0-7 (LVZ reference 2, GINTC.HWIP). */
#define ZONE_NUM_LINES 8u

/* Bits of an address that count: hvisor's files give addresses inside a direct-mapped window. */
#define ZONE_ADDRESS_MASK (((uint64_t)1 << 48) - 1)

enum zone_boot {
    ZONE_BOOT_DEFAULT,    /* EFI tables for a LoongArch Image, none for anything else */
    ZONE_BOOT_EFI_TABLES, /* a0 = 1, a1 = command line, a2 = EFI system table */
    ZONE_BOOT_NONE,       /* all registers zero */
};

struct zone_region {
    const struct json_node *node;
    struct field_text type_name;
    enum lv_region_type type;
    struct field_number hpa;
    struct field_number gpa;
    struct field_number size;
    struct field_bool shared;
    bool good;     /* type, GPA and size (and HPA where it counts) are given and well formed */
    bool floating; /* RAM whose HPA is chosen when the zone is planned (plan.h) */
};

/* What a virtual device interrupts. */
struct zone_interrupt {
    const struct json_node *node; /* NULL: not given */
    uint32_t value;               /* LV_INTERRUPT_* */
};

struct zone_policy {
    const struct json_node *node; /* NULL: not given */
    enum lv_policy value;
};

struct zone_pci_device {
    const struct json_node *node;
    struct field_number domain, bus, device, function;
    struct field_number zone_bus, zone_device, zone_function;
    struct field_number kind; /* 0: physical */
    bool good;
};

struct zone_module {
    const struct json_node *node;
    struct field_text name;
    struct field_text path;
    struct field_number address;
};

struct zone {
    const struct json_node *node;
    bool good; /* zone_load found no error */
    struct field_text name;
    struct field_number id;
    struct field_bool root_field;
    bool is_root;
    struct field_set cpus;
    struct field_number cpu_count; /* instead of cpus: how many, chosen when the zone is planned */
    struct field_number memory;    /* bytes of RAM, placed by us with the usual devices */
    struct zone_region regions[LV_MAX_REGIONS];
    size_t num_regions;
    struct field_set vectors;
    struct field_set lines;
    struct field_bool paravirt_ipi;
    struct zone_pci_device pci_devices[LV_MAX_PCI_FUNCTIONS];
    size_t num_pci_devices;
    struct field_text kernel_path;
    struct field_number kernel_address;
    struct field_number entry;
    struct field_text dtb_path;
    struct field_number dtb_address;
    struct field_text initrd_path;
    struct field_number initrd_address;
    struct zone_module modules[ZONE_MAX_MODULES];
    size_t num_modules;
    struct field_text kernel_args;
    struct field_text boot_name;
    enum zone_boot boot;
    struct field_number tables_address;
    struct zone_interrupt uart_interrupt;
    struct zone_interrupt power_interrupt;
    struct zone_interrupt event_interrupt;
    struct zone_policy on_poweroff;
    struct zone_policy on_reboot;
    struct zone_policy on_failure;
    struct zone_policy on_watchdog;
    struct field_number watchdog_ms;
    bool is_hvisor;        /* the file is hvisor's (hvisor.h) */
    struct lv_range store; /* of a zone that exists; size 0: none */
};

/*
 * Adds a region that the file implies; messages about it point to `node`. Reports when there is no
 * room for another, and gives NULL.
 */
struct zone_region *zone_add_region(struct report *report, struct zone *zone,
                                    const struct json_node *node, const struct lv_region *from);

/* The first good region of a type, or NULL. */
const struct zone_region *zone_find_region(const struct zone *zone, enum lv_region_type type);

/* Whether the zone sees KVM's interface for IPIs. */
bool zone_has_paravirt_ipi(const struct zone *zone);

/* True for regions that stage 2 maps to an HPA of the board. */
bool zone_region_has_hpa(enum lv_region_type type);

/* The names that JSON has for the types of regions. */
#define ZONE_NUM_REGION_TYPES (LV_REGION_POOL + 1)
extern const char *const zone_region_type_names[ZONE_NUM_REGION_TYPES];
const char *zone_region_type_name(enum lv_region_type type);

/* What messages call the zone: its name, or "?" when it has none. */
const char *zone_name(const struct zone *zone);

#endif
