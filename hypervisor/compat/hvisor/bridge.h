/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtio-mmio devices (LV_REGION_VIRTIO) that hvisor's daemon in the root zone serves: a zone's
 * access becomes a request in a page that both see, and the answer is found there. The page can be
 * written by the daemon, a user process: every index in it is masked, and the hypervisor keeps its
 * own of those that are its own.
 */
#ifndef LV_COMPAT_BRIDGE_H
#define LV_COMPAT_BRIDGE_H

#include <core/types.h>
#include <loongvisor/hvisor.h>

struct zone;

/*
 * Serves devices through this page from now on: what waits for an answer is asked again, and the
 * lines that results have raised fall. Any CPU; takes the bridge's lock.
 */
void bridge_open(struct lv_hvisor_bridge *page);

/* Raises what the results in the page name. False if there is no page. */
bool bridge_finish(void);

/*
 * Brings a CPU interrupt (as device trees count them) of the zone to the level; false if that is
 * not one that is free for virtual devices.
 */
bool bridge_set_interrupt(struct zone *zone, uint64_t interrupt, bool level);

#endif
