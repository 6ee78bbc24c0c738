/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The devices of a zone as a front end needs them: names, places and back ends, which the
 * hypervisor does not know. A zone file has them (docs/zones.md, "Devices"); while the zone exists
 * they are kept in /run, as they were when it was made.
 */
#ifndef TOOLS_ZONE_SERVE_H
#define TOOLS_ZONE_SERVE_H

#include "zone_file.h"

/* The devices of one zone. device[i] serves the function lv_zone_config.virtio[i]. */
struct zone_serve {
    const char *name;
    uint32_t zone_id;
    struct zone_device devices[LV_MAX_VIRTIO];
    size_t count;
};

/* Where the devices of zones that exist are kept, a file for each: NAME.json. */
#define ZONE_SERVE_FOLDER "/run/loongvisor/zones"

/* The path of the zone's kept file in a folder; in the arena. */
const char *zone_serve_path(struct arena *arena, const char *folder, const char *name);

/*
 * Reads the devices of a zone file or of a kept file; other fields are not looked at. Relative
 * paths of the file become paths in the folder of the file. False when something is wrong
 * (reported). All that `out` points to lives in the report's arena.
 */
bool zone_serve_read(struct report *report, const char *path, struct zone_serve *out);

/* True if these are the devices of a zone with this configuration: same name, functions alike. */
bool zone_serve_matches(const struct zone_serve *serve, const struct lv_zone_config *config);

/* Reports images, disks and folders of the zone's devices that are not there. */
void zone_serve_check_files(struct report *report, const struct zone_file *zone);

/* Makes the folders of a path that are not there; 0 or -errno. */
int zone_serve_make_folders(struct arena *arena, const char *folder);

/* Keeps the devices of a zone that has been made, and nothing if it has none; 0 or -errno. */
int zone_serve_keep(struct arena *arena, const char *folder, const struct zone_file *zone);

/* Forgets those of a zone that no longer exists. */
void zone_serve_forget(struct arena *arena, const char *folder, const char *name);

#endif
