/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that is known of one zone. */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include "hv.h"

struct show {
    struct lv_zone_summary zone;
    struct lv_zone_config config;
    struct lv_zone_status status;
    bool has_failure; /* status.failure means something */
};

/* The JSON object that `zone show --json` prints; the caller frees it. */
struct json_t *show_json(const struct show *show);

/* The JSON object of `zone list --json`. */
struct json_t *show_json_summary(const struct lv_zone_summary *zone);

/* The name of a region's type in zone files. */
const char *show_region_type(uint32_t type);

/* True for regions whose HPA means something. */
bool show_region_has_hpa(uint32_t type);

#endif
