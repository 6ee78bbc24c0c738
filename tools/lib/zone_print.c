/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "zone_print.h"

#include "stage2_size.h"
#include "text.h"
#include "zone_devices.h"

#include <inttypes.h>

struct zone_print_interrupt {
    const char *what;
    uint32_t value;
};

static const char *zone_boot_name(const struct zone_image *image) {
    return image->boot == ZONE_BOOT_EFI_TABLES ? "efi-tables" : "none";
}

static void zone_text_cpus(const struct lv_zone_config *config, FILE *out) {
    const char *separator = "";
    for (unsigned i = 0; i < LV_MAX_CPUS; i++) {
        if ((config->cpus >> i & 1) != 0) {
            fprintf(out, "%s%u", separator, i);
            separator = ", ";
        }
    }
}

static void zone_text_region(const struct lv_region *region, FILE *out) {
    fprintf(out, "    %012" PRIx64 "-%012" PRIx64 "  %-10s", region->gpa,
            region->gpa + region->size - 1, zone_region_type_name(region->type));
    if (zone_region_has_hpa(region->type)) {
        fprintf(out, "  at HPA %" PRIx64, region->hpa);
    }
    if ((region->flags & LV_REGION_SHARED) != 0) {
        fprintf(out, ", shared with the root zone");
    }
    fprintf(out, "\n");
}

static void zone_text_devices(const struct lv_zone_config *config, FILE *out) {
    const struct zone_print_interrupt interrupts[] = {
        {"uart", lv_find_interrupt(config, LV_REGION_UART)},
        {"power", lv_find_interrupt(config, LV_REGION_POWER)},
        {"event", lv_find_interrupt(config, LV_REGION_INFO)},
    };
    struct arena arena = {0};
    for (size_t i = 0; i < sizeof(interrupts) / sizeof(interrupts[0]); i++) {
        if (interrupts[i].value != LV_INTERRUPT_NONE) {
            fprintf(out, "  %s interrupts %s\n", interrupts[i].what,
                    zone_interrupt_name(&arena, interrupts[i].value));
        }
    }
    arena_free(&arena);
    fprintf(out, "  on power-off %s, on reboot %s, on failure %s",
            zone_policy_name((enum lv_policy)config->on_poweroff),
            zone_policy_name((enum lv_policy)config->on_reboot),
            zone_policy_name((enum lv_policy)config->on_failure));
    if (config->watchdog_ms != 0) {
        fprintf(out, ", after %u ms without a sign of life %s", config->watchdog_ms,
                zone_policy_name((enum lv_policy)config->on_watchdog));
    }
    fprintf(out, "\n");
}

static void zone_text_payloads(const struct payload_list *list, FILE *out) {
    for (size_t i = 0; i < list->count; i++) {
        const struct payload *payload = &list->items[i];
        fprintf(out, "    %012" PRIx64 "-%012" PRIx64 "  ", payload->gpa,
                payload->gpa + payload->memory_size - 1);
        text_print(payload->what, out);
        fprintf(out, ", %" PRIu64 " bytes\n", payload->size);
    }
}

void zone_print(const struct zone_image *image, FILE *out) {
    const struct lv_zone_config *config = &image->config;
    fprintf(out, "zone %u \"%s\"%s: CPUs ", config->zone_id, config->name,
            config->flags & LV_ZONE_ROOT ? " (root)" : "");
    zone_text_cpus(config, out);
    fprintf(out, "; entry 0x%" PRIx64 "; boot %s; %u page-table pages\n  memory (GPA)\n",
            config->entry, zone_boot_name(image), stage2_config_pages(config));
    for (uint32_t i = 0; i < config->num_regions; i++) {
        zone_text_region(&config->regions[i], out);
    }
    fprintf(out, "  loaded (GPA)\n");
    zone_text_payloads(&image->payloads, out);
    zone_text_devices(config, out);
    if (config->store_size != 0) {
        fprintf(out, "  store at HPA %" PRIx64 ", %" PRIu64 " bytes\n", config->store_hpa,
                config->store_size);
    }
}

static void zone_json_regions(const struct lv_zone_config *config, FILE *out) {
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

static void zone_json_payloads(const struct payload_list *list, FILE *out) {
    for (size_t i = 0; i < list->count; i++) {
        const struct payload *payload = &list->items[i];
        fprintf(out, "%s{\"what\": ", i ? ", " : "");
        text_print_json(payload->what, out);
        fprintf(out, ", \"gpa\": %" PRIu64 ", \"size\": %" PRIu64 ", \"memory_size\": %" PRIu64 "}",
                payload->gpa, payload->size, payload->memory_size);
    }
}

void zone_print_json(const struct zone_image *image, FILE *out) {
    const struct lv_zone_config *config = &image->config;
    fprintf(out, "{\"zone_id\": %u, \"name\": ", config->zone_id);
    text_print_json(config->name, out);
    fprintf(out, ", \"root\": %s, \"cpus\": [", config->flags & LV_ZONE_ROOT ? "true" : "false");
    zone_text_cpus(config, out);
    fprintf(out,
            "], \"entry\": %" PRIu64 ", \"boot\": \"%s\", \"stage2_pages\": %u, \"regions\": [",
            config->entry, zone_boot_name(image), stage2_config_pages(config));
    zone_json_regions(config, out);
    fprintf(out, "], \"payloads\": [");
    zone_json_payloads(&image->payloads, out);
    fprintf(out, "]}");
}
