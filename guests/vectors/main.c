// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
/*
 * Floating-point and vector registers: zero at the first instruction of each CPU, and unchanged by
 * every kind of exit.
 *
 * Parameters: 0 seed, 1 rounds, 2 CPUs. Prints VECTORS FIRST (what a CPU began with), VECTORS
 * ERROR, VECTORS RESULT and VECTORS DONE.
 */
#include <rt/fpu.h>
#include <rt/zone.h>

#define PCI_CONFIG_GPA 0xfe00000000UL
#define NOWHERE_GPA    0x30000000UL
#define IPI_TO(cpu)    (1u << 31 | (cpu) << 16 | 2u)
#define TIMER_TICKS    2000u
#define UNITS          (EUEN_FPE | EUEN_SXE | EUEN_ASXE)
#define IPI_BIT        (1UL << IRQ_IPI)
#define LINE_BITS      (0xffUL << IRQ_HWI0)
#define MAX_ERRORS     20u

struct exit {
    const char *name;
    uint32_t word;
    uint64_t a0;
    uint64_t a1;
};

static const struct exit exits[] = {
    {"cpucfg", INSN_CPUCFG, 2, 0},
    {"CSR without hardware", INSN_CSRXCHG(CSR_IMPCTL1), ~0UL, ~0UL},
    {"unknown CSR", INSN_CSRRD(0x3ff), 0, 0},
    {"cacop", INSN_CACOP(0), RT_CACHED_BASE | 0x300000, 0},
    {"iocsrrd.w", INSN_IOCSRRD_W, 0x1000, 0},
    {"iocsrrd.d", INSN_IOCSRRD_D, 0x1800, 0},
    {"iocsrwr.w", INSN_IOCSRWR_W, 0, 0x100c},
    {"IPI to itself", INSN_IOCSRWR_W, 4, IOCSR_IPI_SET},
    {"IPI to nobody", INSN_IOCSRWR_W, 0x83e80001, IOCSR_IPI_SEND},
    {"hvcl 0, version", INSN_HVCL(0), LV_HYPERCALL_VERSION, 0},
    {"hvcl 0, unknown", INSN_HVCL(0), 0xdead, 0},
    {"hvcl 0x100", INSN_HVCL(0x100), 1, 1},
    {"hvcl 0x7ffe", INSN_HVCL(0x7ffe), 0, 0},
    {"load from a hole", INSN_LD_W, RT_UNCACHED_BASE | LV_ISA_BASE, 0},
    {"store to a hole", INSN_ST_D, 0, RT_UNCACHED_BASE | LV_ISA_BASE},
    {"PCI configuration", INSN_LD_W, RT_UNCACHED_BASE | PCI_CONFIG_GPA, 0},
    {"load from nowhere", INSN_LD_D, RT_UNCACHED_BASE | NOWHERE_GPA, 0},
    {"store to nowhere", INSN_ST_D, 0, RT_UNCACHED_BASE | NOWHERE_GPA},
    {"store to the info page", INSN_ST_D, 0, RT_CACHED_BASE | LV_INFO_PAGE},
    {"LBT", INSN_LBT, 0, 0},
    {"dbcl", INSN_DBCL(0), 0, 0},
    {"gcsrrd", INSN_GCSRRD(0), 0, 0},
    {"gtlbclr", INSN_GTLBCLR, 0, 0},
    {"undefined", INSN_UNDEFINED, 0, 0},
    {"invtlb", INSN_INVTLB(0), 0, 0},
    {"syscall", INSN_SYSCALL(0), 0, 0},
};

static struct rt_fpu first[RT_MAX_CPUS];
static struct rt_fpu wanted[RT_MAX_CPUS];
static struct rt_fpu found[RT_MAX_CPUS];
static struct rt_random randoms[RT_MAX_CPUS];
static volatile uint64_t irqs[RT_MAX_CPUS];
static volatile uint32_t errors;
static volatile uint32_t done;
static volatile uint64_t checks;
static uint32_t cpus;
static uint64_t rounds;

static uint32_t self_id(void) {
    return (uint32_t)csr_read(CSR_CPUID);
}

static void error(const char *what, uint64_t reg, uint64_t lane) {
    uint32_t self = self_id();

    if (__atomic_fetch_add(&errors, 1, __ATOMIC_RELAXED) < MAX_ERRORS) {
        rt_printf("VECTORS ERROR cpu %u after %s: xr%lu lane %lu is %lx instead of %lx\n", self,
                  what, reg, lane, found[self].lanes[reg][lane], wanted[self].lanes[reg][lane]);
    }
}

static bool take_irq(struct rt_context *context, const struct rt_frame *frame, uint64_t pending) {
    (void)context;
    (void)frame;
    irqs[self_id()]++;
    if ((pending & IPI_BIT) != 0) {
        iocsr_write32(0x100c, iocsr_read32(0x1000));
    }
    if ((pending & 1UL << IRQ_TIMER) != 0) {
        csr_write(CSR_TICLR, 1);
    }
    if ((pending & 1UL << IRQ_SWI0) != 0) {
        csr_xchg(CSR_ESTAT, 0, 1UL << IRQ_SWI0);
    }
    return true;
}

