// SPDX-License-Identifier: GPL-2.0-or-later
#include "arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_chunk {
    struct arena_chunk *next;
    alignas(max_align_t) unsigned char bytes[];
};

static void arena_fail(void) {
    fputs("loongvisor tools: out of memory\n", stderr);
    abort();
}

void *arena_alloc(struct arena *arena, size_t size) {
    if (size > SIZE_MAX - sizeof(struct arena_chunk)) {
        arena_fail();
    }
    struct arena_chunk *chunk = calloc(1, sizeof(*chunk) + size);
    if (chunk == NULL) {
        arena_fail();
    }
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    return chunk->bytes;
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size) {
    if (size != 0 && count > SIZE_MAX / size) {
        arena_fail();
    }
    return arena_alloc(arena, count * size);
}

char *arena_copy_text(struct arena *arena, const char *text, size_t size) {
    char *copy = arena_alloc(arena, size + 1);
    memcpy(copy, text, size);
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...) {
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0) {
        arena_fail();
    }
    char *text = arena_alloc(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

void arena_release(struct arena *arena, const void *memory) {
    for (struct arena_chunk **link = &arena->chunks; *link != NULL; link = &(*link)->next) {
        struct arena_chunk *chunk = *link;
        if (chunk->bytes == memory) {
            *link = chunk->next;
            free(chunk);
            return;
        }
    }
}

void arena_free(struct arena *arena) {
    while (arena->chunks != NULL) {
        struct arena_chunk *next = arena->chunks->next;
        free(arena->chunks);
        arena->chunks = next;
    }
}
