// SPDX-License-Identifier: GPL-2.0-or-later
#include "zone_build.h"

#include "boot_tables.h"
#include "device_tree.h"
#include "device_tree_make.h"
#include "kernel.h"
#include "zone_arguments.h"
#include "zone_defaults.h"
#include "zone_fill.h"

#include <inttypes.h>
#include <string.h>

/* Below 2 MiB, which the kernel never hands out (LVZ reference 13.3). */
#define ZONE_TABLES_ADDRESS 0x10000u
#define ZONE_DTB_ADDRESS    0x100000u
#define ZONE_TABLES_END     0x200000u

/* The kernel of a zone with a window. */
#define ZONE_WINDOW_KERNEL (ZONE_PRIVATE_BASE + ZONE_KERNEL_ADDRESS)

#define ZONE_INITRD_ALIGN 0x10000u
/* An instruction. */
#define ZONE_ENTRY_ALIGN 4u

/* A file that a zone names; size 0: none. */
struct zone_input {
    const struct place *place;
    struct file_bytes bytes;
};

struct zone_builder {
    struct report *report;
    const struct zone_file *zone;
    const struct file_search *search;
    struct zone_image *out;
    struct zone_input kernel_file;
    struct zone_input dtb_file;
    struct zone_input initrd_file;
    struct zone_input module_files[ZONE_MAX_MODULES];
    struct kernel kernel;
    const char *arguments; /* kernel_args, maybe with ours */
    uint64_t dtb_address;
    uint64_t initrd_address;
};

/* What is loaded lies in one RAM region: larger files need not be read. */
static uint64_t zone_largest_ram(const struct zone_file *zone) {
    uint64_t largest = 0;
    for (size_t i = 0; i < zone->num_regions; i++) {
        const struct zone_region *region = &zone->regions[i];
        if (region->good && region->type == LV_REGION_RAM && region->size.value > largest) {
            largest = region->size.value;
        }
    }
    return largest != 0 && largest < FILE_MAX_SIZE ? largest : FILE_MAX_SIZE;
}

static bool zone_load_file(const struct zone_builder *builder, const struct field_text *path,
                           uint64_t max, struct zone_input *file) {
    if (path->text == NULL) {
        return true;
    }
    file->place = &path->node->place;
    const char *found = file_find(builder->report, file->place, builder->search, path->text);
    if (found == NULL || !file_read(builder->report, file->place, found, max, &file->bytes)) {
        return false;
    }
    if (file->bytes.size == 0) {
        report_error(builder->report, file->place, "build it again", "the file is empty");
    }
    return file->bytes.size != 0;
}

static bool zone_load_files(struct zone_builder *builder) {
    const struct zone_file *zone = builder->zone;
    uint64_t max = zone_largest_ram(zone);
    /* Most of a kernel's file may be debug information, and that is not loaded. */
    bool good = zone_load_file(builder, &zone->kernel_path, FILE_MAX_SIZE, &builder->kernel_file);
    good = zone_load_file(builder, &zone->dtb_path, max, &builder->dtb_file) && good;
    good = zone_load_file(builder, &zone->initrd_path, max, &builder->initrd_file) && good;
    for (size_t i = 0; i < zone->num_modules; i++) {
        good =
            zone_load_file(builder, &zone->modules[i].path, max, &builder->module_files[i]) && good;
    }
    return good;
}

static bool zone_add_kernel(struct zone_builder *builder) {
    const struct zone_file *zone = builder->zone;
    if (builder->kernel_file.place == NULL) {
        return true;
    }
    struct kernel_request request = {
        .report = builder->report,
        .place = builder->kernel_file.place,
        .file = builder->kernel_file.bytes,
        .address = &zone->kernel_address,
        .usual = zone->share == ZONE_SHARE_WINDOW ? ZONE_WINDOW_KERNEL : ZONE_KERNEL_ADDRESS,
        .max = zone_largest_ram(zone),
        .zero_fill = (builder->out->config.flags & LV_ZONE_CLEAR_RAM) == 0,
    };
    bool good = kernel_load(&request, &builder->out->payloads, &builder->kernel);
    builder->out->kernel_format = builder->kernel.format;
    return good;
}

