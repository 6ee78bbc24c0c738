// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/console.h>
#include <core/cpu.h>
#include <core/log.h>
#include <core/vcpu.h>
#include <core/zone_life.h>
#include <lib/bits.h>

#define MILLISECONDS 1000u

/*
 * Waits while the zone is paused; returns the state that ended the wait. The place where
 * vCPU 0 is held is kept for the root zone, unless its registers are not loaded yet.
 */
__attribute__((noinline)) static enum lv_zone_state vcpu_hold(struct vcpu *vcpu, bool loaded) {
    struct zone *zone = vcpu->zone;
    enum lv_zone_state state;

    if (vcpu->id == 0 && loaded) {
        arch_vcpu_keep(vcpu, &zone->where);
        atomic_store(&zone->held, true);
    }
    while ((state = zone_state(zone)) == LV_STATE_PAUSED) {
        arch_cpu_wait();
        cpu_answer_doorbell();
    }
    if (vcpu->id == 0) {
        atomic_store(&zone->held, false);
    }
    return state;
}

/*
 * Answers the doorbell and does what the zone's state demands. The state is read once in each
 * round: with two reads, a pause between them makes a vCPU take the zone for one that has ended,
 * and the others wait for that vCPU for ever.
 */
static inline void vcpu_follow_state(struct vcpu *vcpu, bool loaded) {
    cpu_answer_doorbell();
    enum lv_zone_state state = zone_state(vcpu->zone);
    if (state == LV_STATE_PAUSED) {
        state = vcpu_hold(vcpu, loaded);
    }
    if (state != LV_STATE_RUNNING) {
        zone_leave(vcpu);
    }
}

/*
 * A secondary vCPU stays here as a real CPU stays in firmware's parked loop: until an IPI is
 * pending and the low word of mailbox 0 is not zero (LVZ reference 10.3).
 */
static gpa_t vcpu_wait_for_start(struct vcpu *vcpu) {
    gpa_t entry;

    while (!irq_take_start(vcpu, &entry)) {
        arch_cpu_wait();
        vcpu_follow_state(vcpu, false);
    }
    return entry;
}

_Noreturn void vcpu_run(struct vcpu *vcpu) {
    static const uint64_t no_args[3];
    const struct lv_zone_config *config = &vcpu->zone->config;
    struct arch_state state;

    /* The ring of a pause may have been answered before this CPU came here. */
    vcpu_follow_state(vcpu, false);
    if (vcpu->id == 0) {
        arch_state_power_on(&state, vcpu, config->entry, config->boot_args);
    } else {
        arch_state_power_on(&state, vcpu, vcpu_wait_for_start(vcpu), no_args);
    }
    arch_vcpu_load(vcpu, &state);
    /* Arms the watchdog. If its time is over already, the host timer's exit ends the zone. */
    (void)vcpu_check_watchdog(vcpu);
    arch_vcpu_enter();
}

static void log_failure(const struct lv_zone_failure *failure) {
    log_error("PC %016lx ESTAT %08lx BADV %016lx BADI %08lx", failure->pc, failure->estat,
              failure->badv, failure->badi);
    log_error("guest CRMD %03lx PRMD %03lx ESTAT %08lx ERA %016lx BADV %016lx EENTRY %016lx",
              failure->guest_crmd, failure->guest_prmd, failure->guest_estat, failure->guest_era,
              failure->guest_badv, failure->guest_eentry);
    for (unsigned i = 0; i < ARRAY_SIZE(failure->gpr); i += 4) {
        log_error("r%-2u %016lx %016lx %016lx %016lx", i, failure->gpr[i], failure->gpr[i + 1],
                  failure->gpr[i + 2], failure->gpr[i + 3]);
    }
}

/* Registers and log are complete before this CPU leaves, hence before the zone is FAILED. */
static _Noreturn void vcpu_fail(struct vcpu *vcpu, enum lv_reason reason, const char *cause,
                                const char *problem) {
    struct zone *zone = vcpu->zone;
    uint8_t policy =
        reason == LV_REASON_WATCHDOG ? zone->config.on_watchdog : zone->config.on_failure;

    if (zone_fail(zone, reason, (enum lv_policy)policy)) {
        arch_vcpu_keep(vcpu, &zone->failure);
        zone->failure.vcpu = vcpu->id;
        if (reason == LV_REASON_MACHINE_ERROR) {
            zone->failure.ecode = LV_ECODE_MACHINE_ERROR;
        }
        if (zone_is_root(zone)) {
            console_take();
        }
        log_error("zone %u (%s) FAILED: %s, %s on vCPU %u", zone->config.zone_id, zone->config.name,
                  cause, problem, vcpu->id);
        log_failure(&zone->failure);
    }
    zone_leave(vcpu);
}

void vcpu_exit_done(struct vcpu *vcpu, enum verdict verdict, const char *cause) {
    if (verdict == VERDICT_WATCHDOG) {
        vcpu_fail(vcpu, LV_REASON_WATCHDOG, "watchdog", "no sign of life");
    } else if (verdict != VERDICT_HANDLED) {
        vcpu_fail(vcpu, LV_REASON_FAILURE, cause,
                  verdict == VERDICT_FORBIDDEN ? "forbidden" : "not handled");
    }
}

_Noreturn void vcpu_machine_error(struct vcpu *vcpu) {
    vcpu_fail(vcpu, LV_REASON_MACHINE_ERROR, "machine error", "reported by the hardware");
}

enum verdict vcpu_check_watchdog(struct vcpu *vcpu) {
    const struct zone *zone = vcpu->zone;

    if (vcpu->id != 0 || zone->config.watchdog_ms == 0) {
        return VERDICT_HANDLED;
    }
    ticks_t limit = arch_counter_hz() / MILLISECONDS * zone->config.watchdog_ms;
    ticks_t deadline = atomic_load_explicit(&zone->alive_at, memory_order_relaxed) + limit;
    arch_deadline_set(deadline);
    return (int64_t)(arch_counter() - deadline) >= 0 ? VERDICT_WATCHDOG : VERDICT_HANDLED;
}

void vcpu_answer_doorbell(struct vcpu *vcpu) {
    vcpu_follow_state(vcpu, true);
    arch_vcpu_update_lines(vcpu);
}
