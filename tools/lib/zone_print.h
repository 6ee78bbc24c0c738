/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A built zone for people and for programs. */
#ifndef TOOLS_ZONE_PRINT_H
#define TOOLS_ZONE_PRINT_H

#include "zone_build.h"

/* Text: CPUs, memory map, what is loaded, devices. */
void zone_print(const struct zone_image *image, FILE *out);

/* The same as one JSON object. */
void zone_print_json(const struct zone_image *image, FILE *out);

#endif
