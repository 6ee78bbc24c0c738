// SPDX-License-Identifier: GPL-2.0-or-later
#include "property.h"

#include "lib/stage2_size.h"

#include <stdlib.h>
#include <string.h>

#define PROPERTY_MAX_RANGES ((LV_MAX_REGIONS + 2u) * LV_MAX_ZONES)
#define PROPERTY_GPA_END    ((uint64_t)1 << LV_GPA_BITS)
#define PROPERTY_GROUP      32u

/* Sorting them brings those that overlap together. */
struct property_ranges {
    struct lv_range range[PROPERTY_MAX_RANGES];
    size_t count;
};

static void property_add(struct property_ranges *ranges, uint64_t base, uint64_t size) {
    if (size != 0) {
        ranges->range[ranges->count++] = (struct lv_range){base, size};
    }
}

static int property_compare(const void *a, const void *b) {
    const struct lv_range *x = a;
    const struct lv_range *y = b;
    return (x->base > y->base) - (x->base < y->base);
}

static bool property_disjoint(struct property_ranges *ranges) {
    qsort(ranges->range, ranges->count, sizeof(ranges->range[0]), property_compare);
    for (size_t i = 1; i < ranges->count; i++) {
        const struct lv_range *before = &ranges->range[i - 1];
        if (before->size > ranges->range[i].base - before->base) {
            return false;
        }
    }
    return true;
}

static bool property_inside(const struct lv_range *outer, uint64_t base, uint64_t size) {
    return base >= outer->base && base - outer->base <= outer->size &&
           size <= outer->size - (base - outer->base);
}

static bool property_is_ram(const struct lv_board *board, uint64_t base, uint64_t size) {
    for (uint32_t i = 0; i < board->num_ram; i++) {
        if (property_inside(&board->ram[i], base, size)) {
            return true;
        }
    }
    return false;
}

/* Registers that a zone may have: listed, and neither the hypervisor's nor everybody's. */
static bool property_is_device(const struct lv_board *board, const struct lv_region *region,
                               bool is_root) {
    const uint64_t own[] = {board->uart_base, board->poweroff_register, board->reset_register};
    struct property_ranges ranges = {.count = 0};
    bool listed = false;
    for (uint32_t i = 0; i < board->num_devices; i++) {
        listed = listed || property_inside(&board->devices[i], region->hpa, region->size);
    }
    for (uint32_t i = 0; i < board->num_ram; i++) {
        property_add(&ranges, board->ram[i].base, board->ram[i].size);
    }
    property_add(&ranges, board->pci_base, board->pci_size);
    property_add(&ranges, 0x1fe01000, 0x2000);
    property_add(&ranges, 0x2fe00000, 0x101000);
    property_add(&ranges, region->hpa, region->size);
    for (size_t i = 0; i < 3 && !is_root; i++) {
        listed = listed && (own[i] < region->hpa || own[i] - region->hpa >= region->size);
    }
    return listed && property_disjoint(&ranges);
}

static bool property_in_pool(const struct lv_zone_config *root, uint64_t base, uint64_t size) {
    for (uint32_t i = 0; i < root->num_regions; i++) {
        const struct lv_range pool = {root->regions[i].hpa, root->regions[i].size};
        if (root->regions[i].type == LV_REGION_POOL && property_inside(&pool, base, size)) {
            return true;
        }
    }
    return false;
}

static const char *property_check_region(const struct lv_board *board,
                                         const struct lv_region *region, bool is_root) {
    if (((region->gpa | region->hpa | region->size) & (LV_PAGE_SIZE - 1)) != 0 ||
        region->size == 0 || region->size > PROPERTY_GPA_END ||
        region->gpa > PROPERTY_GPA_END - region->size) {
        return "a region is empty, not of whole pages or above 2^47";
    }
    if (region->type == LV_REGION_RAM && !property_is_ram(board, region->hpa, region->size)) {
        return "RAM of a zone is not RAM of the board";
    }
    if (region->type == LV_REGION_IO && !property_is_device(board, region, is_root)) {
        return "registers of a zone are not the zone's to have";
    }
    return NULL;
}

static const char *property_check_regions(const struct lv_board *board,
                                          const struct lv_zone_config *config, bool is_root) {
    struct property_ranges gpas = {.count = 0};
    if (config->num_regions > LV_MAX_REGIONS) {
        return "too many regions";
    }
    for (uint32_t i = 0; i < config->num_regions; i++) {
        const char *wrong = property_check_region(board, &config->regions[i], is_root);
        if (wrong != NULL) {
            return wrong;
        }
        property_add(&gpas, config->regions[i].gpa, config->regions[i].size);
    }
    return property_disjoint(&gpas) ? NULL : "two regions of a zone overlap in GPA";
}

static bool property_in_ram(const struct lv_zone_config *config, uint64_t gpa, uint64_t size) {
    for (uint32_t i = 0; i < config->num_regions; i++) {
        const struct lv_range ram = {config->regions[i].gpa, config->regions[i].size};
        if (config->regions[i].type == LV_REGION_RAM && property_inside(&ram, gpa, size)) {
            return true;
        }
    }
    return false;
}

