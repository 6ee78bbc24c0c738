// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/cpu.h>
#include <core/pool.h>
#include <core/zone.h>
#include <core/zone_check.h>
#include <lib/bits.h>
#include <lib/crc32.h>
#include <lib/string.h>
#include <loongvisor/zone_name.h>

#define PAYLOAD_ALIGN 8u
#define POOL_ALIGN    (2u << 20)
/* The send registers have 10 bits for it (LVZ reference 9.1). */
#define PHYS_CPU_ID_MAX 1023u
#define ZONE_FLAGS      (LV_ZONE_ROOT | LV_ZONE_CLEAR_RAM | LV_ZONE_PV_IPI)
#define HWI_LINES       0xffu
#define HWI_LINE_COUNT  8u

static uint32_t image_crc(const struct lv_image_header *image) {
    struct lv_image_header copy = *image;
    size_t zones_size = image->num_zones * sizeof(struct lv_zone_config);

    copy.crc32 = 0;
    uint32_t crc = crc32_update(0, &copy, sizeof(copy));
    return crc32_update(crc, (const uint8_t *)image + image->zones_offset, zones_size);
}

static bool range_is_sound(uint64_t base, uint64_t size) {
    return size != 0 && bits_range_within(base, size, 0, BIT(LV_GPA_BITS));
}

static const char *board_check_memory(const struct lv_image_header *image) {
    const struct lv_board *board = &image->board;

    if (board->num_ram > LV_BOARD_MAX_RANGES) {
        return "the board has too many memory ranges";
    }
    for (uint32_t i = 0; i < board->num_ram; i++) {
        if (!range_is_sound(board->ram[i].base, board->ram[i].size)) {
            return "a memory range of the board is empty or outside the address space";
        }
    }
    if (!range_is_sound(board->hv_base, board->hv_size) ||
        !bits_range_within(arch_hpa(image), image->total_size, board->hv_base, board->hv_size)) {
        return "the packed image is not in the hypervisor's memory";
    }
    return NULL;
}

static const char *board_check_cpus(const struct lv_board *board) {
    if (board->num_cpus == 0 || board->num_cpus > LV_MAX_CPUS) {
        return "the board has no CPU or too many";
    }
    for (uint32_t i = 0; i < board->num_cpus; i++) {
        if (board->phys_cpu_id[i] > PHYS_CPU_ID_MAX) {
            return "a physical CPU number of the board is out of range";
        }
        for (uint32_t j = 0; j < i; j++) {
            if (board->phys_cpu_id[i] == board->phys_cpu_id[j]) {
                return "two CPUs of the board have the same physical number";
            }
        }
    }
    return NULL;
}

static const char *board_check(const struct lv_image_header *image) {
    const struct lv_board *board = &image->board;
    const char *reason = board_check_cpus(board);

    if (strnlen(board->name, LV_NAME_SIZE) == LV_NAME_SIZE) {
        return "the board's name is not terminated";
    }
    if (board->pci_access > LV_PCI_LOONGSON ||
        !bits_range_within(board->pci_base, board->pci_size, 0, BIT(LV_GPA_BITS))) {
        return "the board's PCI configuration space is out of range";
    }
    return reason != NULL ? reason : board_check_memory(image);
}

const char *image_check(const struct lv_image_header *image) {
    if (image->magic != LV_IMAGE_MAGIC) {
        return "no packed image behind the hypervisor (bad magic)";
    }
    if (image->version != LV_IMAGE_VERSION || image->header_size != sizeof(*image)) {
        return "the packed image is of another version";
    }
    if (image->num_zones == 0 || image->num_zones > LV_MAX_ZONES ||
        image->zones_offset != sizeof(*image) ||
        image->total_size < sizeof(*image) + image->num_zones * sizeof(struct lv_zone_config)) {
        return "the packed image's zone table is out of bounds";
    }
    if (image_crc(image) != image->crc32) {
        return "the packed image is damaged (CRC)";
    }
    return board_check(image);
}

static bool region_is_backed(const struct lv_region *region) {
    return region->type == LV_REGION_RAM || region->type == LV_REGION_IO ||
           region->type == LV_REGION_POOL;
}

/* Regions that are one page, of which a zone has one at the most. */
static bool region_is_single(const struct lv_region *region) {
    return region->type == LV_REGION_INFO || region->type == LV_REGION_UART ||
           region->type == LV_REGION_POWER;
}

static bool region_in_board_ram(const struct lv_board *board, const struct lv_region *region) {
    for (uint32_t i = 0; i < board->num_ram; i++) {
        if (bits_range_within(region->hpa, region->size, board->ram[i].base, board->ram[i].size)) {
            return true;
        }
    }
    return false;
}

