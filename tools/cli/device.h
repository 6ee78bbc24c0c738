/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way to the machine: /dev/loongvisor, poll and the clock. Tests put a machine of their own
 * behind it. Every function answers 0 or more, or -errno.
 */
#ifndef CLI_DEVICE_H
#define CLI_DEVICE_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct device;

struct device_ops {
    /* Opens it non-blocking and sets device->fd. */
    int (*open)(struct device *device);
    void (*close)(struct device *device);
    int (*ioctl)(struct device *device, unsigned long request, void *argument);
    ssize_t (*read)(struct device *device, void *buffer, size_t size);
    /* As poll(2); device->fd may be among the descriptors. */
    int (*poll)(struct device *device, struct pollfd *fds, nfds_t count, int timeout_ms);
    /*
     * Keeps other processes from doing the same until the device is closed; -EWOULDBLOCK if one
     * does already and `wait` is false.
     */
    int (*lock)(struct device *device, bool wait);
    uint64_t (*now_ms)(struct device *device); /* never goes back */
};

struct device {
    const struct device_ops *ops;
    int fd; /* -1: not open */
};

/* The real one. */
extern const struct device_ops device_real;

#endif