static const char *property_check_payloads(const struct lv_zone_config *config) {
    struct property_ranges in_zone = {.count = 0};
    const struct lv_range store = {0, config->store_size};
    for (uint32_t i = 0; i < config->num_payloads; i++) {
        const struct lv_payload *payload = &config->payloads[i];
        if (!property_in_ram(config, payload->gpa, payload->size) ||
            !property_inside(&store, payload->offset, payload->size)) {
            return "something is loaded from outside the store or to outside RAM";
        }
        property_add(&in_zone, payload->gpa, payload->size);
    }
    return property_disjoint(&in_zone) ? NULL : "two parts that are loaded overlap";
}

static bool property_owns_vector(const struct lv_zone_config *config, unsigned vector) {
    return (config->vectors[vector / 64] >> (vector % 64) & 1) != 0;
}

static const char *property_check_interrupt(const struct lv_zone_config *config,
                                            uint32_t interrupt) {
    unsigned number = interrupt & LV_INTERRUPT_NUMBER;
    switch (interrupt & LV_INTERRUPT_KIND) {
    case 0x100:
        return number < 8 && (config->cpu_lines >> number & 1) == 0 ? NULL : "a line is taken";
    case 0x200:
        return property_owns_vector(config, number) ? "a vector is the hardware's" : NULL;
    default:
        return interrupt == LV_INTERRUPT_NONE ? NULL : "an unknown kind of interrupt";
    }
}

static const char *property_check_interrupts(const struct lv_zone_config *config) {
    const uint32_t may[] = {LV_REGION_UART, LV_REGION_POWER, LV_REGION_INFO};
    for (uint32_t i = 0; i < config->num_regions; i++) {
        const struct lv_region *region = &config->regions[i];
        const char *wrong = property_check_interrupt(config, region->interrupt);
        bool interrupts = region->interrupt != LV_INTERRUPT_NONE;
        if (wrong != NULL) {
            return wrong;
        }
        if (interrupts && region->type != may[0] && region->type != may[1] &&
            (region->type != may[2] || (config->flags & LV_ZONE_ROOT) == 0)) {
            return "what is no device interrupts";
        }
        for (uint32_t j = i + 1; interrupts && j < config->num_regions; j++) {
            if (config->regions[j].interrupt == region->interrupt) {
                return "two devices have one interrupt";
            }
        }
        if (region->index != 0) {
            return "a region has an index";
        }
    }
    for (unsigned i = 0; i < LV_NUM_VECTORS; i++) {
        if (property_owns_vector(config, i) !=
            property_owns_vector(config, i / PROPERTY_GROUP * PROPERTY_GROUP)) {
            return "a zone owns a part of a group of vectors";
        }
    }
    return NULL;
}

/* Else the zone would see what was there before it. The root zone sees shared RAM anyway. */
static bool property_is_cleared(const struct lv_zone_config *config) {
    bool cleared = true;
    for (uint32_t i = 0; i < config->num_regions; i++) {
        cleared = cleared && (config->regions[i].type != LV_REGION_RAM ||
                              (config->regions[i].flags & LV_REGION_SHARED) != 0);
    }
    return cleared || (config->flags & LV_ZONE_CLEAR_RAM) != 0;
}

static bool property_has_region(const struct lv_zone_config *config, uint32_t type) {
    for (uint32_t i = 0; i < config->num_regions; i++) {
        if (config->regions[i].type == type) {
            return true;
        }
    }
    return false;
}

/* Shapes that virtio allows, on a bus that is there, each at a place of its own. */
static const char *property_check_functions(const struct lv_zone_config *config, bool is_root) {
    uint32_t slots = 1;
    if (config->num_virtio > LV_MAX_VIRTIO || (is_root && config->num_virtio != 0)) {
        return "too many virtual functions";
    }
    if (config->num_virtio != 0 && (!property_has_region(config, LV_REGION_PCI_CONFIG) ||
                                    !property_has_region(config, LV_REGION_VIRTIO_BARS))) {
        return "virtual functions without a bus";
    }
    for (uint32_t i = 0; i < config->num_pci_functions; i++) {
        const struct lv_pci_function *function = &config->pci_functions[i];
        slots |= function->zone_bus == 0 ? UINT32_C(1) << (function->zone_devfn >> 3) : 0;
    }
    for (uint32_t i = 0; i < config->num_virtio; i++) {
        const struct lv_virtio_function *function = &config->virtio[i];
        if (function->device > 31 || (slots >> function->device & 1) != 0) {
            return "a virtual function is at no place, or at another's";
        }
        if (function->type == 0 || function->type > 63 || function->num_queues == 0 ||
            function->num_queues > 16 || function->queue_size < 1 || function->queue_size > 1024 ||
            (function->queue_size & (function->queue_size - 1)) != 0) {
            return "a virtual function that virtio does not know";
        }
        slots |= UINT32_C(1) << function->device;
    }
    return NULL;
}

