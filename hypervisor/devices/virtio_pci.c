// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A virtual function on the zone's PCI bus: configuration space of type 0 (PCI 3.0, 6.1), MSI-X
 * (6.8.2) and the capabilities that say where the virtio registers are (virtio 1.2, 4.1.4).
 */
#include <core/zone.h>
#include <devices/pci_registers.h>
#include <devices/virtio.h>
#include <lib/bits.h>
#include <lib/string.h>

#define WORD sizeof(uint32_t)

#define COMMAND_WRITABLE (PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_OFF)

/* Virtio 1.2, 4.1.2: vendor, devices with version 1, and what QEMU has as subsystem. */
#define VIRTIO_VENDOR    0x1af4u
#define VIRTIO_DEVICE    0x1040u
#define VIRTIO_SUBSYSTEM 0x1100u
#define VIRTIO_REVISION  1u
#define VIRTIO_CLASS     0xff000000u /* fits no class */

/* Capabilities. */
#define CAPS_MSIX     PCI_CAP_FIRST
#define CAPS_COMMON   0x50u
#define CAPS_ISR      0x60u
#define CAPS_DEVICE   0x70u
#define CAPS_NOTIFY   0x80u
#define CAPS_WINDOW   0x94u
#define CAPS_END      0xa8u
#define WINDOW_BAR    (CAPS_WINDOW + 4)
#define WINDOW_OFFSET (CAPS_WINDOW + 8)
#define WINDOW_LENGTH (CAPS_WINDOW + 12)
#define WINDOW_DATA   (CAPS_WINDOW + 16)
#define MSIX_WRITABLE (PCI_MSIX_ENABLE | PCI_MSIX_MASK_ALL)

#define CAP(id, next, rest)        ((uint32_t)(id) | (uint32_t)(next) << 8 | (uint32_t)(rest) << 16)
#define VIRTIO_CAP(next, size, is) CAP(PCI_CAP_VENDOR, next, (size) | (is) << 8)

/* Registers that never change, by word. What is not here reads 0 or is in config_word(). */
static const uint32_t capabilities[(CAPS_END - CAPS_MSIX) / WORD] = {
#define AT(offset) [((offset) - CAPS_MSIX) / WORD]
    AT(CAPS_MSIX) = CAP(PCI_CAP_MSIX, CAPS_COMMON, 0),
    AT(CAPS_MSIX + 4) = BAR_MSIX,
    AT(CAPS_MSIX + 8) = BAR_PENDING,
    AT(CAPS_COMMON) = VIRTIO_CAP(CAPS_ISR, 16, 1),
    AT(CAPS_COMMON + 8) = BAR_COMMON,
    AT(CAPS_COMMON + 12) = 0x38,
    AT(CAPS_ISR) = VIRTIO_CAP(CAPS_DEVICE, 16, 3),
    AT(CAPS_ISR + 8) = BAR_ISR,
    AT(CAPS_ISR + 12) = 1,
    AT(CAPS_DEVICE) = VIRTIO_CAP(CAPS_NOTIFY, 16, 4),
    AT(CAPS_DEVICE + 8) = BAR_DEVICE,
    AT(CAPS_DEVICE + 12) = LV_VIRTIO_CONFIG_SIZE,
    AT(CAPS_NOTIFY) = VIRTIO_CAP(CAPS_WINDOW, 20, 2),
    AT(CAPS_NOTIFY + 8) = BAR_NOTIFY,
    AT(CAPS_NOTIFY + 12) = LV_MAX_QUEUES * BAR_NOTIFY_STRIDE,
    AT(CAPS_NOTIFY + 16) = BAR_NOTIFY_STRIDE,
    AT(CAPS_WINDOW) = VIRTIO_CAP(0, 20, 5),
#undef AT
};

/* Sends what became due while it was masked. */
static void send_pending(struct zone *zone, struct virtio *virtio) {
    uint32_t pending = virtio->pci.pending;

    virtio->pci.pending = 0;
    for (; pending != 0; pending &= pending - 1) {
        virtio_send(zone, virtio, (uint32_t)bits_first(pending));
    }
}

void virtio_msix_access(struct zone *zone, struct virtio *virtio, struct access *access) {
    struct virtio_pci *pci = &virtio->pci;
    bool is_table = access->address < BAR_PENDING;
    uint64_t offset = access->address - (is_table ? BAR_MSIX : BAR_PENDING);
    uint64_t size = is_table ? virtio_num_vectors(virtio) * sizeof(struct virtio_message) : WORD;
    uint8_t *bytes = is_table ? (uint8_t *)pci->messages : (uint8_t *)&pci->pending;

    if (!bits_range_within(offset, access->size, 0, size)) {
        access->value = 0;
    } else if (!access->is_write) {
        access->value = 0;
        memcpy(&access->value, &bytes[offset], access->size);
    } else if (is_table) {
        memcpy(&bytes[offset], &access->value, access->size);
        send_pending(zone, virtio);
    }
}

void virtio_pci_reset(struct virtio *virtio) {
    memset(&virtio->pci, 0, sizeof(virtio->pci));
    for (uint32_t i = 0; i < VIRTIO_VECTORS; i++) {
        virtio->pci.messages[i].control = PCI_VECTOR_MASKED;
    }
}

