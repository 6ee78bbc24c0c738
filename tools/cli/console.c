// SPDX-License-Identifier: GPL-2.0-or-later
#include "console.h"

#include "notice.h"
#include "terminal.h"
#include "wait.h"
#include "words.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* The most keys that wait for the zone; while so many wait, no more are read. */
#define CONSOLE_KEYS 1024u
/* No event says that the zone has room for keys again, so this is the period of trying. */
#define CONSOLE_RETRY_MS 20
#define CONSOLE_EVENTS   16u
/* When the user is told that the zone takes no keys, and how often after that. */
#define CONSOLE_FIRST_NOTE_MS 2000u
#define CONSOLE_NOTE_MS       10000u
#define CONSOLE_MS_PER_SECOND 1000u

/* States in which the zone takes keys, or keeps them until it continues. */
#define CONSOLE_TAKES (WAIT_STATE(LV_STATE_RUNNING) | WAIT_STATE(LV_STATE_PAUSED))
/* States in which it may soon take keys. In all other states they would be lost. */
#define CONSOLE_MAY_TAKE                                                                           \
    (WAIT_STATE(LV_STATE_STARTING) | WAIT_STATE(LV_STATE_STOPPING) | WAIT_STATE(LV_STATE_FAILING))

enum console_state { CONSOLE_GOING_ON, CONSOLE_DETACHED, CONSOLE_GONE, CONSOLE_BROKEN };

struct console {
    struct cli *cli;
    const struct console_request *request;
    enum console_state state;
    bool on_terminal; /* messages begin and end with a line's end for a raw terminal */
    uint64_t position;
    bool more; /* there may be something to read at `position` */
    bool begun;
    struct lv_stream stream; /* what of it is not on the screen yet: */
    size_t shown;
    uint8_t keys[CONSOLE_KEYS];
    size_t num_keys;
    bool keys_ended;
    uint64_t keys_since_ms; /* since when the zone has taken none of them; 0: there are none */
    uint64_t note_ms;       /* when to say so next */
    uint64_t hint_ms;       /* when to speak of its silence; UINT64_MAX: no more */
    uint64_t deadline_ms;
    uint32_t zone_state;
    uint32_t said_state; /* of which it was said that it takes no keys */
    bool ends;           /* it ends at `until`: */
    uint64_t until;      /* the end of the output when the last key had been typed */
};

static void console_say(struct console *console, const char *what, const char *detail) {
    const struct lv_zone_summary *zone = console->request->zone;
    const char *end = console->on_terminal ? "\r\n" : "\n";
    fprintf(console->cli->err, "%s[zone %u (%s): %s%s]%s", console->on_terminal ? end : "",
            zone->zone_id, zone->name, what, detail, end);
    fflush(console->cli->err);
}

/* Ends the console; the message comes when the terminal is sane again. */
static void console_break(struct console *console, const char *what, int error) {
    if (error == ENOENT) {
        console->state = CONSOLE_GONE;
        return;
    }
    terminal_leave();
    cli_complain(console->cli, "console of zone %u (%s): %s: %s", console->request->zone->zone_id,
                 console->request->zone->name, what, hv_error(error));
    console->state = CONSOLE_BROKEN;
}

static size_t console_unshown(const struct console *console) {
    return console->stream.length - console->shown;
}

/* Whether there may be something to read that is to be shown. A zone may print for ever. */
static bool console_wants(const struct console *console) {
    return console->more && !(console->ends && console->position >= console->until);
}

