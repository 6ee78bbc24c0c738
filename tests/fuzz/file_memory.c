// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/file.h over a few files in memory, so that what is fuzzed touches nothing else. */
#include "lib/file.h"

#include <string.h>

#define MEMORY_FILE_SIZE 0x180u

struct memory_file {
    const char *name;
    uint8_t bytes[MEMORY_FILE_SIZE];
};

static const struct memory_file memory_files[] = {
    /* A LoongArch Image of 3 MiB: entry 0x200100, size, link address, magic (LVZ reference 13.1).
     */
    {"Image", {'M', 'Z', 0, 0, 0, 0, 0,    0, 0, 1, 0x20, 0, 0, 0, 0, 0, 0,    0,    0x30, 0,
               0,   0,   0, 0, 0, 0, 0x20, 0, 0, 0, 0,    0, 0, 0, 0, 0, 0,    0,    0,    0,
               0,   0,   0, 0, 0, 0, 0,    0, 0, 0, 0,    0, 0, 0, 0, 0, 0xcd, 0x23, 0x82, 0x81}},
    {"flat.bin", {1, 2, 3}},
    {"initrd", {4, 5, 6}},
};

static const struct memory_file *memory_find(const char *name) {
    for (size_t i = 0; i < sizeof(memory_files) / sizeof(memory_files[0]); i++) {
        if (strcmp(memory_files[i].name, name) == 0) {
            return &memory_files[i];
        }
    }
    return NULL;
}

const char *file_find(struct report *report, const struct place *place,
                      const struct file_search *search, const char *name) {
    (void)search;
    const struct memory_file *file = memory_find(name);
    if (file == NULL) {
        report_error(report, place, "correct the path", "there is no such file");
        return NULL;
    }
    return file->name;
}

bool file_read(struct report *report, const struct place *place, const char *path, uint64_t max,
               struct file_bytes *out) {
    const struct memory_file *file = memory_find(path);
    if (file == NULL || sizeof(file->bytes) > max) {
        report_error(report, place, "correct the path", "cannot read %s", path);
        return false;
    }
    *out = (struct file_bytes){file->bytes, sizeof(file->bytes)};
    return true;
}
