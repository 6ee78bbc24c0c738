// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/arch.h>
#include <core/console.h>
#include <core/log.h>
#include <lib/format.h>
#include <lib/ring.h>
#include <lib/spinlock.h>
#include <stdarg.h>

#define MICROSECONDS 1000000u

static struct spinlock log_lock;
static struct cpu *_Atomic log_holder;
static _Atomic uint8_t log_bytes[LOG_RING_SIZE];
static void (*log_listener)(void);
static struct ring log_ring = {.size = LOG_RING_SIZE, .bytes = log_bytes};

static void log_take(void) {
    spinlock_take(&log_lock);
    atomic_store_explicit(&log_holder, arch_this_cpu(), memory_order_relaxed);
}

static void log_release(void) {
    atomic_store_explicit(&log_holder, NULL, memory_order_relaxed);
    spinlock_release(&log_lock);
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

    log_take();
    for (size_t i = 0; i < length; i++) {
        ring_put(&log_ring, (uint8_t)line[i]);
    }
    ring_put(&log_ring, '\n');
    console_write_line(line, length);
    log_release();
    if (log_listener != NULL) {
        log_listener();
    }
}

void log_listen(void (*grown)(void)) {
    log_listener = grown;
}

void log_read(struct lv_stream *stream) {
    log_take();
    ring_read(&log_ring, stream);
    log_release();
}

void log_break_lock(void) {
    if (atomic_load_explicit(&log_holder, memory_order_relaxed) == arch_this_cpu()) {
        log_release();
    }
}
