// SPDX-License-Identifier: GPL-2.0-or-later
/* The time of day in a register: LV_REGION_CLOCK. The bytes around it read 0. */
#include <core/cpu.h>
#include <core/device.h>

static enum verdict clock_access(struct vcpu *vcpu, struct access *access,
                                 const struct lv_region *region) {
    (void)vcpu;
    (void)region;
    if (!access->is_write) {
        access->value = access->address == LV_CLOCK_NOW ? rtc_now() : 0;
    }
    return VERDICT_HANDLED;
}

const struct device_kind clock_kind = {
    .size = LV_PAGE_SIZE, .single = true, .access = clock_access};
