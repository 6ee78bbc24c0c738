// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
/*
 * A guest that can't be saved: its exception entries lie where nothing is, so that its first
 * exception raises the next. A hypervisor must end the zone and live on.
 */
#include <rt/runtime.h>

/* Neither RAM nor a device on the virt machine or a 3A5000 board. */
#define NOWHERE 0x30000000UL

void rt_main(void) {
    rt_printf("CRASH NOW\n");
    csr_write(CSR_EENTRY, RT_CACHED_BASE | NOWHERE);
    csr_write(CSR_TLBRENTRY, NOWHERE);
    rt_exec(INSN_BREAK(0), 0, 0, 0);
    rt_printf("CRASH SURVIVED\n");
}
