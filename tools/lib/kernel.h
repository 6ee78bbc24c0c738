/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel formats: one table entry each, so a new format is one more function. */
#ifndef TOOLS_KERNEL_H
#define TOOLS_KERNEL_H

#include "file.h"
#include "payload.h"
#include "zone_file.h"

/* The kernel to load, and its place. */
struct kernel_request {
    struct report *report;
    const struct place *place; /* of kernel_filepath */
    struct file_bytes file;
    const struct field_number *address; /* kernel_load_paddr */
    uint64_t usual;                     /* where it goes without */
    uint64_t max;   /* bytes of the largest RAM region: it can be no larger once it is unpacked */
    bool zero_fill; /* nobody else clears the RAM behind the file's bytes */
};

struct kernel {
    const char *format;
    enum zone_boot boot; /* the protocol that this format expects */
    bool has_entry;
    uint64_t entry; /* GPA */
    uint64_t end;   /* GPA behind the last byte that it needs */
};

/* Recognises the format and adds the kernel's payloads to the list; false when that fails
 * (reported). */
bool kernel_load(const struct kernel_request *request, struct payload_list *list,
                 struct kernel *out);

#endif
