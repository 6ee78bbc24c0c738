// SPDX-License-Identifier: GPL-2.0-or-later
#include "image.h"

#include "elf_output.h"
#include "span.h"
#include "stage2_size.h"

#include <inttypes.h>
#include <loongarch/registers.h>
#include <string.h>
#include <zlib.h>

#define IMAGE_SYMBOL  "lv_image_start"
#define IMAGE_VERSION "lv_image_version"
/* image.h: payload bytes are 8-byte aligned. */
#define IMAGE_PAYLOAD_ALIGN 8u

static uint64_t image_align(uint64_t offset) {
    return (offset + IMAGE_PAYLOAD_ALIGN - 1) & ~(uint64_t)(IMAGE_PAYLOAD_ALIGN - 1);
}

/* Where it comes to lie: the hypervisor is linked at 0 and goes to any multiple of LV_IMAGE_ALIGN.
 */
static void image_move(struct image_slot *slot, uint64_t base) {
    for (size_t i = 0; i < slot->elf.count; i++) {
        slot->elf.segments[i].vaddr += WINDOW_CACHED + base;
        slot->elf.segments[i].paddr += base;
    }
    slot->elf.entry += WINDOW_CACHED + base;
    slot->start += base;
}

static bool image_check_segment(struct report *report, const struct place *place,
                                const struct board *board, const struct elf_segment *segment,
                                uint64_t start) {
    uint64_t base = segment->paddr;
    const struct board_range *own = &board->hypervisor;
    if (!span_contains(own->base.value, own->size.value, base, segment->memory_size)) {
        report_error(report, place, "link it at 0, or enlarge \"hypervisor\" of the board",
                     "its segment at 0x%" PRIx64 " lies outside the hypervisor's memory 0x%" PRIx64
                     "-0x%" PRIx64,
                     base, own->base.value, own->base.value + own->size.value - 1);
        return false;
    }
    if (base + segment->memory_size > start) {
        report_error(report, place, "place " IMAGE_SYMBOL " behind everything else",
                     "its segment at 0x%" PRIx64 " reaches over " IMAGE_SYMBOL, base);
        return false;
    }
    return true;
}

static bool image_check_slot(struct report *report, const struct place *place,
                             const struct board *board, struct image_slot *slot) {
    uint64_t start = slot->start;
    const struct board_range *own = &board->hypervisor;
    if (start % LV_IMAGE_ALIGN != 0 || !span_contains(own->base.value, own->size.value, start, 1)) {
        report_error(report, place, "align it to 64 KiB inside the hypervisor's memory",
                     IMAGE_SYMBOL " = 0x%" PRIx64 " is misplaced", slot->start);
        return false;
    }
    slot->limit = own->base.value + own->size.value - start;
    bool good = true;
    for (size_t i = 0; i < slot->elf.count; i++) {
        good = image_check_segment(report, place, board, &slot->elf.segments[i], start) && good;
    }
    return good;
}

/* Hypervisors before version 2 do not say which image they take. */
static bool image_check_version(struct report *report, const struct place *place,
                                const struct elf_input *elf) {
    uint64_t version = 1;
    (void)elf_input_symbol(elf, IMAGE_VERSION, &version);
    if (version != LV_IMAGE_VERSION) {
        report_error(report, place, "give the hypervisor that was built with this packer",
                     "it takes images of version %" PRIu64 " and this packer makes version %d",
                     version, LV_IMAGE_VERSION);
        return false;
    }
    return true;
}

bool image_open_hypervisor(struct report *report, const char *path, const struct board *board,
                           struct image_slot *slot) {
    struct place *place = arena_alloc(report->arena, sizeof(*place));
    struct file_bytes file;
    place->file = path;
    *slot = (struct image_slot){.start = 0};
    if (!file_read(report, place, path, FILE_MAX_SIZE, &file) ||
        !elf_input_read(report, place, &file, &slot->elf)) {
        return false;
    }
    if (!elf_input_symbol(&slot->elf, IMAGE_SYMBOL, &slot->start)) {
        report_error(report, place, "give an unstripped Loongvisor hypervisor",
                     "it has no symbol " IMAGE_SYMBOL);
        return false;
    }
    if (!image_check_version(report, place, &slot->elf)) {
        return false;
    }
    if (!board->hypervisor.base.good || !board->hypervisor.size.good) {
        return false;
    }
    image_move(slot, board->hypervisor.base.value);
    return image_check_slot(report, place, board, slot);
}

