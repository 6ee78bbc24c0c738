// SPDX-License-Identifier: GPL-2.0-or-later
#include "device.h"

#include "users.h"

#include <errno.h>
#include <fcntl.h>
#include <loongvisor/driver.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#define MS_PER_SECOND 1000u
#define NS_PER_MS     1000000u

/* More than a line of /proc/locks has. */
#define DEVICE_LINE_SIZE 256u

static int real_open(struct device *device) {
    device->fd = open(LV_DEVICE_PATH, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    return device->fd < 0 ? -errno : 0;
}

static void real_close(struct device *device) {
    close(device->fd);
    device->fd = -1;
}

static int real_ioctl(struct device *device, unsigned long request, void *argument) {
    int result = ioctl(device->fd, request, argument);
    return result < 0 ? -errno : result;
}

static ssize_t real_read(struct device *device, void *buffer, size_t size) {
    ssize_t result = read(device->fd, buffer, size);
    return result < 0 ? -errno : result;
}

static int real_poll(struct device *device, struct pollfd *fds, nfds_t count, int timeout_ms) {
    (void)device;
    int result = poll(fds, count, timeout_ms);
    return result < 0 ? -errno : result;
}

static int real_lock(struct device *device) {
    return flock(device->fd, LOCK_EX | LOCK_NB) != 0 ? -errno : 0;
}

static void real_unlock(struct device *device) {
    flock(device->fd, LOCK_UN);
}

/* True if a line of /proc/locks is of a lock on the file; *pid is then its owner. */
static bool device_lock_matches(const char *line, const struct stat *file, int *pid) {
    char type[8];
    unsigned major_number;
    unsigned minor_number;
    unsigned long inode;
    return sscanf(line, "%*d: %7s %*s %*s %d %x:%x:%lu", type, pid, &major_number, &minor_number,
                  &inode) == 5 &&
           strcmp(type, "FLOCK") == 0 && *pid > 0 && major_number == major(file->st_dev) &&
           minor_number == minor(file->st_dev) && inode == file->st_ino;
}

void device_read_command(struct device_holder *holder) {
    char path[32];
    snprintf(path, sizeof(path), "/proc/%d/cmdline", holder->pid);
    FILE *file = fopen(path, "re");
    size_t length = file != NULL ? fread(holder->command, 1, sizeof(holder->command) - 1, file) : 0;
    holder->command[length] = '\0';
    for (size_t i = 0; i + 1 < length; i++) {
        if (holder->command[i] < ' ' || holder->command[i] > '~') {
            holder->command[i] = ' ';
        }
    }
    if (file != NULL) {
        fclose(file);
    }
}

static bool real_holder(struct device *device, struct device_holder *holder) {
    char line[DEVICE_LINE_SIZE];
    struct stat opened;
    bool found = false;
    FILE *locks = fopen("/proc/locks", "re");
    if (locks == NULL) {
        return false;
    }
    if (fstat(device->fd, &opened) == 0) {
        while (!found && fgets(line, sizeof(line), locks) != NULL) {
            found = device_lock_matches(line, &opened, &holder->pid);
        }
    }
    fclose(locks);
    if (found) {
        device_read_command(holder);
    }
    return found;
}

static size_t real_users(struct device *device, const struct lv_zone_config *config,
                         struct device_holder *users, size_t max) {
    (void)device;
    return users_find(config, users, max);
}

static uint64_t real_now_ms(struct device *device) {
    (void)device;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * MS_PER_SECOND + (uint64_t)now.tv_nsec / NS_PER_MS;
}

const struct device_ops device_real = {
    .open = real_open,
    .close = real_close,
    .ioctl = real_ioctl,
    .read = real_read,
    .poll = real_poll,
    .lock = real_lock,
    .unlock = real_unlock,
    .holder = real_holder,
    .users = real_users,
    .now_ms = real_now_ms,
};
