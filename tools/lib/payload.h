/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes that are copied into a zone's RAM before it starts. */
#ifndef TOOLS_PAYLOAD_H
#define TOOLS_PAYLOAD_H

#include "span.h"

#include <loongvisor/zone_config.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct payload {
    const char *what; /* "kernel", "initrd", ... */
    const struct place *place;
    uint64_t gpa;
    const uint8_t *bytes;
    uint64_t size;        /* bytes in the image */
    uint64_t memory_size; /* bytes of RAM that it needs, at least `size` */
};

struct payload_list {
    struct payload items[LV_MAX_PAYLOADS];
    size_t count;
};

/* Adds a payload; false when there is no room for another (reported). */
bool payload_add(struct report *report, struct payload_list *list, const struct payload *payload);

/*
 * The highest address where the needed bytes lie in one RAM region and overlap no payload. False if
 * there is none.
 */
bool payload_find_last_room(const struct payload_list *list, const struct lv_region *regions,
                            size_t num_regions, const struct span_need *need, uint64_t *address);

/* Reports payloads outside RAM, misplaced or on one another. */
void payload_check(struct report *report, const struct payload_list *list,
                   const struct lv_region *regions, size_t num_regions);

/* True when the bytes lie in one RAM region of the list. */
bool payload_in_ram(const struct lv_region *regions, size_t num_regions, uint64_t gpa,
                    uint64_t size);

#endif
