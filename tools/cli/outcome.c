// SPDX-License-Identifier: GPL-2.0-or-later
#include "outcome.h"

#include "lib/json_out.h"
#include "words.h"

#include <jansson.h>

#define MS_PER_SECOND 1000.0

struct outcomes outcomes_begin(struct cli *cli, bool json) {
    return (struct outcomes){.cli = cli, .list = json ? json_array() : NULL, .status = CLI_OK};
}

void outcomes_next(struct outcomes *outcomes) {
    outcomes->begun_ms = hv_now(outcomes->cli);
    outcomes->loading_ms = 0;
}

uint64_t outcomes_deadline(const struct outcomes *outcomes, uint64_t timeout_ms) {
    uint64_t begun = outcomes->begun_ms + outcomes->loading_ms;
    return timeout_ms < UINT64_MAX - begun ? begun + timeout_ms : UINT64_MAX;
}

void outcomes_add(struct outcomes *outcomes, const struct lv_zone_summary *zone,
                  const struct wait_outcome *outcome, const char *note) {
    struct cli *cli = outcomes->cli;
    double seconds = (double)(hv_now(cli) - outcomes->begun_ms) / MS_PER_SECOND;
    if (outcomes->list != NULL) {
        json_out_append(outcomes->list,
                        json_pack("{s:i, s:s, s:s, s:s, s:f}", "zone_id", (int)zone->zone_id,
                                  "name", zone->name, "state", words_state(outcome->state),
                                  "reason", words_reason(outcome->reason), "seconds", seconds));
        return;
    }
    fprintf(cli->out, "zone %u (%s): %s%s%s after %.1f s\n", zone->zone_id, zone->name,
            words_state(outcome->state), note ? ", " : "", note ? note : "", seconds);
    fflush(cli->out);
}

void outcomes_fail(struct outcomes *outcomes) {
    outcomes->status = CLI_FAILED;
}

enum cli_status outcomes_end(struct outcomes *outcomes) {
    if (outcomes->list != NULL) {
        json_out_print(outcomes->cli->out, outcomes->list);
    }
    return outcomes->status;
}
