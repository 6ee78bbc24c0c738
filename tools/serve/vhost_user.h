/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The front end's side of vhost-user (QEMU's docs/interop/vhost-user.rst). Every call waits for the
 * back end, VHOST_USER_TIMEOUT_MS at the longest. A back end that answers late, or what it may not
 * answer, has lost the connection: the call is false, `problem` says why, and so is every later
 * one.
 */
#ifndef SERVE_VHOST_USER_H
#define SERVE_VHOST_USER_H

#include <loongvisor/virtio.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VHOST_USER_TIMEOUT_MS  5000
#define VHOST_USER_MAX_REGIONS 8u

struct vhost_user {
    int fd;               /* -1: not connected */
    uint64_t features;    /* the back end's */
    uint64_t protocol;    /* features of the protocol that both have */
    uint64_t deadline_ms; /* of the call that is made */
    const char *problem;  /* what the back end did; NULL: nothing wrong yet */
};

/* Memory of the zone: GPA = offset in the memory's file. */
struct vhost_user_region {
    uint64_t gpa;
    uint64_t size;
};

struct vhost_user_queue {
    struct lv_virtio_queue ring;
    uint16_t base; /* index of the next descriptor chain that the back end takes */
    int kick;      /* eventfds */
    int call;
};

/* Takes over a connected socket, and asks for features. */
bool vhost_user_begin(struct vhost_user *vhost, int fd);

/* Fills the device's configuration; *size: bytes wanted, then 0 if the back end has none. */
bool vhost_user_get_config(struct vhost_user *vhost, uint8_t *config, uint32_t *size);

/* Hands over what the driver accepted, and the memory. */
bool vhost_user_set_up(struct vhost_user *vhost, uint64_t features, int memory,
                       const struct vhost_user_region *regions, size_t count);

bool vhost_user_start_queue(struct vhost_user *vhost, uint32_t index,
                            const struct vhost_user_queue *queue);

/* Returns when the back end no longer uses the queue; *base: where it would go on. */
bool vhost_user_stop_queue(struct vhost_user *vhost, uint32_t index, uint16_t *base);

/* Closes the connection, if there is one. */
void vhost_user_end(struct vhost_user *vhost);

#endif
