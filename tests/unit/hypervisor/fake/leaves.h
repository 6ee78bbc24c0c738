/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The judge of stage 2: every leaf of every zone's tables, over all 2^48 addresses, against the
 * zones' configurations. It reads the tables as the CPU does and shares nothing with those that
 * build and change them.
 */
#ifndef LV_FAKE_LEAVES_H
#define LV_FAKE_LEAVES_H

#include <core/zone.h>

/*
 * NULL if all is right, else what is not: a leaf outside its region, at another HPA or with other
 * bits; a region, or a free block of the pool, that is not there whole; a page that two zones reach
 * and do not share, or that is the hypervisor's; a table of two zones.
 */
const char *leaves_check(void);

/* Leaves that the last check has seen. */
uint64_t leaves_seen(void);

#endif
