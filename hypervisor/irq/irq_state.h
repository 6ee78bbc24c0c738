/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of a zone's interrupt controllers; irq/ adds it to core's structures (core/irq.h). */
#ifndef LV_IRQ_STATE_H
#define LV_IRQ_STATE_H

#include <core/types.h>
#include <lib/spinlock.h>
#include <loongvisor/zone_config.h>
#include <stdatomic.h>

#define IPI_MAILBOXES 4

struct zone;

/* Of a vCPU. */
struct ipi_block {
    _Atomic uint32_t status;
    _Atomic uint32_t enable;
    _Atomic uint64_t mailbox[IPI_MAILBOXES];
    atomic_bool software; /* SWI0 posted by a paravirtual send, not yet taken over */
};

/* Vectors in software, under the lock. One word a group, one bit a vector. */
struct eiointc_virtual {
    uint32_t raw[LV_VECTOR_GROUPS];
    uint32_t enable[LV_VECTOR_GROUPS];
    uint32_t bounce[LV_VECTOR_GROUPS];
    uint32_t status[LV_VECTOR_CPUS][LV_VECTOR_GROUPS]; /* by vCPU */
    uint32_t busy[LV_VECTOR_CPUS]; /* groups, a bit each; all others have a status of 0 */
    uint8_t ip_map[LV_VECTOR_GROUPS];
    uint8_t core_map[LV_NUM_VECTORS];
    _Atomic uint32_t lines[LV_VECTOR_CPUS]; /* HWI lines held high, read without the lock */
};

struct eiointc {
    struct zone *zone;
    uint32_t groups;      /* owned, a bit each */
    uint8_t default_cpu;  /* core-map bit of the zone's first CPU, for bytes that name no CPU */
    struct spinlock lock; /* for virtual; held for a bounded time */
    struct eiointc_virtual virtual;
};

#endif
