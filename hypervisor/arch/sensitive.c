// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/decode.h>
#include <arch/exits.h>
#include <arch/guest.h>
#include <core/hypercall.h>
#include <core/zone.h>
#include <devices/iocsr.h>
#include <lib/bits.h>
#include <loongvisor/hypercall.h>

/* cpucfg leaves that exist on any LoongArch CPU, and what a zone must not see of them. */
#define CPUCFG_LEAVES    21u
#define CPUCFG1          1u
#define CPUCFG1_PALEN    BITS(11, 4) /* minus 1 */
#define CPUCFG1_PALEN_AT 4
#define CPUCFG2          2u
#define CPUCFG2_LVZ      BITS(13, 10)
#define CPUCFG6          6u /* PMU: its counters are not virtualised */

static uint32_t hypervisor_leaf(const struct vcpu *vcpu, uint32_t leaf) {
    bool paravirtual = (vcpu->zone->config.flags & LV_ZONE_PV_IPI) != 0;

    if (leaf == LV_CPUCFG_SIGNATURE) {
        return paravirtual ? KVM_SIGNATURE_VALUE : LV_CPUCFG_SIGNATURE_VALUE;
    }
    return paravirtual && leaf == KVM_FEATURES_LEAF ? KVM_FEATURE_IPI : 0;
}

uint32_t exit_cpucfg_value(const struct vcpu *vcpu, uint32_t leaf) {
    if (leaf >= LV_CPUCFG_SIGNATURE) {
        return hypervisor_leaf(vcpu, leaf);
    }
    if (leaf >= CPUCFG_LEAVES || leaf == CPUCFG6) {
        return 0;
    }
    uint32_t value = cpucfg_read(leaf);
    if (leaf == CPUCFG1) {
        value = (value & ~(uint32_t)CPUCFG1_PALEN) | (LV_GPA_BITS - 1) << CPUCFG1_PALEN_AT;
    }
    return leaf == CPUCFG2 ? value & ~(uint32_t)CPUCFG2_LVZ : value;
}

static void gpr_set(struct cpu *cpu, unsigned index, uint64_t value) {
    if (index != 0) {
        cpu->arch.gpr[index] = value;
    }
}

/* The slot of a CSR that keeps what the guest writes, or SOFTWARE_CSRS. */
static unsigned software_csr_slot(uint32_t number) {
    if (number >= CSR_IMPCTL1 && number <= CSR_IMPCTL2) {
        return number - CSR_IMPCTL1;
    }
    if (number >= CSR_MERRCTL && number <= CSR_MERRSAVE) {
        return 2 + number - CSR_MERRCTL;
    }
    return number == CSR_CTAG ? SOFTWARE_CSRS - 1 : SOFTWARE_CSRS;
}

/* Any other number reads 0 and ignores writes (LVZ reference 1.5). */
void exit_csr(struct cpu *cpu, struct vcpu *vcpu, uint32_t word) {
    unsigned slot = software_csr_slot(insn_csr(word));
    unsigned rj = insn_rj(word);
    uint64_t old = slot < SOFTWARE_CSRS ? vcpu->arch.software_csr[slot] : 0;
    uint64_t source = cpu->arch.gpr[insn_rd(word)];
    uint64_t mask = rj == 1 ? UINT64_MAX : cpu->arch.gpr[rj];

    if (rj != 0 && slot < SOFTWARE_CSRS) {
        vcpu->arch.software_csr[slot] = (old & ~mask) | (source & mask);
    }
    gpr_set(cpu, insn_rd(word), old);
}

static void emulate_iocsr(struct cpu *cpu, struct vcpu *vcpu, uint32_t word, bool is_write) {
    struct access access = {
        .address = (uint32_t)cpu->arch.gpr[insn_rj(word)],
        .size = insn_iocsr_size(word),
        .is_write = is_write,
    };

    if (is_write) {
        access.value = bits_truncate(cpu->arch.gpr[insn_rd(word)], access.size);
    }
    iocsr_access(vcpu, &access);
    if (!is_write) {
        gpr_set(cpu, insn_rd(word), bits_sign_extend(access.value, access.size));
    }
}

static const enum lv_exit_cause causes[] = {
    [SENSITIVE_UNKNOWN] = LV_EXIT_OTHER_GSPR,
    [SENSITIVE_CPUCFG] = LV_EXIT_CPUCFG,
    [SENSITIVE_CSR] = LV_EXIT_CSR,
    [SENSITIVE_CACOP] = LV_EXIT_CACOP,
    [SENSITIVE_IOCSR_READ] = LV_EXIT_IOCSR_READ,
    [SENSITIVE_IOCSR_WRITE] = LV_EXIT_IOCSR_WRITE,
    [SENSITIVE_IDLE] = LV_EXIT_IDLE,
};

enum verdict exit_sensitive(struct cpu *cpu, struct vcpu *vcpu) {
    uint32_t word = (uint32_t)csr_read(CSR_BADI);
    enum sensitive_kind kind = decode_sensitive(word);

    vcpu_count_exit(vcpu, causes[kind]);
    if (kind != SENSITIVE_CPUCFG && !guest_is_privileged()) {
        return guest_inject(ECODE_IPE, 0, 0);
    }
    switch (kind) {
    case SENSITIVE_CPUCFG:
        gpr_set(
            cpu, insn_rd(word),
            bits_sign_extend(exit_cpucfg_value(vcpu, (uint32_t)cpu->arch.gpr[insn_rj(word)]), 4));
        break;
    case SENSITIVE_CSR:
        exit_csr(cpu, vcpu, word);
        break;
    case SENSITIVE_IOCSR_READ:
    case SENSITIVE_IOCSR_WRITE:
        emulate_iocsr(cpu, vcpu, word, kind == SENSITIVE_IOCSR_WRITE);
        break;
    case SENSITIVE_IDLE:
        return exit_idle(vcpu);
    case SENSITIVE_CACOP:
        /* Caches are coherent; what exits are the operations that initialise them. */
        break;
    default:
        return guest_inject(ECODE_INE, 0, 0);
    }
    guest_skip_instruction();
    return VERDICT_HANDLED;
}
