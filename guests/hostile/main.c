// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
/*
 * A zone that does what a hypervisor must survive: whatever is typed at its UART (see `help`), or
 * at once what parameter 0 names, the n-th command. Until then it behaves: it obeys a request to
 * stop and feeds its watchdog.
 *
 * The UART interrupts a CPU line, as the zone's configuration says; a request to stop is asked for.
 */
#include <rt/console.h>
#include <rt/zone.h>

#define LINE_UART 4u
#define UART_BIT  (1UL << (IRQ_HWI0 + LINE_UART))

/* Several times within the shortest watchdog that a zone of this program has. */
#define FEED_HZ 20u

#define CPUCFG_FEATURES 2u

/* Neither RAM nor a device on the virt machine, a 3A5000 board or in a zone. */
#define NOWHERE 0x30000000UL

#define IPI_CPU_SHIFT 16
#define IPI_ACTIONS   32u
/* More than the zone has: the others do not exist for it. */
#define IPI_CPUS 16u

/* A window of pages that change all the time, wherever they lead. */
#define TABLE_BASE    0x100000000UL
#define TABLE_PAGES   64u
#define TABLE_PAGE_PS 12u
#define TABLE_GPA_MAX (1UL << 40)
#define INVTLB_OPS    7u
/* One in so many: an emulator needs a thousand times longer for it than for anything else. */
#define TABLE_DROPS 16u

static bool fed = true;
static bool deaf;
static struct rt_random random = {.state = 1};

static volatile uint8_t *power_block(void) {
    return rt_uncached(LV_POWER_PAGE);
}

static void wait_forever(void) {
    for (;;) {
        __asm__ volatile("" ::: "memory");
    }
}

/* Its exception entries lie where nothing is, so that its first exception raises the next. */
static void do_crash(const char *rest) {
    (void)rest;
    csr_write(CSR_EENTRY, RT_CACHED_BASE | NOWHERE);
    csr_write(CSR_TLBRENTRY, NOWHERE);
    rt_exec(INSN_BREAK(0), 0, 0, 0);
}

/* Without asking whether the UART can take more. */
static void do_flood(const char *rest) {
    volatile uint8_t *uart = rt_uncached(RT_UART_BASE);

    (void)rest;
    for (;;) {
        uart[RT_UART_DATA] = (uint8_t)('a' + rt_random_below(&random, 26));
    }
}

static void send_all(void) {
    for (uint32_t cpu = 0; cpu < IPI_CPUS; cpu++) {
        for (uint32_t action = 0; action < IPI_ACTIONS; action++) {
            iocsr_write32(IOCSR_IPI_SEND, cpu << IPI_CPU_SHIFT | action);
        }
        iocsr_write64(IOCSR_MAIL_SEND,
                      rt_random_next(&random) << 32 | (uint64_t)cpu << IPI_CPU_SHIFT);
    }
}

/* To every CPU that could be, itself included, and never looks at what it gets. */
static void do_ipis(const char *rest) {
    (void)rest;
    iocsr_write32(IOCSR_IPI_ENABLE, ~0u);
    for (;;) {
        send_all();
    }
}

static void page_set(uint64_t page) {
    uint64_t flags = TLBELO_V | TLBELO_D | TLBELO_CC;
    uint64_t gpa = rt_random_below(&random, TABLE_GPA_MAX) & ~((1UL << TABLE_PAGE_PS) - 1);

    rt_tlb_fill(TABLE_BASE + (page << (TABLE_PAGE_PS + 1)), TABLE_PAGE_PS, gpa | flags,
                (gpa + (1UL << TABLE_PAGE_PS)) | flags);
}

static void tlb_drop(uint64_t address) {
    switch (rt_random_below(&random, INVTLB_OPS)) {
    case 0:
        invtlb(0, 0, 0);
        break;
    case 1:
        invtlb(1, 0, 0);
        break;
    case 2:
        invtlb(2, 0, 0);
        break;
    case 3:
        invtlb(3, 0, 0);
        break;
    case 4:
        invtlb(4, 0, 0);
        break;
    case 5:
        invtlb(5, 0, address);
        break;
    default:
        invtlb(6, 0, address);
        break;
    }
}

