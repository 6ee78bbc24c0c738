// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
/*
 * The guest's own timer: one-shot and periodic, with random deadlines, half of them slept through
 * in idle, half awake, with exits around the deadline. None may come early, be missed or come
 * twice. Runs on the bare machine and as a zone, and prints how late the interrupts came.
 *
 * Parameters: 0 seed, 1 timers, 2 CPUs (1: no exchange of clocks), 3 seconds after which a timer
 * is missed, 4 not 0: time is a count of instructions, so that what is late can be told from what
 * is early. Prints TIMER ERROR, TIMER LATE, TIMER RESULT and TIMER DONE.
 */
#include <rt/lateness.h>
#include <rt/zone.h>

#define TIMER_BIT    (1UL << IRQ_TIMER)
#define SWI0_BIT     (1UL << IRQ_SWI0)
#define IPI_BIT      (1UL << IRQ_IPI)
#define MAX_ERRORS   20u
#define MAX_PERIODS  4u
#define MIN_TICKS    4u
#define MAX_SHIFT    14u
#define SETTLE_TICKS 200u
#define LONG_TICKS   (1UL << 46)
#define IMPCTL       0x80

#define IPI_TO(cpu) (1u << 31 | (cpu) << 16 | 3u)

#define MODES 4u

enum mode { MODE_SPIN, MODE_SPIN_PERIODIC, MODE_IDLE, MODE_IDLE_PERIODIC };

struct expiry {
    volatile uint32_t count;
    volatile uint64_t at; /* counter when the handler began, the last time */
};

static struct rt_lateness lateness[MODES];
static struct expiry expiry;
static struct rt_random random;
static volatile uint32_t errors;
static volatile bool acknowledge; /* the handler does; else it leaves TI to the program */
static uint64_t missed_after;
static uint32_t cpus;
static bool is_zone;
static bool exact;
static uint64_t step;
static volatile uint64_t clock_latest;
static volatile uint64_t clock_reads;
static volatile bool clock_stop;
static volatile bool kick_stop;
static volatile uint64_t kicks_wanted;
static volatile uint64_t kicks_taken;
static volatile uint32_t helpers_done;

static void error(const char *what, uint64_t a, uint64_t b) {
    if (errors++ < MAX_ERRORS) {
        rt_printf("TIMER ERROR step %lu: %s (%lu %lu)\n", step, what, a, b);
    }
}

static void cpu_idle(void) {
    __asm__ volatile("idle 0" ::: "memory");
}

static void irqs_on(void) {
    csr_xchg(CSR_CRMD, CRMD_IE, CRMD_IE);
}

static void irqs_off(void) {
    csr_xchg(CSR_CRMD, 0, CRMD_IE);
}

static bool timer_pending(void) {
    return (csr_read(CSR_ESTAT) & TIMER_BIT) != 0;
}

static void timer_stop(void) {
    csr_write(CSR_TCFG, 0);
    csr_write(CSR_TICLR, 1);
}

static bool take_irq(struct rt_context *context, const struct rt_frame *frame, uint64_t pending) {
    uint64_t now = rdtime();

    (void)context;
    (void)frame;
    if ((pending & IPI_BIT) != 0) {
        iocsr_write32(IOCSR_IPI_CLEAR, iocsr_read32(IOCSR_IPI_STATUS));
        kicks_taken++;
    }
    if ((pending & SWI0_BIT) != 0) {
        csr_xchg(CSR_ESTAT, 0, SWI0_BIT);
    }
    if ((pending & TIMER_BIT) != 0) {
        expiry.at = now;
        expiry.count++;
        if (acknowledge) {
            csr_write(CSR_TICLR, 1);
        } else {
            csr_xchg(CSR_ECFG, 0, TIMER_BIT);
        }
    }
    return true;
}

/* ---- lateness ---- */

static void late_print(void) {
    static const char *const names[MODES] = {"spin-oneshot", "spin-periodic", "idle-oneshot",
                                             "idle-periodic"};

    for (uint32_t mode = 0; mode < MODES; mode++) {
        const struct rt_lateness *late = &lateness[mode];
        rt_printf("TIMER LATE %s COUNT %lu P50 %lu P90 %lu P99 %lu P999 %lu MAX %lu\n", names[mode],
                  late->count, rt_late_at(late, 500), rt_late_at(late, 900), rt_late_at(late, 990),
                  rt_late_at(late, 999), late->max);
    }
}

/* ---- the timers ---- */

