/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The zone file, hvisor's JSON plus our additions; docs/zones.md describes every field. */
#ifndef TOOLS_ZONE_H
#define TOOLS_ZONE_H

#include "board.h"
#include "fields.h"

#include <loongvisor/zone_config.h>

/* Files beside kernel, initrd and device tree. */
#define ZONE_MAX_MODULES LV_MAX_PAYLOADS

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
    bool good; /* type, GPA and size (and HPA where it counts) are given and well formed */
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
    bool good; /* zone_read found no error */
    struct field_text name;
    struct field_number id;
    struct field_bool root_field;
    bool is_root;
    struct field_set cpus;
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
};

/*
 * Reads a zone from its JSON tree and checks what can be checked without a board: types, alignment,
 * ranges, overlaps within the zone. What is wrong is reported; `zone` keeps what was good.
 */
void zone_read(struct report *report, const struct json_node *node, struct zone *zone);

/* True for regions that stage 2 maps to an HPA of the board. */
bool zone_region_has_hpa(enum lv_region_type type);

/* The name that JSON has for a region type. */
const char *zone_region_type_name(enum lv_region_type type);

/* What messages call the zone: its name, or "?" when it has none. */
const char *zone_name(const struct zone *zone);

#endif
