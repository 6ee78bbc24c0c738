/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A terminal in raw mode: every key is a byte for the zone. The terminal gets its settings back at
 * every end that the process can notice: return, exit, a signal, a crash.
 */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>

/* Makes it raw; 0 (also when `fd` is no terminal: nothing is done then), or -errno. */
int terminal_enter(int fd);

/* Gives it its settings back; nothing if it is not raw. */
void terminal_leave(void);

#endif
