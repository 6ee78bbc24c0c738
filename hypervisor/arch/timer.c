// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/guest.h>
#include <arch/timer.h>
#include <core/cpu.h>
#include <lib/bits.h>

/* Long enough for the probe to see a timer count, short enough not to delay start-up. */
#define PROBE_COUNT BIT(32)
#define PROBE_TICKS 1000u

static bool guest_runs_in_host;

static ticks_t timer_limit(void) {
    return BITS(47, 2); /* TCFG.InitVal of a 48-bit timer (LVZ reference 6.1) */
}

void timer_probe(void) {
    ticks_t until = arch_counter() + PROBE_TICKS;

    gcsr_write(CSR_TCFG, PROBE_COUNT | TCFG_EN);
    ticks_t before = gcsr_read(CSR_TVAL);
    while (arch_counter() < until) {
    }
    guest_runs_in_host = gcsr_read(CSR_TVAL) != before;
    gcsr_write(CSR_TCFG, 0);
}

bool timer_guest_runs_in_host(void) {
    return guest_runs_in_host;
}

static bool timer_is_periodic(uint64_t tcfg) {
    return (tcfg & TCFG_PERIODIC) != 0;
}

/* A one-shot timer that has fired stays enabled and reads all ones, above its initial value. */
static bool timer_will_fire(uint64_t tcfg, ticks_t tval) {
    return (tcfg & TCFG_EN) != 0 && (timer_is_periodic(tcfg) || tval <= tcfg);
}

/* Ticks until a deadline; 0 if it has passed. */
static ticks_t ticks_until(ticks_t deadline, ticks_t now) {
    return (int64_t)(deadline - now) > 0 ? deadline - now : 0;
}

bool timer_guest_remaining(const struct vcpu *vcpu, ticks_t *remaining) {
    const struct held_timer *held = &vcpu->arch.timer;
    bool fires;

    if (guest_runs_in_host) {
        uint64_t tcfg = gcsr_read(CSR_TCFG);
        *remaining = gcsr_read(CSR_TVAL);
        fires = timer_will_fire(tcfg, *remaining);
    } else {
        *remaining = ticks_until(held->deadline, arch_counter());
        fires = held->config != 0;
    }
    return fires && (gcsr_read(CSR_ECFG) & BIT(IRQ_TIMER)) != 0;
}

/*
 * The time from a timer's release to its first tick, and from its last tick to the next hold, goes
 * uncounted. A deadline computed again at each exit would therefore drift, so the same timer keeps
 * its deadline. A timer that the guest has set since the release has counted less than the time
 * since then; an older one has counted more. A doubtful timer is taken for a new one: its deadline
 * is then a few ticks late, and never early.
 */
void timer_guest_hold(struct vcpu *vcpu) {
    struct held_timer *held = &vcpu->arch.timer;
    uint64_t tcfg = gcsr_read(CSR_TCFG);
    ticks_t tval = gcsr_read(CSR_TVAL);
    ticks_t now = arch_counter();
    ticks_t counted = (tcfg & ~(uint64_t)TCFG_LOW_BITS) - tval;

    if (!timer_will_fire(tcfg, tval)) {
        held->config = 0;
    } else if (tcfg != held->config || counted <= now - held->released) {
        held->config = tcfg;
        held->deadline = now + tval;
    }
}

/* Keeps the phase; periods that have passed are one interrupt (LVZ reference 6.3). */
static ticks_t periodic_overrun(struct held_timer *held, ticks_t now) {
    ticks_t period = held->config & ~(uint64_t)TCFG_LOW_BITS;
    ticks_t late = now - held->deadline;

    if (period == 0) {
        return 0;
    }
    held->deadline = now + period - late % period;
    guest_change_estat(BIT(IRQ_TIMER), BIT(IRQ_TIMER));
    return held->deadline - now;
}

void timer_guest_release(struct vcpu *vcpu) {
    struct held_timer *held = &vcpu->arch.timer;
    ticks_t now = arch_counter();
    ticks_t remaining = ticks_until(held->deadline, now);

    held->released = now;
    if (held->config == 0) {
        return;
    }
    if (remaining == 0 && timer_is_periodic(held->config)) {
        remaining = periodic_overrun(held, now);
    }
    /* 0 fires at once. */
    gcsr_write(CSR_TVAL, remaining);
}

static void timer_arm(ticks_t ticks) {
    ticks_t count = (ticks + TCFG_LOW_BITS) & ~(ticks_t)TCFG_LOW_BITS;

    if (count > timer_limit()) {
        count = timer_limit();
    } else if (count == 0) {
        count = TCFG_LOW_BITS + 1;
    }
    csr_write(CSR_TCFG, count | TCFG_EN);
}

void timer_start(ticks_t ticks) {
    const struct arch_cpu *cpu = &arch_this_cpu()->arch;

    if (cpu->has_deadline) {
        ticks_t remaining = ticks_until(cpu->deadline, arch_counter());
        ticks = remaining < ticks ? remaining : ticks;
    }
    timer_arm(ticks);
}

void timer_stop(void) {
    const struct arch_cpu *cpu = &arch_this_cpu()->arch;

    csr_write(CSR_TCFG, 0);
    csr_write(CSR_TICLR, TICLR_CLEAR);
    if (cpu->has_deadline) {
        timer_arm(ticks_until(cpu->deadline, arch_counter()));
    }
}

void arch_deadline_set(ticks_t deadline) {
    struct arch_cpu *cpu = &arch_this_cpu()->arch;

    cpu->deadline = deadline;
    cpu->has_deadline = true;
    timer_stop();
}

void arch_deadline_clear(void) {
    arch_this_cpu()->arch.has_deadline = false;
    timer_stop();
}
