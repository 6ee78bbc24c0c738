/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers of every PCI function (PCI Local Bus 3.0, 6.1 and 6.8). */
#ifndef LV_DEVICES_PCI_REGISTERS_H
#define LV_DEVICES_PCI_REGISTERS_H

#include <lib/bits.h>

#define PCI_CONFIG_SIZE  0x100u
#define PCI_ID           0x00u
#define PCI_COMMAND      0x04u
#define PCI_STATUS       0x06u
#define PCI_CLASS        0x08u
#define PCI_HEADER_TYPE  0x0eu
#define PCI_BAR          0x10u
#define PCI_SUBSYSTEM    0x2cu
#define PCI_CAPABILITIES 0x34u

#define PCI_COMMAND_MEMORY   BIT(1)
#define PCI_COMMAND_MASTER   BIT(2)
#define PCI_COMMAND_INTX_OFF BIT(10)
#define PCI_STATUS_LIST      BIT(4)
#define PCI_HEADER_BRIDGE    1u

#define PCI_CAP_FIRST  0x40u
#define PCI_CAP_VENDOR 0x09u
#define PCI_CAP_MSIX   0x11u

/* Of the control word of PCI_CAP_MSIX, and of a vector of its table. */
#define PCI_MSIX_ENABLE   BIT(15)
#define PCI_MSIX_MASK_ALL BIT(14)
#define PCI_VECTOR_MASKED BIT(0)

#endif
