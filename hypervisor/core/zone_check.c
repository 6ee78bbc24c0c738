// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/cpu.h>
#include <core/zone.h>
#include <core/zone_check.h>
#include <lib/bits.h>
#include <lib/crc32.h>
#include <lib/string.h>

#define PAYLOAD_ALIGN 8u

static bool ranges_overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size) {
    return a < b + b_size && b < a + a_size;
}

static uint32_t image_crc(const struct lv_image_header *image) {
    struct lv_image_header copy = *image;
    size_t zones_size = image->num_zones * sizeof(struct lv_zone_config);

    copy.crc32 = 0;
    uint32_t crc = crc32_update(0, &copy, sizeof(copy));
    return crc32_update(crc, (const uint8_t *)image + image->zones_offset, zones_size);
}

const char *image_check(const struct lv_image_header *image) {
    if (image->magic != LV_IMAGE_MAGIC) {
        return "no packed image behind the hypervisor (bad magic)";
    }
    if (image->version != LV_IMAGE_VERSION || image->header_size != sizeof(*image)) {
        return "the packed image is of another version";
    }
    if (image->num_zones == 0 || image->num_zones > LV_MAX_ZONES ||
        image->zones_offset != sizeof(*image)) {
        return "the packed image's zone table is out of bounds";
    }
    if (image_crc(image) != image->crc32) {
        return "the packed image is damaged (CRC)";
    }
    if (image->board.num_cpus == 0 || image->board.num_cpus > LV_MAX_CPUS) {
        return "the board has no CPU or too many";
    }
    if (image->board.num_ram > LV_BOARD_MAX_RANGES) {
        return "the board has too many memory ranges";
    }
    return NULL;
}

static bool region_is_backed(const struct lv_region *region) {
    return region->type == LV_REGION_RAM || region->type == LV_REGION_IO;
}

static bool region_in_board_ram(const struct lv_board *board, const struct lv_region *region) {
    for (uint32_t i = 0; i < board->num_ram; i++) {
        if (bits_range_within(region->hpa, region->size, board->ram[i].base, board->ram[i].size)) {
            return true;
        }
    }
    return false;
}

static const char *region_check_shape(const struct lv_region *region) {
    const uint64_t gpa_limit = BIT(LV_GPA_BITS);

    if (region->type > LV_REGION_INFO) {
        return "a region has an unknown type";
    }
    if (!bits_is_aligned(region->gpa | region->hpa | region->size, LV_PAGE_SIZE)) {
        return "a region is not made of whole pages";
    }
    if (region->size == 0 || !bits_range_within(region->gpa, region->size, 0, gpa_limit) ||
        !bits_range_within(region->hpa, region->size, 0, gpa_limit)) {
        return "a region is empty or outside the address space";
    }
    if (region->type == LV_REGION_INFO && region->size != LV_PAGE_SIZE) {
        return "the info region is not one page";
    }
    return NULL;
}

static const char *region_check_backing(const struct lv_board *board,
                                        const struct lv_region *region) {
    if (!region_is_backed(region)) {
        return NULL;
    }
    if (ranges_overlap(region->hpa, region->size, board->hv_base, board->hv_size)) {
        return "a region overlaps the hypervisor's memory";
    }
    if (region->type == LV_REGION_RAM && !region_in_board_ram(board, region)) {
        return "a RAM region is not in the board's RAM";
    }
    return NULL;
}

/* Two zones may share an IO page only if neither is a RAM page of the other. */
static bool regions_clash_in_hpa(const struct lv_region *a, const struct lv_region *b) {
    return region_is_backed(a) && region_is_backed(b) &&
           ranges_overlap(a->hpa, a->size, b->hpa, b->size);
}

static const char *regions_check(const struct lv_board *board,
                                 const struct lv_zone_config *config) {
    for (uint32_t i = 0; i < config->num_regions; i++) {
        const struct lv_region *region = &config->regions[i];
        const char *reason = region_check_shape(region);
        reason = reason != NULL ? reason : region_check_backing(board, region);
        for (uint32_t j = 0; j < i && reason == NULL; j++) {
            const struct lv_region *other = &config->regions[j];
            if (ranges_overlap(region->gpa, region->size, other->gpa, other->size) ||
                regions_clash_in_hpa(region, other)) {
                reason = "two regions of the zone overlap";
            }
        }
        if (reason != NULL) {
            return reason;
        }
    }
    return NULL;
}

