// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The end of a zone's life, core/zone_life.c and devices/pci_reset.c: whatever ends it, its PCI
 * functions are reset, its vectors off and taken back, and nobody has a pointer into its RAM.
 */
#include <irq/ipi.h>
#include <irq/eiointc.h>
#include <support.h>
#include <irq/interrupt.h>
#include <compat/hvisor/bridge.h>
#include <lib/bits.h>
#include <string.h>

#define DEVFN(device) ((device) << 3)

#define COMMAND  0x04u
#define STATUS   0x06u
#define CLASS    0x0au
#define HEADER   0x0eu
#define BUSES    0x18u
#define POINTER  0x34u
#define POWER    0x40u
#define ADVANCED 0x50u
#define MSI      0x60u
#define MSIX     0x70u
#define EXPRESS  0x80u

#define QUIET     0x400u
#define MASTERING 4u

#define EIO_ENABLE   0x1600u
#define EIO_STATUS   0x1800u
#define EIO_CORE_MAP 0x1c00u
#define FIRST_GROUP  2u /* zone 1 owns 64 to 127 */
#define GROUPS       2u

/* What a function can do to reset itself. */
enum kind { PLAIN, FLR, AF, D3, D3_KEEPS, BRIDGE, HOST };

/* A function on the bus. Memory writes that it has posted come out when it is read. */
struct function {
    uint8_t bus;
    uint8_t devfn;
    enum kind kind;
    bool is_armed;    /* its driver has told it where to write */
    unsigned writes;  /* to its registers */
    unsigned pending; /* looks at its status until it waits for no answer any more */
    unsigned resets;
    ticks_t reset_at;
    bool read_back; /* since its bus mastering was switched off */
    uint8_t registers[256];
};

static struct test_image *image;
static struct function functions[8];
static unsigned num_functions;

static void put16(struct function *function, unsigned reg, unsigned value) {
    function->registers[reg] = (uint8_t)value;
    function->registers[reg + 1] = (uint8_t)(value >> 8);
}

static unsigned get16(const struct function *function, unsigned reg) {
    return function->registers[reg] | (unsigned)function->registers[reg + 1] << 8;
}

static void capability_put(struct function *function, unsigned at, uint8_t id) {
    function->registers[at] = id;
    function->registers[at + 1] = function->registers[POINTER];
    function->registers[POINTER] = (uint8_t)at;
    put16(function, STATUS, 0x10);
}

static struct function *function_add(uint8_t bus, uint8_t devfn, enum kind kind) {
    struct function *function = &functions[num_functions++];

    *function = (struct function){.bus = bus, .devfn = devfn, .kind = kind, .is_armed = true};
    put16(function, 0, 0x10ec);
    put16(function, CLASS, kind == BRIDGE ? 0x0604 : kind == HOST ? 0x0600 : 0x0200);
    function->registers[HEADER] = kind == BRIDGE ? 0x81 : 0x80;
    put16(function, COMMAND, MASTERING | 3);
    capability_put(function, MSI, 5);
    put16(function, MSI + 2, 0x81);
    capability_put(function, MSIX, 0x11);
    put16(function, MSIX + 2, 0x8003);
    capability_put(function, POWER, 1);
    put16(function, POWER + 4, kind == D3 ? 0 : 8);
    if (kind == FLR) {
        capability_put(function, EXPRESS, 0x10);
        function->registers[EXPRESS + 7] = 0x10;
        function->pending = 3;
    }
    if (kind == AF) {
        capability_put(function, ADVANCED, 0x13);
        function->registers[ADVANCED + 3] = 3;
    }
    return function;
}

static void function_reset(struct function *function) {
    /* Neither while it masters the bus nor while it waits for what it has asked for. */
    assert_int_equal(get16(function, COMMAND) & MASTERING, 0);
    assert_int_equal(function->pending, 0);
    function->resets++;
    function->is_armed = false;
    function->reset_at = fake.now;
    put16(function, COMMAND, 0);
}

