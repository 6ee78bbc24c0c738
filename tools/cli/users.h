/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who uses a zone's memory, as far as /proc tells. */
#ifndef CLI_USERS_H
#define CLI_USERS_H

#include "device.h"

#include <loongvisor/zone_config.h>
#include <stddef.h>

/*
 * The processes that have the file of the zone's memory open or mapped, or that have mapped the
 * pool where the zone has its memory: at most max. A program can use pages that it has not mapped
 * any more, which /proc does not tell.
 */
size_t users_find(const struct lv_zone_config *config, struct device_holder *users, size_t max);

#endif
