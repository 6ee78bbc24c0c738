/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What devices/ adds to core's structures (core/device.h): the state of a zone's devices. */
#ifndef LV_DEVICES_STATE_H
#define LV_DEVICES_STATE_H

#include <devices/pci.h>
#include <devices/uart.h>
#include <devices/virtio.h>

/* The power block (LV_REGION_POWER). */
enum power_button {
    POWER_QUIET,
    POWER_ASKED, /* pressed, not yet taken back */
    POWER_HEARD, /* not yet taken back, and the zone has looked */
};

struct power {
    _Atomic uint32_t button; /* enum power_button */
};

struct device_state {
    struct pci_view pci;
    struct power power;
    struct uart uart;
    struct virtio_bus virtio;
};

#endif
