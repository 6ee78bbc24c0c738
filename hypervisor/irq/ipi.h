/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IPI block that each vCPU sees behind iocsr* (LVZ reference 9.1): status, enable, four
 * mailboxes, and the three send registers, confined to the zone. Senders post with one atomic OR
 * and ring the target's doorbell; the target derives its line from status and enable, so a ring
 * that comes early, late or twice changes nothing.
 */
#ifndef LV_IRQ_IPI_H
#define LV_IRQ_IPI_H

#include <core/irq.h>
#include <loongarch/registers.h>

struct vcpu;

#define IPI_END 0x1400u

/* Bytes of each of its registers except the mailboxes. */
#define IPI_WORD 4u

/* Whether the IOCSR number belongs to this block or to no register. */
static inline bool ipi_owns(uint32_t number) {
    return number >= IOCSR_IPI_STATUS && number < IPI_END;
}

/*
 * The vCPU's access to an IOCSR number that ipi_owns() accepts. Undefined registers read 0 and
 * ignore writes. Writes of fewer than 4 bytes, mail of fewer than 8 bytes, and unaligned writes are
 * also ignored. More than size bytes of the result may be set. The vCPU's own CPU.
 */
uint64_t ipi_read(const struct vcpu *vcpu, uint32_t number, unsigned size);
void ipi_write(struct vcpu *vcpu, uint32_t number, unsigned size, uint64_t value);

/* The same for a write of 4 bytes, aligned or not. */
void ipi_write_word(struct vcpu *vcpu, uint32_t number, uint32_t value);

/* A write of 32 bits with a byte keep-mask, sent by ANY_SEND to another vCPU's register. */
void ipi_write_remote(struct vcpu *sender, struct vcpu *target, uint32_t number, uint32_t data,
                      uint32_t keep_mask);

/* Takes over a posted SWI0; false if there is none. The vCPU's own CPU. */
static inline bool ipi_take_software(struct ipi_block *ipi) {
    return atomic_load_explicit(&ipi->software, memory_order_relaxed) &&
           atomic_exchange_explicit(&ipi->software, false, memory_order_acquire);
}

/* Release: a target that sees the bit also sees the sender's earlier writes. Any CPU. */
static inline void ipi_set(struct ipi_block *ipi, uint32_t bits) {
    atomic_fetch_or_explicit(&ipi->status, bits, memory_order_release);
}

/* The vCPU's own CPU. */
static inline void ipi_clear(struct ipi_block *ipi, uint32_t bits) {
    atomic_fetch_and_explicit(&ipi->status, ~bits, memory_order_acq_rel);
}

/* Acquire: a bit makes the earlier writes of its sender visible. Any CPU. */
static inline uint32_t ipi_status(const struct ipi_block *ipi) {
    return atomic_load_explicit(&ipi->status, memory_order_acquire);
}

/* The level of the vCPU's IPI line. Any CPU. */
static inline bool ipi_line(const struct ipi_block *ipi) {
    return (ipi_status(ipi) & atomic_load_explicit(&ipi->enable, memory_order_relaxed)) != 0;
}

#endif
