// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/decode.h>
#include <arch/exits.h>
#include <arch/guest.h>
#include <core/zone.h>
#include <lib/bits.h>

/* Features in the cpucfg leaves of any LoongArch CPU that a zone must not see. */
#define CPUCFG1_PALEN BITS(CPUCFG1_PALEN_HIGH, CPUCFG1_PALEN_LOW)
#define CPUCFG2_LVZ   BITS(CPUCFG2_LVZ_HIGH, CPUCFG2_LVZ_LOW)
#define CPUCFG2_LBT   BITS(20, 18) /* off in EUEN_UNITS */
#define CPUCFG3       3u
/* IMPCTL1 sets the store fill buffer and the order of loads and stores; a zone has a dummy. */
#define CPUCFG3_CHOICES (BIT(1) | BIT(18) | BIT(19) | BIT(22))
#define CPUCFG6         6u /* PMU: its counters are not virtualised */

static uint32_t machine_leaf(uint32_t leaf) {
    uint32_t value = cpucfg_read(leaf);

    switch (leaf) {
    case CPUCFG1:
        value &= ~(uint32_t)(CPUCFG1_PALEN | CPUCFG1_MSG_INT);
        return value | (LV_GPA_BITS - 1) << CPUCFG1_PALEN_LOW;
    case CPUCFG2:
        return value & ~(uint32_t)(CPUCFG2_LVZ | CPUCFG2_LBT);
    case CPUCFG3:
        return value & ~(uint32_t)CPUCFG3_CHOICES;
    case CPUCFG6:
        return 0;
    default:
        return value;
    }
}

void exit_init_cpucfg(struct vcpu *vcpu) {
    for (uint32_t leaf = 0; leaf < CPUCFG_LEAVES; leaf++) {
        vcpu->arch.cpucfg[leaf] = (int32_t)machine_leaf(leaf);
    }
}

/* No call, no stack frame: see exits_tail_hot.c. */
#define EXIT_INLINE __attribute__((always_inline)) static inline

static enum verdict skip_and_resume(uint64_t pc) {
    guest_skip_instruction(pc);
    return VERDICT_HANDLED;
}

EXIT_INLINE enum verdict emulate_cpucfg(struct cpu *cpu, struct vcpu *vcpu, uint64_t pc,
                                        uint64_t word) {
    uint32_t leaf = (uint32_t)cpu->arch.gpr[insn_rj((uint32_t)word)];

    vcpu_count_exit(vcpu, LV_EXIT_CPUCFG);
    if (leaf >= CPUCFG_LEAVES) {
        return emulate_cpucfg_high(cpu, vcpu, pc, word);
    }
    gpr_set(cpu, insn_rd((uint32_t)word), (uint64_t)vcpu->arch.cpucfg[leaf]);
    return skip_and_resume(pc);
}

/* The place of a CSR that keeps the guest's writes in software, or NULL. */
static uint64_t *software_csr(struct vcpu *vcpu, uint64_t number) {
    uint64_t *csrs = vcpu->arch.software_csr;

    if (number - CSR_IMPCTL1 <= CSR_IMPCTL2 - CSR_IMPCTL1) {
        return &csrs[number - CSR_IMPCTL1];
    }
    if (number - CSR_MERRCTL <= CSR_MERRSAVE - CSR_MERRCTL) {
        return &csrs[2 + number - CSR_MERRCTL];
    }
    return number == CSR_CTAG ? &csrs[SOFTWARE_CSRS - 1] : NULL;
}

/* Any other number reads 0 and ignores writes (LVZ reference 1.5). rj: 0 csrrd, 1 csrwr. */
EXIT_INLINE enum verdict emulate_csr(struct cpu *cpu, struct vcpu *vcpu, uint64_t pc,
                                     uint64_t word) {
    uint64_t *csr = software_csr(vcpu, insn_csr((uint32_t)word));
    unsigned rd = insn_rd((uint32_t)word);
    unsigned rj = insn_rj((uint32_t)word);
    uint64_t old = 0;

    vcpu_count_exit(vcpu, LV_EXIT_CSR);
    if (csr != NULL) {
        old = *csr;
        if (rj != 0) {
            uint64_t value = cpu->arch.gpr[rd];
            if (rj != 1) {
                value = (old & ~cpu->arch.gpr[rj]) | (value & cpu->arch.gpr[rj]);
            }
            *csr = value;
        }
    }
    gpr_set(cpu, rd, old);
    return skip_and_resume(pc);
}

