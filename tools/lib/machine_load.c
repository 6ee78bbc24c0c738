// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine_load.h"

#include "json_file.h"
#include "stage2_size.h"
#include "zone_file_check.h"
#include "zone_fill.h"
#include "zone_load.h"

static void machine_add_root(struct report *report, const struct json_node *node,
                             struct machine *out) {
    struct zone_file *zone = arena_alloc(report->arena, sizeof(*zone));
    struct lv_region regions[LV_MAX_REGIONS];
    zone_load(report, node, zone);
    const struct zone_file *zones[] = {zone};
    zone_file_check_all(report, &out->board, zones, 1);
    if (zone->good) {
        size_t count = zone_export_regions(zone, regions);
        machine_add_zone(out, zone, (uint32_t)stage2_count_pages(regions, count));
    }
}

bool machine_from_files(struct report *report, const char *board, const char *root,
                        struct machine *out) {
    unsigned before = report->errors;
    *out = (struct machine){.num_zones = 0};
    const struct json_node *board_node = json_read_file(report, board);
    const struct json_node *root_node = json_read_file(report, root);
    if (board_node == NULL || root_node == NULL) {
        return false;
    }
    board_read(report, board_node, &out->board);
    out->online_cpus = ((uint64_t)1 << out->board.num_cpus) - 1;
    machine_add_root(report, root_node, out);
    return report->errors == before;
}