static bool zone_add_modules(struct zone_builder *builder) {
    bool good = true;
    for (size_t i = 0; i < builder->zone->num_modules; i++) {
        const struct zone_module *module = &builder->zone->modules[i];
        const struct zone_input *file = &builder->module_files[i];
        if (file->place == NULL) {
            continue;
        }
        struct payload payload = {.what = module->name.text ? module->name.text : "module",
                                  .place = file->place,
                                  .gpa = module->address.value,
                                  .bytes = file->bytes.bytes,
                                  .size = file->bytes.size,
                                  .memory_size = file->bytes.size};
        good = payload_add(builder->report, &builder->out->payloads, &payload) && good;
    }
    return good;
}

static const struct place *zone_place(const struct zone_file *zone, const struct json_node *node) {
    return node ? &node->place : &zone->node->place;
}

static struct boot_tables *zone_add_tables(struct zone_builder *builder) {
    const struct zone_file *zone = builder->zone;
    struct boot_tables *tables = arena_alloc(builder->report->arena, sizeof(*tables));
    uint64_t address = zone->tables_address.node ? zone->tables_address.value : ZONE_TABLES_ADDRESS;
    struct payload payload = {.what = "boot tables",
                              .place = zone_place(zone, zone->tables_address.node),
                              .gpa = address,
                              .bytes = (const uint8_t *)tables,
                              .size = sizeof(*tables),
                              .memory_size = sizeof(*tables)};
    if (address > ZONE_TABLES_END - sizeof(*tables)) {
        report_error(builder->report, payload.place, "place them below 0x1fe000",
                     "the kernel overwrites boot tables that are not below 2 MiB");
        return NULL;
    }
    return payload_add(builder->report, &builder->out->payloads, &payload) ? tables : NULL;
}

static struct device_tree_request zone_tree_request(const struct zone_builder *builder) {
    return (struct device_tree_request){
        .report = builder->report,
        .place = builder->dtb_file.place,
        .file = builder->dtb_file.bytes,
        .regions = builder->out->config.regions,
        .num_regions = builder->out->config.num_regions,
        .num_vcpus = (unsigned)__builtin_popcountll(builder->out->config.cpus),
        .arguments = builder->arguments,
    };
}

/* Makes a device tree for a kernel that needs one if the file names none. */
static void zone_make_tree(struct zone_builder *builder) {
    const struct lv_zone_config *config = &builder->out->config;
    unsigned first;
    if (builder->dtb_file.place != NULL || builder->out->boot != ZONE_BOOT_EFI_TABLES ||
        builder->zone->is_root) {
        return;
    }
    struct place *place = arena_alloc(builder->report->arena, sizeof(*place));
    *place = builder->zone->node->place;
    builder->dtb_file.place = place;
    builder->dtb_file.bytes = device_tree_make(builder->report->arena, config);
    if (config->num_virtio != 0 && device_tree_message_vectors(config, &first) == 0) {
        report_error(builder->report, &builder->zone->devices_node->place,
                     "take a group of 32 vectors from \"interrupts\"",
                     "no vector is left for the interrupts of the zone's devices");
    }
    builder->arguments = zone_arguments(builder->report, builder->zone);
}

/* Takes the room; zone_finish_tree fills it when the initrd has its place. */
static bool zone_add_tree(struct zone_builder *builder) {
    const struct zone_file *zone = builder->zone;
    if (builder->dtb_file.place == NULL) {
        return true;
    }
    struct device_tree_request request = zone_tree_request(builder);
    builder->dtb_address = zone->dtb_address.node ? zone->dtb_address.value : ZONE_DTB_ADDRESS;
    /* hvisor loads a file of any kind as it is. */
    size_t limit = zone->is_hvisor ? builder->dtb_file.bytes.size : device_tree_limit(&request);
    struct payload payload = {.what = "device tree",
                              .place = builder->dtb_file.place,
                              .gpa = builder->dtb_address,
                              .bytes = builder->dtb_file.bytes.bytes,
                              .size = limit,
                              .memory_size = limit};
    return payload_add(builder->report, &builder->out->payloads, &payload);
}

static struct payload *zone_find_payload(struct zone_image *image, const struct place *place) {
    for (size_t i = 0; i < image->payloads.count; i++) {
        if (image->payloads.items[i].place == place) {
            return &image->payloads.items[i];
        }
    }
    return NULL;
}

