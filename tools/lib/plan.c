// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan.h"

#include "hvisor.h"
#include "json_file.h"
#include "stage2_size.h"
#include "zone_file_check.h"
#include "zone_defaults.h"
#include "zone_load.h"

#include <inttypes.h>
#include <string.h>

/* zone_config.h: a payload's offset is a multiple of 8. */
#define PLAN_LOAD_ALIGN 8u

#define PLAN_MIB ((uint64_t)1 << 20)
/* RAM of at least this size is placed on a multiple of it if possible, for leaves of 1 GiB. */
#define PLAN_LARGE ((uint64_t)1 << 30)

static uint64_t plan_align(uint64_t value, uint64_t align) {
    return (value + align - 1) & ~(align - 1);
}

static uint64_t plan_free_cpus(const struct machine *machine) {
    uint64_t cpus = machine->online_cpus;
    for (size_t i = 0; i < machine->num_zones; i++) {
        cpus &= ~machine->zones[i]->cpus.words[0];
    }
    return cpus;
}

/* The lowest free ones. */
static void plan_place_cpus(struct report *report, const struct machine *machine,
                            struct zone_file *zone) {
    const struct field_number *count = &zone->cpu_count;
    uint64_t cpus = plan_free_cpus(machine);
    unsigned number = (unsigned)__builtin_popcountll(cpus);
    if (!count->good || count->value > LV_MAX_CPUS) {
        return;
    }
    if (number < count->value) {
        report_error(report, &count->node->place, "stop and destroy a zone, or ask for fewer",
                     "%u CPUs of the machine are free", number);
        return;
    }
    zone->cpus.node = count->node;
    for (uint64_t left = count->value; left != 0; left--) {
        unsigned cpu = (unsigned)__builtin_ctzll(cpus);
        zone->cpus.words[0] |= (uint64_t)1 << cpu;
        zone->cpus.member[cpu] = count->node;
        cpus &= cpus - 1;
    }
}

static void plan_check_online(struct report *report, const struct machine *machine,
                              const struct zone_file *zone) {
    uint64_t offline = zone->cpus.words[0] & ~machine->online_cpus;
    for (unsigned i = 0; i < machine->board.num_cpus; i++) {
        if ((offline >> i & 1) != 0) {
            report_error(report, &zone->cpus.member[i]->place, "choose another",
                         "CPU %u did not start", i);
        }
    }
}

static void plan_report_full(struct report *report, const struct machine *machine,
                             const struct zone_file *zone, const struct place *place,
                             uint64_t size) {
    uint64_t largest = 0;
    uint64_t free = machine_count_free(report->arena, machine, zone, &largest);
    report_error(report, place, "destroy a zone, or ask for less",
                 "no room for %" PRIu64 " MiB in the root zone's pool: %" PRIu64
                 " MiB are free, the largest piece has %" PRIu64 " MiB",
                 size / PLAN_MIB, free / PLAN_MIB, largest / PLAN_MIB);
}

static bool plan_find_room(struct arena *arena, const struct machine *machine,
                           const struct zone_file *zone, uint64_t size, uint64_t *hpa) {
    const struct span_need large = {.size = size, .align = PLAN_LARGE};
    const struct span_need small = {.size = size, .align = LV_BLOCK_SIZE};
    return (size >= PLAN_LARGE && machine_find_room(arena, machine, zone, &large, hpa)) ||
           machine_find_room(arena, machine, zone, &small, hpa);
}

static void plan_place_regions(struct report *report, const struct machine *machine,
                               struct zone_file *zone) {
    for (size_t i = 0; i < zone->num_regions; i++) {
        struct zone_region *region = &zone->regions[i];
        if (!region->good || !region->floating) {
            continue;
        }
        uint64_t size = plan_align(region->size.value, LV_BLOCK_SIZE);
        uint64_t hpa = 0;
        if (!plan_find_room(report->arena, machine, zone, size, &hpa)) {
            plan_report_full(report, machine, zone, &region->size.node->place, size);
            return;
        }
        region->hpa = field_number_make(region->node, hpa);
        region->floating = false;
    }
}

/* A zone of the root zone's kind belongs to the image, and the pool to the root zone. */
static bool plan_check_machine(struct report *report, const struct machine *machine,
                               const struct zone_file *zone) {
    const struct zone_file *root = machine_find_zone(machine, LV_ROOT_ZONE_ID);
    if (zone->is_root) {
        report_error(report, &zone->id.node->place, "pack it into an image with loongvisor-pack",
                     "the root zone cannot be made on a running machine");
        return false;
    }
    if (root == NULL || zone_file_find_region(root, LV_REGION_POOL) == NULL) {
        report_error(report, &zone->node->place,
                     "give the root zone a region of type \"pool\" and pack the image again",
                     "the root zone has no memory that zones are made of");
        return false;
    }
    if (machine->num_zones == LV_MAX_ZONES) {
        report_error(report, &zone->node->place, "destroy a zone",
                     "there are %u zones already, no more can be", LV_MAX_ZONES);
        return false;
    }
    return true;
}

