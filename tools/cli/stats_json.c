// SPDX-License-Identifier: GPL-2.0-or-later
#include "stats.h"

#include "lib/format.h"
#include "lib/json_out.h"
#include "words.h"

#include <jansson.h>

static json_t *stats_json_vcpu(const struct stats_zone *zone, unsigned vcpu) {
    json_t *exits = json_object();
    uint64_t total = 0;
    double rate = 0;
    for (unsigned cause = 0; cause < LV_EXIT_CAUSES; cause++) {
        total += stats_count(zone, vcpu, cause);
        rate += stats_rate(zone, vcpu, cause);
        json_object_set_new(exits, words_exit_cause(cause),
                            json_pack("{s:o, s:f}", "count",
                                      json_out_count(stats_count(zone, vcpu, cause)), "rate",
                                      stats_rate(zone, vcpu, cause)));
    }
    return json_pack("{s:i, s:o, s:o, s:f, s:o}", "vcpu", (int)vcpu, "exits", exits, "count",
                     json_out_count(total), "rate", rate, "stray_sends",
                     json_out_count(zone->page.vcpus[vcpu].stray_sends));
}

static json_t *stats_json_zone(const struct stats_zone *zone) {
    json_t *vcpus = json_array();
    for (unsigned vcpu = 0; vcpu < zone->page.num_vcpus; vcpu++) {
        json_out_append(vcpus, stats_json_vcpu(zone, vcpu));
    }
    return json_pack("{s:i, s:s, s:s, s:f, s:o}", "zone_id", (int)zone->summary.zone_id, "name",
                     zone->summary.name, "state", words_state(zone->summary.state), "seconds",
                     zone->seconds, "vcpus", vcpus);
}

static json_t *stats_json_machine(const struct lv_machine_info *machine) {
    return json_pack(
        "{s:s, s:s, s:f, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:i, s:o, s:o}", "version",
        machine->version, "board", machine->board, "time", format_seconds(machine->time_ns),
        "online_cpus", json_out_bits(machine->online_cpus), "used_cpus",
        json_out_bits(machine->used_cpus), "hypervisor_base", json_out_hex(machine->hv_base),
        "hypervisor_size", json_out_count(machine->hv_size), "pool_size",
        json_out_count(machine->pool_size), "pool_free", json_out_count(machine->pool_free),
        "stage2_pages", (int)machine->stage2_pages, "stage2_pages_used",
        (int)machine->stage2_pages_used, "zone_size", json_out_count(machine->zone_size),
        "vcpu_size", json_out_count(machine->vcpu_size));
}

json_t *stats_json(const struct stats_sample *sample) {
    json_t *zones = json_array();
    for (size_t i = 0; i < sample->num_zones; i++) {
        json_out_append(zones, stats_json_zone(&sample->zones[i]));
    }
    return json_pack("{s:o, s:o}", "machine", stats_json_machine(&sample->machine), "zones", zones);
}