static bool zone_finish_tree(struct zone_builder *builder) {
    struct payload *payload = zone_find_payload(builder->out, builder->dtb_file.place);
    if (builder->dtb_file.place == NULL || payload == NULL || builder->zone->is_hvisor) {
        return true;
    }
    struct device_tree_request request = zone_tree_request(builder);
    if (builder->out->boot == ZONE_BOOT_NONE) {
        request.initrd_base = builder->initrd_address;
        request.initrd_size = builder->initrd_file.bytes.size;
    }
    struct file_bytes tree;
    if (!device_tree_complete(&request, &tree)) {
        return false;
    }
    payload->bytes = tree.bytes;
    payload->size = tree.size;
    payload->memory_size = tree.size;
    return true;
}

/*
 * As high as possible, as firmware does. A kernel that randomizes its address moves upwards by its
 * length and up to RANDOMIZE_BASE_MAX_OFFSET, and does not check for the initrd (Linux,
 * arch/loongarch/kernel/relocate.c).
 */
static bool zone_place_initrd(struct zone_builder *builder) {
    const struct zone_file *zone = builder->zone;
    const struct lv_zone_config *config = &builder->out->config;
    if (zone->initrd_address.node != NULL) {
        builder->initrd_address = zone->initrd_address.value;
        return true;
    }
    struct span_need need = {.size = builder->initrd_file.bytes.size,
                             .align = ZONE_INITRD_ALIGN,
                             .from = builder->kernel.end};
    bool found = payload_find_last_room(&builder->out->payloads, config->regions,
                                        config->num_regions, &need, &builder->initrd_address);
    if (!found) {
        report_error(builder->report, builder->initrd_file.place,
                     "give the zone more RAM or choose \"initrd_load_paddr\"",
                     "no room for 0x%zx bytes above the kernel's end 0x%" PRIx64,
                     builder->initrd_file.bytes.size, builder->kernel.end);
    }
    return found;
}

static bool zone_add_initrd(struct zone_builder *builder) {
    const struct zone_input *file = &builder->initrd_file;
    if (file->place == NULL) {
        return true;
    }
    if (!zone_place_initrd(builder)) {
        return false;
    }
    struct payload payload = {.what = "initrd",
                              .place = file->place,
                              .gpa = builder->initrd_address,
                              .bytes = file->bytes.bytes,
                              .size = file->bytes.size,
                              .memory_size = file->bytes.size};
    return payload_add(builder->report, &builder->out->payloads, &payload);
}

static bool zone_check_boot(const struct zone_builder *builder) {
    const struct zone_file *zone = builder->zone;
    const char *arguments = builder->arguments;
    if (builder->out->boot == ZONE_BOOT_EFI_TABLES && builder->dtb_file.place == NULL) {
        report_error(
            builder->report, zone_place(zone, zone->boot_name.node),
            "add \"dtb_filepath\", or \"boot\": \"none\" for a kernel that has its own",
            "no device tree is made for the root zone, and without one the kernel finds no "
            "memory");
        return false;
    }
    if (arguments != NULL && strlen(arguments) >= BOOT_COMMAND_LINE_MAX) {
        report_error(builder->report, zone_place(zone, zone->kernel_args.node), "shorten it",
                     "longer than %u characters", BOOT_COMMAND_LINE_MAX - 1);
        return false;
    }
    if (arguments != NULL && builder->dtb_file.place == NULL && !zone->is_hvisor) {
        report_warning(builder->report, &zone->kernel_args.node->place, "add \"dtb_filepath\"",
                       "nobody reads it without a device tree");
    }
    return true;
}

static void zone_fill_tables(struct zone_builder *builder, struct boot_tables *tables) {
    const char *arguments = builder->arguments;
    const struct lv_region *clock = lv_find_region(&builder->out->config, LV_REGION_CLOCK);
    struct boot_request request = {
        .clock = clock != NULL ? clock->gpa : 0,
        .address = builder->zone->tables_address.node ? builder->zone->tables_address.value
                                                      : ZONE_TABLES_ADDRESS,
        .device_tree = builder->dtb_address,
        .initrd_base = builder->initrd_address,
        .initrd_size = builder->initrd_file.bytes.size,
        .command_line = arguments ? arguments : "",
    };
    boot_tables_fill(&request, tables);
    struct lv_zone_config *config = &builder->out->config;
    config->boot_args[0] = 1;
    config->boot_args[1] = request.address + offsetof(struct boot_tables, command_line);
    config->boot_args[2] = request.address + offsetof(struct boot_tables, system);
}

