// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
/*
 * A zone whose device writes to its memory, or one that watches whether anything does: what is
 * typed says which, and how it ends (rt/succession.h).
 */
#include <loongvisor/zone_config.h>
#include <rt/console.h>
#include <rt/succession.h>
#include <rt/zone.h>

#define CHECK_PARTS  10u /* of a second */
#define NOWHERE_GPA  0x30000000UL
#define ENOUGH_READS 8u

static volatile uint8_t *power(uint32_t offset) {
    return (volatile uint8_t *)rt_uncached(LV_POWER_PAGE) + offset;
}

static char typed(void) {
    volatile uint8_t *uart = rt_uncached(RT_UART_BASE);

    return (uart[RT_UART_LSR] & RT_UART_LSR_DATA) != 0 ? (char)uart[RT_UART_DATA] : '\0';
}

static void device_run(void) {
    bool is_disk = rt_boot_args[0] == SUCCESSION_DISK;
    struct rt_dma device = {
        .config = SUCCESSION_CONFIG + SUCCESSION_DEVFN * 256UL,
        .registers = is_disk ? rt_boot_args[2] : SUCCESSION_IO,
        .bar = is_disk ? rt_boot_args[2] : SUCCESSION_IO & 0xffff,
        .offset = rt_boot_args[1],
    };

    if (!(is_disk ? rt_dma_disk_start(&device) : rt_dma_network_start(&device))) {
        rt_printf("NO DEVICE\n");
        return;
    }
    while (is_disk ? rt_dma_disk_step() < ENOUGH_READS : rt_dma_count() == 0) {
        *power(LV_POWER_WATCHDOG) = 1;
    }
    rt_printf("RUNS\n");
}

static void check(void) {
    uint64_t end = rdtime() + rt_ticks_per_second() / CHECK_PARTS;
    uint64_t found = 0;

    do {
        uint64_t now = rt_dma_count();
        found = now > found ? now : found;
    } while (rdtime() < end);
    rt_printf("FOUND %lu\n", found);
}

static void fail(void) {
    csr_write(CSR_EENTRY, RT_CACHED_BASE | NOWHERE_GPA);
    csr_write(CSR_TLBRENTRY, NOWHERE_GPA);
    __asm__ volatile("break 0" ::: "memory");
}

static void silence(void) {
    for (;;) {
        (void)rt_dma_disk_step();
    }
}

static void do_as_told(char what) {
    switch (what) {
    case SUCCESSION_RUN:
        device_run();
        break;
    case SUCCESSION_CHECK:
        check();
        break;
    case SUCCESSION_POWEROFF:
        *power(LV_POWER_SLEEP) = LV_POWER_SLEEP_OFF;
        break;
    case SUCCESSION_REBOOT:
        *power(LV_POWER_RESET) = LV_POWER_RESET_NOW;
        break;
    case SUCCESSION_FAIL:
        fail();
        break;
    case SUCCESSION_SILENCE:
        silence();
        break;
    default:
        break;
    }
}

void rt_main(void) {
    rt_printf("READY\n");
    for (;;) {
        do_as_told(typed());
        (void)rt_dma_disk_step();
        *power(LV_POWER_WATCHDOG) = 1;
    }
}
