// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/zone.h>
#include <irq/eiointc.h>
#include <irq/send.h>
#include <lib/bits.h>
#include <lib/string.h>

#define WORD 4u
/* After reset, groups are routed to HWI1, where device trees expect the controller. */
#define IP_MAP_RESET 0x02u

/* Pending vectors follow a change of routes. */
static void group_reroute(struct eiointc *eiointc, uint32_t group) {
    eiointc_pend(eiointc, group, eiointc_withdraw(eiointc, group, UINT32_MAX));
}

/* Enabling a vector whose line is high makes it pending; disabling withdraws it. */
static void group_enable(struct eiointc *eiointc, uint32_t group, uint32_t enable) {
    uint32_t old = eiointc->virtual.enable[group];

    eiointc->virtual.enable[group] = enable;
    eiointc_pend(eiointc, group, eiointc->virtual.raw[group] & enable & ~old);
    (void)eiointc_withdraw(eiointc, group, ~enable);
}

/* The root zone can set vectors while the zone restarts. */
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
    return id < LV_VECTOR_CPUS ? virtual->status[id][group] : 0;
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
        if (vcpu->id < LV_VECTOR_CPUS) {
            virtual->status[vcpu->id][group] &= ~(value & ~kept);
        }
        break;
    case EIOINTC_IP_MAP:
        bytes_write(&virtual->ip_map[word->offset], value, keep_mask);
        break;
    case EIOINTC_CORE_MAP:
        bytes_write(&virtual->core_map[word->offset], value, keep_mask);
        group_reroute(eiointc, word->offset / LV_VECTOR_GROUP);
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
    uint32_t changed = eiointc_update_lines(&eiointc->virtual);
    spinlock_release(&eiointc->lock);
    zone_ring(eiointc->zone, changed);
}
