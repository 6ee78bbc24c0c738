/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that zones are made of at run time: the root zone's LV_REGION_POOL regions. The root zone
 * sees what of it is free, in blocks of 2 MiB, since it writes there what a new zone is to load.
 */
#ifndef LV_CORE_POOL_H
#define LV_CORE_POOL_H

#include <core/zone.h>

/*
 * Brings the root zone's view up to date with the zones that hold memory. When it returns none of
 * the root zone's CPUs can reach what is held. False if one of them does not answer: it may still.
 * Under the zone-making lock.
 */
bool pool_update(void);

/* Whether [hpa, hpa + size) lies in the pool. Any CPU. */
bool pool_contains(hpa_t hpa, uint64_t size);

/* Bytes of the pool, and of them those that no zone holds. Any CPU. */
uint64_t pool_size(void);
uint64_t pool_free(void);

#endif
