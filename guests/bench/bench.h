/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * The micro-benchmark: what one operation costs, in the same program on the bare machine, as a zone
 * and as a guest of KVM. It measures with the counter, whose tick is ten instructions where time is
 * a count of instructions, and prints what it measured; whoever reads it does the arithmetic.
 */
#ifndef BENCH_H
#define BENCH_H

#include <rt/zone.h>

/* Where the program runs. */
enum bench_home { BENCH_BARE, BENCH_ZONE, BENCH_KVM };

extern enum bench_home bench_home;

/* An operation: a0 and a1 are its arguments, whatever it leaves in them is ignored. */
typedef void bench_op(uint64_t a0, uint64_t a1);

/* One measurement, done over and over: returns ticks. */
typedef uint64_t bench_interval(void);

/* ---- measure.c ---- */

/*
 * Prints the row NAME: many batches of the operation, and the worst single one. The reader
 * subtracts the row "empty".
 */
void bench_measure(const char *name, bench_op *op, uint64_t a0, uint64_t a1);

/*
 * Prints the row NAME of intervals, which are what they are: nothing is subtracted. They begin at
 * all phases of the counter's tick, so that their mean is exact.
 */
void bench_measure_interval(const char *name, bench_interval *interval);

/* A batch that was measured elsewhere, with nothing to be subtracted any more. */
void bench_batch_add(uint64_t ticks);

/* Prints the row NAME of the batches that were added, of so many operations each. */
void bench_batches_print(const char *name, uint64_t ops);

/*
 * Around a phase that an observer outside looks at: reads the emulator's counters at the
 * instructions bench_observe_begin and bench_observe_end. Prints the row PHASE. Without parameter 1
 * there is no observer, and this does nothing.
 */
void bench_begin(const char *name);
void bench_end(uint64_t ops);

/* ---- the rows ---- */

void bench_run_operations(void);
void bench_run_interrupts(void);
void bench_run_memory(void);
void bench_run_cpus(void);

/* ---- vectors.S ---- */

/* The runtime's entry for exceptions; notes first when it was reached. */
extern char bench_vector_timed[];
extern volatile uint64_t bench_entry_time;
/* An entry that goes on behind the instruction. */
extern char bench_vector_skip[];
void bench_observe_begin(void);
void bench_observe_end(void);
/* Waits for 0 to 9 instructions, and always as many more. */
void bench_dither(uint64_t instructions);

bench_op bench_op_empty, bench_op_hypercall, bench_op_cpucfg, bench_op_csr_read, bench_op_csr_write,
    bench_op_iocsr_read, bench_op_iocsr_write, bench_op_ipi_set_clear, bench_op_load,
    bench_op_store, bench_op_rdtime, bench_op_idle, bench_op_syscall, bench_op_byte_load,
    bench_op_byte_store;

/* Calls the operation so many times at PLV3. The entry must be bench_vector_skip. */
void bench_user_loop(bench_op *op, uint64_t times);

/* ---- small things ---- */

#define BENCH_DITHER 10u

#define BENCH_SEND_TO(cpu) (1u << 31 | (cpu) << 16)

/* Paravirtual IPI to one CPU, which gets SWI0. */
static inline uint64_t bench_paravirt_send(uint64_t cpu) {
    register uint64_t a0 __asm__("a0") = LV_KVM_FUNCTION_IPI;
    register uint64_t a1 __asm__("a1") = 1;
    register uint64_t a2 __asm__("a2") = 0;
    register uint64_t a3 __asm__("a3") = cpu;

    __asm__ volatile(".word %1"
                     : "+r"(a0)
                     : "i"(INSN_HVCL(LV_KVM_SERVICE)), "r"(a1), "r"(a2), "r"(a3)
                     : "memory");
    return a0;
}

static inline void bench_irqs_on(void) {
    csr_xchg(CSR_CRMD, CRMD_IE, CRMD_IE);
}

static inline void bench_irqs_off(void) {
    csr_xchg(CSR_CRMD, 0, CRMD_IE);
}

static inline void bench_idle(void) {
    __asm__ volatile("idle 0" ::: "memory");
}

#endif
