// SPDX-License-Identifier: GPL-2.0-or-later
/* What everything else rests on: output, recoverable exceptions, timer, paging in host mode. */
#include "tap.h"

#define SMOKE_VA 0x0000123456780000UL

static uint64_t smoke_page[0x2000] __attribute__((aligned(0x10000)));

static void smoke_traps(void) {
    struct rt_context *self = rt_context_self();
    uint32_t traps;

    rt_try(INSN_UNDEFINED, 0, 0, 0, &traps);
    tap_equal("M an undefined word raises one exception", traps, 1);
    tap_equal("M an undefined word is INE", self->trap.ecode, ECODE_INE);
    rt_try(INSN_BREAK(5), 0, 0, 0, &traps);
    tap_equal("M break is BRK", self->trap.ecode, ECODE_BRK);
    tap_equal("4.3 BADI holds the instruction", self->trap.badi & 0xffffffff, INSN_BREAK(5));
    tap_equal("M a0 survives an exception", rt_try(INSN_BREAK(5), 77, 0, 0, NULL), 77);
}

static void smoke_paging(void) {
    struct rt_context *self = rt_context_self();

    rt_space_add(&self->space, SMOKE_VA, rt_phys(smoke_page), 0x10000, 12,
                 TLBELO_V | TLBELO_D | TLBELO_CC);
    smoke_page[0x201] = 0x1122334455667788;
    tap_equal("M host refill serves a paged load", *(volatile uint64_t *)(SMOKE_VA + 0x1008),
              0x1122334455667788);
    *(volatile uint64_t *)(SMOKE_VA + 0x1010) = 42;
    tap_equal("M host paged store", smoke_page[0x202], 42);
    tap_equal("M one refill for both pages of a pair", self->refills, 1);
    self->space.count = 0;
}

static void smoke_timer(void) {
    uint64_t start = rdtime();

    csr_write(CSR_TCFG, 100000 | TCFG_EN);
    while ((csr_read(CSR_ESTAT) >> IRQ_TIMER & 1) == 0 &&
           rdtime() - start < rt_ticks_per_second()) {
    }
    tap_equal("6.1 the host timer raises ESTAT bit 11", csr_read(CSR_ESTAT) >> IRQ_TIMER & 1, 1);
    csr_write(CSR_TICLR, 1);
    tap_equal("6.1 TICLR clears it", csr_read(CSR_ESTAT) >> IRQ_TIMER & 1, 0);
    csr_write(CSR_TCFG, 0);
    tap_true("6.1 rdtime advances", rdtime() > start);
}

void rt_main(void) {
    smoke_traps();
    smoke_paging();
    smoke_timer();
    tap_done();
}
