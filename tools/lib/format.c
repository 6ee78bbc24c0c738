// SPDX-License-Identifier: GPL-2.0-or-later
#include "format.h"

#include <inttypes.h>
#include <stdbool.h>

#define FORMAT_NS_PER_SECOND 1e9
#define FORMAT_UNIT          1024u
#define FORMAT_WORD_BITS     64u

double format_seconds(uint64_t ns) {
    return (double)ns / FORMAT_NS_PER_SECOND;
}

const char *format_size(struct arena *arena, uint64_t bytes) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    unsigned unit = 0;
    uint64_t scale = 1;
    while (bytes / scale >= FORMAT_UNIT) {
        scale *= FORMAT_UNIT;
        unit++;
    }
    /* 1792 MiB is exact, and 1.8 GiB is not. */
    if (bytes % scale != 0 && bytes % (scale / FORMAT_UNIT) == 0) {
        scale /= FORMAT_UNIT;
        unit--;
    }
    if (bytes % scale == 0) {
        return arena_printf(arena, "%" PRIu64 " %s", bytes / scale, units[unit]);
    }
    return arena_printf(arena, "%.1f %s", (double)bytes / (double)scale, units[unit]);
}

static bool format_has(const uint64_t *words, unsigned bit) {
    return (words[bit / FORMAT_WORD_BITS] >> bit % FORMAT_WORD_BITS & 1) != 0;
}

const char *format_words(struct arena *arena, const uint64_t *words, unsigned count) {
    const char *text = "";
    unsigned bits = count * FORMAT_WORD_BITS;
    for (unsigned first = 0; first < bits; first++) {
        if (!format_has(words, first)) {
            continue;
        }
        unsigned last = first;
        while (last + 1 < bits && format_has(words, last + 1)) {
            last++;
        }
        const char *comma = *text == '\0' ? "" : ",";
        text = first == last ? arena_printf(arena, "%s%s%u", text, comma, first)
                             : arena_printf(arena, "%s%s%u-%u", text, comma, first, last);
        first = last;
    }
    return *text == '\0' ? "-" : text;
}

const char *format_bits(struct arena *arena, uint64_t bitmap) {
    return format_words(arena, &bitmap, 1);
}
