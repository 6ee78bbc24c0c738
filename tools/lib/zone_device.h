/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device of a zone: a virtual PCI function, and the back end that does its work. */
#ifndef TOOLS_ZONE_DEVICE_H
#define TOOLS_ZONE_DEVICE_H

#include "fields.h"

#include <loongvisor/virtio.h>

/* Virtio device numbers (virtio 1.2, 5) with a name in zone files. */
enum zone_device_type {
    ZONE_DEVICE_NET = 1,
    ZONE_DEVICE_BLK = 2,
    ZONE_DEVICE_CONSOLE = 3,
    ZONE_DEVICE_RNG = 4,
    ZONE_DEVICE_SCSI = 8,
    ZONE_DEVICE_VSOCK = 19,
    ZONE_DEVICE_FS = 26,
};

/* Who does the work of a device, and what of struct zone_device is for it. */
enum zone_back_end {
    ZONE_BACK_END_NONE,        /* not known: the file is wrong */
    ZONE_BACK_END_BUILT_IN,    /* the front end itself: rng, console */
    ZONE_BACK_END_SOCKET,      /* whoever listens for vhost-user at `path` */
    ZONE_BACK_END_RUN,         /* run[], which the front end starts; "%s" in it is the socket */
    ZONE_BACK_END_DISK,        /* qemu-storage-daemon with the image or disk `path`, is_qcow2 */
    ZONE_BACK_END_SHARE,       /* virtiofsd with the folder `path` */
    ZONE_BACK_END_USER_NET,    /* passt */
    ZONE_BACK_END_VHOST_NET,   /* the kernel's, with the tap device `tap`, or one of the front
                                  end's own on `bridge` */
    ZONE_BACK_END_VHOST_VSOCK, /* the kernel's, with `cid` */
    ZONE_BACK_END_VHOST_SCSI,  /* the kernel's, with `wwpn` */
};

#define ZONE_DEVICE_MAC_SIZE 6u

struct zone_device {
    const struct json_node *node;
    bool good;
    const char *name;   /* lv_name_is_good(), unique in the zone */
    const char *tag;    /* of fs: what the zone mounts, at most 35 characters; else NULL */
    uint16_t type;      /* virtio device number */
    uint8_t slot;       /* PCI device number */
    uint8_t queues;     /* as in the file: request queues, pairs of net, ports of a console */
    uint8_t num_queues; /* of the function, the fixed ones included */
    uint16_t queue_size;
    bool is_readonly;
    bool fails_on_loss;                /* on_loss is "fail" */
    uint8_t mac[ZONE_DEVICE_MAC_SIZE]; /* of net */
    enum zone_back_end back_end;
    /* Of the back end; NULL or 0 if it has no such thing. */
    const char *path;
    bool is_qcow2;
    const char *const *run;
    size_t num_run;
    const char *tap;
    const char *bridge;
    uint64_t cid;
    const char *wwpn;
};

#endif
