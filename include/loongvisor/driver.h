/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * /dev/loongvisor, as loongvisor.ko offers it to the tools of the root zone. Every ioctl answers 0
 * (or a count or a descriptor, where it says so) or fails with the hypercall's errno; EFAULT for a
 * bad pointer, ENOTTY for an unknown number, EINTR for a signal while another caller's command is
 * carried out.
 *
 *   read()   struct lv_event records of this open file, oldest first; blocks unless O_NONBLOCK
 *   poll()   POLLIN: read() has something. POLLPRI: a console or the log has grown since this file
 *            last asked for LV_IOCTL_GROWN
 *   mmap()   offset = HPA. Whole pages of free pool memory, and of RAM that a zone shares with the
 *            root zone; others: EPERM
 *
 * CREATE and DESTROY fail with EBUSY, and change nothing, while somebody holds a page of the memory
 * beyond its mapping: direct I/O in flight, a registered buffer of io_uring, vmsplice().
 *
 * Fields called reserved are 0. docs/driver.md says more: who may load where, what becomes of a
 * mapping when a zone is made of it, which events an open file misses.
 */
#ifndef LOONGVISOR_DRIVER_H
#define LOONGVISOR_DRIVER_H

#include <linux/ioctl.h>
#include <loongvisor/hypercall.h>
#include <loongvisor/refusal.h>

#define LV_DEVICE_PATH "/dev/loongvisor"
/* Device-tree node that the driver binds: compatible, and the event interrupt. */
#define LV_COMPATIBLE "loongvisor,hypervisor"

/* A command on a zone. */
struct lv_ioctl_zone {
    uint32_t zone_id;
    uint32_t argument; /* STOP: enum lv_stop; RAISE, LOWER: vector; VIRTIO: function; else 0 */
};

/*
 * Makes a zone. EINVAL and EEXIST with a refusal: the hypervisor does not make it, and refusal.h
 * has the words. Both are 0 after all other errors.
 */
struct lv_ioctl_create {
    uint64_t config;  /* user address of a struct lv_zone_config */
    uint32_t refusal; /* answer: enum lv_refusal */
    uint32_t index;   /* answer: of what it counts */
};

/* An answer of a hypercall on a zone; which structure, the ioctl says. */
struct lv_ioctl_answer {
    uint32_t zone_id;
    uint32_t reserved;
    uint64_t buffer; /* user address */
};

struct lv_ioctl_list {
    uint64_t buffer; /* user address of struct lv_zone_summary[] */
    uint32_t capacity;
    uint32_t reserved;
};

/*
 * Copies bytes into free pool memory, where a zone's store will be. EPERM: not in the pool; EBUSY:
 * a zone's, or in a block of 2 MiB that another open file loads into; EINTR: a signal, start again.
 */
struct lv_ioctl_load {
    uint64_t hpa;
    uint64_t buffer; /* user address */
    uint64_t size;   /* bytes */
};

/* What has grown since this open file last asked. */
struct lv_ioctl_grown {
    uint32_t consoles; /* zones, a bit each */
    uint32_t log;
};

#define LV_IOCTL_MAGIC        0xb6
#define LV_IOCTL_MACHINE      _IOR(LV_IOCTL_MAGIC, 0, struct lv_machine_info)
#define LV_IOCTL_LIST         _IOW(LV_IOCTL_MAGIC, 1, struct lv_ioctl_list) /* result: a count */
#define LV_IOCTL_CREATE       _IOWR(LV_IOCTL_MAGIC, 2, struct lv_ioctl_create)
#define LV_IOCTL_START        _IOW(LV_IOCTL_MAGIC, 3, struct lv_ioctl_zone)
#define LV_IOCTL_STOP         _IOW(LV_IOCTL_MAGIC, 4, struct lv_ioctl_zone)
#define LV_IOCTL_RESTART      _IOW(LV_IOCTL_MAGIC, 5, struct lv_ioctl_zone)
#define LV_IOCTL_DESTROY      _IOW(LV_IOCTL_MAGIC, 6, struct lv_ioctl_zone)
#define LV_IOCTL_PAUSE        _IOW(LV_IOCTL_MAGIC, 7, struct lv_ioctl_zone)
#define LV_IOCTL_RESUME       _IOW(LV_IOCTL_MAGIC, 8, struct lv_ioctl_zone)
#define LV_IOCTL_RAISE        _IOW(LV_IOCTL_MAGIC, 9, struct lv_ioctl_zone)
#define LV_IOCTL_LOWER        _IOW(LV_IOCTL_MAGIC, 10, struct lv_ioctl_zone)
#define LV_IOCTL_CONFIG       _IOW(LV_IOCTL_MAGIC, 11, struct lv_ioctl_answer) /* lv_zone_config */
#define LV_IOCTL_STATUS       _IOW(LV_IOCTL_MAGIC, 12, struct lv_ioctl_answer) /* lv_zone_status */
#define LV_IOCTL_STATS        _IOW(LV_IOCTL_MAGIC, 13, struct lv_ioctl_answer) /* lv_zone_info_page */
#define LV_IOCTL_LOAD         _IOW(LV_IOCTL_MAGIC, 14, struct lv_ioctl_load)
#define LV_IOCTL_LOG          _IOW(LV_IOCTL_MAGIC, 15, struct lv_ioctl_answer) /* lv_stream */
#define LV_IOCTL_CONSOLE_READ _IOW(LV_IOCTL_MAGIC, 16, struct lv_ioctl_answer) /* lv_stream */
#define LV_IOCTL_CONSOLE_WRITE                                                                     \
    _IOW(LV_IOCTL_MAGIC, 17, struct lv_ioctl_answer) /* result: a count */
