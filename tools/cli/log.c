/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "verb.h"

#include <errno.h>
#include <inttypes.h>

struct log_reader {
    struct cli *cli;
    bool follow;
    struct lv_stream stream;
    bool begun;
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
        fwrite(stream->data, 1, stream->length, cli->out);
        stream->position += stream->length;
        reader->begun = true;
    } while (stream->length != 0);
    fflush(cli->out);
    return !ferror(cli->out);
}

/* Waits until the log has grown; false: complained. */
static bool log_wait(struct cli *cli) {
    for (;;) {
        struct pollfd fd = {.fd = cli->device.fd, .events = POLLPRI};
        struct lv_ioctl_grown grown;
        int result = cli->device.ops->poll(&cli->device, &fd, 1, -1);
        if (result >= 0) {
            result = (fd.revents & (POLLERR | POLLHUP)) != 0 ? -ENODEV : hv_grown(cli, &grown);
        }
        if (result < 0 && result != -EINTR) {
            cli_complain(cli, "log: %s", hv_error(-result));
            return false;
        }
        if (result >= 0 && grown.log != 0) {
            return true;
        }
    }
}

static enum cli_status log_run(struct cli *cli, const struct verb_options *options) {
    if (!hv_open(cli)) {
        return CLI_FAILED;
    }
    struct log_reader *reader = arena_alloc(&cli->arena, sizeof(*reader));
    *reader = (struct log_reader){.cli = cli, .follow = options->follow};
    bool good = log_print_rest(reader);
    while (good && reader->follow) {
        good = log_wait(cli) && log_print_rest(reader);
    }
    return good ? CLI_OK : CLI_FAILED;
}

static const struct argp_option log_options[] = {
    {"follow", 'f', NULL, 0, "Go on with what is logged from now on, until interrupted", 0},
    VERB_END,
};

const struct verb log_verb = {
    .name = "log",
    .summary = "print the hypervisor's log",
    .about = "Prints what is kept of the hypervisor's log. A line begins with the seconds since "
             "the hypervisor started and E (error), W (warning), I (information) or D (detail).",
    .examples = "  loongvisor log\n"
                "  loongvisor log | grep ' [EW] '\n"
                "  loongvisor log -f\n",
    .options = log_options,
    .run = log_run,
};
