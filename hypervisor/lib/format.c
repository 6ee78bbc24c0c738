// SPDX-License-Identifier: GPL-2.0-or-later
#include <lib/format.h>
#include <lib/string.h>
#include <stdbool.h>
#include <stdint.h>

/* Enough for 64 bits in decimal. */
#define MAX_DIGITS 20

struct output {
    char *text;
    size_t limit;
    size_t length;
};

struct conversion {
    bool left;
    bool zero;
    unsigned width;
    unsigned longs;
    char kind;
};

static void put(struct output *out, char c) {
    if (out->length + 1 < out->limit) {
        out->text[out->length++] = c;
    }
}

static void put_repeated(struct output *out, char c, size_t count) {
    while (count-- > 0) {
        put(out, c);
    }
}

static void put_padded(struct output *out, const struct conversion *conv, const char *sign,
                       const char *text, size_t length) {
    size_t used = length + strnlen(sign, 1);
    size_t padding = conv->width > used ? conv->width - used : 0;

    if (!conv->left && !conv->zero) {
        put_repeated(out, ' ', padding);
    }
    if (*sign != '\0') {
        put(out, *sign);
    }
    if (!conv->left && conv->zero) {
        put_repeated(out, '0', padding);
    }
    for (size_t i = 0; i < length; i++) {
        put(out, text[i]);
    }
    if (conv->left) {
        put_repeated(out, ' ', padding);
    }
}

static void put_number(struct output *out, const struct conversion *conv, bool negative,
                       uint64_t value, unsigned base) {
    char digits[MAX_DIGITS];
    size_t at = MAX_DIGITS;

    do {
        digits[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    put_padded(out, conv, negative ? "-" : "", &digits[at], MAX_DIGITS - at);
}

static const char *parse_conversion(const char *format, struct conversion *conv) {
    *conv = (struct conversion){0};
    for (; *format == '-' || *format == '0'; format++) {
        conv->left = conv->left || *format == '-';
        conv->zero = conv->zero || *format == '0';
    }
    for (; *format >= '0' && *format <= '9'; format++) {
        conv->width = conv->width * 10 + (unsigned)(*format - '0');
    }
    for (; *format == 'l'; format++) {
        conv->longs++;
    }
    conv->kind = *format;
    return *format == '\0' ? format : format + 1;
}

static void put_string(struct output *out, const struct conversion *conv, const char *text) {
    put_padded(out, conv, "", text, strnlen(text, out->limit));
}

static void put_signed(struct output *out, const struct conversion *conv, int64_t value) {
    put_number(out, conv, value < 0, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10);
}

static void put_char(struct output *out, const struct conversion *conv, char c) {
    put_padded(out, conv, "", &c, 1);
}

size_t format_text_va(char *text, size_t limit, const char *format, va_list args) {
    struct output out = {.text = text, .limit = limit};
    struct conversion conv;

    while (*format != '\0') {
        if (*format != '%') {
            put(&out, *format++);
            continue;
        }
        format = parse_conversion(format + 1, &conv);
        switch (conv.kind) {
        case 'c':
            put_char(&out, &conv, (char)va_arg(args, int));
            break;
        case 's':
            put_string(&out, &conv, va_arg(args, const char *));
            break;
        case 'd':
            put_signed(&out, &conv, conv.longs > 0 ? va_arg(args, long) : va_arg(args, int));
            break;
        case 'u':
        case 'x':
            put_number(&out, &conv, false,
                       conv.longs > 0 ? va_arg(args, unsigned long) : va_arg(args, unsigned),
                       conv.kind == 'x' ? 16 : 10);
            break;
        case 'p':
            put_number(&out, &conv, false, (uintptr_t)va_arg(args, void *), 16);
            break;
        default:
            put(&out, '%');
            if (conv.kind != '%' && conv.kind != '\0') {
                put(&out, conv.kind);
            }
            break;
        }
    }
    text[out.length] = '\0';
    return out.length;
}

size_t format_text(char *text, size_t limit, const char *format, ...) {
    va_list args;

    va_start(args, format);
    size_t length = format_text_va(text, limit, format, args);
    va_end(args);
    return length;
}
