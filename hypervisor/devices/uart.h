/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A zone's virtual 16550A (LV_REGION_UART). The zone's output goes at once into a ring that
 * keeps the last of it. Nobody has to take it, so the zone never waits. What the root zone types
 * goes into a small ring that the zone empties.
 */
#ifndef LV_DEVICES_UART_H
#define LV_DEVICES_UART_H

#include <core/types.h>
#include <lib/ring.h>
#include <lib/spinlock.h>
#include <stdatomic.h>

#define UART_OUTPUT_SIZE 16384u
#define UART_INPUT_SIZE  256u

/* Reset by power-on. Under the lock, as is the output. */
struct uart_state {
    uint8_t ier;
    uint8_t fcr;
    uint8_t lcr;
    uint8_t mcr;
    uint8_t scr;
    uint8_t overrun;    /* UART_LSR_OVERRUN, until LSR is read */
    uint8_t changes;    /* of the modem lines, until MSR is read */
    uint8_t divisor[2]; /* kept, of no effect */
    bool sent;          /* the interrupt for that is due */
    uint32_t input_first;
    uint32_t input_length;
    uint8_t input[UART_INPUT_SIZE];
};

struct zone;

struct uart {
    struct zone *zone;
    struct spinlock lock; /* held for a bounded time */
    uint32_t interrupt;   /* LV_INTERRUPT_* */
    bool level;           /* the interrupt's */
    struct uart_state state;
    atomic_bool notified;   /* the root zone, of output that it has not read since */
    atomic_bool has_output; /* for zone_console_take_sent() */
    struct ring output;
    _Atomic uint8_t output_bytes[UART_OUTPUT_SIZE];
};

#endif
