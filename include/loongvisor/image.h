/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * The packed image: what the hypervisor finds behind itself in memory.
 *
 *   lv_image_start (symbol of the hypervisor, 64 KiB aligned):
 *     struct lv_image_header
 *     struct lv_zone_config[num_zones]     (at header.zones_offset)
 *     payload bytes                        (8-byte aligned, named by lv_payload.offset)
 */
#ifndef LOONGVISOR_IMAGE_H
#define LOONGVISOR_IMAGE_H

#include <loongvisor/zone_config.h>
#include <stdint.h>

#define LV_IMAGE_MAGIC   0x4547414d49564c00ULL /* "\0LVIMAGE" */
#define LV_IMAGE_VERSION 3 /* also the value of the hypervisor's symbol lv_image_version */
#define LV_IMAGE_ALIGN   0x10000u

#define LV_BOARD_MAX_RANGES  8u
#define LV_BOARD_MAX_DEVICES 64u

/* What a Loongson configuration window can hold: 28 bits for the root bus, bit 28 for the others
 * (LVZ reference 13.6). */
#define LV_PCI_CONFIG_MAX (1ULL << 29)

/*
 * Registers that reach the interrupts of every CPU, so that no device range of a board may have
 * them: IPIs, mailboxes and interrupt routes of the chip's first node (LVZ reference 9.1), and the
 * doorbells of message interrupts (9.4).
 */
#define LV_CHIP_INTERRUPTS_BASE 0x1fe01000ULL
#define LV_CHIP_INTERRUPTS_SIZE 0x2000ULL
#define LV_MSI_DOORBELL_BASE    0x2fe00000ULL
#define LV_MSI_DOORBELL_SIZE    0x101000ULL

/* Bytes of an LS7A real-time clock's registers, and their alignment. */
#define LV_RTC_SIZE 0x100u

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
    uint32_t num_devices;
    struct lv_range ram[LV_BOARD_MAX_RANGES];      /* all RAM, the hypervisor's included */
    struct lv_range devices[LV_BOARD_MAX_DEVICES]; /* registers that zones may have, no others */
    uint64_t rtc_base; /* HPA of an LS7A real-time clock, which the root zone has too; 0: none */
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

_Static_assert(sizeof(struct lv_board) == 1336, "lv_board is part of the ABI");
_Static_assert(sizeof(struct lv_image_header) == 1376, "lv_image_header is part of the ABI");

#endif
