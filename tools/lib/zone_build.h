/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a zone file to the hypervisor's configuration and the bytes to load. */
#ifndef TOOLS_ZONE_BUILD_H
#define TOOLS_ZONE_BUILD_H

#include "file.h"
#include "payload.h"
#include "zone_file.h"

struct zone_image {
    const struct zone_file *zone;
    struct lv_zone_config config; /* payloads' offsets are chosen later */
    struct payload_list payloads; /* in the order of config.payloads */
    const char *kernel_format;    /* "zboot", "Image", "ELF", "flat"; NULL: no kernel */
    enum zone_boot boot;
};

/*
 * Loads the zone's files, places them in its RAM and fills the configuration. The board's and the
 * other zones' part is zone_file_check_all's. False when something is wrong (reported).
 */
bool zone_build(struct report *report, const struct zone_file *zone,
                const struct file_search *search, struct zone_image *out);

#endif