static void function_written(struct function *function, unsigned reg, unsigned old) {
    if (reg == COMMAND) {
        function->read_back = false;
    } else if (function->kind == FLR && reg == EXPRESS + 8 &&
               (get16(function, EXPRESS + 8) & 0x8000) != 0) {
        function->registers[EXPRESS + 9] &= 0x7f;
        function_reset(function);
    } else if (function->kind == AF && reg == ADVANCED + 4 &&
               (function->registers[ADVANCED + 4] & 1) != 0) {
        function->registers[ADVANCED + 4] = 0;
        function_reset(function);
    } else if (function->kind == D3 && reg == POWER + 4 && old == 3 &&
               (function->registers[POWER + 4] & 3) == 0) {
        /* Ten milliseconds after the way there. */
        assert_true(fake.now - function->reset_at >= FAKE_HZ / 100);
        function_reset(function);
    } else if (reg == POWER + 4) {
        function->reset_at = fake.now;
    }
}

static void function_access(struct function *function, struct fake_access *access) {
    unsigned reg = access->address & 0xfff;
    unsigned old = function->registers[reg];

    assert_true(reg + access->size <= sizeof(function->registers));
    if (access->is_write) {
        function->writes++;
        memcpy(&function->registers[reg], &access->value, access->size);
        function_written(function, reg, old);
        return;
    }
    function->read_back |= (get16(function, COMMAND) & MASTERING) == 0;
    if (function->kind == FLR && reg == EXPRESS + 10) {
        put16(function, reg, function->pending > 0 ? 0x20 : 0);
        function->pending -= function->pending > 0 ? 1 : 0;
    }
    memcpy(&access->value, &function->registers[reg], access->size);
}

static bool bus_access(struct fake_access *access) {
    uint64_t offset = access->address - BOARD_PCI_BASE;

    if (offset >= BOARD_PCI_SIZE) {
        return false;
    }
    for (unsigned i = 0; i < num_functions; i++) {
        if (offset >> 12 == ((uint64_t)functions[i].bus << 8 | functions[i].devfn)) {
            function_access(&functions[i], access);
            return true;
        }
    }
    assert_false(access->is_write);
    access->value = UINT64_MAX;
    return true;
}

static int machine_with_a_bus(void **state) {
    support_reset(state);
    image = support_image();
    image->header.board.pci_access = LV_PCI_ECAM;
    num_functions = 0;
    fake.on_mmio = bus_access;
    return 0;
}

static struct zone *zone_with(struct function *function) {
    struct lv_zone_config *config = &image->zones[1];

    config->pci_functions[config->num_pci_functions++] =
        (struct lv_pci_function){.bus = function->bus,
                                 .devfn = function->devfn,
                                 .zone_bus = 0,
                                 .zone_devfn = function->devfn};
    support_create_zone(image, 1);
    return zone_find(1);
}

/* The guest's driver: bus mastering on, and told where to write. */
static void function_use(struct function *function) {
    function->is_armed = true;
    function->pending = function->kind == FLR ? 3 : 0;
    put16(function, COMMAND, MASTERING | 3);
    put16(function, MSI + 2, 0x81);
    put16(function, MSIX + 2, 0x8003);
    put16(function, POWER + 4, function->kind == D3 ? 0 : 8);
    function->read_back = false;
    function->resets = 0;
}

static void assert_quiet(const struct function *function) {
    assert_int_equal(get16(function, COMMAND) & 7, 0);
    assert_true(function->read_back);
    assert_int_equal(get16(function, MSI + 2), 0x80);
    assert_int_equal(get16(function, MSIX + 2), 3);
}

static void reboot_zone(void *zone) {
    zone_reboot(zone);
}

static void power_off_zone(void *zone) {
    zone_power_off(zone);
}

static void fail_exit(void *vcpu) {
    vcpu_exit_done(vcpu, VERDICT_UNHANDLED, "test exit");
}

static void let_watchdog_bark(void *vcpu) {
    fake.now += FAKE_HZ;
    vcpu_exit_done(vcpu, vcpu_check_watchdog(vcpu), "test exit");
}

