/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LV_CORE_ZONE_H
#define LV_CORE_ZONE_H

#include <core/vcpu.h>
#include <devices/eiointc.h>
#include <devices/pci.h>
#include <devices/uart.h>
#include <loongvisor/image.h>
#include <stdatomic.h>

struct zone {
    struct lv_zone_config config;
    _Atomic enum lv_zone_state state;
    uint32_t num_vcpus;
    ticks_t started_at; /* guest time 0 */
    struct vcpu vcpus[LV_MAX_CPUS];
    struct arch_stage2 stage2;
    struct eiointc eiointc;
    struct pci_view pci;
    struct uart uart;
    _Atomic uint32_t device_lines; /* HWI lines that virtual devices hold high at vCPU 0 */
    struct lv_zone_info_page *info;
    struct lv_zone_failure failure;
};

/*
 * Makes a zone from its configuration and copies its payloads in; it does not run yet. CPU 0.
 * 0 or -LV_EINVAL, with the reason on the log.
 */
int zone_create(const struct lv_image_header *image, const struct lv_zone_config *config);

/* Runs a created zone on its CPUs; returns when the others have been told. CPU 0. */
void zone_start(struct zone *zone);

/* The created zone with this id, or NULL. */
struct zone *zone_find(uint32_t zone_id);

/*
 * Stops a zone that has failed: its other CPUs are rung and then stop. True for the first caller,
 * who writes zone->failure and then calls zone_publish_failure(). A CPU of the zone.
 */
bool zone_fail(struct zone *zone);

/* Makes the failure visible; a failed root zone gives the console back to the hypervisor. */
void zone_publish_failure(struct zone *zone);

/* Any CPU. */
bool zone_is_running(struct zone *zone);
bool zone_is_paused(struct zone *zone);

/*
 * Holds all vCPUs of a running zone, or lets those of a paused one go on; false if the zone is not
 * running or not paused. Returns before the vCPUs have noticed. A CPU that runs none of them.
 */
bool zone_pause(struct zone *zone);
bool zone_resume(struct zone *zone);

/*
 * The HPA of [gpa, gpa + size) if that lies in one RAM region of the zone; false if not.
 * Any CPU.
 */
bool zone_ram_hpa(const struct zone *zone, gpa_t gpa, uint64_t size, hpa_t *hpa);

/* The region that holds gpa, or NULL. Any CPU. */
const struct lv_region *zone_find_region(const struct zone *zone, gpa_t gpa);

/* The vCPU with the zone's own number, or NULL. Any CPU. */
struct vcpu *zone_vcpu(struct zone *zone, uint64_t id);

#endif
