/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory functions that a freestanding compiler expects to find, with their usual contract.
 */
#ifndef LV_LIB_STRING_H
#define LV_LIB_STRING_H

#include <stddef.h>

void *memset(void *dest, int byte, size_t size);
void *memcpy(void *restrict dest, const void *restrict src, size_t size);
size_t strnlen(const char *text, size_t limit);

#endif
