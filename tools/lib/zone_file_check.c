// SPDX-License-Identifier: GPL-2.0-or-later
#include "zone_file_check.h"

#include "span.h"
#include "text.h"
#include "zone_defaults.h"
#include "zone_devices.h"

#include <inttypes.h>
#include <loongvisor/zone_name.h>
#include <string.h>

#define ZONE_GPA_END ((uint64_t)1 << LV_GPA_BITS)

/* BARs have 32 bits. */
#define ZONE_BARS_END ((uint64_t)1 << 32)

#define PCI_BUS_MAX      255u
#define PCI_DEVICE_MAX   31u
#define PCI_FUNCTION_MAX 7u

static void zone_check_name(struct report *report, const struct zone_file *zone) {
    const char *name = zone->name.text;
    if (name == NULL) {
        return;
    }
    if (strlen(name) >= LV_NAME_SIZE) {
        report_error(report, &zone->name.node->place, "shorten it", "longer than %u characters",
                     LV_NAME_SIZE - 1);
    } else if (!lv_name_is_good(name)) {
        report_error(
            report, &zone->name.node->place,
            "use letters, digits, '-', '_' and '.', at least one letter or '_'; begin with "
            "neither '-' nor '.' and do not end in \".json\"",
            "not usable as a zone's name");
    }
}

void zone_file_check_identity(struct report *report, struct zone_file *zone) {
    zone_check_name(report, zone);
    if (!field_check_max(report, &zone->id, LV_MAX_ZONES - 1)) {
        return;
    }
    zone->is_root = zone->id.value == LV_ROOT_ZONE_ID;
    if (zone->root_field.node != NULL && zone->root_field.value != zone->is_root) {
        report_error(report, &zone->root_field.node->place,
                     "give the root zone \"zone_id\" 0 and no other zone \"root\": true",
                     "zone 0 is the root zone and this is zone %" PRIu64, zone->id.value);
    }
    zone->root_field.value = zone->is_root;
}

static void zone_check_cpus(struct report *report, const struct zone_file *zone) {
    if (zone->cpus.node != NULL && zone->cpus.words[0] == 0) {
        report_error(report, &zone->cpus.node->place, "name at least one CPU of the board",
                     "the zone has no CPU");
    }
    const struct field_number *count = &zone->cpu_count;
    if (field_check_max(report, count, LV_MAX_CPUS) && count->value == 0) {
        report_error(report, &count->node->place, "give it at least one", "the zone has no CPU");
    }
    if (count->node != NULL && zone->is_root) {
        report_error(report, &count->node->place, "list them, such as [0, 1]",
                     "the root zone's CPUs are fixed");
    }
}

/* The list of a zone that owns a part of a group names the part's first vector. */
static void zone_check_vectors(struct report *report, const struct zone_file *zone) {
    for (unsigned base = 0; base < LV_NUM_VECTORS; base += LV_VECTOR_GROUP) {
        uint32_t group = (uint32_t)(zone->vectors.words[base / 64] >> (base % 64));
        if (group == 0 || group == UINT32_MAX) {
            continue;
        }
        unsigned last = base + LV_VECTOR_GROUP - 1;
        unsigned owned = base + (unsigned)__builtin_ctz(group);
        const char *remedy = arena_printf(report->arena, "give the zone \"%u-%u\"", base, last);
        report_error(report, &zone->vectors.member[owned]->place, remedy,
                     "vectors %u-%u are routed together and the zone has only some of them", base,
                     last);
    }
}

static bool zone_check_aligned(struct report *report, const struct field_number *number) {
    if (!number->good || number->value % LV_PAGE_SIZE == 0) {
        return true;
    }
    const char *remedy =
        arena_printf(report->arena, "use 0x%" PRIx64, number->value & ~LV_PAGE_MASK);
    report_error(report, &number->node->place, remedy, "not a multiple of 4 KiB");
    return false;
}

