// SPDX-License-Identifier: GPL-2.0-or-later
/* The command of the root zone; docs/man/loongvisor.1 describes it. */
#include "cli/cli.h"
#include "lib/descriptors.h"
#include "lib/zone_serve.h"

#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (!descriptors_reserve_standard()) {
        return CLI_FAILED;
    }
    struct cli cli = {
        .device = {.ops = &device_real, .fd = -1},
        .out = stdout,
        .err = stderr,
        .input = STDIN_FILENO,
        .output = STDOUT_FILENO,
        .kept = ZONE_SERVE_FOLDER,
    };
    /* Without a note on options in each help text; whoever sets it otherwise gets what they want.
     */
    setenv("ARGP_HELP_FMT", "no-dup-args-note", 0);
    return (int)cli_run(&cli, argc, argv);
}
