/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How zones come and go.
 *
 *   ABSENT -> CREATED -> STARTING -> RUNNING <-> PAUSED
 *                ^           |          |
 *   ABSENT <- DESTROYING <- STOPPED <- STOPPING      (or STARTING again, by command or policy)
 *                        <- FAILED  <- FAILING
 *
 * A command changes the state and rings the zone's CPUs; they do the work: vCPU 0's CPU makes the
 * RAM ready, each CPU leaves when it finds that its zone stops, and the last one to leave says what
 * follows. So no CPU waits for another one, and no zone's work is done on another zone's CPU.
 *
 * A life ends in one place, zone_end_life(). No pointer into a zone's RAM outlives the life in
 * which it was made: who keeps one longer than a hypercall takes has it cleared there.
 */
#ifndef LV_CORE_ZONE_LIFE_H
#define LV_CORE_ZONE_LIFE_H

#include <core/zone.h>

/*
 * Makes a zone, CREATED, from a copy of the configuration. packed: it is one of the image's, which
 * may name payloads there. CPU 0 at start-up, or a CPU of the root zone.
 * 0, a refusal as refusal.h encodes it, or -LV_ENOMEM; -LV_EIO: a CPU of the root zone does not
 * answer, or one was lost that made a zone. The log says it too.
 */
int64_t zone_create(const struct lv_image_header *image, const struct lv_zone_config *config,
                    bool packed);

/*
 * Commands; they return before the zone's CPUs have noticed. False if the zone is in no state for
 * them. Any CPU; force, restart and pause not from one of the zone's own.
 */
bool zone_start(struct zone *zone);
bool zone_force_stop(struct zone *zone);
bool zone_restart(struct zone *zone);
bool zone_destroy(struct zone *zone);
bool zone_pause(struct zone *zone);
bool zone_resume(struct zone *zone);

/* What the zone does to itself: its policy says what follows. Does not return. A CPU of the zone.
 */
_Noreturn void zone_power_off(struct zone *zone);
_Noreturn void zone_reboot(struct zone *zone);

/*
 * The zone runs, but of no use: LV_REASON_CRASH or _HALT. The first notice since its start becomes
 * the reason of its state and an event. A CPU of the zone.
 */
void zone_notice(struct zone *zone, enum lv_reason reason);

/* A sign of life, for the watchdog. Any CPU. */
void zone_feed_watchdog(struct zone *zone);

/*
 * Stops a zone that has failed, for this reason, with what follows: its other CPUs are rung and
 * leave. True for the first caller, who writes zone->failure before its own CPU leaves. A CPU of
 * the zone.
 */
bool zone_fail(struct zone *zone, enum lv_reason reason, enum lv_policy policy);

/*
 * Whether the zone has FAILED with a CPU that is lost: commands on it end with -LV_EIO.
 * It can be destroyed once all its CPUs have answered. Any CPU.
 */
bool zone_is_lost(const struct zone *zone);

/*
 * If CPUs of the zone should have left it some seconds ago and have not, they are lost, and the
 * zone with them. For whoever waits for the zone, each time that it looks. A CPU of another zone.
 */
void zone_check_leaving(struct zone *zone);

/* This CPU has trapped and will stop: it is lost, and so is its zone, if it has one. */
void zone_lose_this_cpu(void);

/* This CPU leaves the zone, which stops. A CPU of the zone. */
_Noreturn void zone_leave(struct vcpu *vcpu);

/*
 * For a CPU between two stays in a guest: does what the zone of its vCPU wants of it. True if the
 * vCPU is to run; false if there is nothing to do for now. The vCPU's own CPU.
 */
bool zone_follow_state(struct vcpu *vcpu);

#endif