/* Something that leaves guest mode, or not. */
static void disturb(uint32_t kind) {
    switch (kind) {
    case 0:
        (void)cpucfg_read(0);
        break;
    case 1:
        if (is_zone) {
            rt_hypercall(LV_HYPERCALL_VERSION, 0, 0);
        }
        break;
    case 2:
        (void)iocsr_read32(IOCSR_VERSION);
        break;
    case 3:
        (void)csr_read(IMPCTL);
        break;
    default:
        break;
    }
}

/* Short ones as often as long ones. */
static uint64_t random_ticks(void) {
    uint64_t limit = 4UL << rt_random_below(&random, MAX_SHIFT - 1);

    return (MIN_TICKS + rt_random_below(&random, limit)) & ~3UL;
}

static bool is_missed(uint64_t deadline) {
    return (int64_t)(rdtime() - deadline) > (int64_t)missed_after;
}

static bool wait_awake(uint32_t count, uint64_t deadline) {
    uint32_t kind = (uint32_t)rt_random_below(&random, 8);

    irqs_on();
    while (expiry.count < count) {
        disturb(kind);
        if (is_missed(deadline)) {
            return false;
        }
    }
    irqs_off();
    return true;
}

/* The interrupt comes when idle is over. */
static bool wait_asleep(uint32_t count, uint64_t deadline) {
    while (expiry.count < count) {
        cpu_idle();
        irqs_on();
        irqs_off();
        if (is_missed(deadline)) {
            return false;
        }
    }
    return true;
}

/* The k-th expiry of a timer that was set between before and after. */
static void check_expiry(enum mode mode, uint64_t before, uint64_t after, uint64_t ticks) {
    uint64_t at = expiry.at;

    if (at < before + ticks) {
        error("early: ticks, by", ticks, before + ticks - at);
    }
    rt_late_add(&lateness[mode], at > after + ticks ? at - after - ticks : 0);
}

/* After a one-shot nothing comes any more, and TVAL is past its end (LVZ reference 6.1). */
static void check_once(void) {
    uint32_t count = expiry.count;

    irqs_on();
    rt_delay(rt_random_below(&random, SETTLE_TICKS));
    disturb((uint32_t)rt_random_below(&random, 8));
    irqs_off();
    if (expiry.count != count || timer_pending()) {
        error("twice", expiry.count, count);
    }
    if (csr_read(CSR_TVAL) <= csr_read(CSR_TCFG)) {
        error("TVAL after a one-shot", csr_read(CSR_TVAL), csr_read(CSR_TCFG));
    }
}

static void run_oneshot(bool asleep) {
    uint64_t ticks = random_ticks();
    uint64_t before = rdtime();

    expiry.count = 0;
    csr_write(CSR_TCFG, ticks | TCFG_EN);
    uint64_t after = rdtime();
    bool came = asleep ? wait_asleep(1, after + ticks) : wait_awake(1, after + ticks);
    if (!came) {
        error("missed: ticks", ticks, 0);
    } else {
        check_expiry(asleep ? MODE_IDLE : MODE_SPIN, before, after, ticks);
        check_once();
    }
}

/*
 * Some periods of a periodic timer. On a busy host one can be overrun: then the next interrupt is
 * that of a later period, never of an earlier one.
 */
static void run_periodic(bool asleep) {
    uint64_t ticks = random_ticks() + (1UL << (MAX_SHIFT - 1));
    uint32_t periods = 1 + (uint32_t)rt_random_below(&random, MAX_PERIODS);
    uint64_t before = rdtime();

    expiry.count = 0;
    csr_write(CSR_TCFG, ticks | TCFG_PERIODIC | TCFG_EN);
    uint64_t after = rdtime();
    for (uint32_t i = 1; i <= periods; i++) {
        uint64_t due = after + ticks * i;
        bool came = asleep ? wait_asleep(i, due) : wait_awake(i, due);
        if (!came) {
            error("missed: ticks, period", ticks, i);
            break;
        }
        check_expiry(asleep ? MODE_IDLE_PERIODIC : MODE_SPIN_PERIODIC, before, after, ticks * i);
    }
    timer_stop();
}

/* ---- the cases ---- */

/* A timer that fires while nobody takes it: TI stays up until TICLR, and does not come back. */
static void case_unacknowledged(void) {
    uint64_t ticks = random_ticks();

    csr_write(CSR_TCFG, ticks | TCFG_EN);
    rt_delay(ticks + SETTLE_TICKS);
    for (uint32_t kind = 0; kind < 4; kind++) {
        disturb(kind);
        if (!timer_pending()) {
            error("TI lost by exit", kind, ticks);
        }
    }
    cpu_idle(); /* must not wait: TI is pending, IE off */
    csr_write(CSR_TICLR, 1);
    check_once();
}

