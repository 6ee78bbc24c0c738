/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks of one zone that hold on any board, and of all zones of an image together. */
#ifndef TOOLS_ZONE_FILE_CHECK_H
#define TOOLS_ZONE_FILE_CHECK_H

#include "span.h"
#include "zone_file.h"

/* Part of zone_load: name and number. Sets zone->is_root. */
void zone_file_check_identity(struct report *report, struct zone_file *zone);

/* Part of zone_load: everything else that holds on every machine. */
void zone_file_check_alone(struct report *report, struct zone_file *zone);

/* The most that zone_collect_spans finds in these zones. */
size_t zone_count_spans(const struct zone_file *const *zones, size_t count);

/*
 * Collects the HPAs of the hypervisor and of the zones' regions and stores, and of the root zone's
 * pool if `with_pool`. Returns their number.
 */
size_t zone_collect_spans(const struct board *board, const struct zone_file *const *zones,
                          size_t count, bool with_pool, struct span *spans);

/*
 * Checks zones against the board and each other: CPUs, memory, devices, vectors, lines, PCI
 * functions, one root. Parts that could not be read are passed over.
 */
void zone_file_check_all(struct report *report, const struct board *board,
                         const struct zone_file *const *zones, size_t count);

/*
 * Checks a zone that is to be made while `others` exist: as zone_file_check_all, and its RAM is in
 * the root zone's pool. RAM that still floats is passed over.
 */
void zone_file_check_beside(struct report *report, const struct board *board,
                            const struct zone_file *zone, const struct zone_file *const *others,
                            size_t count);

#endif
