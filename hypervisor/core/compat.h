/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What compat/ offers to a foreign hypervisor's tools. Weak: a build without compat/ has none of it
 * (make HV_COMPAT=).
 */
#ifndef LV_CORE_COMPAT_H
#define LV_CORE_COMPAT_H

#include <core/device.h>

/* The devices of an LV_REGION_VIRTIO. */
extern const struct device_kind compat_virtio_kind __attribute__((weak));

/*
 * Answers a hypercall below our own: the result for a0, or HYPERCALL_AGAIN. Own CPU, on the exit
 * path.
 */
int64_t compat_hypercall(struct vcpu *vcpu, uint64_t code, uint64_t a1, uint64_t a2)
    __attribute__((weak));

#endif
