// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/console.h>
#include <core/cpu.h>
#include <core/interrupt.h>
#include <core/log.h>
#include <core/zone.h>
#include <core/zone_check.h>
#include <lib/bits.h>
#include <lib/string.h>
#include <loongvisor/hypercall.h>

static struct zone zones[LV_MAX_ZONES];
/* A page each, since a zone may map its own. */
static union {
    struct lv_zone_info_page info;
    uint8_t bytes[LV_PAGE_SIZE];
} info_pages[LV_MAX_ZONES] __attribute__((aligned(LV_PAGE_SIZE)));

struct zone *zone_find(uint32_t zone_id) {
    if (zone_id >= LV_MAX_ZONES ||
        atomic_load_explicit(&zones[zone_id].state, memory_order_acquire) == LV_STATE_ABSENT) {
        return NULL;
    }
    return &zones[zone_id];
}

const struct lv_region *zone_find_region(const struct zone *zone, gpa_t gpa) {
    for (uint32_t i = 0; i < zone->config.num_regions; i++) {
        const struct lv_region *region = &zone->config.regions[i];
        if (gpa - region->gpa < region->size) {
            return region;
        }
    }
    return NULL;
}

bool zone_ram_hpa(const struct zone *zone, gpa_t gpa, uint64_t size, hpa_t *hpa) {
    const struct lv_region *region = zone_find_region(zone, gpa);

    if (region == NULL || region->type != LV_REGION_RAM ||
        !bits_range_within(gpa, size, region->gpa, region->size)) {
        return false;
    }
    *hpa = region->hpa + (gpa - region->gpa);
    return true;
}

struct vcpu *zone_vcpu(struct zone *zone, uint64_t id) {
    return id < zone->num_vcpus ? &zone->vcpus[id] : NULL;
}

static bool zone_state_is(struct zone *zone, enum lv_zone_state state) {
    return atomic_load_explicit(&zone->state, memory_order_acquire) == state;
}

bool zone_is_running(struct zone *zone) {
    return zone_state_is(zone, LV_STATE_RUNNING);
}

bool zone_is_paused(struct zone *zone) {
    return zone_state_is(zone, LV_STATE_PAUSED);
}

static void zone_ring_others(const struct zone *zone) {
    for (uint32_t i = 0; i < zone->num_vcpus; i++) {
        struct cpu *cpu = &cpu_blocks[zone->vcpus[i].cpu];
        if (cpu != arch_this_cpu()) {
            arch_doorbell_ring(cpu->phys_id);
        }
    }
}

/* Changes the state if it is the expected one, and has the zone's CPUs look at it. */
static bool zone_change_state(struct zone *zone, enum lv_zone_state from, enum lv_zone_state to) {
    if (!atomic_compare_exchange_strong(&zone->state, &from, to)) {
        return false;
    }
    zone_ring_others(zone);
    return true;
}

bool zone_pause(struct zone *zone) {
    return zone_change_state(zone, LV_STATE_RUNNING, LV_STATE_PAUSED);
}

bool zone_resume(struct zone *zone) {
    return zone_change_state(zone, LV_STATE_PAUSED, LV_STATE_RUNNING);
}

/* A vCPU can fail in the moment in which its zone is paused. */
bool zone_fail(struct zone *zone) {
    return zone_change_state(zone, LV_STATE_RUNNING, LV_STATE_FAILING) ||
           zone_change_state(zone, LV_STATE_PAUSED, LV_STATE_FAILING);
}

void zone_publish_failure(struct zone *zone) {
    atomic_store_explicit(&zone->state, LV_STATE_FAILED, memory_order_release);
    if ((zone->config.flags & LV_ZONE_ROOT) != 0) {
        console_take();
    }
}

static void zone_init_vcpus(struct zone *zone) {
    vcpu_id_t next = 0;

    for (cpu_id_t cpu = 0; cpu < LV_MAX_CPUS; cpu++) {
        if ((zone->config.cpus & BIT(cpu)) != 0) {
            struct vcpu *vcpu = &zone->vcpus[next];
            vcpu->id = next;
            vcpu->cpu = cpu;
            vcpu->zone = zone;
            vcpu->stats = &zone->info->vcpus[next];
            next++;
        }
    }
    zone->num_vcpus = next;
}

static void zone_init_info(struct zone *zone) {
    zone->info->magic = LV_INFO_MAGIC;
    zone->info->version = LV_INFO_VERSION;
    zone->info->zone_id = zone->config.zone_id;
    zone->info->num_vcpus = zone->num_vcpus;
}

static void zone_clear_ram(const struct zone *zone) {
    for (uint32_t i = 0; i < zone->config.num_regions; i++) {
        const struct lv_region *region = &zone->config.regions[i];
        if (region->type == LV_REGION_RAM) {
            memset(arch_memory(region->hpa), 0, region->size);
        }
    }
}

/* zone_check() has seen that each lies in one RAM region. */
static void zone_load_payloads(const struct zone *zone, const struct lv_image_header *image) {
    for (uint32_t i = 0; i < zone->config.num_payloads; i++) {
        const struct lv_payload *payload = &zone->config.payloads[i];
        hpa_t hpa;
        if (zone_ram_hpa(zone, payload->gpa, payload->size, &hpa)) {
            memcpy(arch_memory(hpa), (const uint8_t *)image + payload->image_offset, payload->size);
        }
    }
}

int zone_create(const struct lv_image_header *image, const struct lv_zone_config *config) {
    const char *reason = zone_check(image, config);

    if (reason != NULL) {
        log_error("zone %u refused: %s", config->zone_id, reason);
        return -LV_EINVAL;
    }
    struct zone *zone = &zones[config->zone_id];
    zone->config = *config;
    zone->info = &info_pages[config->zone_id].info;
    zone_init_vcpus(zone);
    zone_init_info(zone);
    pci_init(&zone->pci, &image->board, &zone->config);
    if (arch_stage2_build(zone) != 0) {
        log_error("zone %u: no stage-2 pages left", config->zone_id);
        return -LV_EINVAL;
    }
    zone_clear_interrupts(zone);
    eiointc_init(&zone->eiointc, zone);
    uart_init(&zone->uart, zone);
    if ((config->flags & LV_ZONE_CLEAR_RAM) != 0) {
        zone_clear_ram(zone);
    }
    zone_load_payloads(zone, image);
    atomic_store_explicit(&zone->state, LV_STATE_CREATED, memory_order_release);
    return 0;
}

static void zone_warn_missing(const struct zone *zone) {
    for (uint32_t i = 0; i < zone->num_vcpus; i++) {
        if (!cpu_is_online(zone->vcpus[i].cpu)) {
            log_warning("zone %u: vCPU %u is missing: its CPU %u did not start",
                        zone->config.zone_id, i, zone->vcpus[i].cpu);
        }
    }
}

void zone_start(struct zone *zone) {
    log_info("zone %u (%s) starts: %u vCPU(s), entry 0x%lx", zone->config.zone_id,
             zone->config.name, zone->num_vcpus, zone->config.entry);
    zone_warn_missing(zone);
    if ((zone->config.flags & LV_ZONE_ROOT) != 0) {
        console_leave();
    }
    zone->started_at = arch_counter();
    atomic_store_explicit(&zone->state, LV_STATE_RUNNING, memory_order_release);
    for (uint32_t i = 0; i < zone->num_vcpus; i++) {
        if (cpu_is_online(zone->vcpus[i].cpu)) {
            cpu_assign(zone->vcpus[i].cpu, &zone->vcpus[i]);
        }
    }
}