/* Reads the next piece when all of the last one is on the screen. */
static void console_fetch(struct console *console) {
    if (!console_wants(console) || console_unshown(console) != 0) {
        return;
    }
    struct lv_stream *stream = &console->stream;
    stream->position = console->position;
    console->shown = 0;
    int result = hv_read_stream(console->cli, LV_IOCTL_CONSOLE_READ,
                                console->request->zone->zone_id, stream);
    if (result < 0) {
        stream->length = 0;
        console_break(console, "read", -result);
        return;
    }
    if (console->begun && stream->position > console->position) {
        console_say(console, "output was too fast", ", some of it is lost");
    }
    console->begun = true;
    console->position = stream->position + stream->length;
    console->more = stream->length != 0;
    if (console->keys_ended && console->num_keys == 0 && !console->ends) {
        console->ends = true;
        console->until = stream->end;
    }
}

static void console_show(struct console *console) {
    size_t count = console_unshown(console);
    ssize_t written = write(console->cli->output, console->stream.data + console->shown, count);
    if (written > 0) {
        console->shown += (size_t)written;
    } else if (written < 0 && errno != EAGAIN && errno != EINTR) {
        console_break(console, "cannot write here", errno);
    }
}

static bool console_state_is(const struct console *console, unsigned states) {
    return console->zone_state < 32 && (WAIT_STATE(console->zone_state) & states) != 0;
}

/* Keys for a zone that does not run would be lost when it starts. */
static void console_refuse_keys(struct console *console) {
    const struct lv_zone_summary *zone = console->request->zone;
    const char *state = words_state(console->zone_state);
    console->num_keys = 0;
    if (!console->on_terminal) {
        cli_complain(console->cli,
                     "console of zone %u (%s): it is %s and takes no input; start it first "
                     "(loongvisor zone start %s)",
                     zone->zone_id, zone->name, state, zone->name);
        console->state = CONSOLE_BROKEN;
    } else if (console->said_state != console->zone_state) {
        console->said_state = console->zone_state;
        console_say(console, state, ", it takes no keys");
    }
}

static void console_type(struct console *console) {
    if (console->num_keys == 0 || console_state_is(console, CONSOLE_MAY_TAKE)) {
        return;
    }
    if (!console_state_is(console, CONSOLE_TAKES)) {
        console_refuse_keys(console);
        return;
    }
    int taken =
        hv_type(console->cli, console->request->zone->zone_id, console->keys, console->num_keys);
    if (taken < 0) {
        console_break(console, "type", -taken);
        return;
    }
    if (taken > 0) {
        console->keys_since_ms = 0;
    }
    console->num_keys -= (size_t)taken;
    memmove(console->keys, console->keys + taken, console->num_keys);
}

/* What the list says of the zone: an event may be lost. */
static void console_look(struct console *console) {
    struct hv_zones zones;
    if (!hv_list(console->cli, &zones)) {
        console->state = CONSOLE_BROKEN;
        return;
    }
    const struct lv_zone_summary *zone = hv_zone(&zones, console->request->zone->zone_id);
    if (zone == NULL) {
        console->state = CONSOLE_GONE;
    } else {
        console->zone_state = zone->state;
    }
}

/* Says when keys have waited for long. */
static void console_watch_keys(struct console *console, uint64_t now) {
    if (console->num_keys == 0) {
        console->keys_since_ms = 0;
    } else if (console->keys_since_ms == 0) {
        console->keys_since_ms = now;
        console->note_ms = now + CONSOLE_FIRST_NOTE_MS;
    } else if (now >= console->note_ms) {
        char detail[64];
        console_look(console);
        snprintf(detail, sizeof(detail), " for %llu s, %s",
                 (unsigned long long)((now - console->keys_since_ms) / CONSOLE_MS_PER_SECOND),
                 words_state(console->zone_state));
        console_say(console, "has taken no keys", detail);
        console->note_ms = now + CONSOLE_NOTE_MS;
    }
}

/* Says once where to look when the zone has never printed anything. */
static void console_watch_silence(struct console *console, uint64_t now) {
    if (console->position != 0) {
        console->hint_ms = UINT64_MAX;
    } else if (now >= console->hint_ms) {
        console->hint_ms = UINT64_MAX;
        if (console_state_is(console, WAIT_STATE(LV_STATE_RUNNING))) {
            console_say(console, notice_advice(NOTICE_SILENT), "");
        }
    }
}

