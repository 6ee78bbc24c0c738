/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A zone's virtual power block (LV_REGION_POWER): what LV_POWER_* say. */
#ifndef LV_DEVICES_POWER_H
#define LV_DEVICES_POWER_H

#include <core/types.h>
#include <stdatomic.h>

struct vcpu;
struct zone;

enum power_button {
    POWER_QUIET,
    POWER_ASKED, /* pressed, not yet taken back */
    POWER_HEARD, /* likewise, and the zone has looked */
};

struct power {
    _Atomic uint32_t button; /* enum power_button */
};

/* Nobody has asked for anything. While the zone does not run, before its interrupts are reset. */
void power_reset(struct power *power);

/*
 * Presses the zone's power button: its interrupt rises, anew if it was high, and falls when the
 * zone takes the request back. False if the zone has no power block. Any CPU.
 */
bool power_ask(struct zone *zone);

/* Whether the zone was asked and has neither looked at the button nor taken it back. Any CPU. */
bool power_is_unheard(const struct power *power);

/*
 * Carries out an access at offset access->address of the region's page: a register is its lowest
 * byte. Does not return from the one that ends the zone. The vCPU's own CPU.
 */
void power_access(struct vcpu *vcpu, struct access *access);

#endif
