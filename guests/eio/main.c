// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
/*
 * The extended I/O interrupt controller as a zone sees it, with vectors that the root zone's
 * control raises (rt/eio.h). Each must arrive on the CPU and the line that its route names, once,
 * and nothing else may.
 *
 * Parameters: 0 seed, 1 rounds, 2 CPUs, 3 not 0: nobody raises anything for this zone, and it
 * listens. Prints EIO ERROR lines, EIO RESULT and EIO DONE.
 */
#include <rt/eio.h>

#define IPI_TO(cpu) (1u << 31 | (cpu) << 16 | 1u)
/* A CPU that no zone has. */
#define STRAY_SEND   (1u << 31 | 1000u << 16)
#define LINES        4u
#define SETTLE_TICKS 2000u
#define NAP_TICKS    2000u
#define MAX_ERRORS   20u
#define BEAT_TICKS   1000000u
#define LINE_BITS    (0xffUL << IRQ_HWI0)

static volatile uint32_t got[LV_NUM_VECTORS];
static volatile uint8_t core_of[LV_NUM_VECTORS];
static volatile bool expected[LV_NUM_VECTORS];
static volatile bool moving; /* routes change while vectors come */
static volatile bool alone;  /* one vector at a time, so that the line tells which */
static uint8_t line_of[LV_VECTOR_GROUPS];
static uint32_t enabled[LV_VECTOR_GROUPS];
static struct rt_random common;  /* what control draws as well */
static struct rt_random private; /* what it needs not know */
static uint32_t cpus;
static volatile uint32_t errors;
static volatile uint32_t received;
static volatile uint32_t empty;
static volatile uint32_t irqs;
static volatile uint32_t quiet; /* CPUs that have taken all that was for them */
static volatile uint32_t print_lock;

static void error(const char *what, uint64_t a, uint64_t b) {
    uint64_t crmd = csr_xchg(CSR_CRMD, 0, CRMD_IE);

    while (__atomic_exchange_n(&print_lock, 1, __ATOMIC_ACQUIRE) != 0) {
    }
    if (errors++ < MAX_ERRORS) {
        rt_printf("EIO ERROR cpu %lu step %lu: %s (%lx %lx)\n", csr_read(CSR_CPUID),
                  rt_zone_log()->step, what, a, b);
    }
    __atomic_store_n(&print_lock, 0, __ATOMIC_RELEASE);
    csr_xchg(CSR_CRMD, crmd, CRMD_IE);
}

/* ---- receiving ---- */

static void take_vector(uint32_t vector, uint64_t pending) {
    uint64_t line = 1UL << (IRQ_HWI0 + line_of[vector / LV_VECTOR_GROUP]);

    if (!expected[vector]) {
        error("nobody raised vector", vector, 0);
    }
    if (alone && (pending & line) == 0) {
        error("on another line: vector, pending", vector, pending);
    }
    if (!moving && core_of[vector] != csr_read(CSR_CPUID)) {
        error("on another CPU: vector, route", vector, core_of[vector]);
    }
    __atomic_fetch_add(&got[vector], 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&received, 1, __ATOMIC_RELAXED);
}

static uint32_t take_group(uint32_t group, uint64_t pending) {
    uint32_t status = iocsr_read32(IOCSR_EIO_STATUS + group * 4);

    if (status == 0) {
        return 0;
    }
    /* On a busy host this handler can outlast the round and find the next vector, which came on a
     * line of its own since. */
    pending |= csr_read(CSR_ESTAT);
    iocsr_write32(IOCSR_EIO_STATUS + group * 4, status);
    if (!moving && (iocsr_read32(IOCSR_EIO_STATUS + group * 4) & status) != 0) {
        error("status stays after W1C: group, status", group, status);
    }
    for (uint32_t bits = status; bits != 0; bits &= bits - 1) {
        take_vector(group * LV_VECTOR_GROUP + (uint32_t)__builtin_ctz(bits), pending);
    }
    return status;
}

