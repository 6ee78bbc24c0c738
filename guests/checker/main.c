// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
/*
 * The neighbour of a zone that misbehaves: keeps a pattern in memory and in the vector registers,
 * counts its timer, exchanges IPIs with its second CPU, and listens for interrupts that are not its
 * own. All of that must stay as if it were alone. As the root zone it also prints what is kept of
 * zone 1 once that has failed.
 *
 * Parameters: 0 seed, 1 CPUs. Prints CHECK ERROR, CHECK BEAT (each second) and CHECK ZONE lines.
 */
#include <rt/fpu.h>
#include <rt/zone.h>

#define IPI_TO(cpu)    (1u << 31 | (cpu) << 16 | 5u)
#define IPI_VECTOR_BIT (1u << 5)
#define IPI_BOOT_BIT   (1u << 0)
#define WATCHED_ZONE   1u

#define PATTERN_GPA   0x00800000UL
#define PATTERN_WORDS 0x40000u
#define CHUNK_WORDS   0x2000u
#define TICK_HZ       100u
#define LINE_BITS     (0xffUL << IRQ_HWI0)
#define IPI_BIT       (1UL << IRQ_IPI)
#define TIMER_BIT     (1UL << IRQ_TIMER)
#define UNITS         (EUEN_FPE | EUEN_SXE | EUEN_ASXE)
#define MAX_ERRORS    20u

struct lane {
    volatile uint64_t sent;
    volatile uint64_t seen;
} __attribute__((aligned(64)));

static struct lane lanes[RT_MAX_CPUS]; /* to this CPU */
static struct rt_fpu wanted[RT_MAX_CPUS];
static struct rt_fpu found[RT_MAX_CPUS];
static struct lv_zone_status status __attribute__((aligned(8)));
static volatile uint64_t ticks[RT_MAX_CPUS];
static uint64_t tick_start[RT_MAX_CPUS];
static volatile uint64_t clock_latest;
static volatile uint32_t errors;
static volatile uint32_t print_lock;
static uint32_t cpus;
static uint64_t seed;
static bool failure_printed;

static uint32_t self_id(void) {
    return (uint32_t)csr_read(CSR_CPUID);
}

static void error(const char *what, uint64_t a, uint64_t b) {
    uint64_t crmd = csr_xchg(CSR_CRMD, 0, CRMD_IE);

    while (__atomic_exchange_n(&print_lock, 1, __ATOMIC_ACQUIRE) != 0) {
    }
    if (__atomic_fetch_add(&errors, 1, __ATOMIC_RELAXED) < MAX_ERRORS) {
        rt_printf("CHECK ERROR cpu %u: %s (%lx %lx)\n", self_id(), what, a, b);
    }
    __atomic_store_n(&print_lock, 0, __ATOMIC_RELEASE);
    csr_xchg(CSR_CRMD, crmd, CRMD_IE);
}

static uint64_t tick_length(void) {
    return (rt_ticks_per_second() / TICK_HZ) & ~3UL;
}

/* ---- interrupts ---- */

static void take_ipi(uint32_t self) {
    uint32_t bits = iocsr_read32(IOCSR_IPI_STATUS) & ~IPI_BOOT_BIT;
    struct lane *lane = &lanes[self];

    iocsr_write32(IOCSR_IPI_CLEAR, bits | IPI_BOOT_BIT);
    __asm__ volatile("dbar 0" ::: "memory");
    if (bits == 0) {
        return; /* a second call to start, from before this CPU answered the first */
    }
    if (bits != IPI_VECTOR_BIT || lane->sent != lane->seen + 1) {
        error("an IPI that nobody sent: status, number", bits, lane->seen);
    }
    lane->seen = lane->sent;
}

static void take_tick(uint32_t self) {
    csr_write(CSR_TICLR, 1);
    ticks[self]++;
    if (ticks[self] > (rdtime() - tick_start[self]) / tick_length()) {
        error("a tick too many", ticks[self], rdtime() - tick_start[self]);
    }
}

static bool take_irq(struct rt_context *context, const struct rt_frame *frame, uint64_t pending) {
    uint32_t self = self_id();

    (void)context;
    (void)frame;
    if ((pending & TIMER_BIT) != 0) {
        take_tick(self);
    }
    if ((pending & IPI_BIT) != 0) {
        take_ipi(self);
    }
    if ((pending & ~(TIMER_BIT | IPI_BIT)) != 0) {
        error("a line that is nobody's", pending, 0);
        csr_xchg(CSR_ECFG, 0, pending & ~(TIMER_BIT | IPI_BIT));
    }
    return true;
}

static void irqs_on(uint32_t self) {
    iocsr_write32(IOCSR_IPI_ENABLE, ~0u);
    csr_write(CSR_ECFG, IPI_BIT | TIMER_BIT | LINE_BITS | 3u);
    tick_start[self] = rdtime();
    csr_write(CSR_TCFG, tick_length() | TCFG_PERIODIC | TCFG_EN);
    csr_xchg(CSR_CRMD, CRMD_IE, CRMD_IE);
}

/* ---- what must not change ---- */

static uint64_t pattern_word(uint64_t index) {
    struct rt_random random = {.state = seed + index};

    return rt_random_next(&random);
}

static volatile uint64_t *pattern(void) {
    return rt_cached(PATTERN_GPA);
}

static void pattern_write(void) {
    for (uint64_t i = 0; i < PATTERN_WORDS; i++) {
        pattern()[i] = pattern_word(i);
    }
}

