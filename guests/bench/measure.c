// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
#include "bench.h"

#define BATCHES    31u
#define BATCH_OPS  100u
#define WARMUP_OPS 20u
#define SINGLES    200u
#define INTERVALS  50u /* a batch; a multiple of BENCH_DITHER */

static uint64_t batch_ticks[BATCHES];
static uint32_t batches_added;

static uint64_t exits_now(void) {
    const volatile struct lv_zone_info_page *info = rt_zone_info();
    uint64_t sum = 0;

    for (uint32_t cause = 0; info != NULL && cause < LV_EXIT_CAUSES; cause++) {
        sum += info->vcpus[csr_read(CSR_CPUID)].exits[cause];
    }
    return sum;
}

/* kind: what is to be made of the ticks. exits: of all the operations together. */
static void row_print(const char *name, const char *kind, uint64_t ops, uint32_t batches,
                      uint64_t max, uint64_t exits) {
    rt_printf("BENCH ROW %s %s OPS %lu MAX %lu EXITS %lu TICKS", name, kind, ops, max, exits);
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
    row_print(name, "loop", BATCH_OPS, BATCHES, singles_max(op, a0, a1), exits);
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
    row_print(name, "interval", INTERVALS, BATCHES, max, exits_now() - exits);
}

void bench_batch_add(uint64_t ticks) {
    if (batches_added == BATCHES) {
        rt_die("too many batches");
    }
    batch_ticks[batches_added++] = ticks;
}

void bench_batches_print(const char *name, uint64_t ops) {
    if (batches_added == 0) {
        rt_die("a row without batches");
    }
    row_print(name, "batch", ops, batches_added, 0, 0);
    batches_added = 0;
}

void bench_begin(const char *name) {
    if (rt_param(1, 0) != 0) {
        rt_printf("BENCH PHASE %s", name);
        bench_observe_begin();
    }
}

void bench_end(uint64_t ops) {
    if (rt_param(1, 0) != 0) {
        bench_observe_end();
        rt_printf(" OPS %lu\n", ops);
    }
}
