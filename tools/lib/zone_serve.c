// SPDX-License-Identifier: GPL-2.0-or-later
#include "zone_serve.h"

#include "json_file.h"
#include "json_out.h"
#include "zone_read.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SERVE_FOLDER_MODE 0755

const char *zone_serve_path(struct arena *arena, const char *folder, const char *name) {
    return arena_printf(arena, "%s/%s.json", folder, name);
}

/* Other fields of the file are read for what follows from them, and not judged. */
static bool serve_read_zone(struct report *report, const struct json_node *node,
                            struct zone_file *zone) {
    struct report ignored = {.arena = report->arena};
    zone_read(&ignored, node, zone);
    if (zone->name.text == NULL || !zone->id.good || zone->id.value >= LV_MAX_ZONES) {
        report_error(report, &node->place, "give a zone file",
                     "no \"name\" and \"zone_id\" of a zone");
        return false;
    }
    if (zone->devices_node != NULL) {
        zone_read_devices(report, zone->devices_node, zone);
        zone_device_make(report, zone);
    }
    return true;
}

bool zone_serve_read(struct report *report, const char *path, struct zone_serve *out) {
    unsigned before = report->errors;
    const struct json_node *node = json_read_file(report, path);
    struct zone_file *zone = arena_alloc(report->arena, sizeof(*zone));
    if (node == NULL || !serve_read_zone(report, node, zone)) {
        return false;
    }
    *out = (struct zone_serve){
        .name = zone->name.text, .zone_id = (uint32_t)zone->id.value, .count = zone->num_devices};
    memcpy(out->devices, zone->devices, sizeof(out->devices));
    return report->errors == before;
}

bool zone_serve_matches(const struct zone_serve *serve, const struct lv_zone_config *config) {
    bool matches = serve->zone_id == config->zone_id && serve->count == config->num_virtio &&
                   strncmp(serve->name, config->name, LV_NAME_SIZE) == 0;
    for (size_t i = 0; matches && i < serve->count; i++) {
        const struct zone_device *device = &serve->devices[i];
        const struct lv_virtio_function *function = &config->virtio[i];
        matches = device->type == function->type && device->slot == function->device &&
                  device->num_queues == function->num_queues &&
                  device->queue_size == function->queue_size;
    }
    return matches;
}

void zone_serve_check_files(struct report *report, const struct zone_file *zone) {
    for (size_t i = 0; i < zone->num_devices; i++) {
        const struct zone_device *device = &zone->devices[i];
        bool is_disk = device->back_end == ZONE_BACK_END_DISK;
        if ((is_disk || device->back_end == ZONE_BACK_END_SHARE) &&
            access(device->path, F_OK) != 0) {
            report_error(report, &json_member(device->node, is_disk ? "disk" : "share")->place,
                         "make it, or correct the path (relative to the zone file)",
                         "there is no such %s", is_disk ? "image or disk" : "folder");
        }
    }
}

/* The path from the root, since the front end works elsewhere. */
static const char *serve_absolute(struct arena *arena, const char *path) {
    char folder[PATH_MAX];
    const char *absolute = path;
    if (path[0] != '/' && getcwd(folder, sizeof(folder)) != NULL) {
        absolute = arena_printf(arena, "%s/%s", folder, path);
    }
    return absolute;
}

static json_t *serve_list(const struct zone_device *device) {
    json_t *list = json_array();
    for (size_t i = 0; i < device->num_run; i++) {
        json_out_append(list, json_string(device->run[i]));
    }
    return list;
}