static bool zone_check_gpa_range(struct report *report, const struct zone_region *region) {
    if (region->size.value == 0) {
        report_error(report, &region->size.node->place, "remove the region or give it a size",
                     "a region of no bytes");
        return false;
    }
    if (span_contains(0, ZONE_GPA_END, region->gpa.value, region->size.value)) {
        return true;
    }
    report_error(report, &region->gpa.node->place, "move the region below 2^47 (0x800000000000)",
                 "the region ends beyond the 47 bits of a GPA");
    return false;
}

static bool zone_check_pool(struct report *report, const struct zone_file *zone,
                            const struct zone_region *region) {
    if (!zone->is_root) {
        report_error(report, &region->node->place, "give it to the root zone",
                     "only the root zone has memory that zones are made of");
        return false;
    }
    if ((region->hpa.value | region->size.value) % LV_BLOCK_SIZE != 0) {
        report_error(report, &region->node->place,
                     "give it an HPA and a size that are multiples of 2 MiB (0x200000)",
                     "the pool is given out in pieces of 2 MiB");
        return false;
    }
    return true;
}

static bool zone_check_bars(struct report *report, const struct zone_region *region) {
    const uint64_t most = (uint64_t)LV_MAX_VIRTIO * LV_VIRTIO_BAR_SIZE;
    if ((region->gpa.value | region->size.value) % LV_VIRTIO_BAR_SIZE == 0 &&
        region->size.value <= most && region->gpa.value + region->size.value <= ZONE_BARS_END) {
        return true;
    }
    report_error(
        report, &region->node->place,
        "give it a GPA and a size that are multiples of 0x10000, at most 1 MiB, below 4 GiB",
        "not where BARs of virtual functions can be");
    return false;
}

static bool zone_check_special(struct report *report, const struct zone_file *zone,
                               const struct zone_region *region) {
    if (zone_region_is(region->type, ZONE_REGION_PAGE) && region->size.value != LV_PAGE_SIZE) {
        report_error(report, &region->size.node->place, "give it 0x1000",
                     "a region of type %s is one page",
                     field_word(&zone_region_types, region->type));
        return false;
    }
    if (region->type == LV_REGION_PCI_CONFIG && region->size.value > LV_PCI_CONFIG_MAX) {
        report_error(report, &region->size.node->place, "give it at most 0x20000000",
                     "larger than a configuration window");
        return false;
    }
    if (region->type == LV_REGION_VIRTIO_BARS && !zone_check_bars(report, region)) {
        return false;
    }
    if (region->shared.value && (region->type != LV_REGION_RAM || zone->is_root)) {
        report_error(report, &region->shared.node->place, "remove it",
                     "only another zone's RAM can be shared with the root zone");
        return false;
    }
    return region->type != LV_REGION_POOL || zone_check_pool(report, zone, region);
}

static bool zone_check_same(struct report *report, const struct zone_region *region) {
    if (!zone_region_has_hpa(region->type) || region->gpa.value == region->hpa.value) {
        return true;
    }
    const char *remedy =
        arena_printf(report->arena, "give it the HPA 0x%" PRIx64, region->hpa.value);
    report_error(report, &region->gpa.node->place, remedy,
                 "the root zone's RAM and IO are mapped GPA = HPA, because its devices do DMA");
    return false;
}

static void zone_check_region(struct report *report, const struct zone_file *zone,
                              struct zone_region *region) {
    bool aligned = zone_check_aligned(report, &region->gpa);
    aligned = zone_check_aligned(report, &region->size) && aligned;
    if (zone_region_has_hpa(region->type)) {
        aligned = zone_check_aligned(report, &region->hpa) && aligned;
    }
    if (region->good) {
        region->good = aligned && zone_check_gpa_range(report, region) &&
                       zone_check_special(report, zone, region) &&
                       (!zone->is_root || zone_check_same(report, region));
    }
}

static void zone_check_regions_overlap(struct report *report, const struct zone_file *zone) {
    struct span spans[LV_MAX_REGIONS];
    for (size_t i = 0; i < zone->num_regions; i++) {
        const struct zone_region *region = &zone->regions[i];
        spans[i] = (struct span){.base = region->gpa.value,
                                 .size = region->good ? region->size.value : 0,
                                 .place = &region->node->place};
    }
    span_report_overlaps(report, spans, 0, zone->num_regions, "GPA");
}

