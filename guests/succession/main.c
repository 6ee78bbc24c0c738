// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
/*
 * A root zone that makes one zone after the other of the same memory and on the same CPU. The first
 * has a device that writes to its memory (guests/dma) and ends in each way in which a zone can; the
 * second, or the first once it has restarted, watches that memory.
 *
 * Parameters: 0 GPA of the guest's image, 1 its size, 2 pool memory, 3 enum mode, 4 rounds, 5 seed,
 * 6 the second zone's entry.
 * Prints SUCCESSION ERROR lines, SUCCESSION RESULT and SUCCESSION DONE.
 */
#include <rt/console.h>
#include <rt/succession.h>
#include <rt/zone.h>

enum mode {
    MODE_NETWORK = 1,
    MODE_DISK,
    MODE_DISK_BEHIND_BRIDGE,
    MODE_ROOT_DISK, /* the root zone's own, over its own restart */
    MODE_TRACES,    /* guests/traces: no device, but all else that a zone can leave */
};

/* How a life ends, in turns. */
enum end {
    END_STOP,
    END_RESTART,
    END_POWEROFF,
    END_REBOOT,
    END_FAILURE,
    END_FAILURE_RESTARTS,
    END_WATCHDOG,
    ENDS,
};

#define FIRST_ZONE  1u
#define SECOND_ZONE 2u
#define ZONE_CPU    2u
#define ZONE_LOAD   0x200000UL /* guests.mk: GUEST_ZONE_BASE */
#define STORE_SIZE  0x200000UL
#define RAM_AT      0x1000000UL /* in the pool, behind the store */
#define RAM_SIZE    0x1000000UL
#define FAR_AT      0x2000000UL
#define FAR_SIZE    0x200000UL
#define WATCHDOG_MS 500u
#define WAIT_S      60u
#define WORD_MAX    16u

/* The machine's functions (test_succession.py). */
#define NETWORK_DEVFN (5u << 3)
#define DISK_DEVFN    (6u << 3)
#define PORT_DEVFN    (7u << 3)
#define PORT_BUS      1u
#define PORT_MEMORY   (SUCCESSION_MEMORY + 0x200000)
#define PORT_SIZE     0x100000UL

/* Registers of the port. */
#define PCI_COMMAND      0x04u
#define PORT_BUSES       0x18u
#define PORT_WINDOW      0x20u
#define PORT_PREFETCH    0x24u
#define COMMAND_ON       6u /* decodes memory, masters the bus */
#define PORT_BUSES_VALUE (PORT_BUS << 16 | PORT_BUS << 8)
#define PREFETCH_NONE    0x0000fff0u
#define PORT_WINDOW_VALUE                                                                          \
    ((uint32_t)(PORT_MEMORY >> 16 | ((PORT_MEMORY + PORT_SIZE - 1) & 0xfff00000)))

/* Of the root zone over its own restart. */
#define LIFE_GPA     0x06000000UL
#define LIFE_PATTERN 0x5ec0d11fe5ec0d11UL
#define ENOUGH_READS 8u

static struct lv_zone_config config;
static struct lv_zone_summary list[LV_MAX_ZONES];
static struct lv_stream output; /* what the zone has said, and where that is read */
static struct lv_stream input;
static struct rt_random seeded;
static enum mode mode;
static bool echoes; /* what a zone says is printed */

static void error(const char *what, uint64_t a, int64_t b) {
    rt_printf("SUCCESSION ERROR %s: %lu %ld\n", what, a, b);
}

static void expect(const char *what, uint64_t zone, int64_t result) {
    if (result != 0) {
        error(what, zone, result);
    }
}

/* ---- zones ---- */

static uint32_t zone_state(uint32_t id) {
    int64_t count = rt_hypercall(LV_HYPERCALL_LIST, rt_phys(list), LV_MAX_ZONES);
    const volatile struct lv_zone_summary *zones = list;

    for (int64_t i = 0; i < count; i++) {
        if (zones[i].zone_id == id) {
            return zones[i].state;
        }
    }
    return LV_STATE_ABSENT;
}

