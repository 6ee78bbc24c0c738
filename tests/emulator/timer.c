// SPDX-License-Identifier: GPL-2.0-or-later
/* LVZ reference, sections 2.6 and 6: the guest's timer and clock. Times are in ticks of the stable
 * counter. */
#include "phase.h"

#define TVAL_STOPPED 0xffffffffffffUL
#define TI           (1UL << IRQ_TIMER)

static struct rt_vcpu vcpu;
static uint64_t tick_ms; /* ticks in a millisecond */

/* An emulator's timers are late when its host is busy. Milliseconds to wait for what must come, and
 * for what must not. */
#define LATE_MS  500
#define QUIET_MS 20
#define LATE     (LATE_MS * tick_ms)
#define QUIET    (QUIET_MS * tick_ms)
/* A countdown whose end no check waits for: 10 s, and what is left of it at the least when it is
 * looked at soon. */
#define LONG_MS      10000
#define LONG         (LONG_MS * tick_ms)
#define LONG_STARTED (LONG_MS / 2 * tick_ms)

static bool guest_ti(void) {
    return (gcsr_read(CSR_ESTAT) & TI) != 0;
}

/* Waits in host mode until the guest's TI is up; true if it is within the time. */
static bool guest_ti_within(uint64_t ticks) {
    uint64_t start = rdtime();

    while (!guest_ti() && rdtime() - start < ticks) {
    }
    return guest_ti();
}

/* In the guest: interrupts open until there were count timer interrupts or time is up. */
static void payload_wait(uint64_t count, uint64_t ticks) {
    struct rt_context *self = rt_context_self();
    uint64_t start = rdtime();

    csr_write(CSR_ECFG, TI);
    csr_xchg(CSR_CRMD, CRMD_IE, CRMD_IE);
    while (self->timer_irqs < count && rdtime() - start < ticks) {
    }
    csr_xchg(CSR_CRMD, 0, CRMD_IE);
}

static uint64_t payload_rdtime(void) {
    return rdtime();
}

static uint64_t payload_rdtime_id(void) {
    return rdtime_id();
}

static void setup(void) {
    rt_vcpu_reset(&vcpu, 1);
    vcpu.watchdog = 4 * LATE;
}

/* How many timer interrupts the guest took while it waited for so many, up to that time. */
static uint32_t guest_wait(uint64_t count, uint64_t ticks) {
    vcpu.context->timer_irqs = 0;
    rt_vcpu_call(&vcpu, payload_wait, count, ticks, 0);
    return vcpu.context->timer_irqs;
}

static void timer_oneshot(void) {
    setup();
    gcsr_write(CSR_TCFG, tick_ms | TCFG_EN);
    tap_equal("6.1 a one-shot timer interrupts the guest", guest_wait(1, LATE), 1);
    tap_equal("6.1 and only once", guest_wait(1, QUIET), 0);
    tap_equal("6.1 without an exit", vcpu.exits, 0);
    tap_equal("6.1 after a one-shot TCFG.En is still 1", gcsr_read(CSR_TCFG) & TCFG_EN, TCFG_EN);
    tap_equal("6.1 after a one-shot TVAL reads -1", gcsr_read(CSR_TVAL), TVAL_STOPPED);
    uint64_t start = rdtime();
    gcsr_write(CSR_TCFG, 4 * tick_ms | TCFG_EN);
    guest_wait(1, LATE);
    tap_range("6.1 the guest waits as long as TCFG says", rdtime() - start, 4 * tick_ms - 4, LATE);
    gcsr_write(CSR_TCFG, 2 * tick_ms | TCFG_EN);
    tap_equal("6.1 writing TCFG again starts the next event", guest_wait(1, LATE), 1);
}

static void timer_periodic(void) {
    setup();
    uint64_t start = rdtime();
    gcsr_write(CSR_TCFG, tick_ms | TCFG_EN | TCFG_PERIODIC);
    tap_equal("6.1 a periodic timer keeps interrupting", guest_wait(10, LATE), 10);
    tap_range("6.1 ten periods take ten periods", rdtime() - start, 10 * (tick_ms & ~3UL), LATE);
    tap_equal("6.1 periodic without an exit", vcpu.exits, 0);
    tap_range("6.1 TVAL of a periodic timer stays within the period", gcsr_read(CSR_TVAL), 0,
              tick_ms);
    gcsr_write(CSR_TCFG, 0);
    gcsr_write(CSR_TICLR, 1);
    tap_equal("6.1 TCFG = 0 stops it", guest_wait(1, QUIET), 0);
}

