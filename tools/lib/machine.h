/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine as a new zone finds it: the owners of CPUs, memory and devices. It comes from a running
 * hypervisor, or from a board file and zone files; later steps do not distinguish the two.
 */
#ifndef TOOLS_MACHINE_H
#define TOOLS_MACHINE_H

#include "file.h"
#include "span.h"
#include "zone_file.h"

#include <loongvisor/hypercall.h>

struct machine {
    struct board board;   /* of a running machine: CPUs and the hypervisor's memory, no more */
    uint64_t online_cpus; /* a bit each */
    const struct zone_file *zones[LV_MAX_ZONES];
    size_t num_zones;
    uint64_t stage2_pages; /* that these zones have */
};

/*
 * A running machine: its facts, and the configuration of every zone that exists, the root zone's
 * among them (LV_IOCTL_MACHINE, _LIST, _CONFIG). At most LV_MAX_ZONES are looked at. All that
 * `out` points to lives in the arena.
 */
void machine_from_running(struct arena *arena, const struct lv_machine_info *info,
                          const struct lv_zone_config *configs, size_t count, struct machine *out);

/* Adds a zone to the machine. False if it already has LV_MAX_ZONES. */
bool machine_add_zone(struct machine *machine, const struct zone_file *zone, uint32_t stage2_pages);

/* The zone with this id, or NULL. */
const struct zone_file *machine_find_zone(const struct machine *machine, uint64_t id);

/*
 * The lowest HPA where so many bytes of the root zone's pool are free and not `own`'s. False if
 * there is none. `own` may be NULL. Here and below, the arena holds the list of taken ranges.
 */
bool machine_find_room(struct arena *arena, const struct machine *machine,
                       const struct zone_file *own, const struct span_need *need, uint64_t *hpa);

/* True if these bytes are in the pool and free. */
bool machine_is_free(struct arena *arena, const struct machine *machine, uint64_t hpa,
                     uint64_t size);

/* Free bytes of the pool, in pieces of 2 MiB; `largest` receives the size of the largest free
 * range. */
uint64_t machine_count_free(struct arena *arena, const struct machine *machine,
                            const struct zone_file *own, uint64_t *largest);

#endif
