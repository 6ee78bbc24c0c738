// SPDX-License-Identifier: GPL-2.0-or-later
/* The zone's counters in a page that stage 2 maps: LV_REGION_INFO. */
#include <core/device.h>

const struct device_kind info_kind = {
    .size = LV_PAGE_SIZE, .single = true, .interrupt = DEVICE_TELLS_ROOT};
