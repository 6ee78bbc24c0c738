/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtio-mmio devices (LV_REGION_VIRTIO) that hvisor's daemon in the root zone serves. A zone's
 * access becomes a request in a page that both share, and the answer comes back in that page. The
 * daemon, a user process, can write to the page. So every index in it is masked, and the hypervisor
 * keeps copies of the indices that only it advances.
 */
#ifndef LV_COMPAT_BRIDGE_H
#define LV_COMPAT_BRIDGE_H

#include <core/types.h>
#include <loongvisor/hvisor.h>

struct zone;

/*
 * Serves devices through this page from now on. Requests without an answer are sent again, and the
 * lines that results have raised fall. Any CPU; takes the bridge's lock.
 */
void bridge_open(struct lv_hvisor_bridge *page);

/* Raises the interrupts that the results in the page name. False if there is no page. */
bool bridge_finish(void);

/*
 * Sets a CPU interrupt of the zone, numbered as in device trees, to the level. False if it is not
 * free for virtual devices.
 */
bool bridge_set_interrupt(struct zone *zone, uint64_t interrupt, bool level);

#endif
