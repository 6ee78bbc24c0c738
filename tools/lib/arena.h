/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that lives until the whole arena is freed. A configuration is read once, checked and
 * written out: nothing in between is worth freeing alone. Running out of memory ends the process
 * with abort(): no caller could go on.
 */
#ifndef TOOLS_ARENA_H
#define TOOLS_ARENA_H

#include <stddef.h>

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks; /* NULL: empty */
};

/* Zeroed memory of `size` bytes, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size);

/* Zeroed memory for `count` elements of `size` bytes. */
void *arena_alloc_array(struct arena *arena, size_t count, size_t size);

/* A NUL-terminated copy of `size` bytes. */
char *arena_copy_text(struct arena *arena, const char *text, size_t size);

/* printf into the arena. */
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Frees what one of the calls above gave, which is large and of no use any more. Memory that is not
 * the arena's is left alone. */
void arena_release(struct arena *arena, const void *memory);

/* Frees everything; the arena is empty and usable again. */
void arena_free(struct arena *arena);

#endif
