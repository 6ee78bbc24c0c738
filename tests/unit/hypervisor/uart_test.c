// SPDX-License-Identifier: GPL-2.0-or-later
/* devices/uart.c: against a model, as Linux's driver probes it, and what the root zone sees. */
#include <support.h>
#include <irq/interrupt.h>
#include <devices/uart.h>
#include <devices/uart_registers.h>
#include <lib/bits.h>
#include <string.h>

#define LINE         4u
#define VECTOR       200u
#define MODEL_ROUNDS 200000u

static struct zone *zone;
static struct vcpu *vcpu;
static struct uart *uart;

static int uart_zone(void **state) {
    support_reset(state);
    struct test_image *image = support_image();
    image->zones[1].regions[1] = (struct lv_region){.type = LV_REGION_UART,
                                                    .interrupt = LV_INTERRUPT_LINE(LINE),
                                                    .gpa = 0x1fe00000,
                                                    .size = LV_PAGE_SIZE};
    image->zones[1].num_regions = 2;
    image->zones[0].regions[1] = (struct lv_region){.type = LV_REGION_INFO,
                                                    .interrupt = LV_INTERRUPT_LINE(7),
                                                    .gpa = BIT(40),
                                                    .size = LV_PAGE_SIZE};
    image->zones[0].num_regions = 2;
    support_seal(image);
    for (uint32_t id = 0; id < 2; id++) {
        support_create_zone(image, id);
    }
    zone = zone_find(1);
    vcpu = &zone->vcpus[0];
    uart = &zone->devices.uart;
    fake_be_cpu(vcpu->cpu);
    return 0;
}

static void put(uint64_t number, uint8_t value) {
    struct access access = {
        .address = LV_UART_OFFSET + number, .value = value, .size = 1, .is_write = true};

    support_access(vcpu, LV_REGION_UART, &access);
}

static uint8_t get(uint64_t number) {
    struct access access = {.address = LV_UART_OFFSET + number, .size = 1};

    support_access(vcpu, LV_REGION_UART, &access);
    assert_true(access.value <= UINT8_MAX);
    return (uint8_t)access.value;
}

static bool line(void) {
    return (zone_device_lines(zone, 0) & BIT(LINE)) != 0;
}

/* The model: a 16550 as its data sheet tells, with a transmitter that never takes time. */
static struct {
    uint8_t ier, lcr, mcr, scr, divisor[2];
    bool fifos, sent, overrun;
    unsigned trigger;
    uint8_t delta;
    uint8_t queue[UART_INPUT_SIZE];
    unsigned queued;
    uint8_t out[MODEL_ROUNDS];
    unsigned outs;
} model;

static uint8_t model_iir(void) {
    const struct {
        bool due;
        uint8_t cause;
    } causes[] = {
        {(model.ier & 4) != 0 && model.overrun, 6},
        {(model.ier & 1) != 0 && model.queued >= model.trigger, 4},
        {(model.ier & 1) != 0 && model.queued > 0, 12},
        {(model.ier & 2) != 0 && model.sent, 2},
        {(model.ier & 8) != 0 && model.delta != 0, 0},
        {true, 1},
    };
    unsigned i = 0;

    while (!causes[i].due) {
        i++;
    }
    return causes[i].cause;
}

static unsigned model_lines(uint8_t mcr) {
    static const uint8_t loop[4] = {0x2, 0x1, 0x4, 0x8}; /* DTR, RTS, OUT1, OUT2 */
    unsigned lines = 0;

    if ((mcr & 0x10) == 0) {
        return 0xb;
    }
    for (unsigned i = 0; i < 4; i++) {
        lines |= (mcr >> i & 1) != 0 ? loop[i] : 0u;
    }
    return lines;
}

static void model_mcr(uint8_t value) {
    unsigned old = model_lines(model.mcr);
    unsigned now = model_lines(value);

    for (unsigned i = 0; i < 4; i++) {
        bool fell = (old >> i & 1) > (now >> i & 1);
        bool rose = (old >> i & 1) < (now >> i & 1);
        if (fell || (rose && i != 2)) {
            model.delta |= (uint8_t)(1u << i);
        }
    }
    model.mcr = value & 0x1f;
}

static void model_send(uint8_t value) {
    model.sent = true;
    if ((model.mcr & 0x10) == 0) {
        model.out[model.outs++] = value;
    } else if (model.queued < (model.fifos ? 16u : 1u)) {
        model.queue[model.queued++] = value;
    } else {
        model.overrun = true;
    }
}

