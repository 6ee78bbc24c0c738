/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The findings of a check. */
#ifndef CLI_CHECK_H
#define CLI_CHECK_H

#include "cli.h"

/* Prints cli->report as one JSON object. */
void check_print_json(struct cli *cli, bool good);

#endif
