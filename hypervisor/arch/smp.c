// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/csr.h>
#include <arch/offsets.h>
#include <core/cpu.h>
#include <irq/send.h>

/* IPI number 0 starts a parked CPU (LVZ reference 10.3); the doorbell is another. */
#define VECTOR_START    0u
#define VECTOR_DOORBELL 5u

/* Given by entry.S. */
extern const char start_secondary[];
static uint8_t cpu_stacks[LV_MAX_CPUS][STACK_SIZE] __attribute__((aligned(16)));

void arch_cpu_prepare(struct cpu *cpu) {
    cpu->arch.stack_top = (uint64_t)cpu_stacks[cpu->id] + STACK_SIZE;
}

/* The high half first: the parked loop starts when it finds the low one. */
static void mail_send(uint32_t phys_id, uint32_t box, uint64_t data) {
    arch_iocsr_write(IPI_MAIL_SEND, 8, send_mail(phys_id, 2 * box + 1, (uint32_t)(data >> 32)));
    arch_iocsr_write(IPI_MAIL_SEND, 8, send_mail(phys_id, 2 * box, (uint32_t)data));
}

/*
 * dbar 0 orders what was written before the IOCSR write that tells another CPU of it, and that
 * CPU's answer before what it reads next: IOCSR writes are not ordered with memory.
 */
static void order_with_iocsr(void) {
    __asm__ volatile("dbar 0" : : : "memory");
}

/* The CPU's first access to memory is to its block. */
void arch_cpu_start(struct cpu *cpu) {
    order_with_iocsr();
    mail_send(cpu->phys_id, 1, (uint64_t)cpu);
    mail_send(cpu->phys_id, 0, arch_hpa(start_secondary));
    arch_iocsr_write(IPI_SEND, 4, send_ipi(cpu->phys_id, VECTOR_START));
}

void arch_doorbell_ring(uint32_t phys_id) {
    order_with_iocsr();
    iocsr_write_word(IPI_SEND, (uint32_t)send_ipi(phys_id, VECTOR_DOORBELL));
}

void arch_doorbell_answer(void) {
    iocsr_write_word(IOCSR_IPI_CLEAR, iocsr_read_word(IOCSR_IPI_STATUS));
    order_with_iocsr();
}
