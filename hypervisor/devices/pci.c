// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/arch.h>
#include <core/zone.h>
#include <devices/pci.h>
#include <lib/bits.h>

/* In the Loongson layout this bit must be set for every bus but the root bus. */
#define LOONGSON_NOT_ROOT_BUS BIT(28)

/* Each bus has 256 functions; in ECAM 4 KiB of registers belong to each. */
#define PCI_FUNCTIONS       0x10000u
#define ECAM_FUNCTION_SHIFT 12

#define PCI_COMMAND       0x04u
#define PCI_COMMAND_QUIET BIT(10) /* INTx off; no bus mastering, no decoding */
#define PCI_ABSENT        0xffffu

struct pci_address {
    uint8_t bus;
    uint8_t devfn;
    uint32_t reg;
};

void pci_init(struct pci_view *view, const struct lv_board *board,
              const struct lv_zone_config *config) {
    view->board = board;
    view->config = config;
}

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
                                hpa_t *hpa) {
    struct pci_address address;
    uint64_t offset;

    if (view->board->pci_access == LV_PCI_NONE || access->size > sizeof(uint32_t) ||
        !bits_is_aligned(access->address, access->size) || !pci_decode(access->address, &address) ||
        !pci_translate(view, &address)) {
        return false;
    }
    offset = pci_encode(view->board, &address);
    *hpa = view->board->pci_base + offset;
    return bits_range_within(offset, access->size, 0, view->board->pci_size);
}

void pci_access(const struct pci_view *view, struct access *access) {
    hpa_t hpa;
    bool present = pci_machine_address(view, access, &hpa);

    if (present && access->is_write) {
        arch_mmio_write(hpa, access->size, access->value);
    } else if (!access->is_write) {
        access->value = present ? arch_mmio_read(hpa, access->size) : UINT64_MAX;
    }
}

static bool pci_owns(const struct pci_view *view, const struct pci_address *address) {
    return pci_is_listed(view->config, address) ||
           ((view->config->flags & LV_ZONE_ROOT) != 0 && !pci_is_given_away(address));
}

void pci_quiesce(const struct pci_view *view) {
    uint32_t functions = PCI_FUNCTIONS;

    if (view->board->pci_access == LV_PCI_NONE) {
        return;
    }
    if (view->board->pci_access == LV_PCI_ECAM) {
        functions = (uint32_t)(view->board->pci_size >> ECAM_FUNCTION_SHIFT);
    }
    for (uint32_t function = 0; function < functions && function < PCI_FUNCTIONS; function++) {
        const struct pci_address address = {
            .bus = (uint8_t)(function >> 8), .devfn = (uint8_t)function, .reg = PCI_COMMAND};
        hpa_t command = view->board->pci_base + pci_encode(view->board, &address);
        if (pci_owns(view, &address) && arch_mmio_read(command, 2) != PCI_ABSENT) {
            arch_mmio_write(command, 2, PCI_COMMAND_QUIET);
        }
    }
}
