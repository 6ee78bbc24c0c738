// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/csr.h>
#include <arch/timer.h>
#include <core/arch.h>
#include <lib/bits.h>

/* Long enough that the probe sees a counting timer move, short enough not to delay start-up. */
#define PROBE_COUNT BIT(32)
#define PROBE_TICKS 1000u

static bool guest_runs_in_host;

static ticks_t timer_limit(void) {
    return BITS(47, 2); /* TCFG.InitVal of a 48-bit timer (LVZ reference 6.1) */
}

void timer_probe(void) {
    ticks_t until = arch_counter() + PROBE_TICKS;

    gcsr_write(CSR_TCFG, PROBE_COUNT | TCFG_ENABLE);
    ticks_t before = gcsr_read(CSR_TVAL);
    while (arch_counter() < until) {
    }
    guest_runs_in_host = gcsr_read(CSR_TVAL) != before;
    gcsr_write(CSR_TCFG, 0);
}

bool timer_guest_runs_in_host(void) {
    return guest_runs_in_host;
}

/* A one-shot timer that has fired stays enabled and reads all ones, more than it began with. */
static bool timer_guest_has_fired(uint64_t tcfg, ticks_t tval) {
    return (tcfg & TCFG_PERIODIC) == 0 && tval > tcfg;
}

bool timer_guest_remaining(ticks_t *remaining) {
    uint64_t tcfg = gcsr_read(CSR_TCFG);

    if ((tcfg & TCFG_ENABLE) == 0 || (gcsr_read(CSR_ECFG) & BIT(LINE_TIMER)) == 0) {
        return false;
    }
    *remaining = gcsr_read(CSR_TVAL);
    return !timer_guest_has_fired(tcfg, *remaining);
}

bool timer_guest_catch_up(ticks_t waited_from) {
    uint64_t tcfg = gcsr_read(CSR_TCFG);
    ticks_t waited = arch_counter() - waited_from;
    ticks_t tval = gcsr_read(CSR_TVAL);

    if (guest_runs_in_host || (tcfg & TCFG_ENABLE) == 0 || timer_guest_has_fired(tcfg, tval)) {
        return false;
    }
    /* TVAL 0 fires at once and, if periodic, starts over. */
    gcsr_write(CSR_TVAL, waited < tval ? tval - waited : 0);
    return waited >= tval;
}

void timer_start(ticks_t ticks) {
    ticks_t count = (ticks + TCFG_LOW_BITS) & ~(ticks_t)TCFG_LOW_BITS;

    if (count > timer_limit()) {
        count = timer_limit();
    } else if (count == 0) {
        count = TCFG_LOW_BITS + 1;
    }
    csr_write(CSR_TCFG, count | TCFG_ENABLE);
}

void timer_stop(void) {
    csr_write(CSR_TCFG, 0);
    csr_write(CSR_TICLR, TICLR_CLEAR);
}
