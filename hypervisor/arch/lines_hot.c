// SPDX-License-Identifier: GPL-2.0-or-later
/* The interrupt lines of the loaded guest (LVZ reference 7.2). */
#include <arch/guest.h>
#include <core/zone.h>
#include <irq/eiointc.h>
#include <irq/interrupt.h>
#include <lib/bits.h>

/*
 * While an injected line is low, it is enabled for the host. While it is high, it is masked for the
 * host and asserted for the guest. If the hardware lowers it only after the guest has served its
 * vectors, the guest's next access to the controller notices.
 */
static uint64_t update_injected_lines(const struct vcpu *vcpu) {
    uint64_t high = csr_read(CSR_ESTAT) & vcpu->arch.injected_lines;

    csr_change(CSR_ECFG, vcpu->arch.injected_lines, vcpu->arch.injected_lines & ~high);
    return high >> IRQ_HWI0;
}

void arch_vcpu_update_hwi(struct vcpu *vcpu) {
    uint64_t lines = eiointc_virtual_lines(&vcpu->zone->eiointc, vcpu->id) |
                     zone_device_lines(vcpu->zone, vcpu->id);

    if (vcpu->arch.injected_lines != 0) {
        lines |= update_injected_lines(vcpu);
    }
    csr_change(CSR_GINTC, GINTC_VIP_MASK, lines);
}

void arch_vcpu_update_ipi(struct vcpu *vcpu) {
    guest_set_ipi_line(vcpu);
}

void arch_vcpu_update_lines(struct vcpu *vcpu) {
    arch_vcpu_update_hwi(vcpu);
    arch_vcpu_update_ipi(vcpu);
    /* SWI0 is edge-triggered: only the guest lowers it. */
    if (ipi_take_software(&vcpu->ipi)) {
        guest_change_estat(BIT(IRQ_SWI0), BIT(IRQ_SWI0));
    }
}
