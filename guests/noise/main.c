// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
/*
 * A zone that disturbs others in turns: idle, computing, at devices (every access leaves guest
 * mode), with IPIs between its CPUs, rebooting itself over and over. Each turn has the same length;
 * between two there is a pause.
 *
 * A life of the zone begins with clean memory and a counter at 0. What lasts from one to the next
 * is the machine's RTC, whose counter says which turn it is.
 *
 * Parameters: 0 milliseconds until the first turn, 1 length of a turn, 2 length of a pause, 3
 * milliseconds of a life in the last turn.
 */
#include <loongvisor/zone_config.h>
#include <rt/zone.h>

#define MEMORY_SIZE 0x40000u
#define LINE_SIZE   64u

/* The machine's RTC (Loongson 7A1000 user manual, RTC): control, and the counter that it has. */
#define RTC            0x100d0100
#define RTC_CONTROL    0x40u
#define RTC_READ0      0x68u
#define RTC_CONTROL_ON (1u << 13 | 1u << 8)
#define RTC_HZ         32768u

/* Turns before the last one. */
#define TURNS 4u

static uint8_t memory[MEMORY_SIZE];

static void send(uint32_t cpu) {
    iocsr_write32(IOCSR_IPI_SEND, 1u << 31 | cpu << 16);
}

/* Whoever gets an IPI sends one back, for as long as the storm lasts. */
static volatile bool storm;

static bool take_irq(struct rt_context *context, const struct rt_frame *frame, uint64_t pending) {
    (void)context;
    (void)frame;
    if ((pending & 1UL << IRQ_IPI) == 0) {
        return false;
    }
    iocsr_write32(IOCSR_IPI_CLEAR, iocsr_read32(IOCSR_IPI_STATUS));
    if (storm) {
        send(1 - (uint32_t)csr_read(CSR_CPUID));
    }
    return true;
}

static void irqs_on(void) {
    iocsr_write32(IOCSR_IPI_ENABLE, ~0u);
    csr_write(CSR_ECFG, 1UL << IRQ_IPI);
    csr_xchg(CSR_CRMD, CRMD_IE, CRMD_IE);
}

static void helper_run(void) {
    irqs_on();
    for (;;) {
        __asm__ volatile("idle 0" ::: "memory");
    }
}

static void work_memory(void) {
    for (uint32_t i = 0; i < MEMORY_SIZE; i += LINE_SIZE) {
        ((volatile uint8_t *)memory)[i]++;
    }
}

static void work_devices(void) {
    (void)*(volatile uint32_t *)rt_uncached(LV_ISA_BASE);
    (void)iocsr_read32(IOCSR_IPI_STATUS);
}

/* An IPI can be answered with none where two of them meet; then a new one goes on. */
static void work_storm(void) {
    storm = true;
    send(1);
    rt_delay(rt_ticks_per_second() / 1000);
}

static uint64_t ticks_of(uint64_t milliseconds) {
    return milliseconds * rt_ticks_per_second() / 1000;
}

/* An interrupt ends a nap, and the last IPIs of a storm come late. */
static void sleep_until(uint64_t end) {
    while (rdtime() < end) {
        rt_nap(end - rdtime());
    }
}

static void run_turn(const char *name, void (*work)(void)) {
    uint64_t end = rdtime() + ticks_of(rt_param(1, 1000));

    rt_printf("NOISE %s\n", name);
    while (rdtime() < end) {
        if (work != NULL) {
            work();
        } else {
            sleep_until(end);
        }
    }
    storm = false;
    sleep_until(end + ticks_of(rt_param(2, 1000)));
}

static volatile uint32_t *rtc(uint32_t offset) {
    return (volatile uint32_t *)rt_uncached(RTC + offset);
}

/* Since the machine's start. */
static uint64_t machine_milliseconds(void) {
    return (uint64_t)*rtc(RTC_READ0) * 1000 / RTC_HZ;
}

static void reboot(void) {
    ((volatile uint8_t *)rt_uncached(LV_POWER_PAGE))[LV_POWER_RESET] = LV_POWER_RESET_NOW;
    rt_die("the zone goes on after its reboot");
}

/* Returns if it is not, or no more, the time of the last turn. */
static void live_shortly(uint64_t begin, uint64_t end) {
    if (machine_milliseconds() >= begin && machine_milliseconds() < end) {
        rt_nap(ticks_of(rt_param(3, 1)));
        reboot();
    }
}

void rt_main(void) {
    uint64_t turn = rt_param(1, 1000);
    uint64_t last = rt_param(0, 1) + TURNS * (turn + rt_param(2, 1000));

    rt_zone_begin();
    *rtc(RTC_CONTROL) = RTC_CONTROL_ON;
    live_shortly(last, last + turn);
    if (machine_milliseconds() >= last) {
        rt_printf("NOISE DONE\n");
        rt_zone_end();
    }
    rt_irq_hook = take_irq;
    if (!rt_cpu_start(1, helper_run)) {
        rt_die("CPU 1 did not start");
    }
    rt_nap(ticks_of(rt_param(0, 1)));
    irqs_on();
    run_turn("idle", NULL);
    run_turn("busy", work_memory);
    run_turn("at its devices", work_devices);
    run_turn("storming IPIs", work_storm);
    reboot();
}