static bool region_overlaps_board_ram(const struct lv_board *board,
                                      const struct lv_region *region) {
    for (uint32_t i = 0; i < board->num_ram; i++) {
        if (bits_ranges_overlap(region->hpa, region->size, board->ram[i].base,
                                board->ram[i].size)) {
            return true;
        }
    }
    return false;
}

bool zone_has_region(const struct lv_zone_config *config, enum lv_region_type type) {
    for (uint32_t i = 0; i < config->num_regions; i++) {
        if (config->regions[i].type == type) {
            return true;
        }
    }
    return false;
}

static const char *region_check_shape(const struct lv_region *region) {
    if (region->type > LV_REGION_POOL) {
        return "a region has an unknown type";
    }
    if (!bits_is_aligned(region->gpa | region->hpa | region->size, LV_PAGE_SIZE)) {
        return "a region is not made of whole pages";
    }
    if (!range_is_sound(region->gpa, region->size) || !range_is_sound(region->hpa, region->size)) {
        return "a region is empty or outside the address space";
    }
    if (!region_is_backed(region) && region->hpa != 0) {
        return "a region without memory of its own names a host address";
    }
    if (region_is_single(region) && region->size != LV_PAGE_SIZE) {
        return "an info, UART or power region is not one page";
    }
    if ((region->flags & ~(region->type == LV_REGION_RAM ? LV_REGION_SHARED : 0)) != 0) {
        return "a region has a flag that it cannot have";
    }
    if (region->type == LV_REGION_POOL &&
        (region->gpa != region->hpa || !bits_is_aligned(region->hpa | region->size, POOL_ALIGN))) {
        return "a pool region is not made of blocks of 2 MiB at their own addresses";
    }
    return NULL;
}

static const char *region_check_backing(const struct lv_board *board,
                                        const struct lv_region *region) {
    if (!region_is_backed(region)) {
        return NULL;
    }
    if (bits_ranges_overlap(region->hpa, region->size, board->hv_base, board->hv_size)) {
        return "a region overlaps the hypervisor's memory";
    }
    if (region->type != LV_REGION_IO) {
        return region_in_board_ram(board, region)
                   ? NULL
                   : "a RAM or pool region is not in the board's RAM";
    }
    if (region_overlaps_board_ram(board, region)) {
        return "an IO region overlaps the board's RAM";
    }
    if (bits_ranges_overlap(region->hpa, region->size, board->pci_base, board->pci_size)) {
        return "an IO region overlaps PCI configuration space, which is mediated";
    }
    return NULL;
}

static bool regions_clash_in_hpa(const struct lv_region *a, const struct lv_region *b) {
    return region_is_backed(a) && region_is_backed(b) &&
           bits_ranges_overlap(a->hpa, a->size, b->hpa, b->size);
}

static const char *regions_check_pair(const struct lv_region *a, const struct lv_region *b) {
    if (bits_ranges_overlap(a->gpa, a->size, b->gpa, b->size) || regions_clash_in_hpa(a, b)) {
        return "two regions of the zone overlap";
    }
    return region_is_single(a) && a->type == b->type ? "a zone has two info, UART or power regions"
                                                     : NULL;
}

