/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the loaded guest's state says and how it is changed, on its own CPU. */
#ifndef LV_ARCH_GUEST_H
#define LV_ARCH_GUEST_H

#include <arch/csr.h>
#include <core/vcpu.h>
#include <irq/ipi.h>
#include <lib/bits.h>

#define INSTRUCTION_SIZE 4

/* Goes on behind the instruction at pc, which made the guest exit. */
static inline void guest_skip_instruction(uint64_t pc) {
    csr_write(CSR_ERA, pc + INSTRUCTION_SIZE);
}

static inline bool guest_is_privileged(void) {
    return (gcsr_read(CSR_CRMD) & CRMD_PLV_MASK) == 0;
}

/*
 * Sets mask's bits of the guest's ESTAT to those of value. A guest timer that fires in the same
 * moment is not lost (LVZ reference 7.2).
 */
static inline void guest_change_estat(uint64_t mask, uint64_t value) {
    uint64_t before = gcsr_read(CSR_TVAL);

    gcsr_change(CSR_ESTAT, mask, value);
    /* The count only falls, unless the timer has fired: then it is reloaded or all ones. */
    if (gcsr_read(CSR_TVAL) > before) {
        gcsr_change(CSR_ESTAT, BIT(IRQ_TIMER), BIT(IRQ_TIMER));
    }
}

/* Brings the line of the vCPU's IPIs to what its IPI block says. */
static inline void guest_set_ipi_line(const struct vcpu *vcpu) {
    guest_change_estat(BIT(IRQ_IPI), (uint64_t)ipi_line(&vcpu->ipi) << IRQ_IPI);
}

/*
 * Enters the guest's handler for a synchronous exception at the current ERA (LVZ reference 4.3).
 * badv counts for address errors. FORBIDDEN if the guest cannot take it: it is in its TLB refill
 * handler, or the instruction at fault is the handler's first.
 */
enum verdict guest_inject(unsigned ecode, unsigned esubcode, uint64_t badv);

/* ECODE_* of this CPU's last exit. */
static inline unsigned guest_exit_code(void) {
    return (unsigned)(csr_read(CSR_ESTAT) >> ESTAT_ECODE_SHIFT & ESTAT_ECODE_MASK);
}

/* The interrupts, as ESTAT bits, that the guest would take if it had interrupts on. */
static inline uint64_t guest_pending_lines(void) {
    uint64_t injected = (csr_read(CSR_GINTC) & GINTC_VIP_MASK) << IRQ_HWI0;

    /* Whether the guest's ESTAT shows injected lines to the host is not known (LVZ reference 7.2).
     */
    return (gcsr_read(CSR_ESTAT) | injected) & gcsr_read(CSR_ECFG) & ESTAT_IS_MASK;
}

#endif
