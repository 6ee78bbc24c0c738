/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json.h"

#include <string.h>
#include <yaml.h>

struct json_builder {
    struct report *report;
    const char *file;
    yaml_document_t *document;
    bool failed;
};

const char *json_type_name(enum json_type type) {
    static const char *const names[] = {
        [JSON_NULL] = "null",       [JSON_BOOL] = "true or false", [JSON_NUMBER] = "a number",
        [JSON_STRING] = "a string", [JSON_ARRAY] = "a list",       [JSON_OBJECT] = "an object",
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

/* Where the scan over the raw bytes is. */
struct json_scan {
    unsigned line;
    bool in_string;
    bool escaped;
    char last; /* the last significant character outside strings */
};

static bool json_scan_string(struct json_scan *scan, char c) {
    if ((unsigned char)c < ' ') {
        return false;
    }
    if (scan->escaped) {
        scan->escaped = false;
    } else if (c == '\\') {
        scan->escaped = true;
    } else if (c == '"') {
        scan->in_string = false;
        scan->last = c;
    }
    return true;
}

static bool json_scan_outside(struct json_scan *scan, char c) {
    static const char significant[] =
        "{}[]:,+-.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ\"";
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
        return true;
    }
    if (c == '\0' || strchr(significant, c) == NULL) {
        return false;
    }
    if ((c == '}' || c == ']') && scan->last == ',') {
        return false;
    }
    if (scan->last == '\0' && c != '{') {
        return false;
    }
    scan->in_string = c == '"';
    scan->last = c;
    return true;
}

/*
 * YAML has comments, anchors, aliases, tags, directives, single quotes, block scalars and strings
 * over several lines; every one of them needs a character at a place where JSON has none.
 */
static bool json_scan_bytes(struct report *report, const char *file, const char *bytes,
                            size_t size) {
    struct json_scan scan = {.line = 1};
    for (size_t i = 0; i < size; i++) {
        char c = bytes[i];
        bool good = scan.in_string ? json_scan_string(&scan, c) : json_scan_outside(&scan, c);
        if (!good) {
            struct place place = {.file = file, .line = scan.line};
            report_error(report, &place,
                         "write plain JSON: one object in braces, strings in double quotes, no "
                         "comments, no comma before a closing bracket",
                         "character 0x%02x cannot stand here", (unsigned)(unsigned char)c);
            return false;
        }
        scan.line += c == '\n';
    }
    return true;
}

static void json_refuse(struct json_builder *builder, const struct place *place, const char *remedy,
                        const char *problem) {
    report_error(builder->report, place, remedy, "%s", problem);
    builder->failed = true;
}

static bool json_is_number(const char *text) {
    const char *digits = text + (*text == '-');
    return *digits >= '0' && *digits <= '9' &&
           strspn(digits, "0123456789.eE+-") == strlen(digits) &&
           (digits[0] != '0' || digits[1] < '0' || digits[1] > '9');
}

static bool json_classify_plain(struct json_node *node) {
    if (strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0) {
        node->type = JSON_BOOL;
        return true;
    }
    node->type = strcmp(node->text, "null") == 0 ? JSON_NULL : JSON_NUMBER;
    return node->type == JSON_NULL || json_is_number(node->text);
}

static void json_build_scalar(struct json_builder *builder, struct json_node *node,
                              const yaml_node_t *from) {
    const char *value = (const char *)from->data.scalar.value;
    size_t length = from->data.scalar.length;
    node->text = arena_copy_text(builder->report->arena, value, length);
    node->place.value = node->text;
    node->type = JSON_STRING;
    if (strlen(node->text) != length) {
        json_refuse(builder, &node->place, "remove the \\u0000", "a string cannot hold a NUL");
    } else if (from->data.scalar.style != YAML_DOUBLE_QUOTED_SCALAR_STYLE &&
               !json_classify_plain(node)) {
        json_refuse(builder, &node->place,
                    "put it in double quotes (hexadecimal numbers too: \"0x1000\")",
                    "neither a number, true, false, null nor a quoted string");
    }
}

static void json_build(struct json_builder *builder, struct json_node *node, int index,
                       unsigned depth);

static void json_build_array(struct json_builder *builder, struct json_node *node,
                             const yaml_node_t *from, unsigned depth) {
    struct arena *arena = builder->report->arena;
    const yaml_node_item_t *items = from->data.sequence.items.start;
    node->type = JSON_ARRAY;
    node->count = (size_t)(from->data.sequence.items.top - items);
    struct json_node *children = arena_alloc_array(arena, node->count, sizeof(*children));
    node->children = children;
    for (size_t i = 0; i < node->count; i++) {
        const char *parent = node->place.field ? node->place.field : "";
        children[i].place.field = arena_printf(arena, "%s[%zu]", parent, i);
        json_build(builder, &children[i], items[i], depth);
    }
}

static void json_build_key(struct json_builder *builder, const struct json_node *parent,
                           struct json_node *node, int index) {
    struct arena *arena = builder->report->arena;
    struct json_node key = {.place = parent->place};
    json_build(builder, &key, index, JSON_MAX_DEPTH);
    if (key.type != JSON_STRING) {
        json_refuse(builder, &key.place, "write \"name\": value", "a field's name is not a string");
    }
    node->key = key.text ? key.text : "";
    const char *path = parent->place.field;
    node->place.field = path ? arena_printf(arena, "%s.%s", path, node->key) : node->key;
    node->place.line = key.place.line;
}

static void json_check_repeated(struct json_builder *builder, const struct json_node *node) {
    if (node->count > JSON_MAX_MEMBERS) {
        json_refuse(builder, &node->place, "is it the right file?",
                    "an object with too many fields");
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        const struct json_node *child = &node->children[i];
        const struct json_node *first = json_member(node, child->key);
        if (first != child) {
            struct place place = {builder->file, child->place.line, child->place.field, NULL};
            json_refuse(builder, &place,
                        arena_printf(builder->report->arena, "keep one of it and line %u",
                                     first->place.line),
                        "the field is given twice");
        }
    }
}

static void json_build_object(struct json_builder *builder, struct json_node *node,
                              const yaml_node_t *from, unsigned depth) {
    const yaml_node_pair_t *pairs = from->data.mapping.pairs.start;
    size_t count = (size_t)(from->data.mapping.pairs.top - pairs);
    node->type = JSON_OBJECT;
    struct json_node *children =
        arena_alloc_array(builder->report->arena, count, sizeof(*children));
    node->children = children;
    for (size_t i = 0; i < count; i++) {
        json_build_key(builder, node, &children[i], pairs[i].key);
        json_build(builder, &children[i], pairs[i].value, depth);
        node->count = i + 1;
    }
}

static void json_build(struct json_builder *builder, struct json_node *node, int index,
                       unsigned depth) {
    const yaml_node_t *from = yaml_document_get_node(builder->document, index);
    node->place.file = builder->file;
    node->place.line = (unsigned)from->start_mark.line + 1;
    if (from->type == YAML_SCALAR_NODE) {
        json_build_scalar(builder, node, from);
    } else if (depth >= JSON_MAX_DEPTH) {
        json_refuse(builder, &node->place, "flatten it", "nested too deeply");
    } else if (from->type == YAML_SEQUENCE_NODE) {
        json_build_array(builder, node, from, depth + 1);
    } else {
        json_build_object(builder, node, from, depth + 1);
        json_check_repeated(builder, node);
    }
}

static const struct json_node *json_build_root(struct report *report, const char *file,
                                               yaml_document_t *document) {
    struct json_builder builder = {.report = report, .file = file, .document = document};
    struct json_node *root = arena_alloc(report->arena, sizeof(*root));
    if (yaml_document_get_root_node(document) == NULL) {
        struct place place = {.file = file};
        report_error(report, &place, "write one JSON object", "the file is empty");
        return NULL;
    }
    json_build(&builder, root, 1, 0);
    return builder.failed ? NULL : root;
}

static void json_report_syntax(struct report *report, const char *file,
                               const yaml_parser_t *parser) {
    struct place place = {.file = file, .line = (unsigned)parser->problem_mark.line + 1};
    const char *problem = parser->problem ? parser->problem : "cannot be read";
    report_error(report, &place, "look for a missing quote, comma or bracket", "not JSON: %s",
                 problem);
}

/* True when nothing follows the object. */
static bool json_check_end(struct report *report, const char *file, yaml_parser_t *parser) {
    yaml_document_t rest;
    if (!yaml_parser_load(parser, &rest)) {
        json_report_syntax(report, file, parser);
        return false;
    }
    const yaml_node_t *more = yaml_document_get_root_node(&rest);
    if (more != NULL) {
        struct place place = {.file = file, .line = (unsigned)more->start_mark.line + 1};
        report_error(report, &place, "keep one object per file", "something follows the object");
    }
    yaml_document_delete(&rest);
    return more == NULL;
}

static const struct json_node *json_load(struct report *report, const char *file,
                                         yaml_parser_t *parser) {
    yaml_document_t document;
    if (!yaml_parser_load(parser, &document)) {
        json_report_syntax(report, file, parser);
        return NULL;
    }
    const struct json_node *root = json_build_root(report, file, &document);
    yaml_document_delete(&document);
    return root != NULL && json_check_end(report, file, parser) ? root : NULL;
}

const struct json_node *json_parse(struct report *report, const char *file, const char *bytes,
                                   size_t size) {
    struct place place = {.file = file};
    if (size > JSON_MAX_SIZE) {
        report_error(report, &place, "is it the right file?", "larger than 1 MiB");
        return NULL;
    }
    if (!json_scan_bytes(report, file, bytes, size)) {
        return NULL;
    }
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) {
        report_error(report, &place, "free some memory", "the JSON parser cannot start");
        return NULL;
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, size);
    const struct json_node *root = json_load(report, file, &parser);
    yaml_parser_delete(&parser);
    return root;
}
