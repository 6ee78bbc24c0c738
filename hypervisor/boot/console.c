// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/arch.h>
#include <core/console.h>
#include <devices/uart_registers.h>
#include <stdatomic.h>

/*
 * A UART that takes nothing for so long is absent. A full FIFO at 9600 baud is empty after 17 ms;
 * an emulated one needs as long as its host does not run it.
 */
#define UART_TIMEOUT_MS 1000

static struct {
    hpa_t base;
    atomic_bool owned;
} console;

void console_init(hpa_t uart_base) {
    console.base = uart_base;
    atomic_store_explicit(&console.owned, true, memory_order_release);
}

/* The last user may have left the divisor in place of data, a loop-back or interrupts. */
void console_take(void) {
    arch_mmio_write(console.base + UART_LCR, 1, UART_LCR_8N1);
    arch_mmio_write(console.base + UART_IER, 1, 0);
    arch_mmio_write(console.base + UART_MCR, 1, UART_MCR_DTR | UART_MCR_RTS);
    atomic_store_explicit(&console.owned, true, memory_order_release);
}

void console_leave(void) {
    atomic_store_explicit(&console.owned, false, memory_order_release);
}

static bool console_is_owned(void) {
    return atomic_load_explicit(&console.owned, memory_order_acquire);
}

/* Gives up on a UART that does not take a character. */
static void console_put(char c) {
    ticks_t limit = arch_counter() + arch_counter_hz() / 1000 * UART_TIMEOUT_MS;

    while ((arch_mmio_read(console.base + UART_LSR, 1) & UART_LSR_THRE) == 0) {
        if (arch_counter() >= limit) {
            console_leave();
            return;
        }
    }
    arch_mmio_write(console.base + UART_DATA, 1, (uint8_t)c);
}

void console_write_line(const char *text, size_t length) {
    for (size_t i = 0; i < length && console_is_owned(); i++) {
        console_put(text[i]);
    }
    if (console_is_owned()) {
        console_put('\r');
        console_put('\n');
    }
}
