// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The files that a zone names, which may come from anywhere: kernels of every format, device trees.
 * The first byte says what the others are. What is loaded lies where it may.
 */
#include "lib/device_tree.h"
#include "lib/kernel.h"
#include "lib/span.h"

#include <stdlib.h>
#include <string.h>

#define FUZZ_RAM_SIZE ((uint64_t)64 << 20)

enum fuzz_kind { FUZZ_KERNEL = 0, FUZZ_TREE = 1 };

static const struct place place = {.file = "file"};
static const struct json_node address_node = {.place = {.file = "zone"}};
static const struct lv_region ram = {.type = LV_REGION_RAM, .size = FUZZ_RAM_SIZE};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void fuzz_kernel(struct report *report, const struct file_bytes *file) {
    const struct field_number address = {.value = 0x200000, .node = &address_node, .good = true};
    const struct kernel_request request = {.max = FUZZ_RAM_SIZE,
                                           .report = report,
                                           .place = &place,
                                           .file = *file,
                                           .address = &address};
    struct payload_list list = {.count = 0};
    struct kernel kernel;
    bool loaded = kernel_load(&request, &list, &kernel);
    if (loaded == (report->errors != 0)) {
        abort();
    }
    payload_check(report, &list, &ram, 1);
    for (size_t i = 0; loaded && report->errors == 0 && i < list.count; i++) {
        const struct payload *payload = &list.items[i];
        if (!span_contains(0, FUZZ_RAM_SIZE, payload->gpa, payload->memory_size) ||
            payload->size > payload->memory_size) {
            abort();
        }
        /* Every byte is there to be read. */
        uint8_t *copy = arena_alloc(report->arena, payload->size);
        memcpy(copy, payload->bytes, payload->size);
    }
}

static void fuzz_tree(struct report *report, const struct file_bytes *file) {
    const struct device_tree_request request = {.report = report,
                                                .place = &place,
                                                .file = *file,
                                                .regions = &ram,
                                                .num_regions = 1,
                                                .num_vcpus = 2,
                                                .arguments = "quiet",
                                                .initrd_base = 0x1000000,
                                                .initrd_size = 4096};
    struct file_bytes tree;
    bool good = device_tree_complete(&request, &tree);
    if (good == (report->errors != 0) || (good && tree.size > device_tree_limit(&request))) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct arena arena = {0};
    struct report report = {.arena = &arena};
    if (size == 0) {
        return 0;
    }
    const struct file_bytes file = {bytes + 1, size - 1};
    (bytes[0] == FUZZ_TREE ? fuzz_tree : fuzz_kernel)(&report, &file);
    arena_free(&arena);
    return 0;
}