/* Places all other parts first, then the initrd, then fills in the parts that name its place. */
static bool zone_add_payloads(struct zone_builder *builder) {
    struct boot_tables *tables = NULL;
    bool good = zone_add_kernel(builder);
    enum zone_boot asked = builder->zone->boot;
    builder->out->boot = asked != ZONE_BOOT_DEFAULT                  ? asked
                         : builder->kernel.boot != ZONE_BOOT_DEFAULT ? builder->kernel.boot
                                                                     : ZONE_BOOT_NONE;
    zone_make_tree(builder);
    good = zone_check_boot(builder) && good;
    good = zone_add_tree(builder) && good;
    good = zone_add_modules(builder) && good;
    if (builder->out->boot == ZONE_BOOT_EFI_TABLES) {
        tables = zone_add_tables(builder);
        good = tables != NULL && good;
    }
    if (!good || !zone_add_initrd(builder) || !zone_finish_tree(builder)) {
        return false;
    }
    if (tables != NULL) {
        zone_fill_tables(builder, tables);
    }
    return true;
}

static bool zone_set_entry(struct zone_builder *builder) {
    const struct field_number *given = &builder->zone->entry;
    struct lv_zone_config *config = &builder->out->config;
    const struct place *place = zone_place(builder->zone, given->node);
    if (given->node == NULL && !builder->kernel.has_entry) {
        report_error(builder->report, place, "add \"entry_point\", a GPA",
                     "nothing says where the zone starts");
        return false;
    }
    config->entry = given->node ? given->value & ZONE_ADDRESS_MASK : builder->kernel.entry;
    if (config->entry % ZONE_ENTRY_ALIGN != 0 ||
        !payload_in_ram(config->regions, config->num_regions, config->entry, ZONE_ENTRY_ALIGN)) {
        report_error(builder->report, place, "give the GPA of an instruction",
                     "the entry 0x%" PRIx64 " is not aligned or not in the zone's RAM",
                     config->entry);
        return false;
    }
    return true;
}

static void zone_fill_payloads(struct zone_image *image) {
    for (size_t i = 0; i < image->payloads.count; i++) {
        image->config.payloads[i].gpa = image->payloads.items[i].gpa;
        image->config.payloads[i].size = image->payloads.items[i].size;
    }
    image->config.num_payloads = (uint32_t)image->payloads.count;
}

/* What the zone runs would be the root zone's to change, from its first instruction on. */
static void zone_check_window(const struct zone_builder *builder) {
    const struct payload_list *payloads = &builder->out->payloads;
    for (size_t i = 0; builder->zone->share == ZONE_SHARE_WINDOW && i < payloads->count; i++) {
        const struct payload *payload = &payloads->items[i];
        if (payload->gpa + payload->memory_size > ZONE_WINDOW_BASE &&
            payload->gpa < ZONE_PRIVATE_BASE) {
            report_error(builder->report, payload->place,
                         "load it at 0x100000000 or above, or choose \"share\": \"all\"",
                         "the %s would lie in the window, which the root zone sees", payload->what);
        }
    }
}

bool zone_build(struct report *report, const struct zone_file *zone,
                const struct file_search *search, struct zone_image *out) {
    unsigned before = report->errors;
    struct zone_builder builder = {.report = report,
                                   .zone = zone,
                                   .search = search,
                                   .out = out,
                                   .arguments = zone->kernel_args.text};
    *out = (struct zone_image){.zone = zone};
    if (!zone_load_files(&builder) || !zone->good) {
        return false;
    }
    zone_fill_config(zone, &out->config);
    if (zone_add_payloads(&builder)) {
        payload_check(report, &out->payloads, out->config.regions, out->config.num_regions);
        zone_check_window(&builder);
        zone_set_entry(&builder);
        zone_fill_payloads(out);
    }
    return report->errors == before;
}