uint64_t image_layout(struct zone_image *zones, size_t count) {
    uint64_t offset = sizeof(struct lv_image_header) + count * sizeof(struct lv_zone_config);
    for (size_t i = 0; i < count; i++) {
        struct lv_zone_config *config = &zones[i].config;
        for (uint32_t j = 0; j < config->num_payloads; j++) {
            offset = image_align(offset);
            config->payloads[j].offset = offset;
            offset += config->payloads[j].size;
        }
    }
    return image_align(offset);
}

void image_check_stage2(struct report *report, const struct zone_image *zones, size_t count) {
    uint64_t pages = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t before = pages;
        uint32_t own = stage2_config_pages(&zones[i].config);
        pages += own;
        if (before <= LV_STAGE2_POOL_PAGES && pages > LV_STAGE2_POOL_PAGES) {
            report_error(report, &zones[i].zone->node->place,
                         "align RAM and its HPA to 2 MiB or, better, 1 GiB alike",
                         "the zones' page tables need more than the hypervisor's %u pages; this "
                         "zone's take %u",
                         LV_STAGE2_POOL_PAGES, own);
        }
    }
}

static void image_copy_zone(uint8_t *image, const struct zone_image *zone) {
    for (size_t i = 0; i < zone->payloads.count; i++) {
        const struct payload *payload = &zone->payloads.items[i];
        memcpy(image + zone->config.payloads[i].offset, payload->bytes, payload->size);
    }
}

const uint8_t *image_assemble(struct arena *arena, const struct board *board,
                              const struct zone_image *zones, size_t count, uint64_t size) {
    uint8_t *image = arena_alloc(arena, size);
    struct lv_image_header header = {
        .magic = LV_IMAGE_MAGIC,
        .version = LV_IMAGE_VERSION,
        .header_size = sizeof(header),
        .total_size = size,
        .num_zones = (uint32_t)count,
        .zones_offset = sizeof(header),
    };
    board_export(board, &header.board);
    size_t offset = header.zones_offset;
    for (size_t i = 0; i < count; i++) {
        memcpy(image + offset, &zones[i].config, sizeof(zones[i].config));
        offset += sizeof(zones[i].config);
        image_copy_zone(image, &zones[i]);
    }
    memcpy(image, &header, sizeof(header));
    header.crc32 = (uint32_t)crc32(0, image, (uInt)offset);
    memcpy(image, &header, sizeof(header));
    return image;
}

bool image_check_fit(struct report *report, const struct board *board,
                     const struct image_slot *slot, uint64_t size) {
    if (size > slot->limit) {
        report_error(report, &board->hypervisor.node->place,
                     "enlarge \"hypervisor\" of the board or load smaller files",
                     "the image takes 0x%" PRIx64 " bytes and 0x%" PRIx64
                     " are left behind the hypervisor",
                     size, slot->limit);
        return false;
    }
    return true;
}

bool image_write(struct report *report, const struct image_slot *slot, const uint8_t *image,
                 uint64_t size, const char *path) {
    struct elf_segment segment = {
        .vaddr = WINDOW_CACHED + slot->start,
        .paddr = slot->start,
        .file_size = size,
        .memory_size = size,
        .align = LV_IMAGE_ALIGN,
    };
    struct file_output output;
    if (!file_create(report, path, &output)) {
        return false;
    }
    if (!elf_output_write(&slot->elf, &segment, image, output.fd)) {
        struct place place = {.file = path};
        report_error(report, &place, "make room on the disk", "cannot write it: %s",
                     elf_output_error());
        file_discard(&output);
        return false;
    }
    return file_commit(report, &output);
}
