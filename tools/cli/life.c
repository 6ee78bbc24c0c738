// SPDX-License-Identifier: GPL-2.0-or-later
#include "life.h"

#include "lib/zone_serve.h"
#include "notice.h"
#include "serve.h"
#include "words.h"

#include <errno.h>

/* A forced stop waits for nothing but the zone's CPUs. */
#define LIFE_FORCE_MS 10000u

/* States in which nothing of a zone runs or moves. */
#define LIFE_AT_REST                                                                               \
    (WAIT_STATE(LV_STATE_CREATED) | WAIT_STATE(LV_STATE_STOPPED) | WAIT_STATE(LV_STATE_FAILED))
/* After a forced stop, only a new start leads to these states. */
#define LIFE_AGAIN                                                                                 \
    (WAIT_STATE(LV_STATE_STARTING) | WAIT_STATE(LV_STATE_RUNNING) | WAIT_STATE(LV_STATE_PAUSED))
/* States in which a command on the zone is neither refused nor has an effect. */
#define LIFE_GONE (WAIT_STATE(LV_STATE_DESTROYING) | WAIT_STATE(LV_STATE_ABSENT))

/* A command on a zone, and the wait for it. */
struct life {
    struct outcomes *outcomes;
    struct wait wait;
    const char *verb; /* for messages: "start" */
    bool no_wait;
};

static bool life_is(const struct lv_zone_summary *zone, unsigned states) {
    return zone->state < 32 && (WAIT_STATE(zone->state) & states) != 0;
}

static bool life_failed(struct life *life) {
    outcomes_fail(life->outcomes);
    return false;
}

static bool life_begin(struct life *life, const struct verb_options *options) {
    life->wait.begun_ms = life->outcomes->begun_ms;
    life->wait.deadline_ms = outcomes_deadline(life->outcomes, options->timeout_ms);
    return wait_begin(life->outcomes->cli, &life->wait) ? true : life_failed(life);
}

/* True unless it is the root zone, in which the user is: complained. */
static bool life_may_end(struct life *life) {
    const struct lv_zone_summary *zone = life->wait.zone;
    if ((zone->flags & LV_ZONE_ROOT) == 0) {
        return true;
    }
    cli_complain(life->outcomes->cli,
                 "%s zone %u (%s): this is the root zone, in which you are; poweroff and reboot in "
                 "its shell end it",
                 life->verb, zone->zone_id, zone->name);
    return life_failed(life);
}

/* Gives the command; `quiet` as for hv_command. */
static int life_command(struct life *life, unsigned long request, uint32_t argument, int quiet) {
    int result =
        hv_command(life->outcomes->cli, request, life->verb, life->wait.zone, argument, quiet);
    if (result < 0 && result != -quiet) {
        outcomes_fail(life->outcomes);
    }
    return result;
}

static bool life_arrived(struct life *life, const struct wait_outcome *outcome, const char *note) {
    outcomes_add(life->outcomes, life->wait.zone, outcome, note);
    return true;
}

/* The zone's present state, which another command may have caused; false: complained. */
static bool life_look(struct life *life, struct lv_zone_summary *now) {
    struct hv_zones zones;
    if (!hv_list(life->outcomes->cli, &zones)) {
        return life_failed(life);
    }
    const struct lv_zone_summary *found = hv_zone(&zones, life->wait.zone->zone_id);
    *now = found != NULL ? *found : (struct lv_zone_summary){.state = LV_STATE_ABSENT};
    return true;
}

/* Without a wait: reports the zone's state right after the command. */
static bool life_leave(struct life *life) {
    struct lv_zone_summary now;
    if (!life_look(life, &now)) {
        return false;
    }
    struct wait_outcome outcome = {.state = now.state, .reason = now.reason};
    return life_arrived(life, &outcome, "not waited for");
}

/* Complains that the zone is in no state for the command. */
static bool life_refused(struct life *life, const struct lv_zone_summary *now) {
    const struct lv_zone_summary *zone = life->wait.zone;
    cli_complain(life->outcomes->cli,
                 "%s zone %u (%s): the zone's state does not allow it, it is %s%s", life->verb,
                 zone->zone_id, zone->name, words_state(now->state),
                 now->state == LV_STATE_PAUSED ? "; loongvisor zone resume has it go on" : "");
    return life_failed(life);
}

