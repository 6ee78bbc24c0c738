// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/cpu.h>
#include <core/zone_life.h>

_Noreturn void cpu_run(void) {
    struct cpu *cpu = arch_this_cpu();

    for (;;) {
        struct vcpu *vcpu = atomic_load_explicit(&cpu->vcpu, memory_order_acquire);
        if (vcpu != NULL && zone_follow_state(vcpu)) {
            vcpu_run(vcpu);
        }
        if (LV_CHECKED) {
            arch_cpu_check();
        }
        arch_cpu_wait();
        cpu_answer_doorbell();
    }
}
