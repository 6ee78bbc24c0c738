/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a zone file to what CREATE takes, on a machine on which other zones exist: CPUs and memory
 * are chosen where the file leaves the choice, everything is checked against the machine, and the
 * files are loaded. The host's `check` and the root zone's `zone create` do the same.
 *
 *     machine_from_running(...) or machine_from_files(...)
 *     plan_zone(...)
 *     for each run of each load: LV_IOCTL_LOAD {hpa, bytes, size}; then LV_IOCTL_CREATE with
 *     plan.config
 */
#ifndef TOOLS_PLAN_H
#define TOOLS_PLAN_H

#include "machine.h"
#include "zone_build.h"

/* Bytes to be written into the zone's store before it is made. */
struct plan_load {
    const char *what; /* "kernel", "initrd", "device tree", ... */
    const uint8_t *bytes;
    uint64_t size;
    uint64_t offset; /* in the store, a multiple of 8: lv_store_run_at() has the HPA */
};

struct plan {
    struct zone_file zone;        /* as read, CPUs and memory filled in */
    struct zone_image image;      /* for zone_print(): format, boot protocol, the parts */
    struct lv_zone_config config; /* complete */
    struct plan_load loads[LV_MAX_PAYLOADS];
    size_t num_loads;
};

/*
 * Plans the zone of the file at `path`. False when something is wrong (reported); warnings alone do
 * not count. All that `out` points to lives in the report's arena.
 */
bool plan_zone(struct report *report, const struct machine *machine, const char *path,
               const struct file_search *search, struct plan *out);

/* The same for a zone whose file has been parsed. */
bool plan_json(struct report *report, const struct machine *machine, const struct json_node *node,
               const struct file_search *search, struct plan *out);

/* Frees the bytes to be loaded; the rest of the plan stays. */
void plan_release(struct report *report, struct plan *plan);

/* The id and name of the zone in a parsed zone file. False if the file is wrong (reported). */
bool plan_identify(struct report *report, const struct json_node *node, uint32_t *zone_id,
                   const char **name);

/*
 * Checks zone files together on a machine: each is planned beside those before it. An image's own
 * root zone is not among them. False when something is wrong (reported).
 */
bool plan_check(struct report *report, struct machine *machine, const char *const *paths,
                size_t count, const struct file_search *search);

#endif
