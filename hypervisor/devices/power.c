// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/interrupt.h>
#include <core/zone.h>
#include <core/zone_check.h>
#include <core/zone_life.h>
#include <devices/power.h>

void power_reset(struct power *power) {
    atomic_store(&power->button, false);
}

bool power_ask(struct zone *zone) {
    if (!zone_has_region(&zone->config, LV_REGION_POWER)) {
        return false;
    }
    zone_set_interrupt(zone, zone->config.power_interrupt, false);
    atomic_store(&zone->power.button, true);
    zone_set_interrupt(zone, zone->config.power_interrupt, true);
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
        atomic_store(&zone->power.button, false);
        zone_set_interrupt(zone, zone->config.power_interrupt, false);
        break;
    case LV_POWER_WATCHDOG:
        zone_alive(zone);
        break;
    default:
        break;
    }
}

void power_access(struct vcpu *vcpu, struct access *access) {
    struct zone *zone = vcpu->zone;

    if (access->is_write) {
        power_write(zone, access->address, (uint8_t)access->value);
    } else {
        access->value =
            access->address == LV_POWER_BUTTON && atomic_load(&zone->power.button) ? 1 : 0;
    }
}
