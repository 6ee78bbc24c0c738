// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/format.h"
#include "history.h"
#include "lib/json_out.h"
#include "verb.h"
#include "words.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS_AT_ONCE 16u
#define EVENTS_FOREVER (-1)

struct events_watch {
    struct cli *cli;
    const struct verb_options *options;
    char names[LV_MAX_ZONES][LV_NAME_SIZE]; /* also of zones that are gone */
    uint64_t wanted;                        /* zones, a bit each */
    uint64_t sequence[LV_MAX_ZONES];        /* of the last event of each */
    uint64_t left;                          /* to be printed */
};

static bool events_learn_names(struct events_watch *watch) {
    struct hv_zones zones;
    if (!hv_list(watch->cli, &zones)) {
        return false;
    }
    for (size_t i = 0; i < zones.count; i++) {
        memcpy(watch->names[zones.zones[i].zone_id], zones.zones[i].name, LV_NAME_SIZE);
    }
    return true;
}

static const char *events_name(struct events_watch *watch, const struct lv_event *event) {
    if (event->zone_id >= LV_MAX_ZONES) {
        return "?";
    }
    const char *name = watch->names[event->zone_id];
    if (*name == '\0' || event->state == LV_STATE_CREATED) {
        events_learn_names(watch);
    }
    return *name != '\0' ? name : "?";
}

/* Events of this zone that were lost between the last one and this. */
static uint64_t events_lost(struct events_watch *watch, const struct lv_event *event) {
    if (event->zone_id >= LV_MAX_ZONES) {
        return 0;
    }
    uint64_t before = watch->sequence[event->zone_id];
    watch->sequence[event->zone_id] = event->sequence;
    return before != 0 && event->sequence > before + 1 ? event->sequence - before - 1 : 0;
}

static void events_print_one(const struct events_watch *watch, const struct lv_event *event,
                             const char *name, uint64_t lost) {
    struct cli *cli = watch->cli;
    if (watch->options->json) {
        json_out_print_line(
            cli->out,
            json_pack("{s:f, s:i, s:s, s:s, s:s, s:o, s:o}", "time", format_seconds(event->time_ns),
                      "zone_id", (int)event->zone_id, "name", name, "state",
                      words_state(event->state), "reason", words_reason(event->reason), "sequence",
                      json_out_count(event->sequence), "lost", json_out_count(lost)));
        return;
    }
    if (lost != 0) {
        cli_note(cli, "events: %llu of zone %u (%s) were lost", (unsigned long long)lost,
                 event->zone_id, name);
    }
    fprintf(cli->out, "[%12.6f] zone %u (%s): %s, reason: %s\n", format_seconds(event->time_ns),
            event->zone_id, *name != '\0' ? name : "?", words_state(event->state),
            words_reason(event->reason));
    fflush(cli->out);
}

static void events_print(struct events_watch *watch, const struct lv_event *event) {
    uint64_t lost = events_lost(watch, event);
    events_print_one(watch, event, events_name(watch, event), lost);
}

static bool events_is_wanted(const struct events_watch *watch, const struct lv_event *event) {
    return watch->wanted == 0 ||
           (event->zone_id < LV_MAX_ZONES && (watch->wanted >> event->zone_id & 1) != 0);
}

/* Prints the events that have come; false: complained. */
static bool events_read(struct events_watch *watch) {
    struct lv_event events[EVENTS_AT_ONCE];
    int count = hv_events(watch->cli, events, EVENTS_AT_ONCE);
    if (count < 0) {
        cli_complain(watch->cli, "events: %s", hv_error(-count));
        return false;
    }
    for (int i = 0; i < count && watch->left != 0; i++) {
        if (events_is_wanted(watch, &events[i])) {
            events_print(watch, &events[i]);
            watch->left -= watch->left != VERB_UNLIMITED;
        }
    }
    return true;
}

