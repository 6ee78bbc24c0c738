// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/board.h>
#include <core/cpu.h>
#include <core/pool.h>
#include <core/zone.h>
#include <core/zone_check.h>
#include <lib/bits.h>
#include <lib/crc32.h>
#include <lib/string.h>
#include <loongvisor/zone_name.h>

#define PAYLOAD_ALIGN 8u
#define ZONE_FLAGS    (LV_ZONE_ROOT | LV_ZONE_CLEAR_RAM | LV_ZONE_PV_IPI)

/* Over header and zones, the field for the sum taken as 0. */
static uint32_t image_crc(const struct lv_image_header *image) {
    const uint8_t *bytes = (const void *)image;
    const size_t behind = offsetof(struct lv_image_header, crc32) + sizeof(image->crc32);
    const uint32_t none = 0;

    uint32_t crc = crc32_update(0, bytes, offsetof(struct lv_image_header, crc32));
    crc = crc32_update(crc, &none, sizeof(none));
    crc = crc32_update(crc, bytes + behind, sizeof(*image) - behind);
    return crc32_update(crc, bytes + image->zones_offset,
                        image->num_zones * sizeof(struct lv_zone_config));
}

const char *image_check(const struct lv_image_header *image) {
    if (image->magic != LV_IMAGE_MAGIC) {
        return "no packed image behind the hypervisor (bad magic)";
    }
    if (image->version != LV_IMAGE_VERSION || image->header_size != sizeof(*image)) {
        return "the packed image is of another version: pack it with this hypervisor's own packer";
    }
    if (!bits_is_aligned(arch_hpa(image), LV_IMAGE_ALIGN)) {
        return "the hypervisor does not run at a multiple of 64 KiB";
    }
    if (image->num_zones == 0 || image->num_zones > LV_MAX_ZONES ||
        image->zones_offset != sizeof(*image) ||
        image->total_size < sizeof(*image) + image->num_zones * sizeof(struct lv_zone_config)) {
        return "the packed image's zone table is out of bounds";
    }
    if (image_crc(image) != image->crc32) {
        return "the packed image is damaged (CRC)";
    }
    if (!bits_range_within(arch_hpa(image), image->total_size, image->board.hv_base,
                           image->board.hv_size)) {
        return "the packed image is not in the hypervisor's memory";
    }
    return board_check(&image->board);
}

static bool region_is_backed(const struct lv_region *region) {
    return region->type == LV_REGION_RAM || region->type == LV_REGION_IO ||
           region->type == LV_REGION_POOL;
}

/* The kind of device that the region is; NULL: it is memory. */
static const struct device_kind *region_kind(const struct lv_region *region) {
    return device_kinds[region->type];
}

static const char *region_check_shape(const struct lv_region *region, bool is_root) {
    if (region->type >= LV_REGION_TYPES) {
        return "a region has an unknown type";
    }
    const struct device_kind *kind = region_kind(region);
    if (kind == NULL && !region_is_backed(region)) {
        return "a region is of a type that this hypervisor was built without";
    }
    if (!bits_is_aligned(region->gpa | region->hpa | region->size, LV_PAGE_SIZE)) {
        return "a region is not made of whole pages";
    }
    if (!board_range_is_sound(region->gpa, region->size) ||
        !board_range_is_sound(region->hpa, region->size)) {
        return "a region is empty or outside the address space";
    }
    if (region->index != 0) {
        return "a region has an index, and its type has one device";
    }
    if (!region_is_backed(region) && region->hpa != 0) {
        return "a region without memory of its own names a host address";
    }
    if (kind != NULL && kind->size != 0 && region->size != kind->size) {
        return "a device's region is not of the device's size";
    }
    if ((region->flags & ~(region->type == LV_REGION_RAM && !is_root ? LV_REGION_SHARED : 0)) !=
        0) {
        return "a region has a flag that it cannot have";
    }
    if (region->type == LV_REGION_POOL &&
        (region->gpa != region->hpa ||
         !bits_is_aligned(region->hpa | region->size, LV_BLOCK_SIZE))) {
        return "a pool region is not made of blocks of 2 MiB at their own addresses";
    }
    return NULL;
}

