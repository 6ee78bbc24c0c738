/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON for scripts, by jansson. Addresses and registers are strings ("0x90000000"), as in zone
 * files; counts are numbers. It is ASCII, so that no text in it is an escape sequence; text from
 * outside goes through text_utf8() first, since jansson takes no other.
 */
#ifndef TOOLS_JSON_OUT_H
#define TOOLS_JSON_OUT_H

#include <stdint.h>
#include <stdio.h>

struct json_t;

/* "0x..." */
struct json_t *json_out_hex(uint64_t value);

/* A count, limited to 2^63 - 1. */
struct json_t *json_out_count(uint64_t value);

/* [0, 2, 3] for the bits of a bitmap. */
struct json_t *json_out_bits(uint64_t bitmap);

/* Adds a value to a list. Running out of memory ends the process, as with an arena. */
void json_out_append(struct json_t *list, struct json_t *value);

/* Prints it, readable or on one line, and frees it. */
void json_out_print(FILE *out, struct json_t *json);
void json_out_print_line(FILE *out, struct json_t *json);

#endif