static void fill(uint32_t self) {
    struct rt_fpu *fpu = &wanted[self];

    for (uint32_t reg = 0; reg < RT_FPU_REGISTERS; reg++) {
        for (uint32_t lane = 0; lane < RT_FPU_LANES; lane++) {
            fpu->lanes[reg][lane] = rt_random_next(&randoms[self]);
        }
    }
    /* No exception enables, since vector loads and stores are all that happens. */
    fpu->fcsr = rt_random_next(&randoms[self]) & RT_FPU_FCSR_MASK;
    for (uint32_t flag = 0; flag < RT_FPU_FLAGS; flag++) {
        fpu->flags[flag] = (uint8_t)(rt_random_next(&randoms[self]) & 1);
    }
    rt_fpu_load(fpu);
}

static void compare(uint32_t self, const char *what) {
    rt_fpu_store(&found[self]);
    for (uint32_t reg = 0; reg < RT_FPU_REGISTERS; reg++) {
        for (uint32_t lane = 0; lane < RT_FPU_LANES; lane++) {
            if (found[self].lanes[reg][lane] != wanted[self].lanes[reg][lane]) {
                error(what, reg, lane);
            }
        }
    }
    bool same = (found[self].fcsr & RT_FPU_FCSR_MASK) == wanted[self].fcsr;
    for (uint32_t flag = 0; flag < RT_FPU_FLAGS; flag++) {
        same = same && found[self].flags[flag] == wanted[self].flags[flag];
    }
    if (!same) {
        __atomic_fetch_add(&errors, 1, __ATOMIC_RELAXED);
        rt_printf("VECTORS ERROR cpu %u after %s: fcsr %lx instead of %lx, or a flag\n", self, what,
                  found[self].fcsr, wanted[self].fcsr);
    }
    __atomic_fetch_add(&checks, 1, __ATOMIC_RELAXED);
}

static void check_exits(uint32_t self) {
    for (uint32_t i = 0; i < RT_ARRAY_SIZE(exits); i++) {
        fill(self);
        rt_try(exits[i].word, exits[i].a0, exits[i].a1, 0, NULL);
        compare(self, exits[i].name);
    }
}

/* The exits that come from outside: timer, IPIs of the others, injected lines. */
static void check_interrupts(uint32_t self) {
    fill(self);
    rt_nap(TIMER_TICKS);
    compare(self, "idle");
    fill(self);
    csr_write(CSR_TCFG, TIMER_TICKS | TCFG_EN);
    csr_xchg(CSR_ECFG, 1UL << IRQ_TIMER, 1UL << IRQ_TIMER);
    rt_delay(TIMER_TICKS + TIMER_TICKS / 2);
    csr_xchg(CSR_ECFG, 0, 1UL << IRQ_TIMER);
    csr_write(CSR_TCFG, 0);
    compare(self, "timer");
    uint64_t before = irqs[self];
    fill(self);
    for (uint32_t cpu = 0; cpu < cpus; cpu++) {
        iocsr_write32(IOCSR_IPI_SEND, IPI_TO(cpu));
    }
    while (irqs[self] == before) {
    }
    compare(self, "IPI");
}

static void check_first(uint32_t self) {
    uint64_t any = first[self].fcsr;

    for (uint32_t reg = 0; reg < RT_FPU_REGISTERS; reg++) {
        for (uint32_t lane = 0; lane < RT_FPU_LANES; lane++) {
            any |= first[self].lanes[reg][lane];
        }
    }
    for (uint32_t flag = 0; flag < RT_FPU_FLAGS; flag++) {
        any |= first[self].flags[flag];
    }
    if (any != 0) {
        __atomic_fetch_add(&errors, 1, __ATOMIC_RELAXED);
    }
    rt_printf("VECTORS FIRST cpu %u: %s\n", self, any == 0 ? "clean" : "NOT CLEAN");
}

static void run(void) {
    uint32_t self = self_id();

    csr_write(CSR_EUEN, UNITS);
    rt_fpu_store(&first[self]);
    while (self > 0 && done < self) {
        rt_nap(TIMER_TICKS);
    }
    check_first(self);
    iocsr_write32(0x1004, ~0u);
    csr_write(CSR_ECFG, IPI_BIT | LINE_BITS | 1UL << IRQ_SWI0);
    csr_xchg(CSR_CRMD, CRMD_IE, CRMD_IE);
    __atomic_fetch_add(&done, 1, __ATOMIC_SEQ_CST);
    for (uint64_t round = 0; round < rounds && errors < MAX_ERRORS; round++) {
        check_exits(self);
        check_interrupts(self);
        rt_zone_log()->step = round + 1;
    }
    __atomic_fetch_add(&done, 1, __ATOMIC_SEQ_CST);
}

static void secondary_run(void) {
    run();
    /* Others may still send to this one. */
    for (;;) {
        rt_nap(TIMER_TICKS);
    }
}

void rt_main(void) {
    rt_zone_begin();
    cpus = (uint32_t)rt_param(2, 1);
    rounds = rt_param(1, 100);
    rt_printf("VECTORS BEGIN seed %lu cpus %u\n", rt_param(0, 1), cpus);
    rt_irq_hook = take_irq;
    for (uint32_t cpu = 0; cpu < cpus; cpu++) {
        randoms[cpu].state = rt_param(0, 1) * RT_MAX_CPUS + cpu;
    }
    for (uint32_t cpu = 1; cpu < cpus; cpu++) {
        if (!rt_cpu_start(cpu, secondary_run)) {
            rt_die("a CPU did not start");
        }
    }
    run();
    while (done < 2 * cpus) {
        rt_nap(TIMER_TICKS);
    }
    rt_printf("VECTORS RESULT CHECKS %lu ERRORS %u\n", checks, errors);
    rt_printf("VECTORS DONE\n");
    rt_zone_end();
}
