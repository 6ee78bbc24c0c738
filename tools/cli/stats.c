// SPDX-License-Identifier: GPL-2.0-or-later
#include "stats.h"

#include "lib/format.h"
#include "lib/json_out.h"
#include "lib/table.h"
#include "verb.h"
#include "words.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define STATS_INTERVAL_MS 1000u
/* Cursor home, clear the screen: what every terminal of today understands. */
#define STATS_CLEAR "\033[H\033[J"

static bool stats_is_named(const struct verb_options *options, const struct hv_zones *zones,
                           const struct lv_zone_summary *zone) {
    for (size_t i = 0; i < options->num_arguments; i++) {
        const struct lv_zone_summary *named = hv_lookup(zones, options->arguments[i]);
        if (named != NULL && named->zone_id == zone->zone_id) {
            return true;
        }
    }
    return options->num_arguments == 0;
}

/* Every zone that is named must be there. */
static bool stats_check_names(struct cli *cli, const struct verb_options *options) {
    bool good = true;
    for (size_t i = 0; i < options->num_arguments; i++) {
        struct lv_zone_summary zone;
        good = hv_find(cli, options->arguments[i], &zone) && good;
    }
    return good;
}

static bool stats_sample(struct cli *cli, const struct verb_options *options,
                         struct stats_sample *sample) {
    struct hv_zones zones;
    *sample = (struct stats_sample){.num_zones = 0};
    if (!hv_info(cli, &sample->machine) || !hv_list(cli, &zones)) {
        return false;
    }
    for (size_t i = 0; i < zones.count; i++) {
        struct stats_zone *zone = &sample->zones[sample->num_zones];
        if (!stats_is_named(options, &zones, &zones.zones[i])) {
            continue;
        }
        zone->summary = zones.zones[i];
        if (!hv_stats(cli, &zone->summary, &zone->page)) {
            return false;
        }
        sample->num_zones++;
    }
    return true;
}

static const struct stats_zone *stats_find(const struct stats_sample *sample, uint32_t zone_id) {
    for (size_t i = 0; i < sample->num_zones; i++) {
        if (sample->zones[i].summary.zone_id == zone_id) {
            return &sample->zones[i];
        }
    }
    return NULL;
}

/*
 * What a zone is compared with: itself in the last sample, if it was not restarted since. Else
 * its start: all counts are from there.
 */
static void stats_set_base(struct stats_zone *zone, const struct stats_sample *before,
                           const struct lv_machine_info *now) {
    const struct stats_zone *last = before ? stats_find(before, zone->summary.zone_id) : NULL;
    zone->base = NULL;
    zone->seconds = format_seconds(zone->summary.run_ns);
    if (last != NULL && last->summary.starts == zone->summary.starts) {
        zone->base = &last->page;
        zone->seconds = format_seconds(now->time_ns - before->machine.time_ns);
    }
}

uint64_t stats_count(const struct stats_zone *zone, unsigned vcpu, unsigned cause) {
    return zone->page.vcpus[vcpu].exits[cause];
}

double stats_rate(const struct stats_zone *zone, unsigned vcpu, unsigned cause) {
    uint64_t now = stats_count(zone, vcpu, cause);
    uint64_t before = zone->base ? zone->base->vcpus[vcpu].exits[cause] : 0;
    return zone->seconds > 0 && now >= before ? (double)(now - before) / zone->seconds : 0;
}

/* Sums over the vCPUs, the causes, or both. */
struct stats_sum {
    uint64_t count;
    double rate;
};

static void stats_add(struct stats_sum *sum, const struct stats_zone *zone, unsigned vcpu,
                      unsigned cause) {
    sum->count += stats_count(zone, vcpu, cause);
    sum->rate += stats_rate(zone, vcpu, cause);
}

static void stats_cells(struct table *table, unsigned pair, const struct stats_sum *sum) {
    table_cell(table, 1 + 2 * pair, "%" PRIu64, sum->count);
    table_cell(table, 2 + 2 * pair, "%.1f", sum->rate);
}

/* A row of a cause, unless nothing left guest mode by it; adds to the sums of the columns. */
static void stats_row(struct table *table, const struct stats_zone *zone, unsigned cause,
                      struct stats_sum *columns) {
    struct stats_sum all = {0};
    for (unsigned vcpu = 0; vcpu < zone->page.num_vcpus; vcpu++) {
        stats_add(&all, zone, vcpu, cause);
    }
    if (all.count == 0) {
        return;
    }
    table_row(table);
    table_cell(table, 0, "%s", words_exit_cause(cause));
    for (unsigned vcpu = 0; vcpu < zone->page.num_vcpus; vcpu++) {
        struct stats_sum one = {0};
        stats_add(&one, zone, vcpu, cause);
        stats_add(&columns[vcpu], zone, vcpu, cause);
        stats_cells(table, vcpu, &one);
    }
    stats_cells(table, zone->page.num_vcpus, &all);
    columns[zone->page.num_vcpus].count += all.count;
    columns[zone->page.num_vcpus].rate += all.rate;
}

static struct table stats_begin_table(struct cli *cli, const struct stats_zone *zone) {
    const char *headings = "CAUSE";
    for (unsigned vcpu = 0; vcpu < zone->page.num_vcpus; vcpu++) {
        headings = arena_printf(&cli->arena, "%s|>VCPU %u|>/S", headings, vcpu);
    }
    return table_begin(&cli->arena, arena_printf(&cli->arena, "%s|>ALL|>/S", headings));
}

