// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
/* From the cause of an interrupt to the first instruction of its handler. */
#include "bench.h"
#include <rt/eio.h>

#define TIMER_TICKS   1000u
#define PERIOD_TICKS  1000u
#define SPIN_LOOPS    47000u
#define TICKS_A_BATCH 9u
#define TICK_BATCHES  15u

/* UART0 asks for more to send; it is on pin 2 of the PCH-PIC (LVZ reference 9.3, 10.1). */
#define UART_BASE     0x1fe001e0
#define UART_IER      1
#define UART_IIR      2
#define UART_IER_THRI 0x02
#define UART_PIN      2u
#define PIC_BASE      0x10000000
#define PIC_MASK      0x20
#define PIC_HTMSI_EN  0x40
#define PIC_ROUTE     0x100
#define PIC_VECTOR    0x200
#define MISC_EXT_INT  (1UL << 48)

/* The zone's vectors are 0 to 31, of which line HWI0 passes through; it has the rest as virtual
 * ones, on other lines. */
#define DEVICE_VECTOR  2u
#define VIRTUAL_VECTOR 64u
#define LINE_PASSED    0u
#define LINE_INJECTED  1u
#define ALL_TO_CPU0    0x01010101u

static volatile uint64_t taken;

static volatile uint8_t *uart(void) {
    return rt_uncached(UART_BASE);
}

/* Both take the line down first, then acknowledge. */
static void take_vectors(void) {
    uint32_t device = iocsr_read32(IOCSR_EIO_STATUS);
    uint32_t virtual = iocsr_read32(IOCSR_EIO_STATUS + VIRTUAL_VECTOR / 8);

    if (device != 0) {
        uart()[UART_IER] = 0;
        (void)uart()[UART_IIR];
        iocsr_write32(IOCSR_EIO_STATUS, device);
    }
    if (virtual != 0) {
        rt_hypercall(LV_HYPERCALL_LOWER_VECTOR, LV_ROOT_ZONE_ID, VIRTUAL_VECTOR);
        iocsr_write32(IOCSR_EIO_STATUS + VIRTUAL_VECTOR / 8, virtual);
    }
}

static bool take_irq(struct rt_context *context, const struct rt_frame *frame, uint64_t pending) {
    (void)context;
    (void)frame;
    if ((pending & 1UL << IRQ_TIMER) != 0) {
        csr_write(CSR_TICLR, 1);
    }
    if ((pending & 1UL << IRQ_IPI) != 0) {
        iocsr_write32(IOCSR_IPI_CLEAR, iocsr_read32(IOCSR_IPI_STATUS));
    }
    if ((pending & 1UL << IRQ_SWI0) != 0) {
        csr_xchg(CSR_ESTAT, 0, 1UL << IRQ_SWI0);
    }
    if ((pending & (1UL << (IRQ_HWI0 + LINE_PASSED) | 1UL << (IRQ_HWI0 + LINE_INJECTED))) != 0) {
        take_vectors();
    }
    taken++;
    return true;
}

/* The ticks from start until the handler began, once it has come. */
static uint64_t wait_since(uint64_t start, uint64_t count) {
    while (taken == count) {
    }
    return bench_entry_time - start;
}

static uint64_t interval_ipi_self(void) {
    uint64_t count = taken;
    uint64_t start = rdtime();

    iocsr_write32(IOCSR_IPI_SEND, BENCH_SEND_TO(0));
    return wait_since(start, count);
}

static uint64_t interval_paravirt_self(void) {
    uint64_t count = taken;
    uint64_t start = rdtime();

    bench_paravirt_send(0);
    return wait_since(start, count);
}

static uint64_t interval_virtual_line(void) {
    uint64_t count = taken;
    uint64_t start = rdtime();

    rt_hypercall(LV_HYPERCALL_RAISE_VECTOR, LV_ROOT_ZONE_ID, VIRTUAL_VECTOR);
    return wait_since(start, count);
}

static uint64_t interval_device(void) {
    uint64_t count = taken;
    uint64_t start = rdtime();

    uart()[UART_IER] = UART_IER_THRI;
    return wait_since(start, count);
}

/* How much later than set. */
static uint64_t interval_timer(void) {
    uint64_t count = taken;
    uint64_t start = rdtime();

    csr_write(CSR_TCFG, TIMER_TICKS | TCFG_EN);
    return wait_since(start, count) - TIMER_TICKS;
}

