// SPDX-License-Identifier: GPL-2.0-or-later
#include "device_tree.h"

#include "span.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Room for nodes and properties of a few short names besides the boot arguments. */
#define DEVICE_TREE_SLACK 2048u

/* Bytes of /chosen rng-seed: more than the kernel's pool needs; getrandom() gives them at once. */
#define DEVICE_TREE_SEED 64u

#define DEVICE_TREE_MAX_RANGES 64u

struct device_tree_range {
    uint64_t base;
    uint64_t end;
};

struct device_tree_ranges {
    struct device_tree_range range[DEVICE_TREE_MAX_RANGES];
    size_t count;
    bool full; /* there were more */
};

static bool device_tree_fail(const struct device_tree_request *request, const char *what,
                             int error) {
    report_error(request->report, request->place, "check the source with dtc", "%s: %s", what,
                 fdt_strerror(error));
    return false;
}

size_t device_tree_limit(const struct device_tree_request *request) {
    size_t arguments = request->arguments ? strlen(request->arguments) + 1 : 0;
    return request->file.size + arguments + DEVICE_TREE_SLACK +
           request->num_regions * 2 * sizeof(uint64_t);
}

static void device_tree_add_range(struct device_tree_ranges *ranges, uint64_t base, uint64_t size) {
    if (ranges->count == DEVICE_TREE_MAX_RANGES) {
        ranges->full = true;
    } else if (span_is_valid(base, size)) {
        ranges->range[ranges->count++] = (struct device_tree_range){base, base + size};
    }
}

static int device_tree_compare(const void *a, const void *b) {
    const struct device_tree_range *x = a;
    const struct device_tree_range *y = b;
    return (x->base > y->base) - (x->base < y->base);
}

/* Sorts ranges and joins those that touch. */
static void device_tree_join(struct device_tree_ranges *ranges) {
    struct device_tree_range *range = ranges->range;
    size_t used = 0;
    qsort(range, ranges->count, sizeof(*range), device_tree_compare);
    for (size_t i = 0; i < ranges->count; i++) {
        if (used != 0 && range[i].base <= range[used - 1].end) {
            range[used - 1].end =
                range[i].end > range[used - 1].end ? range[i].end : range[used - 1].end;
        } else {
            range[used++] = range[i];
        }
    }
    ranges->count = used;
}

static struct device_tree_ranges device_tree_zone_ram(const struct device_tree_request *request) {
    struct device_tree_ranges ram = {.count = 0};
    for (size_t i = 0; i < request->num_regions; i++) {
        if (request->regions[i].type == LV_REGION_RAM) {
            device_tree_add_range(&ram, request->regions[i].gpa, request->regions[i].size);
        }
    }
    device_tree_join(&ram);
    return ram;
}

/* One big-endian number of `cells` 32-bit cells, at most two. */
static uint64_t device_tree_read_cells(const uint8_t *bytes, int cells) {
    uint64_t value = 0;
    for (int i = 0; i < cells * 4; i++) {
        value = value << 8 | bytes[i];
    }
    return value;
}

static void device_tree_read_memory(const void *fdt, int node, struct device_tree_ranges *ranges) {
    int address_cells = fdt_address_cells(fdt, 0);
    int size_cells = fdt_size_cells(fdt, 0);
    int length = 0;
    const uint8_t *reg = fdt_getprop(fdt, node, "linux,usable-memory", &length);
    if (reg == NULL) {
        reg = fdt_getprop(fdt, node, "reg", &length);
    }
    if (reg == NULL || address_cells < 1 || address_cells > 2 || size_cells < 1 || size_cells > 2) {
        return;
    }
    int entry = (address_cells + size_cells) * 4;
    for (int offset = 0; offset + entry <= length; offset += entry) {
        const uint8_t *size = reg + offset + (ptrdiff_t)address_cells * 4;
        device_tree_add_range(ranges, device_tree_read_cells(reg + offset, address_cells),
                              device_tree_read_cells(size, size_cells));
    }
}

static bool device_tree_has_type(const void *fdt, int node, const char *type) {
    int length = 0;
    const char *value = fdt_getprop(fdt, node, "device_type", &length);
    return value != NULL && length == (int)strlen(type) + 1 &&
           memcmp(value, type, (size_t)length) == 0;
}

/* Memory is where Linux looks for it: children of the root with device_type "memory" (LVZ
 * reference 13.4). */
