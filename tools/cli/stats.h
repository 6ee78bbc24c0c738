/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The zones' counters at one moment, and the counters to compare them with. */
#ifndef CLI_STATS_H
#define CLI_STATS_H

#include "hv.h"

struct stats_zone {
    struct lv_zone_summary summary;
    struct lv_zone_info_page page;
    const struct lv_zone_info_page *base; /* NULL: all counts are 0 at the beginning */
    double seconds;                       /* since the base */
};

struct stats_sample {
    struct lv_machine_info machine;
    struct stats_zone zones[LV_MAX_ZONES];
    size_t num_zones;
};

/* Exits of a vCPU by a cause; and how many in a second. */
uint64_t stats_count(const struct stats_zone *zone, unsigned vcpu, unsigned cause);
double stats_rate(const struct stats_zone *zone, unsigned vcpu, unsigned cause);

/* The JSON object of a sample; the caller frees it. */
struct json_t *stats_json(const struct stats_sample *sample);

#endif
