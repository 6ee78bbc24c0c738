// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/hypercall.h>
#include <core/hypercall_console.h>
#include <core/zone.h>
#include <lib/bits.h>
#include <lib/string.h>

#define BUFFER_ALIGN 8u

/* The caller's own memory at gpa, or NULL. */
static void *caller_buffer(struct vcpu *vcpu, gpa_t gpa, uint64_t size) {
    hpa_t hpa;

    if (!bits_is_aligned(gpa, BUFFER_ALIGN) || !zone_ram_hpa(vcpu->zone, gpa, size, &hpa)) {
        return NULL;
    }
    return arch_memory(hpa);
}

static int64_t call_stats(struct vcpu *vcpu, struct zone *zone, gpa_t gpa) {
    struct lv_zone_info_page *buffer = caller_buffer(vcpu, gpa, sizeof(*buffer));

    if (buffer == NULL) {
        return -LV_EFAULT;
    }
    memcpy(buffer, zone->info, sizeof(*buffer));
    return 0;
}

static int64_t call_status(struct vcpu *vcpu, struct zone *zone, gpa_t gpa) {
    struct lv_zone_status *buffer = caller_buffer(vcpu, gpa, sizeof(*buffer));

    if (buffer == NULL) {
        return -LV_EFAULT;
    }
    buffer->state = (uint32_t)atomic_load_explicit(&zone->state, memory_order_acquire);
    buffer->num_vcpus = zone->num_vcpus;
    memcpy(&buffer->failure, &zone->failure, sizeof(buffer->failure));
    return 0;
}

/* The other CPUs are rung; the caller's own lines may be meant, too. */
static int64_t call_set_vector(struct vcpu *vcpu, struct zone *zone, uint64_t vector, bool level) {
    if (vector >= LV_NUM_VECTORS || !eiointc_set_vector(&zone->eiointc, (uint32_t)vector, level)) {
        return -LV_EINVAL;
    }
    arch_vcpu_update_lines(vcpu);
    return 0;
}

static int64_t call_console(struct vcpu *vcpu, struct zone *zone, uint64_t code, gpa_t gpa) {
    struct lv_stream *buffer = caller_buffer(vcpu, gpa, sizeof(*buffer));

    if (buffer == NULL) {
        return -LV_EFAULT;
    }
    return code == LV_HYPERCALL_CONSOLE_READ ? hypercall_console_read(zone, buffer)
                                             : hypercall_console_write(zone, buffer);
}

/* Calls of the root zone on a zone that exists. */
static int64_t call_root(struct vcpu *vcpu, struct zone *zone, uint64_t code, uint64_t a2) {
    bool own = zone == vcpu->zone;

    switch (code) {
    case LV_HYPERCALL_STATUS:
        return call_status(vcpu, zone, a2);
    case LV_HYPERCALL_PAUSE:
        return !own && zone_pause(zone) ? 0 : -LV_EINVAL;
    case LV_HYPERCALL_RESUME:
        return !own && zone_resume(zone) ? 0 : -LV_EINVAL;
    case LV_HYPERCALL_RAISE_VECTOR:
    case LV_HYPERCALL_LOWER_VECTOR:
        return call_set_vector(vcpu, zone, a2, code == LV_HYPERCALL_RAISE_VECTOR);
    case LV_HYPERCALL_CONSOLE_READ:
    case LV_HYPERCALL_CONSOLE_WRITE:
        return call_console(vcpu, zone, code, a2);
    default:
        return -LV_ENOSYS;
    }
}

static int64_t call_zone(struct vcpu *vcpu, uint64_t code, uint64_t zone_id, uint64_t a2) {
    bool is_root = (vcpu->zone->config.flags & LV_ZONE_ROOT) != 0;
    struct zone *zone = zone_id < LV_MAX_ZONES ? zone_find((uint32_t)zone_id) : NULL;

    if (!is_root && !(code == LV_HYPERCALL_STATS && zone == vcpu->zone)) {
        return -LV_EPERM;
    }
    if (zone == NULL) {
        return -LV_ENOENT;
    }
    return code == LV_HYPERCALL_STATS ? call_stats(vcpu, zone, a2)
                                      : call_root(vcpu, zone, code, a2);
}

int64_t hypercall_handle(struct vcpu *vcpu, uint64_t code, uint64_t a1, uint64_t a2) {
    if (code == LV_HYPERCALL_VERSION) {
        return LV_HYPERCALL_ABI;
    }
    if ((code >= LV_HYPERCALL_STATS && code <= LV_HYPERCALL_LOWER_VECTOR) ||
        code == LV_HYPERCALL_CONSOLE_READ || code == LV_HYPERCALL_CONSOLE_WRITE) {
        return call_zone(vcpu, code, a1, a2);
    }
    return -LV_ENOSYS;
}

/* The vCPUs of the set, whose bit 0 is vCPU first. */
static void send_to_set(struct vcpu *vcpu, uint64_t set, uint64_t first) {
    for (; set != 0; set &= set - 1) {
        uint64_t bit = (uint64_t)__builtin_ctzll(set);
        struct vcpu *target = first < LV_MAX_CPUS ? zone_vcpu(vcpu->zone, first + bit) : NULL;
        if (target != NULL) {
            ipi_post_software(vcpu, target);
        } else {
            vcpu->stats->stray_sends++;
        }
    }
}

int64_t hypercall_handle_kvm(struct vcpu *vcpu, uint64_t function, const uint64_t args[3]) {
    if ((vcpu->zone->config.flags & LV_ZONE_PV_IPI) == 0 || function != KVM_FUNCTION_IPI) {
        return KVM_ERROR_CODE;
    }
    send_to_set(vcpu, args[0], args[2]);
    send_to_set(vcpu, args[1], args[2] + 64);
    return 0;
}