/* The words of the IPI block that a guest accesses at each IPI have a fast path. */
EXIT_INLINE enum verdict exit_iocsr_read(struct cpu *cpu, struct vcpu *vcpu, uint64_t pc,
                                         uint64_t word) {
    uint32_t number = (uint32_t)cpu->arch.gpr[insn_rj((uint32_t)word)];

    vcpu_count_exit(vcpu, LV_EXIT_IOCSR_READ);
    if (number != IOCSR_IPI_STATUS || insn_iocsr_size((uint32_t)word) != IPI_WORD) {
        return emulate_iocsr_read(cpu, vcpu, pc, word);
    }
    gpr_set(cpu, insn_rd((uint32_t)word), bits_sign_extend(ipi_status(&vcpu->ipi), IPI_WORD));
    return skip_and_resume(pc);
}

EXIT_INLINE enum verdict exit_iocsr_write(struct cpu *cpu, struct vcpu *vcpu, uint64_t pc,
                                          uint64_t word) {
    uint32_t number = (uint32_t)cpu->arch.gpr[insn_rj((uint32_t)word)];
    uint64_t value = cpu->arch.gpr[insn_rd((uint32_t)word)];
    unsigned size = insn_iocsr_size((uint32_t)word);

    vcpu_count_exit(vcpu, LV_EXIT_IOCSR_WRITE);
    guest_skip_instruction(pc);
    if (size != IPI_WORD || (number != IOCSR_IPI_SET && number != IOCSR_IPI_CLEAR)) {
        return emulate_iocsr_write(vcpu, number, size, value);
    }
    if (number == IOCSR_IPI_SET) {
        ipi_set(&vcpu->ipi, (uint32_t)value);
    } else {
        ipi_clear(&vcpu->ipi, (uint32_t)value);
    }
    guest_set_ipi_line(vcpu);
    return VERDICT_HANDLED;
}

/* Caches are coherent, so nothing is lost; a zone may not empty caches that others share. */
static enum verdict emulate_cacop(struct vcpu *vcpu, uint64_t pc) {
    vcpu_count_exit(vcpu, LV_EXIT_CACOP);
    return skip_and_resume(pc);
}

static enum verdict inject_unknown(struct vcpu *vcpu) {
    vcpu_count_exit(vcpu, LV_EXIT_OTHER_GSPR);
    return guest_inject(ECODE_INE, 0, 0);
}

/* These instructions are privileged (manual volume 1, 4.2). */
static enum verdict inject_privilege(struct vcpu *vcpu, enum sensitive_kind kind) {
    static const uint8_t causes[] = {
        [SENSITIVE_UNKNOWN] = LV_EXIT_OTHER_GSPR,
        [SENSITIVE_CSR] = LV_EXIT_CSR,
        [SENSITIVE_CACOP] = LV_EXIT_CACOP,
        [SENSITIVE_IOCSR_READ] = LV_EXIT_IOCSR_READ,
        [SENSITIVE_IOCSR_WRITE] = LV_EXIT_IOCSR_WRITE,
        [SENSITIVE_IDLE] = LV_EXIT_IDLE,
    };

    vcpu_count_exit(vcpu, (enum lv_exit_cause)causes[kind]);
    return guest_inject(ECODE_IPE, 0, 0);
}

__attribute__((noinline)) static enum verdict
exit_sensitive_user(struct cpu *cpu, struct vcpu *vcpu, uint64_t pc, uint64_t word) {
    enum sensitive_kind kind = decode_sensitive((uint32_t)word);

    if (kind == SENSITIVE_CPUCFG) {
        return emulate_cpucfg(cpu, vcpu, pc, word);
    }
    if (kind == SENSITIVE_CACOP && decode_cacop_is_hit((uint32_t)word)) {
        return emulate_cacop(vcpu, pc);
    }
    return inject_privilege(vcpu, kind);
}

enum verdict exit_sensitive(struct cpu *cpu, struct vcpu *vcpu, uint64_t pc, uint64_t word) {
    if (!gpr_is_saved(cpu, insn_rd((uint32_t)word)) ||
        !gpr_is_saved(cpu, insn_rj((uint32_t)word))) {
        return VERDICT_AGAIN;
    }
    if (!guest_is_privileged()) {
        return exit_sensitive_user(cpu, vcpu, pc, word);
    }
    switch (decode_sensitive((uint32_t)word)) {
    case SENSITIVE_CSR:
        return emulate_csr(cpu, vcpu, pc, word);
    case SENSITIVE_CPUCFG:
        return emulate_cpucfg(cpu, vcpu, pc, word);
    case SENSITIVE_IOCSR_READ:
        return exit_iocsr_read(cpu, vcpu, pc, word);
    case SENSITIVE_IOCSR_WRITE:
        return exit_iocsr_write(cpu, vcpu, pc, word);
    case SENSITIVE_IDLE:
        return exit_idle(vcpu, pc);
    case SENSITIVE_CACOP:
        return emulate_cacop(vcpu, pc);
    default:
        return inject_unknown(vcpu);
    }
}