static const char *region_check_io(const struct lv_board *board, const struct lv_region *region,
                                   bool is_root) {
    if (!board_has_device(board, region->hpa, region->size)) {
        return "an IO region is not in one device range of the board";
    }
    return is_root || !board_touches_own(board, region->hpa, region->size)
               ? NULL
               : "an IO region has the board's UART, power-off or reset, which are the root zone's";
}

static const char *region_check_backing(const struct lv_board *board,
                                        const struct lv_region *region, bool is_root) {
    if (!region_is_backed(region)) {
        return region_kind(region)->check != NULL ? region_kind(region)->check(board, region)
                                                  : NULL;
    }
    /* The devices that the root zone drives know HPAs alone. */
    if (is_root && region->gpa != region->hpa) {
        return "RAM, IO or pool of the root zone is not at its own address";
    }
    if (region->type == LV_REGION_IO) {
        return region_check_io(board, region, is_root);
    }
    if (bits_ranges_overlap(region->hpa, region->size, board->hv_base, board->hv_size)) {
        return "a region overlaps the hypervisor's memory";
    }
    return board_has_ram(board, region->hpa, region->size)
               ? NULL
               : "a RAM or pool region is not in the board's RAM";
}

static bool regions_clash_in_hpa(const struct lv_region *a, const struct lv_region *b) {
    return region_is_backed(a) && region_is_backed(b) &&
           bits_ranges_overlap(a->hpa, a->size, b->hpa, b->size);
}

static const char *regions_check_pair(const struct lv_region *a, const struct lv_region *b) {
    if (bits_ranges_overlap(a->gpa, a->size, b->gpa, b->size) || regions_clash_in_hpa(a, b)) {
        return "two regions of the zone overlap";
    }
    return a->type == b->type && region_kind(a) != NULL && region_kind(a)->single
               ? "a zone has two devices of a type of which it can have one"
               : NULL;
}

static const char *regions_check(const struct lv_board *board,
                                 const struct lv_zone_config *config) {
    bool is_root = (config->flags & LV_ZONE_ROOT) != 0;

    if (!is_root && lv_find_region(config, LV_REGION_POOL) != NULL) {
        return "a zone other than the root zone has a pool";
    }
    for (uint32_t i = 0; i < config->num_regions; i++) {
        const struct lv_region *region = &config->regions[i];
        const char *reason = region_check_shape(region, is_root);
        reason = reason != NULL ? reason : region_check_backing(board, region, is_root);
        for (uint32_t j = 0; j < i && reason == NULL; j++) {
            reason = regions_check_pair(region, &config->regions[j]);
        }
        if (reason != NULL) {
            return reason;
        }
    }
    return lv_find_region(config, LV_REGION_RAM) != NULL ? NULL : "the zone has no RAM";
}

static bool in_one_ram_region(const struct lv_zone_config *config, gpa_t gpa, uint64_t size) {
    for (uint32_t i = 0; i < config->num_regions; i++) {
        const struct lv_region *region = &config->regions[i];
        if (region->type == LV_REGION_RAM &&
            bits_range_within(gpa, size, region->gpa, region->size)) {
            return true;
        }
    }
    return false;
}

/* One would overwrite a part of the other before the zone's first instruction. */
static bool payload_clashes(const struct lv_zone_config *config, uint32_t index) {
    const struct lv_payload *payload = &config->payloads[index];

    for (uint32_t i = 0; i < index; i++) {
        const struct lv_payload *other = &config->payloads[i];
        if (bits_ranges_overlap(payload->gpa, payload->size, other->gpa, other->size)) {
            return true;
        }
    }
    return false;
}

/*
 * Payloads of the image are for its own zones: a zone that is made later could read those of
 * another one.
 */
