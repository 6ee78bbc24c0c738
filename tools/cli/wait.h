/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting until a zone has come to a state, by the driver's events. */
#ifndef CLI_WAIT_H
#define CLI_WAIT_H

#include "hv.h"

/* A set of states: WAIT_STATE(LV_STATE_RUNNING) | ... */
#define WAIT_STATE(state) (1u << (state))

struct wait {
    const struct lv_zone_summary *zone;
    const char *doing;    /* "starting", for progress */
    unsigned good;        /* states that are waited for */
    unsigned bad;         /* states from which those will not come */
    uint32_t starts;      /* a good state counts in the list when the zone was started so often */
    uint64_t deadline_ms; /* by our clock; then WAIT_TIMEOUT */
    uint64_t since_ns;    /* the hypervisor's time when the command was given: older events do not
                             count */
    uint64_t begun_ms;    /* when the command began by our clock, for progress */
};

enum wait_result {
    WAIT_GOOD,
    WAIT_BAD,
    WAIT_TIMEOUT,
    WAIT_INTERRUPTED, /* by SIGINT or SIGTERM */
    WAIT_BROKEN,      /* the machine cannot be asked (complained) */
};

/* The state that a zone has reached. */
struct wait_outcome {
    uint32_t state;
    uint32_t reason;
    bool unheard; /* it was asked to stop and has not noticed (LV_ZONE_UNHEARD) */
};

/* Notes the time, to be called before the command that is waited for; false: complained. */
bool wait_begin(struct cli *cli, struct wait *wait);

/* Waits; if that takes longer than two seconds, reports it every few seconds. */
enum wait_result wait_zone(struct cli *cli, const struct wait *wait, struct wait_outcome *outcome);

/*
 * From wait_catch to wait_release SIGINT and SIGTERM end waits (WAIT_INTERRUPTED) and not the
 * process; wait_release delivers one that came.
 */
void wait_catch(void);
void wait_release(void);

#endif