static void console_watch_time(struct console *console, uint64_t now) {
    if (now < console->deadline_ms) {
        return;
    }
    console->state = CONSOLE_DETACHED;
    if (console->num_keys != 0) {
        terminal_leave();
        cli_complain(console->cli,
                     "console of zone %u (%s): the time is over, and the zone, %s, has not taken "
                     "all of the input",
                     console->request->zone->zone_id, console->request->zone->name,
                     words_state(console->zone_state));
        console->state = CONSOLE_BROKEN;
    }
}

/* Keys up to the escape key, which ends the console once they are typed. */
static void console_take_keys(struct console *console, size_t count) {
    uint8_t *keys = console->keys + console->num_keys;
    const uint8_t *escape = console->request->escape == CONSOLE_NO_ESCAPE
                                ? NULL
                                : memchr(keys, console->request->escape, count);
    console->num_keys += escape != NULL ? (size_t)(escape - keys) : count;
    if (escape != NULL) {
        console_type(console);
        if (console->state == CONSOLE_GOING_ON) {
            console->state = CONSOLE_DETACHED;
        }
    }
}

static void console_read_keys(struct console *console) {
    ssize_t count = read(console->cli->input, console->keys + console->num_keys,
                         CONSOLE_KEYS - console->num_keys);
    if (count > 0) {
        console_take_keys(console, (size_t)count);
    } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
        console->keys_ended = true;
    }
}

static void console_take_event(struct console *console, const struct lv_event *event) {
    if (event->zone_id != console->request->zone->zone_id) {
        return;
    }
    console->zone_state = event->state;
    if (event->state == LV_STATE_ABSENT) {
        console->state = CONSOLE_GONE;
    } else if (event->state == LV_STATE_STOPPED || event->state == LV_STATE_FAILED ||
               event->state == LV_STATE_RUNNING) {
        char reason[64];
        snprintf(reason, sizeof(reason), ", reason: %s", words_reason(event->reason));
        console_say(console, words_state(event->state), reason);
    }
    console->more = true;
}

static void console_read_events(struct console *console) {
    struct lv_event events[CONSOLE_EVENTS];
    int count = hv_events(console->cli, events, CONSOLE_EVENTS);
    if (count < 0) {
        console_break(console, "events", -count);
    }
    for (int i = 0; i < count; i++) {
        console_take_event(console, &events[i]);
    }
}

static void console_look_grown(struct console *console) {
    struct lv_ioctl_grown grown;
    int result = hv_grown(console->cli, &grown);
    if (result < 0) {
        console_break(console, "what has grown", -result);
    } else if ((grown.consoles >> console->request->zone->zone_id & 1) != 0) {
        console->more = true;
    }
}

static int console_timeout(const struct console *console) {
    if (console->more && console_unshown(console) == 0) {
        return 0;
    }
    if (console->num_keys != 0) {
        return CONSOLE_RETRY_MS;
    }
    uint64_t due =
        console->hint_ms < console->deadline_ms ? console->hint_ms : console->deadline_ms;
    uint64_t now = hv_now(console->cli);
    return due == UINT64_MAX ? -1 : due > now ? (int)(due - now) : 0;
}

enum { CONSOLE_DEVICE, CONSOLE_INPUT, CONSOLE_OUTPUT, CONSOLE_FDS };

