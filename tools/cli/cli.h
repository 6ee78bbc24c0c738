/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The context of every verb of `loongvisor`: machine, outputs, problems. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "device.h"
#include "lib/report.h"

#include <loongvisor/hypercall.h>
#include <stdbool.h>
#include <stdio.h>

/* Exit status of the command. */
enum cli_status {
    CLI_OK = 0,
    CLI_FAILED = 1, /* refused, failed, or not in time */
    CLI_USAGE = 2,
};

struct cli {
    struct device device;
    FILE *out;
    FILE *err;
    int input;            /* descriptor of the keyboard */
    int output;           /* descriptor of the screen, for consoles */
    struct arena arena;   /* all that lives until the command ends */
    struct report report; /* problems of files */
    const char *kept;     /* folder of what front ends get to know (lib/zone_serve.h) */
};

/* Runs one command line; argv[0] is the program's name. Leaves nothing open. */
enum cli_status cli_run(struct cli *cli, int argc, char **argv);

/* "loongvisor: ..." on the error stream; returns CLI_FAILED. */
enum cli_status cli_complain(struct cli *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same for a message that is no failure. */
void cli_note(struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints the problems of files that have been found since the last call. */
void cli_print_problems(struct cli *cli);

#endif
