// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/arch.h>
#include <core/console.h>
#include <lib/bits.h>
#include <stdatomic.h>

/* 16550 registers and bits. */
#define UART_DATA     0
#define UART_LSR      5
#define UART_LSR_THRE BIT(5)

/* A character at 9600 baud takes about a millisecond; a UART slower than this is not there. */
#define UART_TIMEOUT_MS 10

static struct {
    hpa_t base;
    atomic_bool owned;
} console;

void console_init(hpa_t uart_base) {
    console.base = uart_base;
    console_take();
}

void console_take(void) {
    atomic_store_explicit(&console.owned, true, memory_order_release);
}

void console_leave(void) {
    atomic_store_explicit(&console.owned, false, memory_order_release);
}

static void console_put(char c) {
    ticks_t limit = arch_counter() + arch_counter_hz() / 1000 * UART_TIMEOUT_MS;

    while ((arch_mmio_read(console.base + UART_LSR, 1) & UART_LSR_THRE) == 0) {
        if (arch_counter() >= limit) {
            return;
        }
    }
    arch_mmio_write(console.base + UART_DATA, 1, (uint8_t)c);
}

void console_write_line(const char *text, size_t length) {
    if (!atomic_load_explicit(&console.owned, memory_order_acquire)) {
        return;
    }
    for (size_t i = 0; i < length; i++) {
        console_put(text[i]);
    }
    console_put('\r');
    console_put('\n');
}
