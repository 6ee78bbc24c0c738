// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/zone.h>
#include <devices/eiointc.h>
#include <devices/send.h>
#include <lib/bits.h>
#include <lib/string.h>

#define WORD 4u
/* Routing after reset: HWI1, where device trees expect the controller. */
#define IP_MAP_RESET 0x02u
#define CORE_MASK    0x0fu

/* Hardware's rule in bitmap mode: the lowest CPU named; none, or one that is not there, is CPU 0.
 */
static vcpu_id_t vector_target(const struct eiointc *eiointc, uint32_t vector) {
    uint8_t cpus = eiointc->virtual.core_map[vector] & CORE_MASK;
    vcpu_id_t target = cpus == 0 ? 0 : (vcpu_id_t)__builtin_ctz(cpus);

    return target < eiointc->zone->num_vcpus ? target : 0;
}

/* Makes the group's vectors pending, each on the CPU that its route names. */
static void vectors_pend(struct eiointc *eiointc, uint32_t group, uint32_t bits) {
    for (; bits != 0; bits &= bits - 1) {
        uint32_t bit = (uint32_t)__builtin_ctz(bits);
        vcpu_id_t target = vector_target(eiointc, group * EIOINTC_GROUP_VECTORS + bit);
        eiointc->virtual.status[target][group] |= (uint32_t)BIT(bit);
        eiointc->virtual.busy[target] |= (uint32_t)BIT(group);
    }
}

/* The answer: which of them were pending. */
static uint32_t vectors_withdraw(struct eiointc *eiointc, uint32_t group, uint32_t bits) {
    uint32_t pending = 0;

    for (vcpu_id_t id = 0; id < EIOINTC_CPUS; id++) {
        pending |= eiointc->virtual.status[id][group] & bits;
        eiointc->virtual.status[id][group] &= ~bits;
    }
    return pending;
}

/* What is pending follows a change of routes. */
static void group_reroute(struct eiointc *eiointc, uint32_t group) {
    vectors_pend(eiointc, group, vectors_withdraw(eiointc, group, UINT32_MAX));
}

/* Enabling a vector whose line is high makes it pending; disabling withdraws it. */
static void group_enable(struct eiointc *eiointc, uint32_t group, uint32_t enable) {
    uint32_t old = eiointc->virtual.enable[group];

    eiointc->virtual.enable[group] = enable;
    vectors_pend(eiointc, group, eiointc->virtual.raw[group] & enable & ~old);
    (void)vectors_withdraw(eiointc, group, ~enable);
}

/* The lines of the groups that may have something pending; forgets those that have not. */
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

/* After each change, under the lock. The vCPUs, a bit each, whose lines have changed. */
static uint32_t lines_update(struct eiointc_virtual *virtual) {
    uint32_t changed = 0;

    for (vcpu_id_t id = 0; id < EIOINTC_CPUS; id++) {
        uint32_t lines = virtual->busy[id] != 0 ? lines_of(virtual, id) : 0;
        if (lines != atomic_load_explicit(&virtual->lines[id], memory_order_relaxed)) {
            atomic_store_explicit(&virtual->lines[id], lines, memory_order_release);
            changed |= (uint32_t)BIT(id);
        }
    }
    return changed;
}

uint32_t eiointc_virtual_lines(const struct eiointc *eiointc, vcpu_id_t vcpu) {
    return vcpu < EIOINTC_CPUS
               ? atomic_load_explicit(&eiointc->virtual.lines[vcpu], memory_order_acquire)
               : 0;
}

bool eiointc_set_vector(struct eiointc *eiointc, uint32_t vector, bool level) {
    struct eiointc_virtual *virtual = &eiointc->virtual;
    uint32_t group = vector / EIOINTC_GROUP_VECTORS;
    uint32_t bit = (uint32_t)BIT(vector % EIOINTC_GROUP_VECTORS);

    if (vector >= LV_NUM_VECTORS || (eiointc->groups & BIT(group)) != 0) {
        return false;
    }
    spinlock_take(&eiointc->lock);
    if (level) {
        virtual->raw[group] |= bit;
        vectors_pend(eiointc, group, bit & virtual->enable[group]);
    } else {
        virtual->raw[group] &= ~bit;
        (void)vectors_withdraw(eiointc, group, bit);
    }
    uint32_t changed = lines_update(virtual);
    spinlock_release(&eiointc->lock);
    zone_ring(eiointc->zone, changed);
    return true;
}