/* A zone has at most one region of some types. */
static void zone_check_singles(struct report *report, const struct zone_file *zone) {
    uint64_t seen = 0; /* bitmap of types */
    for (size_t i = 0; i < zone->num_regions; i++) {
        const struct zone_region *region = &zone->regions[i];
        uint64_t type = (uint64_t)1 << region->type;
        if (!region->good || !zone_region_is(region->type, ZONE_REGION_SINGLE)) {
            continue;
        }
        if ((seen & type) != 0) {
            report_error(report, &region->node->place, "keep one of them",
                         "a second region of type %s",
                         field_word(&zone_region_types, region->type));
        }
        seen |= type;
    }
}

/* Ranges of a PCI function's numbers; true when it can be used. */
static bool zone_check_pci_device(struct report *report, const struct zone_pci_device *device) {
    bool good = field_check_max(report, &device->bus, PCI_BUS_MAX);
    good = field_check_max(report, &device->device, PCI_DEVICE_MAX) && good;
    good = field_check_max(report, &device->function, PCI_FUNCTION_MAX) && good;
    good = field_check_max(report, &device->zone_bus, PCI_BUS_MAX) && good;
    good = field_check_max(report, &device->zone_device, PCI_DEVICE_MAX) && good;
    good = field_check_max(report, &device->zone_function, PCI_FUNCTION_MAX) && good;
    if (device->domain.good && device->domain.value != 0) {
        report_error(report, &device->domain.node->place, "give 0", "boards have one PCI domain");
        return false;
    }
    if (device->kind.good && device->kind.value != 0) {
        report_error(report, &device->kind.node->place, "give 0 (a physical function)",
                     "virtual PCI functions are not available");
        return false;
    }
    return good;
}

static void zone_check_pci_devices(struct report *report, struct zone_file *zone) {
    for (size_t i = 0; i < zone->num_pci_devices; i++) {
        struct zone_pci_device *device = &zone->pci_devices[i];
        device->good = device->good && zone_check_pci_device(report, device);
    }
}

static void zone_check_pci_views(struct report *report, const struct zone_file *zone) {
    for (size_t i = 0; i < zone->num_pci_devices; i++) {
        const struct zone_pci_device *a = &zone->pci_devices[i];
        for (size_t j = 0; j < i; j++) {
            const struct zone_pci_device *b = &zone->pci_devices[j];
            if (a->good && b->good && a->zone_bus.value == b->zone_bus.value &&
                a->zone_device.value == b->zone_device.value &&
                a->zone_function.value == b->zone_function.value) {
                report_error(report, &a->node->place, "give it another v_bus, v_device, v_function",
                             "the zone sees %s at the same address", b->node->place.field);
            }
        }
    }
}

static void zone_check_addresses(struct report *report, const struct zone_file *zone) {
    field_check_max(report, &zone->kernel_address, ZONE_GPA_END - 1);
    field_check_max(report, &zone->dtb_address, ZONE_GPA_END - 1);
    field_check_max(report, &zone->initrd_address, ZONE_GPA_END - 1);
    field_check_max(report, &zone->tables_address, ZONE_GPA_END - 1);
    for (size_t i = 0; i < zone->num_modules; i++) {
        field_check_max(report, &zone->modules[i].address, ZONE_GPA_END - 1);
    }
}

static bool zone_has_ram(const struct zone_file *zone) {
    for (size_t i = 0; i < zone->num_regions; i++) {
        if (!zone->regions[i].good || zone->regions[i].type == LV_REGION_RAM) {
            return true;
        }
    }
    return false;
}

/* The kernel and programs in the zone print the command line. */
static void zone_check_arguments(struct report *report, const struct zone_file *zone) {
    const struct field_text *arguments = &zone->kernel_args;
    if (arguments->text != NULL && text_has_control(arguments->text)) {
        report_error(report, &arguments->node->place, "separate arguments by spaces",
                     "a control character or a line's end in the command line");
    }
}

