// SPDX-License-Identifier: GPL-2.0-or-later
/* The kinds of devices that zones may have: a row each, which names the kind in its own file. */
#include <core/compat.h>
#include <lib/bits.h>

#define DEVICE_KINDS(X)                                                                            \
    X(LV_REGION_VIRTIO, compat_virtio_kind)                                                        \
    X(LV_REGION_HOLE, hole_kind)                                                                   \
    X(LV_REGION_PCI_CONFIG, pci_kind)                                                              \
    X(LV_REGION_INFO, info_kind)                                                                   \
    X(LV_REGION_UART, uart_kind)                                                                   \
    X(LV_REGION_POWER, power_kind)                                                                 \
    X(LV_REGION_CLOCK, clock_kind)                                                                 \
    X(LV_REGION_VIRTIO_BARS, virtio_kind)                                                          \
    X(LV_REGION_KICKS, kicks_kind)

#define DEVICE_DECLARE(type, kind) extern const struct device_kind kind;
DEVICE_KINDS(DEVICE_DECLARE)

#define DEVICE_ROW(type, kind) [type] = &(kind),
const struct device_kind *const device_kinds[LV_REGION_TYPES] = {DEVICE_KINDS(DEVICE_ROW)};

#define DEVICES_DO(member)                                                                         \
    void devices_##member(struct zone *zone) {                                                     \
        for (unsigned type = 0; type < ARRAY_SIZE(device_kinds); type++) {                         \
            if (device_kinds[type] != NULL && device_kinds[type]->member != NULL) {                \
                device_kinds[type]->member(zone);                                                  \
            }                                                                                      \
        }                                                                                          \
    }

DEVICES_DO(init)
DEVICES_DO(reset)
DEVICES_DO(quiesce)
