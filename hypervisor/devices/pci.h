/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI configuration space as a zone sees it: a window in the Loongson layout (LVZ reference 13.6)
 * that holds the functions which the zone owns and nothing else, translated to the machine's own
 * way of access.
 */
#ifndef LV_DEVICES_PCI_H
#define LV_DEVICES_PCI_H

#include <core/types.h>
#include <devices/pci_registers.h>
#include <loongvisor/image.h>

struct pci_view {
    const struct lv_board *board;
    const struct lv_zone_config *config;
};

/*
 * Resets the zone's functions except bridges, which lead to other zones' functions too. When it
 * returns, none of them does DMA or interrupts, and what they have written is in memory. A function
 * without a reset of its own is only silenced: what its driver has set up is still there once its
 * bus mastering is on again. Takes up to half a second, in which doorbells are answered except for
 * what they ask of this CPU's vCPU. Any CPU, while no vCPU of the zone runs.
 */
void pci_reset(const struct pci_view *view);

/* For pci_reset.c alone. */
struct pci_address {
    uint8_t bus;
    uint8_t devfn;
    uint32_t reg;
};

/* Where the register is in the machine's memory space; the board must have PCI. */
hpa_t pci_hpa(const struct lv_board *board, const struct pci_address *address);

/* Whether the zone owns the function: what no other zone was given is the root zone's. */
bool pci_owns(const struct pci_view *view, const struct pci_address *address);

#endif
