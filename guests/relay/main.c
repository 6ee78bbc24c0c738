// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
/*
 * A root zone that brings zone 1's console to its own UART: what that zone sends, found by events,
 * and what is typed here. It tells of each state that a zone comes to, in lines of its own:
 * RELAY EVENT zone state reason. Some keys are commands on zone 1: see key_run().
 *
 * The root zone's events interrupt CPU line 7; its own UART is polled.
 */
#include <rt/console.h>
#include <rt/zone.h>

#define ZONE       1u
#define LINE_EVENT 7u
#define EVENT_BIT  (1UL << (IRQ_HWI0 + LINE_EVENT))
#define POLL_HZ    500u
#define KEY(c)     ((c) & 0x1f) /* with Control */

static struct lv_stream output __attribute__((aligned(8)));
static struct lv_stream input __attribute__((aligned(8)));
static struct lv_events events __attribute__((aligned(8)));
static uint64_t wakeups[LV_MAX_ZONES]; /* how often a zone's console was said to have grown */

static volatile uint8_t *uart(void) {
    return rt_uncached(RT_UART_BASE);
}

static void expect(const char *what, int64_t found, int64_t expected) {
    if (found != expected) {
        rt_printf("\nRELAY ERROR %s: %ld instead of %ld\n", what, found, expected);
    }
}

/* As it is, not as a program's own text. */
static void character_show(uint8_t c) {
    while ((uart()[RT_UART_LSR] & RT_UART_LSR_THRE) == 0) {
    }
    uart()[RT_UART_DATA] = c;
}

static void output_show(void) {
    volatile struct lv_stream *stream = &output;

    do {
        uint64_t from = stream->position;
        expect("console read", rt_hypercall(LV_HYPERCALL_CONSOLE_READ, ZONE, rt_phys(&output)), 0);
        if (stream->position != from) {
            rt_printf("\nRELAY LOST %ld\n", (int64_t)(stream->position - from));
        }
        for (uint32_t i = 0; i < stream->length; i++) {
            character_show(stream->data[i]);
        }
        stream->position = stream->position + stream->length;
    } while (stream->position < stream->end);
}

/*
 * What a zone sends once it starts comes behind the line that says so, unless it starts while the
 * rest of its last life is shown.
 */
static void events_show(void) {
    const volatile struct lv_events *told = &events;

    do {
        expect("events", rt_hypercall(LV_HYPERCALL_EVENTS, rt_phys(&events), 0), 0);
        for (uint32_t zone = 0; zone < LV_MAX_ZONES; zone++) {
            wakeups[zone] += told->console >> zone & 1;
        }
        for (uint32_t i = 0; i < told->num_events; i++) {
            rt_printf("\nRELAY EVENT zone %u state %u reason %u\n", told->events[i].zone_id,
                      told->events[i].state, told->events[i].reason);
        }
        if ((told->console & 1u << ZONE) != 0) {
            output_show();
        }
    } while (told->more != 0);
}

static void command(const char *name, uint64_t code, uint64_t argument) {
    rt_printf("\nRELAY %s %ld\n", name, rt_hypercall(code, ZONE, argument));
}

static void wakeups_print(void) {
    for (uint32_t zone = 0; zone < LV_MAX_ZONES; zone++) {
        if (wakeups[zone] != 0) {
            rt_printf("\nRELAY WAKEUPS zone %u %lu\n", zone, wakeups[zone]);
        }
    }
}

static bool key_run(char key) {
    switch (key) {
    case KEY('A'):
        command("ASK", LV_HYPERCALL_STOP, LV_STOP_ASK);
        return true;
    case KEY('F'):
        command("FORCE", LV_HYPERCALL_STOP, LV_STOP_FORCE);
        return true;
    case KEY('S'):
        command("START", LV_HYPERCALL_START, 0);
        return true;
    case KEY('W'):
        wakeups_print();
        return true;
    default:
        return false;
    }
}

/* What zone 1 does not take now is typed again. */
static void input_send(void) {
    volatile struct lv_stream *stream = &input;
    int64_t taken = rt_hypercall(LV_HYPERCALL_CONSOLE_WRITE, ZONE, rt_phys(&input));

    if (taken < 0 || taken > stream->length) {
        expect("console write", taken, 0);
        return;
    }
    for (uint32_t i = (uint32_t)taken; i < stream->length; i++) {
        stream->data[i - (uint32_t)taken] = stream->data[i];
    }
    stream->length = stream->length - (uint32_t)taken;
}

static void input_take(void) {
    volatile struct lv_stream *stream = &input;

    while ((uart()[RT_UART_LSR] & RT_UART_LSR_DATA) != 0 && stream->length < LV_STREAM_BYTES) {
        char c = (char)uart()[RT_UART_DATA];
        if (!key_run(c)) {
            stream->data[stream->length] = (uint8_t)c;
            stream->length = stream->length + 1;
        }
    }
    if (stream->length > 0) {
        input_send();
    }
}

/* What a caller gets wrong, or may not. */
static void try_mistakes(void) {
    expect("no such zone", rt_hypercall(LV_HYPERCALL_CONSOLE_READ, 9, rt_phys(&output)),
           -LV_ENOENT);
    expect("a zone without UART", rt_hypercall(LV_HYPERCALL_CONSOLE_READ, 0, rt_phys(&output)),
           -LV_ENODEV);
    expect("bad buffer", rt_hypercall(LV_HYPERCALL_CONSOLE_READ, ZONE, rt_phys(&output) + 4),
           -LV_EFAULT);
    input.length = LV_STREAM_BYTES + 1;
    expect("too long", rt_hypercall(LV_HYPERCALL_CONSOLE_WRITE, ZONE, rt_phys(&input)), -LV_EINVAL);
    input.length = 0;
}

void rt_main(void) {
    rt_zone_begin();
    rt_printf("RELAY BEGIN\n");
    try_mistakes();
    output_show();
    csr_write(CSR_ECFG, EVENT_BIT);
    for (;;) {
        if ((csr_read(CSR_ESTAT) & EVENT_BIT) != 0) {
            events_show();
        }
        input_take();
        rt_nap(rt_ticks_per_second() / POLL_HZ);
    }
}
