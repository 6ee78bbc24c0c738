/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files: finding, reading and writing them so that a failure changes nothing. */
#ifndef TOOLS_FILE_H
#define TOOLS_FILE_H

#include "report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

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

/* The most that a zone loads; keeps a name such as /proc/kcore from taking all memory. */
#define FILE_MAX_SIZE ((uint64_t)1 << 30)

/* Reads a regular file of at most `max` bytes into the report's arena; false when that fails
 * (reported at `place`). */
bool file_read(struct report *report, const struct place *place, const char *path, uint64_t max,
               struct file_bytes *out);

/* An output: a file under a temporary name, or memory if the target is no regular file. */
struct file_output {
    const char *path;   /* as it was given */
    const char *target; /* links followed; NULL: no regular file */
    char *temporary;    /* beside the target; NULL: there is none */
    mode_t mode;        /* that the target gets */
    int fd;             /* to write to, with seeks */
    int through;        /* the device or pipe that gets what was written; -1: none */
};

/*
 * Begins to write `path`. When all is written, it replaces a regular file, or a link's target, or
 * makes a new file; anything else is written to. A signal that ends the program removes the
 * temporary file. One output at a time. False if that fails (reported).
 */
bool file_create(struct report *report, const char *path, struct file_output *output);

/* Ends it: what was written is in its place, safe on disk. False if that fails (reported):
 * a regular file has not changed then. */
bool file_commit(struct report *report, struct file_output *output);

/* Ends it without writing. */
void file_discard(struct file_output *output);

#endif
