// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
#include <rt/runtime.h>

#define CODE_SLOTS      1024u
#define CODE_SLOT_WORDS 4u

/* ACPI sleep control of the virt machine: S5 and SLP_EN (LVZ reference 10.1). */
#define POWEROFF_REGISTER 0x100e001c
#define POWEROFF_VALUE    0x34

/* The IPI that starts a parked CPU (LVZ reference 10.3). */
#define IPI_ACTION_BOOT 0u

/* A CPU that comes out of reset empties its mail box before it waits: one message can be lost. One
 * that has parked itself needs one message, and time if the machine is busy. */
#define START_TRIES          50u
#define START_TRIES_A_SECOND 50u
#define PARKED_SECONDS       30u

void rt_cpu_init(uint64_t cpu);
void rt_secondary_main(uint64_t cpu);
void *memset(void *to, int value, size_t size);
void *memcpy(void *restrict to, const void *restrict from, size_t size);

uint64_t rt_boot_args[3];
char rt_stacks[RT_MAX_CPUS][RT_STACK_SIZE] __attribute__((aligned(16)));

static struct rt_context contexts[RT_MAX_CPUS];
static void (*volatile secondary_main[RT_MAX_CPUS])(void);
static volatile bool secondary_alive[RT_MAX_CPUS];
/* How often it has begun: it may have parked again before anybody looks. */
static volatile uint32_t secondary_starts[RT_MAX_CPUS];
static uint32_t code[CODE_SLOTS][CODE_SLOT_WORDS];
static uint32_t code_next;

void *memset(void *to, int value, size_t size) {
    uint8_t *p = to;

    while (size-- > 0) {
        *p++ = (uint8_t)value;
    }
    return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size) {
    uint8_t *p = to;
    const uint8_t *q = from;

    while (size-- > 0) {
        *p++ = *q++;
    }
    return to;
}

void rt_poweroff(void) {
    volatile uint8_t *reg = rt_uncached(POWEROFF_REGISTER);

    *reg = POWEROFF_VALUE;
    for (;;) {
        __asm__ volatile("idle 0");
    }
}

void rt_die(const char *why) {
    rt_printf("FATAL: %s\n", why);
    rt_poweroff();
}

void rt_cpu_init(uint64_t cpu) {
    if (cpu >= RT_MAX_CPUS) {
        for (;;) {
            __asm__ volatile("idle 0");
        }
    }
    csr_write(CSR_SAVE1, (uint64_t)&contexts[cpu]);
}

void rt_secondary_main(uint64_t cpu) {
    iocsr_write32(IOCSR_IPI_CLEAR, ~0u);
    secondary_alive[cpu] = true;
    secondary_starts[cpu]++;
    secondary_main[cpu]();
}

static void mail_send_half(uint32_t cpu, uint64_t half, uint64_t data) {
    iocsr_write64(IOCSR_MAIL_SEND, data << SEND_DATA_SHIFT | SEND_BLOCKING |
                                       (uint64_t)cpu << SEND_CPU_SHIFT | half << MAIL_HALF_SHIFT);
}

static void cpu_start_once(uint32_t cpu) {
    uint64_t entry = rt_phys(rt_secondary_start);

    mail_send_half(cpu, 1, entry >> 32);
    mail_send_half(cpu, 0, entry & 0xffffffff);
    iocsr_write32(IOCSR_IPI_SEND,
                  (uint32_t)SEND_BLOCKING | cpu << SEND_CPU_SHIFT | IPI_ACTION_BOOT);
}

/* False if it takes too long until the CPU has parked. */
static bool cpu_wait_parked(uint32_t cpu, uint64_t ticks) {
    uint64_t start = rdtime();

    while (secondary_alive[cpu]) {
        if (rdtime() - start >= ticks) {
            return false;
        }
    }
    return true;
}

