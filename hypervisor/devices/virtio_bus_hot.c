// SPDX-License-Identifier: GPL-2.0-or-later
/* Where the accesses of zones to their virtual functions arrive, and what the devices' table has.
 */
#include <core/zone.h>
#include <devices/virtio.h>
#include <lib/bits.h>

static enum verdict virtio_access(struct vcpu *vcpu, struct access *access,
                                  const struct lv_region *region) {
    struct zone *zone = vcpu->zone;
    struct virtio_bus *bus = &zone->devices.virtio;
    uint8_t function = atomic_load_explicit(&bus->bars[access->address / LV_VIRTIO_BAR_SIZE],
                                            memory_order_relaxed);

    (void)region;
    if (function == VIRTIO_NOWHERE) {
        access->value = UINT64_MAX;
        return VERDICT_HANDLED;
    }
    struct virtio *virtio = &bus->functions[function];
    access->address %= LV_VIRTIO_BAR_SIZE;
    uint64_t queue = (access->address - BAR_NOTIFY) / BAR_NOTIFY_STRIDE;
    if (access->is_write && queue < virtio->config->num_queues) {
        virtio_kick(zone, function, (uint32_t)queue);
        return VERDICT_HANDLED;
    }
    spinlock_take_inline(&bus->lock);
    virtio_bar_access(zone, virtio, access);
    spinlock_release(&bus->lock);
    return VERDICT_HANDLED;
}

static void kicks_init(struct zone *zone) {
    if (zone_is_root(zone)) {
        virtio_forget_news(zone);
    }
}

/* At the end of the root zone's life nobody is attached any more, and its next one knows nothing.
 */
static void kicks_quiesce(struct zone *zone) {
    if (!zone_is_root(zone)) {
        return;
    }
    for (uint32_t id = LV_ROOT_ZONE_ID + 1; id < LV_MAX_ZONES; id++) {
        virtio_lose_front_ends(zone_slot(id));
    }
    virtio_forget_news(zone);
}

const struct device_kind kicks_kind = {
    .size = LV_PAGE_SIZE,
    .single = true,
    .interrupt = DEVICE_TELLS_ROOT,
    .init = kicks_init,
    .quiesce = kicks_quiesce,
};

const struct device_kind virtio_kind = {
    .single = true,
    .check = virtio_check_bars,
    .init = virtio_init,
    .reset = virtio_reset,
    .quiesce = virtio_quiesce,
    .access = virtio_access,
};