static void pattern_check(uint64_t beat) {
    uint64_t first = beat * CHUNK_WORDS % PATTERN_WORDS;

    for (uint64_t i = first; i < first + CHUNK_WORDS; i++) {
        if (pattern()[i] != pattern_word(i)) {
            error("memory changed: word, value", i, pattern()[i]);
        }
    }
}

static void registers_set(uint32_t self) {
    struct rt_random random = {.state = seed * RT_MAX_CPUS + self};

    csr_write(CSR_EUEN, UNITS);
    for (uint32_t reg = 0; reg < RT_FPU_REGISTERS; reg++) {
        for (uint32_t lane = 0; lane < RT_FPU_LANES; lane++) {
            wanted[self].lanes[reg][lane] = rt_random_next(&random);
        }
    }
    rt_fpu_load(&wanted[self]);
}

static void registers_check(uint32_t self) {
    rt_fpu_store(&found[self]);
    for (uint32_t reg = 0; reg < RT_FPU_REGISTERS; reg++) {
        for (uint32_t lane = 0; lane < RT_FPU_LANES; lane++) {
            if (found[self].lanes[reg][lane] != wanted[self].lanes[reg][lane]) {
                error("a vector register changed", reg, found[self].lanes[reg][lane]);
            }
        }
    }
}

static void clock_check(void) {
    uint64_t latest = clock_latest;
    __asm__ volatile("dbar 0" ::: "memory");
    uint64_t now = rdtime();

    if (now < latest) {
        error("the clock went back", latest, now);
    }
    clock_latest = now;
}

static void lanes_send(uint32_t self) {
    for (uint32_t cpu = 0; cpu < cpus; cpu++) {
        bool mine = cpu == (self + 1) % cpus;
        if (mine && lanes[cpu].sent == lanes[cpu].seen) {
            lanes[cpu].sent++;
            __asm__ volatile("dbar 0" ::: "memory");
            iocsr_write32(IOCSR_IPI_SEND, IPI_TO(cpu));
        }
    }
}

static void check_all(uint32_t self, uint64_t beat) {
    registers_check(self);
    if (self == 0) {
        pattern_check(beat);
        clock_check();
    }
    lanes_send(self);
}

/* Until the next interrupt, which the tick is at the latest. */
static void wait_interrupt(void) {
    csr_xchg(CSR_CRMD, 0, CRMD_IE);
    __asm__ volatile("idle 0" ::: "memory");
    csr_xchg(CSR_CRMD, CRMD_IE, CRMD_IE);
}

/* ---- the watched zone ---- */

static void failure_print(void) {
    const struct lv_zone_failure *failure = &status.failure;

    rt_printf("CHECK FAILURE vcpu %u ecode %u pc %lx badi %lx badv %lx eentry %lx\n", failure->vcpu,
              failure->ecode, failure->pc, failure->badi, failure->badv, failure->guest_eentry);
    for (uint32_t i = 0; i < LV_EXIT_RECORDS; i++) {
        rt_printf("CHECK EXIT %u pc %lx word %x ecode %u\n", i, failure->exits[i].pc,
                  failure->exits[i].word, failure->exits[i].ecode);
    }
}

static void zone_watch(void) {
    if (rt_hypercall(LV_HYPERCALL_STATUS, WATCHED_ZONE, rt_phys(&status)) != 0) {
        return;
    }
    if (((volatile struct lv_zone_status *)&status)->state == LV_STATE_FAILED && !failure_printed) {
        failure_printed = true;
        failure_print();
        rt_printf("CHECK ZONE FAILED\n");
    }
}

static void second_report(uint64_t second) {
    const struct lv_zone_info_page *info = rt_zone_info();

    if (info->zone_id == LV_ROOT_ZONE_ID) {
        zone_watch();
    }
    for (uint32_t cpu = 0; cpu < cpus; cpu++) {
        if (info->vcpus[cpu].stray_sends != 0) {
            error("stray sends", cpu, info->vcpus[cpu].stray_sends);
        }
    }
    rt_printf("CHECK BEAT %lu TICKS %lu IPIS %lu ERRORS %u STATE %u\n", second, ticks[0],
              lanes[0].seen, errors, status.state);
}

static void secondary_run(void) {
    uint32_t self = self_id();

    registers_set(self);
    irqs_on(self);
    for (uint64_t beat = 0;; beat++) {
        check_all(self, beat);
        wait_interrupt();
    }
}

void rt_main(void) {
    rt_zone_begin();
    seed = rt_param(0, 1);
    cpus = (uint32_t)rt_param(1, 1);
    pattern_write();
    rt_irq_hook = take_irq;
    rt_printf("CHECK BEGIN seed %lu cpus %u\n", seed, cpus);
    for (uint32_t group = 0; group < LV_VECTOR_GROUPS; group++) {
        iocsr_write32(IOCSR_EIO_ENABLE + group * 4, ~0u);
    }
    for (uint32_t cpu = 1; cpu < cpus; cpu++) {
        if (!rt_cpu_start(cpu, secondary_run)) {
            rt_die("a CPU did not start");
        }
    }
    registers_set(0);
    irqs_on(0);
    for (uint64_t beat = 0, second = 0;; beat++) {
        check_all(0, beat);
        rt_zone_log()->beats = beat;
        rt_zone_log()->step = errors;
        if (ticks[0] >= second * TICK_HZ) {
            second_report(second++);
        }
        wait_interrupt();
    }
}
