// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
/*
 * IPIs from CPU 0 to CPU 1. CPUs take turns where time is a count of instructions, so what is spent
 * in host mode is for an observer outside to read. Only where both CPUs sleep while
 * they wait does the counter say what all of it takes.
 */
#include "bench.h"

#define PHASES      31u
#define PHASE_SENDS 200u
/* KVM wakes a vCPU up in one way or another: it takes more phases until two runs agree. */
#define SLEEP_PHASES 155u
/* Bounds how long a CPU waits for the other's turn; the interrupt is not taken. */
#define TURN_TICKS   1000u
#define RESCUE_TICKS 1000000u

enum mode { MODE_SPIN, MODE_SLEEP, MODE_ANSWER };

typedef void send_fn(uint32_t cpu);

static volatile enum mode mode;
static volatile uint64_t received[RT_MAX_CPUS];
static send_fn *volatile send;

static void send_plain(uint32_t cpu) {
    iocsr_write32(IOCSR_IPI_SEND, BENCH_SEND_TO(cpu));
}

static void send_paravirt(uint32_t cpu) {
    bench_paravirt_send(cpu);
}

static bool take_irq(struct rt_context *context, const struct rt_frame *frame, uint64_t pending) {
    uint64_t cpu = csr_read(CSR_CPUID);

    (void)context;
    (void)frame;
    if ((pending & 1UL << IRQ_TIMER) != 0) {
        csr_write(CSR_TICLR, 1);
    }
    if ((pending & (1UL << IRQ_IPI | 1UL << IRQ_SWI0)) == 0) {
        return true;
    }
    if ((pending & 1UL << IRQ_IPI) != 0) {
        iocsr_write32(IOCSR_IPI_CLEAR, iocsr_read32(IOCSR_IPI_STATUS));
    }
    if ((pending & 1UL << IRQ_SWI0) != 0) {
        csr_xchg(CSR_ESTAT, 0, 1UL << IRQ_SWI0);
    }
    received[cpu]++;
    if (cpu != 0 && mode == MODE_ANSWER) {
        send(0);
    }
    return true;
}

static void prepare(void) {
    iocsr_write32(IOCSR_IPI_CLEAR, ~0u);
    iocsr_write32(IOCSR_IPI_ENABLE, ~0u);
    csr_write(CSR_ECFG, 1UL << IRQ_IPI | 1UL << IRQ_SWI0);
    bench_irqs_on();
}

static void receiver_run(void) {
    prepare();
    for (;;) {
        if (mode != MODE_SPIN) {
            bench_idle();
        }
    }
}

/*
 * Once more when nothing comes of it: KVM's idle does not notice an IPI that came just before it.
 * Nobody else may need that.
 */
static void send_and_wait(void) {
    uint64_t count = received[1];
    uint64_t start = rdtime();

    send(1);
    while (received[1] == count) {
        if (rdtime() - start > RESCUE_TICKS) {
            if (bench_home != BENCH_KVM) {
                rt_die("an IPI was lost");
            }
            start = rdtime();
            send(1);
        }
    }
}

static void sends_spinning(void) {
    for (uint32_t i = 0; i < PHASE_SENDS; i++) {
        send_and_wait();
    }
}

static void sends_sleeping(void) {
    for (uint32_t i = 0; i < PHASE_SENDS; i++) {
        uint64_t count = received[0];
        send(1);
        bench_irqs_off();
        while (received[0] == count) {
            bench_idle();
            bench_irqs_on();
            bench_irqs_off();
        }
        bench_irqs_on();
    }
}

/* CPU 1 sees the new mode when it has woken up once. Costs as much as one IPI. */
static void mode_set(enum mode next, send_fn *with) {
    mode = next;
    send = with;
    send_and_wait();
}

/* CPU 1 sleeps at both ends of a phase; what sets its mode is an IPI too. */
static void run_one_way(const char *name, enum mode next, send_fn *with) {
    uint64_t sends = next == MODE_SLEEP ? PHASE_SENDS : PHASE_SENDS + 2;
    uint32_t phases = next == MODE_SLEEP ? SLEEP_PHASES : PHASES;

    csr_write(CSR_TCFG, TURN_TICKS | TCFG_PERIODIC | TCFG_EN);
    mode_set(MODE_SLEEP, with);
    for (uint32_t phase = 0; phase < phases; phase++) {
        bench_begin(name);
        if (next != MODE_SLEEP) {
            mode_set(next, with);
        }
        sends_spinning();
        if (next != MODE_SLEEP) {
            mode_set(MODE_SLEEP, with);
        }
        bench_end(sends);
    }
    csr_write(CSR_TCFG, 0);
}

/* Here a timer ends an idle that did not notice an IPI; its batch is not the median. */
static void run_both_ways(const char *name, send_fn *with) {
    csr_write(CSR_TCFG, TURN_TICKS | TCFG_PERIODIC | TCFG_EN);
    mode_set(MODE_ANSWER, with);
    csr_write(CSR_TCFG, RESCUE_TICKS | TCFG_PERIODIC | TCFG_EN);
    csr_xchg(CSR_ECFG, 1UL << IRQ_TIMER, 1UL << IRQ_TIMER);
    sends_sleeping();
    for (uint32_t phase = 0; phase < PHASES; phase++) {
        bench_begin(name);
        uint64_t start = rdtime();
        sends_sleeping();
        bench_batch_add(rdtime() - start);
        bench_end(PHASE_SENDS);
    }
    csr_xchg(CSR_ECFG, 0, 1UL << IRQ_TIMER);
    csr_write(CSR_TCFG, 0);
    csr_write(CSR_TICLR, 1);
    bench_batches_print(name, PHASE_SENDS);
}

void bench_run_cpus(void) {
    rt_irq_hook = take_irq;
    send = send_plain;
    prepare();
    if (!rt_cpu_start(1, receiver_run)) {
        rt_die("CPU 1 did not start");
    }
    run_one_way("ipi-running", MODE_SPIN, send_plain);
    run_one_way("ipi-idle", MODE_SLEEP, send_plain);
    run_both_ways("ipi-both-idle", send_plain);
    if (bench_home != BENCH_BARE) {
        run_one_way("paravirt-ipi-running", MODE_SPIN, send_paravirt);
        run_one_way("paravirt-ipi-idle", MODE_SLEEP, send_paravirt);
        run_both_ways("paravirt-ipi-both-idle", send_paravirt);
    }
    bench_irqs_off();
}