static uint64_t guest_tval(void) {
    return gcsr_read(CSR_TVAL);
}

static void timer_phase(void) {
    uint64_t period = tick_ms & ~3UL;

    setup();
    uint64_t start = rdtime();
    gcsr_write(CSR_TCFG, period | TCFG_EN | TCFG_PERIODIC);
    tap_range("6.1 a periodic timer keeps its phase: error in ticks",
              phase_error(guest_tval, start, period), 0, period / 10);
    gcsr_write(CSR_TCFG, 0);
    gcsr_write(CSR_TICLR, 1);
}

static void timer_tval(void) {
    setup();
    gcsr_write(CSR_TCFG, LONG | TCFG_EN);
    gcsr_write(CSR_TVAL, 0);
    tap_true("6.1 gcsrwr TVAL = 0 fires at once", guest_ti_within(LATE));
    tap_equal("6.3 and TVAL is -1", gcsr_read(CSR_TVAL), TVAL_STOPPED);
    tap_equal("6.3 and TCFG.En stays 1", gcsr_read(CSR_TCFG) & TCFG_EN, TCFG_EN);
    gcsr_write(CSR_TICLR, 1);
    tap_true("6.1 gcsrwr TICLR = 1 clears the guest's TI", !guest_ti());
    tap_equal("6.1 TICLR doesn't touch the count", gcsr_read(CSR_TVAL), TVAL_STOPPED);
    rt_delay(QUIET);
    tap_true("6.3 it doesn't fire again", !guest_ti());

    gcsr_write(CSR_TCFG, LONG | TCFG_EN);
    gcsr_write(CSR_TVAL, LONG / 4);
    tap_range("6.1 gcsrwr TVAL sets the running count", gcsr_read(CSR_TVAL), 0, LONG / 4);
    gcsr_write(CSR_TVAL, 2 * tick_ms);
    tap_true("6.1 which then expires", guest_ti_within(LATE));
    gcsr_write(CSR_TCFG, LONG | TCFG_EN);
    rt_vcpu_exec(&vcpu, 0, INSN_CSRWR(CSR_TVAL), 0x100, 0, 0);
    tap_range("6.1 the guest's csrwr TVAL has no effect", gcsr_read(CSR_TVAL), LONG_STARTED, LONG);
    gcsr_write(CSR_TCFG, 0);
    uint64_t stopped = gcsr_read(CSR_TVAL);
    rt_delay(tick_ms / 10);
    tap_equal("6.1 a stopped timer doesn't count", gcsr_read(CSR_TVAL), stopped);
}

static void timer_ticlr(void) {
    setup();
    gcsr_write(CSR_TCFG, LONG | TCFG_EN);
    gcsr_write(CSR_TVAL, 0);
    guest_ti_within(LATE);
    rt_vcpu_exec(&vcpu, 0, INSN_CSRWR(CSR_TICLR), 1, 0, 0);
    tap_true("6.1 the guest's TICLR clears its TI", !guest_ti());
    tap_equal("6.1 without an exit", vcpu.exits, 0);
    csr_write(CSR_TCFG, tick_ms / 10 | TCFG_EN);
    rt_delay(QUIET);
    gcsr_xchg(CSR_ESTAT, TI, TI);
    rt_vcpu_exec(&vcpu, 0, INSN_CSRWR(CSR_TICLR), 1, 0, 0);
    tap_true("6.1 it clears a TI that the host injected", !guest_ti());
}

/* The host's way to the guest's timer, as ticlr_late. */
static uint64_t gcsr_ticlr_late(void) {
    uint64_t late = 0;

    for (uint32_t i = 0; i < TICLR_ROUNDS; i++) {
        gcsr_write(CSR_TCFG, TICLR_TICKS | TCFG_EN);
        rt_delay(TICLR_TICKS + 1);
        gcsr_write(CSR_TICLR, 1);
        late += guest_ti();
    }
    return late;
}

static void timer_ticlr_late(void) {
    setup();
    tap_equal("6.1 gcsrwr TICLR ends a timer that is over: interrupts that came after it",
              gcsr_ticlr_late(), 0);
    enum rt_stop stop = rt_vcpu_call(&vcpu, ticlr_late, 0, 0, 0);
    tap_equal("6.1 and so does the guest's TICLR", stop == RT_STOP_DONE ? vcpu.regs[4] : ~0UL, 0);
    gcsr_write(CSR_TCFG, 0);
    gcsr_write(CSR_TICLR, 1);
}