/* Of two BARs at one place the first function has it. */
void virtio_place_bars(struct zone *zone) {
    struct virtio_bus *bus = &zone->devices.virtio;
    const struct lv_region *bars = lv_find_region(&zone->config, LV_REGION_VIRTIO_BARS);
    uint8_t places[LV_MAX_VIRTIO];

    memset(places, VIRTIO_NOWHERE, sizeof(places));
    for (uint32_t i = bus->count; i-- > 0 && bars != NULL;) {
        const struct virtio *virtio = &bus->functions[i];
        bool decodes =
            (virtio->pci.command & PCI_COMMAND_MEMORY) != 0 &&
            atomic_load_explicit(&virtio->state, memory_order_relaxed) != LV_VIRTIO_ABSENT;
        if (decodes &&
            bits_range_within(virtio->pci.bar, LV_VIRTIO_BAR_SIZE, bars->gpa, bars->size)) {
            places[(virtio->pci.bar - bars->gpa) / LV_VIRTIO_BAR_SIZE] = (uint8_t)i;
        }
    }
    for (uint32_t i = 0; i < LV_MAX_VIRTIO; i++) {
        atomic_store_explicit(&bus->bars[i], places[i], memory_order_relaxed);
    }
}

/* The access to the BAR that the window stands for; false if it stands for none. */
static bool window_access(struct zone *zone, struct virtio *virtio, struct access *access) {
    const struct virtio_pci *pci = &virtio->pci;
    uint32_t size = pci->window_length;
    struct access inner = {.address = pci->window_offset,
                           .value = access->value,
                           .size = size,
                           .is_write = access->is_write};
    bool is_sound = pci->window_bar == 0 && (size == 1 || size == 2 || size == WORD) &&
                    bits_is_aligned(inner.address, size) &&
                    bits_range_within(inner.address, size, 0, LV_VIRTIO_BAR_SIZE);
    uint64_t queue = (inner.address - BAR_NOTIFY) / BAR_NOTIFY_STRIDE;

    if (is_sound && inner.is_write && queue < virtio->config->num_queues) {
        virtio_kick(zone, (uint32_t)(virtio - zone->devices.virtio.functions), (uint32_t)queue);
    } else if (is_sound) {
        virtio_bar_access(zone, virtio, &inner);
        access->value = inner.value;
    }
    return is_sound;
}

static uint32_t config_word(const struct virtio *virtio, uint32_t word) {
    const struct virtio_pci *pci = &virtio->pci;

    switch (word) {
    case PCI_ID:
        return VIRTIO_VENDOR | (VIRTIO_DEVICE + virtio->config->type) << 16;
    case PCI_COMMAND:
        return (uint32_t)(pci->command | PCI_STATUS_LIST << 16);
    case PCI_CLASS:
        return VIRTIO_CLASS | VIRTIO_REVISION;
    case PCI_BAR:
        return pci->bar;
    case PCI_SUBSYSTEM:
        return VIRTIO_VENDOR | VIRTIO_SUBSYSTEM << 16;
    case PCI_CAPABILITIES:
        return CAPS_MSIX;
    case CAPS_MSIX:
        return capabilities[0] | (pci->msix_control | (virtio_num_vectors(virtio) - 1)) << 16;
    case WINDOW_BAR:
        return pci->window_bar;
    case WINDOW_OFFSET:
        return pci->window_offset;
    case WINDOW_LENGTH:
        return pci->window_length;
    default:
        return word >= CAPS_MSIX && word < CAPS_END ? capabilities[(word - CAPS_MSIX) / WORD] : 0;
    }
}

static void config_word_write(struct zone *zone, struct virtio *virtio, uint32_t word,
                              uint32_t value) {
    struct virtio_pci *pci = &virtio->pci;

    switch (word) {
    case PCI_COMMAND:
        pci->command = (uint16_t)(value & COMMAND_WRITABLE);
        virtio_place_bars(zone);
        break;
    case PCI_BAR:
        pci->bar = value & ~(LV_VIRTIO_BAR_SIZE - 1);
        virtio_place_bars(zone);
        break;
    case CAPS_MSIX:
        pci->msix_control = (uint16_t)(value >> 16 & MSIX_WRITABLE);
        send_pending(zone, virtio);
        break;
    case WINDOW_BAR:
        pci->window_bar = value & 0xff;
        break;
    case WINDOW_OFFSET:
        pci->window_offset = value;
        break;
    case WINDOW_LENGTH:
        pci->window_length = value;
        break;
    default:
        break;
    }
}

static void config_access(struct zone *zone, struct virtio *virtio, uint32_t reg,
                          struct access *access) {
    uint32_t word = reg & ~(uint32_t)(WORD - 1);

    if (word == WINDOW_DATA && window_access(zone, virtio, access)) {
        return;
    }
    uint32_t value = config_word(virtio, word);
    uint8_t *bytes = (uint8_t *)&value + reg % WORD;
    if (access->is_write) {
        memcpy(bytes, &access->value, access->size);
        config_word_write(zone, virtio, word, value);
    } else {
        access->value = 0;
        memcpy(&access->value, bytes, access->size);
    }
}

bool virtio_config_access(struct zone *zone, uint8_t devfn, uint32_t reg, struct access *access) {
    struct virtio_bus *bus = &zone->devices.virtio;

    for (uint32_t i = 0; i < bus->count; i++) {
        struct virtio *virtio = &bus->functions[i];
        if (devfn != virtio->config->device << 3 ||
            atomic_load_explicit(&virtio->state, memory_order_relaxed) == LV_VIRTIO_ABSENT) {
            continue;
        }
        spinlock_take(&bus->lock);
        if (reg < PCI_CONFIG_SIZE) {
            config_access(zone, virtio, reg, access);
        } else {
            access->value = 0;
        }
        spinlock_release(&bus->lock);
        return true;
    }
    return false;
}
