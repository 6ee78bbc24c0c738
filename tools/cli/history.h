/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The zones' history, as far as the hypervisor keeps it: 32 states of each id. */
#ifndef CLI_HISTORY_H
#define CLI_HISTORY_H

#include "hv.h"

#define HISTORY_MAX (LV_MAX_ZONES * LV_EVENTS_MAX)

struct history_event {
    struct lv_event event;
    char name[LV_NAME_SIZE]; /* "": of a zone that is gone, and whose name is not kept */
};

struct history {
    struct history_event events[HISTORY_MAX]; /* by time */
    size_t count;
    uint64_t newest[LV_MAX_ZONES]; /* sequence of each zone's last one, plus 1; 0: none */
};

/* Leaves out those of zones that had the number before this one. */
void history_keep_own(struct lv_history *zone);

/* Those of the zones, a bit each; false: complained. */
bool history_read(struct cli *cli, uint64_t zones, struct history *history);

/* "zone 5 (linux)", or "zone 5". */
const char *history_zone(struct cli *cli, const struct history_event *event);

#endif
