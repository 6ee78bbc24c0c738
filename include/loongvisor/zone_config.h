/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * One zone as the hypervisor wants it: fixed width, little endian, no pointers.
 * Tools make this structure from JSON; the hypervisor checks every field again.
 */
#ifndef LOONGVISOR_ZONE_CONFIG_H
#define LOONGVISOR_ZONE_CONFIG_H

#include <stdint.h>

#define LV_ZONE_MAGIC   0x454e4f5a564c0000ULL /* "\0\0LVZONE" */
#define LV_ZONE_VERSION 1u

#define LV_MAX_CPUS          16u
#define LV_MAX_ZONES         16u
#define LV_MAX_REGIONS       64u
#define LV_MAX_PAYLOADS      8u
#define LV_MAX_PCI_FUNCTIONS 32u
#define LV_NAME_SIZE         32u
#define LV_NUM_VECTORS       256u
#define LV_VECTOR_WORDS      (LV_NUM_VECTORS / 64u)
#define LV_ROOT_ZONE_ID      0u
/* Page-table pages for the stage 2 of all zones together. */
#define LV_STAGE2_POOL_PAGES 256u

/* Stage 2 is in 4 KiB pages; every address and size of a region is a multiple of this. */
#define LV_PAGE_SIZE 4096u
/* A GPA has 47 bits: bit 47 and up select the other half of the address space (LVZ reference 5.3).
 */
#define LV_GPA_BITS 47u

enum lv_region_type {
    LV_REGION_RAM = 0,        /* cached memory; payloads and boot tables go here */
    LV_REGION_IO = 1,         /* a device's registers, passed through uncached */
    LV_REGION_VIRTIO = 2,     /* not mapped: virtio-mmio, served by the root zone */
    LV_REGION_HOLE = 3,       /* not mapped: reads all ones, ignores writes */
    LV_REGION_PCI_CONFIG = 4, /* not mapped: mediated configuration space, Loongson layout */
    LV_REGION_INFO = 5,       /* one page, read only: struct lv_zone_info_page */
};

/* hpa is meaningful for RAM and IO only and 0 otherwise. */
struct lv_region {
    uint32_t type; /* enum lv_region_type */
    uint32_t reserved;
    uint64_t hpa;
    uint64_t gpa;
    uint64_t size; /* bytes */
};

/* Bytes of the image that are copied into the zone's RAM before each start. */
struct lv_payload {
    uint64_t image_offset; /* from the image header, multiple of 8 */
    uint64_t gpa;          /* multiple of 8 */
    uint64_t size;         /* bytes */
};

/* A PCI function that the zone owns, and where the zone sees it. */
struct lv_pci_function {
    uint8_t bus;
    uint8_t devfn;
    uint8_t zone_bus;
    uint8_t zone_devfn;
};

#define LV_ZONE_ROOT      (1u << 0) /* owns all PCI functions that no other zone owns */
#define LV_ZONE_CLEAR_RAM (1u << 1) /* RAM is zeroed before each start */
#define LV_ZONE_PV_IPI    (1u << 2) /* the zone sees KVM's interface for IPIs (LVZ reference 9.5) */

struct lv_zone_config {
    uint64_t magic;
    uint32_t version;
    uint32_t size; /* sizeof(struct lv_zone_config) */
    uint32_t zone_id;
    uint32_t flags; /* LV_ZONE_* */
    char name[LV_NAME_SIZE];
    uint64_t cpus;                     /* bitmap of physical CPUs; vCPU n is the n-th set bit */
    uint64_t entry;                    /* GPA of vCPU 0's first instruction */
    uint64_t boot_args[3];             /* a0, a1, a2 of vCPU 0 */
    uint64_t vectors[LV_VECTOR_WORDS]; /* bitmap of EIOINTC vectors the zone owns */
    uint32_t hwi_lines;                /* bitmap of CPU lines HWI0-7 passed through (GINTC.HWIP) */
    uint32_t stage2_pages;             /* page-table pages that the regions need at the most */
    uint32_t num_regions;
    uint32_t num_payloads;
    uint32_t num_pci_functions;
    uint32_t reserved;
    struct lv_region regions[LV_MAX_REGIONS];
    struct lv_payload payloads[LV_MAX_PAYLOADS];
    struct lv_pci_function pci_functions[LV_MAX_PCI_FUNCTIONS];
};

/* Why a zone's vCPU left guest mode; indexes lv_vcpu_stats.exits. */
enum lv_exit_cause {
    LV_EXIT_INTERRUPT,   /* a host interrupt that is neither timer nor doorbell */
    LV_EXIT_TIMER,       /* the hypervisor's own timer */
    LV_EXIT_DOORBELL,    /* another CPU posted something */
    LV_EXIT_HYPERCALL,   /* hvcl */
    LV_EXIT_CPUCFG,      /* cpucfg */
    LV_EXIT_CSR,         /* a CSR without a hardware copy */
    LV_EXIT_CACOP,       /* cacop */
    LV_EXIT_IOCSR_READ,  /* iocsrrd */
    LV_EXIT_IOCSR_WRITE, /* iocsrwr */
    LV_EXIT_IDLE,        /* idle */
    LV_EXIT_OTHER_GSPR,  /* any other sensitive instruction */
    LV_EXIT_MMIO,        /* access to a device that the hypervisor emulates */
    LV_EXIT_STAGE2,      /* access to a GPA where nothing is */
    LV_EXIT_FPU,         /* vector unit disabled in host mode */
    LV_EXIT_OTHER,       /* an exit the hypervisor has no name for */
    LV_EXIT_CAUSES,
};

struct lv_vcpu_stats {
    uint64_t exits[LV_EXIT_CAUSES]; /* by enum lv_exit_cause */
    uint64_t stray_sends;           /* IPIs and mails to CPUs that the zone has not got */
};

#define LV_INFO_MAGIC   0x4f464e4956475641ULL
#define LV_INFO_VERSION 1u

/* What a zone may read of itself without an exit (LV_REGION_INFO). */
struct lv_zone_info_page {
    uint64_t magic;
    uint32_t version;
    uint32_t zone_id;
    uint32_t num_vcpus;
    uint32_t reserved[11];
    struct lv_vcpu_stats vcpus[LV_MAX_CPUS]; /* at byte 64 */
};

_Static_assert(sizeof(struct lv_region) == 32, "lv_region is part of the ABI");
_Static_assert(sizeof(struct lv_payload) == 24, "lv_payload is part of the ABI");
_Static_assert(sizeof(struct lv_pci_function) == 4, "lv_pci_function is part of the ABI");
_Static_assert(sizeof(struct lv_zone_config) == 2520, "lv_zone_config is part of the ABI");
_Static_assert(sizeof(struct lv_vcpu_stats) == 128, "lv_vcpu_stats is part of the ABI");
_Static_assert(sizeof(struct lv_zone_info_page) <= LV_PAGE_SIZE, "the info page is one page");

#endif
