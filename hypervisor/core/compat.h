/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What compat/ offers to a foreign hypervisor's tools. Weak: a build without compat/ has none of it
 * (make HV_COMPAT=).
 */
#ifndef LV_CORE_COMPAT_H
#define LV_CORE_COMPAT_H

#include <core/device.h>
#include <core/hypercall.h>

/* The devices of an LV_REGION_VIRTIO. */
extern const struct device_kind compat_virtio_kind __attribute__((weak));

/* Hypercalls with smaller codes than our own; a row without a function is no call. */
extern const struct call_row compat_call_rows[COMPAT_CALL_ROWS] __attribute__((weak));

#endif
