/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers as people read them; the texts live in the arena. */
#ifndef TOOLS_FORMAT_H
#define TOOLS_FORMAT_H

#include "arena.h"

#include <stdint.h>

double format_seconds(uint64_t ns);

/* "256 MiB", "1792 MiB", "30.2 MiB": in the largest unit that leaves 1 or more, or the next smaller
 * one if that makes it exact. */
const char *format_size(struct arena *arena, uint64_t bytes);

/* "0-3,5" for a bitmap; "-" for none. */
const char *format_bits(struct arena *arena, uint64_t bitmap);

/* The same for a bitmap of several words. */
const char *format_words(struct arena *arena, const uint64_t *words, unsigned count);

#endif
