// SPDX-License-Identifier: GPL-2.0-or-later
/* The way of a hypercall to its handler, and the frequent handlers, which interrupt vCPUs. */
#include <core/hypercall.h>
#include <core/zone.h>
#include <core/compat.h>

static int64_t set_vector(struct vcpu *vcpu, uint64_t zone_id, uint64_t vector, bool level) {
    if (!zone_is_root(vcpu->zone)) {
        return -LV_EPERM;
    }
    struct zone *zone = zone_find_inline(zone_id);
    return zone != NULL ? irq_set_vector(vcpu, zone, vector, level) : -LV_ENOENT;
}

int64_t call_raise_vector(struct vcpu *vcpu, uint64_t zone_id, uint64_t vector) {
    return set_vector(vcpu, zone_id, vector, true);
}

int64_t call_lower_vector(struct vcpu *vcpu, uint64_t zone_id, uint64_t vector) {
    return set_vector(vcpu, zone_id, vector, false);
}

int64_t call_virtio_kicks(struct vcpu *vcpu, uint64_t a1, uint64_t a2) {
    (void)a1;
    (void)a2;
    return zone_is_root(vcpu->zone) ? (int64_t)zone_virtio_take_kicks(vcpu->zone) : -LV_EPERM;
}

int64_t call_virtio_signal(struct vcpu *vcpu, uint64_t zone_id, uint64_t argument) {
    if (!zone_is_root(vcpu->zone)) {
        return -LV_EPERM;
    }
    struct zone *zone = zone_find_inline(zone_id);
    return zone != NULL ? zone_virtio_signal(zone, argument) : -LV_ENOENT;
}

int64_t hypercall_handle(struct vcpu *vcpu, uint64_t code, uint64_t a1, uint64_t a2) {
    uint64_t index = code - CALL_FIRST;

    if (index < CALL_ROWS) {
        const struct call_row *row = &call_rows[index];
        return row->quick != NULL ? row->quick(vcpu, a1, a2) : call_by_row(vcpu, row, a1, a2);
    }
    return code < COMPAT_CALL_ROWS && compat_call_rows != NULL
               ? call_by_row(vcpu, &compat_call_rows[code], a1, a2)
               : -LV_ENOSYS;
}

/* The vCPUs of the set, whose bit 0 is vCPU first. */
static void send_to_set(struct vcpu *vcpu, uint64_t set, uint64_t first) {
    for (; set != 0; set &= set - 1) {
        uint64_t bit = (uint64_t)__builtin_ctzll(set);
        struct vcpu *target = first < LV_MAX_CPUS ? zone_vcpu(vcpu->zone, first + bit) : NULL;
        if (target != NULL) {
            irq_post_software(vcpu, target);
        } else {
            vcpu->stats->stray_sends++;
        }
    }
}

int64_t hypercall_handle_kvm(struct vcpu *vcpu, uint64_t function, const uint64_t args[3]) {
    if ((vcpu->zone->config.flags & LV_ZONE_PV_IPI) == 0 || function != LV_KVM_FUNCTION_IPI) {
        return LV_KVM_INVALID_CODE;
    }
    send_to_set(vcpu, args[0], args[2]);
    send_to_set(vcpu, args[1], args[2] + 64);
    return 0;
}
