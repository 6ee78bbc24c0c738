// SPDX-License-Identifier: GPL-2.0-or-later
#include "fields.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Longer names are not misspelt names of fields. */
#define FIELD_NAME_MAX 63u
/* Each unit is 1024 of the one before. */
#define FIELD_UNIT_SHIFT 10u
/* More than any object of ours has. */
#define FIELD_MAX_NAMES 64u
/* A name may have a slip for each FIELD_SLIP_LETTERS letters, at least 1, at most FIELD_SLIPS_MAX.
 */
#define FIELD_SLIP_LETTERS 3u
#define FIELD_SLIPS_MAX    3u

static unsigned field_min(unsigned a, unsigned b) {
    return a < b ? a : b;
}

/* Slips between two names of at most FIELD_NAME_MAX characters: insertions, deletions, replacements
 * and exchanges of neighbours. */
static unsigned field_distance(const char *a, const char *b) {
    unsigned rows[3][FIELD_NAME_MAX + 1];
    size_t width = strlen(b);
    unsigned i = 0;
    for (unsigned j = 0; j <= width; j++) {
        rows[0][j] = j;
    }
    for (i = 1; a[i - 1] != '\0'; i++) {
        unsigned *row = rows[i % 3];
        const unsigned *above = rows[(i - 1) % 3];
        row[0] = i;
        for (unsigned j = 1; j <= width; j++) {
            unsigned replaced = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = field_min(replaced, field_min(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = field_min(row[j], rows[(i - 2) % 3][j - 2] + 1);
            }
        }
    }
    return rows[(i - 1) % 3][width];
}

bool field_expect(struct report *report, const struct json_node *node, enum json_node_type type) {
    if (node->type == type) {
        return true;
    }
    const char *remedy = arena_printf(report->arena, "give %s", json_node_type_name(type));
    report_error(report, &node->place, remedy, "%s where %s belongs",
                 json_node_type_name(node->type), json_node_type_name(type));
    return false;
}

static const char *field_suggest_among(const char *name, const char *const *names, size_t count) {
    const char *best = NULL;
    size_t length = strlen(name);
    if (length > FIELD_NAME_MAX) {
        return NULL;
    }
    unsigned slips = field_min((unsigned)length / FIELD_SLIP_LETTERS, FIELD_SLIPS_MAX);
    unsigned best_distance = (slips > 0 ? slips : 1) + 1;
    for (size_t i = 0; i < count; i++) {
        unsigned distance = names[i] ? field_distance(name, names[i]) : best_distance;
        if (distance < best_distance && distance < length) {
            best = names[i];
            best_distance = distance;
        }
    }
    return best;
}

const char *field_suggest(const char *name, const struct field *fields, size_t count) {
    const char *names[FIELD_MAX_NAMES];
    size_t used = count < FIELD_MAX_NAMES ? count : FIELD_MAX_NAMES;
    for (size_t i = 0; i < used; i++) {
        names[i] = fields[i].name;
    }
    return field_suggest_among(name, names, used);
}

/* Decimal or 0x-hexadecimal digits up to the end of the text; 0, EINVAL or ERANGE. */
static int field_parse_number(const char *text, uint64_t *value) {
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const char *digits = text + (hex ? 2 : 0);
    const char *allowed = hex ? "0123456789abcdefABCDEF" : "0123456789";
    if (*digits == '\0' || strspn(digits, allowed) != strlen(digits)) {
        return EINVAL;
    }
    errno = 0;
    *value = strtoull(digits, NULL, hex ? 16 : 10);
    return errno;
}

/* The power of two that a size's last letter stands for; 0: it is none. */
static unsigned field_unit_shift(char letter) {
    static const char letters[] = "kmg";
    const char *at = letter != '\0' ? strchr(letters, letter | ' ') : NULL;
    return at ? FIELD_UNIT_SHIFT * (unsigned)(at - letters + 1) : 0;
}

/* field_parse_number with a unit behind the digits. */
static int field_parse_size(struct report *report, const char *text, uint64_t *value) {
    size_t length = strlen(text);
    unsigned shift = length != 0 ? field_unit_shift(text[length - 1]) : 0;
    if (shift != 0) {
        text = arena_copy_text(report->arena, text, length - 1);
    }
    int error = field_parse_number(text, value);
    if (error == 0 && *value > UINT64_MAX >> shift) {
        return ERANGE;
    }
    *value <<= shift;
    return error;
}

static void field_read_scaled(struct report *report, const struct json_node *node,
                              struct field_number *number, bool units) {
    number->node = node;
    if (node->type != JSON_NODE_STRING && !field_expect(report, node, JSON_NODE_NUMBER)) {
        return;
    }
    int error = units ? field_parse_size(report, node->text, &number->value)
                      : field_parse_number(node->text, &number->value);
    if (error == ERANGE) {
        report_error(report, &node->place, "give a number below 2^64", "the number is too large");
    } else if (error != 0) {
        report_error(report, &node->place,
                     units ? "give a size such as \"256M\", \"0x10000000\" or 268435456"
                           : "give a whole number such as 4096 or \"0x1000\"",
                     "not a number from 0 up");
    }
    number->good = error == 0;
}

void field_read_number(struct report *report, const struct json_node *node, void *target) {
    field_read_scaled(report, node, target, false);
}

void field_read_u32(struct report *report, const struct json_node *node, void *target) {
    struct field_number *number = target;
    field_read_scaled(report, node, number, false);
    number->good = field_check_max(report, number, UINT32_MAX);
}

void field_read_size(struct report *report, const struct json_node *node, void *target) {
    field_read_scaled(report, node, target, true);
}

/* The names as: "a", "b" or "c". The last of them is not NULL. */
static const char *field_list_names(struct arena *arena, const char *const *names, size_t count) {
    const char *list = "";
    for (size_t i = 0; i < count; i++) {
        if (names[i] != NULL) {
            const char *separator = *list == '\0' ? "" : i + 1 == count ? " or " : ", ";
            list = arena_printf(arena, "%s%s\"%s\"", list, separator, names[i]);
        }
    }
    return list;
}

size_t field_read_word(struct report *report, const struct json_node *node,
                       const struct field_words *words) {
    if (!field_expect(report, node, JSON_NODE_STRING)) {
        return words->count;
    }
    for (size_t i = 0; i < words->count; i++) {
        if (words->words[i] != NULL && strcmp(node->text, words->words[i]) == 0) {
            return i;
        }
    }
    const char *near = field_suggest_among(node->text, words->words, words->count);
    const char *remedy =
        near ? arena_printf(report->arena, "did you mean \"%s\"?", near)
             : arena_printf(report->arena, "give %s",
                            field_list_names(report->arena, words->words, words->count));
    report_error(report, &node->place, remedy, "unknown %s", words->what);
    return words->count;
}

const char *field_word(const struct field_words *words, uint64_t number) {
    const char *word = number < words->count ? words->words[number] : NULL;
    return word != NULL ? word : "?";
}

void field_read_text(struct report *report, const struct json_node *node, void *target) {
    struct field_text *text = target;
    text->node = node;
    if (field_expect(report, node, JSON_NODE_STRING)) {
        text->text = node->text;
    }
}

void field_read_bool(struct report *report, const struct json_node *node, void *target) {
    struct field_bool *value = target;
    value->node = node;
    if (field_expect(report, node, JSON_NODE_BOOL)) {
        value->value = strcmp(node->text, "true") == 0;
    }
}

void field_skip(struct report *report, const struct json_node *node, void *target) {
    (void)report;
    (void)node;
    (void)target;
}

static void field_report_unknown(struct report *report, const struct json_node *node,
                                 const struct field *fields, size_t count) {
    const char *suggestion = field_suggest(node->key, fields, count);
    const char *remedy = suggestion
                             ? arena_printf(report->arena, "did you mean \"%s\"?", suggestion)
                             : "remove it; docs/zones.md lists the fields";
    report_error(report, &node->place, remedy, "unknown field");
}

static void field_read_member(struct report *report, const struct json_node *node,
                              const struct field *fields, size_t count, void *object) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(fields[i].name, node->key) == 0) {
            fields[i].read(report, node, (char *)object + fields[i].offset);
            return;
        }
    }
    field_report_unknown(report, node, fields, count);
}

