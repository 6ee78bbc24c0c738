/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A timer ends when it reaches 0, not when somebody notices (LVZ reference 6.1): a periodic one
 * keeps its phase, and TICLR ends what came before it, however late software, or an emulator's own
 * thread, is.
 */
#ifndef PHASE_H
#define PHASE_H

#include "tap.h"

#define PHASE_TRIES 200u

#define TICLR_ROUNDS 200u
#define TICLR_TICKS  400UL

/* The distance in ticks between what TVAL says and what it must say, given the time of the write to
 * TCFG; the best of many tries, since the two readings don't happen at once. */
static inline uint64_t phase_error(uint64_t (*read_tval)(void), uint64_t start, uint64_t period) {
    uint64_t best = period;

    rt_delay(10 * period + period / 2);
    for (uint32_t i = 0; i < PHASE_TRIES && best > period / 10; i++) {
        uint64_t tval = read_tval();
        uint64_t phase = (rdtime() - start + tval) % period;
        uint64_t error = phase < period - phase ? phase : period - phase;

        best = error < best ? error : best;
        rt_delay(period / 7);
    }
    return best;
}

/* How many of many one-shot timers showed TI after TICLR was written past their end. In guest mode
 * it is the guest's timer. */
static inline uint64_t ticlr_late(void) {
    uint64_t late = 0;

    for (uint32_t i = 0; i < TICLR_ROUNDS; i++) {
        csr_write(CSR_TCFG, TICLR_TICKS | TCFG_EN);
        rt_delay(TICLR_TICKS + 1);
        csr_write(CSR_TICLR, 1);
        late += csr_read(CSR_ESTAT) >> IRQ_TIMER & 1;
    }
    csr_write(CSR_TCFG, 0);
    csr_write(CSR_TICLR, 1);
    return late;
}

#endif
