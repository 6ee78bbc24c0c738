// SPDX-License-Identifier: GPL-2.0-or-later
#include "zone_print.h"

#include "json_out.h"
#include "text.h"
#include "zone_output.h"

#include <jansson.h>

static void print_device_names(const struct zone_image *image, const char **names) {
    for (size_t i = 0; i < image->zone->num_devices; i++) {
        names[i] = image->zone->devices[i].name;
    }
}

void zone_print(const struct zone_image *image, FILE *out) {
    const char *parts[LV_MAX_PAYLOADS] = {NULL};
    const char *devices[LV_MAX_VIRTIO] = {NULL};
    for (size_t i = 0; i < image->payloads.count; i++) {
        parts[i] = image->payloads.items[i].what;
    }
    print_device_names(image, devices);
    fprintf(out, "zone %u (%s), boot %s\n", image->config.zone_id, image->config.name,
            field_word(&zone_boots, image->boot));
    const struct zone_output_names names = {parts, devices};
    zone_output_text(&image->config, &names, 2, out);
}

json_t *zone_print_json(const struct zone_image *image) {
    struct arena arena = {0};
    const char *devices[LV_MAX_VIRTIO] = {NULL};
    print_device_names(image, devices);
    json_t *json = zone_output_json(&image->config, &(struct zone_output_names){NULL, devices});
    const json_t *payloads = json_object_get(json, "payloads");
    json_object_set_new(json, "boot", json_string(field_word(&zone_boots, image->boot)));
    for (size_t i = 0; i < image->payloads.count; i++) {
        const struct payload *payload = &image->payloads.items[i];
        json_t *part = json_array_get(payloads, i);
        json_object_set_new(part, "what", json_string(text_utf8(&arena, payload->what)));
        json_object_set_new(part, "memory_size", json_out_count(payload->memory_size));
    }
    arena_free(&arena);
    return json;
}