bool field_read_object(struct report *report, const struct json_node *node,
                       const struct field *fields, size_t count, void *object) {
    if (!field_expect(report, node, JSON_NODE_OBJECT)) {
        return false;
    }
    for (size_t i = 0; i < node->count; i++) {
        field_read_member(report, &node->children[i], fields, count, object);
    }
    for (size_t i = 0; i < count; i++) {
        if ((fields[i].flags & FIELD_REQUIRED) != 0 && json_member(node, fields[i].name) == NULL) {
            const char *remedy = arena_printf(report->arena, "add \"%s\"", fields[i].name);
            report_error(report, &node->place, remedy, "the field \"%s\" is missing",
                         fields[i].name);
        }
    }
    return true;
}

struct field_number field_number_make(const struct json_node *node, uint64_t value) {
    return (struct field_number){.value = value, .node = node, .good = true};
}

bool field_set_has(const struct field_set *set, unsigned number) {
    return (set->words[number / 64] >> (number % 64) & 1) != 0;
}

static void field_set_add(struct report *report, const struct json_node *node, const char *what,
                          uint64_t number, struct field_set *set) {
    if (set->member[number] != NULL) {
        report_error(report, &node->place, "name it once", "%s %" PRIu64 " is in the list twice",
                     what, number);
        return;
    }
    set->member[number] = node;
    set->words[number / 64] |= 1ULL << (number % 64);
}