static void stats_print_zone(struct cli *cli, const struct stats_zone *zone) {
    struct stats_sum columns[LV_MAX_CPUS + 1] = {0};
    struct table table = stats_begin_table(cli, zone);
    uint64_t stray = 0;
    for (unsigned cause = 0; cause < LV_EXIT_CAUSES; cause++) {
        stats_row(&table, zone, cause, columns);
    }
    table_row(&table);
    table_cell(&table, 0, "all");
    for (unsigned column = 0; column <= zone->page.num_vcpus; column++) {
        stats_cells(&table, column, &columns[column]);
    }
    for (unsigned vcpu = 0; vcpu < zone->page.num_vcpus; vcpu++) {
        stray += zone->page.vcpus[vcpu].stray_sends;
    }
    fprintf(cli->out, "\nzone %u (%s): %s, exits per second over %.1f s", zone->summary.zone_id,
            zone->summary.name, words_state(zone->summary.state), zone->seconds);
    if (stray != 0) {
        fprintf(cli->out, ", %" PRIu64 " sends to CPUs that it does not have", stray);
    }
    fprintf(cli->out, "\n");
    table_print(&table, 2, cli->out);
}

static void stats_print(struct cli *cli, const struct stats_sample *sample) {
    const struct lv_machine_info *machine = &sample->machine;
    struct arena *arena = &cli->arena;
    fprintf(cli->out, "%s on %s, up %.1f s: CPUs %s, of zones %s; pool %s, free %s; ",
            machine->version, machine->board, format_seconds(machine->time_ns),
            format_bits(arena, machine->online_cpus), format_bits(arena, machine->used_cpus),
            format_size(arena, machine->pool_size), format_size(arena, machine->pool_free));
    fprintf(cli->out, "page-table pages %u of %u\n", machine->stage2_pages_used,
            machine->stage2_pages);
    for (size_t i = 0; i < sample->num_zones; i++) {
        stats_print_zone(cli, &sample->zones[i]);
    }
    fflush(cli->out);
}

/* Sleeps for the whole interval despite signals; false: complained. */
static bool stats_sleep(struct cli *cli, uint64_t interval_ms) {
    uint64_t until = cli->device.ops->now_ms(&cli->device) + interval_ms;
    for (;;) {
        uint64_t now = cli->device.ops->now_ms(&cli->device);
        if (now >= until) {
            return true;
        }
        int result = cli->device.ops->poll(&cli->device, NULL, 0, (int)(until - now));
        if (result < 0 && result != -EINTR) {
            cli_complain(cli, "stats: %s", strerror(-result));
            return false;
        }
    }
}

static void stats_show(struct cli *cli, const struct verb_options *options,
                       const struct stats_sample *sample) {
    if (options->json && options->watch) {
        json_out_print_line(cli->out, stats_json(sample));
    } else if (options->json) {
        json_out_print(cli->out, stats_json(sample));
    } else {
        if (options->watch && isatty(cli->output)) {
            fputs(STATS_CLEAR, cli->out);
        }
        stats_print(cli, sample);
    }
}

/* Samples alternate: each is compared with the one before. */
static enum cli_status stats_watch(struct cli *cli, const struct verb_options *options,
                                   struct stats_sample samples[2]) {
    for (uint64_t round = 0; round < options->count && !ferror(cli->out); round++) {
        struct stats_sample *now = &samples[round % 2];
        const struct stats_sample *before = round != 0 ? &samples[1 - round % 2] : NULL;
        if (round != 0 && !stats_sleep(cli, options->interval_ms)) {
            return CLI_FAILED;
        }
        if (!stats_sample(cli, options, now)) {
            return CLI_FAILED;
        }
        for (size_t i = 0; i < now->num_zones; i++) {
            stats_set_base(&now->zones[i], before, &now->machine);
        }
        stats_show(cli, options, now);
        if (!options->watch) {
            break;
        }
    }
    return CLI_OK;
}

static enum cli_status stats_run(struct cli *cli, const struct verb_options *options) {
    struct stats_sample *samples = arena_alloc_array(&cli->arena, 2, sizeof(*samples));
    if (!hv_open(cli) || !stats_check_names(cli, options)) {
        return CLI_FAILED;
    }
    return stats_watch(cli, options, samples);
}

static const struct argp_option stats_options[] = {
    {"watch", 'w', NULL, 0, "Print again and again; rates are of the interval", 0},
    {"interval", 'i', "SECONDS", 0, "From one print to the next (1)", 0},
    {"count", 'n', "N", 0, "End after N prints", 0},
    VERB_JSON,
    VERB_END,
};

const struct verb stats_verb = {
    .name = "stats",
    .summary = "count the zones' exits, by cause and vCPU",
    .arguments = "[ZONE...]",
    .about = "Prints how often each vCPU left guest mode, by cause, and how often in a second: "
             "since the zone started, with --watch since the last print. Also what the hypervisor "
             "has and uses.",
    .examples = "  loongvisor stats linux\n"
                "  loongvisor stats --watch --interval 2\n"
                "  loongvisor stats --json | jq .machine.pool_free\n",
    .options = stats_options,
    .max_arguments = VERB_MAX_ARGUMENTS,
    .defaults = {.interval_ms = STATS_INTERVAL_MS, .count = VERB_UNLIMITED},
    .run = stats_run,
};
