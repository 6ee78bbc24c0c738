/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hypervisor's own look at what the tools made: it trusts no field. */
#ifndef LV_CORE_ZONE_CHECK_H
#define LV_CORE_ZONE_CHECK_H

#include <core/types.h>
#include <loongvisor/image.h>
#include <loongvisor/refusal.h>
#include <stdbool.h>

/* Why a zone is not made. */
struct refusal {
    enum lv_refusal number;
    uint32_t index; /* of what refusal.h says that it counts */
};

/* What the refusal is called in refusal.h, for the log. Any CPU. */
const char *refusal_name(enum lv_refusal number);

/* The refusal as a hypercall's result. Any CPU. */
int64_t refusal_result(struct refusal refusal);

/* NULL if the header and its zones are as image.h says, else what is wrong. CPU 0. */
const char *image_check(const struct lv_image_header *image);

/*
 * LV_REFUSAL_NONE if the zone can be made beside those that exist. packed: it is one of the image's
 * zones. CPU 0 at start-up, or under the zones lock.
 */
struct refusal zone_check(const struct lv_image_header *image, const struct lv_zone_config *config,
                          bool packed);

/* Whether these registers of the board are of no zone and of no hypervisor. Any CPU. */
bool zone_check_registers(const struct lv_board *board, hpa_t hpa, uint64_t size);

#endif
