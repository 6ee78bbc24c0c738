// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
/*
 * Fails in a way that can be told from what is kept of it: some exits that are known, then every
 * register filled, then an exception whose handler lies where nothing is.
 *
 * Parameter 0: beats (10 ms each) before it fails. Register n, from 5, holds FAIL_PATTERN + n.
 */
#include <rt/zone.h>

#define NOWHERE_GPA 0x30000000UL
#define KNOWN_EXITS 40u

static void fail(void) {
    __asm__ volatile(
        "li.d $t8, 0xfa11000000000000\n\t"
        ".irp n, 5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,21,22,23,24,25,26,27,28,29,30,31\n\t"
        "addi.d $r\\n, $t8, \\n\n\t"
        ".endr\n\t"
        "addi.d $t8, $t8, 20\n\t"
        "break 0" ::
            : "memory");
}

void rt_main(void) {
    rt_zone_begin();
    rt_printf("FAIL BEGIN\n");
    for (uint64_t beat = 0; beat < rt_param(0, 10); beat++) {
        rt_nap(rt_ticks_per_second() / 100);
        rt_zone_log()->beats = beat;
    }
    rt_printf("FAIL NOW\n");
    csr_write(CSR_EENTRY, RT_CACHED_BASE | NOWHERE_GPA);
    csr_write(CSR_TLBRENTRY, NOWHERE_GPA);
    for (uint32_t i = 0; i < KNOWN_EXITS; i++) {
        (void)cpucfg_read(i);
    }
    fail();
    rt_printf("FAIL SURVIVED\n");
}
