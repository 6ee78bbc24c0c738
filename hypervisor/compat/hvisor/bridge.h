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

struct vcpu;
struct zone;

/*
 * Serves devices through this page from now on: what waits for an answer is asked again, and the
 * lines that results have raised fall. Any CPU; takes the bridge's lock.
 */
void bridge_open(struct lv_hvisor_bridge *page);

/*
 * Forgets the page, which nobody touches any more when this returns, and lowers the same lines: the
 * root zone's life ends. The last of the root zone's CPUs; takes the bridge's lock.
 */
void bridge_close(void);

/* Raises what the results in the page name. False if there is no page. */
bool bridge_finish(void);

/*
 * Brings a CPU interrupt (as device trees count them) of the zone to the level; false if that is
 * not one that is free for virtual devices.
 */
bool bridge_set_interrupt(struct zone *zone, uint64_t interrupt, bool level);

/*
 * Carries out an access at offset access->address of the region at base, in which devices lie
 * 0x200 bytes apart. Only a write to a QueueNotify is done at once; for the rest this waits, and
 * does what the zone's state demands meanwhile: it may not return. Without a page there is no
 * device: registers read 0. The vCPU's own CPU.
 */
void bridge_access(struct vcpu *vcpu, gpa_t base, struct access *access);

/*
 * Resets the zone's devices, as its guest would: the daemon keeps no pointer into RAM that is
 * somebody else's soon. Waits a second at the most for a daemon that does not answer. A CPU of the
 * zone, when none of its vCPUs is left; no locks.
 */
void bridge_reset_devices(struct zone *zone);

#endif
