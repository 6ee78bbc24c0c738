/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A built zone for people and for programs: its configuration (zone_output.h), and the packer's own
 * facts. */
#ifndef TOOLS_ZONE_PRINT_H
#define TOOLS_ZONE_PRINT_H

#include "zone_build.h"

struct json_t;

/* Text: the boot protocol, the configuration, what each part is. */
void zone_print(const struct zone_image *image, FILE *out);

/* The same as a JSON object, which the caller frees. */
struct json_t *zone_print_json(const struct zone_image *image);

#endif
