/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must hold of zones that exist side by side, told from their configurations alone. Written
 * against docs/zones.md and zone_config.h, with nothing of the checkers that it judges.
 */
#ifndef FUZZ_PROPERTY_H
#define FUZZ_PROPERTY_H

#include <loongvisor/image.h>
#include <stdbool.h>
#include <stddef.h>

/* NULL when all is well, else what is wrong. configs[0] is the root zone's, the others were made at
 * run time; with `packed` the last one is an image's. */
const char *property_check(const struct lv_board *board,
                           const struct lv_zone_config *const *configs, size_t count, bool packed);

#endif
