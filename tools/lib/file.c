// SPDX-License-Identifier: GPL-2.0-or-later
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The mode of a new file, before the process's umask. */
#define FILE_MODE      0666u
#define FILE_MODE_BITS 0777u
/* The most links that Linux follows. */
#define FILE_MAX_LINKS 40u
#define FILE_COPY_SIZE 65536u

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

/* Opening a device may have effects, and opening a pipe may block: only regular files are opened.
 */
static bool file_is_usable(const struct stat *status, uint64_t max) {
    if (!S_ISREG(status->st_mode)) {
        errno = S_ISDIR(status->st_mode) ? EISDIR : EINVAL;
        return false;
    }
    errno = EFBIG;
    return (uint64_t)status->st_size <= max;
}

static bool file_read_open(struct arena *arena, int fd, uint64_t max, struct file_bytes *out) {
    struct stat status;
    if (fstat(fd, &status) != 0 || !file_is_usable(&status, max)) {
        return false;
    }
    out->size = (size_t)status.st_size;
    uint8_t *bytes = arena_alloc(arena, out->size + 1);
    out->bytes = bytes;
    return file_read_all(fd, bytes, out->size);
}

bool file_read(struct report *report, const struct place *place, const char *path, uint64_t max,
               struct file_bytes *out) {
    struct stat status;
    bool usable = stat(path, &status) == 0 && file_is_usable(&status, max);
    int fd = usable ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
    bool good = fd >= 0 && file_read_open(report->arena, fd, max, out);
    if (!good) {
        const char *remedy =
            arena_printf(report->arena,
                         "give a regular file of at most %" PRIu64 " bytes that you may read", max);
        report_error(report, place, remedy, "cannot read %s: %s", path, strerror(errno));
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

/* The name that a chain of links ends in, whether anything is there or not; NULL with errno. */
static const char *file_follow(struct arena *arena, const char *path) {
    for (unsigned hops = 0; hops < FILE_MAX_LINKS; hops++) {
        char target[PATH_MAX];
        ssize_t length = readlink(path, target, sizeof(target));
        if (length < 0) {
            return path;
        }
        const char *slash = target[0] == '/' ? NULL : strrchr(path, '/');
        int folder = slash ? (int)(slash - path) + 1 : 0;
        path = arena_printf(arena, "%.*s%.*s", folder, path, (int)length, target);
    }
    errno = ELOOP;
    return NULL;
}

/* The temporary file that a signal removes; one at a time. */
static const char *volatile file_temporary;

static void file_remove_temporary(int signal) {
    if (file_temporary != NULL) {
        unlink(file_temporary);
    }
    (void)raise(signal);
}

/* Signals that end the program, unless the caller has them ignored. A file that grows too large is
 * an error to write(). */
static void file_catch_signals(void) {
    static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM};
    struct sigaction action = {.sa_handler = file_remove_temporary, .sa_flags = (int)SA_RESETHAND};
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        struct sigaction old;
        if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL) {
            sigaction(signals[i], &action, NULL);
        }
    }
    (void)signal(SIGXFSZ, SIG_IGN);
}

/* Blocks signals, so that none comes between making the file and recording it. */
static bool file_make_temporary(struct arena *arena, struct file_output *output) {
    sigset_t all;
    sigset_t old;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &old);
    output->temporary = arena_printf(arena, "%s.XXXXXX", output->target);
    output->fd = mkostemp(output->temporary, O_CLOEXEC);
    if (output->fd >= 0) {
        file_temporary = output->temporary;
        file_catch_signals();
    }
    sigprocmask(SIG_SETMASK, &old, NULL);
    return output->fd >= 0;
}

/* A device or a pipe is not replaced. It cannot seek, so the output is made in memory first. */
static bool file_open_through(struct file_output *output) {
    output->through = open(output->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    output->fd = output->through >= 0 ? memfd_create("output", MFD_CLOEXEC) : -1;
    return output->fd >= 0;
}

/* A replaced file keeps its permissions; the umask limits those of a new one. */
static bool file_open_beside(struct arena *arena, struct file_output *output,
                             const struct stat *old) {
    mode_t mask = umask(0);
    umask(mask);
    output->mode = old != NULL ? old->st_mode & FILE_MODE_BITS : FILE_MODE & ~mask;
    output->target = file_follow(arena, output->path);
    return output->target != NULL && (old == NULL || access(output->path, W_OK) == 0) &&
           file_make_temporary(arena, output);
}

bool file_create(struct report *report, const char *path, struct file_output *output) {
    struct stat old;
    bool exists = stat(path, &old) == 0;
    *output = (struct file_output){.path = path, .fd = -1, .through = -1};
    bool good = exists && !S_ISREG(old.st_mode)
                    ? file_open_through(output)
                    : file_open_beside(report->arena, output, exists ? &old : NULL);
    return good || file_report(report, output, "create it");
}

/* Devices that keep nothing refuse to sync. */
static bool file_copy_through(const struct file_output *output) {
    char bytes[FILE_COPY_SIZE];
    if (lseek(output->fd, 0, SEEK_SET) != 0) {
        return false;
    }
    ssize_t got;
    while ((got = read(output->fd, bytes, sizeof(bytes))) > 0) {
        for (ssize_t done = 0; done < got;) {
            ssize_t put = write(output->through, bytes + done, (size_t)(got - done));
            if (put < 0 && errno != EINTR) {
                return false;
            }
            done += put > 0 ? put : 0;
        }
    }
    return got == 0 && (fsync(output->through) == 0 || errno == EINVAL || errno == EROFS);
}

static bool file_rename(const struct file_output *output) {
    return fchmod(output->fd, output->mode) == 0 && fsync(output->fd) == 0 &&
           rename(output->temporary, output->target) == 0;
}

bool file_commit(struct report *report, struct file_output *output) {
    if (output->through >= 0 ? !file_copy_through(output) : !file_rename(output)) {
        file_report(report, output, "write it");
        file_discard(output);
        return false;
    }
    output->temporary = NULL;
    file_discard(output);
    return true;
}

void file_discard(struct file_output *output) {
    if (output->temporary != NULL) {
        unlink(output->temporary);
    }
    file_temporary = NULL;
    close(output->fd);
    if (output->through >= 0) {
        close(output->through);
    }
}
