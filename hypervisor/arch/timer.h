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
 * Ticks until the guest's timer fires, if it will and the guest has its interrupt enabled; false
 * if not. 0: it is due, and fires when the guest goes on.
 */
bool timer_guest_remaining(const struct vcpu *vcpu, ticks_t *remaining);

/*
 * For a guest timer that stands still in host mode: notes at an exit when it would be due had it
 * run on, and brings it there before the guest goes on. Nothing else writes it in between.
 */
void timer_guest_hold(struct vcpu *vcpu);
void timer_guest_release(struct vcpu *vcpu);

/*
 * Raises the host's timer interrupt after that many ticks (or up to three later), or at this CPU's
 * deadline (arch_deadline_set()) if that is earlier.
 */
void timer_start(ticks_t ticks);

/* Withdraws the host's timer interrupt; only this CPU's deadline, if any, will raise it. */
void timer_stop(void);

#endif
