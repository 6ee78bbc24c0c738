// SPDX-License-Identifier: GPL-2.0-or-later
#include "zone_fill.h"

#include <string.h>

#define FILL_VALUE(to, from) (to) = (__typeof__(to))(from).value
#define FILL_BITS(to, from)  memcpy(&(to), (from).words, sizeof(to))

/* Copies a value of each type in zone_fields.def to the configuration. */
#define FILL_name(to, from, zone)          memcpy(to, (from).text, strlen((from).text))
#define FILL_id(to, from, zone)            FILL_VALUE(to, from)
#define FILL_u32(to, from, zone)           FILL_VALUE(to, from)
#define FILL_address(to, from, zone)       FILL_VALUE(to, from)
#define FILL_size(to, from, zone)          FILL_VALUE(to, from)
#define FILL_policy(to, from, zone)        FILL_VALUE(to, from)
#define FILL_cpus(to, from, zone)          FILL_BITS(to, from)
#define FILL_vectors(to, from, zone)       FILL_BITS(to, from)
#define FILL_lines(to, from, zone)         FILL_BITS(to, from)
#define FILL_region_type(to, from, region) (to) = (uint32_t)(region)->type
#define FILL_hpa(to, from, region)         (to) = zone_region_has_hpa((region)->type) ? (from).value : 0

static uint32_t zone_region_interrupt(const struct zone_file *zone, enum lv_region_type type) {
    switch (type) {
#define ZONE_INTERRUPT(table, name, member, property, region, ...)                                 \
    case region:                                                                                   \
        return zone->member.value;
#include <loongvisor/zone_fields.def>
    default:
        return LV_INTERRUPT_NONE;
    }
}

static void zone_fill_region(const struct zone_file *zone, const struct zone_region *region,
                             struct lv_region *out) {
    *out = (struct lv_region){.interrupt = zone_region_interrupt(zone, region->type)};
#define REGION_CONFIG(table, name, kind, member, property, config, ...)                            \
    FILL_##kind(out->config, region->member, region);
#define REGION_FLAG(table, name, member, property, bit, ...)                                       \
    out->flags |= region->member.value ? (bit) : 0;
#include <loongvisor/zone_fields.def>
}

size_t zone_export_regions(const struct zone_file *zone, struct lv_region *out) {
    for (size_t i = 0; i < zone->num_regions; i++) {
        zone_fill_region(zone, &zone->regions[i], &out[i]);
    }
    return zone->num_regions;
}

static uint8_t zone_devfn(const struct field_number *device, const struct field_number *function) {
    return (uint8_t)(device->value << 3 | function->value);
}

static void zone_fill_pci(const struct zone_file *zone, struct lv_zone_config *config) {
    for (size_t i = 0; i < zone->num_pci_devices; i++) {
        const struct zone_pci_device *device = &zone->pci_devices[i];
        config->pci_functions[i] = (struct lv_pci_function){
            .bus = (uint8_t)device->bus.value,
            .devfn = zone_devfn(&device->device, &device->function),
            .zone_bus = (uint8_t)device->zone_bus.value,
            .zone_devfn = zone_devfn(&device->zone_device, &device->zone_function),
        };
    }
    config->num_pci_functions = (uint32_t)zone->num_pci_devices;
}

static void zone_fill_devices(const struct zone_file *zone, struct lv_zone_config *config) {
    for (size_t i = 0; i < zone->num_devices; i++) {
        const struct zone_device *device = &zone->devices[i];
        config->virtio[i] = (struct lv_virtio_function){
            .type = device->type,
            .queue_size = device->queue_size,
            .device = device->slot,
            .num_queues = device->num_queues,
        };
    }
    config->num_virtio = (uint32_t)zone->num_devices;
}

void zone_fill_config(const struct zone_file *zone, struct lv_zone_config *config) {
    *config = (struct lv_zone_config){
        .magic = LV_ZONE_MAGIC,
        .version = LV_ZONE_VERSION,
        .size = sizeof(*config),
        .flags = zone->is_root ? 0 : LV_ZONE_CLEAR_RAM,
    };
#define ZONE_CONFIG(table, name, kind, member, property, config_member, ...)                       \
    FILL_##kind(config->config_member, zone->member, zone);
#define ZONE_FLAG(table, name, member, property, bit, ...)                                         \
    config->flags |= zone->member.value ? (bit) : 0;
#include <loongvisor/zone_fields.def>
    config->num_regions = (uint32_t)zone_export_regions(zone, config->regions);
    zone_fill_pci(zone, config);
    zone_fill_devices(zone, config);
}
