/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device tree for a zone whose file names none. */
#ifndef TOOLS_DEVICE_TREE_MAKE_H
#define TOOLS_DEVICE_TREE_MAKE_H

#include "file.h"

#include <loongvisor/zone_config.h>

/*
 * The tree of the zone's CPUs, interrupt controllers, virtual UART, power block and ISA window.
 * device_tree_complete() adds memory, boot arguments and initrd. A stock kernel boots from the root
 * zone's own tree, so the nodes are as in that. The tree lives in the arena.
 */
struct file_bytes device_tree_make(struct arena *arena, const struct lv_zone_config *config);

#endif