/* Says why a wait did not end well. */
static bool life_explain(struct life *life, enum wait_result result,
                         const struct wait_outcome *outcome) {
    struct cli *cli = life->outcomes->cli;
    const struct lv_zone_summary *zone = life->wait.zone;
    const char *state = words_state(outcome->state);
    if (result == WAIT_TIMEOUT) {
        cli_complain(cli,
                     "%s zone %u (%s): not done in time, it is %s; it goes on (loongvisor zone "
                     "list), --timeout gives it longer",
                     life->verb, zone->zone_id, zone->name, state);
    } else if (result == WAIT_INTERRUPTED) {
        cli_complain(cli,
                     "%s zone %u (%s): interrupted, it is %s; it goes on (loongvisor zone "
                     "list)",
                     life->verb, zone->zone_id, zone->name, state);
    } else if (result == WAIT_BAD && outcome->reason == LV_REASON_COMMAND) {
        cli_complain(cli, "%s zone %u (%s): another command came in between, it is %s", life->verb,
                     zone->zone_id, zone->name, state);
    } else if (result == WAIT_BAD) {
        cli_complain(cli,
                     "%s zone %u (%s): it is %s, reason: %s; loongvisor zone show %s tells "
                     "more",
                     life->verb, zone->zone_id, zone->name, state, words_reason(outcome->reason),
                     zone->name);
    }
    return life_failed(life);
}

/* At rest, but not as was wanted: one of its CPUs may still run it. */
static bool life_is_lost(const struct wait_outcome *outcome) {
    return outcome->state == LV_STATE_FAILED && outcome->reason == LV_REASON_CPU_LOST;
}

/* It is what it was to become. */
static bool life_is_there(struct life *life) {
    const struct lv_zone_summary *zone = life->wait.zone;
    struct wait_outcome outcome = {.state = zone->state, .reason = zone->reason};
    return life_is_lost(&outcome) ? life_explain(life, WAIT_BAD, &outcome)
                                  : life_arrived(life, &outcome, "as it was before");
}

static enum wait_result life_await(struct life *life, struct wait_outcome *outcome) {
    wait_catch();
    enum wait_result result = wait_zone(life->outcomes->cli, &life->wait, outcome);
    return result == WAIT_GOOD && life_is_lost(outcome) ? WAIT_BAD : result;
}

/* Waits, unless --no-wait is given, and reports the outcome. */
static bool life_end(struct life *life) {
    if (life->no_wait) {
        return life_leave(life);
    }
    struct wait_outcome outcome;
    enum wait_result result = life_await(life, &outcome);
    bool good = result == WAIT_GOOD ? life_arrived(life, &outcome, NULL)
                                    : life_explain(life, result, &outcome);
    wait_release();
    return good;
}

/* Waits for a zone that may be through with its work before it is looked at. */
static bool life_end_started(struct life *life) {
    if (life->no_wait) {
        return life_leave(life);
    }
    struct wait_outcome outcome;
    enum wait_result result = life_await(life, &outcome);
    bool good;
    if (result == WAIT_GOOD) {
        good = life_arrived(life, &outcome, NULL);
    } else if (result == WAIT_BAD && outcome.reason == LV_REASON_POWEROFF) {
        good = life_arrived(life, &outcome, "it ran and powered itself off");
    } else {
        good = life_explain(life, result, &outcome);
    }
    wait_release();
    return good;
}

/* Gives a hint to a user who starts a zone again because it seems to do nothing. */
static void life_hint(const struct life *life) {
    const struct lv_zone_summary *zone = life->wait.zone;
    const char *advice = notice_advice(notice_of(life->outcomes->cli, zone));
    if (advice != NULL) {
        cli_note(life->outcomes->cli, "zone %u (%s): %s", zone->zone_id, zone->name, advice);
    }
}

/* Gives the command to start. A zone that another command has started meanwhile counts as started.
 */
static bool life_give_start(struct life *life) {
    struct lv_zone_summary now;
    int result = life_command(life, LV_IOCTL_START, 0, EBADFD);
    if (result != -EBADFD) {
        return result == 0;
    }
    if (!life_look(life, &now)) {
        return false;
    }
    return life_is(&now, WAIT_STATE(LV_STATE_STARTING) | WAIT_STATE(LV_STATE_RUNNING))
               ? true
               : life_refused(life, &now);
}

bool life_start(struct outcomes *outcomes, const struct verb_options *options,
                const struct lv_zone_summary *zone) {
    struct life life = {
        .outcomes = outcomes,
        .wait = {.zone = zone,
                 .doing = "starting",
                 .good = WAIT_STATE(LV_STATE_RUNNING),
                 .bad = LIFE_AT_REST | LIFE_GONE | WAIT_STATE(LV_STATE_PAUSED)},
        .verb = "start",
        .no_wait = options->no_wait,
    };
    if (!life_begin(&life, options)) {
        return false;
    }
    if (zone->state == LV_STATE_RUNNING) {
        life_hint(&life);
        return life_is_there(&life);
    }
    if (zone->state != LV_STATE_STARTING && !serve_detached(outcomes->cli, zone)) {
        return life_failed(&life);
    }
    if (zone->state != LV_STATE_STARTING && !life_give_start(&life)) {
        return false;
    }
    return life_end_started(&life);
}