static void end_by_command(struct zone *zone) {
    assert_true(zone_force_stop(zone));
}

static void end_by_restart(struct zone *zone) {
    assert_true(zone_restart(zone));
}

/* By what vCPU 0's CPU does. */
static void end_by(struct zone *zone, void (*function)(void *), void *argument) {
    fake_be_cpu(zone->vcpus[0].cpu);
    assert_int_equal(fake_call(function, argument), FAKE_LEFT);
    fake_be_cpu(0);
}

static void end_by_power_off(struct zone *zone) {
    end_by(zone, power_off_zone, zone);
}

static void end_by_reboot(struct zone *zone) {
    end_by(zone, reboot_zone, zone);
}

static void end_by_failure(struct zone *zone) {
    end_by(zone, fail_exit, &zone->vcpus[0]);
}

static void end_by_watchdog(struct zone *zone) {
    zone->config.watchdog_ms = 10;
    end_by(zone, let_watchdog_bark, &zone->vcpus[0]);
}

static void (*const ends[])(struct zone *zone) = {
    end_by_command, end_by_restart, end_by_power_off,
    end_by_reboot,  end_by_failure, end_by_watchdog,
};

static void every_end_resets_the_functions(void **state) {
    static const enum kind kinds[] = {PLAIN, FLR, AF, D3, D3_KEEPS};

    for (unsigned i = 0; i < ARRAY_SIZE(ends) * ARRAY_SIZE(kinds); i++) {
        enum kind kind = kinds[i % ARRAY_SIZE(kinds)];
        (void)machine_with_a_bus(state);
        struct function *function = function_add(0, DEVFN(5), kind);
        struct zone *zone = zone_with(function);
        function_use(function);
        fake.iocsr.count = 0;
        ends[i / ARRAY_SIZE(kinds)](zone);
        support_leave(zone);
        assert_quiet(function);
        bool can_reset = kind == FLR || kind == AF || kind == D3;
        assert_int_equal(function->resets, can_reset ? 1 : 0);
        assert_int_equal(function->is_armed, !can_reset);
        assert_int_equal(function->registers[POWER + 4] & 3, 0);
        /* It has had its time, and the doorbell was answered meanwhile. */
        assert_true(!can_reset ||
                    fake.now - function->reset_at >= (kind == D3 ? FAKE_HZ / 100 : FAKE_HZ / 10));
        assert_true(fake.cpus[2].answered >= (can_reset ? 10 : 0));
    }
}

/* Its last driver was the root zone's. Later starts find it as the end has left it. */
static void new_owner_finds_its_functions_reset(void **state) {
    (void)state;
    struct function *function = function_add(0, DEVFN(5), FLR);
    struct zone *zone = zone_with(function);
    assert_int_equal(function->resets, 1);
    assert_quiet(function);
    assert_true(zone_restart(zone));
    support_leave(zone);
    assert_int_equal(function->resets, 2);
    assert_int_equal(support_serve(&zone->vcpus[0]), FAKE_ENTERED);
    assert_int_equal(function->resets, 2);
}

/* What else the end finds: a function that sleeps, one that is not there, and a loop of
 * capabilities. */
static void odd_functions_end_too(void **state) {
    (void)state;
    struct function *asleep = function_add(0, DEVFN(5), FLR);
    struct function *loop = function_add(0, DEVFN(6), PLAIN);
    struct lv_zone_config *config = &image->zones[1];
    config->num_pci_functions = 2;
    config->pci_functions[0] = (struct lv_pci_function){.devfn = DEVFN(6), .zone_devfn = DEVFN(6)};
    config->pci_functions[1] = (struct lv_pci_function){.devfn = DEVFN(9), .zone_devfn = DEVFN(9)};
    loop->registers[MSI + 1] = MSI;
    struct zone *zone = zone_with(asleep);
    function_use(asleep);
    asleep->registers[POWER + 4] = 11;
    end_by_command(zone);
    support_leave(zone);
    assert_int_equal(asleep->registers[POWER + 4] & 3, 0);
    assert_int_equal(asleep->resets, 1);
    assert_int_equal(get16(loop, COMMAND), QUIET);
}