/* The root zone can set vectors while the zone starts anew. */
void eiointc_virtual_init(struct eiointc *eiointc) {
    spinlock_take(&eiointc->lock);
    eiointc->virtual = (struct eiointc_virtual){0};
    memset(eiointc->virtual.ip_map, IP_MAP_RESET, sizeof(eiointc->virtual.ip_map));
    spinlock_release(&eiointc->lock);
}

static uint32_t bytes_read(const uint8_t *bytes) {
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

static void bytes_write(uint8_t *bytes, uint32_t value, uint32_t keep_mask) {
    for (unsigned i = 0; i < WORD; i++) {
        if ((keep_mask & BIT(i)) == 0) {
            bytes[i] = (uint8_t)(value >> (i * 8));
        }
    }
}

static uint32_t status_read(const struct eiointc_virtual *virtual, vcpu_id_t id, uint32_t group) {
    return id < EIOINTC_CPUS ? virtual->status[id][group] : 0;
}

uint32_t eiointc_virtual_read(struct vcpu *vcpu, const struct eiointc_word *word) {
    struct eiointc *eiointc = &vcpu->zone->eiointc;
    const struct eiointc_virtual *virtual = &eiointc->virtual;
    uint32_t group = word->offset / WORD;
    uint32_t value = 0;

    spinlock_take(&eiointc->lock);
    switch (word->kind) {
    case EIOINTC_ENABLE:
        value = virtual->enable[group];
        break;
    case EIOINTC_BOUNCE:
        value = virtual->bounce[group];
        break;
    case EIOINTC_STATUS:
        value = status_read(virtual, vcpu->id, group);
        break;
    case EIOINTC_IP_MAP:
        value = bytes_read(&virtual->ip_map[word->offset]);
        break;
    case EIOINTC_CORE_MAP:
        value = bytes_read(&virtual->core_map[word->offset]);
        break;
    default:
        break;
    }
    spinlock_release(&eiointc->lock);
    return value;
}

static void write_locked(struct vcpu *vcpu, const struct eiointc_word *word, uint32_t value,
                         uint32_t keep_mask) {
    struct eiointc *eiointc = &vcpu->zone->eiointc;
    struct eiointc_virtual *virtual = &eiointc->virtual;
    uint32_t group = word->offset / WORD;
    uint32_t kept = send_kept_bits(keep_mask);

    switch (word->kind) {
    case EIOINTC_ENABLE:
        group_enable(eiointc, group, (virtual->enable[group] & kept) | (value & ~kept));
        break;
    case EIOINTC_BOUNCE:
        virtual->bounce[group] = (virtual->bounce[group] & kept) | (value & ~kept);
        break;
    case EIOINTC_STATUS:
        if (vcpu->id < EIOINTC_CPUS) {
            virtual->status[vcpu->id][group] &= ~(value & ~kept);
        }
        break;
    case EIOINTC_IP_MAP:
        bytes_write(&virtual->ip_map[word->offset], value, keep_mask);
        break;
    case EIOINTC_CORE_MAP:
        bytes_write(&virtual->core_map[word->offset], value, keep_mask);
        group_reroute(eiointc, word->offset / EIOINTC_GROUP_VECTORS);
        break;
    default:
        break;
    }
}

void eiointc_virtual_write(struct vcpu *vcpu, const struct eiointc_word *word, uint32_t value,
                           uint32_t keep_mask) {
    struct eiointc *eiointc = &vcpu->zone->eiointc;

    spinlock_take(&eiointc->lock);
    write_locked(vcpu, word, value, keep_mask);
    uint32_t changed = lines_update(&eiointc->virtual);
    spinlock_release(&eiointc->lock);
    zone_ring(eiointc->zone, changed);
}