/* Reads "a-b", "a" or "all" into first and last; false when it is none of them. */
static bool field_parse_range(struct report *report, const char *text,
                              const struct field_members *members, uint64_t *first,
                              uint64_t *last) {
    if (members->all && strcmp(text, "all") == 0) {
        *first = 0;
        *last = members->limit - 1;
        return true;
    }
    const char *dash = strchr(text, '-');
    if (dash == NULL) {
        bool good = field_parse_number(text, first) == 0;
        *last = *first;
        return good;
    }
    const char *low = arena_copy_text(report->arena, text, (size_t)(dash - text));
    return field_parse_number(low, first) == 0 && field_parse_number(dash + 1, last) == 0 &&
           *first <= *last;
}

static void field_read_set_item(struct report *report, const struct json_node *node,
                                const struct field_members *members, struct field_set *set) {
    uint64_t first = 0;
    uint64_t last = 0;
    bool scalar = node->type == JSON_NODE_NUMBER || node->type == JSON_NODE_STRING;
    if (!scalar || !field_parse_range(report, node->text, members, &first, &last)) {
        report_error(report, &node->place,
                     members->all ? "give a number, a range such as \"4-7\" or \"all\""
                                  : "give a number or a range such as \"4-7\"",
                     "not a %s or a range of them", members->what);
        return;
    }
    if (last >= members->limit) {
        const char *remedy = arena_printf(report->arena, "stay within 0-%u", members->limit - 1);
        report_error(report, &node->place, remedy, "there is no %s %" PRIu64, members->what, last);
        return;
    }
    for (uint64_t number = first; number <= last; number++) {
        field_set_add(report, node, members->what, number, set);
    }
}

void field_read_set(struct report *report, const struct json_node *node,
                    const struct field_members *members, struct field_set *set) {
    set->node = node;
    if (node->type == JSON_NODE_STRING) {
        field_read_set_item(report, node, members, set);
    } else if (field_expect(report, node, JSON_NODE_ARRAY)) {
        for (size_t i = 0; i < node->count; i++) {
            field_read_set_item(report, &node->children[i], members, set);
        }
    }
}

bool field_check_max(struct report *report, const struct field_number *number, uint64_t max) {
    if (!number->good || number->node == NULL) {
        return number->good;
    }
    if (number->value > max) {
        const char *remedy =
            arena_printf(report->arena, "give at most 0x%" PRIx64 " (%" PRIu64 ")", max, max);
        report_error(report, &number->node->place, remedy, "the number is too large");
        return false;
    }
    return true;
}
