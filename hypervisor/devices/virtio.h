/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The virtual PCI functions of a zone (loongvisor/virtio.h): passive registers. The zone's accesses
 * and the front end's calls meet in struct virtio_bus, under its lock; nobody waits for the other.
 *
 * virtio_bus_hot.c takes the accesses. virtio.c has the states and the common configuration,
 * virtio_pci.c PCI configuration space and MSI-X, virtio_hot.c what each request costs: the kick
 * and the message.
 */
#ifndef LV_DEVICES_VIRTIO_H
#define LV_DEVICES_VIRTIO_H

#include <core/types.h>
#include <lib/spinlock.h>
#include <loongvisor/refusal.h>
#include <loongvisor/virtio.h>
#include <stdatomic.h>

struct access;
struct lv_board;
struct lv_region;
struct zone;

/* One for each queue, and one for changes of the configuration. */
#define VIRTIO_VECTORS (LV_MAX_QUEUES + 1)

/* An entry of the MSI-X table (PCI 3.0, 6.8.2.6). */
struct virtio_message {
    uint64_t address; /* kept, of no meaning: data alone names the vector of the EIOINTC */
    uint32_t data;
    uint32_t control;
};

/* What a reset of the PCI function clears. */
struct virtio_pci {
    uint16_t command;
    uint16_t msix_control;
    uint32_t bar;
    uint32_t window_bar; /* VIRTIO_PCI_CAP_PCI_CFG: which BAR, where in it, how many bytes */
    uint32_t window_offset;
    uint32_t window_length;
    uint32_t pending; /* vectors, a bit each, signalled while they were masked */
    struct virtio_message messages[VIRTIO_VECTORS];
};

/* What a reset of the virtio device clears. */
struct virtio_registers {
    uint64_t accepted; /* features */
    uint32_t device_feature_select;
    uint32_t driver_feature_select;
    uint16_t config_vector;
    uint16_t queue_select;
    uint8_t status;
    struct lv_virtio_queue queues[LV_MAX_QUEUES];
};

struct virtio {
    const struct lv_virtio_function *config;
    _Atomic uint32_t state; /* enum lv_virtio_state; changes under the lock */
    uint32_t changes;       /* LV_VIRTIO_CHANGED_* */
    uint64_t offered;       /* features */
    uint32_t device_config_size;
    uint8_t generation; /* of device_config */
    uint8_t device_config[LV_VIRTIO_CONFIG_SIZE];
    struct virtio_registers registers;
    struct virtio_pci pci;
};

#define VIRTIO_NOWHERE 0xffu

struct virtio_bus {
    struct spinlock lock; /* held for a bounded time */
    uint32_t count;
    /* By place of a BAR in LV_REGION_VIRTIO_BARS: the function, or VIRTIO_NOWHERE. */
    _Atomic uint8_t bars[LV_MAX_VIRTIO];
    struct virtio functions[LV_MAX_VIRTIO];
};

/* Pages of the BAR. A queue's notification has a word of its own, so that a kick says all. */
#define BAR_COMMON        0x0000u
#define BAR_ISR           0x1000u
#define BAR_DEVICE        0x2000u
#define BAR_NOTIFY        0x3000u
#define BAR_MSIX          0x4000u
#define BAR_PENDING       0x5000u
#define BAR_PAGE          0x1000u
#define BAR_NOTIFY_STRIDE 4u

/*
 * The zone's access to configuration space at devfn of bus 0. False if no function is there that
 * the zone sees. Any vCPU of the zone.
 */
bool virtio_config_access(struct zone *zone, uint8_t devfn, uint32_t reg, struct access *access);

/* All front ends of the zone go: their LIVE functions are LOST. The zone may be ABSENT. Any CPU. */
void virtio_lose_front_ends(struct zone *zone);

/* Members of virtio_kind. */
enum lv_refusal virtio_check_bars(const struct lv_board *board, const struct lv_region *region);
void virtio_init(struct zone *zone);
void virtio_reset(struct zone *zone);
void virtio_quiesce(struct zone *zone);

/* What follows is between the four files, under the lock unless it says otherwise. */

static inline uint32_t virtio_num_vectors(const struct virtio *virtio) {
    return virtio->config->num_queues + 1u;
}

/* Carries out an access to the BAR; a kick has to be seen to before. */
void virtio_bar_access(struct zone *zone, struct virtio *virtio, struct access *access);

/* The same for BAR_MSIX and BAR_PENDING. */
void virtio_msix_access(struct zone *zone, struct virtio *virtio, struct access *access);

/* As after power-on; the BAR is nowhere. */
void virtio_pci_reset(struct virtio *virtio);

/* Finds the place of each BAR again. */
void virtio_place_bars(struct zone *zone);

/* Sends the message, or notes that it is due. The vector exists. */
void virtio_send(struct zone *zone, struct virtio *virtio, uint32_t vector);

/* Notes a queue's kick and interrupts the root zone, if that is new to it. Without the lock. */
void virtio_kick(struct zone *zone, uint32_t function, uint32_t queue);

/* Interrupts the root zone, which has not been told these LV_VIRTIO_KICKED and _CHANGED yet. Any
 * CPU, with or without the lock. */
void virtio_tell_root(uint32_t news);

/* A root zone begins or ends: it has been told nothing. No lock; none of its vCPUs runs. */
void virtio_forget_news(const struct zone *root);

#endif