static struct device_tree_ranges device_tree_memory(const void *fdt) {
    struct device_tree_ranges ranges = {.count = 0};
    int node;
    fdt_for_each_subnode(node, fdt, 0) {
        if (device_tree_has_type(fdt, node, "memory")) {
            device_tree_read_memory(fdt, node, &ranges);
        }
    }
    device_tree_join(&ranges);
    return ranges;
}

static bool device_tree_within(const struct device_tree_range *inner,
                               const struct device_tree_ranges *outer) {
    for (size_t i = 0; i < outer->count; i++) {
        if (inner->base >= outer->range[i].base && inner->end <= outer->range[i].end) {
            return true;
        }
    }
    return false;
}

static bool device_tree_check_memory(const struct device_tree_request *request,
                                     const struct device_tree_ranges *memory,
                                     const struct device_tree_ranges *ram) {
    unsigned before = request->report->errors;
    for (size_t i = 0; i < memory->count; i++) {
        const struct device_tree_range *range = &memory->range[i];
        if (!device_tree_within(range, ram)) {
            report_error(request->report, request->place,
                         "correct it or leave out the memory nodes: they are made from the "
                         "zone's regions then",
                         "the device tree has memory 0x%" PRIx64 "-0x%" PRIx64
                         " that is not RAM of the zone",
                         range->base, range->end - 1);
        }
    }
    for (size_t i = 0; i < ram->count; i++) {
        if (!device_tree_within(&ram->range[i], memory)) {
            report_error(request->report, request->place,
                         "correct it or leave out the memory nodes",
                         "the device tree does not name the zone's RAM 0x%" PRIx64 "-0x%" PRIx64,
                         ram->range[i].base, ram->range[i].end - 1);
        }
    }
    return request->report->errors == before;
}

static int device_tree_add_memory(void *fdt, const struct device_tree_ranges *ram) {
    char name[sizeof("memory@") + 16];
    snprintf(name, sizeof(name), "memory@%" PRIx64, ram->range[0].base);
    int node = fdt_add_subnode(fdt, 0, name);
    int error = node < 0 ? node : fdt_setprop_string(fdt, node, "device_type", "memory");
    for (size_t i = 0; i < ram->count && error == 0; i++) {
        error = fdt_appendprop_addrrange(fdt, 0, node, "reg", ram->range[i].base,
                                         ram->range[i].end - ram->range[i].base);
    }
    return error;
}

static bool device_tree_set_memory(const struct device_tree_request *request, void *fdt) {
    struct device_tree_ranges ram = device_tree_zone_ram(request);
    struct device_tree_ranges memory = device_tree_memory(fdt);
    if (memory.full) {
        report_error(request->report, request->place, "join neighbours",
                     "the device tree has more than %u ranges of memory", DEVICE_TREE_MAX_RANGES);
        return false;
    }
    if (memory.count != 0) {
        return device_tree_check_memory(request, &memory, &ram);
    }
    int error = ram.count != 0 ? device_tree_add_memory(fdt, &ram) : 0;
    return error == 0 || device_tree_fail(request, "cannot add the memory node", error);
}

/* True if Linux would take the node for a CPU; *id is then its number. */
static bool device_tree_read_cpu(const void *fdt, int node, uint64_t *id) {
    int length = 0;
    const uint8_t *reg = fdt_getprop(fdt, node, "reg", &length);
    int status_length = 0;
    const char *status = fdt_getprop(fdt, node, "status", &status_length);
    if (!device_tree_has_type(fdt, node, "cpu") || reg == NULL || length < (int)sizeof(fdt32_t) ||
        (status != NULL && !fdt_stringlist_contains(status, status_length, "okay") &&
         !fdt_stringlist_contains(status, status_length, "ok"))) {
        return false;
    }
    *id = device_tree_read_cells(reg, length >= (int)sizeof(fdt64_t) ? 2 : 1);
    return true;
}

/* The first CPU below `cpus` that the zone lacks; negative if there is none. */
static int device_tree_surplus_cpu(const void *fdt, int cpus, unsigned num_vcpus) {
    int node;
    fdt_for_each_subnode(node, fdt, cpus) {
        uint64_t id = 0;
        if (device_tree_read_cpu(fdt, node, &id) && id >= num_vcpus) {
            break;
        }
    }
    return node;
}

static bool device_tree_has_cpu(const void *fdt, int cpus, unsigned number) {
    int node;
    fdt_for_each_subnode(node, fdt, cpus) {
        uint64_t id = 0;
        if (device_tree_read_cpu(fdt, node, &id) && id == number) {
            return true;
        }
    }
    return false;
}

