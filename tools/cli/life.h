/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps of a zone's life: each command and its result. */
#ifndef CLI_LIFE_H
#define CLI_LIFE_H

#include "lib/json.h"
#include "outcome.h"
#include "verb.h"

/*
 * Each gives the command, waits for the result as the options say, and tells `outcomes`; true when
 * it came (or was not waited for).
 */
bool life_start(struct outcomes *outcomes, const struct verb_options *options,
                const struct lv_zone_summary *zone);
bool life_stop(struct outcomes *outcomes, const struct verb_options *options,
               const struct lv_zone_summary *zone);
bool life_restart(struct outcomes *outcomes, const struct verb_options *options,
                  const struct lv_zone_summary *zone);
bool life_destroy(struct outcomes *outcomes, const struct verb_options *options,
                  const struct lv_zone_summary *zone);

/* The same; the result is there when the command returns. */
bool life_pause(struct outcomes *outcomes, const struct verb_options *options,
                const struct lv_zone_summary *zone);
bool life_resume(struct outcomes *outcomes, const struct verb_options *options,
                 const struct lv_zone_summary *zone);

/*
 * Under hv_lock(). Makes the zone of a file that json_read_file() gave: plans it, loads its parts,
 * creates it. True when it is there; *zone is it then. Nothing has changed when it is not.
 */
bool life_create(struct outcomes *outcomes, const struct verb_options *options, const char *path,
                 const struct json_node *file, struct lv_zone_summary *zone);

#endif
