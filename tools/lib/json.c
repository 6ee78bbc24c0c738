// SPDX-License-Identifier: GPL-2.0-or-later
#include "json.h"

#include <jansson.h>
#include <string.h>

/*
 * If a field is given twice, jansson would keep one. It refuses integers beyond 64 bits unless it
 * reads them as reals; a node's text has the digits.
 */
#define JSON_LOAD_FLAGS (JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL)

#define JSON_FLATTEN    "flatten it"
#define JSON_ONE_OBJECT "write one object in braces"

/* Characters between values and keys, and those that end a number or a word. */
#define JSON_SPACE   "\t\n\r "
#define JSON_BETWEEN JSON_SPACE ",:]}"

/*
 * jansson keeps neither places nor the digits of a number. Its values come in the order of the
 * text, so the builder passes the text value by value while it walks through them.
 */
struct json_builder {
    struct report *report;
    const char *file;
    const char *at; /* in the text, which jansson has taken: no value lacks its end */
    unsigned line;
    bool failed;
};

const char *json_node_type_name(enum json_node_type type) {
    static const char *const names[] = {
        [JSON_NODE_NULL] = "null",       [JSON_NODE_BOOL] = "true or false",
        [JSON_NODE_NUMBER] = "a number", [JSON_NODE_STRING] = "a string",
        [JSON_NODE_ARRAY] = "a list",    [JSON_NODE_OBJECT] = "an object",
    };
    return names[type];
}

const struct json_node *json_member(const struct json_node *object, const char *key) {
    for (size_t i = 0; i < object->count; i++) {
        if (object->children[i].key != NULL && strcmp(object->children[i].key, key) == 0) {
            return &object->children[i];
        }
    }
    return NULL;
}

static void json_refuse(struct json_builder *builder, const struct place *place, const char *remedy,
                        const char *problem) {
    report_error(builder->report, place, remedy, "%s", problem);
    builder->failed = true;
}

/* To the first character of the next value or key. */
static void json_find_next(struct json_builder *builder) {
    for (; strchr(JSON_BETWEEN, *builder->at) != NULL; builder->at++) {
        builder->line += *builder->at == '\n';
    }
}

/* Past the string; a line cannot end in it. */
static void json_pass_string(struct json_builder *builder) {
    for (builder->at++; *builder->at != '"'; builder->at++) {
        builder->at += *builder->at == '\\';
    }
    builder->at++;
}

/* Past the number or word, which becomes the node's text. */
static void json_build_word(struct json_builder *builder, struct json_node *node) {
    size_t length = strcspn(builder->at, JSON_BETWEEN);
    node->text = arena_copy_text(builder->report->arena, builder->at, length);
    node->place.value = node->text;
    builder->at += length;
}

static void json_build_string(struct json_builder *builder, struct json_node *node,
                              const json_t *from) {
    node->text =
        arena_copy_text(builder->report->arena, json_string_value(from), json_string_length(from));
    node->place.value = node->text;
    if (strlen(node->text) != json_string_length(from)) {
        json_refuse(builder, &node->place, "remove the \\u0000", "a string cannot hold a NUL");
    }
    json_pass_string(builder);
}

static void json_build(struct json_builder *builder, struct json_node *node, json_t *from,
                       unsigned depth);

static void json_build_array(struct json_builder *builder, struct json_node *node,
                             const json_t *from, unsigned depth) {
    struct arena *arena = builder->report->arena;
    node->count = json_array_size(from);
    struct json_node *children = arena_alloc_array(arena, node->count, sizeof(*children));
    node->children = children;
    builder->at++;
    for (size_t i = 0; i < node->count && !builder->failed; i++) {
        const char *parent = node->place.field ? node->place.field : "";
        children[i].place.field = arena_printf(arena, "%s[%zu]", parent, i);
        json_build(builder, &children[i], json_array_get(from, i), depth);
    }
}

static void json_build_key(struct json_builder *builder, const struct json_node *parent,
                           struct json_node *node, const char *key) {
    struct arena *arena = builder->report->arena;
    const char *path = parent->place.field;
    node->key = arena_copy_text(arena, key, strlen(key));
    node->place.field = path ? arena_printf(arena, "%s.%s", path, key) : node->key;
    json_find_next(builder);
    json_pass_string(builder);
}