/* The handler does not acknowledge; it is TI that must survive idle and exits. */
static void case_handler_leaves_it(void) {
    uint64_t ticks = random_ticks();

    expiry.count = 0;
    acknowledge = false;
    csr_write(CSR_TCFG, ticks | TCFG_EN);
    if (!wait_asleep(1, rdtime() + ticks) || !timer_pending()) {
        error("TI gone though nobody cleared it", expiry.count, ticks);
    }
    csr_write(CSR_TICLR, 1);
    acknowledge = true;
    csr_xchg(CSR_ECFG, TIMER_BIT, TIMER_BIT);
    check_once();
}

/* TICLR around the deadline: TI is up or was cleared, and the timer has fired. */
static void case_clear_race(void) {
    uint64_t ticks = 40 + (random_ticks() & 0xfc);
    uint64_t start = rdtime();

    csr_write(CSR_TCFG, ticks | TCFG_EN);
    uint64_t target = start + ticks - 20 + rt_random_below(&random, 40);
    while (rdtime() < target) {
    }
    csr_write(CSR_TICLR, 1);
    rt_delay(2 * ticks);
    (void)timer_pending();
    csr_write(CSR_TICLR, 1);
    check_once();
}

/* Many periods pass unseen: TI once, and the next one on the beat. */
static void case_overrun(void) {
    uint64_t ticks = 2000 + (random_ticks() & 0xffc);
    uint64_t start = rdtime();

    expiry.count = 0;
    csr_write(CSR_TCFG, ticks | TCFG_PERIODIC | TCFG_EN);
    uint64_t armed = rdtime();
    rt_delay(ticks * 3 + ticks / 2);
    disturb((uint32_t)rt_random_below(&random, 4));
    while (!timer_pending() && !is_missed(armed + ticks)) {
    }
    irqs_on();
    irqs_off();
    uint64_t taken = expiry.at;
    if (expiry.count == 0 || taken < start + 3 * ticks) {
        error("overrun: interrupts", expiry.count, ticks);
    }
    uint32_t count = expiry.count;
    if (!wait_asleep(count + 1, armed + 8 * ticks)) {
        error("nothing after an overrun", expiry.count, ticks);
    }
    uint64_t phase = (expiry.at - start) % ticks;
    if (exact && phase > ticks - (armed - start) - 1 && phase < ticks - 4 &&
        armed - start < ticks / 4) {
        error("off the beat: phase, period", phase, ticks);
    }
    timer_stop();
}

/* A deadline that is over before idle is reached. */
static void case_past(void) {
    expiry.count = 0;
    csr_write(CSR_TCFG, MIN_TICKS | TCFG_EN);
    rt_delay(rt_random_below(&random, SETTLE_TICKS));
    if (!wait_asleep(1, rdtime())) {
        error("missed a deadline already past", 0, 0);
    }
    check_once();
}

/* Counts down, fires not, and a short one in its place does. */
static void case_long(void) {
    expiry.count = 0;
    csr_write(CSR_TCFG, (LONG_TICKS - (rt_random_next(&random) & 0xfffc)) | TCFG_EN);
    uint64_t first = csr_read(CSR_TVAL);
    rt_delay(SETTLE_TICKS);
    disturb(0);
    uint64_t second = csr_read(CSR_TVAL);
    irqs_on();
    irqs_off();
    if (second >= first || first - second < SETTLE_TICKS / 2 || expiry.count != 0) {
        error("a long timer's TVAL", first, second);
    }
    run_oneshot(true);
}

/* A software interrupt pending before idle ends it, with a timer far away. */
static void case_software(void) {
    csr_write(CSR_TCFG, LONG_TICKS | TCFG_EN);
    csr_xchg(CSR_ECFG, SWI0_BIT, SWI0_BIT);
    csr_xchg(CSR_ESTAT, SWI0_BIT, SWI0_BIT);
    cpu_idle();
    irqs_on();
    irqs_off();
    if ((csr_read(CSR_ESTAT) & SWI0_BIT) != 0) {
        error("SWI0 was not taken", 0, 0);
    }
    csr_xchg(CSR_ECFG, 0, SWI0_BIT);
    timer_stop();
}

/* idle with interrupts off: TI ends it and is not taken. */
static void case_idle_masked(void) {
    uint64_t ticks = random_ticks();
    uint64_t start = rdtime();

    expiry.count = 0;
    csr_write(CSR_TCFG, ticks | TCFG_EN);
    while (!timer_pending()) {
        cpu_idle();
    }
    if (rdtime() < start + ticks || expiry.count != 0) {
        error("idle with interrupts off: taken", expiry.count, ticks);
    }
    csr_write(CSR_TICLR, 1);
    check_once();
}

