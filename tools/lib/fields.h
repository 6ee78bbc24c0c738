/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a JSON object to a C structure by a table of fields: types, missing and unknown fields are
 * handled here, once.
 */
#ifndef TOOLS_FIELDS_H
#define TOOLS_FIELDS_H

#include "json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A number as configured. */
struct field_number {
    uint64_t value;
    const struct json_node *node; /* NULL: not given */
    bool good;                    /* given and well formed */
};

/* A good number that stands at the node. */
struct field_number field_number_make(const struct json_node *node, uint64_t value);

struct field_text {
    const char *text;             /* NULL: not given, or not good */
    const struct json_node *node; /* NULL: not given */
};

struct field_bool {
    bool value;
    const struct json_node *node; /* NULL: not given */
};

/* A set of small numbers, each with the node that named it. */
#define FIELD_SET_MAX 256u
struct field_set {
    uint64_t words[FIELD_SET_MAX / 64];
    const struct json_node *member[FIELD_SET_MAX]; /* NULL: not a member */
    const struct json_node *node;                  /* the list; NULL: not given */
};

/* Reads one value into *target; reports what is wrong with it. */
typedef void field_reader(struct report *report, const struct json_node *node, void *target);

enum field_flag {
    FIELD_OURS = 0,
    FIELD_HVISOR = 1u << 0,   /* hvisor's files may have it */
    FIELD_REQUIRED = 1u << 1, /* there is no default */
    FIELD_EXPECTED = 1u << 2, /* hvisor's files must have it */
    FIELD_EXPECTED_OF_HVISOR = FIELD_HVISOR | FIELD_EXPECTED,
    FIELD_KEY_IN_LIST = FIELD_HVISOR | FIELD_REQUIRED,
    FIELD_KEY = FIELD_HVISOR | FIELD_REQUIRED | FIELD_EXPECTED,
};

struct field {
    const char *name;
    field_reader *read;
    size_t offset;        /* of the target in the object */
    unsigned flags;       /* enum field_flag */
    const char *schema;   /* members of its JSON Schema (FIELD_SCHEMA_*) */
    const char *about;    /* one sentence, in Markdown */
    const char *fallback; /* what holds without it, in Markdown; NULL: a value, no field */
    const char *table;    /* the table of docs/zones.md that names it */
};

/* The fields of one kind of object. */
struct field_table {
    const char *name; /* NULL: the file itself */
    const struct field *fields;
    size_t count;
};

/* The JSON Schema of the values that the readers below accept. */
#define FIELD_SCHEMA_NUMBER   "\"$ref\": \"#/$defs/number\""
#define FIELD_SCHEMA_SIZE     "\"$ref\": \"#/$defs/size\""
#define FIELD_SCHEMA_SET      "\"$ref\": \"#/$defs/set\""
#define FIELD_SCHEMA_RANGES   "\"$ref\": \"#/$defs/ranges\"" /* a set without "all" */
#define FIELD_SCHEMA_TEXT     "\"type\": \"string\""
#define FIELD_SCHEMA_BOOL     "\"type\": \"boolean\""
#define FIELD_SCHEMA_ANYTHING ""

/* Readers for the types above. field_read_number takes 123, "123" and "0x7b". */
field_reader field_read_number;
/* The same, below 2^32. */
field_reader field_read_u32;
/* As field_read_number, and with a unit of 1024, 1024^2 or 1024^3 bytes: "64K", "256M", "1G". */
field_reader field_read_size;
field_reader field_read_text;
field_reader field_read_bool;
/* Accepts and ignores any value, for fields that other programs use. */
field_reader field_skip;

/* Reads every member of `node` into `object`; false if node is no object. */
bool field_read_object(struct report *report, const struct json_node *node,
                       const struct field *fields, size_t count, void *object);

/* Reports a node that is not of this type; true when it is. */
bool field_expect(struct report *report, const struct json_node *node, enum json_node_type type);

/* The members that a set may have. */
struct field_members {
    const char *what; /* one of them, in messages */
    unsigned limit;   /* they are below it; at most FIELD_SET_MAX */
    bool all;         /* "all" stands for all of them */
};

/* Reads a number, a range "a-b", "all", or a list of these, into a set. */
void field_read_set(struct report *report, const struct json_node *node,
                    const struct field_members *members, struct field_set *set);

bool field_set_has(const struct field_set *set, unsigned number);

/* Reports a number above `max`; true if it is good and not above. A number without a node is a copy
 * of one that was checked. */
bool field_check_max(struct report *report, const struct field_number *number, uint64_t max);

/* Words of which a value is one: those of the numbers from 0 up. */
struct field_words {
    const char *what;         /* such a value, in messages */
    const char *const *words; /* NULL: the number has no word */
    size_t count;
};

/* The number of the word. If there is none, reports it with a suggestion and returns the count. */
size_t field_read_word(struct report *report, const struct json_node *node,
                       const struct field_words *words);

/* The word of the number; "?": it has none. */
const char *field_word(const struct field_words *words, uint64_t number);

/* The name that `name` is most likely a misspelling of, or NULL. */
const char *field_suggest(const char *name, const struct field *fields, size_t count);

#endif