static const char *regions_check(const struct lv_board *board,
                                 const struct lv_zone_config *config) {
    if ((config->flags & LV_ZONE_ROOT) == 0 && zone_has_region(config, LV_REGION_POOL)) {
        return "a zone other than the root zone has a pool";
    }
    for (uint32_t i = 0; i < config->num_regions; i++) {
        const struct lv_region *region = &config->regions[i];
        const char *reason = region_check_shape(region);
        reason = reason != NULL ? reason : region_check_backing(board, region);
        for (uint32_t j = 0; j < i && reason == NULL; j++) {
            reason = regions_check_pair(region, &config->regions[j]);
        }
        if (reason != NULL) {
            return reason;
        }
    }
    return NULL;
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
        if (!bits_is_aligned(payload->image_offset | payload->gpa, PAYLOAD_ALIGN)) {
            return "a payload is not aligned";
        }
        if (!bits_range_within(payload->image_offset, payload->size, 0, limit)) {
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

/* Memory that a zone holds, the store behind the regions; size 0: nothing to hold. */
static struct lv_range held_range(const struct lv_zone_config *config, uint32_t index) {
    struct lv_range none = {0};

    if (index == config->num_regions) {
        return (struct lv_range){config->store_hpa, config->store_size};
    }
    const struct lv_region *region = &config->regions[index];
    return region->type == LV_REGION_RAM || region->type == LV_REGION_IO
               ? (struct lv_range){region->hpa, region->size}
               : none;
}

/* Whether one of the first count things that the zone holds overlaps the range. */
static bool held_by(const struct lv_zone_config *config, uint32_t count,
                    const struct lv_range *range) {
    for (uint32_t i = 0; i < count; i++) {
        struct lv_range held = held_range(config, i);
        if (held.size != 0 && bits_ranges_overlap(held.base, held.size, range->base, range->size)) {
            return true;
        }
    }
    return false;
}

/* The store is made of RAM that no region has. */
static const char *store_check(const struct lv_board *board, const struct lv_zone_config *config) {
    const struct lv_region store = {.hpa = config->store_hpa, .size = config->store_size};
    const struct lv_range range = {store.hpa, store.size};

    if (config->store_size == 0) {
        return config->store_hpa == 0 ? NULL : "the store has no size";
    }
    if (!bits_is_aligned(store.hpa | store.size, LV_PAGE_SIZE) ||
        !range_is_sound(store.hpa, store.size) || !region_in_board_ram(board, &store)) {
        return "the store is not made of whole pages of the board's RAM";
    }
    if (bits_ranges_overlap(store.hpa, store.size, board->hv_base, board->hv_size)) {
        return "the store overlaps the hypervisor's memory";
    }
    return held_by(config, config->num_regions, &range) ? "the store overlaps a region of the zone"
                                                        : NULL;
}

/* What is made at run time is made of the pool: all else has an owner or is unknown. */
static const char *pool_check(const struct lv_zone_config *config) {
    for (uint32_t i = 0; i <= config->num_regions; i++) {
        struct lv_range held = held_range(config, i);
        bool is_io = i < config->num_regions && config->regions[i].type == LV_REGION_IO;
        if (held.size != 0 && !is_io && !pool_contains(held.base, held.size)) {
            return "the zone's memory is not in the root zone's pool";
        }
    }
    return NULL;
}

static bool memory_clashes_between(const struct lv_zone_config *a, const struct lv_zone_config *b) {
    for (uint32_t i = 0; i <= a->num_regions; i++) {
        struct lv_range held = held_range(a, i);
        if (held.size != 0 && held_by(b, b->num_regions + 1, &held)) {
            return true;
        }
    }
    return false;
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

    if (!eiointc_groups(config, &groups)) {
        return "the zone owns a part of a group of 32 interrupt vectors";
    }
    for (cpu_id_t cpu = 0; cpu < board->num_cpus && groups != 0; cpu++) {
        if ((config->cpus & BIT(cpu)) != 0 && cpu_is_online(cpu) &&
            board->phys_cpu_id[cpu] < EIOINTC_CPUS) {
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
        if (memory_clashes_between(config, &other->config)) {
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

/* Whether the zone can have the interrupt, and has the device: one with a region of that type. */
static bool interrupt_is_sound(const struct lv_zone_config *config, uint32_t interrupt,
                               bool has_device) {
    uint32_t number = interrupt & LV_INTERRUPT_NUMBER;

    if (interrupt == LV_INTERRUPT_NONE) {
        return true;
    }
    if (interrupt == LV_INTERRUPT_VECTOR(number)) {
        return has_device && (config->vectors[number / 64] & BIT(number % 64)) == 0;
    }
    return has_device && interrupt == LV_INTERRUPT_LINE(number) && number < HWI_LINE_COUNT &&
           (config->hwi_lines & BIT(number)) == 0;
}

static bool interrupts_clash(uint32_t a, uint32_t b) {
    return a != LV_INTERRUPT_NONE && a == b;
}

/* After the regions. */
static const char *interrupts_check(const struct lv_zone_config *config) {
    bool is_root = (config->flags & LV_ZONE_ROOT) != 0;

    if (!interrupt_is_sound(config, config->uart_interrupt,
                            zone_has_region(config, LV_REGION_UART)) ||
        !interrupt_is_sound(config, config->power_interrupt,
                            zone_has_region(config, LV_REGION_POWER)) ||
        !interrupt_is_sound(config, config->event_interrupt, is_root)) {
        return "an interrupt of a virtual device is not the zone's to give, or has no device";
    }
    if (interrupts_clash(config->uart_interrupt, config->power_interrupt) ||
        interrupts_clash(config->power_interrupt, config->event_interrupt) ||
        interrupts_clash(config->event_interrupt, config->uart_interrupt)) {
        return "two virtual devices have one interrupt";
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
    if ((config->flags & ~ZONE_FLAGS) != 0 || (config->hwi_lines & ~HWI_LINES) != 0) {
        return "an unknown flag or CPU line is set";
    }
    if (!lv_name_is_good(config->name)) {
        return "the name is none, or looks like a number, an option or a file";
    }
    if (config->reserved != 0) {
        return "a reserved field is not 0";
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
    return reason != NULL ? reason : others_check(config);
}
