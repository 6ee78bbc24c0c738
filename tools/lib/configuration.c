/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configuration.h"

#include "zone_check.h"

#include <inttypes.h>

/* Reads a JSON file; NULL when that fails (reported). */
static const struct json_node *configuration_read_json(struct report *report, const char *path) {
    struct place place = {.file = path};
    struct file_bytes file;
    if (!file_read(report, &place, path, &file)) {
        return NULL;
    }
    return json_parse(report, path, (const char *)file.bytes, file.size);
}

static void configuration_read_zones(struct report *report, const struct configuration_files *files,
                                     struct configuration *out) {
    for (size_t i = 0; i < files->num_zones; i++) {
        struct place place = {.file = files->zones[i]};
        if (i == LV_MAX_ZONES) {
            report_error(report, &place, "leave zones to be started later",
                         "an image has at most %u zones", LV_MAX_ZONES);
            return;
        }
        const struct json_node *node = configuration_read_json(report, files->zones[i]);
        if (node != NULL) {
            struct zone *zone = arena_alloc(report->arena, sizeof(*zone));
            zone_read(report, node, zone);
            out->zones[out->num_zones++] = zone;
        }
    }
}

static void configuration_check_zones(struct report *report, struct configuration *out) {
    const struct zone *zones[LV_MAX_ZONES];
    for (size_t i = 0; i < out->num_zones; i++) {
        zones[i] = out->zones[i];
    }
    zone_check_all(report, &out->board, zones, out->num_zones);
}

bool configuration_load(struct report *report, const struct configuration_files *files,
                        struct configuration *out) {
    unsigned before = report->errors;
    *out = (struct configuration){.num_zones = 0};
    const struct json_node *board = configuration_read_json(report, files->board);
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

static const char *configuration_boot_name(const struct zone_image *image) {
    return image->boot == ZONE_BOOT_EFI_TABLES ? "efi-tables" : "none";
}

static void configuration_print_cpus(const struct lv_zone_config *config, FILE *out) {
    const char *separator = "";
    for (unsigned i = 0; i < LV_MAX_CPUS; i++) {
        if ((config->cpus >> i & 1) != 0) {
            fprintf(out, "%s%u", separator, i);
            separator = ", ";
        }
    }
}

static void configuration_print_region(const struct lv_region *region, FILE *out) {
    fprintf(out, "    %012" PRIx64 "-%012" PRIx64 "  %-10s", region->gpa,
            region->gpa + region->size - 1, zone_region_type_name(region->type));
    if (zone_region_has_hpa(region->type)) {
        fprintf(out, "  at HPA %" PRIx64, region->hpa);
    }
    fprintf(out, "\n");
}

static void configuration_print_payloads(const struct payload_list *list, FILE *out) {
    for (size_t i = 0; i < list->count; i++) {
        const struct payload *payload = &list->items[i];
        fprintf(out, "    %012" PRIx64 "-%012" PRIx64 "  %s, %" PRIu64 " bytes\n", payload->gpa,
                payload->gpa + payload->memory_size - 1, payload->what, payload->size);
    }
}

static void configuration_print_zone(const struct zone_image *image, FILE *out) {
    const struct lv_zone_config *config = &image->config;
    fprintf(out, "zone %u \"%s\"%s: CPUs ", config->zone_id, config->name,
            config->flags & LV_ZONE_ROOT ? " (root)" : "");
    configuration_print_cpus(config, out);
    fprintf(out, "; entry 0x%" PRIx64 "; boot %s; %u page-table pages\n  memory (GPA)\n",
            config->entry, configuration_boot_name(image), config->stage2_pages);
    for (uint32_t i = 0; i < config->num_regions; i++) {
        configuration_print_region(&config->regions[i], out);
    }
    fprintf(out, "  loaded (GPA)\n");
    configuration_print_payloads(&image->payloads, out);
}

void configuration_print(const struct configuration *configuration, const struct image_slot *slot,
                         FILE *out) {
    const struct board *board = &configuration->board;
    fprintf(
        out, "board %s: %u CPUs; hypervisor 0x%" PRIx64 "-0x%" PRIx64 "; image %" PRIu64 " bytes",
        board->name.text, board->num_cpus, board->hypervisor.base.value,
        board->hypervisor.base.value + board->hypervisor.size.value - 1, configuration->image_size);
    if (slot != NULL) {
        fprintf(out, " of %" PRIu64 " at 0x%" PRIx64, slot->limit, slot->start & ZONE_ADDRESS_MASK);
    }
    fprintf(out, "\n");
    for (size_t i = 0; i < configuration->num_zones; i++) {
        configuration_print_zone(&configuration->images[i], out);
    }
}

/* A JSON string; what comes from files is escaped. */
static void configuration_json_text(const char *text, FILE *out) {
    fputc('"', out);
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            fprintf(out, "\\%c", c);
        } else if (c < ' ') {
            fprintf(out, "\\u%04x", c);
        } else {
            fputc(c, out);
        }
    }
    fputc('"', out);
}

