// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/zone.h>
#include <core/zone_life.h>

/* PVPANIC_PANICKED of QEMU's pvpanic, of whose events this one is offered. */
#define POWER_CRASHED 1u

/* Before the zone's interrupts are reset. */
static void power_reset(struct zone *zone) {
    atomic_store(&zone->devices.power.button, POWER_QUIET);
}

bool zone_button_is_unheard(const struct zone *zone) {
    return atomic_load(&zone->devices.power.button) == POWER_ASKED;
}

static uint64_t power_read(struct power *power, uint64_t offset) {
    uint32_t asked = POWER_ASKED;

    switch (offset) {
    case LV_POWER_BUTTON:
        (void)atomic_compare_exchange_strong(&power->button, &asked, POWER_HEARD);
        return asked != POWER_QUIET ? 1 : 0;
    case LV_POWER_CRASH:
        return POWER_CRASHED;
    default:
        return 0;
    }
}

bool zone_button_press(struct zone *zone) {
    const struct lv_region *region = lv_find_region(&zone->config, LV_REGION_POWER);

    if (region == NULL) {
        return false;
    }
    zone_set_interrupt(zone, region->interrupt, false);
    atomic_store(&zone->devices.power.button, POWER_ASKED);
    zone_set_interrupt(zone, region->interrupt, true);
    return true;
}

static void power_write(struct zone *zone, uint64_t offset, uint8_t value) {
    switch (offset) {
    case LV_POWER_SLEEP:
        if (value == LV_POWER_SLEEP_OFF) {
            zone_power_off(zone);
        }
        break;
    case LV_POWER_RESET:
        if (value == LV_POWER_RESET_NOW) {
            zone_reboot(zone);
        }
        break;
    case LV_POWER_BUTTON:
        power_reset(zone);
        zone_set_interrupt(zone, lv_find_interrupt(&zone->config, LV_REGION_POWER), false);
        break;
    case LV_POWER_WATCHDOG:
        zone_feed_watchdog(zone);
        break;
    case LV_POWER_CRASH:
        if ((value & POWER_CRASHED) != 0) {
            zone_notice(zone, LV_REASON_CRASH);
        }
        break;
    default:
        break;
    }
}

/* A register is its lowest byte. */
static enum verdict power_access(struct vcpu *vcpu, struct access *access,
                                 const struct lv_region *region) {
    struct zone *zone = vcpu->zone;

    (void)region;
    if (access->is_write) {
        power_write(zone, access->address, (uint8_t)access->value);
    } else {
        access->value = power_read(&zone->devices.power, access->address);
    }
    return VERDICT_HANDLED;
}

const struct device_kind power_kind = {
    .size = LV_PAGE_SIZE,
    .single = true,
    .interrupt = DEVICE_INTERRUPTS,
    .reset = power_reset,
    .access = power_access,
};
