/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Untrusted text that goes to a terminal, to JSON or to a kernel. */
#ifndef TOOLS_TEXT_H
#define TOOLS_TEXT_H

#include "arena.h"

#include <stdbool.h>
#include <stdio.h>

/* True when a control character (U+0000 to U+001F, U+007F to U+009F) or a byte that is no UTF-8
 * is in the text. */
bool text_has_control(const char *text);

/* The text with every such byte as \xNN: it moves no cursor and begins no escape sequence. */
const char *text_printable(struct arena *arena, const char *text);

/* The text with U+FFFD for every byte that is no UTF-8. NULL gives NULL. */
const char *text_utf8(struct arena *arena, const char *text);

/* Prints the text as text_printable() gives it. */
void text_print(const char *text, FILE *out);

/* Prints the text as a JSON string of ASCII, quotes included, as text_utf8() gives it. */
void text_print_json(const char *text, FILE *out);

/*
 * Whether Linux finds an argument NAME=... in its command line, as next_arg() and parse_args()
 * (kernel/params.c) read it: words end at white space outside of double quotes, and the word "--"
 * ends the kernel's part.
 */
bool text_has_argument(const char *line, const char *name);

#endif
