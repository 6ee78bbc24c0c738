// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
/*
 * A device's interrupt on its whole way: UART0 asks for more to send, the PCH-PIC makes a vector of
 * that, the EIOINTC a line of one CPU. Each round has another vector, CPU and line; the interrupt
 * must come there, once.
 *
 * Parameters: 0 seed, 1 rounds, 2 CPUs. Prints UART ERROR lines, UART RESULT and UART DONE.
 */
#include <rt/eio.h>

#define UART_BASE     0x1fe001e0
#define UART_IER      1
#define UART_IIR      2
#define UART_IER_THRI 0x02

/* LVZ reference 9.3; the UART is on pin 2. */
#define PIC_BASE     0x10000000
#define PIC_MASK     0x20
#define PIC_HTMSI_EN 0x40
#define PIC_ROUTE    0x100
#define PIC_VECTOR   0x200
#define UART_PIN     2
#define PIC_VECTORS  32u
#define MISC_EXT_INT (1UL << 48)
#define LINES        4u
#define LINE_BITS    (0xffUL << IRQ_HWI0)
#define WAIT_SECONDS 20u
#define SETTLE_TICKS 5000u

static volatile uint32_t got;
static volatile uint32_t got_cpu;
static volatile uint64_t got_lines;
static volatile uint32_t got_status;
static volatile uint32_t empty;
static uint32_t errors;
static uint32_t cpus;
static struct rt_random random;

static volatile uint8_t *uart(void) {
    return rt_uncached(UART_BASE);
}

static volatile uint8_t *pic(void) {
    return rt_uncached(PIC_BASE);
}

static bool take_irq(struct rt_context *context, const struct rt_frame *frame, uint64_t pending) {
    uint32_t status = iocsr_read32(IOCSR_EIO_STATUS);

    (void)context;
    (void)frame;
    if (status == 0) {
        __atomic_fetch_add(&empty, 1, __ATOMIC_RELAXED);
        return true;
    }
    uart()[UART_IER] = 0;
    (void)uart()[UART_IIR];
    iocsr_write32(IOCSR_EIO_STATUS, status);
    got_cpu = (uint32_t)csr_read(CSR_CPUID);
    got_lines = pending;
    got_status = status;
    __atomic_fetch_add(&got, 1, __ATOMIC_SEQ_CST);
    return true;
}

static void irqs_on(void) {
    csr_write(CSR_ECFG, LINE_BITS);
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

static void pic_mask(bool masked) {
    *(volatile uint64_t *)(pic() + PIC_MASK) = masked ? ~0UL : ~(1UL << UART_PIN);
}

static void prepare(void) {
    iocsr_write64(IOCSR_MISC_FUNC, iocsr_read64(IOCSR_MISC_FUNC) | MISC_EXT_INT);
    pic_mask(true);
    *(volatile uint64_t *)(pic() + PIC_HTMSI_EN) = ~0UL;
    pic()[PIC_ROUTE + UART_PIN] = 1;
    iocsr_write32(IOCSR_EIO_NODE_MAP, 1u);
    uart()[UART_IER] = 0;
}

static void error(const char *what, uint64_t found, uint64_t expected) {
    if (errors++ < 20) {
        rt_printf("UART ERROR step %lu %s: %lx instead of %lx\n", rt_zone_log()->step, what, found,
                  expected);
    }
}

static void expect(const char *what, uint64_t found, uint64_t expected) {
    if (found != expected) {
        error(what, found, expected);
    }
}

/* Waits for the interrupt, in idle where it comes to this CPU every second time. */
static void wait_for_it(bool sleep) {
    uint64_t start = rdtime();

    csr_xchg(CSR_CRMD, 0, CRMD_IE);
    uart()[UART_IER] = UART_IER_THRI;
    while (got == 0 && rdtime() - start < WAIT_SECONDS * rt_ticks_per_second()) {
        if (sleep) {
            __asm__ volatile("idle 0" ::: "memory");
        }
        csr_xchg(CSR_CRMD, CRMD_IE, CRMD_IE);
        csr_xchg(CSR_CRMD, 0, CRMD_IE);
    }
    csr_xchg(CSR_CRMD, CRMD_IE, CRMD_IE);
}

static void round_run(uint64_t number) {
    uint32_t vector = (uint32_t)rt_random_below(&random, PIC_VECTORS);
    uint32_t cpu = (uint32_t)rt_random_below(&random, cpus);
    uint32_t line = (uint32_t)rt_random_below(&random, LINES);

    got = 0;
    pic()[PIC_VECTOR + UART_PIN] = (uint8_t)vector;
    iocsr_write8(IOCSR_EIO_IP_MAP, 1u << line);
    iocsr_write8(IOCSR_EIO_CORE_MAP + vector, 1u << cpu);
    iocsr_write32(IOCSR_EIO_ENABLE, 1u << vector);
    pic_mask(false);
    wait_for_it(cpu == 0 && number % 2 == 0);
    rt_delay(rt_random_below(&random, SETTLE_TICKS));
    expect("interrupts", got, 1);
    expect("CPU", got_cpu, cpu);
    expect("status", got_status, 1u << vector);
    expect("line", got_lines & 1UL << (IRQ_HWI0 + line), 1UL << (IRQ_HWI0 + line));
    uart()[UART_IER] = 0;
    pic_mask(true);
}

void rt_main(void) {
    uint64_t rounds = rt_param(1, 1000);

    rt_zone_begin();
    random.state = rt_param(0, 1);
    cpus = (uint32_t)rt_param(2, 1);
    rt_printf("UART BEGIN seed %lu cpus %u\n", random.state, cpus);
    rt_irq_hook = take_irq;
    prepare();
    for (uint32_t cpu = 1; cpu < cpus; cpu++) {
        if (!rt_cpu_start(cpu, secondary_run)) {
            rt_die("a CPU did not start");
        }
    }
    irqs_on();
    for (uint64_t i = 0; i < rounds && errors < 20; i++) {
        round_run(i);
        rt_zone_log()->step = i + 1;
    }
    rt_printf("UART RESULT ROUNDS %lu EMPTY %u ERRORS %u\n", rt_zone_log()->step, empty, errors);
    rt_printf("UART DONE\n");
    rt_zone_end();
}