static void console_serve_device(struct console *console, short events) {
    if ((events & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
        console_break(console, LV_DEVICE_PATH, ENODEV);
        return;
    }
    if ((events & POLLPRI) != 0) {
        console_look_grown(console);
    }
    if ((events & POLLIN) != 0) {
        console_read_events(console);
    }
}

static void console_poll(struct console *console) {
    struct cli *cli = console->cli;
    bool hears = !console->keys_ended && console->num_keys < CONSOLE_KEYS;
    bool shows = console_unshown(console) != 0;
    /* poll() ignores a negative descriptor. */
    struct pollfd fds[CONSOLE_FDS] = {
        [CONSOLE_DEVICE] = {.fd = cli->device.fd, .events = POLLIN | POLLPRI},
        [CONSOLE_INPUT] = {.fd = hears ? cli->input : -1, .events = POLLIN},
        [CONSOLE_OUTPUT] = {.fd = shows ? cli->output : -1, .events = POLLOUT},
    };
    int result = cli->device.ops->poll(&cli->device, fds, CONSOLE_FDS, console_timeout(console));
    if (result < 0) {
        if (result != -EINTR) {
            console_break(console, "poll", -result);
        }
        return;
    }
    console_serve_device(console, fds[CONSOLE_DEVICE].revents);
    if (fds[CONSOLE_OUTPUT].revents != 0) {
        console_show(console);
    }
    if (fds[CONSOLE_INPUT].revents != 0) {
        console_read_keys(console);
    }
}

/* True if the input has ended and all of it is done. */
static bool console_is_done(const struct console *console) {
    return console->keys_ended && console->num_keys == 0 && !console_wants(console) &&
           console_unshown(console) == 0;
}

static void console_loop(struct console *console) {
    while (console->state == CONSOLE_GOING_ON) {
        console_fetch(console);
        console_type(console);
        uint64_t now = hv_now(console->cli);
        console_watch_keys(console, now);
        console_watch_silence(console, now);
        if (console->state == CONSOLE_GOING_ON && !console_is_done(console)) {
            console_watch_time(console, now);
        }
        if (console->state != CONSOLE_GOING_ON || console_is_done(console)) {
            return;
        }
        console_poll(console);
    }
}

/* The end of the earlier output. */
static void console_skip_scrollback(struct console *console) {
    console->stream.position = UINT64_MAX;
    int result = hv_read_stream(console->cli, LV_IOCTL_CONSOLE_READ,
                                console->request->zone->zone_id, &console->stream);
    console->position = console->stream.end;
    console->stream.length = 0;
    console->begun = true;
    if (result < 0) {
        console_break(console, "read", -result);
    }
}

static void console_greet(struct console *console) {
    int escape = console->request->escape;
    if (!console->on_terminal) {
        return;
    }
    if (escape == CONSOLE_NO_ESCAPE) {
        console_say(console, "connected", "");
    } else {
        char detail[32];
        snprintf(detail, sizeof(detail), "; Ctrl-%c leaves", (char)(escape | '@'));
        console_say(console, "connected", detail);
    }
}

enum cli_status console_run(struct cli *cli, const struct console_request *request) {
    struct console *console = arena_alloc(&cli->arena, sizeof(*console));
    uint64_t now = hv_now(cli);
    *console = (struct console){
        .cli = cli,
        .request = request,
        .more = true,
        .hint_ms = now + NOTICE_SILENCE_MS,
        .deadline_ms =
            request->timeout_ms < UINT64_MAX - now ? now + request->timeout_ms : UINT64_MAX,
        .zone_state = request->zone->state,
    };
    struct lv_ioctl_grown grown;
    hv_grown(cli, &grown);
    if (!request->scrollback) {
        console_skip_scrollback(console);
    }
    console->on_terminal = isatty(cli->input);
    if (console->state == CONSOLE_GOING_ON) {
        int result = terminal_enter(cli->input);
        if (result < 0) {
            console_break(console, "the terminal cannot be made raw", -result);
        }
    }
    console_greet(console);
    console_loop(console);
    terminal_leave();
    if (console->state == CONSOLE_GONE) {
        console_say(console, "destroyed", "");
    } else if (console->state == CONSOLE_DETACHED) {
        console_say(console, "left", "; it goes on");
    }
    return console->state == CONSOLE_BROKEN ? CLI_FAILED : CLI_OK;
}
