// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory, device registers, counter: what core asks of the machine, with no state of its own. */
#include <arch/csr.h>
#include <arch/timer.h>
#include <core/arch.h>
#include <core/cpu.h>
#include <lib/bits.h>

#define NANOSECONDS       1000000000u
#define CPUCFG4_FREQUENCY 4u
#define CPUCFG5_RATIO     5u

void *arch_memory(hpa_t hpa) {
    return (void *)(WINDOW_CACHED | hpa);
}

hpa_t arch_hpa(const void *object) {
    return (uint64_t)object & BITS(WINDOW_BITS - 1, 0);
}

uint64_t arch_mmio_read(hpa_t hpa, unsigned size) {
    uint64_t address = WINDOW_UNCACHED | hpa;

    switch (size) {
    case 1:
        return *(volatile uint8_t *)address;
    case 2:
        return *(volatile uint16_t *)address;
    case 4:
        return *(volatile uint32_t *)address;
    default:
        return *(volatile uint64_t *)address;
    }
}

void arch_mmio_write(hpa_t hpa, unsigned size, uint64_t value) {
    uint64_t address = WINDOW_UNCACHED | hpa;

    switch (size) {
    case 1:
        *(volatile uint8_t *)address = (uint8_t)value;
        break;
    case 2:
        *(volatile uint16_t *)address = (uint16_t)value;
        break;
    case 4:
        *(volatile uint32_t *)address = (uint32_t)value;
        break;
    default:
        *(volatile uint64_t *)address = value;
        break;
    }
}

uint64_t arch_iocsr_read(uint32_t number, unsigned size) {
    uint64_t value;

    if (size == sizeof(uint64_t)) {
        __asm__ volatile("iocsrrd.d %0, %1" : "=r"(value) : "r"((uint64_t)number) : "memory");
        return value;
    }
    return iocsr_read_word(number);
}

void arch_iocsr_write(uint32_t number, unsigned size, uint64_t value) {
    if (size == sizeof(uint64_t)) {
        __asm__ volatile("iocsrwr.d %0, %1" : : "r"(value), "r"((uint64_t)number) : "memory");
    } else {
        iocsr_write_word(number, (uint32_t)value);
    }
}

ticks_t arch_counter(void) {
    ticks_t ticks;

    __asm__ volatile("rdtime.d %0, $zero" : "=r"(ticks) : : "memory");
    return ticks;
}

/* LVZ reference 6.1. If the CPU names no frequency, 1 Hz avoids a division by 0. */
uint64_t arch_counter_hz(void) {
    uint64_t ratio = cpucfg_read(CPUCFG5_RATIO);
    uint64_t divisor = bits_get(ratio, 31, 16);
    uint64_t hz =
        divisor == 0 ? 0 : cpucfg_read(CPUCFG4_FREQUENCY) * bits_get(ratio, 15, 0) / divisor;

    return hz == 0 ? 1 : hz;
}

/* In two parts, because ticks times nanoseconds per second overflows within minutes. */
uint64_t arch_counter_ns(ticks_t ticks) {
    uint64_t hz = arch_counter_hz();

    return ticks / hz * NANOSECONDS + ticks % hz * NANOSECONDS / hz;
}

struct cpu *arch_this_cpu(void) {
    return (struct cpu *)csr_read(CSR_SAVE3);
}

_Noreturn void arch_cpu_stop(void) {
    csr_write(CSR_ECFG, 0);
    for (;;) {
        __asm__ volatile("idle 0" : : : "memory");
    }
}

_Noreturn void arch_cpu_run_anew(void) {
    __asm__ volatile("move $sp, %0\n\tb cpu_run"
                     :
                     : "r"(arch_this_cpu()->arch.stack_top)
                     : "memory");
    __builtin_unreachable();
}

/* A device line that is high must not end the wait. */
static void wait_for(uint64_t lines) {
    uint64_t ecfg = csr_read(CSR_ECFG);

    csr_write(CSR_ECFG, lines);
    __asm__ volatile("idle 0" : : : "memory");
    csr_write(CSR_ECFG, ecfg);
}

void arch_cpu_wait(void) {
    wait_for(BIT(IRQ_IPI));
}

void arch_cpu_nap(ticks_t ticks) {
    timer_start(ticks);
    wait_for(BIT(IRQ_IPI) | BIT(IRQ_TIMER));
    timer_stop();
}
