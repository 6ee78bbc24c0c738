// SPDX-License-Identifier: GPL-2.0-or-later
#include <lib/string.h>
#include <stdint.h>

#define WORD sizeof(uint64_t)

static int is_word_aligned(const void *pointer) {
    return ((uintptr_t)pointer % WORD) == 0;
}

void *memset(void *dest, int byte, size_t size) {
    uint8_t *to = dest;
    uint64_t pattern = 0x0101010101010101ULL * (uint8_t)byte;

    while (size > 0 && !is_word_aligned(to)) {
        *to++ = (uint8_t)byte;
        size--;
    }
    for (; size >= WORD; size -= WORD, to += WORD) {
        *(uint64_t *)(void *)to = pattern;
    }
    while (size-- > 0) {
        *to++ = (uint8_t)byte;
    }
    return dest;
}

void *memcpy(void *restrict dest, const void *restrict src, size_t size) {
    uint8_t *to = dest;
    const uint8_t *from = src;

    if (is_word_aligned(to) && is_word_aligned(from)) {
        for (; size >= WORD; size -= WORD, to += WORD, from += WORD) {
            *(uint64_t *)(void *)to = *(const uint64_t *)(const void *)from;
        }
    }
    while (size-- > 0) {
        *to++ = *from++;
    }
    return dest;
}

size_t strnlen(const char *text, size_t limit) {
    size_t length = 0;

    while (length < limit && text[length] != '\0') {
        length++;
    }
    return length;
}
