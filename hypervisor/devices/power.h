/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A zone's virtual power block (LV_REGION_POWER), with the registers LV_POWER_*. */
#ifndef LV_DEVICES_POWER_H
#define LV_DEVICES_POWER_H

#include <core/types.h>
#include <stdatomic.h>

enum power_button {
    POWER_QUIET,
    POWER_ASKED, /* pressed, not yet taken back */
    POWER_HEARD, /* likewise, and the zone has looked */
};

struct power {
    _Atomic uint32_t button; /* enum power_button */
};

#endif