bool life_restart(struct outcomes *outcomes, const struct verb_options *options,
                  const struct lv_zone_summary *zone) {
    struct life life = {
        .outcomes = outcomes,
        .wait = {.zone = zone,
                 .doing = "restarting",
                 .good = WAIT_STATE(LV_STATE_RUNNING),
                 .bad = LIFE_AT_REST | LIFE_GONE | WAIT_STATE(LV_STATE_PAUSED),
                 .starts = zone->starts + 1},
        .verb = "restart",
        .no_wait = options->no_wait,
    };
    struct lv_zone_summary now;
    if (!life_may_end(&life) || !life_begin(&life, options)) {
        return false;
    }
    int result = life_command(&life, LV_IOCTL_RESTART, 0, EBADFD);
    if (result == -EBADFD) {
        return life_look(&life, &now) && life_refused(&life, &now);
    }
    return result == 0 && life_end_started(&life);
}

/* The zone rests, or is gone, and a new start has come so quickly that the wait saw only that. */
static bool life_started_again(struct life *life, const struct wait_outcome *outcome) {
    const struct lv_zone_summary *zone = life->wait.zone;
    cli_complain(life->outcomes->cli,
                 "%s zone %u (%s): it was stopped, and another command has started it again; it is "
                 "%s",
                 life->verb, zone->zone_id, zone->name, words_state(outcome->state));
    return life_failed(life);
}

/* Waits until a zone that was forced rests. */
static enum wait_result life_await_rest(struct life *life, struct wait_outcome *outcome) {
    struct life stop = *life;
    stop.wait.good = LIFE_AT_REST | WAIT_STATE(LV_STATE_ABSENT);
    stop.wait.bad = LIFE_AGAIN;
    stop.wait.deadline_ms = hv_now(life->outcomes->cli) + LIFE_FORCE_MS;
    return life_await(&stop, outcome);
}

/* Gives the command to stop at once. A zone that rests, or goes, already needs none. */
static bool life_give_force(struct life *life) {
    struct lv_zone_summary now;
    int result = life_command(life, LV_IOCTL_STOP, LV_STOP_FORCE, EBADFD);
    if (result != -EBADFD) {
        return result == 0;
    }
    if (!life_look(life, &now)) {
        return false;
    }
    return life_is(&now, LIFE_AT_REST | LIFE_GONE) ? true : life_refused(life, &now);
}

static bool life_force(struct life *life) {
    if (!life_give_force(life)) {
        return false;
    }
    if (life->no_wait) {
        return life_leave(life);
    }
    struct wait_outcome outcome;
    enum wait_result result = life_await_rest(life, &outcome);
    bool good;
    if (result == WAIT_GOOD) {
        good = life_arrived(life, &outcome, NULL);
    } else if (result == WAIT_BAD && !life_is_lost(&outcome)) {
        good = life_started_again(life, &outcome);
    } else {
        good = life_explain(life, result, &outcome);
    }
    wait_release();
    return good;
}

/* Asks; false when the zone cannot be asked and has to be forced. *failed: neither is possible. */
static bool life_ask(struct life *life, bool *failed) {
    const struct lv_zone_summary *zone = life->wait.zone;
    const char *why = "it has no power block";
    if (zone->state == LV_STATE_RUNNING) {
        int result = life_command(life, LV_IOCTL_STOP, LV_STOP_ASK, ENODEV);
        *failed = result < 0 && result != -ENODEV;
        if (result != -ENODEV) {
            return true;
        }
    } else {
        why = arena_printf(&life->outcomes->cli->arena, "it is %s", words_state(zone->state));
    }
    cli_note(life->outcomes->cli, "stop zone %u (%s): %s, so that it cannot be asked: forced",
             zone->zone_id, zone->name, why);
    return false;
}

/* Waits for a zone that was asked, and forces it when it does not stop. */
static bool life_end_asked(struct life *life) {
    const struct lv_zone_summary *zone = life->wait.zone;
    struct wait_outcome outcome;
    enum wait_result result = life_await(life, &outcome);
    bool good = true;
    if (result == WAIT_TIMEOUT) {
        cli_note(life->outcomes->cli, "stop zone %u (%s): %s: forced", zone->zone_id, zone->name,
                 outcome.unheard ? "nothing in it has noticed the request (it sleeps or hangs, or "
                                   "nothing watches its power button)"
                                 : "it does not stop by itself");
        wait_release();
        return life_force(life);
    }
    if (result == WAIT_GOOD) {
        life_arrived(life, &outcome, NULL);
    } else {
        good = life_explain(life, result, &outcome);
    }
    wait_release();
    return good;
}

