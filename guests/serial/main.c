// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
/*
 * A zone whose only console is its virtual UART: finds it as Linux's 8250 driver does, prints by
 * polling and by interrupt, and repeats what is typed. Its power block is tried by what is typed:
 * `off`, `reset`, `nothing` (writes that mean nothing).
 *
 * Parameters: 0 and 1 are the interrupts of UART and power block (LV_INTERRUPT_*), 2 how many lines
 * are printed by interrupt. Prints SERIAL ERROR lines.
 */
#include <rt/console.h>
#include <rt/eio.h>

#define IER_SENT 0x02u
#define IER_ALL  0x0fu
#define IIR      2
#define IIR_NONE 0x01u
#define IIR_SENT 0x02u
#define IIR_MASK 0x0fu
#define IIR_DATA 0x04u /* also of the time-out */
#define FCR      2
#define FCR_ON   0x07u /* and both FIFOs emptied */
#define LCR      3
#define LCR_8N1  0x03u
#define LCR_EFR  0xbfu
#define LCR_DLAB 0x80u
#define MCR      4
#define MCR_LOOP 0x10u
#define MCR_TEST 0x0au /* RTS and OUT2 */
#define MSR      6
#define MSR_TEST 0x90u /* CTS and DCD */
#define FIFO     16u

#define SENT_SIZE  64u
#define TYPED_SIZE 2048u
#define LINE_BITS  (0xffUL << IRQ_HWI0)

static uint32_t uart_interrupt;
static uint32_t power_interrupt;
static char sending[SENT_SIZE];
static volatile uint32_t to_send;
static uint32_t sent;
static char typed[TYPED_SIZE];
static volatile uint32_t typed_end;
static uint32_t typed_begin;
static volatile uint32_t asked;
static volatile uint32_t empty; /* interrupts without a cause */

static volatile uint8_t *uart(void) {
    return rt_uncached(RT_UART_BASE);
}

static volatile uint8_t *power_block(void) {
    return rt_uncached(LV_POWER_PAGE);
}

static void expect(const char *what, uint64_t found, uint64_t expected) {
    if (found != expected) {
        rt_printf("SERIAL ERROR %s: %lx instead of %lx\n", what, found, expected);
    }
}

/* ---- what a driver looks at ---- */

static void probe_interrupts(void) {
    uart()[RT_UART_IER] = 0;
    expect("IER off", uart()[RT_UART_IER], 0);
    uart()[RT_UART_IER] = 0xff;
    expect("IER on", uart()[RT_UART_IER], IER_ALL);
    uart()[RT_UART_IER] = 0;
    for (uint32_t i = 0; i < 2; i++) {
        uart()[RT_UART_IER] = IER_SENT;
        expect("room to send, told again", uart()[IIR] & IIR_MASK, IIR_SENT);
        uart()[RT_UART_IER] = 0;
    }
}

static void probe_type(void) {
    uart()[LCR] = LCR_EFR;
    uart()[FCR] = 0;
    uart()[LCR] = LCR_DLAB;
    uart()[RT_UART_DATA] = 0x0c;
    uart()[RT_UART_IER] = 0x01;
    expect("divisor", uart()[RT_UART_DATA] | (uint64_t)uart()[RT_UART_IER] << 8, 0x10c);
    uart()[LCR] = LCR_8N1;
    expect("IER beside the divisor", uart()[RT_UART_IER], 0);
    expect("IIR without FIFOs", uart()[IIR], IIR_NONE);
    uart()[FCR] = FCR_ON;
    expect("IIR with FIFOs", uart()[IIR], 0xc0 | IIR_NONE);
}

static void probe_loop(void) {
    uart()[MCR] = MCR_LOOP | MCR_TEST;
    expect("MSR in loop-back", uart()[MSR] & 0xf0u, MSR_TEST);
    for (uint32_t i = 0; i < FIFO; i++) {
        uart()[RT_UART_DATA] = (uint8_t)(i * 7);
    }
    expect("LSR in loop-back", uart()[RT_UART_LSR], 0x61);
    for (uint32_t i = 0; i < FIFO; i++) {
        expect("loop-back", uart()[RT_UART_DATA], (uint8_t)(i * 7));
    }
    expect("LSR after loop-back", uart()[RT_UART_LSR], 0x60);
    uart()[MCR] = MCR_TEST;
}

/* ---- interrupts ---- */

static void serve_sent(void) {
    for (uint32_t i = 0; i < FIFO && sent < to_send; i++) {
        uart()[RT_UART_DATA] = (uint8_t)sending[sent++];
    }
    if (sent == to_send) {
        uart()[RT_UART_IER] = RT_UART_IER_DATA;
    }
}

static void serve_typed(void) {
    while ((uart()[RT_UART_LSR] & RT_UART_LSR_DATA) != 0) {
        typed[typed_end % TYPED_SIZE] = (char)uart()[RT_UART_DATA];
        typed_end++;
    }
}

static bool serve_uart(void) {
    uint32_t cause;
    bool any = false;

    while (((cause = uart()[IIR] & IIR_MASK) & IIR_NONE) == 0) {
        any = true;
        if ((cause & IIR_DATA) != 0) {
            serve_typed();
        } else {
            serve_sent();
        }
    }
    return any;
}

static bool serve_power(void) {
    if (power_block()[LV_POWER_BUTTON] == 0) {
        return false;
    }
    power_block()[LV_POWER_BUTTON] = 0;
    expect("button taken back", power_block()[LV_POWER_BUTTON], 0);
    asked++;
    return true;
}

