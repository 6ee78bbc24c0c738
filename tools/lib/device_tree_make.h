/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device tree for a zone whose file names none. */
#ifndef TOOLS_DEVICE_TREE_MAKE_H
#define TOOLS_DEVICE_TREE_MAKE_H

#include "file.h"

#include <loongvisor/zone_config.h>

/*
 * The tree of the zone's CPUs, interrupt controllers, virtual UART, power block, ISA window and PCI
 * bus of virtual functions. If the root zone sees a part of the zone's RAM, the bus reaches that.
 * device_tree_complete() adds memory, boot arguments and initrd. A stock kernel boots from the root
 * zone's own tree, so the nodes are as in that. The tree lives in the arena.
 */
struct file_bytes device_tree_make(struct arena *arena, const struct lv_zone_config *config);

/*
 * The vectors that the tree gives to virtual functions: the longest run that the zone has neither
 * in hardware nor for another device. How many; 0: none is left.
 */
unsigned device_tree_message_vectors(const struct lv_zone_config *config, unsigned *first);

#endif
