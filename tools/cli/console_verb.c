// SPDX-License-Identifier: GPL-2.0-or-later
#include "console.h"
#include "verb.h"

/* Ctrl-], as telnet has it. */
#define CONSOLE_ESCAPE 0x1d

static enum cli_status console_verb_run(struct cli *cli, const struct verb_options *options) {
    struct lv_zone_summary zone;
    if (!hv_open(cli) || !hv_find(cli, options->arguments[0], &zone)) {
        return CLI_FAILED;
    }
    struct console_request request = {
        .zone = &zone,
        .escape = options->escape,
        .scrollback = !options->no_scrollback,
        .timeout_ms = options->timeout_ms,
    };
    return console_run(cli, &request);
}

static const struct argp_option console_options[] = {
    {"escape", 'e', "KEY", 0, "The key that leaves: ^A to ^Z, ^[, ^\\, ^], ^^, ^_, or none (^])",
     0},
    {"no-scrollback", VERB_OPTION_NO_SCROLLBACK, NULL, 0,
     "Do not show what the zone printed before", 0},
    VERB_TIMEOUT("End after so long (never); status 1 when the zone has not taken all keys"),
    VERB_END,
};

const struct verb console_verb = {
    .name = "console",
    .summary = "use a zone's console; Ctrl-] leaves it",
    .arguments = "ZONE",
    .about = "Shows what the zone has printed and prints, and types to it. Ctrl-] leaves; the zone "
             "goes on. Several consoles, of one zone or of many, may be open at once. With another "
             "input than a terminal it ends at the end of the input, once everything printed so "
             "far is shown. A zone that does not run takes no keys.",
    .examples = "  loongvisor console linux\n"
                "  loongvisor console --escape ^A linux\n"
                "  loongvisor console linux < /dev/null > linux.log\n",
    .options = console_options,
    .min_arguments = 1,
    .max_arguments = 1,
    .defaults = {.escape = CONSOLE_ESCAPE, .timeout_ms = VERB_UNLIMITED},
    .run = console_verb_run,
};
