// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/csr.h>
#include <arch/offsets.h>
#include <arch/stage2.h>
#include <core/checked.h>
#include <core/console.h>
#include <core/log.h>
#include <core/zone.h>
#include <lib/bits.h>

_Noreturn void invariants_broken(const char *what) {
    console_take();
    log_error("inconsistency on CPU %u: %s", arch_this_cpu()->id, what);
    arch_cpu_stop();
}

/* root: what guests are translated by. */
static const char *check_translation(const struct cpu *cpu, const uint64_t *root) {
    uint64_t gid = cpu->id + 1;

    if (csr_read(CSR_PGDL) != arch_hpa(root) ||
        csr_read(CSR_PGDH) != arch_hpa(stage2_empty_root())) {
        return "the stage-2 root has changed";
    }
    if ((csr_read(CSR_GCFG) & GCFG_CONTROLS) != GCFG_MATC_ROOT) {
        return "what guests are given has changed";
    }
    if (bits_get(csr_read(CSR_GSTAT), 23, GSTAT_GID_SHIFT) != gid ||
        bits_get(csr_read(CSR_GTLBC), 23, GTLBC_TGID_SHIFT) != gid) {
        return "the guest's TLB tag has changed";
    }
    return NULL;
}

static const char *check_interrupts(const struct vcpu *vcpu) {
    uint64_t always = BIT(IRQ_IPI) | BIT(IRQ_TIMER);
    uint64_t hwip = (uint64_t)vcpu->zone->config.cpu_lines << GINTC_HWIP_SHIFT;

    if ((csr_read(CSR_ECFG) & ~vcpu->arch.injected_lines) != always) {
        return "the host's interrupt enables have changed";
    }
    return (csr_read(CSR_GINTC) & ~(uint64_t)GINTC_VIP_MASK) == hwip
               ? NULL
               : "the lines passed through have changed";
}

/* Nothing of the last vCPU is left: its lines, its timers. */
static const char *check_waiting(const struct cpu *cpu) {
    if (csr_read(CSR_GINTC) != 0 || csr_read(CSR_ECFG) != (BIT(IRQ_IPI) | BIT(IRQ_TIMER))) {
        return "a CPU without a vCPU has lines of one";
    }
    return gcsr_read(CSR_TCFG) == 0 && !cpu->arch.has_deadline
               ? NULL
               : "a CPU without a vCPU has a timer of one";
}

static const char *check_vcpu(const struct cpu *cpu, const struct vcpu *vcpu) {
    if (cpu != arch_this_cpu() || vcpu->cpu != cpu->id) {
        return "a vCPU is on a CPU that is not its own";
    }
    if (gcsr_read(CSR_CPUID) != vcpu->id) {
        return "the guest's CPU number has changed";
    }
    return cpu->arch.gpr[0] == 0 ? NULL : "register 0 is not 0";
}

/* Nothing has ever been stored at the far end of the stack. */
static const char *check_stack(const struct cpu *cpu) {
    const uint64_t *end = (const uint64_t *)(cpu->arch.stack_top - STACK_SIZE);

    return *end == 0 ? NULL : "the stack is full";
}

/* next_record counts exits modulo the ring's size: 0 once a round. */
static const char *check_tables(const struct vcpu *vcpu) {
    bool due = vcpu->arch.next_record == 0;

    return !due || stage2_is_intact() ? NULL : "a stage-2 table has changed";
}

static void report(const char *broken) {
    if (broken != NULL) {
        invariants_broken(broken);
    }
}

void arch_cpu_check(void) {
    const struct cpu *cpu = arch_this_cpu();
    const char *broken = check_translation(cpu, stage2_empty_root());

    report(broken != NULL ? broken : check_waiting(cpu));
}

void invariants_check(const struct cpu *cpu, const struct vcpu *vcpu) {
    const char *broken = check_vcpu(cpu, vcpu);

    broken = broken != NULL ? broken : check_translation(cpu, vcpu->zone->stage2.root);
    broken = broken != NULL ? broken : check_interrupts(vcpu);
    broken = broken != NULL ? broken : check_stack(cpu);
    report(broken != NULL ? broken : check_tables(vcpu));
}
