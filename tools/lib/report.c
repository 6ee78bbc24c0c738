// SPDX-License-Identifier: GPL-2.0-or-later
#include "report.h"

#include "text.h"

#include <stdarg.h>
#include <string.h>

static void report_append(struct report *report, struct report_entry *entry) {
    if (report->last == NULL) {
        report->first = entry;
    } else {
        report->last->next = entry;
    }
    report->last = entry;
}

static void report_add(struct report *report, bool is_error, const struct place *place,
                       const char *remedy, const char *problem, va_list args) {
    char text[1024];
    vsnprintf(text, sizeof(text), problem, args);
    struct report_entry *entry = arena_alloc(report->arena, sizeof(*entry));
    entry->place = *place;
    entry->is_error = is_error;
    entry->problem = arena_copy_text(report->arena, text, strlen(text));
    entry->remedy = arena_copy_text(report->arena, remedy, strlen(remedy));
    report_append(report, entry);
}

void report_error(struct report *report, const struct place *place, const char *remedy,
                  const char *problem, ...) {
    va_list args;
    va_start(args, problem);
    report_add(report, true, place, remedy, problem, args);
    va_end(args);
    report->errors++;
}

void report_warning(struct report *report, const struct place *place, const char *remedy,
                    const char *problem, ...) {
    va_list args;
    va_start(args, problem);
    report_add(report, false, place, remedy, problem, args);
    va_end(args);
    report->warnings++;
}

const char *report_place(struct arena *arena, const struct place *place) {
    const char *file = place->file ? place->file : "configuration";
    return place->line ? arena_printf(arena, "%s:%u", file, place->line) : file;
}

const char *report_format(struct arena *arena, const struct report_entry *entry) {
    const struct place *place = &entry->place;
    const char *field = place->field ? arena_printf(arena, " %s", place->field) : "";
    const char *value = place->value ? arena_printf(arena, " = %.80s", place->value) : "";
    const char *line =
        arena_printf(arena, "%s:%s%s%s %s%s; %s", report_place(arena, place), field, value,
                     *field || *value ? ":" : "",
                     entry->is_error ? "" : "warning: ", entry->problem, entry->remedy);
    return text_printable(arena, line);
}

void report_print(const struct report *report, FILE *out) {
    struct arena arena = {0};
    for (const struct report_entry *entry = report->first; entry != NULL; entry = entry->next) {
        fprintf(out, "%s\n", report_format(&arena, entry));
    }
    arena_free(&arena);
}