/* Maps its window to anywhere, reads and writes through it, and throws it away. */
static void do_tables(const char *rest) {
    (void)rest;
    for (;;) {
        uint64_t page = rt_random_below(&random, TABLE_PAGES);
        uint64_t address = TABLE_BASE + (page << (TABLE_PAGE_PS + 1));

        page_set(page);
        rt_try(INSN_LD_D, address, 0, 0, NULL);
        rt_try(INSN_ST_D, rt_random_next(&random), address, 0, NULL);
        if (rt_random_below(&random, TABLE_DROPS) == 0) {
            tlb_drop(address);
        }
    }
}

/* With arguments of any kind. */
static void do_calls(const char *rest) {
    (void)rest;
    for (;;) {
        rt_hypercall(rt_random_below(&random, 0x200), rt_random_next(&random),
                     rt_random_next(&random));
    }
}

static void do_deaf(const char *rest) {
    (void)rest;
    deaf = true;
    rt_printf("a request to stop will be ignored\n");
}

static void do_spin(const char *rest) {
    (void)rest;
    csr_write(CSR_ECFG, 0);
    wait_forever();
}

static void do_starve(const char *rest) {
    (void)rest;
    fed = false;
    rt_printf("the watchdog gets nothing any more\n");
}

static void do_poweroff(const char *rest) {
    (void)rest;
    rt_poweroff();
}

static void do_reboot(const char *rest) {
    (void)rest;
    power_block()[LV_POWER_RESET] = LV_POWER_RESET_NOW;
    wait_forever();
}

/* A hypervisor that saves few registers at an exit has to save more for these two (r23, r24). */
static bool kept_registers_serve(void) {
    register uint64_t leaf __asm__("$s0") = CPUCFG_FEATURES;
    register uint64_t kept __asm__("$s1") = 0;

    __asm__ volatile("cpucfg %0, %1" : "+r"(kept) : "r"(leaf));
    return kept == rt_exec(INSN_CPUCFG, CPUCFG_FEATURES, 0, 0);
}

static const struct rt_command commands[] = {
    {"crash", "an exception whose handler cannot be reached", do_crash},
    {"flood", "write to the UART without end", do_flood},
    {"ipis", "send IPIs to every CPU that could be, without end", do_ipis},
    {"tables", "map pages to anywhere, use them, drop them, without end", do_tables},
    {"calls", "hypercalls with random arguments, without end", do_calls},
    {"deaf", "ignore a request to stop", do_deaf},
    {"spin", "compute with interrupts off, without end", do_spin},
    {"starve", "feed the watchdog no more", do_starve},
    {"poweroff", "power off", do_poweroff},
    {"reboot", "reboot", do_reboot},
    {NULL, NULL, NULL},
};

static void look(void) {
    if (fed) {
        rt_hypercall(LV_HYPERCALL_WATCHDOG, 0, 0);
    }
    if (power_block()[LV_POWER_BUTTON] != 0 && !deaf) {
        rt_printf("\nasked to stop\n");
        rt_poweroff();
    }
    rt_console_serve();
}

void rt_main(void) {
    uint64_t chosen = rt_param(0, 0);

    rt_printf("hostile: does what it may not; try help\n");
    if (!kept_registers_serve()) {
        rt_printf("no prompt: cpucfg does not serve r23 and r24\n");
        wait_forever();
    }
    if (chosen >= 1 && chosen < RT_ARRAY_SIZE(commands)) {
        rt_printf("%s\n", commands[chosen - 1].name);
        commands[chosen - 1].run("");
    }
    rt_console_open(commands);
    csr_write(CSR_ECFG, UART_BIT);
    for (;;) {
        rt_nap(rt_ticks_per_second() / FEED_HZ);
        look();
    }
}