static void timer_host_mode(void) {
    setup();
    gcsr_write(CSR_TCFG, LONG | TCFG_EN);
    uint64_t first = gcsr_read(CSR_TVAL);
    rt_delay(tick_ms / 10);
    tap_true("6.1 the guest's timer counts in host mode" UNKNOWN, gcsr_read(CSR_TVAL) < first);
    gcsr_write(CSR_TCFG, tick_ms | TCFG_EN);
    tap_true("6.1 and expires there" UNKNOWN, guest_ti_within(LATE));
    tap_equal("6.1 with TVAL = -1" UNKNOWN, gcsr_read(CSR_TVAL), TVAL_STOPPED);
    tap_equal("6.1 the guest takes it at its next entry", guest_wait(1, LATE), 1);
    csr_write(CSR_TICLR, 1);
    gcsr_write(CSR_TCFG, tick_ms / 10 | TCFG_EN);
    guest_ti_within(LATE);
    tap_equal("1.5 the guest's timer doesn't raise the host's TI", csr_read(CSR_ESTAT) & TI, 0);
    gcsr_write(CSR_TCFG, 0);
    gcsr_write(CSR_TICLR, 1);
    csr_write(CSR_TCFG, tick_ms / 10 | TCFG_EN);
    uint64_t start = rdtime();
    while ((csr_read(CSR_ESTAT) & TI) == 0 && rdtime() - start < LATE) {
    }
    tap_true("1.5 the host's timer doesn't raise the guest's TI", !guest_ti());
    tap_equal("1.5 but its own", csr_read(CSR_ESTAT) & TI, TI);
    csr_write(CSR_TCFG, 0);
    csr_write(CSR_TICLR, 1);
}

static void timer_masked(void) {
    setup();
    gcsr_write(CSR_TCFG, tick_ms | TCFG_EN);
    guest_ti_within(LATE);
    rt_vcpu_exec(&vcpu, 0, INSN_CSRRD(CSR_ESTAT), 0, 0, 0);
    tap_equal("6.1 the guest sees TI in its ESTAT", vcpu.regs[4] & TI, TI);
    tap_equal("7.2 masked by IE = 0: no interrupt, no exit", vcpu.exits + vcpu.context->irqs, 0);
    tap_equal("7.2 taken when IE opens", guest_wait(1, LATE), 1);
    gcsr_write(CSR_TVAL, 0);
    gcsr_write(CSR_TCFG, tick_ms | TCFG_EN);
    guest_ti_within(LATE);
    gcsr_xchg(CSR_ESTAT, 1, 1);
    tap_true("7.2 gcsrxchg of another ESTAT bit leaves TI", guest_ti());
    gcsr_xchg(CSR_ESTAT, 0, 1);
    tap_true("7.2 and so does clearing that bit", guest_ti());
}

static void timer_reload(void) {
    setup();
    gcsr_write(CSR_TCFG, LONG | TCFG_EN);
    gcsr_write(CSR_TVAL, LONG / 4);
    gcsr_write(CSR_TCFG, LONG | TCFG_EN);
    tap_range("6.1 every write of TCFG with En = 1 reloads the count", gcsr_read(CSR_TVAL),
              LONG_STARTED, LONG);
    rt_vcpu_exec(&vcpu, 0, INSN_CSRWR(CSR_TCFG), 2 * LONG | TCFG_EN, 0, 0);
    tap_range("6.1 the guest's own write too", gcsr_read(CSR_TVAL), LONG + 4, 2 * LONG);
    gcsr_write(CSR_TCFG, 0x7ffffffffffcUL | TCFG_EN);
    tap_range("6.1 the count isn't shifted", gcsr_read(CSR_TVAL), 0x7fffff000000, 0x7ffffffffffc);
    gcsr_write(CSR_TCFG, 0);
}

/* The restore sequence of 6.3, cases 5 and 6. */
static void restore(uint64_t tcfg, uint64_t tval) {
    gcsr_write(CSR_TCFG, 0);
    gcsr_write(CSR_ESTAT, 0);
    gcsr_write(CSR_TCFG, tcfg);
    gcsr_write(CSR_TVAL, tval);
}

