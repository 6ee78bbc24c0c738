/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON (RFC 8259) into a tree whose every node knows its file, line and path. jansson reads the
 * text; names that are its own (JSON_STRING, json_type) are avoided here.
 */
#ifndef TOOLS_JSON_H
#define TOOLS_JSON_H

#include "report.h"

#include <stddef.h>
#include <stdint.h>

/* Larger files, deeper nesting and bigger objects are refused: no configuration comes near. */
#define JSON_MAX_SIZE    ((size_t)1024 * 1024)
#define JSON_MAX_DEPTH   16u
#define JSON_MAX_MEMBERS 128u

enum json_node_type {
    JSON_NODE_NULL,
    JSON_NODE_BOOL,
    JSON_NODE_NUMBER,
    JSON_NODE_STRING,
    JSON_NODE_ARRAY,
    JSON_NODE_OBJECT
};

struct json_node {
    enum json_node_type type;
    struct place place;               /* field: path such as memory_regions[2].size */
    const char *key;                  /* member name when the parent is an object, else NULL */
    const char *text;                 /* scalars: the value without quotes; else NULL */
    const struct json_node *children; /* arrays and objects */
    size_t count;
};

/*
 * Reads one JSON object from a buffer. `file` is for messages only and must outlive the tree. The
 * tree lives in the report's arena. NULL when it isn't JSON or not an object (reported).
 */
const struct json_node *json_parse(struct report *report, const char *file, const char *bytes,
                                   size_t size);

/* The member of an object, or NULL. */
const struct json_node *json_member(const struct json_node *object, const char *key);

/* "a string", "a number", ... */
const char *json_node_type_name(enum json_node_type type);

#endif
