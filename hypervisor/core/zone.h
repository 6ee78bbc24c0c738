/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LV_CORE_ZONE_H
#define LV_CORE_ZONE_H

#include <core/device.h>
#include <core/events.h>
#include <core/vcpu.h>
#include <loongvisor/image.h>
#include <stdatomic.h>

struct zone {
    struct lv_zone_config config;
    const struct lv_image_header *image; /* the board, and the payloads of a packed zone */
    _Atomic uint32_t life;               /* state, reason and what follows: zone_life.c */
    _Atomic uint32_t notice;             /* enum lv_reason that zone_notice() got since the start */
    _Atomic uint32_t active;    /* vCPUs, a bit each, whose CPU has not left since the start */
    _Atomic ticks_t leaving_at; /* when its CPUs were asked to leave */
    uint32_t num_vcpus;
    bool holds_memory; /* under the zones lock: its RAM and store are not free */
    uint32_t starts;
    uint32_t restarts;          /* by policy in a row, LV_RESTART_LIMIT */
    _Atomic ticks_t started_at; /* guest time 0; 0: not yet */
    _Atomic ticks_t alive_at;   /* last sign of life, for the watchdog */
    struct vcpu vcpus[LV_MAX_CPUS];
    struct arch_stage2 stage2;
    struct eiointc eiointc;
    struct device_state devices;
    /* CPU lines that virtual devices hold high: bit n HWIn at vCPU 0, LV_NUM_LINES + n at all. */
    _Atomic uint32_t device_lines;
    struct event_queue events;
    struct lv_zone_info_page *info;
    struct lv_zone_failure failure;
    struct lv_zone_failure where; /* vCPU 0, while it is held in a pause: */
    atomic_bool held;
};

/* By zone id; for zone_find_inline() and zone_slot(). */
extern struct zone zone_table[LV_MAX_ZONES];

/* The zone with this id unless it is ABSENT, or NULL. Any CPU. */
struct zone *zone_find(uint64_t zone_id);

/* The place for a zone with this id < LV_MAX_ZONES, whatever its state. Any CPU. */
struct zone *zone_slot(uint32_t zone_id);

/* Fields of struct zone's life; those above the state are zone_life.c's. */
#define LIFE_FIELD_MASK 0xffu

static inline enum lv_zone_state life_state(uint32_t life) {
    return (enum lv_zone_state)(life & LIFE_FIELD_MASK);
}

/* Any CPU. */
static inline enum lv_zone_state zone_state(const struct zone *zone) {
    return life_state(atomic_load_explicit(&zone->life, memory_order_acquire));
}

/* zone_find() where each instruction counts. */
static inline __attribute__((always_inline)) struct zone *zone_find_inline(uint64_t zone_id) {
    return zone_id < LV_MAX_ZONES && zone_state(&zone_table[zone_id]) != LV_STATE_ABSENT
               ? &zone_table[zone_id]
               : NULL;
}

bool zone_is_running(const struct zone *zone);
bool zone_is_paused(const struct zone *zone);
enum lv_reason zone_reason(const struct zone *zone);

/* Any CPU. */
static inline bool zone_is_root(const struct zone *zone) {
    return (zone->config.flags & LV_ZONE_ROOT) != 0;
}

/* Bytes of all regions of that type. Any CPU. */
uint64_t zone_size_of(const struct zone *zone, enum lv_region_type type);

/* The HPA of [gpa, gpa + size) if that is one run of the zone's RAM; false if not. Any CPU. */
bool zone_ram_hpa(const struct zone *zone, gpa_t gpa, uint64_t size, hpa_t *hpa);

/* The region that holds gpa, or NULL. Any CPU. */
const struct lv_region *zone_find_region(const struct zone *zone, gpa_t gpa);

/* The vCPU with the zone's own number, or NULL. Any CPU. */
static inline struct vcpu *zone_vcpu(struct zone *zone, uint64_t id) {
    return id < zone->num_vcpus ? &zone->vcpus[id] : NULL;
}

/* All vCPUs that the zone has, a bit each. */
uint32_t zone_all_vcpus(const struct zone *zone);

/*
 * Makes the CPUs of these vCPUs, a bit each, look at the zone, except the CPU that asks: that one
 * looks itself. The zone has all of these vCPUs.
 */
void zone_ring(const struct zone *zone, uint32_t vcpus);

#endif