static void timer_restore(void) {
    setup();
    restore(LONG | TCFG_EN, 0);
    guest_ti_within(LATE);
    gcsr_write(CSR_TICLR, 1);
    tap_equal("6.3 restore of an acknowledged one-shot: no interrupt", guest_wait(1, QUIET), 0);
    tap_equal("6.3 TVAL is -1 for the guest", gcsr_read(CSR_TVAL), TVAL_STOPPED);
    restore(LONG | TCFG_EN, 0);
    tap_equal("6.3 restore of an expired one-shot: an interrupt", guest_wait(1, LATE), 1);
    tap_equal("6.3 and only one", guest_wait(1, QUIET), 0);
    uint64_t start = rdtime();
    restore(LONG | TCFG_EN, 3 * tick_ms);
    guest_wait(1, LATE);
    tap_range("6.3 restore of a running one-shot: after the rest", rdtime() - start, 3 * tick_ms,
              LATE - 1);
    start = rdtime();
    restore(2 * tick_ms | TCFG_EN | TCFG_PERIODIC, tick_ms / 2);
    tap_equal("6.3 restore of a periodic timer: goes on", guest_wait(3, LATE), 3);
    tap_range("6.3 the first period is the rest", rdtime() - start, 4 * tick_ms + tick_ms / 2,
              LATE - 1);
    gcsr_write(CSR_TCFG, 0);
    gcsr_write(CSR_TICLR, 1);
}

static uint64_t guest_clock(void) {
    rt_vcpu_call(&vcpu, payload_rdtime, 0, 0, 0);
    return vcpu.regs[4];
}

/* Guest time minus host time, checked to lie within the time it took to look. */
static void clock_check(const char *name, uint64_t offset) {
    uint64_t before = rdtime();
    uint64_t guest = guest_clock() - offset;
    uint64_t after = rdtime();

    tap_range(name, guest, before, after);
}

static void timer_clock(void) {
    setup();
    clock_check("2.6 guest rdtime is the counter with GCNTC = 0", 0);
    csr_write(CSR_GCNTC, 1UL << 40);
    clock_check("2.6 guest rdtime adds GCNTC", 1UL << 40);
    csr_write(CSR_GCNTC, -12345678UL);
    clock_check("2.6 GCNTC is signed", -12345678UL);
    gcsr_write(CSR_CNTC, 5UL << 32);
    clock_check("2.6 guest rdtime adds GCSR.CNTC too", (5UL << 32) - 12345678UL);
    rt_vcpu_exec(&vcpu, 0, INSN_CSRWR(CSR_CNTC), -(1UL << 33), 0, 0);
    clock_check("2.6 the guest's own csrwr CNTC", -(1UL << 33) - 12345678UL);
    csr_write(CSR_CNTC, 7UL << 36);
    clock_check("2.6 guest rdtime includes the host's CNTC as the host's does",
                -(1UL << 33) - 12345678UL);
    csr_write(CSR_CNTC, 0);
    gcsr_write(CSR_TCFG, LONG | TCFG_EN);
    tap_range("2.6 GCNTC and CNTC don't move the countdown", gcsr_read(CSR_TVAL), LONG_STARTED,
              LONG);
    uint64_t host = rdtime();
    csr_write(CSR_GCNTC, 1UL << 50);
    tap_range("2.6 GCNTC doesn't change the host's rdtime", rdtime(), host, host + LONG);
    csr_write(CSR_GCNTC, 0);
    gcsr_write(CSR_TID, 0x1357);
    csr_write(CSR_TID, 0x2468);
    rt_vcpu_call(&vcpu, payload_rdtime_id, 0, 0, 0);
    tap_equal("6.1 guest rdtime gives GCSR.TID", vcpu.regs[4], 0x1357);
    tap_equal("6.1 host rdtime gives its own TID", rdtime_id(), 0x2468);
    csr_write(CSR_TID, 0);
}

static void timer_host_deadline(void) {
    setup();
    vcpu.watchdog = tick_ms;
    gcsr_write(CSR_TCFG, LONG | TCFG_EN);
    rt_vcpu_aim(&vcpu, payload_wait, 1, LONG, 0);
    tap_equal("7.4 the host's timer exits with Ecode 0 while the guest waits for its own",
              rt_vcpu_run(&vcpu), RT_STOP_WATCHDOG);
    tap_equal("7.4 the guest's TI isn't set by it", gcsr_read(CSR_ESTAT) & TI, 0);
}

void rt_main(void) {
    tick_ms = rt_ticks_per_second() / 1000;
    timer_oneshot();
    timer_periodic();
    timer_phase();
    timer_tval();
    timer_ticlr();
    timer_ticlr_late();
    timer_host_mode();
    timer_masked();
    timer_reload();
    timer_restore();
    timer_clock();
    timer_host_deadline();
    tap_done();
}