#define LV_IOCTL_GROWN _IOR(LV_IOCTL_MAGIC, 18, struct lv_ioctl_grown)
/* An eventfd that is signalled whenever poll() would find something new; -1: no longer. */
#define LV_IOCTL_EVENTFD _IOW(LV_IOCTL_MAGIC, 19, int32_t)
#define LV_IOCTL_HISTORY _IOW(LV_IOCTL_MAGIC, 20, struct lv_ioctl_answer) /* lv_history */
/*
 * Result: a file descriptor (O_CLOEXEC) of the zone's memory until its DESTROY. mmap() takes
 * MAP_SHARED without PROT_EXEC, offset = GPA; a page that is not the zone's shared RAM gives
 * SIGBUS, and all pages do after DESTROY. lseek(SEEK_END): where the last shared RAM ends. Nothing
 * else can be done with it, so that it may go to a program without rights. ENOENT: no such zone;
 * ENXIO: the zone shares nothing.
 */
#define LV_IOCTL_ZONE_MEMORY _IOW(LV_IOCTL_MAGIC, 21, struct lv_ioctl_zone)

/* printf() format of its name, as /proc/PID/fd and /proc/PID/maps show it after "anon_inode:". */
#define LV_ZONE_MEMORY_NAME "[loongvisor-zone-%u]"

/*
 * Result: a file descriptor (O_CLOEXEC), the front end of a zone's virtual function (virtio.h). It
 * takes the ioctls below, and poll(). close() is LV_VIRTIO_DETACH, so it must come after the
 * queues' last use. EBUSY: another front end is open; ENOENT: no such zone or function; EOPNOTSUPP:
 * the root zone has no page of kicks.
 *
 *   poll()   POLLIN: some function of the zone has had changes since the last VIRTIO_STATE, which
 *            tells whether this one has. POLLHUP: the zone has been destroyed; every ioctl is
 * ENODEV from then on, even if there is a zone with that number again
 */
#define LV_IOCTL_VIRTIO _IOW(LV_IOCTL_MAGIC, 22, struct lv_ioctl_zone)

/* printf() format of its name, as /proc/PID/fd shows it after "anon_inode:". */
#define LV_VIRTIO_NAME "[loongvisor-virtio-%u-%u]"

/* An eventfd, or -1: none any more. EBADF: not open; EINVAL: not an eventfd, or no such index. */
struct lv_ioctl_eventfd {
    uint32_t index; /* queue or MSI-X vector */
    int32_t fd;
};

/*
 * The hypercalls of this name. The member `function` is the descriptor's, whatever the caller put
 * there.
 */
#define LV_IOCTL_VIRTIO_ATTACH _IOW(LV_IOCTL_MAGIC, 32, struct lv_virtio_attach)
#define LV_IOCTL_VIRTIO_STATE  _IOR(LV_IOCTL_MAGIC, 33, struct lv_virtio_status)
#define LV_IOCTL_VIRTIO_ANSWER _IOW(LV_IOCTL_MAGIC, 34, uint32_t) /* enum lv_virtio_answer */
#define LV_IOCTL_VIRTIO_CONFIG _IOW(LV_IOCTL_MAGIC, 35, struct lv_virtio_config)
/*
 * Is signalled for each kick of the queue that finds the last one taken. Kicks while the queue has
 * no eventfd count as one, which the next eventfd gets at once.
 */
#define LV_IOCTL_VIRTIO_KICKFD _IOW(LV_IOCTL_MAGIC, 36, struct lv_ioctl_eventfd)
/*
 * Each signal sends the vector (LV_HYPERCALL_VIRTIO_SIGNAL); one that is there already counts. The
 * driver empties the eventfd. A signal while the function is not LIVE or RESETTING goes nowhere.
 */
#define LV_IOCTL_VIRTIO_CALLFD _IOW(LV_IOCTL_MAGIC, 37, struct lv_ioctl_eventfd)

#endif