static const char *property_check_one(const struct lv_board *board,
                                      const struct lv_zone_config *config, bool is_root) {
    uint64_t cpus = ((uint64_t)1 << board->num_cpus) - 1;
    if (config->magic != LV_ZONE_MAGIC || config->version != LV_ZONE_VERSION ||
        config->size != sizeof(*config) || config->zone_id >= LV_MAX_ZONES ||
        (config->zone_id == LV_ROOT_ZONE_ID) != is_root ||
        memchr(config->name, '\0', LV_NAME_SIZE) == NULL) {
        return "not a configuration of such a zone";
    }
    if (config->cpus == 0 || (config->cpus & ~cpus) != 0) {
        return "a zone has no CPU, or one that the board has not";
    }
    if (!is_root && !property_is_cleared(config)) {
        return "a zone's RAM is neither cleared nor shared";
    }
    const char *wrong = property_check_regions(board, config, is_root);
    wrong = wrong ? wrong : property_check_interrupts(config);
    wrong = wrong ? wrong : property_check_functions(config, is_root);
    return wrong || is_root ? wrong : property_check_payloads(config);
}

static bool property_share_functions(const struct lv_zone_config *a,
                                     const struct lv_zone_config *b) {
    for (uint32_t i = 0; i < a->num_pci_functions; i++) {
        for (uint32_t j = 0; j < (a == b ? i : b->num_pci_functions); j++) {
            if (a->pci_functions[i].bus == b->pci_functions[j].bus &&
                a->pci_functions[i].devfn == b->pci_functions[j].devfn) {
                return true;
            }
        }
    }
    return false;
}

static const char *property_check_pair(const struct lv_zone_config *a,
                                       const struct lv_zone_config *b) {
    if (property_share_functions(a, b)) {
        return "a PCI function belongs twice";
    }
    if (a == b) {
        return NULL;
    }
    uint64_t vectors = 0;
    for (unsigned i = 0; i < LV_VECTOR_WORDS; i++) {
        vectors |= a->vectors[i] & b->vectors[i];
    }
    if (a->zone_id == b->zone_id || (a->cpus & b->cpus) != 0 || vectors != 0) {
        return "two zones have a number, a CPU or a vector in common";
    }
    return NULL;
}

/* A zone of an image lies outside the pool. */
static bool property_outside_pool(const struct lv_zone_config *root,
                                  const struct lv_zone_config *config) {
    for (uint32_t i = 0; i < root->num_regions; i++) {
        struct property_ranges ranges = {.count = 0};
        if (root->regions[i].type != LV_REGION_POOL) {
            continue;
        }
        property_add(&ranges, root->regions[i].hpa, root->regions[i].size);
        for (uint32_t j = 0; j < config->num_regions; j++) {
            if (config->regions[j].type == LV_REGION_RAM) {
                property_add(&ranges, config->regions[j].hpa, config->regions[j].size);
            }
        }
        property_add(&ranges, config->store_hpa, config->store_size);
        if (!property_disjoint(&ranges)) {
            return false;
        }
    }
    return true;
}

/* Where zones' memory and registers are: all of it disjoint, and made of the pool at run time. */
static const char *property_check_memory(const struct lv_board *board,
                                         const struct lv_zone_config *const *configs, size_t count,
                                         bool packed) {
    struct property_ranges *ranges = calloc(1, sizeof(*ranges));
    if (ranges == NULL) {
        abort();
    }
    bool pooled = true;
    property_add(ranges, board->hv_base, board->hv_size);
    for (size_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j < configs[i]->num_regions; j++) {
            const struct lv_region *region = &configs[i]->regions[j];
            if (region->type == LV_REGION_RAM || region->type == LV_REGION_IO) {
                property_add(ranges, region->hpa, region->size);
            }
            pooled = pooled && (i == 0 || region->type != LV_REGION_RAM ||
                                property_in_pool(configs[0], region->hpa, region->size));
        }
        property_add(ranges, configs[i]->store_hpa, configs[i]->store_size);
        pooled =
            pooled && (configs[i]->store_size == 0 ||
                       property_in_pool(configs[0], configs[i]->store_hpa, configs[i]->store_size));
    }
    bool disjoint = property_disjoint(ranges);
    free(ranges);
    if (!disjoint) {
        return "memory or registers belong twice";
    }
    if (packed) {
        return property_outside_pool(configs[0], configs[count - 1])
                   ? NULL
                   : "a zone of the image is in the pool";
    }
    return pooled ? NULL : "a zone is not made of the pool";
}

const char *property_check(const struct lv_board *board,
                           const struct lv_zone_config *const *configs, size_t count, bool packed) {
    uint64_t pages = 0;
    for (size_t i = 0; i < count; i++) {
        const char *wrong = property_check_one(board, configs[i], i == 0);
        for (size_t j = 0; j <= i && wrong == NULL; j++) {
            wrong = property_check_pair(configs[i], configs[j]);
        }
        if (wrong != NULL) {
            return wrong;
        }
        pages += stage2_config_pages(configs[i]);
    }
    if (pages > LV_STAGE2_POOL_PAGES && !packed) {
        return "the zones need more page tables than there are";
    }
    return property_check_memory(board, configs, count, packed);
}
