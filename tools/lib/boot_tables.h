/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The EFI system table that a stock kernel reads when it is started without firmware (LVZ
 * reference 13.3). */
#ifndef TOOLS_BOOT_TABLES_H
#define TOOLS_BOOT_TABLES_H

#include <stdint.h>

/* The kernel's limit for the command line, the NUL included. */
#define BOOT_COMMAND_LINE_MAX 4096u

#define BOOT_MAX_CONFIG_TABLES 3u
#define BOOT_RUNTIME_CALLS     14u
#define BOOT_RUNTIME_BYTES     512u
#define BOOT_VENDOR_UNITS      16u

/* EFI_SYSTEM_TABLE. The kernel reads its revision, vendor and runtime services, and the tables'
 * count and pointer. */
struct boot_system_table {
    uint64_t signature;
    uint32_t revision;
    uint32_t header_size;
    uint32_t crc32;
    uint32_t reserved;
    uint64_t vendor; /* GPA of a UTF-16 string */
    uint32_t vendor_revision;
    uint32_t padding;
    uint64_t console[6]; /* handles and protocols: none */
    uint64_t runtime_services;
    uint64_t boot_services;
    uint64_t num_tables;
    uint64_t tables; /* GPA */
};

struct boot_config_table {
    uint8_t guid[16];
    uint64_t table; /* GPA */
};

/* LINUX_EFI_INITRD_MEDIA: the kernel zeroes it once read, so each start makes a new one. */
struct boot_initrd {
    uint64_t base;
    uint64_t size;
};

/* EFI_RUNTIME_SERVICES: pointers are virtual, as after SetVirtualAddressMap. */
struct boot_runtime_services {
    uint64_t signature;
    uint32_t revision;
    uint32_t header_size;
    uint32_t crc32;
    uint32_t reserved;
    uint64_t calls[BOOT_RUNTIME_CALLS]; /* GetTime first */
};

/* EFI_RT_PROPERTIES_TABLE: without it Linux would also ask for variables. */
struct boot_runtime_properties {
    uint16_t version;
    uint16_t length;
    uint32_t supported; /* calls, a bit each */
};

/* All tables, as they lie in the zone's RAM. */
struct boot_tables {
    struct boot_system_table system;
    struct boot_config_table config[BOOT_MAX_CONFIG_TABLES];
    struct boot_initrd initrd;
    struct boot_runtime_services runtime;
    struct boot_runtime_properties properties;
    uint8_t runtime_code[BOOT_RUNTIME_BYTES];
    uint16_t vendor[BOOT_VENDOR_UNITS];
    char command_line[BOOT_COMMAND_LINE_MAX];
};

_Static_assert(sizeof(struct boot_system_table) == 120, "EFI_SYSTEM_TABLE has 120 bytes");
_Static_assert(sizeof(struct boot_config_table) == 24, "EFI_CONFIGURATION_TABLE has 24 bytes");

struct boot_request {
    uint64_t address; /* GPA of the struct boot_tables */
    uint64_t device_tree;
    uint64_t clock; /* GPA of an LV_REGION_CLOCK; 0: none */
    uint64_t initrd_base;
    uint64_t initrd_size;     /* 0: none */
    const char *command_line; /* shorter than BOOT_COMMAND_LINE_MAX */
};

/* Fills the tables for a zone. */
void boot_tables_fill(const struct boot_request *request, struct boot_tables *tables);

#endif
