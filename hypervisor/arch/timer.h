/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's and the loaded guest's stable timer, on this CPU (LVZ reference, section 6). */
#ifndef LV_ARCH_TIMER_H
#define LV_ARCH_TIMER_H

#include <core/vcpu.h>

/*
 * Finds out whether the guest timer counts in host mode. Leaves the guest timer stopped. CPU 0 at
 * start-up, before any vCPU is loaded.
 */
void timer_probe(void);

/* What timer_probe() found. */
bool timer_guest_runs_in_host(void);

/*
 * Sets *remaining to the ticks until the guest's timer fires; 0: it fires when the guest continues.
 * False if it will not fire, or the guest has its interrupt disabled.
 */
bool timer_guest_remaining(const struct vcpu *vcpu, ticks_t *remaining);

/*
 * For a guest timer that stands still in host mode. hold notes at an exit when the timer is due;
 * release sets it to that before the guest continues. Nothing else writes it in between.
 */
void timer_guest_hold(struct vcpu *vcpu);
void timer_guest_release(struct vcpu *vcpu);

/*
 * Raises the host's timer interrupt after that many ticks (or up to three later), or at this CPU's
 * deadline (arch_deadline_set()) if that is earlier.
 */
void timer_start(ticks_t ticks);

/* Clears the host's timer interrupt; only this CPU's deadline, if any, raises it again. */
void timer_stop(void);

#endif
