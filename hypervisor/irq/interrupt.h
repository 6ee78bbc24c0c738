/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CPU lines that virtual devices hold high. */
#ifndef LV_IRQ_INTERRUPT_H
#define LV_IRQ_INTERRUPT_H

#include <core/zone.h>

/*
 * As zone_set_interrupt(), for CPU line HWI0-7 at all vCPUs: for drivers that do not know vCPU 0.
 * Linux enables a CPU's line at the CPU that happens to request it. Any CPU.
 */
void zone_set_line_everywhere(struct zone *zone, uint32_t line, bool level);

/* Lowers all that zone_set_line_everywhere() has raised; the caller rings the zone. Any CPU. */
void zone_lower_lines_everywhere(struct zone *zone);

/* The CPU lines (bit n: HWIn) that virtual devices hold high at the vCPU. Any CPU. */
static inline uint32_t zone_device_lines(const struct zone *zone, vcpu_id_t vcpu) {
    uint32_t lines = atomic_load_explicit(&zone->device_lines, memory_order_acquire);

    return (lines >> LV_NUM_LINES | (vcpu == 0 ? lines : 0)) & LV_LINES_MASK;
}

#endif
