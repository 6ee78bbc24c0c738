/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A board and its zones: read, checked and built, with every problem of every file in one report.
 */
#ifndef TOOLS_CONFIGURATION_H
#define TOOLS_CONFIGURATION_H

#include "board.h"
#include "image.h"
#include "zone_build.h"

struct configuration {
    struct board board;
    struct zone_file *zones[LV_MAX_ZONES];
    size_t num_zones;
    struct zone_image *images; /* one for each zone, in the same order */
    uint64_t image_size;       /* bytes of header, zones and payloads */
};

/* Which files to read. */
struct configuration_files {
    const char *board;
    const char *const *zones;
    size_t num_zones;
    struct file_search search;
};

/*
 * Reads, checks and builds. The configuration and what it points to live in the report's arena.
 * False when anything is wrong (reported).
 */
bool configuration_load(struct report *report, const struct configuration_files *files,
                        struct configuration *out);

/* Text for people: the board, each zone's memory map and payloads. `slot` may be NULL. */
void configuration_print(const struct configuration *configuration, const struct image_slot *slot,
                         FILE *out);

/* The same as one JSON object. */
void configuration_print_json(const struct configuration *configuration,
                              const struct image_slot *slot, FILE *out);

#endif
