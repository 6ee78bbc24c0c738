/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The extended I/O interrupt controller as a zone sees it behind iocsr* (LVZ reference 9.1): 256
 * vectors in groups of 32. Groups that the zone owns are the machine's, confined to the zone's
 * CPUs; the others are the zone's own in software (eiointc_virtual.c), so vectors of another zone
 * can be neither seen nor reached.
 *
 * CPUs and zones share hardware words, so no register is read, changed and written back: the byte
 * keep-mask of the hardware's ANY_SEND leaves the other bytes alone.
 */
#ifndef LV_IRQ_EIOINTC_H
#define LV_IRQ_EIOINTC_H

#include <core/irq.h>
#include <loongarch/registers.h>

struct vcpu;

/* Kinds of registers, and where they begin. */
enum eiointc_kind {
    EIOINTC_NONE,
    EIOINTC_NODE_MAP,
    EIOINTC_IP_MAP,
    EIOINTC_ENABLE,
    EIOINTC_BOUNCE,
    EIOINTC_STATUS,
    EIOINTC_CORE_MAP,
};

/* A 32-bit register of the controller. */
struct eiointc_word {
    uint32_t number; /* IOCSR number, 4-byte aligned */
    enum eiointc_kind kind;
    uint32_t offset; /* bytes from the first register of its kind */
};

/*
 * Disables the zone's groups and routes them to the zone's first CPU; nothing is raised or pending
 * in software. Any CPU, while no vCPU of the zone runs.
 */
void eiointc_reset(struct eiointc *eiointc);

/* The end of the controller's IOCSR numbers, some of which have no register. */
#define EIOINTC_END 0x1d00u

/* Whether the IOCSR number belongs to this controller or to no register. */
static inline bool eiointc_owns(uint32_t number) {
    return number >= IOCSR_EIO_NODE_MAP && number < EIOINTC_END;
}

/*
 * The vCPU's access to an IOCSR number that eiointc_owns() accepts; brings its lines up to date.
 * The vCPU's own CPU, since the status words are per CPU.
 */
uint64_t eiointc_read(struct vcpu *vcpu, uint32_t number, unsigned size);
void eiointc_write(struct vcpu *vcpu, uint32_t number, unsigned size, uint64_t value);

/*
 * A 32-bit write, 4-byte aligned, that keeps the bytes of keep_mask (ANY_SEND). It ignores status,
 * because that word belongs to another CPU. vcpu: the sender.
 */
void eiointc_write_masked(struct vcpu *vcpu, uint32_t number, uint32_t data, uint32_t keep_mask);

/* True if the vector exists and no device owns it. Any CPU. */
static inline bool eiointc_is_virtual(const struct eiointc *eiointc, uint64_t vector) {
    return vector < LV_NUM_VECTORS && (eiointc->groups >> (vector / LV_VECTOR_GROUP) & 1) == 0;
}

/*
 * Sets the line of a virtual vector. Returns the vCPUs, a bit each, whose lines have changed: the
 * caller rings them, except itself. Any CPU.
 */
uint32_t eiointc_set_vector(struct eiointc *eiointc, uint32_t vector, bool level);

/* Makes a virtual vector pending once; otherwise as eiointc_set_vector(). */
uint32_t eiointc_pulse_vector(struct eiointc *eiointc, uint32_t vector);

/* The CPU lines (bit n: HWIn) that the vCPU's software vectors hold high. Any CPU. */
static inline uint32_t eiointc_virtual_lines(const struct eiointc *eiointc, vcpu_id_t vcpu) {
    return vcpu < LV_VECTOR_CPUS
               ? atomic_load_explicit(&eiointc->virtual.lines[vcpu], memory_order_acquire)
               : 0;
}

/*
 * For eiointc_virtual.c alone, under the lock. Makes the group's vectors (bits) pending, each on
 * the vCPU that its route names.
 */
void eiointc_pend(struct eiointc *eiointc, uint32_t group, uint32_t bits);

/* Clears these bits everywhere; returns those that were pending. Lock held. */
uint32_t eiointc_withdraw(struct eiointc *eiointc, uint32_t group, uint32_t bits);

/*
 * After each change, lock held. Returns the vCPUs, a bit each, whose lines have changed, to be rung
 * when the lock is released.
 */
uint32_t eiointc_update_lines(struct eiointc_virtual *virtual);

/* For eiointc.c alone: registers of the groups in software; the lock is taken inside. */
void eiointc_virtual_init(struct eiointc *eiointc);
uint32_t eiointc_virtual_read(struct vcpu *vcpu, const struct eiointc_word *word);
void eiointc_virtual_write(struct vcpu *vcpu, const struct eiointc_word *word, uint32_t value,
                           uint32_t keep_mask);

#endif
