// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel.h"

#include "elf_input.h"
#include "span.h"
#include "zboot.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* LoongArch Image header (LVZ reference 13.1). */
#define IMAGE_ENTRY_OFFSET 0x08u
#define IMAGE_SIZE_OFFSET  0x10u
#define IMAGE_LINK_OFFSET  0x18u
#define IMAGE_MAGIC_OFFSET 0x38u
#define IMAGE_HEADER_SIZE  0x40u
#define IMAGE_MAGIC        0x818223cdu
#define IMAGE_ALIGN        0x200000u

/* Segments closer than this become one payload: the zeros between them cost less than a payload
 * slot. */
#define KERNEL_MAX_GAP 0x10000u
/* Far larger than any kernel; keeps a damaged header from taking all memory. */
#define KERNEL_MAX_SIZE 0x40000000u

struct kernel_format {
    const char *name;
    enum zone_boot boot;
    bool (*matches)(const struct file_bytes *file);
    bool (*load)(const struct kernel_request *request, struct payload_list *list,
                 struct kernel *out);
};

static uint64_t kernel_read_u64(const struct file_bytes *file, size_t offset) {
    uint64_t value;
    memcpy(&value, file->bytes + offset, sizeof(value));
    return value;
}

static bool kernel_has_bytes(const struct file_bytes *file, size_t offset, const void *bytes,
                             size_t size) {
    return file->size >= offset + size && memcmp(file->bytes + offset, bytes, size) == 0;
}

static bool kernel_need_address(const struct kernel_request *request) {
    if (request->address->node == NULL) {
        report_error(request->report, request->place, "add \"kernel_load_paddr\"",
                     "nothing says where the kernel is loaded");
    }
    return request->address->good;
}

static bool kernel_matches_image(const struct file_bytes *file) {
    static const uint32_t magic = IMAGE_MAGIC;
    return file->size >= IMAGE_HEADER_SIZE && kernel_has_bytes(file, 0, "MZ", 2) &&
           kernel_has_bytes(file, IMAGE_MAGIC_OFFSET, &magic, sizeof(magic));
}

static bool kernel_load_image(const struct kernel_request *request, struct payload_list *list,
                              struct kernel *out) {
    const struct file_bytes *file = &request->file;
    const struct field_number *given = request->address;
    if (given->node != NULL && !given->good) {
        return false;
    }
    uint64_t address = given->node ? given->value : request->usual;
    if (address % IMAGE_ALIGN != 0) {
        report_error(request->report, &given->node->place, "load it at a multiple of 0x200000",
                     "a Linux Image needs 2 MiB alignment");
        return false;
    }
    uint64_t memory = kernel_read_u64(file, IMAGE_SIZE_OFFSET);
    if (memory > KERNEL_MAX_SIZE) {
        report_error(request->report, request->place, "give an undamaged kernel",
                     "its header asks for 0x%" PRIx64 " bytes of memory", memory);
        return false;
    }
    struct payload payload = {.what = "kernel",
                              .place = request->place,
                              .gpa = address,
                              .bytes = file->bytes,
                              .size = file->size,
                              .memory_size = memory > file->size ? memory : file->size};
    out->has_entry = true;
    out->entry = kernel_read_u64(file, IMAGE_ENTRY_OFFSET) -
                 kernel_read_u64(file, IMAGE_LINK_OFFSET) + address;
    return payload_add(request->report, list, &payload);
}

static uint64_t kernel_max_size(const struct kernel_request *request) {
    return request->max < KERNEL_MAX_SIZE ? request->max : KERNEL_MAX_SIZE;
}

static bool kernel_load_zboot(const struct kernel_request *request, struct payload_list *list,
                              struct kernel *out) {
    struct kernel_request unpacked = *request;
    if (!zboot_unpack(request->report, request->place, &request->file, kernel_max_size(request),
                      &unpacked.file)) {
        return false;
    }
    arena_release(request->report->arena, request->file.bytes);
    if (!kernel_matches_image(&unpacked.file)) {
        report_error(request->report, request->place, "give a kernel for LoongArch64",
                     "what it unpacks to is no LoongArch Image");
        return false;
    }
    return kernel_load_image(&unpacked, list, out);
}

/* Segments by physical address, direct-mapped window bits dropped. */
static int kernel_compare_segments(const void *a, const void *b) {
    const struct elf_segment *x = a;
    const struct elf_segment *y = b;
    return (x->paddr > y->paddr) - (x->paddr < y->paddr);
}

/* The entry's GPA: through the segment that holds it, since it is a virtual address. */
static uint64_t kernel_elf_entry(const struct elf_input *elf) {
    for (size_t i = 0; i < elf->count; i++) {
        const struct elf_segment *segment = &elf->segments[i];
        if (span_contains(segment->vaddr, segment->memory_size, elf->entry, 1)) {
            return elf->entry - segment->vaddr + segment->paddr;
        }
    }
    return elf->entry & ZONE_ADDRESS_MASK;
}

/* Segments first..last-1 that become one payload. */
struct kernel_group {
    const struct elf_segment *first;
    size_t count;
    uint64_t base; /* 8-byte aligned */
    uint64_t file_end;
    uint64_t memory_end;
};

