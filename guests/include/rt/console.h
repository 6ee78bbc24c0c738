/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * A person at the UART: commands that are typed, with echo and backspace. The UART may interrupt a
 * line of CPU 0; without one the program has to look often enough.
 */
#ifndef RT_CONSOLE_H
#define RT_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

/* 16550: the virt machine, 3A5000 boards and Loongvisor's zones have it here. */
#define RT_UART_BASE     0x1fe001e0
#define RT_UART_DATA     0
#define RT_UART_IER      1
#define RT_UART_IER_DATA 0x01
#define RT_UART_LSR      5
#define RT_UART_LSR_DATA 0x01
#define RT_UART_LSR_THRE 0x20

/* The characters of a line that are kept. */
#define RT_CONSOLE_LINE 80u

struct rt_command {
    const char *name;
    const char *what;              /* one line for `help`, which every console has */
    void (*run)(const char *rest); /* what was typed behind the name */
};

/* The last command has the name NULL. The UART interrupts from now on; prints the prompt. */
void rt_console_open(const struct rt_command *commands);

/* Takes what was typed, and runs the commands whose line is complete. */
void rt_console_serve(void);

/* A decimal number at the beginning of the text, 0 if there is none. */
uint64_t rt_console_number(const char *text);

#endif
