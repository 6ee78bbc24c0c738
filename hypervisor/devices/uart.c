// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/zone.h>
#include <devices/uart_registers.h>
#include <lib/bits.h>

static bool fifos_are_on(const struct uart_state *state) {
    return (state->fcr & UART_FCR_ENABLE) != 0;
}

static uint32_t receive_trigger(const struct uart_state *state) {
    static const uint8_t levels[] = {1, 4, 8, 14};

    return levels[state->fcr >> UART_FCR_TRIGGER_SHIFT];
}

/* Whether more will come is unknown, so the time-out is over at once. */
static uint8_t interrupt_cause(const struct uart_state *state) {
    if ((state->ier & UART_IER_ERROR) != 0 && state->overrun != 0) {
        return UART_IIR_ERROR;
    }
    if ((state->ier & UART_IER_RECEIVED) != 0 && state->input_length > 0) {
        return state->input_length < receive_trigger(state) ? UART_IIR_TIMEOUT : UART_IIR_RECEIVED;
    }
    if ((state->ier & UART_IER_SENT) != 0 && state->sent) {
        return UART_IIR_SENT;
    }
    if ((state->ier & UART_IER_MODEM) != 0 && state->changes != 0) {
        return UART_IIR_MODEM;
    }
    return UART_IIR_NONE;
}

/* Under the lock, so that the levels come in the order of the changes. */
static void interrupt_update(struct uart *uart) {
    bool level = interrupt_cause(&uart->state) != UART_IIR_NONE;

    if (level != uart->level) {
        uart->level = level;
        zone_set_interrupt(uart->zone, uart->interrupt, level);
    }
}

/* The other end is present and ready; in loop-back it is the UART itself. */
static uint8_t modem_lines(uint8_t mcr) {
    if ((mcr & UART_MCR_LOOP) == 0) {
        return UART_MSR_CTS | UART_MSR_DSR | UART_MSR_DCD;
    }
    return (uint8_t)(((mcr & UART_MCR_DTR) != 0 ? UART_MSR_DSR : 0) |
                     ((mcr & UART_MCR_RTS) != 0 ? UART_MSR_CTS : 0) |
                     ((mcr & UART_MCR_OUT1) != 0 ? UART_MSR_RI : 0) |
                     ((mcr & UART_MCR_OUT2) != 0 ? UART_MSR_DCD : 0));
}

/* RI counts when it falls, the others whenever they change. */
static void modem_write(struct uart_state *state, uint8_t value) {
    uint8_t before = modem_lines(state->mcr);
    uint8_t after = modem_lines(value);
    uint8_t edges = (uint8_t)((before ^ after) & ~(after & UART_MSR_RI));

    state->mcr = value & UART_MCR_ALL;
    state->changes |= (uint8_t)(edges >> UART_MSR_CHANGES_SHIFT);
}

static void input_put(struct uart_state *state, uint8_t byte) {
    state->input[(state->input_first + state->input_length++) % UART_INPUT_SIZE] = byte;
}

static uint8_t input_take(struct uart_state *state) {
    if (state->input_length == 0) {
        return 0;
    }
    state->input_length--;
    return state->input[state->input_first++ % UART_INPUT_SIZE];
}

static void data_write(struct uart *uart, uint8_t byte) {
    struct uart_state *state = &uart->state;

    state->sent = true;
    if ((state->mcr & UART_MCR_LOOP) == 0) {
        ring_put(&uart->output, byte);
    } else if (state->input_length < (fifos_are_on(state) ? UART_FIFO_SIZE : 1)) {
        input_put(state, byte);
    } else {
        state->overrun = UART_LSR_OVERRUN;
    }
}

static void fifo_write(struct uart_state *state, uint8_t value) {
    bool were_on = fifos_are_on(state);

    state->fcr = (value & UART_FCR_ENABLE) != 0 ? value : 0;
    if (were_on != fifos_are_on(state) || (state->fcr & UART_FCR_CLEAR_RECEIVE) != 0) {
        state->input_length = 0;
    }
}

static uint8_t identify(struct uart_state *state) {
    uint8_t cause = interrupt_cause(state);

    if (cause == UART_IIR_SENT) {
        state->sent = false;
    }
    return cause | (fifos_are_on(state) ? UART_IIR_FIFOS : 0);
}

static uint8_t line_status(struct uart_state *state) {
    uint8_t status = UART_LSR_THRE | UART_LSR_TEMT | state->overrun;

    state->overrun = 0;
    return status | (state->input_length > 0 ? UART_LSR_READY : 0);
}

static uint8_t modem_status(struct uart_state *state) {
    uint8_t status = modem_lines(state->mcr) | state->changes;

    state->changes = 0;
    return status;
}