static void take_lines(uint64_t pending) {
    uint32_t found = 0;

    irqs++;
    for (uint32_t group = 0; group < LV_VECTOR_GROUPS; group++) {
        found |= take_group(group, pending);
    }
    if (found == 0) {
        __atomic_fetch_add(&empty, 1, __ATOMIC_RELAXED);
        if (!moving) {
            error("a line without a vector", pending, 0);
        }
    }
}

static bool take_irq(struct rt_context *context, const struct rt_frame *frame, uint64_t pending) {
    (void)context;
    (void)frame;
    if ((pending & LINE_BITS) != 0) {
        take_lines(pending);
    }
    if ((pending & 1UL << IRQ_IPI) != 0) {
        iocsr_write32(IOCSR_IPI_CLEAR, iocsr_read32(IOCSR_IPI_STATUS));
        __atomic_fetch_add(&quiet, 1, __ATOMIC_SEQ_CST);
    }
    return true;
}

static void irqs_on(void) {
    iocsr_write32(IOCSR_IPI_CLEAR, ~0u);
    iocsr_write32(IOCSR_IPI_ENABLE, ~0u);
    csr_write(CSR_ECFG, LINE_BITS | 1UL << IRQ_IPI);
    csr_xchg(CSR_CRMD, CRMD_IE, CRMD_IE);
}

static void secondary_run(void) {
    irqs_on();
    for (;;) {
        csr_xchg(CSR_CRMD, 0, CRMD_IE);
        __asm__ volatile("idle 0" ::: "memory");
        csr_xchg(CSR_CRMD, CRMD_IE, CRMD_IE);
    }
}

/* ---- routing ---- */

static void vector_route(uint32_t vector) {
    uint32_t core = (uint32_t)rt_random_below(&private, cpus);

    core_of[vector] = (uint8_t)core;
    iocsr_write8(IOCSR_EIO_CORE_MAP + vector, 1u << core);
}

static void vector_enable(uint32_t vector, bool on) {
    uint32_t *word = &enabled[vector / LV_VECTOR_GROUP];

    *word = on ? *word | eio_bit(vector) : *word & ~eio_bit(vector);
    iocsr_write32(eio_enable_word(vector), *word);
    if (iocsr_read32(eio_enable_word(vector)) != *word) {
        error("enable word reads, written", iocsr_read32(eio_enable_word(vector)), *word);
    }
}

/* With nothing pending, since that is when systems set it. */
static void lines_route(void) {
    for (uint32_t group = 0; group < LV_VECTOR_GROUPS; group++) {
        line_of[group] = (uint8_t)rt_random_below(&private, LINES);
        iocsr_write8(IOCSR_EIO_IP_MAP + group, 1u << line_of[group]);
    }
}

/* ---- rounds ---- */

static void answer(void) {
    iocsr_write32(IOCSR_IPI_SEND, STRAY_SEND);
}

static void round_prepare(const struct eio_round *round) {
    lines_route();
    for (uint32_t i = 0; i < round->count; i++) {
        uint32_t vector = round->vectors[i];
        got[vector] = 0;
        vector_enable(vector, false);
        vector_route(vector);
        expected[vector] = true;
        vector_enable(vector, round->kind != EIO_DISABLED);
    }
    moving = round->kind == EIO_MOVED;
    alone = round->count == 1 && !moving;
}

static bool round_is_complete(const struct eio_round *round) {
    for (uint32_t i = 0; i < round->count; i++) {
        if (got[round->vectors[i]] == 0) {
            return false;
        }
    }
    return true;
}

static void enable_late(const struct eio_round *round) {
    rt_delay(rt_random_below(&private, SETTLE_TICKS));
    for (uint32_t i = 0; i < round->count; i++) {
        if (got[round->vectors[i]] != 0) {
            error("came while disabled: vector", round->vectors[i], 0);
        }
        vector_enable(round->vectors[i], true);
    }
}

