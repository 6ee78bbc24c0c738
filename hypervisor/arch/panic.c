// SPDX-License-Identifier: GPL-2.0-or-later
/* Traps of the hypervisor itself end a CPU; machine errors end a CPU or a zone. */
#include <arch/csr.h>
#include <arch/exits.h>
#include <core/console.h>
#include <core/log.h>
#include <core/zone_life.h>

static void log_host_registers(void) {
    log_error("PC %016lx ESTAT %08lx BADV %016lx BADI %08lx", csr_read(CSR_ERA),
              csr_read(CSR_ESTAT), csr_read(CSR_BADV), csr_read(CSR_BADI));
}

static void log_machine_error(uint64_t control) {
    log_error("MERRCTL %08lx MERRINFO1 %016lx MERRINFO2 %016lx", control, csr_read(CSR_MERRINFO1),
              csr_read(CSR_MERRINFO2));
}

/*
 * While the root zone runs, it owns the console and can read the log. Then the console is taken
 * only if this CPU is the root zone's. This code may trap too: then it reports nothing more.
 */
_Noreturn void trap_panic(void) {
    struct cpu *cpu = arch_this_cpu();
    const struct vcpu *vcpu = cpu_vcpu(cpu);

    if (!cpu->arch.trapped) {
        cpu->arch.trapped = true;
        log_break_lock();
        if (vcpu != NULL && zone_is_root(vcpu->zone)) {
            console_take();
        }
        log_error("trap in the hypervisor on CPU %u", cpu->id);
        log_host_registers();
        log_error("TLBRERA %016lx TLBRBADV %016lx MERRERA %016lx", csr_read(CSR_TLBRERA),
                  csr_read(CSR_TLBRBADV), csr_read(CSR_MERRERA));
        log_machine_error(csr_read(CSR_MERRCTL));
        zone_lose_this_cpu();
    }
    arch_cpu_stop();
}

_Noreturn void exit_machine_error(struct cpu *cpu) {
    struct vcpu *vcpu = cpu_vcpu(cpu);

    cpu->arch.all_saved = true;
    log_machine_error(csr_read(CSR_MERRSAVE));
    vcpu_machine_error(vcpu);
}
