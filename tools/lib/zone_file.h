/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The zone file, hvisor's JSON plus our additions. Its fields are in loongvisor/zone_fields.def. */
#ifndef TOOLS_ZONE_FILE_H
#define TOOLS_ZONE_FILE_H

#include "board.h"
#include "fields.h"
#include "zone_device.h"

#include <loongarch/registers.h>
#include <loongvisor/zone_run.h>

/* Files beside kernel, initrd and device tree. */
#define ZONE_MAX_MODULES LV_MAX_PAYLOADS

/* Bits of an address that count: hvisor's files give addresses inside a direct-mapped window. */
#define ZONE_ADDRESS_MASK (((uint64_t)1 << WINDOW_BITS) - 1)

enum zone_boot {
    ZONE_BOOT_DEFAULT,    /* EFI tables for a LoongArch Image, none for anything else */
    ZONE_BOOT_EFI_TABLES, /* a0 = 1, a1 = command line, a2 = EFI system table */
    ZONE_BOOT_NONE,       /* all registers zero */
};

/* The interrupt of a virtual device. */
struct zone_interrupt {
    const struct json_node *node; /* NULL: not given */
    uint32_t value;               /* LV_INTERRUPT_* */
};

/* Which RAM of the zone the root zone sees. */
enum zone_share {
    ZONE_SHARE_DEFAULT,
    ZONE_SHARE_WINDOW, /* the window, in which devices find all that is meant for them */
    ZONE_SHARE_ALL,
    ZONE_SHARE_NONE, /* regions that say so themselves */
};

/* The layout of a zone with a window: a low part that is private, the window, devices; then RAM. */
#define ZONE_WINDOW_BASE  0x400000u
#define ZONE_PRIVATE_BASE 0x100000000u

struct zone_policy {
    const struct json_node *node; /* NULL: not given */
    enum lv_policy value;
};

/* What a value of each type in zone_fields.def is read into. */
#define ZONE_MEMBER_name        struct field_text
#define ZONE_MEMBER_text        struct field_text
#define ZONE_MEMBER_path        struct field_text
#define ZONE_MEMBER_boot        struct field_text
#define ZONE_MEMBER_region_type struct field_text
#define ZONE_MEMBER_id          struct field_number
#define ZONE_MEMBER_u32         struct field_number
#define ZONE_MEMBER_number      struct field_number
#define ZONE_MEMBER_address     struct field_number
#define ZONE_MEMBER_hpa         struct field_number
#define ZONE_MEMBER_size        struct field_number
#define ZONE_MEMBER_cpus        struct field_set
#define ZONE_MEMBER_vectors     struct field_set
#define ZONE_MEMBER_lines       struct field_set
#define ZONE_MEMBER_policy      struct zone_policy
#define ZONE_MEMBER_share       struct field_text
#define ZONE_MEMBER_flag        struct field_bool
#define ZONE_MEMBER_device_type struct field_text
#define ZONE_MEMBER_disk_format struct field_text
#define ZONE_MEMBER_on_loss     struct field_text
#define ZONE_MEMBER_texts       const struct json_node *
#define ZONE_MEMBER_back_end    struct zone_back_end_entry

struct zone_region {
    const struct json_node *node;
#define REGION_CONFIG(table, name, type, member, ...) ZONE_MEMBER_##type member;
#define REGION_FLAG(table, name, member, ...)         struct field_bool member;
#include <loongvisor/zone_fields.def>
    enum lv_region_type type;
    bool good;     /* type, GPA and size (and HPA where it counts) are given and well formed */
    bool floating; /* RAM whose HPA is chosen when the zone is planned (plan.h) */
};

struct zone_pci_device {
    const struct json_node *node;
#define PCI_VALUE(table, name, type, member, ...) ZONE_MEMBER_##type member;
#include <loongvisor/zone_fields.def>
    bool good;
};

struct zone_module {
    const struct json_node *node;
#define MODULE_VALUE(table, name, type, member, ...) ZONE_MEMBER_##type member;
#include <loongvisor/zone_fields.def>
};

