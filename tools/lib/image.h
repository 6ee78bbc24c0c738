/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packed image (loongvisor/image.h): from built zones to bytes, and into the hypervisor's ELF
 * file. */
#ifndef TOOLS_IMAGE_H
#define TOOLS_IMAGE_H

#include "board.h"
#include "elf_input.h"
#include "zone_build.h"

/* The image's place, behind the hypervisor. */
struct image_slot {
    struct elf_input elf;
    uint64_t start; /* HPA of the symbol lv_image_start */
    uint64_t limit; /* bytes from there to the end of the hypervisor's memory */
};

/* Reads the hypervisor and finds the place for the image; false when that fails (reported). */
bool image_open_hypervisor(struct report *report, const char *path, const struct board *board,
                           struct image_slot *slot);

/* Bytes that the image takes. Fills in the payloads' offsets. */
uint64_t image_layout(struct zone_image *zones, size_t count);

/* Checks that all zones' page tables fit into the hypervisor's pool. */
void image_check_stage2(struct report *report, const struct zone_image *zones, size_t count);

/* Makes the image; `size` is the result of image_layout. */
const uint8_t *image_assemble(struct arena *arena, const struct board *board,
                              const struct zone_image *zones, size_t count, uint64_t size);

/* Checks that the image fits behind the hypervisor. */
bool image_check_fit(struct report *report, const struct board *board,
                     const struct image_slot *slot, uint64_t size);

/* Writes hypervisor and image as one ELF file; on failure (reported) nothing has changed. */
bool image_write(struct report *report, const struct image_slot *slot, const uint8_t *image,
                 uint64_t size, const char *path);

#endif