/* The fields that say what the device is and who serves it. */
static json_t *serve_kind(struct arena *arena, const struct zone_device *device) {
    const char *type = zone_device_type_name(arena, device->type);
    const char *path = device->path != NULL ? serve_absolute(arena, device->path) : NULL;
    switch (device->back_end) {
    case ZONE_BACK_END_DISK:
        return json_pack(
            "{s:s, s:s}", "disk", path, "format",
            field_word(&zone_disk_formats, device->is_qcow2 ? ZONE_DISK_QCOW2 : ZONE_DISK_RAW));
    case ZONE_BACK_END_SHARE:
        return json_pack("{s:s}", "share", path);
    case ZONE_BACK_END_USER_NET:
        return json_pack("{s:s}", "net", "user");
    case ZONE_BACK_END_SOCKET:
        return json_pack("{s:s, s:{s:s}}", "type", type, "back_end", "socket", path);
    case ZONE_BACK_END_RUN:
        return json_pack("{s:s, s:{s:o}}", "type", type, "back_end", "run", serve_list(device));
    case ZONE_BACK_END_VHOST_NET:
        return json_pack("{s:s, s:{s:s, s:s*, s:s*}}", "type", type, "back_end", "vhost", type,
                         "tap", device->tap, "bridge", device->bridge);
    case ZONE_BACK_END_VHOST_VSOCK:
        return json_pack("{s:s, s:{s:s, s:o}}", "type", type, "back_end", "vhost", type, "cid",
                         json_out_count(device->cid));
    case ZONE_BACK_END_VHOST_SCSI:
        return json_pack("{s:s, s:{s:s, s:s}}", "type", type, "back_end", "vhost", type, "wwpn",
                         device->wwpn);
    default:
        return json_pack("{s:s}", "type", type);
    }
}

static json_t *serve_device(struct arena *arena, const struct zone_device *device) {
    json_t *json = serve_kind(arena, device);
    json_object_set_new(json, "name", json_string(device->name));
    json_object_set_new(json, "slot", json_out_count(device->slot));
    json_object_set_new(json, "queues", json_out_count(device->queues));
    json_object_set_new(json, "queue_size", json_out_count(device->queue_size));
    json_object_set_new(
        json, "on_loss",
        json_string(
            field_word(&zone_losses, device->fails_on_loss ? ZONE_LOSS_FAIL : ZONE_LOSS_WAIT)));
    if (device->tag != NULL) {
        json_object_set_new(json, "tag", json_string(device->tag));
    }
    if (device->is_readonly) {
        json_object_set_new(json, "readonly", json_true());
    }
    if (device->type == ZONE_DEVICE_NET) {
        json_object_set_new(json, "mac", json_string(zone_device_mac_text(arena, device->mac)));
    }
    return json;
}

int zone_serve_make_folders(struct arena *arena, const char *folder) {
    for (const char *end = strchr(folder + 1, '/'); end != NULL; end = strchr(end + 1, '/')) {
        mkdir(arena_copy_text(arena, folder, (size_t)(end - folder)), SERVE_FOLDER_MODE);
    }
    return mkdir(folder, SERVE_FOLDER_MODE) == 0 || errno == EEXIST ? 0 : -errno;
}

int zone_serve_keep(struct arena *arena, const char *folder, const struct zone_file *zone) {
    if (zone->num_devices == 0) {
        zone_serve_forget(arena, folder, zone->name.text);
        return 0;
    }
    json_t *devices = json_array();
    int error = zone_serve_make_folders(arena, folder);
    for (size_t i = 0; i < zone->num_devices; i++) {
        json_t *device = serve_device(arena, &zone->devices[i]);
        /* The current folder's name may be no text. */
        error = device == NULL || json_array_append_new(devices, device) != 0 ? -EILSEQ : error;
    }
    json_t *json = json_pack("{s:s, s:o, s:o}", "name", zone->name.text, "zone_id",
                             json_out_count(zone->id.value), "devices", devices);
    if (error == 0) {
        const char *path = zone_serve_path(arena, folder, zone->name.text);
        error = json_dump_file(json, path, JSON_INDENT(2) | JSON_ENSURE_ASCII) != 0 ? -errno : 0;
    }
    json_decref(json);
    return error;
}

void zone_serve_forget(struct arena *arena, const char *folder, const char *name) {
    unlink(zone_serve_path(arena, folder, name));
}
