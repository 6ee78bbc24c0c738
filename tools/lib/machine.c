// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine.h"

#include "stage2_size.h"
#include "zone_file_check.h"
#include "zone_defaults.h"

#include <string.h>

/* A node for a value that is in no file; messages name `what`. */
static const struct json_node *machine_make_node(struct arena *arena, const char *what,
                                                 const char *field) {
    struct json_node *node = arena_alloc(arena, sizeof(*node));
    node->type = JSON_NODE_OBJECT;
    node->place.file = what;
    node->place.field = field;
    return node;
}

static void machine_set_members(const struct json_node *node, const uint64_t *words,
                                struct field_set *set) {
    set->node = node;
    for (unsigned i = 0; i < FIELD_SET_MAX; i++) {
        if ((words[i / 64] >> (i % 64) & 1) != 0) {
            set->words[i / 64] |= (uint64_t)1 << (i % 64);
            set->member[i] = node;
        }
    }
}

static void machine_import_regions(struct report *report, const struct lv_zone_config *config,
                                   struct zone_file *zone) {
    for (uint32_t i = 0; i < config->num_regions && i < LV_MAX_REGIONS; i++) {
        const struct lv_region *region = &config->regions[i];
        if (region->type < ZONE_NUM_REGION_TYPES) {
            zone_file_add_region(report, zone, zone->node, region);
        }
    }
}

static void machine_import_functions(const struct lv_zone_config *config, struct zone_file *zone) {
    for (uint32_t i = 0; i < config->num_pci_functions && i < LV_MAX_PCI_FUNCTIONS; i++) {
        const struct lv_pci_function *function = &config->pci_functions[i];
        zone->pci_devices[zone->num_pci_devices++] = (struct zone_pci_device){
            .node = zone->node,
            .bus = field_number_make(zone->node, function->bus),
            .device = field_number_make(zone->node, function->devfn >> 3),
            .function = field_number_make(zone->node, function->devfn & 7),
            .good = true,
        };
    }
}

/* An existing zone, in the form of a zone that was read from a file. */
static struct zone_file *machine_import_zone(struct report *report,
                                             const struct lv_zone_config *config) {
    struct arena *arena = report->arena;
    struct zone_file *zone = arena_alloc(arena, sizeof(*zone));
    const char *name = arena_copy_text(arena, config->name, strnlen(config->name, LV_NAME_SIZE));
    uint64_t cpus[FIELD_SET_MAX / 64] = {config->cpus};
    zone->node =
        machine_make_node(arena, arena_printf(arena, "zone %u (%s)", config->zone_id, name), NULL);
    zone->name = (struct field_text){name, zone->node};
    zone->id = field_number_make(zone->node, config->zone_id);
    zone->is_root = config->zone_id == LV_ROOT_ZONE_ID;
    zone->good = true;
    machine_set_members(zone->node, cpus, &zone->cpus);
    machine_set_members(zone->node, config->vectors, &zone->vectors);
    machine_import_regions(report, config, zone);
    machine_import_functions(config, zone);
    zone->store = (struct lv_range){config->store_hpa, config->store_size};
    return zone;
}

void machine_from_running(struct arena *arena, const struct lv_machine_info *info,
                          const struct lv_zone_config *configs, size_t count, struct machine *out) {
    struct report report = {.arena = arena};
    struct board *board = &out->board;
    *out = (struct machine){.online_cpus = info->online_cpus};
    board->node = machine_make_node(arena, "the running machine", NULL);
    board->num_cpus = info->num_cpus < LV_MAX_CPUS ? info->num_cpus : LV_MAX_CPUS;
    board->hypervisor.node = machine_make_node(arena, "the running machine", "hypervisor");
    board->hypervisor.base = field_number_make(board->hypervisor.node, info->hv_base);
    board->hypervisor.size = field_number_make(board->hypervisor.node, info->hv_size);
    for (size_t i = 0; i < count; i++) {
        machine_add_zone(out, machine_import_zone(&report, &configs[i]),
                         stage2_config_pages(&configs[i]));
    }
}

bool machine_add_zone(struct machine *machine, const struct zone_file *zone,
                      uint32_t stage2_pages) {
    if (machine->num_zones == LV_MAX_ZONES) {
        return false;
    }
    machine->zones[machine->num_zones++] = zone;
    machine->stage2_pages += stage2_pages;
    return true;
}

const struct zone_file *machine_find_zone(const struct machine *machine, uint64_t id) {
    for (size_t i = 0; i < machine->num_zones; i++) {
        if (machine->zones[i]->id.good && machine->zones[i]->id.value == id) {
            return machine->zones[i];
        }
    }
    return NULL;
}

/* The taken parts of the pool, in whole pieces. */
struct machine_taken {
    struct span *spans;
    size_t count;
};

