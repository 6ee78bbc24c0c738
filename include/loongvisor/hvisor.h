/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * The management interface of hvisor on LoongArch64, which Loongvisor serves as well: hypercalls
 * (`hvcl 0`, code in a0, arguments in a1 and a2, result in a0), the structures that they take, and
 * the page through which virtio devices are served. Layouts are those of hvisor-tool with
 * configuration magic 6. Pointers are GPAs in the caller's RAM.
 */
#ifndef LOONGVISOR_HVISOR_H
#define LOONGVISOR_HVISOR_H

#include <stddef.h>
#include <stdint.h>

/* The root zone only. Others get -EPERM. */
#define LV_HVISOR_VIRTIO_INIT   0u  /* a1 = struct lv_hvisor_bridge, a page of 4 KiB */
#define LV_HVISOR_VIRTIO_FINISH 1u  /* raises the interrupts that the bridge's results name */
#define LV_HVISOR_ZONE_START    2u  /* a1 = struct lv_hvisor_zone, a2 = its size */
#define LV_HVISOR_ZONE_SHUTDOWN 3u  /* a1 = zone id, not 0 */
#define LV_HVISOR_ZONE_LIST     4u  /* a1 = struct lv_hvisor_info[], a2 = how many fit: a count */
#define LV_HVISOR_IVC_INFO      5u  /* a1 = uint64_t: the number of channels */
#define LV_HVISOR_CONFIG_CHECK  6u  /* a1 = uint64_t: LV_HVISOR_CONFIG_MAGIC */
#define LV_HVISOR_BOOT_MODE     8u  /* not on this architecture: -ENOSYS */
#define LV_HVISOR_ECAM_BASE     9u  /* 0: nobody gets the configuration space itself */
#define LV_HVISOR_DEASSERT      11u /* a1 = zone id, a2 = CPU interrupt: lowers it */
#define LV_HVISOR_CLEAR_INJECT  20u /* of older tools; does nothing */

#define LV_HVISOR_CONFIG_MAGIC 6u

#define LV_HVISOR_REGIONS     64u
#define LV_HVISOR_CHANNELS    2u
#define LV_HVISOR_PCI_BUSES   4u
#define LV_HVISOR_PCI_DEVICES 32u
#define LV_HVISOR_NAME_SIZE   32u
#define LV_HVISOR_IRQ_WORDS   32u
#define LV_HVISOR_REQUESTS    32u
#define LV_HVISOR_CPUS        32u
#define LV_HVISOR_DEVICES     8u

/* CPU interrupt n, as a device tree counts them, is HWI(n - 2). */
#define LV_HVISOR_IRQ_HWI0 2u
/* What wakes the virtio daemon in the root zone. */
#define LV_HVISOR_IRQ_WAKEUP 4u

enum lv_hvisor_region_type {
    LV_HVISOR_RAM = 0,
    LV_HVISOR_IO = 1,
    LV_HVISOR_VIRTIO = 2,
};

struct lv_hvisor_region {
    uint32_t type; /* enum lv_hvisor_region_type */
    uint64_t physical_start;
    uint64_t virtual_start;
    uint64_t size;
};

struct lv_hvisor_channel {
    uint32_t ivc_id;
    uint32_t peer_id;
    uint64_t control_table_ipa;
    uint64_t shared_mem_ipa;
    uint32_t rw_sec_size;
    uint32_t out_sec_size;
    uint32_t interrupt_num;
    uint32_t max_peers;
};

struct lv_hvisor_pci_bus {
    uint64_t ecam_base;
    uint64_t ecam_size;
    uint64_t io_base;
    uint64_t io_size;
    uint64_t pci_io_base;
    uint64_t mem32_base;
    uint64_t mem32_size;
    uint64_t pci_mem32_base;
    uint64_t mem64_base;
    uint64_t mem64_size;
    uint64_t pci_mem64_base;
    uint32_t bus_range_begin;
    uint32_t bus_range_end;
    uint8_t domain;
};

struct lv_hvisor_pci_device {
    uint8_t domain;
    uint8_t bus;
    uint8_t device;
    uint8_t function;
    uint8_t v_bus;
    uint8_t v_device;
    uint8_t v_function;
    uint32_t dev_type; /* 0: physical */
};

/* The first instruction is at entry_point, bits 48 to 63 dropped, with all registers 0. */
struct lv_hvisor_zone {
    uint32_t zone_id;
    uint64_t cpus; /* bitmap of physical CPUs */
    uint32_t num_memory_regions;
    struct lv_hvisor_region memory_regions[LV_HVISOR_REGIONS];
    uint32_t interrupts_bitmap[LV_HVISOR_IRQ_WORDS];
    uint32_t num_ivc_configs;
    struct lv_hvisor_channel ivc_configs[LV_HVISOR_CHANNELS];
    uint64_t entry_point;
    uint64_t kernel_load_paddr;
    uint64_t kernel_size;
    uint64_t dtb_load_paddr;
    uint64_t dtb_size;
    char name[LV_HVISOR_NAME_SIZE];
    uint64_t arch_config;
    uint64_t num_pci_bus;
    struct lv_hvisor_pci_bus pci_config[LV_HVISOR_PCI_BUSES];
    uint64_t num_pci_devs;
    struct lv_hvisor_pci_device alloc_pci_devs[LV_HVISOR_PCI_DEVICES];
};

struct lv_hvisor_info {
    uint32_t zone_id;
    uint64_t cpus;
    char name[LV_HVISOR_NAME_SIZE];
    uint8_t is_err; /* the zone has failed */
};

