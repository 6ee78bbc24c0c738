// SPDX-License-Identifier: GPL-2.0-or-later
#include "history.h"

#include <stdlib.h>
#include <string.h>

/* The zone that was made last has the name, and so have its events: those since it was made. */
static uint32_t history_first_named(const struct lv_history *zone) {
    for (uint32_t i = zone->num_events; i-- > 0;) {
        if (zone->events[i].state == LV_STATE_CREATED) {
            return i;
        }
    }
    return 0;
}

void history_keep_own(struct lv_history *zone) {
    uint32_t first = history_first_named(zone);
    zone->num_events -= first;
    memmove(zone->events, zone->events + first, zone->num_events * sizeof(zone->events[0]));
}

static void history_add(struct history *history, const struct lv_history *zone, uint32_t id) {
    uint32_t named = history_first_named(zone);
    for (uint32_t i = 0; i < zone->num_events; i++) {
        struct history_event *event = &history->events[history->count++];
        event->event = zone->events[i];
        event->event.zone_id = id;
        memcpy(event->name, zone->name, LV_NAME_SIZE);
        event->name[0] = i < named ? '\0' : event->name[0];
        history->newest[id] = event->event.sequence + 1;
    }
}

static int history_compare(const void *left, const void *right) {
    const struct lv_event *a = &((const struct history_event *)left)->event;
    const struct lv_event *b = &((const struct history_event *)right)->event;
    if (a->time_ns != b->time_ns) {
        return a->time_ns < b->time_ns ? -1 : 1;
    }
    if (a->zone_id != b->zone_id) {
        return a->zone_id < b->zone_id ? -1 : 1;
    }
    return (a->sequence > b->sequence) - (a->sequence < b->sequence);
}

bool history_read(struct cli *cli, uint64_t zones, struct history *history) {
    history->count = 0;
    memset(history->newest, 0, sizeof(history->newest));
    for (uint32_t id = 0; id < LV_MAX_ZONES; id++) {
        struct lv_history zone;
        if ((zones >> id & 1) == 0) {
            continue;
        }
        int result = hv_history(cli, id, &zone);
        if (result < 0) {
            cli_complain(cli, "history of zone %u: %s", id, hv_error(-result));
            return false;
        }
        history_add(history, &zone, id);
    }
    qsort(history->events, history->count, sizeof(history->events[0]), history_compare);
    return true;
}

const char *history_zone(struct cli *cli, const struct history_event *event) {
    return event->name[0] != '\0'
               ? arena_printf(&cli->arena, "zone %u (%s)", event->event.zone_id, event->name)
               : arena_printf(&cli->arena, "zone %u", event->event.zone_id);
}
