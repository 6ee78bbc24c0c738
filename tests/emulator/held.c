// SPDX-License-Identifier: GPL-2.0-or-later
/* LVZ reference, section 6.1, the other answer to its annex A.3: the guest's timer counts in guest
 * mode only. */
#include "tap.h"

#define TI (1UL << IRQ_TIMER)
/* A short timer in ticks, and exits enough for it: a tick is at least one instruction. */
#define SHORT      40UL
#define SHORT_RUNS 400u
#define LONG_MS    100

static struct rt_vcpu vcpu;
static uint64_t tick_ms; /* ticks in a millisecond */

static bool guest_ti(void) {
    return (gcsr_read(CSR_ESTAT) & TI) != 0;
}

static void payload_delay(uint64_t ticks) {
    rt_delay(ticks);
}

static void setup(uint64_t tcfg) {
    rt_vcpu_reset(&vcpu, 1);
    vcpu.watchdog = 100 * LONG_MS * tick_ms;
    gcsr_write(CSR_TCFG, tcfg);
}

static void timer_stop(void) {
    gcsr_write(CSR_TCFG, 0);
    gcsr_write(CSR_TICLR, 1);
}

static void held_counts(void) {
    uint64_t ticks = LONG_MS * tick_ms & ~3UL;

    setup(ticks | TCFG_EN);
    rt_delay(2 * ticks);
    tap_equal("6.1 (held) the count stands still in host mode", gcsr_read(CSR_TVAL), ticks);
    tap_true("6.1 (held) and doesn't expire there", !guest_ti());
    rt_vcpu_call(&vcpu, payload_delay, ticks / 2, 0, 0);
    uint64_t left = gcsr_read(CSR_TVAL);
    rt_delay(tick_ms);
    /* The readings of rdtime are whole ticks: up to one more may be left. */
    tap_range("6.1 (held) it counts in guest mode", left, 0, ticks / 2 + 1);
    tap_equal("6.1 (held) and keeps its value afterwards", gcsr_read(CSR_TVAL), left);
    rt_vcpu_call(&vcpu, payload_delay, ticks, 0, 0);
    tap_true("6.1 (held) it expires in guest mode", guest_ti());
    tap_equal("6.1 (held) with TVAL = -1", gcsr_read(CSR_TVAL), 0xffffffffffffUL);
    timer_stop();
}

static void held_writes(void) {
    setup(LONG_MS * tick_ms | TCFG_EN);
    gcsr_write(CSR_TVAL, 0x1234);
    tap_equal("6.1 (held) gcsrwr TVAL sets the count", gcsr_read(CSR_TVAL), 0x1234);
    gcsr_write(CSR_TVAL, 0);
    tap_true("6.1 (held) gcsrwr TVAL = 0 fires at once", guest_ti());
    timer_stop();
}

/* Runs the guest a few instructions at a time until its timer is over; false if it never is. */
static bool expires_in_pieces(void) {
    for (uint32_t i = 0; i < SHORT_RUNS && !guest_ti(); i++) {
        rt_vcpu_exec(&vcpu, 0, INSN_CPUCFG, 1, 0, 0);
    }
    return guest_ti();
}

static void held_pieces(void) {
    setup(SHORT | TCFG_EN);
    tap_true("6.1 (held) the time between exits adds up to a one-shot's", expires_in_pieces());
    timer_stop();
    setup(SHORT | TCFG_EN | TCFG_PERIODIC);
    for (uint32_t i = 0; i < 3; i++) {
        tap_true("6.1 (held) and to a period", expires_in_pieces());
        gcsr_write(CSR_TICLR, 1);
    }
    timer_stop();
}

void rt_main(void) {
    tick_ms = rt_ticks_per_second() / 1000;
    held_counts();
    held_writes();
    held_pieces();
    tap_done();
}
