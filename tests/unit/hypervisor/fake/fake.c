// SPDX-License-Identifier: GPL-2.0-or-later
#include <irq/ipi.h>
#include <irq/eiointc.h>
#include <fake.h>
#include <arch/stage2.h>
#include <core/checked.h>
#include <irq/interrupt.h>
#include <run_layout.h>
#include <core/zone_life.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* 16550 registers and bits. */
#define UART_DATA      0u
#define UART_LCR       3u
#define UART_LSR       5u
#define UART_REGISTERS 8u
#define UART_LSR_THRE  0x20u
#define UART_LCR_DLAB  0x80u

#define EIOINTC_STATUS     0x1800u
#define EIOINTC_STATUS_END 0x1820u
#define ANY_SEND           0x1158u

struct fake fake;

static uint8_t ram[FAKE_RAM_SIZE];
static uint8_t uart_lcr;
static _Thread_local struct cpu *this_cpu;
static _Thread_local jmp_buf *way_out;

void fake_reset(void) {
    memset(&fake, 0, sizeof(fake));
    fake.uart_ready = true;
    fake.step = 1000;
    uart_lcr = 0;
    run_layout_set(RUN_LAYOUT_ONE, 0);
    state_reset();
    stage2_init();
    fake_put(ram, FAKE_RAM_SIZE, FAKE_RAM_BASE);
    fake_be_cpu(0);
}

void fake_be_cpu(cpu_id_t id) {
    this_cpu = &cpu_blocks[id];
}

struct fake_vcpu *fake_vcpu(const struct vcpu *vcpu) {
    return &fake.vcpus[vcpu->cpu];
}

void fake_put(const void *object, uint64_t size, hpa_t hpa) {
    assert_true(fake.num_places < FAKE_PLACES);
    fake.places[fake.num_places++] =
        (struct fake_place){.object = object, .size = size, .hpa = hpa};
}

uint8_t *fake_ram(hpa_t hpa) {
    assert_in_range(hpa, FAKE_RAM_BASE, FAKE_RAM_BASE + FAKE_RAM_SIZE - 1);
    return &ram[hpa - FAKE_RAM_BASE];
}

enum fake_end fake_call(void (*function)(void *), void *argument) {
    jmp_buf *outer = way_out;
    jmp_buf here;
    /* What longjmp() brings is written by the fake and read here, nothing between may be cached. */
    volatile int end = setjmp(here);

    if (end == FAKE_RETURNED) {
        way_out = &here;
        function(argument);
    }
    way_out = outer;
    return (enum fake_end)end;
}

static _Noreturn void fake_leave(enum fake_end end) {
    if (way_out == NULL) {
        abort();
    }
    longjmp(*way_out, (int)end);
}

static void fake_note(struct fake_record *record, bool is_write, uint64_t address, unsigned size,
                      uint64_t value) {
    assert_true(record->count < FAKE_RECORDS);
    record->accesses[record->count++] = (struct fake_access){
        .is_write = is_write, .address = address, .size = size, .value = value};
}

unsigned fake_count(const struct fake_record *record, bool is_write, uint64_t address) {
    unsigned count = 0;

    for (unsigned i = 0; i < record->count; i++) {
        const struct fake_access *access = &record->accesses[i];
        count += access->is_write == is_write && access->address == address ? 1 : 0;
    }
    return count;
}

const struct fake_access *fake_last(const struct fake_record *record) {
    assert_true(record->count > 0);
    return &record->accesses[record->count - 1];
}

void *arch_memory(hpa_t hpa) {
    for (unsigned i = 0; i < fake.num_places; i++) {
        const struct fake_place *place = &fake.places[i];
        if (hpa - place->hpa < place->size) {
            return (void *)(uintptr_t)(place->object + (hpa - place->hpa));
        }
    }
    return (void *)hpa;
}

/* An object of the hypervisor that no test has put anywhere has its own address. */
hpa_t arch_hpa(const void *object) {
    for (unsigned i = 0; i < fake.num_places; i++) {
        const struct fake_place *place = &fake.places[i];
        if ((uintptr_t)object - (uintptr_t)place->object < place->size) {
            return place->hpa + ((uintptr_t)object - (uintptr_t)place->object);
        }
    }
    return (hpa_t)(uintptr_t)object;
}

