/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files: finding, reading and writing them so that a failure changes nothing. */
#ifndef TOOLS_FILE_H
#define TOOLS_FILE_H

#include "report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct file_bytes {
    const uint8_t *bytes;
    size_t size;
};

/* Folders to look in, in this order, after the one that the name is relative to. */
struct file_search {
    const char *const *folders;
    size_t count;
};

/*
 * Finds `name`: absolute as it is, else relative to the folder of place->file, else in the search
 * folders. NULL when it is nowhere (reported at `place`).
 */
const char *file_find(struct report *report, const struct place *place,
                      const struct file_search *search, const char *name);

/* Reads a regular file into the report's arena; false when that fails (reported at `place`). */
bool file_read(struct report *report, const struct place *place, const char *path,
               struct file_bytes *out);

/* A file that is being written under a temporary name. */
struct file_output {
    const char *path;
    char *temporary;
    int fd;
};

/* Creates the temporary file beside `path`; false when that fails (reported). */
bool file_create(struct report *report, const char *path, struct file_output *output);

/* Gives the file its name, on disk for good. On failure nothing has changed (reported). */
bool file_commit(struct report *report, struct file_output *output);

/* Removes the temporary file. */
void file_discard(struct file_output *output);

#endif
