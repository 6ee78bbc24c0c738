// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/cpu.h>
#include <irq/eiointc.h>
#include <irq/interrupt.h>
#include <lib/bits.h>
#include <lib/string.h>

void irq_reset(struct zone *zone) {
    for (uint32_t i = 0; i < zone->num_vcpus; i++) {
        memset(&zone->vcpus[i].ipi, 0, sizeof(zone->vcpus[i].ipi));
    }
    atomic_store(&zone->device_lines, 0);
    eiointc_reset(&zone->eiointc);
}

/* Only the CPU that changes the line reports it. */
static void zone_set_lines_bit(struct zone *zone, uint32_t number, bool level) {
    uint32_t bit = (uint32_t)BIT(number);
    uint32_t old = level ? atomic_fetch_or(&zone->device_lines, bit)
                         : atomic_fetch_and(&zone->device_lines, ~bit);

    if (((old & bit) != 0) != level) {
        zone_ring(zone, number < LV_NUM_LINES ? (uint32_t)BIT(0) : zone_all_vcpus(zone));
    }
}

static void zone_update_own_lines(const struct zone *zone) {
    struct vcpu *own = cpu_vcpu(arch_this_cpu());

    if (own != NULL && own->zone == zone) {
        arch_vcpu_update_lines(own);
    }
}

void zone_set_line_everywhere(struct zone *zone, uint32_t line, bool level) {
    zone_set_lines_bit(zone, LV_NUM_LINES + line, level);
    zone_update_own_lines(zone);
}

void zone_lower_lines_everywhere(struct zone *zone) {
    atomic_fetch_and(&zone->device_lines, LV_LINES_MASK);
}

void zone_set_interrupt(struct zone *zone, uint32_t interrupt, bool level) {
    uint32_t number = interrupt & LV_INTERRUPT_NUMBER;

    if ((interrupt & LV_INTERRUPT_KIND) == LV_INTERRUPT_LINE(0)) {
        zone_set_lines_bit(zone, number, level);
    } else if (interrupt != LV_INTERRUPT_NONE && eiointc_is_virtual(&zone->eiointc, number)) {
        zone_ring(zone, eiointc_set_vector(&zone->eiointc, number, level));
    }
    zone_update_own_lines(zone);
}

void zone_pulse_vector(struct zone *zone, uint64_t vector) {
    if (eiointc_is_virtual(&zone->eiointc, vector)) {
        zone_ring(zone, eiointc_pulse_vector(&zone->eiointc, (uint32_t)vector));
        zone_update_own_lines(zone);
    }
}
