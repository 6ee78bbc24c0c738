// SPDX-License-Identifier: GPL-2.0-or-later
#include "wait.h"

#include "words.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

/* The period after which the list is read again even without an event. */
#define WAIT_LOOK_MS 1000u
/* When a wait first reports that it continues, and how often after that. */
#define WAIT_FIRST_PROGRESS_MS 2000u
#define WAIT_PROGRESS_MS       10000u
#define WAIT_EVENTS            16u
#define MS_PER_SECOND          1000u

static volatile sig_atomic_t wait_signal;
static struct sigaction wait_before[2];
static const int wait_signals[2] = {SIGINT, SIGTERM};

static void wait_note_signal(int number) {
    wait_signal = number;
}

void wait_catch(void) {
    struct sigaction action = {.sa_handler = wait_note_signal};
    wait_signal = 0;
    for (size_t i = 0; i < 2; i++) {
        sigaction(wait_signals[i], &action, &wait_before[i]);
    }
}

void wait_release(void) {
    for (size_t i = 0; i < 2; i++) {
        sigaction(wait_signals[i], &wait_before[i], NULL);
    }
    if (wait_signal != 0) {
        raise(wait_signal);
    }
}

bool wait_begin(struct cli *cli, struct wait *wait) {
    struct lv_machine_info info;
    if (!hv_info(cli, &info)) {
        return false;
    }
    wait->since_ns = info.time_ns;
    return true;
}

static bool wait_is_among(unsigned states, uint32_t state) {
    return state < 32 && (states & WAIT_STATE(state)) != 0;
}

/* Judges the wait by the list. */
static bool wait_look(struct cli *cli, const struct wait *wait, struct wait_outcome *outcome,
                      enum wait_result *result) {
    struct hv_zones zones;
    if (!hv_list(cli, &zones)) {
        *result = WAIT_BROKEN;
        return true;
    }
    const struct lv_zone_summary *zone = hv_zone(&zones, wait->zone->zone_id);
    bool there = zone != NULL && zone->state != LV_STATE_ABSENT;
    bool late = !there || zone->starts >= wait->starts;
    *outcome = (struct wait_outcome){.state = there ? zone->state : LV_STATE_ABSENT,
                                     .reason = there ? zone->reason : LV_REASON_NONE,
                                     .unheard = there && (zone->flags & LV_ZONE_UNHEARD) != 0};
    *result = late && wait_is_among(wait->good, outcome->state) ? WAIT_GOOD : WAIT_BAD;
    return *result == WAIT_GOOD || wait_is_among(wait->bad, outcome->state);
}

/*
 * True if an event that has come is a good state, even a brief one. The list decides about bad
 * states: an event may be a little older than the command.
 */
static bool wait_read_events(struct cli *cli, const struct wait *wait, struct wait_outcome *outcome,
                             enum wait_result *result) {
    struct lv_event events[WAIT_EVENTS];
    int count = hv_events(cli, events, WAIT_EVENTS);
    if (count < 0) {
        cli_complain(cli, "events: %s", hv_error(-count));
        *result = WAIT_BROKEN;
        return true;
    }
    bool found = false;
    for (int i = 0; i < count && !found; i++) {
        found = events[i].zone_id == wait->zone->zone_id && events[i].time_ns >= wait->since_ns &&
                wait_is_among(wait->good, events[i].state);
        if (found) {
            *outcome = (struct wait_outcome){.state = events[i].state, .reason = events[i].reason};
            *result = WAIT_GOOD;
        }
    }
    return found;
}

/* Reports progress if that is due; returns the time of the next report. */
static uint64_t wait_progress(struct cli *cli, const struct wait *wait, uint64_t due,
                              const struct wait_outcome *outcome) {
    uint64_t now = hv_now(cli);
    if (now < due) {
        return due;
    }
    cli_note(cli, "zone %u (%s): %s for %llu s, %s%s", wait->zone->zone_id, wait->zone->name,
             wait->doing, (unsigned long long)((now - wait->begun_ms) / MS_PER_SECOND),
             words_state(outcome->state),
             outcome->unheard ? "; nothing in it has noticed the request yet" : "");
    return now + WAIT_PROGRESS_MS;
}

static uint64_t wait_smaller(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

/* Sleeps until an event, a signal, or `until`; false when polling fails (complained). */
static bool wait_sleep(struct cli *cli, uint64_t until) {
    uint64_t now = hv_now(cli);
    uint64_t timeout = until > now ? wait_smaller(until - now, WAIT_LOOK_MS) : 0;
    struct pollfd fd = {.fd = cli->device.fd, .events = POLLIN};
    int result = cli->device.ops->poll(&cli->device, &fd, 1, (int)timeout);
    if (result < 0 && result != -EINTR) {
        cli_complain(cli, "events: %s", strerror(-result));
        return false;
    }
    return true;
}

enum wait_result wait_zone(struct cli *cli, const struct wait *wait, struct wait_outcome *outcome) {
    uint64_t progress = wait->begun_ms + WAIT_FIRST_PROGRESS_MS;
    enum wait_result result = WAIT_BROKEN;
    *outcome = (struct wait_outcome){.state = wait->zone->state};
    for (;;) {
        if (wait_read_events(cli, wait, outcome, &result) ||
            wait_look(cli, wait, outcome, &result)) {
            return result;
        }
        if (wait_signal != 0) {
            return WAIT_INTERRUPTED;
        }
        if (hv_now(cli) >= wait->deadline_ms) {
            return WAIT_TIMEOUT;
        }
        progress = wait_progress(cli, wait, progress, outcome);
        if (!wait_sleep(cli, wait_smaller(wait->deadline_ms, progress))) {
            return WAIT_BROKEN;
        }
    }
}
