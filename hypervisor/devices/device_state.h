/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What devices/ adds to core's structures (core/device.h): the state of a zone's devices. */
#ifndef LV_DEVICES_STATE_H
#define LV_DEVICES_STATE_H

#include <devices/pci.h>
#include <devices/power.h>
#include <devices/uart.h>

struct device_state {
    struct pci_view pci;
    struct power power;
    struct uart uart;
};

#endif