/* False if it takes too long until the CPU has begun once more. */
static bool cpu_wait_begun(uint32_t cpu, uint32_t starts, uint64_t ticks) {
    uint64_t start = rdtime();

    while (secondary_starts[cpu] == starts) {
        if (rdtime() - start >= ticks) {
            return false;
        }
    }
    return true;
}

static bool cpu_start_new(uint32_t cpu) {
    for (uint32_t i = 0; i < START_TRIES; i++) {
        cpu_start_once(cpu);
        if (cpu_wait_begun(cpu, 0, rt_ticks_per_second() / START_TRIES_A_SECOND)) {
            return true;
        }
    }
    return false;
}

bool rt_cpu_start(uint32_t cpu, void (*fn)(void)) {
    uint64_t patience = PARKED_SECONDS * rt_ticks_per_second();
    uint32_t starts = secondary_starts[cpu];

    if (!cpu_wait_parked(cpu, patience)) {
        return false;
    }
    secondary_main[cpu] = fn;
    __asm__ volatile("dbar 0" ::: "memory");
    if (starts == 0) {
        return cpu_start_new(cpu);
    }
    cpu_start_once(cpu);
    return cpu_wait_begun(cpu, starts, patience);
}

void rt_cpu_park(void) {
    uint64_t entry;

    csr_xchg(CSR_CRMD, 0, CRMD_IE);
    csr_write(CSR_TCFG, 0);
    csr_write(CSR_ECFG, 1UL << IRQ_IPI);
    iocsr_write32(IOCSR_IPI_ENABLE, ~0u);
    iocsr_write64(IOCSR_MAIL_BOX, 0);
    __atomic_store_n(&secondary_alive[csr_read(CSR_CPUID)], false, __ATOMIC_SEQ_CST);
    do {
        __asm__ volatile("idle 0" ::: "memory");
        entry = iocsr_read64(IOCSR_MAIL_BOX);
    } while ((uint32_t)entry == 0);
    iocsr_write32(IOCSR_IPI_CLEAR, iocsr_read32(IOCSR_IPI_STATUS));
    csr_write(CSR_ECFG, 0);
    __asm__ volatile("csrwr %0, %1\n\tjr %2" ::"r"((uint64_t)CRMD_DA), "i"(CSR_CRMD), "r"(entry));
    __builtin_unreachable();
}

uint32_t *rt_code_make(uint32_t word) {
    uint32_t *slot = code[__atomic_fetch_add(&code_next, 1, __ATOMIC_RELAXED) % CODE_SLOTS];

    slot[0] = word;
    slot[1] = INSN_RET;
    __asm__ volatile("ibar 0" ::: "memory");
    return slot;
}

uint64_t rt_exec(uint32_t word, uint64_t a0, uint64_t a1, uint64_t a2) {
    return rt_call(rt_code_make(word), a0, a1, a2);
}

uint64_t rt_try(uint32_t word, uint64_t a0, uint64_t a1, uint64_t a2, uint32_t *traps) {
    struct rt_context *context = rt_context_self();

    rt_trap_arm(context);
    uint64_t value = rt_exec(word, a0, a1, a2);
    uint32_t count = rt_trap_disarm(context);
    if (traps != NULL) {
        *traps = count;
    }
    return value;
}

uint64_t rt_try_user(uint32_t word, uint64_t a0, uint64_t a1, uint64_t a2, uint32_t *traps) {
    struct rt_context *context = rt_context_self();

    rt_trap_arm(context);
    uint64_t value = rt_call_user(rt_code_make(word), a0, a1, a2);
    uint32_t count = rt_trap_disarm(context);
    if (traps != NULL) {
        *traps = count;
    }
    return value;
}

void rt_delay(uint64_t ticks) {
    uint64_t start = rdtime();

    while (rdtime() - start < ticks) {
    }
}

uint64_t rt_ticks_per_second(void) {
    uint64_t ratio = cpucfg_read(5);

    return cpucfg_read(4) * (ratio & 0xffff) / (ratio >> 16);
}