static bool is_uart(hpa_t hpa) {
    return hpa - FAKE_UART_BASE < UART_REGISTERS;
}

/* Devices of a test: what they take is not recorded. */
static bool is_test_device(struct fake_access *access) {
    return fake.on_mmio != NULL && fake.on_mmio(access);
}

uint64_t arch_mmio_read(hpa_t hpa, unsigned size) {
    struct fake_access access = {.address = hpa, .size = size};

    if (is_test_device(&access)) {
        return access.value;
    }
    if (!is_uart(hpa)) {
        fake_note(&fake.mmio, false, hpa, size, fake.mmio_value);
        return fake.mmio_value;
    }
    assert_int_equal(size, 1);
    fake.uart_polls++;
    bool takes = fake.uart_ready && fake.now >= fake.uart_busy_until;
    return hpa == FAKE_UART_BASE + UART_LSR && takes ? UART_LSR_THRE : 0;
}

static void uart_write(unsigned number, uint8_t value) {
    if (number == UART_LCR) {
        uart_lcr = value;
    }
    if (number == UART_DATA && (uart_lcr & UART_LCR_DLAB) == 0) {
        assert_true(fake.uart_length + 1 < FAKE_UART_TEXT);
        fake.uart_text[fake.uart_length++] = (char)value;
        fake.uart_busy_until = fake.now + fake.uart_pause;
    }
}

void arch_mmio_write(hpa_t hpa, unsigned size, uint64_t value) {
    struct fake_access access = {.is_write = true, .address = hpa, .size = size, .value = value};

    if (is_test_device(&access)) {
        return;
    }
    if (is_uart(hpa)) {
        assert_int_equal(size, 1);
        uart_write((unsigned)(hpa - FAKE_UART_BASE), (uint8_t)value);
    } else {
        fake_note(&fake.mmio, true, hpa, size, value);
    }
}

uint32_t fake_iocsr_get(uint32_t number) {
    uint32_t value;

    memcpy(&value, &fake.iocsrs[number], sizeof(value));
    return value;
}

void fake_iocsr_set(uint32_t number, uint32_t value) {
    memcpy(&fake.iocsrs[number], &value, sizeof(value));
}

/* QEMU takes accesses of 4 and 8 bytes, naturally aligned, and ends on numbers out of range. */
static void iocsr_demand(uint32_t number, unsigned size) {
    assert_true(size == 4 || size == 8);
    assert_int_equal(number % size, 0);
    assert_true(number + size <= FAKE_IOCSRS);
}

uint64_t arch_iocsr_read(uint32_t number, unsigned size) {
    uint64_t value = 0;

    iocsr_demand(number, size);
    memcpy(&value, &fake.iocsrs[number], size);
    fake_note(&fake.iocsr, false, number, size, value);
    return value;
}

/* ANY_SEND to this CPU's own registers: four bytes but for those of the keep-mask. */
static void iocsr_any_send(uint64_t value) {
    uint32_t number = (uint32_t)value & 0xffff;

    iocsr_demand(number, 4);
    assert_int_equal(value >> 16 & 0x3ff, this_cpu->phys_id);
    for (unsigned byte = 0; byte < 4; byte++) {
        if ((value >> (27 + byte) & 1) == 0) {
            fake.iocsrs[number + byte] = (uint8_t)(value >> (32 + byte * 8));
        }
    }
}

void arch_iocsr_write(uint32_t number, unsigned size, uint64_t value) {
    uint64_t old = 0;

    iocsr_demand(number, size);
    fake_note(&fake.iocsr, true, number, size, value);
    if (number == ANY_SEND) {
        assert_int_equal(size, 8);
        iocsr_any_send(value);
        return;
    }
    memcpy(&old, &fake.iocsrs[number], size);
    if (number >= EIOINTC_STATUS && number < EIOINTC_STATUS_END) {
        value = old & ~value;
    }
    memcpy(&fake.iocsrs[number], &value, size);
}

ticks_t arch_counter(void) {
    if (fake.on_count != NULL) {
        fake.on_count();
    }
    return atomic_fetch_add(&fake.now, fake.step) + fake.step;
}

uint64_t arch_counter_hz(void) {
    return FAKE_HZ;
}

uint64_t arch_counter_ns(ticks_t ticks) {
    return ticks * (1000000000 / FAKE_HZ);
}

