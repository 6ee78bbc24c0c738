// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/csr.h>
#include <core/arch.h>
#include <irq/send.h>

/* An IPI other than number 0, which starts a parked CPU. */
#define VECTOR_DOORBELL 5u

void arch_doorbell_ring(uint32_t phys_id) {
    iocsr_order();
    iocsr_write_word(IOCSR_IPI_SEND, (uint32_t)send_ipi(phys_id, VECTOR_DOORBELL));
}

void arch_doorbell_answer(void) {
    iocsr_write_word(IOCSR_IPI_CLEAR, iocsr_read_word(IOCSR_IPI_STATUS));
    iocsr_order();
}