static uint8_t register_read(struct uart_state *state, uint64_t number) {
    switch (number) {
    case UART_DATA:
        return input_take(state);
    case UART_IER:
        return state->ier;
    case UART_IIR:
        return identify(state);
    case UART_LCR:
        return state->lcr;
    case UART_MCR:
        return state->mcr;
    case UART_LSR:
        return line_status(state);
    case UART_MSR:
        return modem_status(state);
    default:
        return state->scr;
    }
}

/* There is always room to send, so that interrupt is due as soon as it is switched on. */
static void enable_write(struct uart_state *state, uint8_t value) {
    if ((value & ~state->ier & UART_IER_SENT) != 0) {
        state->sent = true;
    }
    state->ier = value & UART_IER_ALL;
}

static void register_write(struct uart *uart, uint64_t number, uint8_t value) {
    switch (number) {
    case UART_DATA:
        data_write(uart, value);
        break;
    case UART_IER:
        enable_write(&uart->state, value);
        break;
    case UART_FCR:
        fifo_write(&uart->state, value);
        break;
    case UART_LCR:
        uart->state.lcr = value;
        break;
    case UART_MCR:
        modem_write(&uart->state, value);
        break;
    case UART_SCR:
        uart->state.scr = value;
        break;
    default:
        break;
    }
}

static void access_locked(struct uart *uart, uint64_t number, struct access *access) {
    bool is_divisor = (uart->state.lcr & UART_LCR_DLAB) != 0 && number <= UART_IER;

    if (!access->is_write) {
        access->value =
            is_divisor ? uart->state.divisor[number] : register_read(&uart->state, number);
    } else if (is_divisor) {
        uart->state.divisor[number] = (uint8_t)access->value;
    } else {
        register_write(uart, number, (uint8_t)access->value);
    }
}

/* Either the reader finds the byte just sent, or this finds that the reader has read. */
static void notify_output(struct uart *uart) {
    atomic_thread_fence(memory_order_seq_cst);
    if (!atomic_load_explicit(&uart->notified, memory_order_relaxed) &&
        !atomic_exchange(&uart->notified, true)) {
        atomic_store(&uart->has_output, true);
        events_tell_root();
    }
}

static enum verdict uart_access(struct vcpu *vcpu, struct access *access,
                                const struct lv_region *region) {
    struct uart *uart = &vcpu->zone->devices.uart;
    uint64_t number = access->address - LV_UART_OFFSET;

    (void)region;
    if (number >= LV_UART_SIZE) {
        access->value = UINT64_MAX;
        return VERDICT_HANDLED;
    }
    spinlock_take_inline(&uart->lock);
    access_locked(uart, number, access);
    interrupt_update(uart);
    spinlock_release(&uart->lock);
    if (access->is_write && number == UART_DATA) {
        notify_output(uart);
    }
    return VERDICT_HANDLED;
}

void zone_console_read(struct zone *zone, struct lv_stream *stream) {
    struct uart *uart = &zone->devices.uart;

    atomic_store_explicit(&uart->notified, false, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst);
    ring_read(&uart->output, stream);
}

uint32_t zone_console_type(struct zone *zone, const uint8_t *data, uint32_t length) {
    struct uart *uart = &zone->devices.uart;
    uint32_t taken = 0;

    spinlock_take(&uart->lock);
    while (taken < length && uart->state.input_length < UART_INPUT_SIZE) {
        input_put(&uart->state, data[taken++]);
    }
    interrupt_update(uart);
    spinlock_release(&uart->lock);
    return taken;
}

bool zone_console_take_sent(struct zone *zone) {
    struct uart *uart = &zone->devices.uart;

    return atomic_load_explicit(&uart->has_output, memory_order_relaxed) &&
           atomic_exchange(&uart->has_output, false);
}

static void uart_reset(struct zone *zone) {
    struct uart *uart = &zone->devices.uart;

    spinlock_take(&uart->lock);
    uart->state = (struct uart_state){0};
    interrupt_update(uart);
    spinlock_release(&uart->lock);
}

/* The output survives a reset. Size and place never change, so a reader of the zone that was here
 * before stays inside. */
static void uart_init(struct zone *zone) {
    struct uart *uart = &zone->devices.uart;

    uart->zone = zone;
    uart->output.size = UART_OUTPUT_SIZE;
    uart->output.bytes = uart->output_bytes;
    atomic_store(&uart->output.written, 0);
    atomic_store(&uart->notified, false);
    atomic_store(&uart->has_output, false);
    uart->interrupt = lv_find_interrupt(&zone->config, LV_REGION_UART);
    uart->level = false;
    uart->state = (struct uart_state){0};
}

const struct device_kind uart_kind = {
    .size = LV_PAGE_SIZE,
    .single = true,
    .interrupt = DEVICE_INTERRUPTS,
    .init = uart_init,
    .reset = uart_reset,
    .access = uart_access,
};