static void (*const cases[])(void) = {
    case_unacknowledged, case_handler_leaves_it, case_clear_race, case_overrun, case_past,
    case_long,           case_software,          case_idle_masked};

static void run_one(void) {
    bool asleep = rt_random_below(&random, 2) != 0;

    switch (rt_random_below(&random, 4)) {
    case 0:
        run_periodic(asleep);
        break;
    case 1:
        cases[rt_random_below(&random, RT_ARRAY_SIZE(cases))]();
        break;
    default:
        run_oneshot(asleep);
        break;
    }
    timer_stop();
}

/* ---- several CPUs ---- */

/* One clock for all: what anyone has read is the past for everyone who reads later. */
static void clock_step(void) {
    uint64_t latest = clock_latest;
    __asm__ volatile("dbar 0" ::: "memory");
    uint64_t now = rdtime();

    if (now < latest) {
        error("a clock went back: by", latest - now, csr_read(CSR_CPUID));
    }
    if (rdtime_id() != csr_read(CSR_CPUID)) {
        error("rdtime's id", rdtime_id(), csr_read(CSR_CPUID));
    }
    while (now > latest &&
           !__atomic_compare_exchange_n((uint64_t *)&clock_latest, &latest, now, false,
                                        __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
    }
    __atomic_fetch_add(&clock_reads, 1, __ATOMIC_RELAXED);
}

/* Ends the first CPU's idle, at random moments. */
static void kick_first(void) {
    struct rt_random delays = {.state = 5};

    for (uint64_t kick = 1; !kick_stop; kick = kicks_taken + 1) {
        if (kicks_wanted < kick) {
            continue;
        }
        rt_delay(rt_random_below(&delays, SETTLE_TICKS));
        iocsr_write32(IOCSR_IPI_SEND, IPI_TO(0));
        while (kicks_taken < kick && !kick_stop) {
        }
    }
}

static void helper_run(void) {
    while (!clock_stop) {
        clock_step();
    }
    __atomic_fetch_add(&helpers_done, 1, __ATOMIC_SEQ_CST);
    if (csr_read(CSR_CPUID) == 1) {
        kick_first();
    }
}

/* The IPI comes before, at and after the idle, whose timer is far away. */
static void run_kicks(uint64_t rounds) {
    csr_xchg(CSR_ECFG, IPI_BIT, IPI_BIT);
    iocsr_write32(IOCSR_IPI_CLEAR, ~0u);
    iocsr_write32(IOCSR_IPI_ENABLE, ~0u);
    csr_write(CSR_TCFG, LONG_TICKS | TCFG_EN);
    for (uint64_t i = 1; i <= rounds; i++) {
        kicks_wanted = i;
        rt_delay(rt_random_below(&random, SETTLE_TICKS));
        while (kicks_taken < i) {
            cpu_idle();
            irqs_on();
            irqs_off();
        }
        rt_zone_log()->step = ++step;
    }
    kick_stop = true;
    csr_xchg(CSR_ECFG, 0, IPI_BIT);
    timer_stop();
    rt_printf("TIMER KICKS %lu\n", kicks_taken);
}

static void run_clocks(void) {
    for (uint32_t cpu = 1; cpu < cpus; cpu++) {
        if (!rt_cpu_start(cpu, helper_run)) {
            rt_die("a CPU did not start");
        }
    }
    uint64_t start = rdtime();
    while (rdtime() - start < rt_ticks_per_second() / 5) {
        clock_step();
    }
    clock_stop = true;
    while (helpers_done < cpus - 1) {
    }
    rt_printf("TIMER CLOCKS %lu\n", clock_reads);
}

void rt_main(void) {
    uint64_t timers = rt_param(1, 1000);

    rt_zone_begin();
    exact = rt_param(4, 0) != 0;
    is_zone = rt_zone_info() != NULL;
    random.state = rt_param(0, 1);
    cpus = (uint32_t)rt_param(2, 1);
    missed_after = rt_param(3, 20) * rt_ticks_per_second();
    rt_printf("TIMER BEGIN seed %lu timers %lu %s\n", random.state, timers,
              is_zone ? "zone" : "bare");
    rt_irq_hook = take_irq;
    acknowledge = true;
    csr_write(CSR_ECFG, TIMER_BIT);
    if (cpus > 1) {
        run_clocks();
        run_kicks(timers / 10);
    }
    for (uint64_t i = 0; i < timers && errors < MAX_ERRORS; i++) {
        run_one();
        rt_zone_log()->step = ++step;
    }
    late_print();
    rt_printf("TIMER RESULT TIMERS %lu ERRORS %u\n", timers, errors);
    rt_printf("TIMER DONE\n");
    rt_zone_end();
}