/* Waits for the next; false at the timeout, or if polling fails (then *good is false). */
static bool events_wait(struct events_watch *watch, uint64_t deadline, bool *good) {
    struct cli *cli = watch->cli;
    struct pollfd fd = {.fd = cli->device.fd, .events = POLLIN};
    int timeout = EVENTS_FOREVER;
    if (deadline != VERB_UNLIMITED) {
        uint64_t now = cli->device.ops->now_ms(&cli->device);
        if (now >= deadline) {
            return false;
        }
        timeout = (int)(deadline - now);
    }
    int result = cli->device.ops->poll(&cli->device, &fd, 1, timeout);
    bool gone = result >= 0 && (fd.revents & (POLLERR | POLLHUP)) != 0;
    if (gone || (result < 0 && result != -EINTR)) {
        cli_complain(cli, "events: %s", hv_error(gone ? ENODEV : -result));
        *good = false;
    }
    return *good;
}

/* The number of a zone that may be gone. */
static bool events_is_number(const char *text, uint32_t *zone_id) {
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    *zone_id = (uint32_t)number;
    return *text >= '0' && *text <= '9' && *end == '\0' && number < LV_MAX_ZONES;
}

/* The zones that are named; false: complained. */
static bool events_choose(struct events_watch *watch) {
    for (size_t i = 0; i < watch->options->num_arguments; i++) {
        const char *argument = watch->options->arguments[i];
        struct lv_zone_summary zone;
        bool past = watch->options->history && events_is_number(argument, &zone.zone_id);
        if (!past && !hv_find(watch->cli, argument, &zone)) {
            return false;
        }
        watch->wanted |= (uint64_t)1 << zone.zone_id;
    }
    return events_learn_names(watch);
}

/* Prints the kept history. */
static enum cli_status events_print_history(struct events_watch *watch) {
    struct history *history = arena_alloc(&watch->cli->arena, sizeof(*history));
    if (!history_read(watch->cli, watch->wanted != 0 ? watch->wanted : UINT64_MAX, history)) {
        return CLI_FAILED;
    }
    for (size_t i = 0; i < history->count; i++) {
        const struct history_event *event = &history->events[i];
        events_print_one(watch, &event->event, event->name, 0);
    }
    return CLI_OK;
}

static enum cli_status events_run(struct cli *cli, const struct verb_options *options) {
    struct events_watch *watch = arena_alloc(&cli->arena, sizeof(*watch));
    *watch = (struct events_watch){.cli = cli, .options = options, .left = options->count};
    if (!hv_open(cli) || !events_choose(watch)) {
        return CLI_FAILED;
    }
    if (options->history) {
        return events_print_history(watch);
    }
    uint64_t deadline = options->timeout_ms;
    if (deadline != VERB_UNLIMITED) {
        deadline += cli->device.ops->now_ms(&cli->device);
    }
    bool good = true;
    while (good && watch->left != 0 && events_wait(watch, deadline, &good)) {
        good = events_read(watch) && !ferror(cli->out);
    }
    bool too_few = options->count != VERB_UNLIMITED && watch->left != 0;
    return good && !too_few ? CLI_OK : CLI_FAILED;
}

static const struct argp_option events_options[] = {
    {"count", 'n', "N", 0, "End after N events; status 1 when there were fewer", 0},
    VERB_TIMEOUT("End after so long (never)"),
    {"history", VERB_OPTION_HISTORY, NULL, 0,
     "Print the last states that are kept (32 of each zone), and end", 0},
    VERB_JSON,
    VERB_END,
};

const struct verb events_verb = {
    .name = "events",
    .summary = "print what happens to zones, as it happens",
    .arguments = "[ZONE...]",
    .about = "Prints every state that a zone comes to from now on, with the seconds since the "
             "hypervisor started and the reason; of the zones that are named, or of all. With "
             "--history it prints those of the past, also of zones that are gone, by their number. "
             "JSON is one object for each line.",
    .examples = "  loongvisor events\n"
                "  loongvisor events --history linux\n"
                "  loongvisor events --count 1 --timeout 60 linux\n"
                "  loongvisor events --json | jq --unbuffered 'select(.state == \"FAILED\")'\n",
    .options = events_options,
    .max_arguments = VERB_MAX_ARGUMENTS,
    .defaults = {.timeout_ms = VERB_UNLIMITED, .count = VERB_UNLIMITED},
    .run = events_run,
};