/* Removes surplus CPUs, so that one tree with many CPUs serves zones of every size. */
static bool device_tree_set_cpus(const struct device_tree_request *request, void *fdt) {
    int cpus = fdt_path_offset(fdt, "/cpus");
    if (cpus < 0) {
        report_error(request->report, request->place, "add /cpus with a node for each CPU",
                     "the device tree has no CPUs");
        return false;
    }
    int node;
    while ((node = device_tree_surplus_cpu(fdt, cpus, request->num_vcpus)) >= 0) {
        int error = fdt_del_node(fdt, node);
        if (error != 0) {
            return device_tree_fail(request, "cannot remove a CPU", error);
        }
    }
    for (unsigned number = 0; number < request->num_vcpus; number++) {
        if (!device_tree_has_cpu(fdt, cpus, number)) {
            report_error(request->report, request->place,
                         "number the CPUs from 0, one node for each CPU in \"cpus\"",
                         "the device tree has no CPU %u, the zone has %u CPUs", number,
                         request->num_vcpus);
            return false;
        }
    }
    return true;
}

static int device_tree_delete(void *fdt, int node, const char *name) {
    int error = fdt_delprop(fdt, node, name);
    return error == -FDT_ERR_NOTFOUND ? 0 : error;
}

static int device_tree_set_initrd(const struct device_tree_request *request, void *fdt, int node) {
    int error = device_tree_delete(fdt, node, "linux,initrd-start");
    if (error == 0) {
        error = device_tree_delete(fdt, node, "linux,initrd-end");
    }
    if (error == 0 && request->initrd_size != 0) {
        error = fdt_setprop_u64(fdt, node, "linux,initrd-start", request->initrd_base);
        if (error == 0) {
            error = fdt_setprop_u64(fdt, node, "linux,initrd-end",
                                    request->initrd_base + request->initrd_size);
        }
    }
    return error;
}

/*
 * Linux wipes the seed after reading it. Without a seed a zone never gathers enough randomness:
 * each exec and fork extracts entropy, a sixth of their time, and wake-ups come milliseconds late.
 */
static int device_tree_set_seed(void *fdt, int node) {
    uint8_t seed[DEVICE_TREE_SEED];
    if (fdt_getprop(fdt, node, "rng-seed", NULL) != NULL ||
        getrandom(seed, sizeof(seed), 0) != (ssize_t)sizeof(seed)) {
        return 0;
    }
    return fdt_setprop(fdt, node, "rng-seed", seed, (int)sizeof(seed));
}

static bool device_tree_set_chosen(const struct device_tree_request *request, void *fdt) {
    int node = fdt_path_offset(fdt, "/chosen");
    if (node == -FDT_ERR_NOTFOUND) {
        node = fdt_add_subnode(fdt, 0, "chosen");
    }
    int error = node < 0 ? node : 0;
    if (error == 0 && request->arguments != NULL) {
        error = fdt_setprop(fdt, node, "bootargs", request->arguments,
                            (int)strlen(request->arguments) + 1);
    }
    if (error == 0) {
        error = device_tree_set_initrd(request, fdt, node);
    }
    if (error == 0) {
        error = device_tree_set_seed(fdt, node);
    }
    return error == 0 || device_tree_fail(request, "cannot set /chosen", error);
}

static bool device_tree_check_file(const struct device_tree_request *request) {
    const struct file_bytes *file = &request->file;
    int error = file->size < sizeof(struct fdt_header) ? -FDT_ERR_TRUNCATED
                                                       : fdt_check_full(file->bytes, file->size);
    return error == 0 || device_tree_fail(request, "not a device tree", error);
}

bool device_tree_complete(const struct device_tree_request *request, struct file_bytes *out) {
    if (!device_tree_check_file(request)) {
        return false;
    }
    size_t limit = device_tree_limit(request);
    void *fdt = arena_alloc(request->report->arena, limit);
    int error = fdt_open_into(request->file.bytes, fdt, (int)limit);
    if (error != 0) {
        return device_tree_fail(request, "cannot copy the device tree", error);
    }
    bool good = device_tree_set_cpus(request, fdt);
    good = device_tree_set_memory(request, fdt) && good;
    if (!good || !device_tree_set_chosen(request, fdt)) {
        return false;
    }
    fdt_pack(fdt);
    *out = (struct file_bytes){fdt, fdt_totalsize(fdt)};
    return true;
}
