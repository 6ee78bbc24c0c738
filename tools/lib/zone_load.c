// SPDX-License-Identifier: GPL-2.0-or-later
#include "zone_load.h"

#include "hvisor.h"
#include "zone_file_check.h"
#include "zone_defaults.h"
#include "zone_read.h"

void zone_load(struct report *report, const struct json_node *node, struct zone_file *zone) {
    unsigned before = report->errors;
    if (zone_read(report, node, zone)) {
        zone_file_check_identity(report, zone);
        if (zone->is_hvisor) {
            hvisor_adapt(report, zone);
        }
        zone_set_defaults(report, zone);
        zone_file_check_alone(report, zone);
    }
    zone->good = report->errors == before;
}
