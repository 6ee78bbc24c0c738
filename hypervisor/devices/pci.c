// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/arch.h>
#include <core/zone.h>
#include <devices/pci.h>
#include <devices/virtio.h>
#include <lib/bits.h>

/* In the Loongson layout this bit must be set for every bus but the root bus. */
#define LOONGSON_NOT_ROOT_BUS BIT(28)

/* Of a PCI-PCI bridge: the first and the last bus behind it. */
#define BRIDGE_SECONDARY   0x19u
#define BRIDGE_SUBORDINATE 0x1au

static bool pci_decode(uint64_t offset, struct pci_address *address) {
    bool not_root_bus = (offset & LOONGSON_NOT_ROOT_BUS) != 0;

    address->bus = (uint8_t)bits_get(offset, 23, 16);
    address->devfn = (uint8_t)bits_get(offset, 15, 8);
    address->reg = (uint32_t)(bits_get(offset, 7, 0) | bits_get(offset, 27, 24) << 8);
    return not_root_bus == (address->bus != 0);
}

static uint64_t pci_encode_loongson(const struct pci_address *address) {
    uint64_t offset = (uint64_t)address->bus << 16 | (uint64_t)address->devfn << 8 |
                      bits_get(address->reg, 7, 0) | bits_get(address->reg, 11, 8) << 24;

    return address->bus != 0 ? offset | LOONGSON_NOT_ROOT_BUS : offset;
}

static uint64_t pci_encode_ecam(const struct pci_address *address) {
    return (uint64_t)address->bus << 20 | (uint64_t)address->devfn << 12 | address->reg;
}

static uint64_t pci_encode(const struct lv_board *board, const struct pci_address *address) {
    return board->pci_access == LV_PCI_ECAM ? pci_encode_ecam(address)
                                            : pci_encode_loongson(address);
}

hpa_t pci_hpa(const struct lv_board *board, const struct pci_address *address) {
    return board->pci_base + pci_encode(board, address);
}

/* Whether the configuration names the function. */
static bool pci_is_listed(const struct lv_zone_config *config, const struct pci_address *address) {
    for (uint32_t i = 0; i < config->num_pci_functions; i++) {
        const struct lv_pci_function *function = &config->pci_functions[i];
        if (function->bus == address->bus && function->devfn == address->devfn) {
            return true;
        }
    }
    return false;
}

/* Whether a zone other than the root zone was given the function. */
static bool pci_is_given_away(const struct pci_address *address) {
    for (uint32_t id = LV_ROOT_ZONE_ID + 1; id < LV_MAX_ZONES; id++) {
        const struct zone *zone = zone_find(id);
        if (zone != NULL && pci_is_listed(&zone->config, address)) {
            return true;
        }
    }
    return false;
}

/* Turns the zone's bus and devfn into the machine's, if the zone owns the function. */
static bool pci_translate(const struct pci_view *view, struct pci_address *address) {
    const struct lv_zone_config *config = view->config;

    for (uint32_t i = 0; i < config->num_pci_functions; i++) {
        const struct lv_pci_function *function = &config->pci_functions[i];
        if (function->zone_bus == address->bus && function->zone_devfn == address->devfn) {
            address->bus = function->bus;
            address->devfn = function->devfn;
            return true;
        }
    }
    return (config->flags & LV_ZONE_ROOT) != 0 && !pci_is_given_away(address);
}

static bool pci_machine_address(const struct pci_view *view, const struct access *access,
                                struct pci_address *address) {
    return view->board->pci_access != LV_PCI_NONE && access->size <= sizeof(uint32_t) &&
           bits_is_aligned(access->address, access->size) && pci_decode(access->address, address) &&
           pci_translate(view, address) &&
           bits_range_within(pci_encode(view->board, address), access->size, 0,
                             view->board->pci_size);
}

/* Whether a zone other than the root zone was given a function on one of these buses. */
static bool pci_buses_are_shared(uint64_t first, uint64_t last) {
    for (uint32_t id = LV_ROOT_ZONE_ID + 1; id < LV_MAX_ZONES; id++) {
        const struct zone *zone = zone_find(id);
        for (uint32_t i = 0; zone != NULL && i < zone->config.num_pci_functions; i++) {
            uint8_t bus = zone->config.pci_functions[i].bus;
            if (bus >= first && bus <= last) {
                return true;
            }
        }
    }
    return false;
}

