/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IPI block that each vCPU sees behind iocsr* (LVZ reference 9.1): status, enable, four
 * mailboxes, and the three send registers, confined to the zone. Senders post with one atomic OR
 * and ring the target's doorbell; the target derives its line from status and enable, so a ring
 * that comes early, late or twice changes nothing.
 */
#ifndef LV_DEVICES_IPI_H
#define LV_DEVICES_IPI_H

#include <core/types.h>
#include <stdatomic.h>

#define IPI_MAILBOXES 4

struct vcpu;

struct ipi_block {
    _Atomic uint32_t status;
    _Atomic uint32_t enable;
    _Atomic uint64_t mailbox[IPI_MAILBOXES];
    atomic_bool software; /* SWI0 posted by a paravirtual send, not yet taken over */
};

/* Whether IOCSR number belongs to this block. */
bool ipi_owns(uint64_t number);

/*
 * Carries out the vCPU's access to IOCSR access->address, which ipi_owns() must have accepted; what
 * is not defined reads 0 and ignores writes, and so do writes of fewer than 4 bytes, sends by mail
 * of fewer than 8 and whatever is not aligned. The vCPU's own CPU.
 */
void ipi_access(struct vcpu *vcpu, struct access *access);

/* A write of 32 bits with a byte keep-mask, sent by ANY_SEND to another vCPU's register. */
void ipi_write_remote(struct vcpu *sender, struct vcpu *target, uint64_t number, uint32_t data,
                      uint32_t keep_mask);

/*
 * A paravirtual IPI: raises the target's SWI0, which the guest itself lowers. The message is in the
 * guest's own memory. On the sender's CPU.
 */
void ipi_post_software(struct vcpu *sender, struct vcpu *target);

/* Takes over a posted SWI0; false if there is none. The vCPU's own CPU. */
bool ipi_take_software(struct ipi_block *ipi);

/* The level of the vCPU's IPI line. Any CPU. */
bool ipi_line(const struct ipi_block *ipi);

/*
 * For a vCPU in the parked loop: true, once an IPI is pending and mailbox 0 holds an entry (which
 * goes to *entry); the pending IPIs are then cleared. The vCPU's own CPU.
 */
bool ipi_take_start(struct ipi_block *ipi, gpa_t *entry);

#endif