static void model_fcr(uint8_t value) {
    static const unsigned triggers[] = {1, 4, 8, 14};
    bool fifos = (value & 1) != 0;

    if (fifos != model.fifos || (value & 3) == 3) {
        model.queued = 0;
    }
    model.fifos = fifos;
    model.trigger = fifos ? triggers[value >> 6] : 1;
}

static void model_put(unsigned number, uint8_t value) {
    if (number < 2 && model.lcr >> 7 != 0) {
        model.divisor[number] = value;
    } else if (number == 0) {
        model_send(value);
    } else if (number == 1) {
        model.sent |= (value & 2) > (model.ier & 2);
        model.ier = value & 0xf;
    } else if (number == 2) {
        model_fcr(value);
    } else if (number == 3) {
        model.lcr = value;
    } else if (number == 4) {
        model_mcr(value);
    } else if (number == 7) {
        model.scr = value;
    }
}

static uint8_t model_take(void) {
    uint8_t first = model.queue[0];

    if (model.queued == 0) {
        return 0;
    }
    memmove(model.queue, model.queue + 1, --model.queued);
    return first;
}

static uint8_t model_status(unsigned number) {
    uint8_t value;

    if (number == 2) {
        value = model_iir();
        model.sent = model.sent && value != 2;
        return value | (model.fifos ? 0xc0 : 0);
    }
    if (number == 5) {
        value = (uint8_t)(0x60 | (model.overrun ? 2 : 0) | (model.queued > 0 ? 1 : 0));
        model.overrun = false;
        return value;
    }
    value = (uint8_t)(model_lines(model.mcr) << 4 | model.delta);
    model.delta = 0;
    return value;
}

static uint8_t model_get(unsigned number) {
    const uint8_t plain[] = {0, model.ier, 0, model.lcr, model.mcr, 0, 0, model.scr};

    if (number < 2 && model.lcr >> 7 != 0) {
        return model.divisor[number];
    }
    if (number == 0) {
        return model_take();
    }
    return number == 2 || number == 5 || number == 6 ? model_status(number) : plain[number];
}

static void model_type(void) {
    uint8_t text[40];
    uint32_t length = (uint32_t)(support_random() % sizeof(text));
    uint32_t room = UART_INPUT_SIZE - model.queued;
    uint32_t expected = length < room ? length : room;

    for (unsigned i = 0; i < length; i++) {
        text[i] = (uint8_t)support_random();
    }
    assert_int_equal(zone_console_type(zone, text, length), expected);
    memcpy(model.queue + model.queued, text, expected);
    model.queued += expected;
}

/* Loop-back and DLAB are rare, so that the rest gets its turns. */
static uint8_t random_value(unsigned number) {
    uint8_t value = (uint8_t)support_random();

    if (number == 3 && support_random() % 4 != 0) {
        value &= 0x7f;
    }
    return number == 4 && support_random() % 2 != 0 ? value & 0xef : value;
}

static void behaves_like_the_model(void **state) {
    static struct lv_stream stream;

    (void)state;
    memset(&model, 0, sizeof(model));
    model.trigger = 1;
    for (unsigned round = 0; round < MODEL_ROUNDS; round++) {
        unsigned number = (unsigned)(support_random() % 8);
        switch (support_random() % 16) {
        case 0:
            model_type();
            break;
        case 1:
        case 2:
        case 3:
        case 4:
        case 5: {
            uint8_t value = random_value(number);
            put(number, value);
            model_put(number, value);
            break;
        }
        default:
            assert_int_equal(get(number), model_get(number));
        }
        assert_int_equal(line(), model_iir() != 1);
    }
    assert_true(model.outs > 2 * UART_OUTPUT_SIZE / 10);
    for (stream.position = model.outs > 4000 ? model.outs - 4000 : 0;;) {
        zone_console_read(zone, &stream);
        assert_int_equal(stream.end, model.outs);
        if (stream.length == 0) {
            break;
        }
        assert_memory_equal(stream.data, model.out + stream.position, stream.length);
        stream.position += stream.length;
    }
    assert_int_equal(stream.position, model.outs);
}

