/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine that core/, devices/ and arch/stage2.c run on in the unit tests: some RAM, a 16550,
 * an IOCSR space with an EIOINTC in it, a counter. It records what the hypervisor does to it.
 */
#ifndef LV_FAKE_H
#define LV_FAKE_H

#include <core/cpu.h>

/* RAM that arch_memory() reaches; the board of support.h has more, which no test touches. */
#define FAKE_RAM_BASE 0x80000000ULL
#define FAKE_RAM_SIZE 0x01000000ULL

#define FAKE_UART_BASE 0x1fe001e0ULL
#define FAKE_HZ        100000000ULL

/* Where every failed vCPU was. */
#define FAKE_FAILURE_PC 0x9000000000abcdefULL

#define FAKE_RECORDS   256u
#define FAKE_PLACES    4u
#define FAKE_UART_TEXT 65536u
#define FAKE_IOCSRS    0x2000u

struct fake_access {
    bool is_write;
    unsigned size;
    uint64_t address;
    uint64_t value;
};

struct fake_record {
    unsigned count;
    struct fake_access accesses[FAKE_RECORDS];
};

/* An object of the test that the hypervisor is to see at a physical address. */
struct fake_place {
    const uint8_t *object;
    uint64_t size;
    hpa_t hpa;
};

/* What the hypervisor has asked of a CPU. */
struct fake_cpu {
    bool prepared;
    unsigned asked;    /* how often it was asked to start */
    unsigned answered; /* how often it took its doorbell back */
    unsigned flushes;  /* how often it forgot stage 2 */
};

/* What the vCPU on a CPU has been given. */
struct fake_vcpu {
    bool loaded;
    bool ipi_line;
    uint32_t lines;    /* of the EIOINTC in software, bit n: HWIn */
    unsigned software; /* how often SWI0 was raised */
    gpa_t entry;
    uint64_t args[3];
};

struct fake {
    struct fake_cpu cpus[LV_MAX_CPUS];
    struct fake_vcpu vcpus[LV_MAX_CPUS]; /* by the CPU that each has */
    struct fake_record mmio;             /* but for the UART's */
    struct fake_record iocsr;
    uint64_t mmio_value;                         /* what a device register reads */
    bool (*on_mmio)(struct fake_access *access); /* a device: true if the access was its own */
    uint8_t iocsrs[FAKE_IOCSRS];

    bool uart_ready;
    uint64_t uart_pause; /* ticks after each character in which it takes none */
    uint64_t uart_busy_until;
    unsigned uart_polls;
    size_t uart_length;
    char uart_text[FAKE_UART_TEXT];

    _Atomic ticks_t now; /* the counter, */
    ticks_t step;        /* and how far each look at it takes it */
    ticks_t nap;         /* of the last arch_cpu_nap() */

    atomic_uint doorbells[LV_MAX_CPUS];
    uint64_t dead_cpus;                /* bitmap of physical ids that do not start */
    const char *init_error;            /* what arch_cpu_init() answers */
    void (*on_wait)(void);             /* instead of waiting */
    void (*on_count)(void);            /* at each look at the counter */
    void (*on_ring)(uint32_t phys_id); /* what a ring of that CPU's doorbell brings about */
    unsigned register_dumps;           /* arch_vcpu_keep() */

    struct fake_place places[FAKE_PLACES];
    unsigned num_places;
};

extern struct fake fake;

/* A machine, and a hypervisor, that nothing has happened to. This thread is CPU 0. */
void fake_reset(void);

/* Makes this thread the CPU: what arch_this_cpu() answers. */
void fake_be_cpu(cpu_id_t id);

/* What the vCPU, which has a CPU, has been given. */
struct fake_vcpu *fake_vcpu(const struct vcpu *vcpu);

/* Lets the hypervisor see the object at hpa. */
void fake_put(const void *object, uint64_t size, hpa_t hpa);

/* The RAM at hpa. */
uint8_t *fake_ram(hpa_t hpa);

/* IOCSR words as the hardware has them, without a record. */
uint32_t fake_iocsr_get(uint32_t number);
void fake_iocsr_set(uint32_t number, uint32_t value);

/* How many recorded accesses of that kind went to that address. */
unsigned fake_count(const struct fake_record *record, bool is_write, uint64_t address);

/* The newest recorded access; fails the test if there is none. */
const struct fake_access *fake_last(const struct fake_record *record);

enum fake_end {
    FAKE_RETURNED,
    FAKE_STOPPED, /* arch_cpu_stop() */
    FAKE_ENTERED, /* arch_vcpu_enter() */
    FAKE_LEFT,    /* arch_cpu_run_anew(): the CPU has left its zone */
};

/* Calls the function on this thread and tells how it ended, since some never return. */
enum fake_end fake_call(void (*function)(void *), void *argument);

/* Gives the hypervisor's own variables the values that they have when it is loaded. */
void state_reset(void);

#endif
