/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The running machine, as tools/lib plans zones on it. */
#ifndef CLI_RUNNING_H
#define CLI_RUNNING_H

#include "hv.h"
#include "lib/machine.h"

/* Asks the hypervisor for all that is needed; false: complained. */
bool running_machine(struct cli *cli, struct machine *machine);

#endif
