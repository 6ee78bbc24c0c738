// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/exits.h>
#include <arch/guest.h>
#include <arch/timer.h>
#include <core/zone_life.h>
#include <lib/bits.h>

/* The ESTAT bits of the HWI lines that are passed through to the vCPU's zone. */
static uint64_t passed_lines(const struct vcpu *vcpu) {
    return (uint64_t)vcpu->zone->config.cpu_lines << IRQ_HWI0;
}

static void passthrough_set(const struct vcpu *vcpu, bool enabled) {
    uint64_t hwip = (uint64_t)vcpu->zone->config.cpu_lines << GINTC_HWIP_SHIFT;

    csr_change(CSR_GINTC, hwip, enabled ? hwip : 0);
}

static void timer_arm_for_guest(const struct vcpu *vcpu) {
    ticks_t remaining;

    if (timer_guest_remaining(vcpu, &remaining)) {
        timer_start(remaining);
    }
}

/* A timer that stands still in host mode fires when the guest continues. */
static bool timer_is_due(const struct vcpu *vcpu) {
    ticks_t remaining;

    return !timer_guest_runs_in_host() && timer_guest_remaining(vcpu, &remaining) && remaining == 0;
}

static void answer_wakeup(struct vcpu *vcpu) {
    timer_stop();
    if ((csr_read(CSR_ESTAT) & BIT(IRQ_IPI)) != 0) {
        vcpu_answer_doorbell(vcpu);
    } else if ((csr_read(CSR_ESTAT) & vcpu->arch.injected_lines) != 0) {
        arch_vcpu_update_hwi(vcpu);
    }
}

/*
 * Waits once. True if the guest must continue although its ESTAT may not show why: its timer is
 * due, or a passed-through line that it has enabled is pending. Public sources leave open whether
 * such a line wakes an idle hypervisor or shows in the guest's ESTAT then. So the lines belong to
 * the host during the wait.
 *
 * No wake-up is lost between the guest's check and this wait: lines are pending here by level, a
 * post is a pending doorbell, and the timer sets the host timer's deadline. The timer is read
 * before the pending lines (LVZ reference 6.2): a timer that has fired sets no deadline, so it must
 * be found pending. Interrupts are off; idle ends when an enabled one is pending.
 */
static bool wait_once(struct vcpu *vcpu) {
    uint64_t lines = passed_lines(vcpu) & gcsr_read(CSR_ECFG);

    passthrough_set(vcpu, false);
    csr_change(CSR_ECFG, passed_lines(vcpu), lines);
    timer_arm_for_guest(vcpu);
    if (guest_pending_lines() == 0) {
        __asm__ volatile("idle 0" : : : "memory");
    }
    bool line_pending = (csr_read(CSR_ESTAT) & lines) != 0;
    csr_change(CSR_ECFG, passed_lines(vcpu), 0);
    passthrough_set(vcpu, true);
    answer_wakeup(vcpu);
    return line_pending || timer_is_due(vcpu);
}

__attribute__((noinline)) static enum verdict wait_for_line(struct vcpu *vcpu, uint64_t pc) {
    enum verdict verdict = VERDICT_HANDLED;
    bool is_over;

    vcpu_count_exit(vcpu, LV_EXIT_IDLE);
    if ((gcsr_read(CSR_ECFG) & ESTAT_IS_MASK) == 0) {
        zone_notice(vcpu->zone, LV_REASON_HALT);
    }
    do {
        is_over = wait_once(vcpu);
        verdict = vcpu_check_watchdog(vcpu);
    } while (verdict == VERDICT_HANDLED && !is_over && guest_pending_lines() == 0);
    if (verdict == VERDICT_HANDLED) {
        guest_skip_instruction(pc);
    }
    return verdict;
}

enum verdict exit_idle(struct vcpu *vcpu, uint64_t pc) {
    if (guest_pending_lines() == 0) {
        return wait_for_line(vcpu, pc);
    }
    vcpu_count_exit(vcpu, LV_EXIT_IDLE);
    guest_skip_instruction(pc);
    return VERDICT_HANDLED;
}
