/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine from its files; the machine need not exist. */
#ifndef TOOLS_MACHINE_LOAD_H
#define TOOLS_MACHINE_LOAD_H

#include "machine.h"

/*
 * A machine that is not there: its board file, and the file of its root zone. False when something
 * is wrong with them (reported).
 */
bool machine_from_files(struct report *report, const char *board, const char *root,
                        struct machine *out);

#endif