/* Its registers would be in somebody's memory. */
static void function_outside_the_boards_space_is_left_alone(void **state) {
    (void)state;
    struct function function = {.bus = 0x80, .devfn = 0};
    struct zone *zone = zone_with(&function);
    fake.mmio.count = 0;
    end_by_command(zone);
    support_leave(zone);
    assert_int_equal(fake.mmio.count, 0);
}

/* Buses lead to other zones' functions. */
static void restart_of_the_root_zone_spares_bridges_and_others(void **state) {
    (void)state;
    struct function *host = function_add(0, 0, HOST);
    struct function *port = function_add(0, DEVFN(1), BRIDGE);
    struct function *own = function_add(0, DEVFN(2), FLR);
    struct function *own_far = function_add(2, DEVFN(3), PLAIN);
    struct function *given = function_add(1, DEVFN(0), FLR);
    port->registers[BUSES + 1] = 1;
    port->registers[BUSES + 2] = 1;
    support_create_zone(image, 0);
    assert_int_equal(own->writes, 0);
    (void)zone_with(given);
    function_use(given);
    host->writes = port->writes = given->writes = 0;
    end_by_restart(zone_find(0));
    support_leave(zone_find(0));
    assert_quiet(own);
    assert_int_equal(own->resets, 1);
    assert_quiet(own_far);
    assert_int_equal(host->writes + port->writes + given->writes, 0);
}

static void root_write(uint64_t offset, unsigned size, uint64_t value) {
    struct access access = {.address = offset, .size = size, .value = value, .is_write = true};

    support_access(&zone_find(0)->vcpus[0], LV_REGION_PCI_CONFIG, &access);
}

static void bridge_above_a_zones_function_is_read_only(void **state) {
    (void)state;
    struct function *port = function_add(0, DEVFN(1), BRIDGE);
    struct function *other = function_add(0, DEVFN(2), BRIDGE);
    struct function *fresh = function_add(0, DEVFN(3), BRIDGE);
    struct function *given = function_add(3, DEVFN(0), PLAIN);
    struct function *flat = function_add(0, DEVFN(4), PLAIN);
    port->registers[BUSES + 1] = 1;
    port->registers[BUSES + 2] = 4;
    other->registers[BUSES + 1] = 5;
    other->registers[BUSES + 2] = 9;
    support_create_zone(image, 0);
    image->zones[1].num_pci_functions = 1;
    image->zones[1].pci_functions[0] =
        (struct lv_pci_function){.devfn = flat->devfn, .zone_devfn = flat->devfn};
    struct zone *zone = zone_with(given);
    for (unsigned reg = COMMAND; reg < 256; reg += 4) {
        root_write((uint64_t)port->devfn << 8 | reg, 4, 0);
        root_write((uint64_t)port->devfn << 8 | reg, 1, 0);
        root_write((uint64_t)other->devfn << 8 | reg, 2, 0x5a5a);
        root_write((uint64_t)fresh->devfn << 8 | BUSES, 4, 0x000a0a00);
    }
    assert_int_equal(port->writes, 0);
    assert_int_equal(other->writes, 63);
    assert_int_equal(fresh->writes, 63);
    end_by_command(zone);
    support_leave(zone);
    assert_true(zone_destroy(zone));
    support_leave(zone);
    root_write((uint64_t)port->devfn << 8 | COMMAND, 2, 0);
    assert_int_equal(port->writes, 1);
}

