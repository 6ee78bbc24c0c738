/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a new file gets, less the process's umask. */
#define FILE_MODE 0666u
/* No zone loads more; keeps a name such as /proc/kcore from asking for all memory. */
#define FILE_MAX_SIZE ((uint64_t)1 << 30)

static const char *file_in_folder(struct arena *arena, const char *folder, size_t length,
                                  const char *name) {
    const char *path = arena_printf(arena, "%.*s%s", (int)length, folder, name);
    return access(path, F_OK) == 0 ? path : NULL;
}

static const char *file_find_relative(struct arena *arena, const char *file,
                                      const struct file_search *search, const char *name) {
    const char *slash = strrchr(file, '/');
    size_t length = slash ? (size_t)(slash - file) + 1 : 0;
    const char *path = file_in_folder(arena, file, length, name);
    for (size_t i = 0; path == NULL && i < search->count; i++) {
        const char *folder = arena_printf(arena, "%s/", search->folders[i]);
        path = file_in_folder(arena, folder, strlen(folder), name);
    }
    return path;
}

const char *file_find(struct report *report, const struct place *place,
                      const struct file_search *search, const char *name) {
    const char *path = name[0] == '/'
                           ? file_in_folder(report->arena, "", 0, name)
                           : file_find_relative(report->arena, place->file, search, name);
    if (path == NULL) {
        report_error(report, place,
                     name[0] == '/' ? "correct the path"
                                    : "build it, correct the path (relative to the zone file) or "
                                      "name its folder with --search",
                     "there is no such file");
    }
    return path;
}

/* Reads until `size` bytes are there; false on an error or an early end. */
static bool file_read_all(int fd, uint8_t *bytes, size_t size) {
    size_t done = 0;
    while (done < size) {
        ssize_t got = read(fd, bytes + done, size - done);
        if (got == 0 || (got < 0 && errno != EINTR)) {
            errno = got == 0 ? EIO : errno;
            return false;
        }
        done += got > 0 ? (size_t)got : 0;
    }
    return true;
}

/* Devices do things when they are opened, and pipes wait: only regular files are opened at all. */
static bool file_is_usable(const struct stat *status) {
    if (!S_ISREG(status->st_mode)) {
        errno = S_ISDIR(status->st_mode) ? EISDIR : EINVAL;
        return false;
    }
    errno = EFBIG;
    return (uint64_t)status->st_size <= FILE_MAX_SIZE;
}

static bool file_read_open(struct arena *arena, int fd, struct file_bytes *out) {
    struct stat status;
    if (fstat(fd, &status) != 0 || !file_is_usable(&status)) {
        return false;
    }
    out->size = (size_t)status.st_size;
    uint8_t *bytes = arena_alloc(arena, out->size + 1);
    out->bytes = bytes;
    return file_read_all(fd, bytes, out->size);
}

bool file_read(struct report *report, const struct place *place, const char *path,
               struct file_bytes *out) {
    struct stat status;
    bool usable = stat(path, &status) == 0 && file_is_usable(&status);
    int fd = usable ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
    bool good = fd >= 0 && file_read_open(report->arena, fd, out);
    if (!good) {
        report_error(report, place, "give a regular file of at most 1 GiB that you may read",
                     "cannot read %s: %s", path, strerror(errno));
    }
    if (fd >= 0) {
        close(fd);
    }
    return good;
}

static bool file_report(struct report *report, const struct file_output *output, const char *what) {
    struct place place = {.file = output->path};
    report_error(report, &place, "give another path or make room", "cannot %s: %s", what,
                 strerror(errno));
    return false;
}

bool file_create(struct report *report, const char *path, struct file_output *output) {
    output->path = path;
    output->temporary = arena_printf(report->arena, "%s.XXXXXX", path);
    output->fd = mkstemp(output->temporary);
    return output->fd >= 0 || file_report(report, output, "create it");
}

static bool file_finish(const struct file_output *output) {
    mode_t mask = umask(0);
    umask(mask);
    return fchmod(output->fd, FILE_MODE & ~mask) == 0 && fsync(output->fd) == 0 &&
           rename(output->temporary, output->path) == 0;
}

bool file_commit(struct report *report, struct file_output *output) {
    if (!file_finish(output)) {
        file_report(report, output, "write it");
        file_discard(output);
        return false;
    }
    close(output->fd);
    return true;
}

void file_discard(struct file_output *output) {
    unlink(output->temporary);
    close(output->fd);
}