/* Places each part in the store. Returns the store's size. */
static uint64_t plan_lay_out(struct plan *plan) {
    const struct payload_list *payloads = &plan->image.payloads;
    uint64_t offset = 0;
    plan->num_loads = payloads->count;
    for (size_t i = 0; i < payloads->count; i++) {
        plan->loads[i] = (struct plan_load){.what = payloads->items[i].what,
                                            .bytes = payloads->items[i].bytes,
                                            .size = payloads->items[i].size,
                                            .offset = offset};
        plan->config.payloads[i].offset = offset;
        offset = plan_align(offset + payloads->items[i].size, PLAN_LOAD_ALIGN);
    }
    return plan_align(offset, LV_BLOCK_SIZE);
}

static void plan_place_store(struct report *report, const struct machine *machine,
                             struct plan *plan) {
    struct lv_zone_config *config = &plan->config;
    uint64_t size = plan_lay_out(plan);
    uint64_t hpa = 0;
    if (size == 0) {
        return;
    }
    const struct span_need need = {.size = size, .align = LV_BLOCK_SIZE};
    if (!machine_find_room(report->arena, machine, &plan->zone, &need, &hpa)) {
        plan_report_full(report, machine, &plan->zone, &plan->zone.node->place, size);
        return;
    }
    config->store_hpa = hpa;
    config->store_size = size;
    plan->zone.store = (struct lv_range){hpa, size};
}

static void plan_check_tables(struct report *report, const struct machine *machine,
                              const struct plan *plan) {
    uint64_t needed = stage2_config_pages(&plan->config);
    uint64_t left = machine->stage2_pages < LV_STAGE2_POOL_PAGES
                        ? LV_STAGE2_POOL_PAGES - machine->stage2_pages
                        : 0;
    if (needed > left) {
        report_error(report, &plan->zone.node->place,
                     "align RAM and its HPA to 2 MiB alike, or destroy a zone",
                     "its page tables take %" PRIu64 " pages and the hypervisor has %" PRIu64
                     " left",
                     needed, left);
    }
}

static bool plan_build(struct report *report, const struct machine *machine,
                       const struct file_search *search, struct plan *out) {
    if (!zone_build(report, &out->zone, search, &out->image)) {
        return false;
    }
    out->config = out->image.config;
    plan_check_tables(report, machine, out);
    plan_place_store(report, machine, out);
    out->image.config = out->config;
    return true;
}

static void plan_place(struct report *report, const struct machine *machine,
                       struct zone_file *zone) {
    if (zone->is_hvisor) {
        hvisor_fit(report, machine, zone);
    }
    plan_place_cpus(report, machine, zone);
    plan_check_online(report, machine, zone);
    plan_place_regions(report, machine, zone);
    zone_file_check_beside(report, &machine->board, zone, machine->zones, machine->num_zones);
}

bool plan_json(struct report *report, const struct machine *machine, const struct json_node *node,
               const struct file_search *search, struct plan *out) {
    unsigned before = report->errors;
    *out = (struct plan){.num_loads = 0};
    zone_load(report, node, &out->zone);
    if (!plan_check_machine(report, machine, &out->zone)) {
        return false;
    }
    plan_place(report, machine, &out->zone);
    plan_build(report, machine, search, out);
    return report->errors == before;
}

bool plan_zone(struct report *report, const struct machine *machine, const char *path,
               const struct file_search *search, struct plan *out) {
    const struct json_node *node = json_read_file(report, path);
    *out = (struct plan){.num_loads = 0};
    return node != NULL && plan_json(report, machine, node, search, out);
}

void plan_release(struct report *report, struct plan *plan) {
    struct payload_list *payloads = &plan->image.payloads;
    for (size_t i = 0; i < payloads->count; i++) {
        arena_release(report->arena, payloads->items[i].bytes);
    }
    payloads->count = 0;
    plan->num_loads = 0;
}

bool plan_identify(struct report *report, const struct json_node *node, uint32_t *zone_id,
                   const char **name) {
    struct zone_file *zone = arena_alloc(report->arena, sizeof(*zone));
    zone_load(report, node, zone);
    *zone_id = (uint32_t)zone->id.value;
    *name = zone_file_name(zone);
    return zone->good;
}

bool plan_check(struct report *report, struct machine *machine, const char *const *paths,
                size_t count, const struct file_search *search) {
    unsigned before = report->errors;
    for (size_t i = 0; i < count; i++) {
        struct plan *plan = arena_alloc(report->arena, sizeof(*plan));
        plan_zone(report, machine, paths[i], search, plan);
        if (plan->zone.node != NULL && !plan->zone.is_root) {
            machine_add_zone(machine, &plan->zone, stage2_config_pages(&plan->config));
        }
        plan_release(report, plan);
    }
    return report->errors == before;
}
