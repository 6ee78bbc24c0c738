/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A zone's console on this terminal. */
#ifndef CLI_CONSOLE_H
#define CLI_CONSOLE_H

#include "hv.h"

#define CONSOLE_NO_ESCAPE (-1)

struct console_request {
    const struct lv_zone_summary *zone;
    int escape;          /* the byte that detaches, or CONSOLE_NO_ESCAPE */
    bool scrollback;     /* begin with what was printed before */
    uint64_t timeout_ms; /* VERB_UNLIMITED: none */
};

/*
 * Copies the zone's output to cli->output and keys from cli->input to the zone until the escape
 * key, the end of the input (what was printed so far is shown first), the end of the zone, or an
 * error (complained). The input's terminal is raw meanwhile. When the time is over it ends, too, as
 * a failure if there are keys left that the zone has not taken. Keys for a zone that does not run
 * are refused.
 */
enum cli_status console_run(struct cli *cli, const struct console_request *request);

#endif
