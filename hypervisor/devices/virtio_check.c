// SPDX-License-Identifier: GPL-2.0-or-later
/* Which virtual functions a zone may have. */
#include <core/zone.h>
#include <lib/bits.h>

static bool is_power_of_two(uint32_t value) {
    return value != 0 && (value & (value - 1)) == 0;
}

static bool shape_is_sound(const struct lv_virtio_function *function) {
    return function->type != 0 && function->type < LV_VIRTIO_TYPES && function->num_queues != 0 &&
           function->num_queues <= LV_MAX_QUEUES && is_power_of_two(function->queue_size) &&
           function->queue_size <= LV_MAX_QUEUE_SIZE && function->reserved == 0;
}

/* An assigned function may be at the same device number. */
static bool place_is_sound(const struct lv_zone_config *config, uint32_t index) {
    uint8_t device = config->virtio[index].device;
    bool is_free = device != 0 && device < LV_PCI_DEVICES;

    for (uint32_t i = 0; i < index; i++) {
        is_free = is_free && config->virtio[i].device != device;
    }
    for (uint32_t i = 0; i < config->num_pci_functions; i++) {
        const struct lv_pci_function *function = &config->pci_functions[i];
        is_free = is_free &&
                  (function->zone_bus != 0 || function->zone_devfn / LV_PCI_FUNCTIONS != device);
    }
    return is_free;
}

enum lv_refusal zone_virtio_check(const struct lv_zone_config *config, uint32_t *index) {
    const struct zone *root = zone_find(LV_ROOT_ZONE_ID);

    for (*index = 0; *index < config->num_virtio; ++*index) {
        if (!shape_is_sound(&config->virtio[*index])) {
            return LV_REFUSAL_VIRTIO_SHAPE;
        }
        if (!place_is_sound(config, *index)) {
            return LV_REFUSAL_VIRTIO_PLACE;
        }
        if (lv_find_region(config, LV_REGION_PCI_CONFIG) == NULL ||
            lv_find_region(config, LV_REGION_VIRTIO_BARS) == NULL) {
            return LV_REFUSAL_VIRTIO_NO_BUS;
        }
        if (root == NULL || config->zone_id == LV_ROOT_ZONE_ID ||
            lv_find_region(&root->config, LV_REGION_KICKS) == NULL) {
            return LV_REFUSAL_VIRTIO_NO_ROOT;
        }
    }
    return LV_REFUSAL_NONE;
}
