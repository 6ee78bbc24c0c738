// SPDX-License-Identifier: GPL-2.0-or-later
#include "json_out.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

/* Digits of a fraction: a millionth of a second is finer than any clock here. */
#define JSON_OUT_PRECISION 9
#define JSON_OUT_INDENT    2

json_t *json_out_hex(uint64_t value) {
    return json_sprintf("0x%" PRIx64, value);
}

json_t *json_out_count(uint64_t value) {
    return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

json_t *json_out_bits(uint64_t bitmap) {
    json_t *list = json_array();
    for (unsigned bit = 0; bit < 64; bit++) {
        if ((bitmap >> bit & 1) != 0) {
            json_array_append_new(list, json_integer(bit));
        }
    }
    return list;
}

/* A value that jansson could not make is not left out in silence. */
static json_t *json_out_check(json_t *json) {
    if (json == NULL) {
        fputs("out of memory for JSON\n", stderr);
        abort();
    }
    return json;
}

void json_out_append(json_t *list, json_t *value) {
    json_array_append_new(list, json_out_check(value));
}

static void json_out_dump(FILE *out, json_t *json, size_t flags) {
    json_dumpf(json_out_check(json), out,
               flags | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(JSON_OUT_PRECISION));
    fputc('\n', out);
    fflush(out);
    json_decref(json);
}

void json_out_print(FILE *out, json_t *json) {
    json_out_dump(out, json, JSON_INDENT(JSON_OUT_INDENT));
}

void json_out_print_line(FILE *out, json_t *json) {
    json_out_dump(out, json, JSON_COMPACT);
}
