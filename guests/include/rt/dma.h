/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * Drivers of devices that write to memory by themselves, as long as anybody lets them: an RTL8139
 * that receives, and a virtio disk (modern interface) that reads 4 MiB again and again. What they
 * write goes to the RT_DMA_SIZE bytes at RT_DMA_GPA.
 */
#ifndef RT_DMA_H
#define RT_DMA_H

#include <rt/runtime.h>

#define RT_DMA_GPA  0x00400000UL
#define RT_DMA_SIZE 0x00800000UL

struct rt_dma {
    uint64_t config;    /* GPA of the function's configuration registers, */
    uint64_t registers; /* of what its BAR is to be */
    uint64_t bar;       /* and what the BAR is to hold for that */
    uint64_t offset;    /* of a bus address from the GPA */
};

/* Has the device write; false if the function is not there. */
bool rt_dma_network_start(const struct rt_dma *device);
bool rt_dma_disk_start(const struct rt_dma *device);

/* Gives the disk its next requests for those that are done; how many that were so far. */
uint32_t rt_dma_disk_step(void);

/* Words that are not 0 where the device writes. */
uint64_t rt_dma_count(void);

#endif