static void machine_collect(struct arena *arena, const struct machine *machine,
                            const struct zone_file *own, struct machine_taken *taken) {
    const uint64_t mask = LV_BLOCK_SIZE - 1;
    size_t most = zone_count_spans(machine->zones, machine->num_zones) +
                  zone_count_spans(&own, own != NULL ? 1 : 0);
    taken->spans = arena_alloc_array(arena, most, sizeof(*taken->spans));
    taken->count = zone_collect_spans(&machine->board, machine->zones, machine->num_zones, false,
                                      taken->spans);
    if (own != NULL) {
        struct board none = {.node = NULL};
        taken->count += zone_collect_spans(&none, &own, 1, false, taken->spans + taken->count);
    }
    for (size_t i = 0; i < taken->count; i++) {
        struct span *span = &taken->spans[i];
        if (span_is_valid(span->base, span->size) && span->base + span->size <= UINT64_MAX - mask) {
            uint64_t end = (span->base + span->size + mask) & ~mask;
            span->base &= ~mask;
            span->size = end - span->base;
        }
    }
}

/* Calls `use` for each region of the pool until that says true. */
static bool machine_each_pool(const struct machine *machine,
                              bool (*use)(const struct span *pool, void *context), void *context) {
    const struct zone_file *root = machine_find_zone(machine, LV_ROOT_ZONE_ID);
    for (size_t i = 0; root != NULL && i < root->num_regions; i++) {
        const struct zone_region *region = &root->regions[i];
        bool is_pool = region->type == LV_REGION_POOL;
        for (struct lv_run run = {0}; is_pool && zone_region_run_next(region, &run);) {
            struct span pool = {.base = run.hpa, .size = run.size};
            if (span_is_valid(pool.base, pool.size) && use(&pool, context)) {
                return true;
            }
        }
    }
    return false;
}

struct machine_search {
    struct machine_taken taken;
    struct span_need need;
    uint64_t found;
    uint64_t free;
    uint64_t largest;
};

static bool machine_search_pool(const struct span *pool, void *context) {
    struct machine_search *search = context;
    return span_find_room(pool, search->taken.spans, search->taken.count, &search->need,
                          &search->found);
}

bool machine_find_room(struct arena *arena, const struct machine *machine,
                       const struct zone_file *own, const struct span_need *need, uint64_t *hpa) {
    struct machine_search search = {.need = *need};
    machine_collect(arena, machine, own, &search.taken);
    bool found = machine_each_pool(machine, machine_search_pool, &search);
    *hpa = search.found;
    return found;
}

static bool machine_is_free_in(const struct span *pool, void *context) {
    const struct machine_search *search = context;
    return span_contains(pool->base, pool->size, search->need.from, search->need.size) &&
           span_find(search->taken.spans, search->taken.count, search->need.from,
                     search->need.size) == NULL;
}

bool machine_is_free(struct arena *arena, const struct machine *machine, uint64_t hpa,
                     uint64_t size) {
    struct machine_search search = {.need = {.size = size, .from = hpa}};
    machine_collect(arena, machine, NULL, &search.taken);
    return span_is_valid(hpa, size) && machine_each_pool(machine, machine_is_free_in, &search);
}

/* The end of the taken span that holds `address`; 0: it is free. */
static uint64_t machine_skip(const struct machine_taken *taken, uint64_t address) {
    const struct span *span = span_find(taken->spans, taken->count, address, 1);
    return span ? span->base + span->size : 0;
}

/* Where the next taken span begins, or the pool ends. */
static uint64_t machine_next_taken(const struct machine_taken *taken, uint64_t address,
                                   uint64_t end) {
    for (size_t i = 0; i < taken->count; i++) {
        if (taken->spans[i].size != 0 && taken->spans[i].base >= address &&
            taken->spans[i].base < end) {
            end = taken->spans[i].base;
        }
    }
    return end;
}

static bool machine_count_pool(const struct span *pool, void *context) {
    struct machine_search *search = context;
    uint64_t end = pool->base + pool->size;
    for (uint64_t address = pool->base; address < end;) {
        uint64_t behind = machine_skip(&search->taken, address);
        if (behind != 0) {
            address = behind;
            continue;
        }
        uint64_t next = machine_next_taken(&search->taken, address, end);
        search->free += next - address;
        search->largest = next - address > search->largest ? next - address : search->largest;
        address = next;
    }
    return false;
}

uint64_t machine_count_free(struct arena *arena, const struct machine *machine,
                            const struct zone_file *own, uint64_t *largest) {
    struct machine_search search = {.free = 0};
    machine_collect(arena, machine, own, &search.taken);
    machine_each_pool(machine, machine_count_pool, &search);
    *largest = search.largest;
    return search.free;
}