static bool uses_vector(uint32_t interrupt) {
    return (interrupt & LV_INTERRUPT_KIND) == LV_INTERRUPT_VECTOR(0);
}

/* An edge, as Linux takes it: first the status goes, then its cause is looked for. */
static void vectors_acknowledge(void) {
    for (uint32_t group = 0; group < LV_VECTOR_GROUPS; group++) {
        iocsr_write32(IOCSR_EIO_STATUS + group * 4, iocsr_read32(IOCSR_EIO_STATUS + group * 4));
    }
}

static bool take_irq(struct rt_context *context, const struct rt_frame *frame, uint64_t pending) {
    (void)context;
    (void)frame;
    (void)pending;
    if (uses_vector(uart_interrupt)) {
        vectors_acknowledge();
    }
    bool any = serve_uart();
    if (!serve_power() && !any) {
        empty++;
    }
    return true;
}

static uint64_t interrupt_enable(uint32_t interrupt) {
    uint32_t number = interrupt & LV_INTERRUPT_NUMBER;

    if (!uses_vector(interrupt)) {
        return 1UL << (IRQ_HWI0 + number);
    }
    iocsr_write32(eio_enable_word(number), iocsr_read32(eio_enable_word(number)) | eio_bit(number));
    return 1UL << (IRQ_HWI0 + 1);
}

static void irqs_on(void) {
    uint64_t lines = interrupt_enable(uart_interrupt) | interrupt_enable(power_interrupt);

    rt_irq_hook = take_irq;
    uart()[RT_UART_IER] = RT_UART_IER_DATA;
    csr_write(CSR_ECFG, lines);
    expect("lines before", csr_read(CSR_ESTAT) & LINE_BITS, 0);
    csr_xchg(CSR_CRMD, CRMD_IE, CRMD_IE);
}

static void wait(void) {
    csr_xchg(CSR_CRMD, 0, CRMD_IE);
    if (sent == to_send && typed_begin == typed_end && asked == 0) {
        __asm__ volatile("idle 0" ::: "memory");
    }
    csr_xchg(CSR_CRMD, CRMD_IE, CRMD_IE);
}

static void send_by_interrupt(uint64_t number) {
    static const char text[] = "SERIAL LINE 00000 ------------------------\r\n";

    sent = 0;
    for (uint32_t i = 0; i < sizeof(text) - 1; i++) {
        sending[i] = text[i];
    }
    for (uint32_t digit = 16; digit >= 12; digit--) {
        sending[digit] = (char)('0' + number % 10);
        number /= 10;
    }
    to_send = sizeof(text) - 1;
    uart()[RT_UART_IER] = RT_UART_IER_DATA | IER_SENT;
    while (*(volatile uint32_t *)&sent < to_send) {
        wait();
    }
}

/* ---- what is typed ---- */

static bool text_is(const char *text, const char *word) {
    while (*text == *word && *word != '\0') {
        text++;
        word++;
    }
    return *text == *word;
}

static void try_nothing(void) {
    power_block()[LV_POWER_SLEEP] = LV_POWER_RESET_NOW;
    power_block()[LV_POWER_RESET] = LV_POWER_SLEEP_OFF;
    power_block()[LV_POWER_WATCHDOG] = LV_POWER_SLEEP_OFF;
    power_block()[0] = LV_POWER_SLEEP_OFF;
    expect("power registers", power_block()[LV_POWER_SLEEP] | power_block()[LV_PAGE_SIZE - 1], 0);
    expect("beside the UART", uart()[RT_UART_LSR + 8], 0xff);
    rt_printf("SERIAL STILL HERE\n");
}

static void line_run(const char *line, uint32_t length) {
    uint32_t sum = 0;

    for (uint32_t i = 0; i < length; i++) {
        sum = sum * 31 + (uint8_t)line[i];
    }
    rt_printf("SERIAL ECHO %u %x EMPTY %u\n", length, sum, empty);
    if (text_is(line, "off")) {
        power_block()[LV_POWER_SLEEP] = LV_POWER_SLEEP_OFF;
    } else if (text_is(line, "reset")) {
        power_block()[LV_POWER_RESET] = LV_POWER_RESET_NOW;
    } else if (text_is(line, "nothing")) {
        try_nothing();
    }
}

static void typed_take(void) {
    static char line[TYPED_SIZE + 1];
    static uint32_t length;

    while (typed_begin != typed_end) {
        char c = typed[typed_begin++ % TYPED_SIZE];
        if (c == '\r') {
            line[length] = '\0';
            line_run(line, length);
            length = 0;
        } else if (length < TYPED_SIZE) {
            line[length++] = c;
        }
    }
}

void rt_main(void) {
    uint64_t lines = rt_param(2, 20);

    uart_interrupt = (uint32_t)rt_param(0, LV_INTERRUPT_LINE(4));
    power_interrupt = (uint32_t)rt_param(1, LV_INTERRUPT_LINE(5));
    rt_printf("SERIAL BEGIN\n");
    probe_interrupts();
    probe_type();
    probe_loop();
    irqs_on();
    for (uint64_t i = 0; i < lines; i++) {
        send_by_interrupt(i);
    }
    rt_printf("SERIAL READY\n");
    for (;;) {
        wait();
        typed_take();
        if (asked != 0) {
            asked = 0;
            rt_printf("SERIAL ASKED\n");
        }
    }
}
