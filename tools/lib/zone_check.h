/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must hold of one zone whatever the board, and of all zones of an image together. */
#ifndef TOOLS_ZONE_CHECK_H
#define TOOLS_ZONE_CHECK_H

#include "zone.h"

/* CPU interrupt lines HWI0-7 (LVZ reference 2, GINTC.HWIP). */
#define ZONE_NUM_LINES 8u

/* Part of zone_read. Sets zone->is_root. */
void zone_check(struct report *report, struct zone *zone);

/* Part of zone_read: ranges of a PCI function's numbers; true when it can be used. */
bool zone_check_pci_device(struct report *report, const struct zone_pci_device *device);

/*
 * Checks zones against the board and each other: CPUs, memory, devices, vectors, lines, PCI
 * functions, one root. Parts that could not be read are passed over.
 */
void zone_check_all(struct report *report, const struct board *board,
                    const struct zone *const *zones, size_t count);

#endif