/* The steps of Linux's autoconfig(), autoconfig_16550a() and serial8250_THRE_test(). */
static void linux_finds_a_16550a(void **state) {
    (void)state;
    put(UART_IER, 0);
    assert_int_equal(get(UART_IER) & 0x0f, 0);
    put(UART_IER, 0x0f);
    assert_int_equal(get(UART_IER) & 0x0f, 0x0f);
    put(UART_IER, 0);
    put(UART_MCR, 0x10 | 0x0a);
    assert_int_equal(get(UART_MSR) & 0xf0, 0x90);
    put(UART_MCR, 0);
    put(UART_LCR, 0xbf);
    put(UART_FCR, 0); /* EFR of others */
    put(UART_LCR, 0);
    put(UART_FCR, 1);
    assert_int_equal(get(UART_IIR) >> 6, 3);
    put(UART_LCR, 0x80);
    assert_int_not_equal(get(UART_IIR), 0);
    put(UART_LCR, 0xbf);
    assert_int_not_equal(get(UART_IIR), 0);
    put(UART_LCR, 0);
    put(UART_IER, 0x40);
    assert_int_equal(get(UART_IER), 0);
    put(UART_FCR, 0x21);
    assert_int_equal(get(UART_IIR) & 0xe0, 0xc0);
    put(UART_IER, UART_IER_SENT);
    assert_int_equal(get(UART_IIR) & 1, 0);
    put(UART_IER, 0);
    put(UART_IER, UART_IER_SENT);
    assert_int_equal(get(UART_IIR) & 1, 0);
    assert_int_equal(get(UART_IIR) & 1, 1);
}

static void beside_the_registers_is_nothing(void **state) {
    static const uint64_t beside[] = {0, LV_UART_OFFSET - 1, LV_UART_OFFSET + 8, LV_PAGE_SIZE - 1};
    struct uart_state before = uart->state;

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(beside); i++) {
        struct access access = {.address = beside[i], .size = 8};
        support_access(vcpu, LV_REGION_UART, &access);
        assert_true(access.value == UINT64_MAX);
        access.is_write = true;
        support_access(vcpu, LV_REGION_UART, &access);
    }
    assert_memory_equal(&before, &uart->state, sizeof(before));
    assert_int_equal(uart->output.written, 0);
}

static void say(const char *text) {
    for (; *text != '\0'; text++) {
        put(UART_DATA, (uint8_t)*text);
    }
}

static void output_outlives_a_start(void **state) {
    static struct lv_stream stream;

    (void)state;
    put(UART_IER, UART_IER_ALL);
    say("one");
    assert_int_equal(zone_console_type(zone, (const uint8_t *)"x", 1), 1);
    assert_true(line());
    devices_reset(zone);
    assert_false(line());
    assert_int_equal(get(UART_IER), 0);
    assert_int_equal(get(UART_LSR), UART_LSR_THRE | UART_LSR_TEMT);
    say("two");
    stream.position = 1;
    zone_console_read(zone, &stream);
    assert_int_equal(stream.position, 1);
    assert_int_equal(stream.end, 6);
    assert_int_equal(stream.length, 5);
    assert_memory_equal(stream.data, "netwo", 5);
    devices_init(zone);
    stream.position = 6;
    zone_console_read(zone, &stream);
    assert_int_equal(stream.position, 0);
    assert_int_equal(stream.length, 0);
}

/* The root zone knows that the zones run. */
static void take_events(void) {
    static struct lv_events events;
    cpu_id_t cpu = arch_this_cpu()->id;

    fake_be_cpu(zone_find(0)->vcpus[0].cpu);
    events_take(zone_find(0), &events);
    assert_int_equal(zone_device_lines(zone_find(0), 0), 0);
    fake_be_cpu(cpu);
}

/* One event until somebody reads, and none is missed. */
static void a_flood_is_one_event(void **state) {
    static struct lv_stream stream;
    struct cpu *root_cpu = &cpu_blocks[zone_find(0)->vcpus[0].cpu];

    (void)state;
    assert_false(zone_console_take_sent(zone));
    take_events();
    unsigned rings = atomic_load(&fake.doorbells[root_cpu->phys_id]);
    for (unsigned i = 0; i < 1000; i++) {
        put(UART_DATA, 'x');
    }
    assert_int_equal(atomic_load(&fake.doorbells[root_cpu->phys_id]), rings + 1);
    assert_int_equal(zone_device_lines(zone_find(0), 0), BIT(7));
    assert_true(zone_console_take_sent(zone));
    for (unsigned i = 0; i < 1000; i++) {
        put(UART_DATA, 'y');
    }
    assert_false(zone_console_take_sent(zone));
    assert_int_equal(atomic_load(&fake.doorbells[root_cpu->phys_id]), rings + 1);
    zone_console_read(zone, &stream);
    assert_false(zone_console_take_sent(zone));
    put(UART_DATA, 'z');
    assert_true(zone_console_take_sent(zone));
    assert_false(zone_console_take_sent(zone));
}