/* Each CPU takes its own back as it leaves, since no other reaches its status words. */
static void every_end_disables_the_vectors(void **state) {
    for (unsigned end = 0; end < ARRAY_SIZE(ends); end++) {
        (void)machine_with_a_bus(state);
        support_create_zone(image, 1);
        struct zone *zone = zone_find(1);
        fake.iocsr.count = 0;
        for (uint32_t group = FIRST_GROUP; group < FIRST_GROUP + GROUPS; group++) {
            fake_iocsr_set(EIO_ENABLE + group * 4, UINT32_MAX);
            fake_iocsr_set(EIO_CORE_MAP + group * 32, 0x0f0f0f0f);
        }
        fake_iocsr_set(EIO_ENABLE, 0x11111111);
        fake_iocsr_set(EIO_STATUS, 0x22222222);
        ends[end](zone);
        for (uint32_t id = 0; id < zone->num_vcpus; id++) {
            fake_iocsr_set(EIO_STATUS + FIRST_GROUP * 4, 0xf0f0f0f0);
            fake_iocsr_set(EIO_STATUS + FIRST_GROUP * 4 + 4, UINT32_MAX);
            if ((atomic_load(&zone->active) & BIT(id)) != 0) {
                assert_int_equal(support_serve(&zone->vcpus[id]), FAKE_LEFT);
                assert_int_equal(fake_iocsr_get(EIO_STATUS + FIRST_GROUP * 4), 0);
                assert_int_equal(fake_iocsr_get(EIO_STATUS + FIRST_GROUP * 4 + 4), 0);
            }
        }
        for (uint32_t group = FIRST_GROUP; group < FIRST_GROUP + GROUPS; group++) {
            assert_int_equal(fake_iocsr_get(EIO_ENABLE + group * 4), 0);
            assert_int_equal(fake_iocsr_get(EIO_CORE_MAP + group * 32), 0x01010101);
        }
        assert_int_equal(fake_iocsr_get(EIO_ENABLE), 0x11111111);
        assert_int_equal(fake_iocsr_get(EIO_STATUS), 0x22222222);
    }
}

/* Nobody finds what the last life had raised or was told, and the end leaves nothing pending. */
static void what_was_raised_ends_with_the_life(void **state) {
    (void)machine_with_a_bus(state);
    support_create_zone(image, 1);
    struct zone *zone = zone_find(1);
    zone_set_interrupt(zone, LV_INTERRUPT_LINE(4), true);
    zone_set_line_everywhere(zone, 5, true);
    atomic_store(&zone->devices.power.button, true);
    fake_be_cpu(1);
    eiointc_write(&zone->vcpus[0], EIO_ENABLE, 4, UINT32_MAX);
    fake_be_cpu(0);
    zone_set_interrupt(zone, LV_INTERRUPT_VECTOR(9), true);
    atomic_store(&zone->vcpus[1].ipi.status, BIT(3));
    assert_true(zone_device_lines(zone, 0) != 0 && eiointc_virtual_lines(&zone->eiointc, 0) != 0);
    end_by_command(zone);
    support_leave(zone);
    assert_int_equal(zone_device_lines(zone, 0), 0);
    assert_int_equal(zone_device_lines(zone, 1), 0);
    assert_int_equal(eiointc_virtual_lines(&zone->eiointc, 0), 0);
    assert_false(atomic_load(&zone->devices.power.button));
    assert_int_equal(atomic_load(&zone->vcpus[1].ipi.status), 0);
}

int test_end(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_end_resets_the_functions),
        cmocka_unit_test_setup(new_owner_finds_its_functions_reset, machine_with_a_bus),
        cmocka_unit_test_setup(odd_functions_end_too, machine_with_a_bus),
        cmocka_unit_test_setup(function_outside_the_boards_space_is_left_alone, machine_with_a_bus),
        cmocka_unit_test_setup(restart_of_the_root_zone_spares_bridges_and_others,
                               machine_with_a_bus),
        cmocka_unit_test_setup(bridge_above_a_zones_function_is_read_only, machine_with_a_bus),
        cmocka_unit_test(every_end_disables_the_vectors),
        cmocka_unit_test(what_was_raised_ends_with_the_life),
    };

    return cmocka_run_group_tests_name("the end of a life", tests, NULL, NULL);
}