bool life_stop(struct outcomes *outcomes, const struct verb_options *options,
               const struct lv_zone_summary *zone) {
    struct life life = {
        .outcomes = outcomes,
        .wait = {.zone = zone,
                 .doing = "stopping",
                 .good = LIFE_AT_REST | WAIT_STATE(LV_STATE_ABSENT)},
        .verb = "stop",
        .no_wait = options->no_wait,
    };
    if (!life_may_end(&life) || !life_begin(&life, options)) {
        return false;
    }
    if (life_is(zone, LIFE_AT_REST)) {
        return life_is_there(&life);
    }
    if (zone->state == LV_STATE_DESTROYING) {
        return life_end(&life);
    }
    bool failed = false;
    if (options->force || !life_ask(&life, &failed)) {
        return life_force(&life);
    }
    if (failed) {
        return false;
    }
    return life.no_wait ? life_leave(&life) : life_end_asked(&life);
}

/* Stops a zone that is to be destroyed and does not rest. */
static bool life_bring_to_rest(struct life *life, const struct lv_zone_summary *now, bool force) {
    const struct lv_zone_summary *zone = life->wait.zone;
    struct wait_outcome outcome;
    if (!force) {
        cli_complain(life->outcomes->cli,
                     "destroy zone %u (%s): it is %s; stop it first (loongvisor zone stop %s), or "
                     "use --force",
                     zone->zone_id, zone->name, words_state(now->state), zone->name);
        return life_failed(life);
    }
    if (!life_give_force(life)) {
        return false;
    }
    enum wait_result result = life_await_rest(life, &outcome);
    /* One that was started again is stopped again. */
    bool again = result == WAIT_BAD && !life_is_lost(&outcome);
    bool good = result == WAIT_GOOD || again ? true : life_explain(life, result, &outcome);
    wait_release();
    return good;
}

/* Destroys the zone, or waits for another command that does; false: complained. */
static bool life_give_destroy(struct life *life, bool force) {
    struct lv_zone_summary now = *life->wait.zone;
    for (;;) {
        if (!life_is(&now, LIFE_AT_REST | LIFE_GONE) && !life_bring_to_rest(life, &now, force)) {
            return false;
        }
        if (life_is(&now, LIFE_GONE)) {
            return true;
        }
        int result;
        if (!hv_destroy(life->outcomes->cli, life->wait.zone, &result)) {
            return life_failed(life);
        }
        if (result == 0) {
            return true;
        }
        if (!life_look(life, &now)) {
            return false;
        }
        if (hv_now(life->outcomes->cli) >= life->wait.deadline_ms) {
            return life_refused(life, &now);
        }
    }
}

bool life_destroy(struct outcomes *outcomes, const struct verb_options *options,
                  const struct lv_zone_summary *zone) {
    struct life life = {
        .outcomes = outcomes,
        .wait = {.zone = zone,
                 .doing = "clearing its memory",
                 .good = WAIT_STATE(LV_STATE_ABSENT),
                 .bad = LIFE_AT_REST | LIFE_AGAIN},
        .verb = "destroy",
        .no_wait = options->no_wait,
    };
    if (!life_may_end(&life) || !life_begin(&life, options) ||
        !life_give_destroy(&life, options->force)) {
        return false;
    }
    zone_serve_forget(&outcomes->cli->arena, outcomes->cli->kept, zone->name);
    return life_end(&life);
}

/* A command whose result is there when it returns: it leads from one state to another. */
static bool life_switch(struct life *life, unsigned long request, uint32_t from, uint32_t to) {
    const struct lv_zone_summary *zone = life->wait.zone;
    struct wait_outcome outcome = {.state = to, .reason = LV_REASON_COMMAND};
    struct lv_zone_summary now = *zone;
    if (zone->state == to) {
        return life_is_there(life);
    }
    int result = zone->state == from ? life_command(life, request, 0, EBADFD) : -EBADFD;
    if (result == 0) {
        return life_arrived(life, &outcome, NULL);
    }
    return result == -EBADFD && life_look(life, &now) && life_refused(life, &now);
}

bool life_pause(struct outcomes *outcomes, const struct verb_options *options,
                const struct lv_zone_summary *zone) {
    struct life life = {.outcomes = outcomes, .wait = {.zone = zone}, .verb = "pause"};
    return life_may_end(&life) && life_begin(&life, options) &&
           life_switch(&life, LV_IOCTL_PAUSE, LV_STATE_RUNNING, LV_STATE_PAUSED);
}

bool life_resume(struct outcomes *outcomes, const struct verb_options *options,
                 const struct lv_zone_summary *zone) {
    struct life life = {.outcomes = outcomes, .wait = {.zone = zone}, .verb = "resume"};
    return life_may_end(&life) && life_begin(&life, options) &&
           life_switch(&life, LV_IOCTL_RESUME, LV_STATE_PAUSED, LV_STATE_RUNNING);
}
