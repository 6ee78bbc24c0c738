/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What irq/ does for core and the devices: the interrupt controllers that a zone sees. Interrupts
 * of virtual devices (LV_INTERRUPT_*) are levels, each its own.
 */
#ifndef LV_CORE_IRQ_H
#define LV_CORE_IRQ_H

#include <irq_state.h>
#include <stdbool.h>

struct vcpu;

/* The groups of vectors that a configuration owns; false if it owns a part of one. Any CPU. */
bool irq_groups(const struct lv_zone_config *config, uint32_t *groups);

/* Takes the zone's vectors from its checked configuration. Whoever makes the zone, before it runs.
 */
void irq_init(struct zone *zone);

/*
 * Makes the controllers what they are at power-on; nothing is raised or pending. Any CPU, while no
 * vCPU of the zone runs.
 */
void irq_reset(struct zone *zone);

/*
 * Disables the zone's vectors and takes back what of them is pending on this CPU, whose status
 * words no other CPU reaches: the CPU may be another zone's next. A vCPU that still runs can enable
 * a vector again; the last one to leave resets them all. A CPU of the zone, as it leaves.
 */
void irq_leave(const struct zone *zone);

/*
 * Brings an interrupt of the zone to the level and has the zone's CPUs look: a CPU line of
 * vCPU 0, or a vector in software. Nothing else that the zone's lines carry changes. The
 * configuration has been checked; LV_INTERRUPT_NONE does nothing. Any CPU; takes the lock of the
 * zone's EIOINTC.
 */
void zone_set_interrupt(struct zone *zone, uint32_t interrupt, bool level);

/*
 * Sets the line of a vector in software; -LV_EINVAL if the zone has no such vector. caller: the
 * vCPU that asks, on its own CPU, which need not be one of the zone.
 */
int64_t irq_set_vector(struct vcpu *caller, struct zone *zone, uint64_t vector, bool level);

/*
 * Makes a vector in software pending once, as a message-signalled interrupt does; a vector that the
 * zone does not have in software ignores it. Any CPU; takes the lock of the zone's EIOINTC.
 */
void zone_pulse_vector(struct zone *zone, uint64_t vector);

/*
 * A paravirtual IPI: raises the target's SWI0, which the guest itself lowers. The message is in the
 * guest's own memory. On the sender's CPU.
 */
void irq_post_software(struct vcpu *sender, struct vcpu *target);

/*
 * For a vCPU in the parked loop: true, once an IPI is pending and mailbox 0 holds an entry (which
 * goes to *entry); the pending IPIs are then cleared. The vCPU's own CPU.
 */
bool irq_take_start(struct vcpu *vcpu, gpa_t *entry);

/*
 * The vCPU's access of 1, 2, 4 or 8 bytes to an IOCSR number. A register that the zone lacks reads
 * 0 and ignores writes, as unassigned numbers do (LVZ reference 10.1). More than size bytes of the
 * result may be set. The vCPU's own CPU.
 */
uint64_t iocsr_read(struct vcpu *vcpu, uint32_t number, unsigned size);
void iocsr_write(struct vcpu *vcpu, uint32_t number, unsigned size, uint64_t value);

#endif
