/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * Virtual PCI functions: virtio devices of a zone whose back ends run in the root zone. The
 * hypervisor keeps their registers and answers each access of the zone at once. A front end, which
 * is a program of the root zone, attaches to a function; it learns of changes and kicks by an
 * interrupt, and it signals the function's vectors. No access of a zone waits for it.
 */
#ifndef LOONGVISOR_VIRTIO_H
#define LOONGVISOR_VIRTIO_H

#include <loongvisor/limits.h>
#include <stdint.h>

/* The one 32-bit BAR of a function. BARs lie inside the zone's LV_REGION_VIRTIO_BARS. */
#define LV_VIRTIO_BAR_SIZE 0x10000u
/* Bytes of the device's own configuration (virtio 1.2, 5.x.4) at most. */
#define LV_VIRTIO_CONFIG_SIZE 256u
/* Virtio device numbers (virtio 1.2, 5) are smaller. */
#define LV_VIRTIO_TYPES 64u
/* A queue's vector, or the configuration's, that the driver has not set. */
#define LV_VIRTIO_NO_VECTOR 0xffffu

/* A function: one row of lv_zone_config. It is function 0 of its device, on bus 0 of the zone. */
struct lv_virtio_function {
    uint16_t type;       /* virtio device number */
    uint16_t queue_size; /* at most; a power of two, up to LV_MAX_QUEUE_SIZE */
    uint8_t device;      /* PCI device number, 1 to 31 */
    uint8_t num_queues;  /* 1 to LV_MAX_QUEUES; its MSI-X vectors are one more */
    uint16_t reserved;   /* 0 */
};

/* What becomes of a function. */
enum lv_virtio_state {
    LV_VIRTIO_ABSENT = 0,    /* no front end yet: the zone sees nothing */
    LV_VIRTIO_READY = 1,     /* attached; the driver has not set DRIVER_OK */
    LV_VIRTIO_LIVE = 2,      /* attached; the front end may use the queues */
    LV_VIRTIO_RESETTING = 3, /* attached; the driver waits until the queues are no longer used */
    LV_VIRTIO_LOST = 4,      /* the front end has gone: registers answer, requests wait */
};

/* What changed since the front end asked last. */
#define LV_VIRTIO_CHANGED_LIVE   (1u << 0) /* it is LIVE: set the queues up */
#define LV_VIRTIO_CHANGED_RESET  (1u << 1) /* it is RESETTING: answer LV_VIRTIO_QUIESCED */
#define LV_VIRTIO_CHANGED_QUEUES (1u << 2) /* a queue of a LIVE device was enabled */
#define LV_VIRTIO_CHANGED_CONFIG (1u << 3) /* the driver wrote to the device's configuration */
#define LV_VIRTIO_CHANGED_LOST   (1u << 4) /* the zone could not wait any longer: it is LOST */

/* LV_HYPERCALL_VIRTIO_ATTACH. */
struct lv_virtio_attach {
    uint32_t function;    /* index in lv_zone_config.virtio */
    uint32_t config_size; /* bytes, up to LV_VIRTIO_CONFIG_SIZE */
    uint64_t features;    /* offered, LV_VIRTIO_FEATURE_VERSION_1 among them */
    uint8_t config[LV_VIRTIO_CONFIG_SIZE];
};

/*
 * Feature bits that the hypervisor looks at (virtio 1.2, 6). If PLATFORM is offered the driver must
 * accept it: it uses the DMA API then, which confines what the device sees.
 */
#define LV_VIRTIO_FEATURE_VERSION_1 (1ULL << 32)
#define LV_VIRTIO_FEATURE_PLATFORM  (1ULL << 33)

struct lv_virtio_queue {
    uint64_t desc; /* GPAs, in SHARED RAM if the queue is enabled */
    uint64_t driver;
    uint64_t device;
    uint16_t size;
    uint16_t vector;
    uint32_t enabled;
};

/* LV_HYPERCALL_VIRTIO_STATE. */
struct lv_virtio_status {
    uint32_t function; /* asked for */
    uint32_t state;    /* enum lv_virtio_state */
    uint32_t changes;  /* LV_VIRTIO_CHANGED_*, taken away */
    uint32_t status;   /* the driver's: VIRTIO_CONFIG_S_* */
    uint64_t features; /* that the driver accepted */
    struct lv_virtio_queue queues[LV_MAX_QUEUES];
    uint8_t config[LV_VIRTIO_CONFIG_SIZE];
};

/* LV_HYPERCALL_VIRTIO_ANSWER. */
enum lv_virtio_answer {
    LV_VIRTIO_QUIESCED = 1,    /* RESETTING: nothing uses the queues any more */
    LV_VIRTIO_DETACH = 2,      /* the front end goes; nothing uses the queues any more */
    LV_VIRTIO_NEEDS_RESET = 3, /* LIVE: the device cannot go on until its driver resets it */
};

/* LV_HYPERCALL_VIRTIO_CONFIG. */
struct lv_virtio_config {
    uint32_t function;
    uint32_t offset; /* bytes [offset, offset + length) are within the configuration's size */
    uint32_t length;
    uint32_t reserved;
    uint8_t bytes[LV_VIRTIO_CONFIG_SIZE]; /* the first length of them count */
};

/*
 * The page of the root zone's LV_REGION_KICKS. The hypervisor sets the bit of a queue when the
 * zone's driver kicks it; the root zone takes words by an atomic exchange with 0. A kick whose bit
 * is set already interrupts nobody.
 */
struct lv_virtio_kicks {
    uint64_t queues[LV_MAX_ZONES][LV_MAX_VIRTIO];
};

/* The result of LV_HYPERCALL_VIRTIO_KICKS: zones that have kicked, and that have changes. */
#define LV_VIRTIO_KICKED(zone)  (1u << (zone))
#define LV_VIRTIO_CHANGED(zone) (1u << (LV_MAX_ZONES + (zone)))

/* The second argument of SIGNAL and ANSWER. */
#define LV_VIRTIO_ARGUMENT(function, low) ((uint64_t)(function) << 16 | (low))

_Static_assert(sizeof(struct lv_virtio_function) == 8, "lv_virtio_function is part of the ABI");
_Static_assert(sizeof(struct lv_virtio_attach) == 272, "lv_virtio_attach is part of the ABI");
_Static_assert(sizeof(struct lv_virtio_queue) == 32, "lv_virtio_queue is part of the ABI");
_Static_assert(sizeof(struct lv_virtio_status) == 792, "lv_virtio_status is part of the ABI");
_Static_assert(sizeof(struct lv_virtio_config) == 272, "lv_virtio_config is part of the ABI");
_Static_assert(sizeof(struct lv_virtio_kicks) <= LV_PAGE_SIZE, "the kicks are one page");
_Static_assert(LV_MAX_QUEUES <= 64, "a queue is a bit of a word of kicks");
_Static_assert(2 * LV_MAX_ZONES <= 32, "a zone has two bits of a result");

#endif
