// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/zone.h>
#include <irq/eiointc.h>
#include <core/irq.h>
#include <irq/ipi.h>
#include <lib/bits.h>

/* The features that a zone has: MSI, EXT_IOI, per-core IPI. */
#define FEATURES_OFFERED (BIT(2) | BIT(3) | BIT(4))
/* If it is set, Linux looks for KVM's interface and routes vectors over HWI0 to HWI3. */
#define FEATURES_GUEST BIT(11)
/* The zone's own EIOINTC is the machine's, which the root zone switches on. */
#define MISC_EXT_INT_ENABLE BIT(48)

/* Words that are read-only or passed through; each is 8 bytes wide and aligned. */
static uint64_t iocsr_read_machine(const struct vcpu *vcpu, uint32_t number) {
    bool paravirtual = (vcpu->zone->config.flags & LV_ZONE_PV_IPI) != 0;
    uint64_t value;

    switch (number & ~7u) {
    case IOCSR_VERSION:
    case IOCSR_VENDOR:
    case IOCSR_CPUNAME:
        value = arch_iocsr_read(number & ~7u, 8);
        break;
    case IOCSR_FEATURES:
        value = arch_iocsr_read(IOCSR_FEATURES, 8) & FEATURES_OFFERED;
        value |= paravirtual ? FEATURES_GUEST : 0;
        break;
    case IOCSR_MISC_FUNC:
        value = arch_iocsr_read(IOCSR_MISC_FUNC, 8) & MISC_EXT_INT_ENABLE;
        break;
    default:
        value = 0;
        break;
    }
    return value >> (number % 8 * 8);
}

static void iocsr_write_machine(const struct vcpu *vcpu, uint32_t number, uint64_t value) {
    value <<= number % 8 * 8;
    if (zone_is_root(vcpu->zone) && (number & ~7u) == IOCSR_MISC_FUNC &&
        (value & MISC_EXT_INT_ENABLE) != 0) {
        uint64_t old = arch_iocsr_read(IOCSR_MISC_FUNC, 8);
        arch_iocsr_write(IOCSR_MISC_FUNC, 8, old | MISC_EXT_INT_ENABLE);
    }
}

uint64_t iocsr_read(struct vcpu *vcpu, uint32_t number, unsigned size) {
    if (ipi_owns(number)) {
        return ipi_read(vcpu, number, size);
    }
    return eiointc_owns(number) ? eiointc_read(vcpu, number, size)
                                : iocsr_read_machine(vcpu, number);
}

void iocsr_write(struct vcpu *vcpu, uint32_t number, unsigned size, uint64_t value) {
    if (ipi_owns(number)) {
        ipi_write(vcpu, number, size, value);
    } else if (eiointc_owns(number)) {
        eiointc_write(vcpu, number, size, value);
    } else {
        iocsr_write_machine(vcpu, number, value);
    }
}
