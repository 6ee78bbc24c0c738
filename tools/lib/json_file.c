// SPDX-License-Identifier: GPL-2.0-or-later
#include "json_file.h"

#include "file.h"

const struct json_node *json_read_file(struct report *report, const char *path) {
    struct place place = {.file = path};
    struct file_bytes file;
    return file_read(report, &place, path, FILE_MAX_SIZE, &file)
               ? json_parse(report, path, (const char *)file.bytes, file.size)
               : NULL;
}