static bool zone_has_shared_ram(const struct zone_file *zone) {
    for (size_t i = 0; i < zone->num_regions; i++) {
        if (zone->regions[i].good && zone->regions[i].shared.value) {
            return true;
        }
    }
    return false;
}

/* What a zone needs for its virtual functions. */
static void zone_check_functions(struct report *report, const struct zone_file *zone) {
    const struct place *place = zone->num_devices != 0 ? &zone->devices_node->place : NULL;
    if (place == NULL) {
        return;
    }
    if (zone->is_root) {
        report_error(report, place, "give them to another zone",
                     "the root zone serves devices and has none");
        return;
    }
    if (zone->share != ZONE_SHARE_WINDOW && !zone_has_shared_ram(zone)) {
        report_error(report, place,
                     "choose \"share\": \"all\", or mark a region of RAM as \"shared\"",
                     "the root zone sees no RAM of the zone and cannot serve them");
    }
}

void zone_file_check_alone(struct report *report, struct zone_file *zone) {
    zone_check_cpus(report, zone);
    zone_check_arguments(report, zone);
    zone_check_vectors(report, zone);
    for (size_t i = 0; i < zone->num_regions; i++) {
        zone_check_region(report, zone, &zone->regions[i]);
    }
    zone_check_regions_overlap(report, zone);
    zone_check_singles(report, zone);
    zone_check_devices(report, zone);
    zone_check_pci_devices(report, zone);
    zone_check_pci_views(report, zone);
    zone_check_addresses(report, zone);
    zone_check_functions(report, zone);
    if (json_member(zone->node, "memory_regions") != NULL && !zone_has_ram(zone)) {
        report_error(report, &zone->node->place, "add a region of type \"ram\"",
                     "the zone has no RAM");
    }
}

/* Two zones of the list; `b` stands earlier. */
struct zone_pair {
    struct report *report;
    const struct zone_file *a;
    const struct zone_file *b;
};

static void zone_check_set_pair(const struct zone_pair *pair, const struct field_set *a,
                                const struct field_set *b, const char *what) {
    for (unsigned i = 0; i < FIELD_SET_MAX; i++) {
        if (field_set_has(a, i) && field_set_has(b, i)) {
            const char *remedy =
                arena_printf(pair->report->arena, "take it from one of the two (the other: %s)",
                             report_place(pair->report->arena, &b->member[i]->place));
            report_error(pair->report, &a->member[i]->place, remedy,
                         "%s %u belongs to zone %s already", what, i, zone_file_name(pair->b));
        }
    }
}

static bool zone_pci_same(const struct zone_pci_device *a, const struct zone_pci_device *b) {
    return a->good && b->good && a->bus.value == b->bus.value &&
           a->device.value == b->device.value && a->function.value == b->function.value;
}

static void zone_check_pci_pair(const struct zone_pair *pair) {
    for (size_t i = 0; i < pair->a->num_pci_devices; i++) {
        const struct zone_pci_device *a = &pair->a->pci_devices[i];
        size_t end = pair->a == pair->b ? i : pair->b->num_pci_devices;
        for (size_t j = 0; j < end; j++) {
            const struct zone_pci_device *b = &pair->b->pci_devices[j];
            if (zone_pci_same(a, b)) {
                report_error(pair->report, &a->node->place, "remove it from one of the lists",
                             "PCI function %" PRIu64 ":%" PRIu64 ".%" PRIu64
                             " belongs to zone %s already (%s)",
                             a->bus.value, a->device.value, a->function.value,
                             zone_file_name(pair->b),
                             report_place(pair->report->arena, &b->node->place));
            }
        }
    }
}

static void zone_check_id_pair(const struct zone_pair *pair) {
    const struct zone_file *a = pair->a;
    const struct zone_file *b = pair->b;
    if (a->id.good && b->id.good && a->id.value == b->id.value) {
        const char *what = a->is_root ? "a second root zone" : "the number is taken";
        report_error(pair->report, &a->id.node->place, "give each zone a number of its own",
                     "%s: zone %s has it (%s)", what, zone_file_name(b),
                     report_place(pair->report->arena, &b->id.node->place));
    }
    if (a->name.text != NULL && b->name.text != NULL && strcmp(a->name.text, b->name.text) == 0) {
        report_error(pair->report, &a->name.node->place, "rename one of them",
                     "another zone has this name (%s)",
                     report_place(pair->report->arena, &b->name.node->place));
    }
}