static const char *payloads_check(const struct lv_image_header *image,
                                  const struct lv_zone_config *config) {
    for (uint32_t i = 0; i < config->num_payloads; i++) {
        const struct lv_payload *payload = &config->payloads[i];
        if (!bits_is_aligned(payload->image_offset | payload->gpa, PAYLOAD_ALIGN)) {
            return "a payload is not aligned";
        }
        if (!bits_range_within(payload->image_offset, payload->size, 0, image->total_size)) {
            return "a payload is outside the image";
        }
    }
    return NULL;
}

static const char *cpus_check(const struct lv_board *board, const struct lv_zone_config *config) {
    if (config->cpus == 0 || (config->cpus & ~BITS(board->num_cpus - 1, 0)) != 0) {
        return "the zone has no CPU, or one that the board has not";
    }
    for (cpu_id_t cpu = 0; cpu < board->num_cpus; cpu++) {
        if ((config->cpus & BIT(cpu)) != 0 && !cpu_is_online(cpu)) {
            return "a CPU of the zone did not start";
        }
    }
    return NULL;
}

static bool regions_clash_between(const struct lv_zone_config *a, const struct lv_zone_config *b) {
    for (uint32_t i = 0; i < a->num_regions; i++) {
        for (uint32_t j = 0; j < b->num_regions; j++) {
            if (regions_clash_in_hpa(&a->regions[i], &b->regions[j])) {
                return true;
            }
        }
    }
    return false;
}

static bool vectors_clash(const struct lv_zone_config *a, const struct lv_zone_config *b) {
    uint64_t shared = 0;

    for (uint32_t i = 0; i < LV_VECTOR_WORDS; i++) {
        shared |= a->vectors[i] & b->vectors[i];
    }
    return shared != 0;
}

static const char *others_check(const struct lv_zone_config *config) {
    for (uint32_t id = 0; id < LV_MAX_ZONES; id++) {
        const struct zone *other = zone_find(id);
        if (other == NULL) {
            continue;
        }
        if (id == config->zone_id) {
            return "the zone exists";
        }
        if ((config->cpus & other->config.cpus) != 0) {
            return "a CPU belongs to another zone";
        }
        if (regions_clash_between(config, &other->config)) {
            return "memory or a device belongs to another zone";
        }
        if (vectors_clash(config, &other->config)) {
            return "an interrupt vector belongs to another zone";
        }
    }
    return NULL;
}

static const char *fields_check(const struct lv_zone_config *config) {
    if (config->magic != LV_ZONE_MAGIC || config->version != LV_ZONE_VERSION ||
        config->size != sizeof(*config)) {
        return "not a zone configuration of this version";
    }
    if (config->zone_id >= LV_MAX_ZONES || config->num_regions > LV_MAX_REGIONS ||
        config->num_payloads > LV_MAX_PAYLOADS ||
        config->num_pci_functions > LV_MAX_PCI_FUNCTIONS) {
        return "a number is out of range";
    }
    if (strnlen(config->name, LV_NAME_SIZE) == LV_NAME_SIZE) {
        return "the name is not terminated";
    }
    if (((config->flags & LV_ZONE_ROOT) != 0) != (config->zone_id == LV_ROOT_ZONE_ID)) {
        return "zone 0 and only zone 0 is the root zone";
    }
    return NULL;
}

const char *zone_check(const struct lv_image_header *image, const struct lv_zone_config *config) {
    const char *reason = fields_check(config);

    reason = reason != NULL ? reason : cpus_check(&image->board, config);
    reason = reason != NULL ? reason : regions_check(&image->board, config);
    reason = reason != NULL ? reason : payloads_check(image, config);
    return reason != NULL ? reason : others_check(config);
}
