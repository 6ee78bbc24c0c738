/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that is known of one zone. */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include "hv.h"
#include "lib/zone_output.h"

struct show {
    struct lv_zone_summary zone;
    struct lv_zone_config config;
    struct lv_zone_status status;
    bool has_failure; /* status.failure is why it failed */
    bool has_where;   /* status.failure is where its vCPU 0 was held */
    struct lv_history history;
    struct zone_output_names names; /* of its devices, if they are known */
};

/* The JSON object that `zone show --json` prints; the caller frees it. */
struct json_t *show_json(struct cli *cli, const struct show *show);

/* The JSON object of `zone list --json`. */
struct json_t *show_json_summary(struct cli *cli, const struct lv_zone_summary *zone);

/* Registers of struct lv_zone_failure's gpr. */
#define SHOW_RA 1u
#define SHOW_SP 3u

#endif
