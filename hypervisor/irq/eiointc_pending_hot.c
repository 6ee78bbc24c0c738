// SPDX-License-Identifier: GPL-2.0-or-later
/* From a software vector to a vCPU's lines: the code that runs each time a vector is raised. */
#include <core/zone.h>
#include <irq/eiointc.h>
#include <lib/bits.h>

#define CORE_MASK 0x0fu

/* Hardware's rule in bitmap mode: the lowest CPU named; CPU 0 if that is none or absent. */
static vcpu_id_t vector_target(const struct eiointc *eiointc, uint32_t vector) {
    uint8_t cpus = eiointc->virtual.core_map[vector] & CORE_MASK;
    vcpu_id_t target = cpus == 0 ? 0 : (vcpu_id_t)__builtin_ctz(cpus);

    return target < eiointc->zone->num_vcpus ? target : 0;
}

/* Makes the vector pending on the vCPU that its route names; returns that vCPU. */
static vcpu_id_t vector_pend(struct eiointc *eiointc, uint32_t vector) {
    vcpu_id_t target = vector_target(eiointc, vector);
    uint32_t group = vector / LV_VECTOR_GROUP;

    eiointc->virtual.status[target][group] |= (uint32_t)BIT(vector % LV_VECTOR_GROUP);
    eiointc->virtual.busy[target] |= (uint32_t)BIT(group);
    return target;
}

void eiointc_pend(struct eiointc *eiointc, uint32_t group, uint32_t bits) {
    for (; bits != 0; bits &= bits - 1) {
        (void)vector_pend(eiointc, group * LV_VECTOR_GROUP + (uint32_t)__builtin_ctz(bits));
    }
}

uint32_t eiointc_withdraw(struct eiointc *eiointc, uint32_t group, uint32_t bits) {
    uint32_t pending = 0;

    for (vcpu_id_t id = 0; id < LV_VECTOR_CPUS; id++) {
        pending |= eiointc->virtual.status[id][group] & bits;
        eiointc->virtual.status[id][group] &= ~bits;
    }
    return pending;
}

/* Returns the vCPU's bit if its lines have changed. */
static uint32_t lines_set(struct eiointc_virtual *virtual, vcpu_id_t id, uint32_t lines) {
    if (lines == atomic_load_explicit(&virtual->lines[id], memory_order_relaxed)) {
        return 0;
    }
    atomic_store_explicit(&virtual->lines[id], lines, memory_order_release);
    return (uint32_t)BIT(id);
}

/* The lines of the groups that may have something pending; clears the groups that have nothing. */
static uint32_t lines_of(struct eiointc_virtual *virtual, vcpu_id_t id) {
    uint32_t lines = 0;

    for (uint32_t left = virtual->busy[id]; left != 0; left &= left - 1) {
        uint32_t group = (uint32_t)__builtin_ctz(left);
        if (virtual->status[id][group] != 0) {
            lines |= virtual->ip_map[group];
        } else {
            virtual->busy[id] &= ~(uint32_t)BIT(group);
        }
    }
    return lines;
}

uint32_t eiointc_update_lines(struct eiointc_virtual *virtual) {
    uint32_t changed = 0;

    for (vcpu_id_t id = 0; id < LV_VECTOR_CPUS; id++) {
        changed |= lines_set(virtual, id, lines_of(virtual, id));
    }
    return changed;
}

/* One more vector can only add its group's line. */
static uint32_t vector_pend_and_update(struct eiointc *eiointc, uint32_t vector) {
    struct eiointc_virtual *virtual = &eiointc->virtual;
    uint32_t group = vector / LV_VECTOR_GROUP;
    vcpu_id_t target = vector_pend(eiointc, vector);
    uint32_t lines = atomic_load_explicit(&virtual->lines[target], memory_order_relaxed);
    return lines_set(virtual, target, lines | virtual->ip_map[group]);
}

static uint32_t vector_raise(struct eiointc *eiointc, uint32_t vector, uint32_t bit) {
    struct eiointc_virtual *virtual = &eiointc->virtual;
    uint32_t group = vector / LV_VECTOR_GROUP;

    virtual->raw[group] |= bit;
    return (virtual->enable[group] & bit) != 0 ? vector_pend_and_update(eiointc, vector) : 0;
}

__attribute__((noinline)) static uint32_t vector_lower(struct eiointc *eiointc, uint32_t vector,
                                                       uint32_t bit) {
    uint32_t group = vector / LV_VECTOR_GROUP;

    eiointc->virtual.raw[group] &= ~bit;
    (void)eiointc_withdraw(eiointc, group, bit);
    return eiointc_update_lines(&eiointc->virtual);
}

uint32_t eiointc_set_vector(struct eiointc *eiointc, uint32_t vector, bool level) {
    uint32_t bit = (uint32_t)BIT(vector % LV_VECTOR_GROUP);

    spinlock_take_inline(&eiointc->lock);
    uint32_t changed =
        level ? vector_raise(eiointc, vector, bit) : vector_lower(eiointc, vector, bit);
    spinlock_release(&eiointc->lock);
    return changed;
}

/*
 * A message that comes while its vector is disabled is not lost: the line is left high, so that the
 * vector becomes pending once it is enabled.
 */
uint32_t eiointc_pulse_vector(struct eiointc *eiointc, uint32_t vector) {
    struct eiointc_virtual *virtual = &eiointc->virtual;
    uint32_t bit = (uint32_t)BIT(vector % LV_VECTOR_GROUP);
    uint32_t group = vector / LV_VECTOR_GROUP;
    uint32_t changed = 0;

    spinlock_take_inline(&eiointc->lock);
    if ((virtual->enable[group] & bit) != 0) {
        changed = vector_pend_and_update(eiointc, vector);
    } else {
        virtual->raw[group] |= bit;
    }
    spinlock_release(&eiointc->lock);
    return changed;
}

int64_t irq_set_vector(struct vcpu *caller, struct zone *zone, uint64_t vector, bool level) {
    if (!eiointc_is_virtual(&zone->eiointc, vector)) {
        return -LV_EINVAL;
    }
    uint32_t changed = eiointc_set_vector(&zone->eiointc, (uint32_t)vector, level);
    if (zone == caller->zone) {
        changed &= ~(uint32_t)BIT(caller->id);
        arch_vcpu_update_hwi(caller);
    }
    if (changed != 0) {
        zone_ring(zone, changed);
    }
    return 0;
}
