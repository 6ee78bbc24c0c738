/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The interrupts of a zone's virtual devices (LV_INTERRUPT_*): levels, each its own. */
#ifndef LV_IRQ_INTERRUPT_H
#define LV_IRQ_INTERRUPT_H

#include <core/zone.h>

/* In device_lines: bit n is HWIn at vCPU 0, bit DEVICE_LINES_ALL + n HWIn at all vCPUs. */
#define DEVICE_LINES_ALL  8u
#define DEVICE_LINES_MASK 0xffu

/*
 * Brings an interrupt of the zone to the level and has the zone's CPUs look: a CPU line of
 * vCPU 0, or a vector in software. Nothing else that the zone's lines carry changes. The
 * configuration has been checked; LV_INTERRUPT_NONE does nothing. Any CPU; takes the lock of the
 * zone's EIOINTC.
 */
void zone_set_interrupt(struct zone *zone, uint32_t interrupt, bool level);

/* Lowers all CPU lines that virtual devices hold. While the zone does not run. */
void zone_clear_interrupts(struct zone *zone);

/*
 * The same for CPU line HWI0-7, at all vCPUs: for drivers that know of no vCPU 0, since Linux
 * enables a CPU's line at the CPU that happened to ask for it. Any CPU.
 */
void zone_set_line_everywhere(struct zone *zone, uint32_t line, bool level);

/* Lowers all that zone_set_line_everywhere() has raised; the caller rings the zone. Any CPU. */
void zone_lower_lines_everywhere(struct zone *zone);

/* The CPU lines (bit n: HWIn) that virtual devices hold high at the vCPU. Any CPU. */
static inline uint32_t zone_device_lines(const struct zone *zone, vcpu_id_t vcpu) {
    uint32_t lines = atomic_load_explicit(&zone->device_lines, memory_order_acquire);

    return (lines >> DEVICE_LINES_ALL | (vcpu == 0 ? lines : 0)) & DEVICE_LINES_MASK;
}

/*
 * Raises the root zone's event interrupt. Who raises it first writes what there is to tell; who
 * takes that (LV_HYPERCALL_EVENTS) first lowers it, and so nothing is missed. Any CPU.
 */
void zone_tell_root(void);

#endif
