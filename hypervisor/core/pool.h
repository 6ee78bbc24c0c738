/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that zones are made of at run time: the root zone's LV_REGION_POOL regions. The root zone
 * sees its free part, in blocks of 2 MiB, because it writes there what a new zone will load.
 */
#ifndef LV_CORE_POOL_H
#define LV_CORE_POOL_H

#include <core/zone.h>

/*
 * Brings the root zone's view up to date with the zones that hold memory. After that, none of the
 * root zone's CPUs can reach held memory. False if one of them does not answer: that one may.
 * Under the zones lock.
 */
bool pool_update(void);

/* Whether [hpa, hpa + size) lies in the pool. Any CPU. */
bool pool_contains(hpa_t hpa, uint64_t size);

/* Bytes of the pool, and those of them that no zone holds. Any CPU. */
uint64_t pool_size(void);
uint64_t pool_free(void);

#endif
