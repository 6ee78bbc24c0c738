// SPDX-License-Identifier: GPL-2.0-or-later
#include "span.h"

#include <inttypes.h>

bool span_is_valid(uint64_t base, uint64_t size) {
    return size != 0 && base <= UINT64_MAX - size;
}

bool span_overlaps(uint64_t base, uint64_t size, uint64_t other_base, uint64_t other_size) {
    return base < other_base + other_size && other_base < base + size;
}

bool span_contains(uint64_t outer_base, uint64_t outer_size, uint64_t base, uint64_t size) {
    return base >= outer_base && size <= outer_size && base - outer_base <= outer_size - size;
}

const struct span *span_find(const struct span *spans, size_t count, uint64_t base, uint64_t size) {
    for (size_t i = 0; i < count; i++) {
        if (span_is_valid(spans[i].base, spans[i].size) &&
            span_overlaps(base, size, spans[i].base, spans[i].size)) {
            return &spans[i];
        }
    }
    return NULL;
}

bool span_find_room(const struct span *outer, const struct span *taken, size_t count,
                    const struct span_need *need, uint64_t *address) {
    uint64_t next = need->from > outer->base ? need->from : outer->base;
    for (;;) {
        if (next > UINT64_MAX - (need->align - 1)) {
            return false;
        }
        next = (next + need->align - 1) & ~(need->align - 1);
        if (!span_contains(outer->base, outer->size, next, need->size)) {
            return false;
        }
        const struct span *other = span_find(taken, count, next, need->size);
        if (other == NULL) {
            *address = next;
            return true;
        }
        next = other->base + other->size;
    }
}

bool span_find_last_room(const struct span *outer, const struct span *taken, size_t count,
                         const struct span_need *need, uint64_t *address) {
    uint64_t lowest = need->from > outer->base ? need->from : outer->base;
    uint64_t end = outer->base + outer->size;
    while (end >= need->size) {
        uint64_t next = (end - need->size) & ~(need->align - 1);
        if (next < lowest) {
            return false;
        }
        const struct span *other = span_find(taken, count, next, need->size);
        if (other == NULL) {
            *address = next;
            return true;
        }
        end = other->base;
    }
    return false;
}

static const char *span_name(const struct span *span) {
    if (span->what != NULL) {
        return span->what;
    }
    return span->place->field ? span->place->field : "another range";
}

static void span_report(struct report *report, const struct span *span, const struct span *other,
                        const char *space) {
    const char *remedy =
        arena_printf(report->arena, "move or shrink one of them (the other stands at %s)",
                     report_place(report->arena, other->place));
    report_error(report, span->place, remedy,
                 "%s 0x%" PRIx64 "-0x%" PRIx64 " of %s overlaps %s 0x%" PRIx64 "-0x%" PRIx64, space,
                 span->base, span->base + span->size - 1, span_name(span), span_name(other),
                 other->base, other->base + other->size - 1);
}

void span_report_overlaps(struct report *report, const struct span *spans, size_t first,
                          size_t count, const char *space) {
    for (size_t i = first; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (span_is_valid(spans[i].base, spans[i].size) &&
                span_is_valid(spans[j].base, spans[j].size) &&
                span_overlaps(spans[i].base, spans[i].size, spans[j].base, spans[j].size)) {
                span_report(report, &spans[i], &spans[j], space);
            }
        }
    }
}
