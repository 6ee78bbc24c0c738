/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * The packed image: what the hypervisor finds behind itself in memory.
 *
 *   lv_image_start (symbol of the hypervisor, 64 KiB aligned):
 *     struct lv_image_header
 *     struct lv_zone_config[num_zones]     (at header.zones_offset)
 *     payload bytes                        (8-byte aligned, named by lv_payload.image_offset)
 */
#ifndef LOONGVISOR_IMAGE_H
#define LOONGVISOR_IMAGE_H

#include <loongvisor/zone_config.h>
#include <stdint.h>

#define LV_IMAGE_MAGIC   0x4547414d49564c00ULL /* "\0LVIMAGE" */
#define LV_IMAGE_VERSION 1u
#define LV_IMAGE_ALIGN   0x10000u

#define LV_BOARD_MAX_RANGES 8u

struct lv_range {
    uint64_t base; /* HPA */
    uint64_t size; /* bytes */
};

enum lv_pci_access {
    LV_PCI_NONE = 0,
    LV_PCI_ECAM = 1,     /* bus << 20 | devfn << 12 | register */
    LV_PCI_LOONGSON = 2, /* LVZ reference 13.6 */
};

/* Facts of one machine. */
struct lv_board {
    char name[LV_NAME_SIZE];
    uint32_t num_cpus;
    uint32_t pci_access;               /* enum lv_pci_access */
    uint32_t phys_cpu_id[LV_MAX_CPUS]; /* CSR.CPUID and IOCSR number of CPU n */
    uint64_t hv_base;                  /* memory that belongs to the hypervisor alone */
    uint64_t hv_size;
    uint64_t uart_base; /* HPA of a 16550 */
    uint64_t pci_base;  /* HPA of configuration space */
    uint64_t pci_size;
    uint64_t poweroff_register; /* HPA, byte wide; 0: none */
    uint64_t reset_register;    /* HPA, byte wide; 0: none */
    uint32_t poweroff_value;
    uint32_t reset_value;
    uint32_t num_ram;
    uint32_t reserved;
    struct lv_range ram[LV_BOARD_MAX_RANGES]; /* all RAM, the hypervisor's included */
};

struct lv_image_header {
    uint64_t magic;
    uint32_t version;
    uint32_t header_size; /* sizeof(struct lv_image_header) */
    uint64_t total_size;  /* header, zones and payloads, bytes */
    uint32_t num_zones;
    uint32_t zones_offset; /* bytes from the header */
    uint32_t crc32;        /* CRC-32 (zlib's) of header and zones, this field taken as 0 */
    uint32_t reserved;
    struct lv_board board;
};

_Static_assert(sizeof(struct lv_board) == 304, "lv_board is part of the ABI");
_Static_assert(sizeof(struct lv_image_header) == 344, "lv_image_header is part of the ABI");

#endif