static void round_receive(const struct eio_round *round) {
    if (round->kind == EIO_DISABLED) {
        enable_late(round);
    }
    while (!round_is_complete(round)) {
        if (round->kind == EIO_MOVED) {
            vector_route(round->vectors[rt_random_below(&private, round->count)]);
        } else {
            rt_nap(NAP_TICKS);
        }
        rt_zone_log()->beats++;
    }
}

static void round_check(const struct eio_round *round) {
    rt_delay(rt_random_below(&private, SETTLE_TICKS));
    for (uint32_t i = 0; i < round->count; i++) {
        uint32_t vector = round->vectors[i];
        if (!moving && got[vector] != 1) {
            error("vector came so often", vector, got[vector]);
        }
    }
}

/* A vector that moves can leave the line of its former CPU high until that looks; then it is empty.
 */
static void quiesce(void) {
    quiet = 0;
    for (uint32_t cpu = 0; cpu < cpus; cpu++) {
        iocsr_write32(IOCSR_IPI_SEND, IPI_TO(cpu));
    }
    while (quiet < cpus) {
        rt_nap(NAP_TICKS);
    }
}

/* The vectors are low again when the sync vector comes. */
static void round_end(const struct eio_round *round, uint64_t number) {
    uint32_t sync = EIO_SYNC_FIRST + (uint32_t)(number % 2);

    answer();
    while (got[sync] == 0) {
        rt_nap(NAP_TICKS);
    }
    got[sync] = 0;
    if (moving) {
        quiesce();
    }
    moving = false;
    for (uint32_t i = 0; i < round->count; i++) {
        expected[round->vectors[i]] = false;
    }
}

static void sync_prepare(void) {
    for (uint32_t i = 0; i < 2; i++) {
        expected[EIO_SYNC_FIRST + i] = true;
        vector_route(EIO_SYNC_FIRST + i);
        vector_enable(EIO_SYNC_FIRST + i, true);
    }
}

static void run_rounds(uint64_t rounds) {
    struct eio_round round;

    lines_route();
    sync_prepare();
    for (uint64_t i = 0; i < rounds; i++) {
        eio_round_draw(&round, &common);
        round_prepare(&round);
        answer();
        round_receive(&round);
        round_check(&round);
        round_end(&round, i);
        rt_zone_log()->step++;
    }
}

static void run_listener(void) {
    for (uint32_t group = 0; group < LV_VECTOR_GROUPS; group++) {
        iocsr_write32(IOCSR_EIO_ENABLE + group * 4, ~0u);
    }
    for (;;) {
        rt_nap(BEAT_TICKS);
        rt_zone_log()->beats++;
        for (uint32_t group = 0; group < LV_VECTOR_GROUPS; group++) {
            uint32_t status = iocsr_read32(IOCSR_EIO_STATUS + group * 4);
            if (status != 0) {
                error("another zone's vectors: group, status", group, status);
            }
        }
        rt_zone_log()->step = irqs;
    }
}

void rt_main(void) {
    uint64_t seed = rt_param(0, 1);

    rt_zone_begin();
    common.state = seed;
    private.state = ~seed;
    cpus = (uint32_t)rt_param(2, 1);
    rt_printf("EIO BEGIN seed %lu cpus %u\n", seed, cpus);
    rt_irq_hook = take_irq;
    for (uint32_t cpu = 1; cpu < cpus; cpu++) {
        if (!rt_cpu_start(cpu, secondary_run)) {
            rt_die("a CPU did not start");
        }
    }
    irqs_on();
    if (rt_param(3, 0) != 0) {
        run_listener();
    }
    run_rounds(rt_param(1, 1000));
    rt_printf("EIO RESULT RECEIVED %u EMPTY %u ERRORS %u\n", received, empty, errors);
    rt_printf("EIO DONE\n");
    rt_zone_end();
}
