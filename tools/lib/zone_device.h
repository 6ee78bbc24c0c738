/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device of a zone: a virtual PCI function, and the back end that does its work. */
#ifndef TOOLS_ZONE_DEVICE_H
#define TOOLS_ZONE_DEVICE_H

#include "fields.h"

#include <loongvisor/virtio.h>

/*
 * Types with a word in zone files: word, name here, virtio device number (virtio 1.2, 5). The file
 * says n queues, at most `max`; the function has n * each + fixed, and `more` if n is above 1: the
 * queues by which the driver controls several. Last the size of a queue, and whether the front end
 * is the back end.
 */
/* clang-format off */
#define ZONE_DEVICE_TYPES(X)                                                                       \
    /* word      name    virtio max each fixed more size built-in */                               \
    X("blk",     BLK,     2,    16, 1,   0,    0,   128, false)                                    \
    X("net",     NET,     1,     7, 2,   0,    1,   256, false)                                    \
    X("fs",      FS,      26,   15, 1,   1,    0,   128, false)                                    \
    X("vsock",   VSOCK,   19,    1, 3,   0,    0,   32,  false)                                    \
    X("rng",     RNG,     4,     1, 1,   0,    0,   32,  true)                                     \
    X("console", CONSOLE, 3,     7, 2,   0,    2,   32,  true)                                     \
    X("scsi",    SCSI,    8,    14, 1,   2,    0,   32,  false)
/* clang-format on */

enum zone_device_type {
#define ZONE_DEVICE_TYPE(word, name, number, ...) ZONE_DEVICE_##name = (number),
    ZONE_DEVICE_TYPES(ZONE_DEVICE_TYPE)
#undef ZONE_DEVICE_TYPE
};

/* Other types are this and their number. */
#define ZONE_DEVICE_OTHER "virtio-"

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

/* Formats of a disk; a path that ends in ".qcow2" says which. */
enum zone_disk_format { ZONE_DISK_RAW, ZONE_DISK_QCOW2 };
#define ZONE_DISK_QCOW2_WORD "qcow2"

/* What follows when a back end goes away. */
enum zone_loss { ZONE_LOSS_WAIT, ZONE_LOSS_FAIL };

/* The back end of a device of which the front end itself is one. */
#define ZONE_BACK_END_WORD "built-in"

#define ZONE_DEVICE_SCHEMA_WORD(word, ...) word "|"
#define ZONE_DEVICE_SCHEMA_TYPE                                                                    \
    "\"type\": \"string\", \"pattern\": \"^(" ZONE_DEVICE_TYPES(ZONE_DEVICE_SCHEMA_WORD)           \
        ZONE_DEVICE_OTHER "([1-9]|[1-5][0-9]|6[0-3]))$\""

struct zone_file;

struct zone_device {
    const struct json_node *node;
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

/* The word of a type in zone files; in the arena. */
const char *zone_device_type_name(struct arena *arena, uint16_t type);

/* A MAC address as the file would have it; in the arena. */
const char *zone_device_mac_text(struct arena *arena, const uint8_t mac[ZONE_DEVICE_MAC_SIZE]);

/*
 * Makes zone->devices of what the file says (device_entries), with the defaults; reports what is
 * wrong. The zone's id has been read.
 */
void zone_device_make(struct report *report, struct zone_file *zone);

#endif
