/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hypervisor's own zone_check() and zone_create(), over the fake machine of its unit tests. It
 * is linked into one object with nothing but these names, since tools and hypervisor use some names
 * for different things.
 */
#ifndef FUZZ_ORACLE_H
#define FUZZ_ORACLE_H

#include <loongvisor/image.h>
#include <loongvisor/hvisor.h>
#include <stdbool.h>

/* A machine on which nothing has happened, with this board, all CPUs online, and its root zone. */
void oracle_reset(const struct lv_board *board, const struct lv_zone_config *root);

/* What the hypervisor says of a configuration: NULL, or the name of its refusal. */
const char *oracle_check(const struct lv_zone_config *config, bool packed);

/* Makes the zone; false when the hypervisor does not. As oracle_hvisor_start() it aborts when a
 * leaf of any zone's stage 2 is wrong then. */
bool oracle_create(const struct lv_zone_config *config, bool packed);

/* hvisor's "zone start" of a structure in the root zone's RAM: its answer. */
int64_t oracle_hvisor_start(const struct lv_hvisor_zone *zone);

/* The configuration of a zone that exists, or NULL. */
const struct lv_zone_config *oracle_find(uint32_t zone_id);

/* Table pages of all zones together. */
uint32_t oracle_stage2_pages(void);

#endif
