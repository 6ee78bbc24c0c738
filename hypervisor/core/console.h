/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The board's UART (a 16550 that firmware or the emulator has set up), polled. It belongs to the
 * hypervisor until the root zone runs, and again once the root zone has failed.
 */
#ifndef LV_CORE_CONSOLE_H
#define LV_CORE_CONSOLE_H

#include <core/types.h>

/* Says where the UART is and takes it. CPU 0, before the first log line that should be seen. */
void console_init(hpa_t uart_base);

/* Takes the UART for the hypervisor, or leaves it to the root zone. Any CPU. */
void console_take(void);
void console_leave(void);

/* Writes text and a line end if the hypervisor has the UART. Under the log's lock. */
void console_write_line(const char *text, size_t length);

#endif
