// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/arch.h>
#include <core/console.h>
#include <core/log.h>
#include <lib/format.h>
#include <lib/spinlock.h>
#include <stdarg.h>

#define MICROSECONDS 1000000u

static struct {
    struct spinlock lock;
    size_t written; /* bytes ever written; the ring holds the last LOG_RING_SIZE of them */
    char text[LOG_RING_SIZE];
} ring;

static void ring_append(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        ring.text[ring.written++ % LOG_RING_SIZE] = text[i];
    }
}

static size_t log_prefix(char *line, size_t limit, enum log_level level) {
    static const char letters[] = {
        [LOG_ERROR] = 'E', [LOG_WARNING] = 'W', [LOG_INFO] = 'I', [LOG_DEBUG] = 'D'};
    ticks_t now = arch_counter();
    uint64_t hz = arch_counter_hz();

    return format_text(line, limit, "[%5lu.%06lu] %c ", (unsigned long)(now / hz),
                       (unsigned long)(now % hz * MICROSECONDS / hz), letters[level]);
}

void log_line(enum log_level level, const char *format, ...) {
    char line[LOG_LINE_SIZE];
    size_t length = log_prefix(line, sizeof(line), level);
    va_list args;

    va_start(args, format);
    length += format_text_va(line + length, sizeof(line) - length, format, args);
    va_end(args);

    spinlock_take(&ring.lock);
    ring_append(line, length);
    ring_append("\n", 1);
    console_write_line(line, length);
    spinlock_release(&ring.lock);
}

size_t log_read(char *text, size_t limit) {
    spinlock_take(&ring.lock);
    size_t length = ring.written < LOG_RING_SIZE ? ring.written : LOG_RING_SIZE;
    if (length > limit - 1) {
        length = limit - 1;
    }
    for (size_t i = 0; i < length; i++) {
        text[i] = ring.text[(ring.written - length + i) % LOG_RING_SIZE];
    }
    text[length] = '\0';
    spinlock_release(&ring.lock);
    return length;
}

void log_break_lock(void) {
    spinlock_release(&ring.lock);
}