static void configuration_json_regions(const struct lv_zone_config *config, FILE *out) {
    for (uint32_t i = 0; i < config->num_regions; i++) {
        const struct lv_region *region = &config->regions[i];
        fprintf(out, "%s{\"type\": \"%s\", \"gpa\": %" PRIu64 ", \"size\": %" PRIu64, i ? ", " : "",
                zone_region_type_name(region->type), region->gpa, region->size);
        if (zone_region_has_hpa(region->type)) {
            fprintf(out, ", \"hpa\": %" PRIu64, region->hpa);
        }
        fprintf(out, "}");
    }
}

static void configuration_json_payloads(const struct payload_list *list, FILE *out) {
    for (size_t i = 0; i < list->count; i++) {
        const struct payload *payload = &list->items[i];
        fprintf(out, "%s{\"what\": ", i ? ", " : "");
        configuration_json_text(payload->what, out);
        fprintf(out, ", \"gpa\": %" PRIu64 ", \"size\": %" PRIu64 ", \"memory_size\": %" PRIu64 "}",
                payload->gpa, payload->size, payload->memory_size);
    }
}

static void configuration_json_zone(const struct zone_image *image, FILE *out) {
    const struct lv_zone_config *config = &image->config;
    fprintf(out, "{\"zone_id\": %u, \"name\": ", config->zone_id);
    configuration_json_text(config->name, out);
    fprintf(out, ", \"root\": %s, \"cpus\": [", config->flags & LV_ZONE_ROOT ? "true" : "false");
    configuration_print_cpus(config, out);
    fprintf(out,
            "], \"entry\": %" PRIu64 ", \"boot\": \"%s\", \"stage2_pages\": %u, \"regions\": [",
            config->entry, configuration_boot_name(image), config->stage2_pages);
    configuration_json_regions(config, out);
    fprintf(out, "], \"payloads\": [");
    configuration_json_payloads(&image->payloads, out);
    fprintf(out, "]}");
}

void configuration_print_json(const struct configuration *configuration,
                              const struct image_slot *slot, FILE *out) {
    const struct board *board = &configuration->board;
    fprintf(out, "{\"board\": ");
    configuration_json_text(board->name.text, out);
    fprintf(out,
            ", \"num_cpus\": %u, \"hypervisor_base\": %" PRIu64 ", \"hypervisor_size\": %" PRIu64
            ", \"image_size\": %" PRIu64,
            board->num_cpus, board->hypervisor.base.value, board->hypervisor.size.value,
            configuration->image_size);
    if (slot != NULL) {
        fprintf(out, ", \"image_address\": %" PRIu64 ", \"image_limit\": %" PRIu64,
                slot->start & ZONE_ADDRESS_MASK, slot->limit);
    }
    fprintf(out, ", \"zones\": [");
    for (size_t i = 0; i < configuration->num_zones; i++) {
        fprintf(out, "%s\n  ", i ? "," : "");
        configuration_json_zone(&configuration->images[i], out);
    }
    fprintf(out, "\n]}\n");
}
