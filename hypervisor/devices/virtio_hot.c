// SPDX-License-Identifier: GPL-2.0-or-later
/* What each request costs: the driver's kick, and the message that says it is done. */
#include <core/hypercall.h>
#include <core/zone.h>
#include <devices/pci_registers.h>
#include <devices/virtio.h>
#include <lib/bits.h>
#include <lib/string.h>

/* What the root zone has been told and has not asked about. */
static _Atomic uint32_t news_told;
/* LV_INTERRUPT_* of the root zone's page of kicks. */
static uint32_t kicks_interrupt;

struct lv_virtio_kicks *virtio_kicks_page(void) {
    static struct lv_virtio_kicks page __attribute__((aligned(LV_PAGE_SIZE)));

    return &page;
}

void virtio_tell_root(uint32_t news) {
    uint32_t old = atomic_fetch_or(&news_told, news);

    if ((old & news) != news) {
        zone_set_interrupt(zone_slot(LV_ROOT_ZONE_ID), kicks_interrupt, true);
    }
}

/*
 * The bit is set whether the root zone listens or not, and the state is read after it: a front end
 * that attaches meanwhile sets the state before it looks at the queues. The root zone can write to
 * the page, which costs it kicks and nobody else anything.
 */
void virtio_kick(struct zone *zone, uint32_t function, uint32_t queue) {
    uint32_t id = zone->config.zone_id;
    struct virtio *virtio = &zone->devices.virtio.functions[function];
    uint64_t old =
        __atomic_fetch_or(&virtio_kicks_page()->queues[id][function], BIT(queue), __ATOMIC_SEQ_CST);

    if ((old & BIT(queue)) == 0 && atomic_load(&virtio->state) == LV_VIRTIO_LIVE) {
        virtio_tell_root(LV_VIRTIO_KICKED(id));
    }
}

static bool vector_is_masked(const struct virtio *virtio, uint32_t vector) {
    return (virtio->pci.msix_control & PCI_MSIX_MASK_ALL) != 0 ||
           (virtio->pci.messages[vector].control & PCI_VECTOR_MASKED) != 0;
}

/* A message to a vector that the zone has no virtual one for goes nowhere, as on a machine. */
void virtio_send(struct zone *zone, struct virtio *virtio, uint32_t vector) {
    struct virtio_pci *pci = &virtio->pci;

    if ((pci->msix_control & PCI_MSIX_ENABLE) == 0) {
        return;
    }
    if (vector_is_masked(virtio, vector)) {
        pci->pending |= (uint32_t)BIT(vector);
    } else {
        zone_pulse_vector(zone, pci->messages[vector].data);
    }
}

int64_t zone_virtio_signal(struct zone *zone, uint64_t argument) {
    struct virtio_bus *bus = &zone->devices.virtio;
    uint64_t function = argument >> 16;
    int64_t result = -LV_ENOENT;

    spinlock_take_inline(&bus->lock);
    if (function < bus->count) {
        struct virtio *virtio = &bus->functions[function];
        uint64_t vector = bits_get(argument, 15, 0);
        uint32_t state = atomic_load_explicit(&virtio->state, memory_order_relaxed);
        if (state != LV_VIRTIO_LIVE && state != LV_VIRTIO_RESETTING) {
            result = -LV_ESTATE;
        } else if (vector >= virtio_num_vectors(virtio)) {
            result = -LV_EINVAL;
        } else {
            virtio_send(zone, virtio, (uint32_t)vector);
            result = 0;
        }
    }
    spinlock_release(&bus->lock);
    return result;
}

uint32_t zone_virtio_take_kicks(struct zone *root) {
    /* The line falls first: what is told after the exchange raises it again. */
    zone_set_interrupt(root, kicks_interrupt, false);
    return atomic_exchange(&news_told, 0);
}

void virtio_forget_news(const struct zone *root) {
    kicks_interrupt = lv_find_interrupt(&root->config, LV_REGION_KICKS);
    atomic_store(&news_told, 0);
    memset(virtio_kicks_page(), 0, sizeof(struct lv_virtio_kicks));
}