static void zone_check_pair(struct report *report, const struct zone_file *a,
                            const struct zone_file *b) {
    struct zone_pair pair = {report, a, b};
    zone_check_id_pair(&pair);
    zone_check_set_pair(&pair, &a->cpus, &b->cpus, "CPU");
    zone_check_set_pair(&pair, &a->vectors, &b->vectors, "vector");
    zone_check_pci_pair(&pair);
}

static void zone_check_board_cpus(struct report *report, const struct board *board,
                                  const struct zone_file *zone) {
    for (unsigned i = board->num_cpus; board->num_cpus != 0 && i < LV_MAX_CPUS; i++) {
        if (field_set_has(&zone->cpus, i)) {
            const char *remedy =
                arena_printf(report->arena, "use CPUs 0-%u, or add it to the board's \"cpus\"",
                             board->num_cpus - 1);
            report_error(report, &zone->cpus.member[i]->place, remedy,
                         "CPU %u is not on the board (%s)", i, board->node->place.file);
        }
    }
}

static void zone_check_board_vectors(struct report *report, const struct board *board,
                                     const struct zone_file *zone) {
    uint64_t vectors = 0;
    bool reachable = board->num_cpus == 0 || zone->cpus.words[0] == 0;
    for (unsigned i = 0; i < LV_NUM_VECTORS / 64; i++) {
        vectors |= zone->vectors.words[i];
    }
    for (unsigned i = 0; i < board->num_cpus; i++) {
        reachable = reachable || (field_set_has(&zone->cpus, i) &&
                                  (!board->cpus[i].good || board->cpus[i].value < LV_VECTOR_CPUS));
    }
    if (vectors != 0 && !reachable) {
        report_error(report, &zone->vectors.node->place,
                     "give the zone one of them too, or no vectors",
                     "interrupt vectors reach the CPUs with the physical ids 0-%u alone",
                     LV_VECTOR_CPUS - 1);
    }
}

/* The hypervisor tells a root zone of kicks in its page of them. */
static void zone_check_served(struct report *report, const struct zone_file *zone,
                              const struct zone_file *const *zones, size_t count) {
    for (size_t i = 0; i < count && zone->num_devices != 0; i++) {
        if (zones[i]->is_root && zone_file_find_region(zones[i], LV_REGION_KICKS) == NULL) {
            report_error(report, &zone->devices_node->place,
                         "give the root zone a region of type \"kicks\" and a \"kick_interrupt\", "
                         "and pack the image again",
                         "the root zone (%s) cannot serve devices: it has no page of kicks",
                         report_place(report->arena, &zones[i]->node->place));
        }
    }
}

static bool zone_run_is_on_board(const struct board *board, const struct zone_region *region,
                                 const struct lv_run *run) {
    bool is_io = region->type == LV_REGION_IO;
    const struct board_range *ranges = is_io ? board->devices : board->ram;
    size_t count = is_io ? board->num_devices : board->num_ram;
    return count == 0 || board_covers(ranges, count, run->hpa, run->size);
}

static void zone_report_not_on_board(struct report *report, const struct board *board,
                                     const struct zone_region *region, const struct lv_run *run) {
    bool is_io = region->type == LV_REGION_IO;
    const char *remedy = arena_printf(report->arena, "stay within one range of \"%s\" in %s",
                                      is_io ? "devices" : "ram", board->node->place.file);
    report_error(report, &region->hpa.node->place, remedy,
                 "HPA 0x%" PRIx64 "-0x%" PRIx64 " is not %s", run->hpa, run->hpa + run->size - 1,
                 is_io ? "a device that zones may be given" : "RAM of the board");
}

/* Only the root zone may have the hypervisor's registers. */
static void zone_report_board_own(struct report *report, const struct zone_region *region) {
    report_error(report, &region->hpa.node->place,
                 "give the zone a region of type \"uart\" or \"power\" there",
                 "only the root zone may have the board's UART, power-off and reset");
}