static void json_build_object(struct json_builder *builder, struct json_node *node, json_t *from,
                              unsigned depth) {
    if (json_object_size(from) > JSON_MAX_MEMBERS) {
        json_refuse(builder, &node->place, "is it the right file?",
                    "an object with too many fields");
        return;
    }
    struct json_node *children =
        arena_alloc_array(builder->report->arena, json_object_size(from), sizeof(*children));
    node->children = children;
    builder->at++;
    void *i = json_object_iter(from);
    for (; i != NULL && !builder->failed; i = json_object_iter_next(from, i)) {
        struct json_node *child = &children[node->count++];
        json_build_key(builder, node, child, json_object_iter_key(i));
        json_build(builder, child, json_object_iter_value(i), depth);
    }
}

static enum json_node_type json_type_of(const json_t *from) {
    static const enum json_node_type types[] = {
        [JSON_NULL] = JSON_NODE_NULL,   [JSON_TRUE] = JSON_NODE_BOOL,
        [JSON_FALSE] = JSON_NODE_BOOL,  [JSON_INTEGER] = JSON_NODE_NUMBER,
        [JSON_REAL] = JSON_NODE_NUMBER, [JSON_STRING] = JSON_NODE_STRING,
        [JSON_ARRAY] = JSON_NODE_ARRAY, [JSON_OBJECT] = JSON_NODE_OBJECT,
    };
    return types[json_typeof(from)];
}

/* The first refusal ends the walk: later values would be at the wrong place of the text. */
static void json_build(struct json_builder *builder, struct json_node *node, json_t *from,
                       unsigned depth) {
    json_find_next(builder);
    node->place.file = builder->file;
    node->place.line = builder->line;
    node->type = json_type_of(from);
    bool nested = node->type == JSON_NODE_ARRAY || node->type == JSON_NODE_OBJECT;
    if (nested && depth >= JSON_MAX_DEPTH) {
        json_refuse(builder, &node->place, JSON_FLATTEN, "nested too deeply");
    } else if (node->type == JSON_NODE_ARRAY) {
        json_build_array(builder, node, from, depth + 1);
    } else if (node->type == JSON_NODE_OBJECT) {
        json_build_object(builder, node, from, depth + 1);
    } else if (node->type == JSON_NODE_STRING) {
        json_build_string(builder, node, from);
    } else {
        json_build_word(builder, node);
    }
}

static const struct json_node *json_build_root(struct report *report, const char *file,
                                               const char *bytes, json_t *from) {
    struct json_builder builder = {.report = report, .file = file, .at = bytes, .line = 1};
    struct json_node *root = arena_alloc(report->arena, sizeof(*root));
    json_build(&builder, root, from, 0);
    if (!builder.failed && root->type != JSON_NODE_OBJECT) {
        json_refuse(&builder, &root->place, JSON_ONE_OBJECT, "not an object");
    }
    return builder.failed ? NULL : root;
}

static void json_report_syntax(struct report *report, const char *file, const json_error_t *error) {
    struct place place = {.file = file, .line = error->line > 0 ? (unsigned)error->line : 0};
    switch (json_error_code(error)) {
    case json_error_stack_overflow:
        report_error(report, &place, JSON_FLATTEN, "nested too deeply");
        break;
    case json_error_duplicate_key:
        report_error(report, &place, "keep one of the two", "a field is given twice: %s",
                     error->text);
        break;
    case json_error_end_of_input_expected:
        report_error(report, &place, JSON_ONE_OBJECT, "something follows the object: %s",
                     error->text);
        break;
    case json_error_invalid_utf8:
        report_error(report, &place, "save it as UTF-8", "not text in UTF-8: %s", error->text);
        break;
    case json_error_null_byte_in_key:
        report_error(report, &place, "remove the \\u0000", "a field's name cannot hold a NUL: %s",
                     error->text);
        break;
    default:
        report_error(report, &place,
                     "write one object in braces, strings and 0x-numbers in double quotes, commas "
                     "between fields only, no comments",
                     "not JSON: %s", error->text);
        break;
    }
}

const struct json_node *json_parse(struct report *report, const char *file, const char *bytes,
                                   size_t size) {
    struct place place = {.file = file};
    if (size > JSON_MAX_SIZE) {
        report_error(report, &place, "is it the right file?", "larger than 1 MiB");
        return NULL;
    }
    json_error_t error;
    json_t *tree = json_loadb(bytes, size, JSON_LOAD_FLAGS, &error);
    if (tree == NULL) {
        json_report_syntax(report, file, &error);
        return NULL;
    }
    const struct json_node *root = json_build_root(report, file, bytes, tree);
    json_decref(tree);
    return root;
}