static void zone_wait(uint32_t id, uint32_t state) {
    uint64_t limit = rdtime() + WAIT_S * rt_ticks_per_second();

    while (zone_state(id) != state) {
        if (rdtime() > limit) {
            error("waited in vain for the state", state, zone_state(id));
            return;
        }
    }
}

static void region_add(uint32_t type, uint64_t hpa, uint64_t gpa, uint64_t size) {
    config.regions[config.num_regions++] =
        (struct lv_region){.type = type, .hpa = hpa, .gpa = gpa, .size = size};
}

static uint64_t device_base(void) {
    return mode == MODE_DISK_BEHIND_BRIDGE ? PORT_MEMORY : SUCCESSION_MEMORY;
}

static void function_give(uint64_t ram) {
    bool behind = mode == MODE_DISK_BEHIND_BRIDGE;

    config.boot_args[0] = mode == MODE_NETWORK ? SUCCESSION_NETWORK : SUCCESSION_DISK;
    config.boot_args[1] = ram;
    config.boot_args[2] = device_base();
    region_add(LV_REGION_PCI_CONFIG, 0, SUCCESSION_CONFIG, 0x20000000);
    region_add(LV_REGION_IO, SUCCESSION_IO, SUCCESSION_IO, 0xc000);
    region_add(LV_REGION_IO, device_base(), device_base(), PORT_SIZE);
    config.num_pci_functions = 1;
    config.pci_functions[0] =
        (struct lv_pci_function){.bus = behind ? PORT_BUS : 0,
                                 .devfn = (uint8_t)(behind                 ? 0
                                                    : mode == MODE_NETWORK ? NETWORK_DEVFN
                                                                           : DISK_DEVFN),
                                 .zone_devfn = SUCCESSION_DEVFN};
}

static void config_clear(void) {
    volatile uint64_t *words = (volatile uint64_t *)&config;

    for (uint64_t i = 0; i < sizeof(config) / sizeof(*words); i++) {
        words[i] = 0;
    }
}

static void store_fill(uint64_t store) {
    const uint64_t *from = rt_cached(rt_param(0, 0));
    uint64_t *to = rt_cached(store);

    for (uint64_t i = 0; i < rt_param(1, 0) / sizeof(*from); i++) {
        to[i] = from[i];
    }
}

static void zone_describe(uint32_t id) {
    uint64_t store = rt_param(2, 0);

    config_clear();
    config.magic = LV_ZONE_MAGIC;
    config.version = LV_ZONE_VERSION;
    config.size = sizeof(config);
    config.zone_id = id;
    config.flags = LV_ZONE_CLEAR_RAM;
    config.name[0] = id == FIRST_ZONE ? 'a' : 'b';
    config.cpus = 1UL << ZONE_CPU;
    config.entry = ZONE_LOAD;
    region_add(LV_REGION_RAM, store + RAM_AT, 0, RAM_SIZE);
    region_add(LV_REGION_UART, 0, LV_UART_PAGE, 0x1000);
    region_add(LV_REGION_POWER, 0, LV_POWER_PAGE, 0x1000);
    config.store_hpa = store;
    config.store_size = STORE_SIZE;
    config.num_payloads = 1;
    config.payloads[0] = (struct lv_payload){.gpa = ZONE_LOAD, .size = rt_param(1, 0)};
    store_fill(store);
}

static void zone_make(uint32_t id) {
    output.position = 0;
    expect("create", id, rt_hypercall(LV_HYPERCALL_CREATE, rt_phys(&config), sizeof(config)));
    expect("start", id, rt_hypercall(LV_HYPERCALL_START, id, 0));
}

