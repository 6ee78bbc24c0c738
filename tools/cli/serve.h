/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The front end of a zone's devices, as a process of its own. */
#ifndef CLI_SERVE_H
#define CLI_SERVE_H

#include "hv.h"

/*
 * Starts a process that serves the zone's devices until the zone is destroyed, and returns when the
 * zone can see them all; false: complained. True at once for a zone without devices.
 */
bool serve_detached(struct cli *cli, const struct lv_zone_summary *zone);

#endif
