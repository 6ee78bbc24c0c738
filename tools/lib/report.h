/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The problems of a configuration, as a list, so that one run shows all of them. Each entry names
 * file, line, field and value, the problem and the remedy.
 */
#ifndef TOOLS_REPORT_H
#define TOOLS_REPORT_H

#include "arena.h"

#include <stdbool.h>
#include <stdio.h>

/* Where something stands. Every pointer may be NULL and lives at least as long as the report's
 * arena. */
struct place {
    const char *file;
    unsigned line; /* from 1; 0: the file as a whole */
    const char *field;
    const char *value;
};

struct report_entry {
    struct report_entry *next;
    struct place place;
    bool is_error; /* else a warning: the configuration is taken nevertheless */
    const char *problem;
    const char *remedy;
};

struct report {
    struct arena *arena; /* set by the caller */
    struct report_entry *first;
    struct report_entry *last;
    unsigned errors;
    unsigned warnings;
};

/* Adds an error. `remedy` says what to do; it is copied. */
void report_error(struct report *report, const struct place *place, const char *remedy,
                  const char *problem, ...) __attribute__((format(printf, 4, 5)));

/* Adds a warning. */
void report_warning(struct report *report, const struct place *place, const char *remedy,
                    const char *problem, ...) __attribute__((format(printf, 4, 5)));

/* "FILE:LINE", or "FILE" when there is no line; in the arena. */
const char *report_place(struct arena *arena, const struct place *place);

/* "FILE:LINE: FIELD = VALUE: PROBLEM; REMEDY" as printable text (text.h), in the arena. */
const char *report_format(struct arena *arena, const struct report_entry *entry);

/* One line per entry, in the order in which they were found. */
void report_print(const struct report *report, FILE *out);

#endif
