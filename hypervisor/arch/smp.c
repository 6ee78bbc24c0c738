// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/csr.h>
#include <arch/offsets.h>
#include <core/cpu.h>
#include <devices/send.h>
#include <lib/bits.h>

/* Bits of IPI_SEND and MAIL_SEND (LVZ reference 9.1). */
#define SEND_BLOCKING   BIT(31)
#define SEND_CORE_SHIFT 16
#define MAIL_HALF_SHIFT 2
#define MAIL_DATA_SHIFT 32

/* IPI number 0 starts a parked CPU (LVZ reference 10.3); the doorbell is another. */
#define VECTOR_START    0u
#define VECTOR_DOORBELL 5u

/* Given by entry.S. */
extern const char start_secondary[];
uint8_t cpu_stacks[LV_MAX_CPUS][STACK_SIZE] __attribute__((aligned(16)));

static void mail_send_half(uint32_t phys_id, uint32_t half, uint32_t data) {
    arch_iocsr_write(IOCSR_MAIL_SEND, 8,
                     SEND_BLOCKING | (uint64_t)half << MAIL_HALF_SHIFT |
                         (uint64_t)phys_id << SEND_CORE_SHIFT | (uint64_t)data << MAIL_DATA_SHIFT);
}

/* The high half first: the parked loop starts when it finds the low one. */
static void mail_send(uint32_t phys_id, uint32_t box, uint64_t data) {
    mail_send_half(phys_id, 2 * box + 1, (uint32_t)(data >> 32));
    mail_send_half(phys_id, 2 * box, (uint32_t)data);
}

static void ipi_send(uint32_t phys_id, uint32_t vector) {
    arch_iocsr_write(IOCSR_IPI_SEND, 4,
                     SEND_BLOCKING | (uint64_t)phys_id << SEND_CORE_SHIFT | vector);
}

static struct cpu *cpu_by_phys_id(uint32_t phys_id) {
    cpu_id_t id = 0;

    while (cpu_blocks[id].phys_id != phys_id) {
        id++;
    }
    return &cpu_blocks[id];
}

void arch_cpu_start(uint32_t phys_id) {
    struct cpu *cpu = cpu_by_phys_id(phys_id);

    cpu->arch.stack_top = (uint64_t)cpu_stacks[cpu->id] + STACK_SIZE;
    mail_send(phys_id, 1, (uint64_t)cpu);
    mail_send(phys_id, 0, arch_hpa(start_secondary));
    ipi_send(phys_id, VECTOR_START);
}

/* dbar 0 orders the post before the ring; IOCSR writes are not ordered with memory. */
void arch_doorbell_ring(uint32_t phys_id) {
    __asm__ volatile("dbar 0" : : : "memory");
    ipi_send(phys_id, VECTOR_DOORBELL);
}

void arch_doorbell_answer(void) {
    arch_iocsr_write(IOCSR_IPI_CLEAR, 4, arch_iocsr_read(IOCSR_IPI_STATUS, 4));
    __asm__ volatile("dbar 0" : : : "memory");
}