/* What waits in a full ring is not lost, and the zone is not asked to take more. */
static void typing_stops_when_the_ring_is_full(void **state) {
    uint8_t text[UART_INPUT_SIZE + 10];

    (void)state;
    for (unsigned i = 0; i < sizeof(text); i++) {
        text[i] = (uint8_t)i;
    }
    assert_int_equal(zone_console_type(zone, text, sizeof(text)), UART_INPUT_SIZE);
    assert_int_equal(zone_console_type(zone, text, 1), 0);
    assert_int_equal(get(UART_DATA), 0);
    assert_int_equal(zone_console_type(zone, text + UART_INPUT_SIZE, 10), 1);
    for (unsigned i = 1; i <= UART_INPUT_SIZE; i++) {
        assert_int_equal(get(UART_LSR) & UART_LSR_READY, UART_LSR_READY);
        assert_int_equal(get(UART_DATA), (uint8_t)i);
    }
    assert_int_equal(get(UART_LSR) & UART_LSR_READY, 0);
}

/* A vector reaches vCPU 0 through the zone's own EIOINTC, and the line falls with its cause. */
static void interrupts_by_vector(void **state) {
    (void)state;
    uart->interrupt = LV_INTERRUPT_VECTOR(VECTOR);
    atomic_store(&cpu_blocks[vcpu->cpu].vcpu, vcpu);
    zone->eiointc.virtual.enable[VECTOR / 32] = (uint32_t)BIT(VECTOR % 32);
    put(UART_IER, UART_IER_RECEIVED);
    assert_int_equal(fake_vcpu(vcpu)->lines, 0);
    fake_be_cpu(0);
    unsigned rings = atomic_load(&fake.doorbells[PHYS_ID(vcpu->cpu)]);
    assert_int_equal(zone_console_type(zone, (const uint8_t *)"a", 1), 1);
    assert_int_equal(atomic_load(&fake.doorbells[PHYS_ID(vcpu->cpu)]), rings + 1);
    fake_be_cpu(vcpu->cpu);
    arch_vcpu_update_lines(vcpu);
    assert_int_equal(fake_vcpu(vcpu)->lines, BIT(1));
    assert_int_equal(get(UART_DATA), 'a');
    assert_int_equal(fake_vcpu(vcpu)->lines, 0);
}

/* Each line is its own, and only a change rings. */
static void device_lines_do_not_touch_each_other(void **state) {
    (void)state;
    fake_be_cpu(0);
    unsigned rings = atomic_load(&fake.doorbells[PHYS_ID(vcpu->cpu)]);
    zone_set_interrupt(zone, LV_INTERRUPT_LINE(2), true);
    zone_set_interrupt(zone, LV_INTERRUPT_LINE(5), true);
    zone_set_interrupt(zone, LV_INTERRUPT_LINE(5), true);
    assert_int_equal(zone_device_lines(zone, 0), BIT(2) | BIT(5));
    assert_int_equal(zone_device_lines(zone, 1), 0);
    zone_set_interrupt(zone, LV_INTERRUPT_LINE(2), false);
    assert_int_equal(zone_device_lines(zone, 0), BIT(5));
    assert_int_equal(atomic_load(&fake.doorbells[PHYS_ID(vcpu->cpu)]), rings + 3);
    zone_set_interrupt(zone, LV_INTERRUPT_NONE, true);
    assert_int_equal(zone_device_lines(zone, 0), BIT(5));
    zone_set_line_everywhere(zone, 5, true);
    zone_set_line_everywhere(zone, 7, true);
    assert_int_equal(zone_device_lines(zone, 1), BIT(5) | BIT(7));
    zone_set_line_everywhere(zone, 5, false);
    assert_int_equal(zone_device_lines(zone, 0), BIT(5) | BIT(7));
    assert_int_equal(zone_device_lines(zone, 1), BIT(7));
    irq_reset(zone);
    assert_int_equal(zone_device_lines(zone, 0), 0);
}

int test_uart(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(behaves_like_the_model, uart_zone),
        cmocka_unit_test_setup(linux_finds_a_16550a, uart_zone),
        cmocka_unit_test_setup(beside_the_registers_is_nothing, uart_zone),
        cmocka_unit_test_setup(output_outlives_a_start, uart_zone),
        cmocka_unit_test_setup(a_flood_is_one_event, uart_zone),
        cmocka_unit_test_setup(typing_stops_when_the_ring_is_full, uart_zone),
        cmocka_unit_test_setup(interrupts_by_vector, uart_zone),
        cmocka_unit_test_setup(device_lines_do_not_touch_each_other, uart_zone),
    };

    return cmocka_run_group_tests_name("uart", tests, NULL, NULL);
}