static void zone_check_board_region(struct report *report, const struct board *board,
                                    const struct zone_file *zone,
                                    const struct zone_region *region) {
    bool may_have_own = zone->is_root || region->type != LV_REGION_IO;
    for (struct lv_run run = {0}; zone_region_run_next(region, &run);) {
        if (!zone_run_is_on_board(board, region, &run)) {
            zone_report_not_on_board(report, board, region, &run);
        }
        if (!may_have_own && board_is_own(board, run.hpa, run.size)) {
            zone_report_board_own(report, region);
        }
    }
}

static void zone_check_board(struct report *report, const struct board *board,
                             const struct zone_file *zone) {
    zone_check_board_cpus(report, board, zone);
    zone_check_board_vectors(report, board, zone);
    for (size_t i = 0; i < zone->num_regions; i++) {
        const struct zone_region *region = &zone->regions[i];
        zone_check_board_region(report, board, zone, region);
        if (region->good && region->type == LV_REGION_PCI_CONFIG && board->num_ram != 0 &&
            board->pci.node == NULL) {
            /* Of a running machine (no RAM is known) only the hypervisor knows this. */
            report_error(report, &region->node->place, "remove it, or add \"pci\" to the board",
                         "the board has no PCI");
        }
    }
}

/* Where the next span goes, and how many there were; NULL: they are only counted. */
struct zone_spans {
    struct span *next;
    size_t count;
};

static void zone_add_span(struct zone_spans *spans, const struct lv_run *run,
                          const struct json_node *node, const char *what) {
    if (spans->next != NULL) {
        *spans->next++ =
            (struct span){.base = run->hpa, .size = run->size, .place = &node->place, .what = what};
    }
    spans->count++;
}

/* The pool counts as free, unless `with_pool`. */
static size_t zone_add_hpa_spans(const struct zone_file *zone, bool with_pool, struct span *spans) {
    struct zone_spans added = {.next = spans};
    for (size_t i = 0; i < zone->num_regions; i++) {
        const struct zone_region *region = &zone->regions[i];
        bool counts = with_pool || region->type != LV_REGION_POOL;
        for (struct lv_run run = {0}; counts && zone_region_run_next(region, &run);) {
            zone_add_span(&added, &run, region->node, NULL);
        }
    }
    for (struct lv_run run = {0}; zone_store_run_next(zone, &run);) {
        zone_add_span(&added, &run, zone->node, "the zone's store");
    }
    return added.count;
}

size_t zone_count_spans(const struct zone_file *const *zones, size_t count) {
    size_t spans = 1; /* the hypervisor's */
    for (size_t i = 0; i < count; i++) {
        spans += zone_add_hpa_spans(zones[i], true, NULL);
    }
    return spans;
}

size_t zone_collect_spans(const struct board *board, const struct zone_file *const *zones,
                          size_t count, bool with_pool, struct span *spans) {
    size_t used = 0;
    if (board->hypervisor.base.good && board->hypervisor.size.good) {
        spans[used++] = (struct span){.base = board->hypervisor.base.value,
                                      .size = board->hypervisor.size.value,
                                      .place = &board->hypervisor.node->place,
                                      .what = "the hypervisor's own memory"};
    }
    for (size_t i = 0; i < count; i++) {
        used += zone_add_hpa_spans(zones[i], with_pool, spans + used);
    }
    return used;
}

/* Reports fields that only a plan on a running machine can fill in. */
static void zone_check_fixed(struct report *report, const struct zone_file *zone) {
    if (zone->cpu_count.node != NULL && !zone->is_root) {
        report_error(report, &zone->cpu_count.node->place, "list the zone's CPUs, such as [1, 2]",
                     "a zone of an image has its CPUs by number");
    }
    for (size_t i = 0; i < zone->num_regions; i++) {
        const struct zone_region *region = &zone->regions[i];
        if (region->good && region->floating) {
            report_error(report, &region->node->place, "add the HPA as \"physical_start\"",
                         "a region of type ram needs \"physical_start\" in an image");
        }
    }
}