struct cpu *arch_this_cpu(void) {
    return this_cpu;
}

const char *arch_cpu_init(void) {
    return fake.init_error;
}

void arch_cpu_check(void) {
}

_Noreturn void invariants_broken(const char *what) {
    print_error("inconsistency: %s\n", what);
    abort();
}

_Noreturn void arch_cpu_stop(void) {
    fake_leave(FAKE_STOPPED);
}

/* A wait without anybody who could end it would be for ever. */
void arch_cpu_wait(void) {
    assert_non_null(fake.on_wait);
    fake.on_wait();
}

void arch_cpu_nap(ticks_t ticks) {
    assert_true(ticks > 0 && ticks <= FAKE_HZ / 100);
    fake.nap = ticks;
    fake.now += ticks;
    arch_cpu_wait();
}

void arch_cpu_prepare(struct cpu *cpu) {
    fake.cpus[cpu->id].prepared = true;
}

/* The CPU comes at the third time of asking, unless it is dead. */
void arch_cpu_start(struct cpu *cpu) {
    assert_true(fake.cpus[cpu->id].prepared);
    fake.cpus[cpu->id].asked++;
    if ((fake.dead_cpus >> cpu->phys_id & 1) == 0 && fake.cpus[cpu->id].asked >= 3) {
        atomic_store(&cpu->presence, CPU_ONLINE);
    }
}

void arch_doorbell_ring(uint32_t phys_id) {
    assert_true(phys_id < LV_MAX_CPUS);
    atomic_fetch_add(&fake.doorbells[phys_id], 1);
    if (fake.on_ring != NULL) {
        fake.on_ring(phys_id);
    }
}

void arch_doorbell_answer(void) {
    fake.cpus[this_cpu->id].answered++;
}

void arch_vcpu_update_ipi(struct vcpu *vcpu) {
    assert_ptr_equal(this_cpu, &cpu_blocks[vcpu->cpu]);
    fake_vcpu(vcpu)->ipi_line = ipi_line(&vcpu->ipi);
}

void arch_vcpu_update_hwi(struct vcpu *vcpu) {
    assert_ptr_equal(this_cpu, &cpu_blocks[vcpu->cpu]);
    fake_vcpu(vcpu)->lines = eiointc_virtual_lines(&vcpu->zone->eiointc, vcpu->id) |
                             zone_device_lines(vcpu->zone, vcpu->id);
}

void arch_vcpu_update_lines(struct vcpu *vcpu) {
    arch_vcpu_update_ipi(vcpu);
    arch_vcpu_update_hwi(vcpu);
    fake_vcpu(vcpu)->software += ipi_take_software(&vcpu->ipi) ? 1 : 0;
}

void arch_vcpu_load(struct vcpu *vcpu, const struct arch_state *state) {
    assert_ptr_equal(this_cpu, &cpu_blocks[vcpu->cpu]);
    /* A reset takes back what was raised before. */
    struct fake_vcpu *given = fake_vcpu(vcpu);
    vcpu->arch = (struct arch_vcpu){0};
    *given = (struct fake_vcpu){.loaded = true, .entry = state->pc};
    memcpy(given->args, &state->gpr[GPR_A0], sizeof(given->args));
    arch_vcpu_update_lines(vcpu);
}

void arch_vcpu_unload(struct vcpu *vcpu) {
    assert_ptr_equal(this_cpu, &cpu_blocks[vcpu->cpu]);
    fake_vcpu(vcpu)->loaded = false;
}

void arch_stage2_flush(void) {
    fake.cpus[this_cpu->id].flushes++;
}

_Noreturn void arch_vcpu_enter(void) {
    fake_leave(FAKE_ENTERED);
}

_Noreturn void arch_cpu_run_anew(void) {
    fake_leave(FAKE_LEFT);
}

void arch_vcpu_keep(struct vcpu *vcpu, struct lv_zone_failure *failure) {
    assert_ptr_equal(this_cpu, &cpu_blocks[vcpu->cpu]);
    /* Who reads the state must not find a record that is not yet written. */
    if (failure == &vcpu->zone->failure) {
        assert_int_not_equal(zone_state(vcpu->zone), LV_STATE_FAILED);
        assert_false(zone_is_running(vcpu->zone));
    }
    failure->pc = FAKE_FAILURE_PC;
    fake.register_dumps++;
}