static const char *payloads_check(const struct lv_image_header *image,
                                  const struct lv_zone_config *config, bool packed) {
    uint64_t limit = config->store_size != 0 ? config->store_size : image->total_size;

    if (!packed && config->num_payloads != 0 && config->store_size == 0) {
        return "the zone has something to load but no store";
    }
    for (uint32_t i = 0; i < config->num_payloads; i++) {
        const struct lv_payload *payload = &config->payloads[i];
        if (!bits_is_aligned(payload->offset | payload->gpa, PAYLOAD_ALIGN)) {
            return "a payload is not aligned";
        }
        if (!bits_range_within(payload->offset, payload->size, 0, limit)) {
            return "a payload is outside the image or the store";
        }
        if (!in_one_ram_region(config, payload->gpa, payload->size)) {
            return "a payload is not in one RAM region of the zone";
        }
        if (payload_clashes(config, i)) {
            return "two payloads overlap in the zone's RAM";
        }
    }
    return NULL;
}

static const char *cpus_check(const struct lv_board *board, const struct lv_zone_config *config) {
    if (config->cpus == 0 || (config->cpus & ~BITS(board->num_cpus - 1, 0)) != 0) {
        return "the zone has no CPU, or one that the board has not";
    }
    /* Without its others a zone runs, as a machine does one of whose CPUs is broken. */
    if (!cpu_is_online((cpu_id_t)__builtin_ctzll(config->cpus))) {
        return "the CPU of the zone's vCPU 0 did not start";
    }
    return NULL;
}

/* The memory and registers that a zone holds: its regions, and behind them its store. */
struct holdings {
    const struct lv_zone_config *config;
    uint32_t count;
    bool with_pool; /* the root zone's pool is held as well: nothing can be made of it */
};

static struct holdings holdings_of(const struct lv_zone_config *config, bool with_pool) {
    return (struct holdings){config, config->num_regions + 1, with_pool};
}

/* Size 0: nothing to hold. */
static struct lv_range holdings_range(const struct holdings *holdings, uint32_t index) {
    const struct lv_zone_config *config = holdings->config;

    if (index == config->num_regions) {
        return (struct lv_range){config->store_hpa, config->store_size};
    }
    const struct lv_region *region = &config->regions[index];
    bool held = region_is_backed(region) && (holdings->with_pool || region->type != LV_REGION_POOL);
    return held ? (struct lv_range){region->hpa, region->size} : (struct lv_range){0};
}

static bool holdings_touch(const struct holdings *holdings, const struct lv_range *range) {
    for (uint32_t i = 0; i < holdings->count; i++) {
        struct lv_range held = holdings_range(holdings, i);
        if (held.size != 0 && bits_ranges_overlap(held.base, held.size, range->base, range->size)) {
            return true;
        }
    }
    return false;
}

/* The store is made of RAM that no region has. */
static const char *store_check(const struct lv_board *board, const struct lv_zone_config *config) {
    const struct lv_range store = {config->store_hpa, config->store_size};
    const struct holdings regions = {config, config->num_regions, true};

    if (store.size == 0) {
        return store.base == 0 ? NULL : "the store has no size";
    }
    if (!bits_is_aligned(store.base | store.size, LV_PAGE_SIZE) ||
        !board_range_is_sound(store.base, store.size) ||
        !board_has_ram(board, store.base, store.size)) {
        return "the store is not made of whole pages of the board's RAM";
    }
    if (bits_ranges_overlap(store.base, store.size, board->hv_base, board->hv_size)) {
        return "the store overlaps the hypervisor's memory";
    }
    return holdings_touch(&regions, &store) ? "the store overlaps a region of the zone" : NULL;
}

/* What is made at run time is made of the pool: all else has an owner or is unknown. */
static const char *pool_check(const struct lv_zone_config *config) {
    const struct holdings all = holdings_of(config, false);

    for (uint32_t i = 0; i < all.count; i++) {
        struct lv_range held = holdings_range(&all, i);
        bool is_io = i < config->num_regions && config->regions[i].type == LV_REGION_IO;
        if (held.size != 0 && !is_io && !pool_contains(held.base, held.size)) {
            return "the zone's memory is not in the root zone's pool";
        }
    }
    return NULL;
}