static void zone_unmake(uint32_t id) {
    expect("destroy", id, rt_hypercall(LV_HYPERCALL_DESTROY, id, 0));
    zone_wait(id, LV_STATE_ABSENT);
}

static void zone_stop(uint32_t id) {
    expect("stop", id, rt_hypercall(LV_HYPERCALL_STOP, id, LV_STOP_FORCE));
    zone_wait(id, LV_STATE_STOPPED);
}

/* ---- talking to a zone ---- */

static void type(uint32_t id, char c) {
    volatile struct lv_stream *stream = &input;

    stream->length = 1;
    stream->data[0] = (uint8_t)c;
    int64_t taken = rt_hypercall(LV_HYPERCALL_CONSOLE_WRITE, id, rt_phys(&input));
    if (taken != 1) {
        error("typing", id, taken);
    }
}

/* The next character that the zone has sent, or 0. */
static char heard(uint32_t id) {
    volatile struct lv_stream *stream = &output;

    stream->length = 0;
    expect("listening", id, rt_hypercall(LV_HYPERCALL_CONSOLE_READ, id, rt_phys(&output)));
    if (stream->length == 0) {
        return '\0';
    }
    stream->position++;
    if (echoes && stream->data[0] != '\r') {
        rt_putc((char)stream->data[0]);
    }
    return (char)stream->data[0];
}

/* Waits for a line that begins with the word; the number behind it. */
static uint64_t hear(uint32_t id, const char *word) {
    uint64_t limit = rdtime() + WAIT_S * rt_ticks_per_second();
    uint64_t number = 0;
    uint32_t matched = 0;

    while (rdtime() < limit) {
        char c = heard(id);
        if (word[matched] == '\0' && c >= '0' && c <= '9') {
            number = number * 10 + (uint64_t)(c - '0');
        } else if (word[matched] == '\0' && c == '\n') {
            return number;
        } else if (word[matched] != '\0' && c != '\0') {
            matched = c == word[matched] ? matched + 1 : 0;
        }
    }
    rt_printf("SUCCESSION ERROR zone %u did not say %s\n", id, word);
    return 0;
}

/* What the zone has found, which ends then. */
static uint64_t look(uint32_t id) {
    (void)hear(id, SUCCESSION_READY);
    type(id, SUCCESSION_CHECK);
    uint64_t found = hear(id, "FOUND");
    zone_stop(id);
    zone_unmake(id);
    return found;
}

/* ---- the bridge ---- */

static volatile uint32_t *port(uint32_t reg) {
    return (volatile uint32_t *)((volatile uint8_t *)rt_uncached(SUCCESSION_CONFIG +
                                                                 PORT_DEVFN * 256UL) +
                                 reg);
}

static void port_open(void) {
    *port(PORT_BUSES) = PORT_BUSES_VALUE;
    *port(PORT_WINDOW) = PORT_WINDOW_VALUE;
    *port(PORT_PREFETCH) = PREFETCH_NONE;
    *port(PCI_COMMAND) = COMMAND_ON;
}

/* Changes nothing while what is behind it is another zone's. */
static void port_try(bool is_shared) {
    static const uint32_t regs[] = {PCI_COMMAND, PORT_BUSES, PORT_WINDOW};

    for (uint32_t i = 0; i < RT_ARRAY_SIZE(regs); i++) {
        uint32_t before = *port(regs[i]);
        *port(regs[i]) = 0;
        if ((*port(regs[i]) == before) != is_shared) {
            error("the bridge's register, whether it is shared", regs[i], is_shared);
        }
        *port(regs[i]) = before;
    }
}

/* ---- traces ---- */

#define PIC       0x10000000UL
#define PIC_MASK  0x20u
#define PIC_HT    0x40u
#define PIC_ROUTE 0x100u
#define PIC_HTMSI 0x200u
#define UART_PIN  2u
#define MISC_FUNC 0x420u
#define EXT_INT   (1UL << 48)
/* Of the first zone's hardware vectors, 0 to 31, and of those that it has in software. */
#define UART_VECTOR 7u
#define RAISED      40u

