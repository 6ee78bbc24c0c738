// SPDX-License-Identifier: GPL-2.0-or-later
#include "history.h"
#include "verb.h"
#include "words.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define LOG_NS_PER_US 1000u
#define LOG_US_PER_S  1000000u
/* More than the time at the beginning of a line. */
#define LOG_HEAD_SIZE 48u

#define LOG_EVENTS 16u

struct log_reader {
    struct cli *cli;
    struct lv_stream stream;
    bool begun;
    struct history history;
    size_t told; /* events of the history that are printed */
};

/* The log has names and texts of others in it. */
static void log_clean(struct lv_stream *stream) {
    for (uint32_t i = 0; i < stream->length; i++) {
        char c = (char)stream->data[i];
        if (c != '\n' && (c < ' ' || c > '~')) {
            stream->data[i] = '?';
        }
    }
}

/* Failures are in the hypervisor's own lines, with all that is known of them. */
static char log_level(const struct lv_event *event) {
    if (event->state == LV_STATE_FAILED) {
        return 'E';
    }
    return event->reason == LV_REASON_WATCHDOG || event->reason >= LV_REASON_RESTARTS ? 'W' : 'I';
}

static void log_print_event(const struct log_reader *reader, const struct history_event *event) {
    uint64_t microseconds = event->event.time_ns / LOG_NS_PER_US;
    fprintf(reader->cli->out, "[%5" PRIu64 ".%06" PRIu64 "] %c %s: %s, reason: %s\n",
            microseconds / LOG_US_PER_S, microseconds % LOG_US_PER_S, log_level(&event->event),
            history_zone(reader->cli, event), words_state(event->event.state),
            words_reason(event->event.reason));
}

/* Prints the events of the history that came before this time. */
static void log_print_events(struct log_reader *reader, uint64_t before_ns) {
    const struct history *history = &reader->history;
    while (reader->told < history->count &&
           history->events[reader->told].event.time_ns < before_ns) {
        log_print_event(reader, &history->events[reader->told++]);
    }
}

/* The time of a line of the log; 0: it has none. */
static uint64_t log_time(const char *line) {
    uint64_t seconds;
    uint64_t microseconds;
    return sscanf(line, "[%" SCNu64 ".%6" SCNu64 "]", &seconds, &microseconds) == 2
               ? (seconds * LOG_US_PER_S + microseconds) * LOG_NS_PER_US
               : 0;
}

/* A piece of the log, with the events that belong between its lines. */
static void log_print_piece(struct log_reader *reader) {
    const struct lv_stream *stream = &reader->stream;
    const uint8_t *line = stream->data;
    const uint8_t *end = stream->data + stream->length;
    while (line < end) {
        const uint8_t *next = memchr(line, '\n', (size_t)(end - line));
        next = next != NULL ? next + 1 : end;
        char head[LOG_HEAD_SIZE] = "";
        memcpy(head, line,
               (size_t)(next - line) < sizeof(head) - 1 ? (size_t)(next - line) : sizeof(head) - 1);
        if (*line == '[') {
            log_print_events(reader, log_time(head));
        }
        fwrite(line, 1, (size_t)(next - line), reader->cli->out);
        line = next;
    }
}

/* Prints what there is from the last position on; false: complained. */
static bool log_print_rest(struct log_reader *reader) {
    struct cli *cli = reader->cli;
    struct lv_stream *stream = &reader->stream;
    do {
        uint64_t expected = stream->position;
        int result = hv_read_stream(cli, LV_IOCTL_LOG, LV_ROOT_ZONE_ID, stream);
        if (result < 0) {
            cli_complain(cli, "log: %s", hv_error(-result));
            return false;
        }
        if (reader->begun && stream->position > expected) {
            cli_note(cli, "log: %" PRIu64 " bytes were lost, the log is too fast",
                     stream->position - expected);
        }
        log_clean(stream);
        log_print_piece(reader);
        stream->position += stream->length;
        reader->begun = true;
    } while (stream->length != 0);
    log_print_events(reader, UINT64_MAX);
    fflush(cli->out);
    return !ferror(cli->out);
}

/* The name of a zone, now. */
static void log_name(struct cli *cli, struct history_event *event) {
    struct lv_history zone;
    if (hv_history(cli, event->event.zone_id, &zone) == 0) {
        memcpy(event->name, zone.name, LV_NAME_SIZE);
    }
}

/* Takes the events that have come and were not printed; false: complained. */
static bool log_take_events(struct log_reader *reader) {
    struct lv_event events[LOG_EVENTS];
    struct history *history = &reader->history;
    int count = hv_events(reader->cli, events, LOG_EVENTS);
    if (count < 0) {
        cli_complain(reader->cli, "events: %s", hv_error(-count));
        return false;
    }
    history->count = 0;
    reader->told = 0;
    for (int i = 0; i < count; i++) {
        uint32_t id = events[i].zone_id;
        if (id < LV_MAX_ZONES && events[i].sequence >= history->newest[id]) {
            struct history_event *event = &history->events[history->count++];
            *event = (struct history_event){.event = events[i]};
            log_name(reader->cli, event);
        }
    }
    return true;
}

/* Waits until the log has grown or a zone has come to a state; false: complained. */
static bool log_wait(struct cli *cli) {
    for (;;) {
        struct pollfd fd = {.fd = cli->device.fd, .events = POLLPRI | POLLIN};
        struct lv_ioctl_grown grown;
        int result = cli->device.ops->poll(&cli->device, &fd, 1, -1);
        if (result >= 0) {
            result = (fd.revents & (POLLERR | POLLHUP)) != 0 ? -ENODEV : hv_grown(cli, &grown);
        }
        if (result < 0 && result != -EINTR) {
            cli_complain(cli, "log: %s", hv_error(-result));
            return false;
        }
        if (result >= 0 && (grown.log != 0 || (fd.revents & POLLIN) != 0)) {
            return true;
        }
    }
}

static enum cli_status log_run(struct cli *cli, const struct verb_options *options) {
    if (!hv_open(cli)) {
        return CLI_FAILED;
    }
    struct log_reader *reader = arena_alloc(&cli->arena, sizeof(*reader));
    *reader = (struct log_reader){.cli = cli};
    bool good = history_read(cli, UINT64_MAX, &reader->history) && log_print_rest(reader);
    while (good && options->follow) {
        good = log_wait(cli) && log_take_events(reader) && log_print_rest(reader);
    }
    return good ? CLI_OK : CLI_FAILED;
}

static const struct argp_option log_options[] = {
    {"follow", 'f', NULL, 0, "Go on with what is logged from now on, until interrupted", 0},
    VERB_END,
};

const struct verb log_verb = {
    .name = "log",
    .summary = "print the hypervisor's log and what happened to zones",
    .about = "Prints what is kept of the hypervisor's log, and between its lines the last states "
             "of each zone, up to 32. A line begins with the seconds since the hypervisor started "
             "and E (error), W (warning), I (information) or D (detail).",
    .examples = "  loongvisor log\n"
                "  loongvisor log | grep ' [EW] '\n"
                "  loongvisor log -f\n",
    .options = log_options,
    .run = log_run,
};