/* An object in "back_end", or the word for a back end that is built in. */
struct zone_back_end_entry {
    const struct json_node *node; /* NULL: not given */
#define BACK_END_VALUE(table, name, type, member, ...) ZONE_MEMBER_##type member;
#include <loongvisor/zone_fields.def>
};

/* A device as the file has it; zone_device_make() makes a struct zone_device of it. */
struct zone_device_entry {
    const struct json_node *node;
#define DEVICE_VALUE(table, name, type, member, ...) ZONE_MEMBER_##type member;
#include <loongvisor/zone_fields.def>
};

struct zone_file {
    const struct json_node *node;
    bool good; /* zone_load found no error */
#define ZONE_VALUE(table, name, type, member, ...)  ZONE_MEMBER_##type member;
#define ZONE_CONFIG(table, name, type, member, ...) ZONE_MEMBER_##type member;
#define ZONE_FLAG(table, name, member, ...)         struct field_bool member;
#define ZONE_INTERRUPT(table, name, member, ...)    struct zone_interrupt member;
#include <loongvisor/zone_fields.def>
    bool is_root;
    struct field_number cpu_count; /* instead of cpus: how many, chosen when the zone is planned */
    struct zone_region regions[LV_MAX_REGIONS];
    size_t num_regions;
    struct zone_pci_device pci_devices[LV_MAX_PCI_FUNCTIONS];
    size_t num_pci_devices;
    struct zone_module modules[ZONE_MAX_MODULES];
    size_t num_modules;
    const struct json_node *devices_node; /* NULL: not given */
    struct zone_device_entry device_entries[LV_MAX_VIRTIO];
    struct zone_device devices[LV_MAX_VIRTIO]; /* made of the entries */
    size_t num_devices;
    enum zone_share share;
    enum zone_boot boot;
    bool is_hvisor;        /* the file is hvisor's (hvisor.h) */
    struct lv_range store; /* of a zone that exists; size 0: none */
};

/*
 * Adds a region that the file implies; messages about it point to `node`. Reports when there is no
 * room for another, and gives NULL.
 */
struct zone_region *zone_file_add_region(struct report *report, struct zone_file *zone,
                                         const struct json_node *node,
                                         const struct lv_region *from);

/* The first good region of a type, or NULL. */
const struct zone_region *zone_file_find_region(const struct zone_file *zone,
                                                enum lv_region_type type);

enum zone_region_property {
    ZONE_REGION_HPA = 1u << 0,    /* stage 2 maps it to an HPA of the board */
    ZONE_REGION_PAGE = 1u << 1,   /* it is one page */
    ZONE_REGION_SINGLE = 1u << 2, /* a zone has one at most */
};

/* True if a region of `type` has all of these properties (enum zone_region_property). */
bool zone_region_is(uint32_t type, unsigned properties);

/* True for regions that stage 2 maps to an HPA of the board. */
bool zone_region_has_hpa(uint32_t type);

/*
 * The next run of the host memory or registers of a region, or from size 0 the first; false behind
 * the last. A region that is not good, floats or has no HPA has none. `region` in a run is NULL.
 */
bool zone_region_run_next(const struct zone_region *region, struct lv_run *run);

/* The next run of the zone's store, in the same way. */
bool zone_store_run_next(const struct zone_file *zone, struct lv_run *run);

/* The rows of REGION_TYPE, and how many there are. */
enum zone_region_row {
#define REGION_TYPE(type, ...) ZONE_ROW_OF_##type,
#include <loongvisor/zone_fields.def>
    ZONE_NUM_REGION_TYPES
};

/* The words in JSON for types of regions, boot protocols (enum zone_boot), policies (enum
 * lv_policy), shares (enum zone_share), formats of disks and what follows a back end's loss. */
extern const struct field_words zone_region_types;
extern const struct field_words zone_boots;
extern const struct field_words zone_policies;
extern const struct field_words zone_shares;
extern const struct field_words zone_disk_formats;
extern const struct field_words zone_losses;

/* What messages call the zone: its name, or "?" when it has none. */
const char *zone_file_name(const struct zone_file *zone);

#endif
