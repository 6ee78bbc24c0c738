// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/format.h"
#include "lib/json_out.h"
#include "notice.h"
#include "show.h"
#include "lib/table.h"
#include "verb.h"
#include "words.h"

#include <jansson.h>

static void list_print_json(struct cli *cli, const struct hv_zones *zones) {
    json_t *list = json_array();
    for (size_t i = 0; i < zones->count; i++) {
        json_out_append(list, show_json_summary(cli, &zones->zones[i]));
    }
    json_out_print(cli->out, list);
}

static void list_add(struct cli *cli, struct table *table, const struct lv_zone_summary *zone) {
    table_row(table);
    table_cell(table, 0, "%u", zone->zone_id);
    table_cell(table, 1, "%s", zone->name);
    table_cell(table, 2, "%s", words_state(zone->state));
    table_cell(table, 3, "%s", format_bits(&cli->arena, zone->cpus));
    table_cell(table, 4, "%s", format_size(&cli->arena, zone->ram_size));
    table_cell(table, 5, "%u", zone->starts);
    if (zone->run_ns != 0) {
        table_cell(table, 6, "%.1f s", format_seconds(zone->run_ns));
    }
    if (zone->reason != LV_REASON_NONE) {
        enum notice notice = notice_of(cli, zone);
        bool more = notice == NOTICE_PANIC || notice == NOTICE_SILENT;
        table_cell(table, 7, "%s%s%s", words_reason(zone->reason), more ? "; " : "",
                   more ? notice_word(notice) : "");
    }
}

static void list_print(struct cli *cli, const struct hv_zones *zones) {
    struct table table =
        table_begin(&cli->arena, ">ID|NAME|STATE|CPUS|>RAM|>STARTS|>RUNNING FOR|REASON");
    for (size_t i = 0; i < zones->count; i++) {
        list_add(cli, &table, &zones->zones[i]);
    }
    table_print(&table, 0, cli->out);
}

static enum cli_status list_run(struct cli *cli, const struct verb_options *options) {
    struct hv_zones zones;
    if (!hv_open(cli) || !hv_list(cli, &zones)) {
        return CLI_FAILED;
    }
    if (options->json) {
        list_print_json(cli, &zones);
    } else if (options->quiet) {
        for (size_t i = 0; i < zones.count; i++) {
            fprintf(cli->out, "%s\n", zones.zones[i].name);
        }
    } else {
        list_print(cli, &zones);
    }
    return CLI_OK;
}

static const struct argp_option list_options[] = {
    VERB_JSON,
    {"quiet", 'q', NULL, 0, "Print names alone, one on each line", 0},
    VERB_END,
};

const struct verb zone_list_verb = {
    .group = "zone",
    .name = "list",
    .summary = "list the zones and their states",
    .about = "Lists the zones: number, name, state, CPUs, memory, how often each was started, for "
             "how long it runs, and why it is in its state; of a RUNNING zone also whether it has "
             "crashed or halted, or its console ends with a kernel panic or is silent.",
    .examples = "  loongvisor zone list\n"
                "  loongvisor zone list --json | jq -r '.[] | select(.state == \"FAILED\").name'\n",
    .options = list_options,
    .run = list_run,
};
