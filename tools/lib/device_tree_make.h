/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device tree for a zone whose file names none. */
#ifndef TOOLS_DEVICE_TREE_MAKE_H
#define TOOLS_DEVICE_TREE_MAKE_H

#include "file.h"

#include <loongvisor/zone_config.h>

/*
 * The tree of what the zone has: CPUs, interrupt controllers, virtual UART, power block, ISA
 * window. Memory, boot arguments and initrd are device_tree_complete's. Nodes are as in the root
 * zone's own tree, which a stock kernel is known to boot from. The tree lives in the arena.
 */
struct file_bytes device_tree_make(struct arena *arena, const struct lv_zone_config *config);

#endif
