/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's and the loaded guest's stable timer, on this CPU (LVZ reference, section 6). */
#ifndef LV_ARCH_TIMER_H
#define LV_ARCH_TIMER_H

#include <core/types.h>

/*
 * Finds out whether the guest timer counts in host mode. Leaves the guest timer stopped. CPU 0 at
 * start-up, before any vCPU is loaded.
 */
void timer_probe(void);

/* What timer_probe() found. */
bool timer_guest_runs_in_host(void);

/*
 * Ticks until the guest's timer fires, if it will and the guest has its interrupt enabled; false
 * if not.
 */
bool timer_guest_remaining(ticks_t *remaining);

/*
 * Makes up for a guest timer that stood still while the hypervisor waited since then. True if that
 * timer is due now: whether it fires in host mode is not known, so the guest has to go on.
 */
bool timer_guest_catch_up(ticks_t waited_from);

/* Raises the host's timer interrupt after that many ticks (or up to three later). */
void timer_start(ticks_t ticks);

/* Stops the host's timer and withdraws its interrupt. */
void timer_stop(void);

#endif
