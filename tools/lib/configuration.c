// SPDX-License-Identifier: GPL-2.0-or-later
#include "configuration.h"

#include "json_file.h"
#include "json_out.h"
#include "text.h"
#include "zone_file_check.h"
#include "zone_load.h"
#include "zone_print.h"

#include <inttypes.h>
#include <jansson.h>

static void configuration_read_zones(struct report *report, const struct configuration_files *files,
                                     struct configuration *out) {
    for (size_t i = 0; i < files->num_zones; i++) {
        struct place place = {.file = files->zones[i]};
        if (i == LV_MAX_ZONES) {
            report_error(report, &place, "leave zones to be started later",
                         "an image has at most %u zones", LV_MAX_ZONES);
            return;
        }
        const struct json_node *node = json_read_file(report, files->zones[i]);
        if (node != NULL) {
            struct zone_file *zone = arena_alloc(report->arena, sizeof(*zone));
            zone_load(report, node, zone);
            out->zones[out->num_zones++] = zone;
        }
    }
}

static void configuration_check_zones(struct report *report, struct configuration *out) {
    const struct zone_file *zones[LV_MAX_ZONES];
    for (size_t i = 0; i < out->num_zones; i++) {
        zones[i] = out->zones[i];
    }
    zone_file_check_all(report, &out->board, zones, out->num_zones);
}

bool configuration_load(struct report *report, const struct configuration_files *files,
                        struct configuration *out) {
    unsigned before = report->errors;
    *out = (struct configuration){.num_zones = 0};
    const struct json_node *board = json_read_file(report, files->board);
    if (board != NULL) {
        board_read(report, board, &out->board);
    }
    configuration_read_zones(report, files, out);
    if (board != NULL && out->num_zones == files->num_zones) {
        configuration_check_zones(report, out);
    }
    out->images = arena_alloc_array(report->arena, out->num_zones, sizeof(*out->images));
    for (size_t i = 0; i < out->num_zones; i++) {
        zone_build(report, out->zones[i], &files->search, &out->images[i]);
    }
    image_check_stage2(report, out->images, out->num_zones);
    out->image_size = image_layout(out->images, out->num_zones);
    return report->errors == before;
}

void configuration_print(const struct configuration *configuration, const struct image_slot *slot,
                         FILE *out) {
    const struct board *board = &configuration->board;
    fputs("board ", out);
    text_print(board->name.text, out);
    fprintf(out, ": %u CPUs; hypervisor 0x%" PRIx64 "-0x%" PRIx64 "; image %" PRIu64 " bytes",
            board->num_cpus, board->hypervisor.base.value,
            board->hypervisor.base.value + board->hypervisor.size.value - 1,
            configuration->image_size);
    if (slot != NULL) {
        fprintf(out, " of %" PRIu64 " at 0x%" PRIx64, slot->limit, slot->start);
    }
    fprintf(out, "\n");
    for (size_t i = 0; i < configuration->num_zones; i++) {
        zone_print(&configuration->images[i], out);
    }
}

void configuration_print_json(const struct configuration *configuration,
                              const struct image_slot *slot, FILE *out) {
    struct arena arena = {0};
    const struct board *board = &configuration->board;
    json_t *zones = json_array();
    for (size_t i = 0; i < configuration->num_zones; i++) {
        json_out_append(zones, zone_print_json(&configuration->images[i]));
    }
    json_t *json = json_pack("{s:s, s:i, s:o, s:o, s:o}", "board",
                             text_utf8(&arena, board->name.text), "num_cpus", (int)board->num_cpus,
                             "hypervisor_base", json_out_hex(board->hypervisor.base.value),
                             "hypervisor_size", json_out_hex(board->hypervisor.size.value),
                             "image_size", json_out_count(configuration->image_size));
    if (slot != NULL) {
        json_object_set_new(json, "image_address", json_out_hex(slot->start));
        json_object_set_new(json, "image_limit", json_out_count(slot->limit));
    }
    json_object_set_new(json, "zones", zones);
    json_out_print(out, json);
    arena_free(&arena);
}
