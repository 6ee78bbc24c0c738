// SPDX-License-Identifier: GPL-2.0-or-later
#include "running.h"

bool running_machine(struct cli *cli, struct machine *machine) {
    struct lv_machine_info info;
    struct hv_zones zones;
    if (!hv_info(cli, &info) || !hv_list(cli, &zones)) {
        return false;
    }
    struct lv_zone_config *configs = arena_alloc_array(&cli->arena, zones.count, sizeof(*configs));
    for (size_t i = 0; i < zones.count; i++) {
        if (!hv_config(cli, &zones.zones[i], &configs[i])) {
            return false;
        }
    }
    machine_from_running(&cli->arena, &info, configs, zones.count, machine);
    return true;
}
