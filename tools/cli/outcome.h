/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The outcomes for the zones that a command names: printed one by one, or as one JSON list. */
#ifndef CLI_OUTCOME_H
#define CLI_OUTCOME_H

#include "wait.h"

struct outcomes {
    struct cli *cli;
    struct json_t *list; /* NULL: text */
    enum cli_status status;
    uint64_t begun_ms;   /* when the command on the zone that it is at began */
    uint64_t loading_ms; /* how long of that its parts were loaded, which no timeout counts */
};

struct outcomes outcomes_begin(struct cli *cli, bool json);

/* The command on the next zone, or file, begins. */
void outcomes_next(struct outcomes *outcomes);

/* When it has to be done at the latest. */
uint64_t outcomes_deadline(const struct outcomes *outcomes, uint64_t timeout_ms);

/* The zone came to a state; `note` ("powered itself off") may be NULL. */
void outcomes_add(struct outcomes *outcomes, const struct lv_zone_summary *zone,
                  const struct wait_outcome *outcome, const char *note);

/* A zone or a file for which it did not work: the command fails, and has said why. */
void outcomes_fail(struct outcomes *outcomes);

/* Prints the list, if it is one; the command's status. */
enum cli_status outcomes_end(struct outcomes *outcomes);

#endif
