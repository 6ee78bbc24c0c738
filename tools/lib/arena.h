/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that lives until the whole arena is freed. A configuration is read once, checked and
 * written out, so nothing needs to be freed earlier. If memory runs out, abort() ends the process,
 * because no caller could continue.
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

/* Frees one large block early that came from a call above. Ignores memory that is not the arena's.
 */
void arena_release(struct arena *arena, const void *memory);

/* Frees everything; the arena is empty and usable again. */
void arena_free(struct arena *arena);

#endif