/* A guest's access to a virtio-mmio register. */
struct lv_hvisor_request {
    uint64_t src_cpu; /* physical CPU, index of cfg_flags */
    uint64_t address; /* GPA */
    uint64_t size;    /* bytes */
    uint64_t value;
    uint32_t src_zone;
    uint8_t is_write;
    uint8_t need_interrupt; /* nobody waits for an answer */
    uint16_t padding;
};

/* An interrupt that a device raises. */
struct lv_hvisor_result {
    uint32_t target_zone;
    uint32_t irq_id; /* CPU interrupt */
};

/* Both rings are full when (rear + 1) mod 32 is front. */
struct lv_hvisor_bridge {
    uint32_t req_front; /* the daemon's */
    uint32_t req_rear;
    uint32_t res_front;
    uint32_t res_rear; /* the daemon's */
    struct lv_hvisor_request requests[LV_HVISOR_REQUESTS];
    struct lv_hvisor_result results[LV_HVISOR_REQUESTS];
    uint64_t cfg_flags[LV_HVISOR_CPUS]; /* the daemon's: one more for each answer to that CPU */
    uint64_t cfg_values[LV_HVISOR_CPUS];
    uint64_t mmio_addrs[LV_HVISOR_DEVICES];
    uint8_t mmio_avail;
    uint8_t need_wakeup; /* 1: the daemon sleeps */
};

#define LV_HVISOR_AT(type, member, offset)                                                         \
    _Static_assert(offsetof(struct type, member) == (offset), #member " is part of the ABI")

LV_HVISOR_AT(lv_hvisor_zone, cpus, 0x008);
LV_HVISOR_AT(lv_hvisor_zone, num_memory_regions, 0x010);
LV_HVISOR_AT(lv_hvisor_zone, memory_regions, 0x018);
LV_HVISOR_AT(lv_hvisor_zone, interrupts_bitmap, 0x818);
LV_HVISOR_AT(lv_hvisor_zone, num_ivc_configs, 0x898);
LV_HVISOR_AT(lv_hvisor_zone, ivc_configs, 0x8a0);
LV_HVISOR_AT(lv_hvisor_zone, entry_point, 0x8f0);
LV_HVISOR_AT(lv_hvisor_zone, kernel_load_paddr, 0x8f8);
LV_HVISOR_AT(lv_hvisor_zone, kernel_size, 0x900);
LV_HVISOR_AT(lv_hvisor_zone, dtb_load_paddr, 0x908);
LV_HVISOR_AT(lv_hvisor_zone, dtb_size, 0x910);
LV_HVISOR_AT(lv_hvisor_zone, name, 0x918);
LV_HVISOR_AT(lv_hvisor_zone, arch_config, 0x938);
LV_HVISOR_AT(lv_hvisor_zone, num_pci_bus, 0x940);
LV_HVISOR_AT(lv_hvisor_zone, pci_config, 0x948);
LV_HVISOR_AT(lv_hvisor_zone, num_pci_devs, 0xae8);
LV_HVISOR_AT(lv_hvisor_zone, alloc_pci_devs, 0xaf0);
LV_HVISOR_AT(lv_hvisor_region, physical_start, 8);
LV_HVISOR_AT(lv_hvisor_region, size, 24);
LV_HVISOR_AT(lv_hvisor_channel, control_table_ipa, 8);
LV_HVISOR_AT(lv_hvisor_channel, max_peers, 36);
LV_HVISOR_AT(lv_hvisor_pci_bus, bus_range_begin, 88);
LV_HVISOR_AT(lv_hvisor_pci_bus, domain, 96);
LV_HVISOR_AT(lv_hvisor_pci_device, v_bus, 4);
LV_HVISOR_AT(lv_hvisor_pci_device, dev_type, 8);
LV_HVISOR_AT(lv_hvisor_info, cpus, 8);
LV_HVISOR_AT(lv_hvisor_info, name, 0x10);
LV_HVISOR_AT(lv_hvisor_info, is_err, 0x30);
LV_HVISOR_AT(lv_hvisor_request, src_zone, 32);
LV_HVISOR_AT(lv_hvisor_request, is_write, 36);
LV_HVISOR_AT(lv_hvisor_request, need_interrupt, 37);
LV_HVISOR_AT(lv_hvisor_bridge, requests, 0x010);
LV_HVISOR_AT(lv_hvisor_bridge, results, 0x510);
LV_HVISOR_AT(lv_hvisor_bridge, cfg_flags, 0x610);
LV_HVISOR_AT(lv_hvisor_bridge, cfg_values, 0x710);
LV_HVISOR_AT(lv_hvisor_bridge, mmio_addrs, 0x810);
LV_HVISOR_AT(lv_hvisor_bridge, mmio_avail, 0x850);
LV_HVISOR_AT(lv_hvisor_bridge, need_wakeup, 0x851);
_Static_assert(sizeof(struct lv_hvisor_zone) == 3184, "the zone is part of the ABI");
_Static_assert(sizeof(struct lv_hvisor_region) == 32, "the region is part of the ABI");
_Static_assert(sizeof(struct lv_hvisor_channel) == 40, "the channel is part of the ABI");
_Static_assert(sizeof(struct lv_hvisor_pci_bus) == 104, "the bus is part of the ABI");
_Static_assert(sizeof(struct lv_hvisor_pci_device) == 12, "the device is part of the ABI");
_Static_assert(sizeof(struct lv_hvisor_info) == 56, "the info is part of the ABI");
_Static_assert(sizeof(struct lv_hvisor_request) == 40, "the request is part of the ABI");
_Static_assert(sizeof(struct lv_hvisor_result) == 8, "the result is part of the ABI");
_Static_assert(sizeof(struct lv_hvisor_bridge) == 2136, "the bridge is part of the ABI");

#endif
