/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads and changes the state of the loaded guest, on its own CPU. */
#ifndef LV_ARCH_GUEST_H
#define LV_ARCH_GUEST_H

#include <arch/csr.h>
#include <core/vcpu.h>
#include <irq/ipi.h>
#include <lib/bits.h>

#define INSTRUCTION_SIZE 4

/* Moves the guest past the instruction at pc, the cause of the exit. */
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
    /* The count only falls. A timer that has fired is reloaded or reads all ones. */
    if (gcsr_read(CSR_TVAL) > before) {
        gcsr_change(CSR_ESTAT, BIT(IRQ_TIMER), BIT(IRQ_TIMER));
    }
}

/* Sets the vCPU's IPI line to the level that its IPI block asks for. */
static inline void guest_set_ipi_line(const struct vcpu *vcpu) {
    guest_change_estat(BIT(IRQ_IPI), (uint64_t)ipi_line(&vcpu->ipi) << IRQ_IPI);
}

/*
 * Enters the guest's handler for a synchronous exception at the current ERA (LVZ reference 4.3).
 * badv is used by address errors alone. FORBIDDEN if the guest cannot take the exception: it is in
 * its TLB refill handler, or the faulting instruction is the handler's first.
 */
enum verdict guest_inject(unsigned ecode, unsigned esubcode, uint64_t badv);

/* ECODE_* of this CPU's last exit. */
static inline unsigned guest_exit_code(void) {
    return (unsigned)(csr_read(CSR_ESTAT) >> ESTAT_ECODE_SHIFT & ESTAT_ECODE_MASK);
}

/* The pending interrupts, as ESTAT bits, that the guest has enabled in ECFG. */
static inline uint64_t guest_pending_lines(void) {
    uint64_t injected = (csr_read(CSR_GINTC) & GINTC_VIP_MASK) << IRQ_HWI0;

    /* Whether the guest's ESTAT shows injected lines to the host is not known (LVZ reference 7.2).
     */
    return (gcsr_read(CSR_ESTAT) | injected) & gcsr_read(CSR_ECFG) & ESTAT_IS_MASK;
}

#endif
