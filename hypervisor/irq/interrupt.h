/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CPU lines that virtual devices hold high. */
#ifndef LV_IRQ_INTERRUPT_H
#define LV_IRQ_INTERRUPT_H

#include <core/zone.h>

/*
 * As zone_set_interrupt(), for line HWI0-7 of all vCPUs: Linux enables a line on the CPU that
 * happens to request it, which may not be vCPU 0. Any CPU.
 */
void zone_set_line_everywhere(struct zone *zone, uint32_t line, bool level);

/* Lowers all lines that zone_set_line_everywhere() raised. The caller rings the zone. Any CPU. */
void zone_lower_lines_everywhere(struct zone *zone);

/* The CPU lines (bit n: HWIn) that virtual devices hold high at the vCPU. Any CPU. */
static inline uint32_t zone_device_lines(const struct zone *zone, vcpu_id_t vcpu) {
    uint32_t lines = atomic_load_explicit(&zone->device_lines, memory_order_acquire);

    return (lines >> LV_NUM_LINES | (vcpu == 0 ? lines : 0)) & LV_LINES_MASK;
}

#endif
