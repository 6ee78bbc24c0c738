// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/csr.h>
#include <arch/offsets.h>
#include <core/cpu.h>
#include <irq/send.h>

/* IPI number 0 starts a parked CPU (LVZ reference 10.3). */
#define VECTOR_START 0u

/* Given by entry.S. */
extern const char start_secondary[];
static uint8_t cpu_stacks[LV_MAX_CPUS][STACK_SIZE] __attribute__((aligned(16)));

void arch_cpu_prepare(struct cpu *cpu) {
    cpu->arch.stack_top = (uint64_t)cpu_stacks[cpu->id] + STACK_SIZE;
}

/* The high half first: the parked loop starts when it finds the low one. */
void arch_cpu_start(struct cpu *cpu) {
    uint64_t entry = arch_hpa(start_secondary);

    iocsr_order();
    arch_iocsr_write(IOCSR_MAIL_SEND, 8, send_mail(cpu->phys_id, 1, (uint32_t)(entry >> 32)));
    arch_iocsr_write(IOCSR_MAIL_SEND, 8, send_mail(cpu->phys_id, 0, (uint32_t)entry));
    arch_iocsr_write(IOCSR_IPI_SEND, 4, send_ipi(cpu->phys_id, VECTOR_START));
}
