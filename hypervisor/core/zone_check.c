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
/* Of the longest name, its end included. */
#define REFUSAL_NAME_SIZE 16u

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

#define NAME_OF(name, what, words) #name,

#define NAME_FITS(name, what, words)                                                               \
    _Static_assert(sizeof(#name) <= REFUSAL_NAME_SIZE, #name " is too long");
LV_REFUSALS(NAME_FITS)

const char *refusal_name(enum lv_refusal number) {
    static const char names[][REFUSAL_NAME_SIZE] = {"", LV_REFUSALS(NAME_OF)};

    return names[number];
}

int64_t refusal_result(struct refusal refusal) {
    uint64_t error = refusal.number == LV_REFUSAL_EXISTS ? LV_EEXIST : LV_EINVAL;

    return -(int64_t)(error | (uint64_t)refusal.number << LV_REFUSAL_NUMBER_SHIFT |
                      (uint64_t)refusal.index << LV_REFUSAL_INDEX_SHIFT);
}

/* The zone that is to be made, and what it is judged by. */
struct candidate {
    const struct lv_image_header *image;
    const struct lv_board *board;
    const struct lv_zone_config *config;
    bool packed;
    bool is_root;
    uint32_t index; /* of what is looked at, as refusal.h counts it */
};

/* A rule of a check: the check ends with this refusal. */
#define REFUSE_IF(is_broken, name)                                                                 \
    do {                                                                                           \
        if (is_broken) {                                                                           \
            return LV_REFUSAL_##name;                                                              \
        }                                                                                          \
    } while (false)

static bool region_is_backed(const struct lv_region *region) {
    return region->type == LV_REGION_RAM || region->type == LV_REGION_IO ||
           region->type == LV_REGION_POOL;
}

/* The kind of device that the region is; NULL: it is memory. */
static const struct device_kind *region_kind(const struct lv_region *region) {
    return device_kinds[region->type];
}

static enum lv_refusal region_check_shape(const struct candidate *zone,
                                          const struct lv_region *region) {
    bool may_be_shared = region->type == LV_REGION_RAM && !zone->is_root;

    REFUSE_IF(region->type >= LV_REGION_TYPES, REGION_TYPE);
    const struct device_kind *kind = region_kind(region);
    REFUSE_IF(kind == NULL && !region_is_backed(region), REGION_UNBUILT);
    REFUSE_IF(!bits_is_aligned(region->gpa | region->hpa | region->size, LV_PAGE_SIZE),
              REGION_PAGES);
    REFUSE_IF(!board_range_is_sound(region->gpa, region->size), REGION_SPACE);
    REFUSE_IF(!board_range_is_sound(region->hpa, region->size), REGION_SPACE);
    REFUSE_IF(region->index != 0, REGION_INDEX);
    REFUSE_IF(!region_is_backed(region) && region->hpa != 0, REGION_HPA);
    REFUSE_IF(kind != NULL && kind->size != 0 && region->size != kind->size, REGION_SIZE);
    REFUSE_IF((region->flags & ~(may_be_shared ? LV_REGION_SHARED : 0)) != 0, REGION_FLAGS);
    return LV_REFUSAL_NONE;
}

static enum lv_refusal region_check_pool(const struct candidate *zone,
                                         const struct lv_region *region) {
    bool is_pool = region->type == LV_REGION_POOL;

    REFUSE_IF(is_pool && !zone->is_root, POOL_OF_GUEST);
    REFUSE_IF(region->type == LV_REGION_KICKS && !zone->is_root, KICKS_OF_GUEST);
    REFUSE_IF(is_pool && region->gpa != region->hpa, POOL_SHAPE);
    REFUSE_IF(is_pool && !bits_is_aligned(region->hpa | region->size, LV_BLOCK_SIZE), POOL_SHAPE);
    return LV_REFUSAL_NONE;
}

static enum lv_refusal registers_check(const struct lv_board *board, bool for_root, hpa_t hpa,
                                       uint64_t size) {
    REFUSE_IF(!board_has_device(board, hpa, size), IO_RANGE);
    REFUSE_IF(!for_root && board_touches_own(board, hpa, size), IO_ROOTS);
    return LV_REFUSAL_NONE;
}

static enum lv_refusal region_check_backing(const struct candidate *zone,
                                            const struct lv_region *region) {
    const struct lv_board *board = zone->board;

    if (!region_is_backed(region)) {
        const struct device_kind *kind = region_kind(region);
        return kind->check != NULL ? kind->check(board, region) : LV_REFUSAL_NONE;
    }
    /* The devices that the root zone drives know HPAs alone. */
    REFUSE_IF(zone->is_root && region->gpa != region->hpa, REGION_MOVED);
    if (region->type == LV_REGION_IO) {
        return registers_check(board, zone->is_root, region->hpa, region->size);
    }
    REFUSE_IF(bits_ranges_overlap(region->hpa, region->size, board->hv_base, board->hv_size),
              REGION_OURS);
    REFUSE_IF(!board_has_ram(board, region->hpa, region->size), REGION_NOT_RAM);
    return LV_REFUSAL_NONE;
}

/* RAM that is not cleared is made ready by the root zone, which sees it anyway. */
static enum lv_refusal region_check_clearing(const struct candidate *zone,
                                             const struct lv_region *region) {
    bool is_cleared = (zone->config->flags & (LV_ZONE_ROOT | LV_ZONE_CLEAR_RAM)) != 0;
    bool is_shared = (region->flags & LV_REGION_SHARED) != 0;

    REFUSE_IF(region->type == LV_REGION_RAM && !is_cleared && !is_shared, RAM_UNCLEARED);
    return LV_REFUSAL_NONE;
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

static enum lv_refusal region_check_interrupt(const struct candidate *zone,
                                              const struct lv_region *region) {
    const struct device_kind *kind = region_kind(region);

    if (region->interrupt == LV_INTERRUPT_NONE) {
        return LV_REFUSAL_NONE;
    }
    REFUSE_IF(kind == NULL || kind->interrupt == DEVICE_SILENT, INTERRUPT);
    REFUSE_IF(kind->interrupt == DEVICE_TELLS_ROOT && !zone->is_root, INTERRUPT);
    REFUSE_IF(!interrupt_is_sound(zone->config, region->interrupt), INTERRUPT);
    return LV_REFUSAL_NONE;
}

/* In this order: a later one relies on what an earlier one has found to be so. */
static enum lv_refusal (*const region_checks[])(const struct candidate *zone,
                                                const struct lv_region *region) = {
    region_check_shape,    region_check_pool,      region_check_backing,
    region_check_clearing, region_check_interrupt,
};

static bool regions_clash_in_hpa(const struct lv_region *a, const struct lv_region *b) {
    return region_is_backed(a) && region_is_backed(b) &&
           bits_ranges_overlap(a->hpa, a->size, b->hpa, b->size);
}

static enum lv_refusal region_check_beside(const struct lv_region *region,
                                           const struct lv_region *other) {
    const struct device_kind *kind = region_kind(region);

    REFUSE_IF(bits_ranges_overlap(region->gpa, region->size, other->gpa, other->size),
              REGION_OVERLAP);
    REFUSE_IF(regions_clash_in_hpa(region, other), REGION_OVERLAP);
    REFUSE_IF(region->type == other->type && kind != NULL && kind->single, REGION_SECOND);
    REFUSE_IF(region->interrupt != LV_INTERRUPT_NONE && region->interrupt == other->interrupt,
              INTERRUPT_TWICE);
    return LV_REFUSAL_NONE;
}

static enum lv_refusal region_check(const struct candidate *zone, const struct lv_region *region) {
    enum lv_refusal refusal = LV_REFUSAL_NONE;

    for (uint32_t i = 0; i < ARRAY_SIZE(region_checks) && refusal == LV_REFUSAL_NONE; i++) {
        refusal = region_checks[i](zone, region);
    }
    for (const struct lv_region *other = zone->config->regions;
         other < region && refusal == LV_REFUSAL_NONE; other++) {
        refusal = region_check_beside(region, other);
    }
    return refusal;
}

static enum lv_refusal regions_check(struct candidate *zone) {
    const struct lv_zone_config *config = zone->config;

    for (; zone->index < config->num_regions; zone->index++) {
        enum lv_refusal refusal = region_check(zone, &config->regions[zone->index]);
        if (refusal != LV_REFUSAL_NONE) {
            return refusal;
        }
    }
    zone->index = 0;
    REFUSE_IF(lv_find_region(config, LV_REGION_RAM) == NULL, NO_RAM);
    return LV_REFUSAL_NONE;
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
static enum lv_refusal payloads_check(struct candidate *zone) {
    const struct lv_zone_config *config = zone->config;
    uint64_t limit = config->store_size != 0 ? config->store_size : zone->image->total_size;

    REFUSE_IF(!zone->packed && config->num_payloads != 0 && config->store_size == 0, NO_STORE);
    for (; zone->index < config->num_payloads; zone->index++) {
        const struct lv_payload *payload = &config->payloads[zone->index];
        REFUSE_IF(!bits_is_aligned(payload->offset | payload->gpa, PAYLOAD_ALIGN), PAYLOAD_ALIGN);
        REFUSE_IF(!bits_range_within(payload->offset, payload->size, 0, limit), PAYLOAD_SOURCE);
        REFUSE_IF(!in_one_ram_region(config, payload->gpa, payload->size), PAYLOAD_TARGET);
        REFUSE_IF(payload_clashes(config, zone->index), PAYLOAD_OVERLAP);
    }
    return LV_REFUSAL_NONE;
}

static enum lv_refusal cpus_check(struct candidate *zone) {
    uint64_t cpus = zone->config->cpus;
    uint64_t absent = cpus & ~BITS(zone->board->num_cpus - 1, 0);

    REFUSE_IF(cpus == 0, NO_CPU);
    zone->index = bits_first(absent != 0 ? absent : cpus);
    REFUSE_IF(absent != 0, CPU_ABSENT);
    /* Without its others a zone runs, as a machine does one of whose CPUs is broken. */
    REFUSE_IF(!cpu_is_online(zone->index), CPU_OFFLINE);
    return LV_REFUSAL_NONE;
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
static enum lv_refusal store_check(struct candidate *zone) {
    const struct lv_board *board = zone->board;
    const struct lv_range store = {zone->config->store_hpa, zone->config->store_size};
    const struct holdings regions = {zone->config, zone->config->num_regions, true};

    REFUSE_IF(store.size == 0 && store.base != 0, STORE_SIZE);
    if (store.size == 0) {
        return LV_REFUSAL_NONE;
    }
    REFUSE_IF(!bits_is_aligned(store.base | store.size, LV_PAGE_SIZE), STORE_NOT_RAM);
    REFUSE_IF(!board_range_is_sound(store.base, store.size), STORE_NOT_RAM);
    REFUSE_IF(!board_has_ram(board, store.base, store.size), STORE_NOT_RAM);
    REFUSE_IF(bits_ranges_overlap(store.base, store.size, board->hv_base, board->hv_size),
              STORE_OURS);
    REFUSE_IF(holdings_touch(&regions, &store), STORE_OVERLAP);
    return LV_REFUSAL_NONE;
}

/* What is made at run time is made of the pool: all else has an owner or is unknown. */
static enum lv_refusal pool_check(struct candidate *zone) {
    const struct lv_zone_config *config = zone->config;
    const struct holdings all = holdings_of(config, false);

    for (; zone->index < all.count && !zone->packed; zone->index++) {
        struct lv_range held = holdings_range(&all, zone->index);
        bool is_io =
            zone->index < config->num_regions && config->regions[zone->index].type == LV_REGION_IO;
        REFUSE_IF(held.size != 0 && !is_io && !pool_contains(held.base, held.size),
                  REGION_NOT_POOL);
    }
    return LV_REFUSAL_NONE;
}

bool zone_check_registers(const struct lv_board *board, hpa_t hpa, uint64_t size) {
    const struct lv_range range = {hpa, size};
    bool is_free = registers_check(board, false, hpa, size) == LV_REFUSAL_NONE;

    for (uint32_t id = 0; id < LV_MAX_ZONES && is_free; id++) {
        const struct holdings held = holdings_of(&zone_slot(id)->config, true);
        is_free = zone_find(id) == NULL || !holdings_touch(&held, &range);
    }
    return is_free;
}

static enum lv_refusal virtio_check(struct candidate *zone) {
    return zone_virtio_check(zone->config, &zone->index);
}

static bool functions_are_one(const struct lv_pci_function *a, const struct lv_pci_function *b) {
    return a->bus == b->bus && a->devfn == b->devfn;
}

static enum lv_refusal functions_check(struct candidate *zone) {
    for (; zone->index < zone->config->num_pci_functions; zone->index++) {
        const struct lv_pci_function *function = &zone->config->pci_functions[zone->index];
        const struct lv_pci_function *other = zone->config->pci_functions;
        for (; other < function; other++) {
            REFUSE_IF(functions_are_one(function, other), FUNCTION_TWICE);
            REFUSE_IF(function->zone_bus == other->zone_bus &&
                          function->zone_devfn == other->zone_devfn,
                      FUNCTION_TWICE);
        }
    }
    return LV_REFUSAL_NONE;
}

/* Interrupts reach CPUs 0 to 3 of the machine alone (LVZ reference 9.1). */
static enum lv_refusal vectors_check(struct candidate *zone) {
    const struct lv_board *board = zone->board;
    uint32_t groups = 0;

    REFUSE_IF(!irq_groups(zone->config, &groups), VECTOR_GROUP);
    for (cpu_id_t cpu = 0; cpu < board->num_cpus && groups != 0; cpu++) {
        if ((zone->config->cpus & BIT(cpu)) != 0 && cpu_is_online(cpu) &&
            board->phys_cpu_id[cpu] < LV_VECTOR_CPUS) {
            return LV_REFUSAL_NONE;
        }
    }
    REFUSE_IF(groups != 0, VECTOR_REACH);
    return LV_REFUSAL_NONE;
}

static enum lv_refusal policies_check(struct candidate *zone) {
    const struct lv_zone_config *config = zone->config;
    uint8_t most = zone->is_root ? LV_POLICY_MACHINE : LV_POLICY_RESTART;

    REFUSE_IF(config->on_poweroff > most || config->on_reboot > most, POLICY);
    REFUSE_IF(config->on_failure > LV_POLICY_RESTART, POLICY);
    REFUSE_IF(config->on_watchdog > LV_POLICY_RESTART, POLICY);
    return LV_REFUSAL_NONE;
}

static enum lv_refusal fields_check(struct candidate *zone) {
    const struct lv_zone_config *config = zone->config;

    REFUSE_IF(config->magic != LV_ZONE_MAGIC || config->version != LV_ZONE_VERSION, VERSION);
    REFUSE_IF(config->size != sizeof(*config), VERSION);
    REFUSE_IF(config->zone_id >= LV_MAX_ZONES, COUNT);
    REFUSE_IF(config->num_regions > LV_MAX_REGIONS, COUNT);
    REFUSE_IF(config->num_payloads > LV_MAX_PAYLOADS, COUNT);
    REFUSE_IF(config->num_pci_functions > LV_MAX_PCI_FUNCTIONS, COUNT);
    REFUSE_IF(config->num_virtio > LV_MAX_VIRTIO, COUNT);
    REFUSE_IF(zone_find(config->zone_id) != NULL, EXISTS);
    REFUSE_IF((config->flags & ~ZONE_FLAGS) != 0, FLAGS);
    REFUSE_IF((config->cpu_lines & ~LV_LINES_MASK) != 0, LINES);
    REFUSE_IF(!lv_name_is_good(config->name), NAME);
    REFUSE_IF(zone->is_root != (config->zone_id == LV_ROOT_ZONE_ID), ROOT_ID);
    REFUSE_IF(zone->is_root && !zone->packed, ROOT_LATE);
    return LV_REFUSAL_NONE;
}

static enum lv_refusal other_check_cpus(struct candidate *zone,
                                        const struct lv_zone_config *other) {
    uint64_t cpus = zone->config->cpus & other->cpus;

    zone->index = cpus != 0 ? bits_first(cpus) : 0;
    return cpus != 0 ? LV_REFUSAL_CPU_TAKEN : LV_REFUSAL_NONE;
}

static enum lv_refusal other_check_memory(struct candidate *zone,
                                          const struct lv_zone_config *other) {
    const struct holdings own = holdings_of(zone->config, zone->packed);
    const struct holdings others = holdings_of(other, zone->packed);

    for (zone->index = 0; zone->index < own.count; zone->index++) {
        struct lv_range held = holdings_range(&own, zone->index);
        REFUSE_IF(held.size != 0 && holdings_touch(&others, &held), REGION_TAKEN);
    }
    return LV_REFUSAL_NONE;
}

static enum lv_refusal other_check_vectors(struct candidate *zone,
                                           const struct lv_zone_config *other) {
    for (uint32_t i = 0; i < LV_VECTOR_WORDS; i++) {
        uint64_t vectors = zone->config->vectors[i] & other->vectors[i];
        zone->index = vectors != 0 ? i * 64 + bits_first(vectors) : 0;
        REFUSE_IF(vectors != 0, VECTOR_TAKEN);
    }
    return LV_REFUSAL_NONE;
}

static enum lv_refusal other_check_functions(struct candidate *zone,
                                             const struct lv_zone_config *other) {
    const struct lv_zone_config *config = zone->config;

    for (zone->index = 0; zone->index < config->num_pci_functions; zone->index++) {
        for (uint32_t i = 0; i < other->num_pci_functions; i++) {
            REFUSE_IF(
                functions_are_one(&config->pci_functions[zone->index], &other->pci_functions[i]),
                FUNCTION_TAKEN);
        }
    }
    return LV_REFUSAL_NONE;
}

static enum lv_refusal (*const other_checks[])(struct candidate *zone,
                                               const struct lv_zone_config *other) = {
    other_check_cpus,
    other_check_memory,
    other_check_vectors,
    other_check_functions,
};

static enum lv_refusal others_check(struct candidate *zone) {
    enum lv_refusal refusal = LV_REFUSAL_NONE;

    for (uint32_t id = 0; id < LV_MAX_ZONES; id++) {
        const struct zone *other = zone_find(id);
        for (uint32_t i = 0; i < ARRAY_SIZE(other_checks) && other != NULL; i++) {
            refusal = other_checks[i](zone, &other->config);
            if (refusal != LV_REFUSAL_NONE) {
                return refusal;
            }
        }
    }
    return refusal;
}

/* In this order: a later one relies on what an earlier one has found to be so. */
static enum lv_refusal (*const checks[])(struct candidate *zone) = {
    fields_check,  cpus_check,      regions_check, policies_check, store_check,  payloads_check,
    vectors_check, functions_check, virtio_check,  pool_check,     others_check,
};

struct refusal zone_check(const struct lv_image_header *image, const struct lv_zone_config *config,
                          bool packed) {
    bool is_root = (config->flags & LV_ZONE_ROOT) != 0;
    struct candidate zone = {image, &image->board, config, packed, is_root, 0};
    enum lv_refusal refusal = LV_REFUSAL_NONE;

    for (uint32_t i = 0; i < ARRAY_SIZE(checks) && refusal == LV_REFUSAL_NONE; i++) {
        zone.index = 0;
        refusal = checks[i](&zone);
    }
    return (struct refusal){refusal, zone.index};
}
