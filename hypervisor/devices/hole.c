// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses at which nothing is, for drivers that probe: LV_REGION_HOLE. */
#include <core/device.h>

static enum verdict hole_access(struct vcpu *vcpu, struct access *access,
                                const struct lv_region *region) {
    (void)vcpu;
    (void)region;
    access->value = UINT64_MAX;
    return VERDICT_HANDLED;
}

const struct device_kind hole_kind = {.access = hole_access};
