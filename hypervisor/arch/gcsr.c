// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/csr.h>
#include <arch/gcsr.h>
#include <core/zone.h>
#include <lib/bits.h>

#define CSR_LOAD(name)   gcsr_write(CSR_##name, state->csr[GUEST_##name]);
#define SAVE_LOAD(index) gcsr_write(CSR_SAVE0 + (index), state->save[index]);

void arch_state_power_on(struct arch_state *state, const struct vcpu *vcpu, gpa_t entry,
                         const uint64_t args[3]) {
    *state = (struct arch_state){
        .gpr = {[GPR_A0] = args[0], [GPR_A1] = args[1], [GPR_A2] = args[2]},
        .pc = entry,
        .csr = {[GUEST_CRMD] = CRMD_DA, [GUEST_CPUID] = vcpu->id, [GUEST_TID] = vcpu->id},
        .counter_offset = 0 - vcpu->zone->started_at,
    };
}

/* The timer stops before ESTAT is loaded, so that it cannot set TI again. */
void gcsr_load(const struct arch_state *state) {
    gcsr_write(CSR_TCFG, 0);
    gcsr_write(CSR_TICLR, TICLR_CLEAR);
    gcsr_write(CSR_LLBCTL, LLBCTL_WCLLB);
    GUEST_CSRS(CSR_LOAD)
    GUEST_SAVES(SAVE_LOAD)
    if ((csr_read(CSR_PRCFG1) & PRCFG1_SAVE_NUM) > GUEST_SAVES_ALWAYS) {
        GUEST_SAVES_MORE(SAVE_LOAD)
    }
    if ((cpucfg_read(CPUCFG1) & CPUCFG1_MSG_INT) != 0) {
        GUEST_CSRS_MSG(CSR_LOAD)
    }
    gcsr_write(CSR_TCFG, state->tcfg);
    if ((state->tcfg & TCFG_EN) != 0) {
        gcsr_write(CSR_TVAL, state->tval);
    }
}

const char *gcsr_unknown_state(void) {
    if ((cpucfg_read(CPUCFG1) & CPUCFG1_UNKNOWN) != 0) {
        return "CPUCFG.1 names features whose registers nothing clears between zones";
    }
    if ((cpucfg_read(CPUCFG2) & CPUCFG2_UNKNOWN) != 0) {
        return "CPUCFG.2 names features whose registers nothing clears between zones";
    }
    return NULL;
}
