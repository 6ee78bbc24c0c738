// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/arch.h>
#include <core/cpu.h>
#include <core/zone.h>
#include <irq/eiointc.h>
#include <irq/ipi.h>
#include <irq/send.h>

#define MAIL_BOX_END (IOCSR_MAIL_BOX + 8u * IPI_MAILBOXES)

void irq_post_software(struct vcpu *sender, struct vcpu *target) {
    bool posted = atomic_exchange_explicit(&target->ipi.software, true, memory_order_release);

    if (target == sender) {
        arch_vcpu_update_lines(target);
    } else if (!posted) {
        arch_doorbell_ring(cpu_blocks[target->cpu].phys_id);
    }
}

static void ipi_post(struct vcpu *sender, struct vcpu *target, uint32_t bits) {
    ipi_set(&target->ipi, bits);
    if (target == sender) {
        arch_vcpu_update_ipi(target);
    } else {
        arch_doorbell_ring(cpu_blocks[target->cpu].phys_id);
    }
}

static void ipi_write_mailbox_half(struct ipi_block *ipi, uint32_t half, uint32_t data,
                                   uint32_t kept) {
    _Atomic uint64_t *mailbox = &ipi->mailbox[half / 2];
    unsigned shift = (half % 2) * 32;
    uint64_t changed = (uint64_t)(uint32_t)~kept << shift;
    uint64_t old = atomic_load_explicit(mailbox, memory_order_relaxed);
    uint64_t value;

    do {
        value = (old & ~changed) | (((uint64_t)data << shift) & changed);
    } while (!atomic_compare_exchange_weak_explicit(mailbox, &old, value, memory_order_release,
                                                    memory_order_relaxed));
}

/* A send to a CPU that the zone does not have is ignored: on silicon nothing answers there. */
static struct vcpu *ipi_send_target(struct vcpu *sender, uint64_t value) {
    return zone_vcpu(sender->zone, send_core(value));
}

static void ipi_any_send(struct vcpu *sender, struct vcpu *target, uint64_t value) {
    uint32_t number = send_any_number(value);
    uint32_t keep_mask = send_keep_mask(value);

    if (ipi_owns(number)) {
        ipi_write_remote(sender, target, number, send_data(value), keep_mask);
    } else if (eiointc_owns(number)) {
        eiointc_write_masked(sender, number, send_data(value), keep_mask);
    }
}

__attribute__((noinline)) static void ipi_send(struct vcpu *vcpu, uint32_t number, uint64_t value) {
    struct vcpu *target = ipi_send_target(vcpu, value);

    if (target == NULL) {
        vcpu->stats->stray_sends++;
        return;
    }
    if (number == IOCSR_IPI_SEND) {
        ipi_post(vcpu, target, (uint32_t)BIT(send_vector(value)));
    } else if (number == IOCSR_MAIL_SEND) {
        ipi_write_mailbox_half(&target->ipi, send_mail_half(value), send_data(value),
                               send_kept_bits(send_keep_mask(value)));
    } else if (number == IOCSR_ANY_SEND) {
        ipi_any_send(vcpu, target, value);
    }
}

void ipi_write_remote(struct vcpu *sender, struct vcpu *target, uint32_t number, uint32_t data,
                      uint32_t keep_mask) {
    uint32_t kept = send_kept_bits(keep_mask);

    if (number >= IOCSR_MAIL_BOX && number < MAIL_BOX_END) {
        ipi_write_mailbox_half(&target->ipi, (number - IOCSR_MAIL_BOX) / 4, data, kept);
    } else if (number == IOCSR_IPI_SET) {
        ipi_post(sender, target, data & ~kept);
    }
}

static uint32_t ipi_read_word(const struct ipi_block *ipi, uint32_t number) {
    if (number >= IOCSR_MAIL_BOX && number < MAIL_BOX_END) {
        uint32_t offset = number - IOCSR_MAIL_BOX;
        uint64_t value = atomic_load_explicit(&ipi->mailbox[offset / 8], memory_order_acquire);
        return (uint32_t)(value >> (offset % 8 * 8));
    }
    if (number == IOCSR_IPI_STATUS) {
        return ipi_status(ipi);
    }
    return number == IOCSR_IPI_ENABLE ? atomic_load_explicit(&ipi->enable, memory_order_relaxed)
                                      : 0;
}

/* A guest reads status at each IPI. */
uint64_t ipi_read(const struct vcpu *vcpu, uint32_t number, unsigned size) {
    uint32_t aligned = number & ~(IPI_WORD - 1);

    if (!bits_is_aligned(number, size)) {
        return 0;
    }
    if (size > IPI_WORD) {
        return ipi_read_word(&vcpu->ipi, number) |
               (uint64_t)ipi_read_word(&vcpu->ipi, number + IPI_WORD) << 32;
    }
    return ipi_read_word(&vcpu->ipi, aligned) >> (number % IPI_WORD * 8);
}

/* The most frequent number first; the last is a mailbox or no register. */
void ipi_write_word(struct vcpu *vcpu, uint32_t number, uint32_t value) {
    struct ipi_block *ipi = &vcpu->ipi;

    if (number == IOCSR_IPI_CLEAR) {
        ipi_clear(ipi, value);
        arch_vcpu_update_ipi(vcpu);
    } else if (number == IOCSR_IPI_SEND) {
        ipi_send(vcpu, number, value);
    } else if (number == IOCSR_IPI_SET) {
        ipi_post(vcpu, vcpu, value);
    } else if (number == IOCSR_IPI_ENABLE) {
        atomic_store_explicit(&ipi->enable, value, memory_order_relaxed);
        arch_vcpu_update_ipi(vcpu);
    } else if (number >= IOCSR_MAIL_BOX && number < MAIL_BOX_END &&
               bits_is_aligned(number, IPI_WORD)) {
        ipi_write_mailbox_half(ipi, (number - IOCSR_MAIL_BOX) / IPI_WORD, value, 0);
    }
}

static void ipi_write_double(struct vcpu *vcpu, uint32_t number, uint64_t value) {
    if (number == IOCSR_MAIL_SEND || number == IOCSR_ANY_SEND) {
        ipi_send(vcpu, number, value);
    } else if (number >= IOCSR_MAIL_BOX && number < MAIL_BOX_END) {
        atomic_store_explicit(&vcpu->ipi.mailbox[(number - IOCSR_MAIL_BOX) / 8], value,
                              memory_order_release);
    } else {
        ipi_write_word(vcpu, number, (uint32_t)value);
        ipi_write_word(vcpu, number + IPI_WORD, (uint32_t)(value >> 32));
    }
}

void ipi_write(struct vcpu *vcpu, uint32_t number, unsigned size, uint64_t value) {
    if (size == IPI_WORD) {
        ipi_write_word(vcpu, number, (uint32_t)value);
    } else if (size > IPI_WORD && bits_is_aligned(number, size)) {
        ipi_write_double(vcpu, number, value);
    }
}

/* Acts as the firmware's parking loop: enables all IPIs, and clears those that it has seen. */
bool irq_take_start(struct vcpu *vcpu, gpa_t *entry) {
    struct ipi_block *ipi = &vcpu->ipi;
    uint32_t seen = atomic_load_explicit(&ipi->status, memory_order_acquire);

    *entry = atomic_load_explicit(&ipi->mailbox[0], memory_order_acquire);
    if (seen == 0 || (uint32_t)*entry == 0) {
        return false;
    }
    ipi_clear(ipi, seen);
    atomic_store_explicit(&ipi->enable, UINT32_MAX, memory_order_relaxed);
    return true;
}
