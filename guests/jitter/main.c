// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
/*
 * A real-time program: a periodic timer wakes it, and it measures how late. It waits in `idle`, or
 * awake, where the hypervisor has no part in it. Commands at its UART: see `help`.
 *
 * Two CPU lines interrupt it, as the zone's configuration says: that of the UART and that of a
 * request to stop, which it obeys.
 */
#include <rt/console.h>
#include <rt/lateness.h>
#include <rt/zone.h>

#define LINE_UART  4u
#define LINE_POWER 5u

#define TIMER_BIT (1UL << IRQ_TIMER)
#define UART_BIT  (1UL << (IRQ_HWI0 + LINE_UART))
#define POWER_BIT (1UL << (IRQ_HWI0 + LINE_POWER))

#define PERIOD_US     1000u
#define PERIOD_MIN_US 50u
#define PERIOD_MAX_US 1000000u
#define US_A_SECOND   1000000u
#define NS_A_SECOND   1000000000u
#define BAR_LENGTH    40u
#define FIRST_ROW_LOG 4u /* ticks: the first row of the histogram ends here */
#define LAST_ROW_LOG  32u

static struct rt_lateness lateness;
static volatile uint64_t lost; /* periods that passed without a wake-up of their own */
static uint64_t least;
static uint64_t period; /* ticks */
static volatile uint64_t deadline;
static volatile bool stop_asked;
static bool awake; /* while waiting */

static uint64_t to_ns(uint64_t ticks) {
    return ticks * (NS_A_SECOND / rt_ticks_per_second());
}

static void wakeup_record(uint64_t now) {
    uint64_t late = now > deadline ? now - deadline : 0;
    uint64_t missed = late / period;

    rt_late_add(&lateness, late);
    least = late < least ? late : least;
    lost += missed;
    deadline += (missed + 1) * period;
}

/* Lines are level: the one that asks is switched off until the main loop has seen to it. */
static bool take_irq(struct rt_context *context, const struct rt_frame *frame, uint64_t pending) {
    uint64_t now = rdtime();

    (void)context;
    (void)frame;
    if ((pending & TIMER_BIT) != 0) {
        csr_write(CSR_TICLR, 1);
        wakeup_record(now);
    }
    stop_asked = stop_asked || (pending & POWER_BIT) != 0;
    csr_xchg(CSR_ECFG, 0, pending & ~TIMER_BIT);
    return true;
}

static void measure_begin(void) {
    csr_xchg(CSR_CRMD, 0, CRMD_IE);
    lateness = (struct rt_lateness){0};
    lost = 0;
    least = ~0UL;
    csr_write(CSR_TCFG, 0);
    csr_write(CSR_TICLR, 1);
    deadline = rdtime() + period;
    csr_write(CSR_TCFG, period | TCFG_PERIODIC | TCFG_EN);
    csr_xchg(CSR_CRMD, CRMD_IE, CRMD_IE);
}

static void period_set(uint64_t us) {
    uint64_t ticks = us * (rt_ticks_per_second() / US_A_SECOND);

    period = ticks & ~3UL;
}

/* ---- what it prints ---- */

static void row_print(const struct rt_lateness *late, uint64_t from, uint64_t to) {
    uint64_t count = rt_late_between(late, from, to);

    if (count == 0) {
        return;
    }
    rt_printf("  below %lu ns: %lu ", to_ns(to), count);
    for (uint64_t i = 0; i < (count * BAR_LENGTH + late->count - 1) / late->count; i++) {
        rt_putc('#');
    }
    rt_putc('\n');
}

/* Of a copy: the measurement goes on while the UART is slow. */
static void report_print(void) {
    static struct rt_lateness copy;

    csr_xchg(CSR_CRMD, 0, CRMD_IE);
    copy = lateness;
    uint64_t lost_now = lost;
    uint64_t least_now = least;
    csr_xchg(CSR_CRMD, CRMD_IE, CRMD_IE);
    if (copy.count == 0) {
        rt_printf("wake-ups 0\n");
        return;
    }
    rt_printf("wake-ups %lu, lost %lu; late by ns: least %lu, half %lu, 99 %% %lu, 99.9 %% %lu, "
              "most %lu\n",
              copy.count, lost_now, to_ns(least_now), to_ns(rt_late_at(&copy, 500)),
              to_ns(rt_late_at(&copy, 990)), to_ns(rt_late_at(&copy, 999)), to_ns(copy.max));
    row_print(&copy, 0, 1UL << FIRST_ROW_LOG);
    for (uint32_t log = FIRST_ROW_LOG; log < LAST_ROW_LOG; log++) {
        row_print(&copy, 1UL << log, 2UL << log);
    }
}

static void settings_print(void) {
    rt_printf("a wake-up each %lu us, waiting %s\n", to_ns(period) / 1000,
              awake ? "awake" : "in idle");
}

/* ---- commands ---- */

static void command_print(const char *rest) {
    (void)rest;
    report_print();
}

static void command_reset(const char *rest) {
    (void)rest;
    settings_print();
    measure_begin();
}

static void command_idle(const char *rest) {
    awake = false;
    command_reset(rest);
}

static void command_awake(const char *rest) {
    awake = true;
    command_reset(rest);
}

static void command_period(const char *rest) {
    uint64_t us = rt_console_number(rest);

    if (us < PERIOD_MIN_US || us > PERIOD_MAX_US) {
        rt_printf("a period is %u to %u us\n", PERIOD_MIN_US, PERIOD_MAX_US);
        return;
    }
    period_set(us);
    command_reset(rest);
}

static void command_poweroff(const char *rest) {
    (void)rest;
    rt_poweroff();
}

static const struct rt_command commands[] = {
    {"print", "what was measured since the last reset", command_print},
    {"reset", "start a new measurement", command_reset},
    {"idle", "wait in idle", command_idle},
    {"awake", "wait awake", command_awake},
    {"period", "so many us between two wake-ups", command_period},
    {"poweroff", "end", command_poweroff},
    {NULL, NULL, NULL},
};

static void console_look(void) {
    if ((csr_read(CSR_ECFG) & UART_BIT) == 0) {
        rt_console_serve();
        csr_xchg(CSR_ECFG, UART_BIT, UART_BIT);
    }
}

void rt_main(void) {
    rt_printf("jitter: measures how late a periodic timer wakes it; try help\n");
    rt_irq_hook = take_irq;
    period_set(PERIOD_US);
    settings_print();
    rt_console_open(commands);
    csr_write(CSR_ECFG, TIMER_BIT | UART_BIT | POWER_BIT);
    measure_begin();
    while (!stop_asked) {
        if (!awake) {
            __asm__ volatile("idle 0" ::: "memory");
        }
        console_look();
    }
    rt_printf("\nasked to stop\n");
    report_print();
    rt_poweroff();
}