static uint64_t interval_idle_timer(void) {
    uint64_t count = taken;
    uint64_t start = rdtime();

    csr_write(CSR_TCFG, TIMER_TICKS | TCFG_EN);
    while (taken == count) {
        bench_idle();
    }
    return bench_entry_time - start - TIMER_TICKS;
}

static uint64_t spin(uint64_t loops) {
    uint64_t start = rdtime();

    for (uint64_t i = 0; i < loops; i++) {
        __asm__ volatile("");
    }
    return rdtime() - start;
}

/*
 * What a tick costs in all, handler included: the same work with and without. A batch in which
 * something else took so long that there was one tick more is left out.
 */
static void run_tick(void) {
    for (uint32_t i = 0; i < TICK_BATCHES; i++) {
        uint64_t without = spin(SPIN_LOOPS);
        uint64_t count = taken;
        csr_write(CSR_TCFG, PERIOD_TICKS | TCFG_PERIODIC | TCFG_EN);
        uint64_t with = spin(SPIN_LOOPS);
        csr_write(CSR_TCFG, 0);
        if (taken - count == TICKS_A_BATCH && with > without) {
            bench_batch_add(with - without);
        }
    }
    bench_batches_print("timer-tick", TICKS_A_BATCH);
}

static void route_device(uint32_t line) {
    iocsr_write32(IOCSR_EIO_IP_MAP,
                  1u << line | 1u << (LINE_INJECTED + VIRTUAL_VECTOR / LV_VECTOR_GROUP * 8));
}

static void prepare_lines(void) {
    volatile uint8_t *pic = rt_uncached(PIC_BASE);

    iocsr_write64(IOCSR_MISC_FUNC, iocsr_read64(IOCSR_MISC_FUNC) | MISC_EXT_INT);
    uart()[UART_IER] = 0;
    *(volatile uint64_t *)(pic + PIC_HTMSI_EN) = ~0UL;
    pic[PIC_ROUTE + UART_PIN] = 1;
    pic[PIC_VECTOR + UART_PIN] = DEVICE_VECTOR;
    iocsr_write32(IOCSR_EIO_NODE_MAP, 1u);
    iocsr_write32(IOCSR_EIO_CORE_MAP + DEVICE_VECTOR / 4 * 4, ALL_TO_CPU0);
    iocsr_write32(IOCSR_EIO_CORE_MAP + VIRTUAL_VECTOR, ALL_TO_CPU0);
    route_device(LINE_PASSED);
    iocsr_write32(eio_enable_word(DEVICE_VECTOR), eio_bit(DEVICE_VECTOR));
    iocsr_write32(eio_enable_word(VIRTUAL_VECTOR), eio_bit(VIRTUAL_VECTOR));
    *(volatile uint64_t *)(pic + PIC_MASK) = ~(1UL << UART_PIN);
}

/* KVM's guest has its only device in the VMM: the line is a virtual one. */
static void run_lines(void) {
    prepare_lines();
    csr_xchg(CSR_ECFG, 0xffUL << IRQ_HWI0, 0xffUL << IRQ_HWI0);
    if (bench_home == BENCH_KVM) {
        bench_measure_interval("virtual-line", interval_device);
        return;
    }
    bench_measure_interval("device", interval_device);
    if (bench_home == BENCH_ZONE) {
        route_device(LINE_INJECTED);
        bench_measure_interval("device-injected", interval_device);
        bench_measure_interval("virtual-line", interval_virtual_line);
    }
}

void bench_run_interrupts(void) {
    uint64_t entry = csr_write(CSR_EENTRY, (uint64_t)bench_vector_timed);

    rt_irq_hook = take_irq;
    iocsr_write32(IOCSR_IPI_CLEAR, ~0u);
    iocsr_write32(IOCSR_IPI_ENABLE, ~0u);
    csr_write(CSR_ECFG, 1UL << IRQ_TIMER | 1UL << IRQ_IPI | 1UL << IRQ_SWI0);
    bench_irqs_on();
    bench_measure_interval("timer", interval_timer);
    bench_measure_interval("idle-timer", interval_idle_timer);
    run_tick();
    bench_measure_interval("ipi-self", interval_ipi_self);
    if (bench_home != BENCH_BARE) {
        bench_measure_interval("paravirt-ipi-self", interval_paravirt_self);
    }
    run_lines();
    bench_irqs_off();
    csr_write(CSR_ECFG, 0);
    csr_write(CSR_EENTRY, entry);
}
