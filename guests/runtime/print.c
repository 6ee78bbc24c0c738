// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
/* Console output through a 16550 (virt machine and 3A5000 boards have it at the same place). */
#include <rt/console.h>
#include <rt/zone.h>
#include <stdarg.h>

void rt_putc(char c) {
    volatile uint8_t *uart = rt_uncached(RT_UART_BASE);

    if (rt_zone_log_put(c)) {
        return;
    }
    if (c == '\n') {
        rt_putc('\r');
    }
    while ((uart[RT_UART_LSR] & RT_UART_LSR_THRE) == 0) {
    }
    uart[RT_UART_DATA] = (uint8_t)c;
}

static void print_string(const char *s) {
    while (*s != '\0') {
        rt_putc(*s++);
    }
}

static void print_number(uint64_t value, uint64_t base, uint32_t width) {
    char digits[24];
    uint32_t n = 0;

    do {
        digits[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    for (uint32_t pad = n; pad < width; pad++) {
        rt_putc('0');
    }
    while (n > 0) {
        rt_putc(digits[--n]);
    }
}

static void print_signed(int64_t value) {
    uint64_t magnitude = (uint64_t)value;

    if (value < 0) {
        rt_putc('-');
        magnitude = -magnitude;
    }
    print_number(magnitude, 10, 0);
}

/* One conversion; *args advances. */
static void print_conversion(char type, bool is_long, uint32_t width, va_list *args) {
    switch (type) {
    case 's':
        print_string(va_arg(*args, const char *));
        break;
    case 'c':
        rt_putc((char)va_arg(*args, int));
        break;
    case 'd':
        print_signed(is_long ? va_arg(*args, int64_t) : va_arg(*args, int));
        break;
    case 'u':
    case 'x':
        print_number(is_long ? va_arg(*args, uint64_t) : va_arg(*args, uint32_t),
                     type == 'u' ? 10 : 16, width);
        break;
    case 'p':
        print_number((uint64_t)va_arg(*args, void *), 16, 16);
        break;
    default:
        rt_putc(type);
        break;
    }
}

void rt_printf(const char *format, ...) {
    va_list args;

    va_start(args, format);
    for (const char *p = format; *p != '\0'; p++) {
        if (*p != '%') {
            rt_putc(*p);
            continue;
        }
        uint32_t width = 0;
        bool is_long = false;
        for (p++; *p >= '0' && *p <= '9'; p++) {
            width = width * 10 + (uint32_t)(*p - '0');
        }
        for (; *p == 'l'; p++) {
            is_long = true;
        }
        print_conversion(*p, is_long, width, &args);
    }
    va_end(args);
}
