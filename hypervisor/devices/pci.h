/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI configuration space as a zone sees it: a window in the Loongson layout (LVZ reference 13.6)
 * that holds the functions which the zone owns and nothing else, translated to the machine's own
 * way of access.
 */
#ifndef LV_DEVICES_PCI_H
#define LV_DEVICES_PCI_H

#include <core/types.h>
#include <loongvisor/image.h>

struct pci_view {
    const struct lv_board *board;
    const struct lv_zone_config *config;
};

/* board and config must live as long as the view. CPU 0. */
void pci_init(struct pci_view *view, const struct lv_board *board,
              const struct lv_zone_config *config);

/*
 * Carries out an access at offset access->address of the window. Where the zone has no function it
 * reads all ones and ignores writes. The vCPU's own CPU.
 */
void pci_access(const struct pci_view *view, struct access *access);

/*
 * Stops what the zone's functions do by themselves (DMA, interrupts by message), as a reset of the
 * machine would: for a zone that starts anew. The zone's own CPU, while no vCPU runs.
 */
void pci_quiesce(const struct pci_view *view);

#endif
