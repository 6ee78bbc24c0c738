/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The front end of one virtual function: the descriptor of the driver's on one side, a back end on
 * the other. Either may go and come back while the other stays.
 */
#ifndef SERVE_FUNCTION_H
#define SERVE_FUNCTION_H

#include "back_end.h"
#include "vhost_user.h"

#include <loongvisor/driver.h>

/* What all functions of a zone share. */
struct serve_zone {
    const char *name;
    uint32_t zone_id;
    int driver; /* descriptor of LV_DEVICE_PATH */
    int memory; /* of the zone */
    struct vhost_user_region regions[VHOST_USER_MAX_REGIONS];
    uint8_t *mapped[VHOST_USER_MAX_REGIONS];
    size_t num_regions;
    /* Says something of a device to the user. */
    void (*note)(void *context, const struct zone_device *device, const char *text);
    void *context;
};

enum function_phase {
    FUNCTION_NO_BACK_END, /* it is to be started, once its pause is over */
    FUNCTION_CONNECTING,  /* it runs, and does not listen yet */
    FUNCTION_CONNECTED,
    FUNCTION_GONE, /* with its zone, or it cannot be served at all */
};

struct function {
    struct serve_zone *zone;
    const struct zone_device *device;
    uint32_t index;
    enum function_phase phase;
    uint64_t since_ms; /* the phase began */
    bool is_live;      /* the driver works, as far as we have been told */
    int fd;            /* of the driver's, -1: none */
    bool is_attached;
    uint64_t offered;
    struct back_end back_end;
    struct vhost_user vhost;
    struct lv_virtio_status status;
    int kicks[LV_MAX_QUEUES]; /* eventfds, -1: none yet */
    int calls[LV_MAX_QUEUES];
};

/*
 * Takes the zone's function, of which the zone sees nothing yet. folder: for the back end's socket.
 * 0 or -errno; -EBUSY: it is served already.
 */
int function_begin(struct function *function, struct serve_zone *zone, struct arena *arena,
                   const struct zone_device *device, uint32_t index, const char *folder);

/* Starts the back end, connects and attaches, as far as that goes now. */
void function_advance(struct function *function, uint64_t now_ms);

/* The driver has news. */
void function_hear_driver(struct function *function, uint64_t now_ms);

/* The back end has closed the connection, or has said what it must not. */
void function_lose_back_end(struct function *function, uint64_t now_ms, const char *why);

/* Lets go of everything: the queues first, then the function, then the back end. */
void function_end(struct function *function, uint64_t now_ms);

#endif
