// SPDX-License-Identifier: GPL-2.0-or-later
#include "text.h"

#include <ctype.h>
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define TEXT_DELETE      0x7fu
#define TEXT_CONTROL_END 0xa0u /* behind the second block of control characters */
#define TEXT_REPLACEMENT "\xef\xbf\xbd"
/* "\xNN" */
#define TEXT_ESCAPE_SIZE    4u
#define TEXT_SURROGATES     0xd800u
#define TEXT_SURROGATES_END 0xe000u
#define TEXT_CODE_MAX       0x10ffffu

/* Bytes of the character that begins here and its code point; 0: it is no UTF-8. */
static size_t text_decode(const char *at, uint32_t *code) {
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char lead = (unsigned char)at[0];
    size_t length = lead < 0x80 ? 1 : lead < 0xc0 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (length == 0 || lead >= 0xf8) {
        return 0;
    }
    *code = length == 1 ? lead : lead & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        unsigned char next = (unsigned char)at[i];
        if ((next & 0xc0u) != 0x80) {
            return 0;
        }
        *code = *code << 6 | (next & 0x3fu);
    }
    bool surrogate = *code >= TEXT_SURROGATES && *code < TEXT_SURROGATES_END;
    return *code < smallest[length] || *code > TEXT_CODE_MAX || surrogate ? 0 : length;
}

/* Bytes of the character that begins here; 0: it is a control character or no UTF-8. */
static size_t text_printable_length(const char *at) {
    uint32_t code = 0;
    size_t length = text_decode(at, &code);
    bool control = code < ' ' || (code >= TEXT_DELETE && code < TEXT_CONTROL_END);
    return control ? 0 : length;
}

bool text_has_control(const char *text) {
    while (*text != '\0') {
        size_t length = text_printable_length(text);
        if (length == 0) {
            return true;
        }
        text += length;
    }
    return false;
}

const char *text_printable(struct arena *arena, const char *text) {
    static const char digits[] = "0123456789abcdef";
    char *out = arena_alloc(arena, strlen(text) * TEXT_ESCAPE_SIZE + 1);
    char *end = out;
    while (*text != '\0') {
        size_t length = text_printable_length(text);
        if (length != 0) {
            end = mempcpy(end, text, length);
            text += length;
        } else {
            unsigned char byte = (unsigned char)*text++;
            const char escape[] = {'\\', 'x', digits[byte >> 4], digits[byte & 0xf]};
            end = mempcpy(end, escape, sizeof(escape));
        }
    }
    return out;
}

const char *text_utf8(struct arena *arena, const char *text) {
    if (text == NULL) {
        return NULL;
    }
    char *out = arena_alloc(arena, strlen(text) * strlen(TEXT_REPLACEMENT) + 1);
    char *end = out;
    while (*text != '\0') {
        uint32_t code;
        size_t length = text_decode(text, &code);
        end = length != 0 ? mempcpy(end, text, length) : stpcpy(end, TEXT_REPLACEMENT);
        text += length != 0 ? length : 1;
    }
    return out;
}

void text_print(const char *text, FILE *out) {
    struct arena arena = {0};
    fputs(text_printable(&arena, text), out);
    arena_free(&arena);
}

void text_print_json(const char *text, FILE *out) {
    struct arena arena = {0};
    json_t *json = json_string(text_utf8(&arena, text));
    json_dumpf(json, out, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
    json_decref(json);
    arena_free(&arena);
}

/* Behind the word that begins here. */
static const char *text_word_end(const char *at) {
    bool quoted = false;
    for (; *at != '\0' && (quoted || !isspace((unsigned char)*at)); at++) {
        quoted = quoted != (*at == '"');
    }
    return at;
}

bool text_has_argument(const char *line, const char *name) {
    size_t length = strlen(name);
    for (const char *end; *line != '\0'; line = end) {
        line += strspn(line, " \t\n\v\f\r");
        end = text_word_end(line);
        const char *word = *line == '"' ? line + 1 : line;
        if (strncmp(word, name, length) == 0 && word[length] == '=') {
            return true;
        }
        size_t size = (size_t)(end - word);
        if (strncmp(word, "--", 2) == 0 && (size == 2 || (size == 3 && word[2] == '"'))) {
            return false;
        }
    }
    return false;
}
