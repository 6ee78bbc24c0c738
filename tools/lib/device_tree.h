/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A zone's device tree: checked against the zone, and a copy of it completed. */
#ifndef TOOLS_DEVICE_TREE_H
#define TOOLS_DEVICE_TREE_H

#include "file.h"

#include <loongvisor/zone_config.h>

struct device_tree_request {
    struct report *report;
    const struct place *place; /* of dtb_filepath */
    struct file_bytes file;
    const struct lv_region *regions; /* the zone's */
    size_t num_regions;
    unsigned num_vcpus;
    const char *arguments; /* /chosen bootargs; NULL: left as they are */
    uint64_t initrd_base;  /* /chosen linux,initrd-start */
    uint64_t initrd_size;  /* 0: no such properties, whatever the file has */
};

/* The most bytes that the completed copy needs. */
size_t device_tree_limit(const struct device_tree_request *request);

/*
 * Checks the file and makes the copy: boot arguments, initrd, a seed of random bytes if it has
 * none, memory nodes from the zone's RAM if it has none, and no CPU beyond the zone's. False when
 * something is wrong (reported).
 */
bool device_tree_complete(const struct device_tree_request *request, struct file_bytes *out);

#endif
