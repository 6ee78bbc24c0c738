/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LV_LIB_FORMAT_H
#define LV_LIB_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/*
 * Formatted print into a buffer: %c %s %d %u %x %p %%, with l and ll, width, 0 and - flags.
 * text is always terminated (limit > 0); the result is the length without the terminator, never
 * more than limit - 1. An unknown conversion is copied, the % and its letter.
 */
size_t format_text(char *text, size_t limit, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
size_t format_text_va(char *text, size_t limit, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

#endif
