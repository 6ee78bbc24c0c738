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
 * Copies the zone's output to cli->output and keys from cli->input to the zone. Ends at the escape
 * key, the end of the input (earlier output is shown first), the end of the zone, or an error
 * (complained). Also ends at the timeout, as a failure if the zone has not taken all keys. The
 * input's terminal is raw meanwhile. Keys for a zone that does not run are refused.
 */
enum cli_status console_run(struct cli *cli, const struct console_request *request);

#endif