static bool holdings_clash(const struct holdings *a, const struct holdings *b) {
    for (uint32_t i = 0; i < a->count; i++) {
        struct lv_range held = holdings_range(a, i);
        if (held.size != 0 && holdings_touch(b, &held)) {
            return true;
        }
    }
    return false;
}

bool zone_check_registers(const struct lv_board *board, hpa_t hpa, uint64_t size) {
    const struct lv_region region = {.type = LV_REGION_IO, .hpa = hpa, .size = size};
    const struct lv_range range = {hpa, size};
    bool is_free = region_check_io(board, &region, false) == NULL;

    for (uint32_t id = 0; id < LV_MAX_ZONES && is_free; id++) {
        const struct holdings held = holdings_of(&zone_slot(id)->config, true);
        is_free = zone_find(id) == NULL || !holdings_touch(&held, &range);
    }
    return is_free;
}

static bool functions_clash(const struct lv_pci_function *a, const struct lv_pci_function *b) {
    return a->bus == b->bus && a->devfn == b->devfn;
}

static bool functions_clash_between(const struct lv_zone_config *a,
                                    const struct lv_zone_config *b) {
    for (uint32_t i = 0; i < a->num_pci_functions; i++) {
        for (uint32_t j = 0; j < b->num_pci_functions; j++) {
            if (functions_clash(&a->pci_functions[i], &b->pci_functions[j])) {
                return true;
            }
        }
    }
    return false;
}

static const char *functions_check(const struct lv_zone_config *config) {
    for (uint32_t i = 0; i < config->num_pci_functions; i++) {
        const struct lv_pci_function *function = &config->pci_functions[i];
        for (uint32_t j = 0; j < i; j++) {
            const struct lv_pci_function *other = &config->pci_functions[j];
            if (functions_clash(function, other) || (function->zone_bus == other->zone_bus &&
                                                     function->zone_devfn == other->zone_devfn)) {
                return "the zone has a PCI function twice, or two at one place";
            }
        }
    }
    return NULL;
}

/* Interrupts reach CPUs 0 to 3 of the machine alone (LVZ reference 9.1). */
static const char *vectors_check(const struct lv_board *board,
                                 const struct lv_zone_config *config) {
    uint32_t groups;

    if (!irq_groups(config, &groups)) {
        return "the zone owns a part of a group of 32 interrupt vectors";
    }
    for (cpu_id_t cpu = 0; cpu < board->num_cpus && groups != 0; cpu++) {
        if ((config->cpus & BIT(cpu)) != 0 && cpu_is_online(cpu) &&
            board->phys_cpu_id[cpu] < LV_VECTOR_CPUS) {
            return NULL;
        }
    }
    return groups == 0 ? NULL : "the zone owns vectors but no CPU that they can reach";
}

static bool vectors_clash(const struct lv_zone_config *a, const struct lv_zone_config *b) {
    uint64_t shared = 0;

    for (uint32_t i = 0; i < LV_VECTOR_WORDS; i++) {
        shared |= a->vectors[i] & b->vectors[i];
    }
    return shared != 0;
}

/* A zone that is made at run time is made of the pool, a packed one lies outside. */
static const char *others_check(const struct lv_zone_config *config, bool packed) {
    const struct holdings own = holdings_of(config, packed);

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
        const struct holdings others = holdings_of(&other->config, packed);
        if (holdings_clash(&own, &others)) {
            return "memory or a device belongs to another zone";
        }
        if (vectors_clash(config, &other->config)) {
            return "an interrupt vector belongs to another zone";
        }
        if (functions_clash_between(config, &other->config)) {
            return "a PCI function belongs to another zone";
        }
    }
    return NULL;
}

static bool region_may_interrupt(const struct lv_region *region, bool is_root) {
    const struct device_kind *kind = region_kind(region);

    return kind != NULL && (kind->interrupt == DEVICE_INTERRUPTS ||
                            (kind->interrupt == DEVICE_TELLS_ROOT && is_root));
}

