/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hypervisor's log: lines with a time stamp and a level in a ring, and on the console as long
 * as that belongs to the hypervisor. For start-up and failures; never on an exit path that
 * succeeds.
 */
#ifndef LV_CORE_LOG_H
#define LV_CORE_LOG_H

#include <loongvisor/hypercall.h>
#include <stddef.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

/* Appends one line; any CPU, takes the log's lock. Longer than LOG_LINE_SIZE - 1 is cut. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...)   log_line(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_WARNING, __VA_ARGS__)
#define log_info(...)    log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...)   log_line(LOG_DEBUG, __VA_ARGS__)

#define LOG_LINE_SIZE 160
#define LOG_RING_SIZE 32768

/* Calls the function after each line from now on, without the lock. CPU 0, before any other runs.
 */
void log_listen(void (*grown)(void));

/* Fills *stream from stream->position on. Any CPU; takes the log's lock. */
void log_read(struct lv_stream *stream);

/*
 * Lets this CPU log although it may have the log's lock: for a trap in the hypervisor, where the
 * code that took the lock never continues.
 */
void log_break_lock(void);

#endif
