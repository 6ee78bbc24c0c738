/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * Sizes and limits that hypervisor, tools, driver and guests share: what a zone may have, the
 * pieces that memory comes in, how many lines and vectors there are, where a zone's devices are.
 */
#ifndef LOONGVISOR_LIMITS_H
#define LOONGVISOR_LIMITS_H

#include <stdint.h>

#define LV_MAX_CPUS          16u
#define LV_MAX_ZONES         16u
#define LV_MAX_REGIONS       64u
#define LV_MAX_PAYLOADS      8u
#define LV_MAX_PCI_FUNCTIONS 32u
/* Virtual PCI functions of a zone, queues of one, and descriptors of a queue. */
#define LV_MAX_VIRTIO     16u
#define LV_MAX_QUEUES     16u
#define LV_MAX_QUEUE_SIZE 1024u
#define LV_NAME_SIZE      32u
/* Devices on a PCI bus, and functions of a device. */
#define LV_PCI_DEVICES   32u
#define LV_PCI_FUNCTIONS 8u
#define LV_ROOT_ZONE_ID  0u
/* Page-table pages for the stage 2 of all zones together. */
#define LV_STAGE2_POOL_PAGES 256u

/* Stage 2 is in 4 KiB pages; every address and size of a region is a multiple of this. */
#define LV_PAGE_SIZE 4096u
#define LV_PAGE_MASK ((uint64_t)LV_PAGE_SIZE - 1)
/* A zone's memory leaves the root zone's pool in blocks of 2 MiB; each is one leaf of stage 2. */
#define LV_BLOCK_SIZE 0x200000u
/* A GPA has 47 bits: bit 47 and up select the other half of the address space (LVZ reference 5.3).
 */
#define LV_GPA_BITS 47u

/* CSR.CPUID has 9 bits (LoongArch manual vol. 1, 7.4). */
#define LV_PHYS_CPU_ID_MAX 511u

/* CPU interrupt lines HWI0-7 (LVZ reference 2, GINTC), one bit each in a mask. */
#define LV_NUM_LINES  8u
#define LV_LINES_MASK 0xffu

/* EIOINTC vectors. The 32 of a group share one route to a line; core-map bytes name the CPUs 0 to 3
 * of a node (LVZ reference 9.1). */
#define LV_NUM_VECTORS   256u
#define LV_VECTOR_WORDS  (LV_NUM_VECTORS / 64u)
#define LV_VECTOR_GROUP  32u
#define LV_VECTOR_GROUPS (LV_NUM_VECTORS / LV_VECTOR_GROUP)
#define LV_VECTOR_CPUS   4u

/* GPAs of ISA's I/O ports. Kernels probe them, so a zone needs a hole there. */
#define LV_ISA_BASE 0x18000000u
#define LV_ISA_SIZE 0x4000u

/* GPAs of the pages of virtual devices, unless the zone's file says otherwise. */
#define LV_UART_PAGE  0x1fe00000u
#define LV_POWER_PAGE 0x100e0000u
#define LV_INFO_PAGE  0xff00000000u
#define LV_CLOCK_PAGE 0xff00001000u
#define LV_KICKS_PAGE 0xff00004000u

/* GPAs of a zone's PCI bus: the space of its configuration, and what BARs get. */
#define LV_PCI_CONFIG_BASE 0xfe00000000u
#define LV_PCI_MEMORY_BASE 0x40000000u

#endif
