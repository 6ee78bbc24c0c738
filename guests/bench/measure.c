/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
#include "bench.h"

#define BATCHES     31u
#define BATCH_OPS   100u
#define WARMUP_OPS  20u
#define SINGLES     200u
#define INTERVALS   50u /* a batch; a multiple of BENCH_DITHER */
#define UART_BASE   0x1fe001e0
#define UART_LSR    5
#define UART_LSR_DR 0x01

static uint64_t batch_ticks[BATCHES];

static uint64_t exits_now(void) {
    const volatile struct lv_zone_info_page *info = rt_zone_info();
    uint64_t sum = 0;

    for (uint32_t cause = 0; info != NULL && cause < LV_EXIT_CAUSES; cause++) {
        sum += info->vcpus[csr_read(CSR_CPUID)].exits[cause];
    }
    return sum;
}

/* exits: of all the operations together. */
static void row_print(const char *name, uint64_t ops, uint32_t batches, uint64_t max,
                      uint64_t exits) {
    rt_printf("BENCH ROW %s OPS %lu MAX %lu EXITS %lu TICKS", name, ops, max, exits);
    for (uint32_t i = 0; i < batches; i++) {
        rt_printf(" %lu", batch_ticks[i]);
    }
    rt_printf("\n");
}

/* The same code whatever the operation is, so that the empty one costs what is to be subtracted. */
__attribute__((noinline)) static uint64_t batch_run(bench_op *op, uint64_t a0, uint64_t a1,
                                                    uint64_t ops) {
    uint64_t start = rdtime();

    for (uint64_t i = 0; i < ops; i++) {
        op(a0, a1);
    }
    return rdtime() - start;
}

static uint64_t singles_max(bench_op *op, uint64_t a0, uint64_t a1) {
    uint64_t max = 0;

    for (uint32_t i = 0; i < SINGLES; i++) {
        bench_dither(i % BENCH_DITHER);
        uint64_t ticks = batch_run(op, a0, a1, 1);
        max = ticks > max ? ticks : max;
    }
    return max;
}

void bench_measure(const char *name, bench_op *op, uint64_t a0, uint64_t a1) {
    batch_run(op, a0, a1, WARMUP_OPS);
    uint64_t exits = exits_now();
    for (uint32_t i = 0; i < BATCHES; i++) {
        batch_ticks[i] = batch_run(op, a0, a1, BATCH_OPS);
    }
    exits = exits_now() - exits;
    row_print(name, BATCH_OPS, BATCHES, singles_max(op, a0, a1), exits);
}

void bench_measure_interval(const char *name, bench_interval *interval) {
    uint64_t max = 0;

    interval();
    uint64_t exits = exits_now();
    for (uint32_t batch = 0; batch < BATCHES; batch++) {
        batch_ticks[batch] = 0;
        for (uint32_t i = 0; i < INTERVALS; i++) {
            bench_dither(i % BENCH_DITHER);
            uint64_t ticks = interval();
            batch_ticks[batch] += ticks;
            max = ticks > max ? ticks : max;
        }
    }
    row_print(name, INTERVALS, BATCHES, max, exits_now() - exits);
}

void bench_report_batch(const char *name, uint64_t ops, uint64_t ticks) {
    batch_ticks[0] = ticks;
    row_print(name, ops, 1, 0, 0);
}

void bench_mark(const char *name, const char *what, uint64_t ops) {
    volatile uint8_t *uart = rt_uncached(UART_BASE);

    if (rt_param(1, 0) == 0) {
        return;
    }
    rt_printf("BENCH MARK %s %s OPS %lu\n", name, what, ops);
    while ((uart[UART_LSR] & UART_LSR_DR) == 0) {
    }
    (void)uart[0];
}