/* Joins the segments that are close together; they are sorted. */
static struct kernel_group kernel_take_group(const struct elf_segment *segments, size_t count) {
    struct kernel_group group = {.first = segments, .base = segments[0].paddr & ~7ULL};
    group.memory_end = group.base;
    while (group.count < count) {
        const struct elf_segment *segment = &segments[group.count];
        if (segment->paddr > group.memory_end + KERNEL_MAX_GAP) {
            break;
        }
        if (segment->file_size != 0) {
            group.file_end = segment->paddr + segment->file_size;
        }
        group.memory_end = segment->paddr + segment->memory_size;
        group.count++;
    }
    return group;
}

static bool kernel_check_segments(const struct kernel_request *request,
                                  const struct elf_input *elf) {
    uint64_t end = 0;
    for (size_t i = 0; i < elf->count; i++) {
        const struct elf_segment *segment = &elf->segments[i];
        if (segment->memory_size > KERNEL_MAX_SIZE) {
            report_error(request->report, request->place, "give another kernel",
                         "a segment of 0x%" PRIx64 " bytes", segment->memory_size);
            return false;
        }
        if (segment->paddr < end) {
            report_error(request->report, request->place, "link it with disjoint segments",
                         "two segments overlap at 0x%" PRIx64, segment->paddr);
            return false;
        }
        end = segment->paddr + segment->memory_size;
    }
    return true;
}

static bool kernel_add_group(const struct kernel_request *request, const struct kernel_group *group,
                             struct payload_list *list) {
    uint64_t end = request->zero_fill ? group->memory_end : group->file_end;
    if (end <= group->base) {
        return true;
    }
    if (end - group->base > kernel_max_size(request)) {
        report_error(request->report, request->place, "give the zone more RAM",
                     "a segment of 0x%" PRIx64 " bytes, and the largest RAM region has 0x%" PRIx64,
                     end - group->base, kernel_max_size(request));
        return false;
    }
    uint8_t *bytes = arena_alloc(request->report->arena, end - group->base);
    for (size_t i = 0; i < group->count; i++) {
        const struct elf_segment *segment = &group->first[i];
        if (segment->file_size != 0) {
            memcpy(bytes + (segment->paddr - group->base), request->file.bytes + segment->offset,
                   segment->file_size);
        }
    }
    struct payload payload = {.what = "kernel",
                              .place = request->place,
                              .gpa = group->base,
                              .bytes = bytes,
                              .size = end - group->base,
                              .memory_size = group->memory_end - group->base};
    return payload_add(request->report, list, &payload);
}

static bool kernel_load_elf(const struct kernel_request *request, struct payload_list *list,
                            struct kernel *out) {
    struct elf_input elf;
    if (!elf_input_read(request->report, request->place, &request->file, &elf)) {
        return false;
    }
    for (size_t i = 0; i < elf.count; i++) {
        elf.segments[i].paddr &= ZONE_ADDRESS_MASK;
    }
    qsort(elf.segments, elf.count, sizeof(elf.segments[0]), kernel_compare_segments);
    bool good = kernel_check_segments(request, &elf);
    for (size_t i = 0; good && i < elf.count;) {
        struct kernel_group group = kernel_take_group(&elf.segments[i], elf.count - i);
        good = kernel_add_group(request, &group, list);
        i += group.count;
    }
    out->has_entry = true;
    out->entry = kernel_elf_entry(&elf);
    arena_release(request->report->arena, request->file.bytes);
    return good;
}

static bool kernel_matches_any(const struct file_bytes *file) {
    return file->size != 0;
}

static bool kernel_load_flat(const struct kernel_request *request, struct payload_list *list,
                             struct kernel *out) {
    if (!kernel_need_address(request)) {
        return false;
    }
    struct payload payload = {.what = "kernel",
                              .place = request->place,
                              .gpa = request->address->value,
                              .bytes = request->file.bytes,
                              .size = request->file.size,
                              .memory_size = request->file.size};
    out->has_entry = false;
    return payload_add(request->report, list, &payload);
}

/* The first that matches is used; the flat binary matches any file. */
static const struct kernel_format kernel_formats[] = {
    {"zboot", ZONE_BOOT_EFI_TABLES, zboot_matches, kernel_load_zboot},
    {"Image", ZONE_BOOT_EFI_TABLES, kernel_matches_image, kernel_load_image},
    {"ELF", ZONE_BOOT_NONE, elf_input_matches, kernel_load_elf},
    {"flat", ZONE_BOOT_NONE, kernel_matches_any, kernel_load_flat},
};

static uint64_t kernel_find_end(const struct payload_list *list, size_t from) {
    uint64_t end = 0;
    for (size_t i = from; i < list->count; i++) {
        uint64_t next = list->items[i].gpa + list->items[i].memory_size;
        end = next > end ? next : end;
    }
    return end;
}

bool kernel_load(const struct kernel_request *request, struct payload_list *list,
                 struct kernel *out) {
    size_t first = list->count;
    for (size_t i = 0; i < sizeof(kernel_formats) / sizeof(kernel_formats[0]); i++) {
        const struct kernel_format *format = &kernel_formats[i];
        if (format->matches(&request->file)) {
            *out = (struct kernel){.format = format->name, .boot = format->boot};
            bool good = format->load(request, list, out);
            out->end = kernel_find_end(list, first);
            return good;
        }
    }
    report_error(request->report, request->place, "build it again", "the kernel file is empty");
    return false;
}
