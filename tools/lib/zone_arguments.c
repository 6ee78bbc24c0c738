// SPDX-License-Identifier: GPL-2.0-or-later
#include "zone_arguments.h"

#include "array.h"
#include "boot_tables.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

/* A slot of Linux's bounce buffers. */
#define ARGUMENTS_SLOT_SIZE 2048u

/* A ring takes whole pages, and has 26 bytes for an entry and some more (virtio 1.2, 2.7). */
#define ARGUMENTS_RING_PAGE  0x4000u
#define ARGUMENTS_RING_ENTRY 26u
#define ARGUMENTS_RING_FIXED 128u
/* Of the memory for rings the kernel keeps some free and uses some as it starts. */
#define ARGUMENTS_RING_SPARE 0x200000u

#define ARGUMENTS_CMA     "cma"
#define ARGUMENTS_BOUNCE  "swiotlb"
#define ARGUMENTS_RESERVE "sysctl.vm.lowmem_reserve_ratio"

static uint64_t arguments_ring_bytes(const struct zone_file *zone) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < zone->num_devices; i++) {
        const struct zone_device *device = &zone->devices[i];
        uint64_t ring = (uint64_t)device->queue_size * ARGUMENTS_RING_ENTRY + ARGUMENTS_RING_FIXED;
        uint64_t pages = (ring + ARGUMENTS_RING_PAGE - 1) / ARGUMENTS_RING_PAGE;
        bytes += device->num_queues * pages * ARGUMENTS_RING_PAGE;
    }
    return bytes;
}

/* The most that leaves room for rings. Linux rounds up to a power of two (kernel/dma/swiotlb.c). */
uint64_t zone_bounce_slots(const struct zone_file *zone, uint64_t window) {
    uint64_t most = window - arguments_ring_bytes(zone) - ARGUMENTS_RING_SPARE;
    uint64_t slots = 1;
    while (slots * 2 * ARGUMENTS_SLOT_SIZE <= most) {
        slots *= 2;
    }
    return slots;
}

static const char *arguments_bounce(struct arena *arena, const struct zone_file *zone) {
    uint64_t window = 0;
    for (size_t i = 0; i < zone->num_regions; i++) {
        const struct zone_region *region = &zone->regions[i];
        window = region->gpa.value == ZONE_WINDOW_BASE ? region->size.value : window;
    }
    return arena_printf(arena, "%" PRIu64, zone_bounce_slots(zone, window));
}

/* Whether a device of the zone may do DMA to any of its memory. */
static bool arguments_may_do_dma(const struct zone_file *zone) {
    return zone->num_pci_devices != 0 || zone_file_find_region(zone, LV_REGION_IO) != NULL;
}

/* Adds NAME=VALUE unless the file has a value of its own. */
static const char *arguments_add(struct arena *arena, const char *ours, const char *given,
                                 const char *name, const char *value) {
    return text_has_argument(given, name) ? ours
                                          : arena_printf(arena, "%s%s=%s ", ours, name, value);
}

/*
 * Debian's kernel reserves 128 MiB for devices that do DMA, half of a small zone; a zone without
 * such devices needs none. With a window, devices reach all of the memory below 4 GiB and nothing
 * above: there the kernel is told how much of the window is for copies, and to put nothing of its
 * own there.
 */
static const char *arguments_ours(struct report *report, const struct zone_file *zone,
                                  const char *given) {
    struct arena *arena = report->arena;
    const char *ours = "";
    if (zone->share == ZONE_SHARE_WINDOW) {
        if (text_has_argument(given, ARGUMENTS_BOUNCE)) {
            report_warning(report, &zone->kernel_args.node->place,
                           "remove \"" ARGUMENTS_BOUNCE "=\", and a size is chosen",
                           "the kernel's bounce buffers are what its devices reach");
        }
        ours = arguments_add(arena, ours, given, ARGUMENTS_BOUNCE, arguments_bounce(arena, zone));
        ours = arguments_add(arena, ours, given, ARGUMENTS_RESERVE, "1");
    }
    if (zone->share == ZONE_SHARE_WINDOW || !arguments_may_do_dma(zone)) {
        ours = arguments_add(arena, ours, given, ARGUMENTS_CMA, "0");
    }
    return ours;
}

const char *zone_arguments(struct report *report, const struct zone_file *zone) {
    const char *given = zone->kernel_args.text != NULL ? zone->kernel_args.text : "";
    const char *ours = arguments_ours(report, zone, given);
    size_t length = strlen(ours) + strlen(given);
    if (*ours == '\0' || strlen(given) >= BOOT_COMMAND_LINE_MAX) {
        return zone->kernel_args.text;
    }
    if (length < BOOT_COMMAND_LINE_MAX) {
        /* The kernel would not see ours behind "--" or an open quote. */
        const char *all = arena_printf(report->arena, "%s%s", ours, given);
        return *given != '\0' ? all : arena_copy_text(report->arena, all, length - 1);
    }
    const struct place *place = &zone->kernel_args.node->place;
    if (zone->share == ZONE_SHARE_WINDOW) {
        report_error(report, place, "shorten it, or choose \"share\": \"all\"",
                     "no room for \"%s\", without which the kernel cannot use a window", ours);
    } else {
        report_warning(report, place,
                       "shorten it, or choose the kernel's memory for DMA with \"cma=\"",
                       "no room for \"" ARGUMENTS_CMA
                       "=0\": the kernel may keep half of a small zone for DMA");
    }
    return zone->kernel_args.text;
}
