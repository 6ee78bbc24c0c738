/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints a zone's configuration for people and for programs; all tools use it. It prints the rows
 * of loongvisor/zone_fields.def that have an output. Addresses are strings ("0x1000"), as in zone
 * files, and counts are numbers.
 */
#ifndef TOOLS_ZONE_OUTPUT_H
#define TOOLS_ZONE_OUTPUT_H

#include "arena.h"

#include <loongvisor/zone_config.h>
#include <stdio.h>

struct json_t;

/* Names that the configuration does not have, in the order of its lists; NULL: there are none. */
struct zone_output_names {
    const char *const *payloads;
    const char *const *devices;
};

/* The configuration as one JSON object, which the caller frees. Numbers and texts that no
 * hypervisor gives are printed too. Payloads are without names. */
struct json_t *zone_output_json(const struct lv_zone_config *config,
                                const struct zone_output_names *names);

/* The same as lines of text, each after `indent` blanks. */
void zone_output_text(const struct lv_zone_config *config, const struct zone_output_names *names,
                      int indent, FILE *out);

#endif
