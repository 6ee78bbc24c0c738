/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A virtual device: what a kind of device is to core and arch. Each kind stands in a file of its
 * own and has one row in devices/devices.c. Core finds a device by the type of its region alone.
 */
#ifndef LV_CORE_DEVICE_H
#define LV_CORE_DEVICE_H

#include <device_state.h>
#include <loongvisor/hypercall.h>
#include <loongvisor/refusal.h>

struct vcpu;
struct zone;

/* Who may have the interrupt of such a device. */
enum device_interrupt {
    DEVICE_SILENT,     /* nobody: it has none */
    DEVICE_INTERRUPTS, /* every zone */
    DEVICE_TELLS_ROOT, /* the root zone */
};

/* What a kind does not need is 0. */
struct device_kind {
    uint64_t size;                   /* bytes of its region; 0: any number of pages */
    bool single;                     /* a zone has at most one */
    enum device_interrupt interrupt; /* of its region */

    /* What is wrong with a region that is sound otherwise. Under the zones lock. */
    enum lv_refusal (*check)(const struct lv_board *board, const struct lv_region *region);

    /* A device as it comes from the factory, whether the zone has one or not. Before it is found.
     */
    void (*init)(struct zone *zone);

    /* As after power-on. At both ends of a life; any CPU, while no vCPU of the zone runs. */
    void (*reset)(struct zone *zone);

    /*
     * Ends what the device does without the zone's CPUs, and keeps no pointer into its RAM. At the
     * end of each life and, since the root zone's driver was the last one, before the first, when
     * zone->starts is 0. As for reset; may take a second, in which doorbells are answered.
     */
    void (*quiesce)(struct zone *zone);

    /*
     * Carries out an access at offset access->address of the region. NULL: stage 2 maps the region.
     * The vCPU's own CPU; does not return if the zone powers itself off.
     */
    enum verdict (*access)(struct vcpu *vcpu, struct access *access,
                           const struct lv_region *region);
};

/* By enum lv_region_type; NULL: memory, or a kind that this build was made without. */
extern const struct device_kind *const device_kinds[LV_REGION_TYPES];

/* Does with all kinds what the members of struct device_kind say. */
void devices_init(struct zone *zone);
void devices_reset(struct zone *zone);
void devices_quiesce(struct zone *zone);

/* Reads the board's real-time clock, if there is one. CPU 0 at start-up, before any zone runs. */
void rtc_init(const struct lv_board *board);

/* Nanoseconds since 1970-01-01 00:00 UTC; 0: unknown. No lock. Any CPU. */
uint64_t rtc_now(void);

/* What the zone has sent to its console, as struct lv_stream says. No lock. Any CPU. */
void zone_console_read(struct zone *zone, struct lv_stream *stream);

/* Types length bytes at the zone's console; how many were taken. Any CPU. */
uint32_t zone_console_type(struct zone *zone, const uint8_t *data, uint32_t length);

/*
 * Whether the zone has sent something since zone_console_read() last looked; true once. A zone that
 * sends for ever makes one event until somebody reads. Any CPU.
 */
bool zone_console_take_sent(struct zone *zone);

/*
 * Presses the zone's power button: its interrupt rises, again if it was high, and falls when the
 * zone takes the request back. False if the zone has no power block. Any CPU.
 */
bool zone_button_press(struct zone *zone);

/* Whether the zone was asked and has neither looked at the button nor taken it back. Any CPU. */
bool zone_button_is_unheard(const struct zone *zone);

/*
 * What is wrong with the virtual functions of a configuration whose regions are sound, and the
 * index of that function. The root zone is made first. Under the zones lock.
 */
enum lv_refusal zone_virtio_check(const struct lv_zone_config *config, uint32_t *index);

/*
 * What the root zone's front ends do to a zone's virtual functions: LV_HYPERCALL_VIRTIO_*, with
 * their results. The structures are in memory of the root zone, whose other CPUs can write to it.
 * Any CPU; takes the lock of the zone's functions.
 */
int64_t zone_virtio_attach(struct zone *zone, const struct lv_virtio_attach *attach);
int64_t zone_virtio_state(struct zone *zone, struct lv_virtio_status *status);
int64_t zone_virtio_answer(struct zone *zone, uint64_t argument);
int64_t zone_virtio_config(struct zone *zone, const struct lv_virtio_config *config);
int64_t zone_virtio_signal(struct zone *zone, uint64_t argument);

/* What LV_HYPERCALL_VIRTIO_KICKS returns to the root zone. Its own CPU. */
uint32_t zone_virtio_take_kicks(struct zone *root);

/* The hypervisor's page behind LV_REGION_KICKS. */
struct lv_virtio_kicks *virtio_kicks_page(void);

#endif
