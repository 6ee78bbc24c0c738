/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interface to the machine: /dev/loongvisor, poll and the clock. Tests replace it with a
 * machine of their own. Every function returns 0 or more, or -errno.
 */
#ifndef CLI_DEVICE_H
#define CLI_DEVICE_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define DEVICE_COMMAND_SIZE 128u

struct device;
struct lv_zone_config;

/* A process, and its command line with blanks between the words. */
struct device_holder {
    int pid;
    char command[DEVICE_COMMAND_SIZE];
};

struct device_ops {
    /* Opens it non-blocking and sets device->fd. */
    int (*open)(struct device *device);
    void (*close)(struct device *device);
    int (*ioctl)(struct device *device, unsigned long request, void *argument);
    ssize_t (*read)(struct device *device, void *buffer, size_t size);
    /* As poll(2); device->fd may be among the descriptors. */
    int (*poll)(struct device *device, struct pollfd *fds, nfds_t count, int timeout_ms);
    /*
     * Keeps other processes from doing the same until unlock() or the end of this one;
     * -EWOULDBLOCK if one does already.
     */
    int (*lock)(struct device *device);
    void (*unlock)(struct device *device);
    /* Finds the owner of the lock; false: the owner is unknown. */
    bool (*holder)(struct device *device, struct device_holder *holder);
    /* Finds those who use the memory of the zone (users.h): how many, at most max. */
    size_t (*users)(struct device *device, const struct lv_zone_config *config,
                    struct device_holder *users, size_t max);
    uint64_t (*now_ms)(struct device *device); /* never goes back */
};

struct device {
    const struct device_ops *ops;
    int fd; /* -1: not open */
};

/* Fills in the command line of holder->pid; empty if it cannot be read. */
void device_read_command(struct device_holder *holder);

/* The real one. */
extern const struct device_ops device_real;

#endif
