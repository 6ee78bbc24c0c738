/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LV_CORE_VCPU_H
#define LV_CORE_VCPU_H

#include <core/arch.h>
#include <core/irq.h>
#include <loongvisor/zone_config.h>

struct vcpu {
    vcpu_id_t id;
    cpu_id_t cpu; /* the physical CPU it lives on */
    struct zone *zone;
    struct lv_vcpu_stats *stats; /* in the zone's info page */
    struct ipi_block ipi;
    struct arch_vcpu arch;
};

/*
 * Runs the vCPU on this CPU from its zone's start: vCPU 0 at the entry point, the others once the
 * guest has started them through their mailboxes.
 */
_Noreturn void vcpu_run(struct vcpu *vcpu);

/* Counts an exit. The vCPU's own CPU. */
static inline void vcpu_count_exit(struct vcpu *vcpu, enum lv_exit_cause cause) {
    vcpu->stats->exits[cause]++;
}

/*
 * The one place that decides what a verdict costs: nothing if HANDLED; otherwise the zone has
 * failed and this does not return. cause names the exit for the log. The vCPU's own CPU.
 */
void vcpu_exit_done(struct vcpu *vcpu, enum verdict verdict, const char *cause);

/* The hardware found an error while the vCPU's guest ran: the zone has failed. Own CPU. */
_Noreturn void vcpu_machine_error(struct vcpu *vcpu);

/*
 * After the deadline that the vCPU set has passed, or earlier: sets the next one. WATCHDOG if the
 * zone has given no sign of life for too long; else HANDLED. Own CPU.
 */
enum verdict vcpu_check_watchdog(struct vcpu *vcpu);

/*
 * What a doorbell asks for: brings the lines up to date, waits while the zone is paused, leaves
 * (and does not return) if it stops. Own CPU.
 */
void vcpu_answer_doorbell(struct vcpu *vcpu);

#endif