/* The root zone's UART, which is idle, interrupts the first zone. */
static void uart_interrupts(void) {
    volatile uint8_t *pic = rt_uncached(PIC);
    volatile uint8_t *uart = rt_uncached(RT_UART_BASE);

    iocsr_write64(MISC_FUNC, iocsr_read64(MISC_FUNC) | EXT_INT);
    pic[PIC_ROUTE + UART_PIN] = 1;
    pic[PIC_HTMSI + UART_PIN] = UART_VECTOR;
    *(volatile uint64_t *)(pic + PIC_HT) = ~0UL;
    *(volatile uint64_t *)(pic + PIC_MASK) = ~(1UL << UART_PIN);
    uart[RT_UART_IER] = 2; /* THRE */
}

static void leaver_make(void) {
    zone_describe(FIRST_ZONE);
    config.vectors[0] = UINT32_MAX;
    config.cpu_lines = 0xf;
    region_add(LV_REGION_RAM, rt_param(2, 0) + FAR_AT, SUCCESSION_FAR, FAR_SIZE);
    zone_make(FIRST_ZONE);
}

/* What the second zone, which may have the first one's number, finds of the first. */
static uint64_t traces_run(uint32_t second) {
    echoes = false;
    leaver_make();
    (void)hear(FIRST_ZONE, SUCCESSION_READY);
    uart_interrupts();
    type(FIRST_ZONE, SUCCESSION_RUN);
    (void)hear(FIRST_ZONE, "RUNS");
    expect("raise", RAISED, rt_hypercall(LV_HYPERCALL_RAISE_VECTOR, FIRST_ZONE, RAISED));
    rt_delay(rt_ticks_per_second() / 20);
    zone_stop(FIRST_ZONE);
    zone_unmake(FIRST_ZONE);
    zone_describe(second);
    config.cpu_lines = 0xff;
    config.entry = rt_param(6, ZONE_LOAD);
    zone_make(second);
    echoes = true;
    return look(second);
}

/* ---- rounds ---- */

static bool end_is_a_restart(enum end end) {
    return end == END_RESTART || end == END_REBOOT || end == END_FAILURE_RESTARTS;
}

/* Somewhere in the middle of what the device does. */
static void linger(void) {
    rt_delay(rt_random_below(&seeded, rt_ticks_per_second() / 50));
}

static void end_command(enum end end) {
    if (end == END_STOP) {
        expect("stop", end, rt_hypercall(LV_HYPERCALL_STOP, FIRST_ZONE, LV_STOP_FORCE));
    } else {
        expect("restart", end, rt_hypercall(LV_HYPERCALL_RESTART, FIRST_ZONE, 0));
    }
}

static void life_end(enum end end) {
    static const char typed[ENDS] = {[END_POWEROFF] = SUCCESSION_POWEROFF,
                                     [END_REBOOT] = SUCCESSION_REBOOT,
                                     [END_FAILURE] = SUCCESSION_FAIL,
                                     [END_FAILURE_RESTARTS] = SUCCESSION_FAIL,
                                     [END_WATCHDOG] = SUCCESSION_SILENCE};

    linger();
    if (typed[end] == '\0') {
        end_command(end);
    } else {
        type(FIRST_ZONE, typed[end]);
    }
}

static void first_make(enum end end) {
    zone_describe(FIRST_ZONE);
    function_give(rt_param(2, 0) + RAM_AT);
    config.on_reboot = LV_POLICY_RESTART;
    config.on_failure = end == END_FAILURE_RESTARTS ? LV_POLICY_RESTART : LV_POLICY_STOP;
    config.watchdog_ms = end == END_WATCHDOG ? WATCHDOG_MS : 0;
    zone_make(FIRST_ZONE);
}