/*
 * The root zone may only read a bridge above another zone's function: each of its registers
 * (decoding, buses, windows, power state, link, reset) could cut that zone off. A bridge that has
 * no bus behind it yet leads nowhere.
 */
static bool pci_is_read_only(const struct pci_view *view, const struct pci_address *address) {
    const struct pci_address function = {.bus = address->bus, .devfn = address->devfn};
    hpa_t registers = pci_hpa(view->board, &function);

    if (bits_get(arch_mmio_read(registers + PCI_HEADER_TYPE, 1), 6, 0) != PCI_HEADER_BRIDGE) {
        return false;
    }
    uint64_t first = arch_mmio_read(registers + BRIDGE_SECONDARY, 1);
    return first > address->bus &&
           pci_buses_are_shared(first, arch_mmio_read(registers + BRIDGE_SUBORDINATE, 1));
}

/* The value of a write to the function, with its interrupt pin off if the zone may not use it. */
static uint64_t pci_value(const struct pci_view *view, const struct pci_address *address,
                          const struct access *access) {
    uint32_t at = PCI_COMMAND - address->reg + 1; /* of the byte that has the bit */
    uint64_t off = (PCI_COMMAND_INTX_OFF >> 8) << at % sizeof(uint32_t) * 8;

    return (view->config->flags & LV_ZONE_ROOT) == 0 && at < access->size ? access->value | off
                                                                          : access->value;
}

/* Whether a virtual function is where the machine has none for the zone; it has then carried out
 * the access. */
static bool pci_is_virtual(struct zone *zone, struct access *access) {
    struct pci_address address;

    return zone->config.num_virtio != 0 && access->size <= sizeof(uint32_t) &&
           bits_is_aligned(access->address, access->size) &&
           pci_decode(access->address, &address) && address.bus == 0 &&
           virtio_config_access(zone, address.devfn, address.reg, access);
}

/*
 * Where the zone has no function, the window reads all ones and ignores writes. No zone but the
 * root zone switches a function's interrupt pin on: other zones' functions share it, and its
 * controller is the root zone's.
 */
static enum verdict pci_access(struct vcpu *vcpu, struct access *access,
                               const struct lv_region *region) {
    const struct pci_view *view = &vcpu->zone->devices.pci;
    struct pci_address address;

    bool present = pci_machine_address(view, access, &address);

    (void)region;
    if (!present && pci_is_virtual(vcpu->zone, access)) {
        return VERDICT_HANDLED;
    }
    if (!access->is_write) {
        access->value =
            present ? arch_mmio_read(pci_hpa(view->board, &address), access->size) : UINT64_MAX;
    } else if (present && !pci_is_read_only(view, &address)) {
        arch_mmio_write(pci_hpa(view->board, &address), access->size,
                        pci_value(view, &address, access));
    }
    return VERDICT_HANDLED;
}

bool pci_owns(const struct pci_view *view, const struct pci_address *address) {
    return pci_is_listed(view->config, address) ||
           ((view->config->flags & LV_ZONE_ROOT) != 0 && !pci_is_given_away(address));
}

static enum lv_refusal pci_check(const struct lv_board *board, const struct lv_region *region) {
    if (board->pci_access == LV_PCI_NONE) {
        return LV_REFUSAL_PCI_ABSENT;
    }
    return region->size > LV_PCI_CONFIG_MAX ? LV_REFUSAL_PCI_SIZE : LV_REFUSAL_NONE;
}

static void pci_init(struct zone *zone) {
    zone->devices.pci = (struct pci_view){.board = &zone->image->board, .config = &zone->config};
}

/* Before a zone's first start the last driver of its functions was the root zone's. */
static void pci_quiesce(struct zone *zone) {
    pci_reset(&zone->devices.pci);
}

const struct device_kind pci_kind = {
    .single = true,
    .check = pci_check,
    .init = pci_init,
    .quiesce = pci_quiesce,
    .access = pci_access,
};
