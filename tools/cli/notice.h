/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signs that a RUNNING zone does nothing useful: its own reports, and its console. */
#ifndef CLI_NOTICE_H
#define CLI_NOTICE_H

#include "hv.h"

enum notice {
    NOTICE_NONE,
    NOTICE_CRASH,  /* LV_REASON_CRASH */
    NOTICE_HALT,   /* LV_REASON_HALT */
    NOTICE_PANIC,  /* the last line of its console is the end of a Linux panic */
    NOTICE_SILENT, /* it has run for a while, and its console has never said anything */
};

/* How long a zone may run in silence. Linux on an emulator was seen to need four seconds. */
#define NOTICE_SILENCE_MS 10000u

/* Of a zone that is not RUNNING, or that has no console of the hypervisor's: NOTICE_NONE. */
enum notice notice_of(struct cli *cli, const struct lv_zone_summary *zone);

/* "kernel panic"; NULL for NOTICE_NONE. */
const char *notice_word(enum notice notice);

/* What it means and what helps, as a sentence; NULL for NOTICE_NONE. */
const char *notice_advice(enum notice notice);

#endif