/* How many words of the memory anything has written to after the first zone's life. */
static uint64_t round_run(enum end end) {
    uint64_t found = 0;

    first_make(end);
    (void)hear(FIRST_ZONE, SUCCESSION_READY);
    type(FIRST_ZONE, SUCCESSION_RUN);
    (void)hear(FIRST_ZONE, "RUNS");
    if (mode == MODE_DISK_BEHIND_BRIDGE) {
        port_try(true);
    }
    life_end(end);
    if (end_is_a_restart(end)) {
        found += look(FIRST_ZONE);
    } else {
        zone_wait(FIRST_ZONE,
                  end == END_FAILURE || end == END_WATCHDOG ? LV_STATE_FAILED : LV_STATE_STOPPED);
        zone_unmake(FIRST_ZONE);
    }
    if (mode == MODE_DISK_BEHIND_BRIDGE) {
        port_try(false);
    }
    zone_describe(SECOND_ZONE);
    zone_make(SECOND_ZONE);
    return found + look(SECOND_ZONE);
}

static void zones_run(uint64_t rounds) {
    uint64_t total = 0;

    for (uint64_t round = 0; round < rounds; round++) {
        enum end end = (enum end)(round % ENDS);
        uint64_t found =
            mode == MODE_TRACES ? traces_run(FIRST_ZONE + (uint32_t)round % 2) : round_run(end);
        if (found != 0) {
            error("found after the end, end, words or traces", end, (int64_t)found);
        }
        total += found;
        rt_printf("SUCCESSION ROUND %lu\n", round + 1);
    }
    rt_printf("SUCCESSION RESULT ROUNDS %lu FOUND %lu\n", rounds, total);
}

/* ---- the root zone's own restart ---- */

static volatile uint64_t *life(void) {
    return rt_cached(LIFE_GPA);
}

static void own_memory_fill(void) {
    volatile uint64_t *words = rt_cached(RT_DMA_GPA);

    for (uint64_t i = 0; i < RT_DMA_SIZE / sizeof(*words); i++) {
        words[i] = 0;
    }
}

static void root_run(uint64_t rounds) {
    const struct rt_dma device = {.config = SUCCESSION_CONFIG + DISK_DEVFN * 256UL,
                                  .registers = SUCCESSION_MEMORY,
                                  .bar = SUCCESSION_MEMORY};

    if (life()[0] != LIFE_PATTERN) {
        life()[0] = LIFE_PATTERN;
        life()[1] = 0;
        life()[2] = 0;
    } else {
        own_memory_fill();
        rt_delay(rt_ticks_per_second() / 10);
        life()[2] += rt_dma_count();
        life()[1]++;
        rt_printf("SUCCESSION ROUND %lu\n", life()[1]);
    }
    if (life()[1] == rounds) {
        rt_printf("SUCCESSION RESULT ROUNDS %lu FOUND %lu\n", rounds, life()[2]);
        return;
    }
    seeded.state += life()[1];
    if (!rt_dma_disk_start(&device)) {
        error("no disk", 0, 0);
    }
    uint64_t end = rdtime() + rt_random_below(&seeded, rt_ticks_per_second() / 50);
    while (rdtime() < end || rt_dma_disk_step() < ENOUGH_READS) {
        (void)rt_dma_disk_step();
    }
    *((volatile uint8_t *)rt_uncached(LV_POWER_PAGE) + LV_POWER_RESET) = LV_POWER_RESET_NOW;
}

void rt_main(void) {
    rt_zone_begin();
    mode = (enum mode)rt_param(3, MODE_DISK);
    seeded.state = rt_param(5, 1);
    if (mode == MODE_DISK_BEHIND_BRIDGE) {
        port_open();
    }
    if (mode == MODE_ROOT_DISK) {
        root_run(rt_param(4, ENDS));
    } else {
        zones_run(rt_param(4, ENDS));
    }
    rt_printf("SUCCESSION DONE\n");
    rt_zone_end();
}
