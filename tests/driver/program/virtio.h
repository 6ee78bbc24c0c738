/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A zone with virtual functions for the tests of their files: its guest does what the test says, so
 * the test is the function's driver as well as its front end.
 */
#ifndef TEST_VIRTIO_H
#define TEST_VIRTIO_H

#include <loongvisor/driver.h>
#include <stdbool.h>
#include <stdint.h>

#include "guest.h"

#define RIG_FUNCTIONS 2u
#define RIG_QUEUES    2u
#define RIG_CONFIG    8u /* bytes of each function's configuration */
/* The features that the test offers, and its driver accepts. */
#define RIG_FEATURES LV_VIRTIO_FEATURE_VERSION_1

struct rig {
    int device;    /* /dev/loongvisor */
    uint32_t slot; /* of the zone */
    int front[RIG_FUNCTIONS];
    uint8_t *ram; /* the zone's */
    /* As the guest's driver finds them. */
    uint64_t common[RIG_FUNCTIONS]; /* GPAs */
    uint64_t notify[RIG_FUNCTIONS];
    uint64_t specific[RIG_FUNCTIONS];
};

/* The zone's configuration: of SHARED RAM, with RIG_FUNCTIONS functions of RIG_QUEUES queues. */
struct lv_zone_config rig_config(int device, uint32_t slot);
/* Makes the zone, opens its functions, attaches to them, and starts the zone. */
void rig_begin(struct rig *rig, int device, uint32_t slot);
/* Opens the functions of a zone that runs. */
void rig_resume(struct rig *rig, int device, uint32_t slot);
/* Stops and destroys the zone, and closes everything that is open. */
void rig_end(struct rig *rig);

long rig_open(const struct rig *rig, uint32_t function);
/* LV_IOCTL_VIRTIO_ATTACH with RIG_FEATURES. */
long rig_attach(int front);
long rig_answer(int front, uint32_t answer);
/* One eventfd of a queue, or of a vector. */
long rig_set_eventfd(int front, unsigned long request, uint32_t index, int eventfd);
/* LV_IOCTL_VIRTIO_STATE. */
struct lv_virtio_status rig_state(int front);

/* A word of the box. */
volatile uint64_t *rig_box(const struct rig *rig, uint64_t offset);
/* Begins a work (BOX_*); what the guest does is done when rig_wait() returns. */
void rig_work(const struct rig *rig, uint64_t work, uint64_t address, uint64_t value,
              uint64_t count);
/* False, with a message: it takes too long. */
bool rig_wait(const struct rig *rig);
/* Ends a work that takes long. */
void rig_stop(const struct rig *rig);
/* Waits until the word has this value. False, with a message: it takes too long. */
bool rig_wait_word(const struct rig *rig, uint64_t offset, uint64_t value);

/* The guest's driver: finds the function's registers by its capabilities, and enables MSI-X. */
void rig_find(struct rig *rig, uint32_t function);
/* Accepts the features, enables the queues, each with vector 1 + queue, and sets DRIVER_OK. */
void rig_drive(const struct rig *rig, uint32_t function);
/* Register of the common configuration, 1 byte. */
uint8_t rig_status(const struct rig *rig, uint32_t function);
void rig_set_status(const struct rig *rig, uint32_t function, uint8_t status);
/* No vector is pending. */
void rig_forget_vectors(const struct rig *rig);
void rig_kick(const struct rig *rig, uint32_t function, uint32_t queue, uint64_t count);

/* What the eventfd counts, after waiting at most ms for it to count anything; 0 if it does not. */
uint64_t rig_take(int eventfd, int ms);

#endif