static void zone_check_has_root(struct report *report, const struct board *board,
                                const struct zone_file *const *zones, size_t count) {
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        found =
            found || zones[i]->is_root || !zones[i]->id.good || zones[i]->id.value >= LV_MAX_ZONES;
    }
    if (!found) {
        struct place place = {.file = count ? zones[0]->node->place.file : board->node->place.file};
        report_error(report, &place, "add a zone file with \"zone_id\": 0",
                     "no zone of the image is the root zone");
    }
}

void zone_file_check_all(struct report *report, const struct board *board,
                         const struct zone_file *const *zones, size_t count) {
    zone_check_has_root(report, board, zones, count);
    for (size_t i = 0; i < count; i++) {
        zone_check_fixed(report, zones[i]);
        zone_check_board(report, board, zones[i]);
        zone_check_served(report, zones[i], zones, count);
        for (size_t j = 0; j < i; j++) {
            zone_check_pair(report, zones[i], zones[j]);
        }
        struct zone_pair own = {report, zones[i], zones[i]};
        zone_check_pci_pair(&own);
    }
    struct span *spans =
        arena_alloc_array(report->arena, zone_count_spans(zones, count), sizeof(*spans));
    size_t used = zone_collect_spans(board, zones, count, true, spans);
    span_report_overlaps(report, spans, 0, used, "HPA");
}

static bool zone_region_holds(const struct zone_region *region, const struct lv_run *part) {
    for (struct lv_run run = {0}; zone_region_run_next(region, &run);) {
        if (span_contains(run.hpa, run.size, part->hpa, part->size)) {
            return true;
        }
    }
    return false;
}

static bool zone_is_in_pool(const struct zone_file *const *zones, size_t count,
                            const struct lv_run *run) {
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < zones[i]->num_regions; j++) {
            const struct zone_region *pool = &zones[i]->regions[j];
            if (pool->type == LV_REGION_POOL && zone_region_holds(pool, run)) {
                return true;
            }
        }
    }
    return false;
}

static void zone_check_run_in_pool(struct report *report, const struct zone_region *region,
                                   const struct lv_run *run, bool is_in_pool) {
    if (!is_in_pool) {
        report_error(report, &region->hpa.node->place,
                     "leave \"physical_start\" out, and a place is found; or choose one in the "
                     "root zone's pool",
                     "HPA 0x%" PRIx64 "-0x%" PRIx64 " is not in the root zone's pool", run->hpa,
                     run->hpa + run->size - 1);
    } else if (run->hpa % LV_BLOCK_SIZE != 0) {
        report_error(report, &region->hpa.node->place, "give a multiple of 0x200000",
                     "the pool is given out in pieces of 2 MiB");
    }
}

static void zone_check_in_pool(struct report *report, const struct zone_file *zone,
                               const struct zone_file *const *others, size_t count) {
    for (size_t i = 0; i < zone->num_regions; i++) {
        const struct zone_region *region = &zone->regions[i];
        bool is_ram = region->type == LV_REGION_RAM;
        for (struct lv_run run = {0}; is_ram && zone_region_run_next(region, &run);) {
            zone_check_run_in_pool(report, region, &run, zone_is_in_pool(others, count, &run));
        }
    }
}

void zone_file_check_beside(struct report *report, const struct board *board,
                            const struct zone_file *zone, const struct zone_file *const *others,
                            size_t count) {
    zone_check_board(report, board, zone);
    zone_check_served(report, zone, others, count);
    for (size_t i = 0; i < count; i++) {
        zone_check_pair(report, zone, others[i]);
    }
    struct zone_pair own = {report, zone, zone};
    zone_check_pci_pair(&own);
    zone_check_in_pool(report, zone, others, count);
    size_t most = zone_count_spans(others, count) + zone_count_spans(&zone, 1);
    struct span *spans = arena_alloc_array(report->arena, most, sizeof(*spans));
    size_t first = zone_collect_spans(board, others, count, false, spans);
    size_t used = first + zone_add_hpa_spans(zone, false, spans + first);
    span_report_overlaps(report, spans, first, used, "HPA");
}