/* Whether the zone can have the interrupt: nothing else that it has owns it. */
static bool interrupt_is_sound(const struct lv_zone_config *config, uint32_t interrupt) {
    uint32_t number = interrupt & LV_INTERRUPT_NUMBER;

    if (interrupt == LV_INTERRUPT_VECTOR(number)) {
        return (config->vectors[number / 64] & BIT(number % 64)) == 0;
    }
    return interrupt == LV_INTERRUPT_LINE(number) && number < LV_NUM_LINES &&
           (config->cpu_lines & BIT(number)) == 0;
}

/* After the regions. */
static const char *interrupts_check(const struct lv_zone_config *config) {
    bool is_root = (config->flags & LV_ZONE_ROOT) != 0;

    for (uint32_t i = 0; i < config->num_regions; i++) {
        const struct lv_region *region = &config->regions[i];
        if (region->interrupt == LV_INTERRUPT_NONE) {
            continue;
        }
        if (!region_may_interrupt(region, is_root) ||
            !interrupt_is_sound(config, region->interrupt)) {
            return "an interrupt of a virtual device is not the zone's to give, or has no device";
        }
        for (uint32_t j = 0; j < i; j++) {
            if (config->regions[j].interrupt == region->interrupt) {
                return "two virtual devices have one interrupt";
            }
        }
    }
    return NULL;
}

static const char *policies_check(const struct lv_zone_config *config) {
    uint8_t most = (config->flags & LV_ZONE_ROOT) != 0 ? LV_POLICY_MACHINE : LV_POLICY_RESTART;

    if (config->on_poweroff > most || config->on_reboot > most ||
        config->on_failure > LV_POLICY_RESTART || config->on_watchdog > LV_POLICY_RESTART) {
        return "a policy is out of range";
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
    if ((config->flags & ~ZONE_FLAGS) != 0 || (config->cpu_lines & ~LV_LINES_MASK) != 0) {
        return "an unknown flag or CPU line is set";
    }
    if (!lv_name_is_good(config->name)) {
        return "the name is none, or looks like a number, an option or a file";
    }
    if (((config->flags & LV_ZONE_ROOT) != 0) != (config->zone_id == LV_ROOT_ZONE_ID)) {
        return "zone 0 and only zone 0 is the root zone";
    }
    return NULL;
}

/* RAM that is not cleared is made ready by the root zone, which sees it anyway. */
static const char *clearing_check(const struct lv_zone_config *config) {
    if ((config->flags & (LV_ZONE_ROOT | LV_ZONE_CLEAR_RAM)) != 0) {
        return NULL;
    }
    for (uint32_t i = 0; i < config->num_regions; i++) {
        const struct lv_region *region = &config->regions[i];
        if (region->type == LV_REGION_RAM && (region->flags & LV_REGION_SHARED) == 0) {
            return "a zone must have its RAM cleared, unless all of it is shared";
        }
    }
    return NULL;
}

const char *zone_check(const struct lv_image_header *image, const struct lv_zone_config *config,
                       bool packed) {
    const char *reason = fields_check(config);

    if (reason == NULL && !packed && config->zone_id == LV_ROOT_ZONE_ID) {
        reason = "the root zone is the image's";
    }
    reason = reason != NULL ? reason : cpus_check(&image->board, config);
    reason = reason != NULL ? reason : regions_check(&image->board, config);
    reason = reason != NULL ? reason : clearing_check(config);
    reason = reason != NULL ? reason : interrupts_check(config);
    reason = reason != NULL ? reason : policies_check(config);
    reason = reason != NULL ? reason : store_check(&image->board, config);
    reason = reason != NULL ? reason : payloads_check(image, config, packed);
    reason = reason != NULL ? reason : vectors_check(&image->board, config);
    reason = reason != NULL ? reason : functions_check(config);
    if (reason == NULL && !packed) {
        reason = pool_check(config);
    }
    return reason != NULL ? reason : others_check(config, packed);
}
