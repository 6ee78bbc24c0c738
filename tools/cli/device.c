/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <loongvisor/driver.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define MS_PER_SECOND 1000u
#define NS_PER_MS     1000000u

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

static int real_lock(struct device *device, bool wait) {
    return flock(device->fd, LOCK_EX | (wait ? 0 : LOCK_NB)) != 0 ? -errno : 0;
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
    .now_ms = real_now_ms,
};
