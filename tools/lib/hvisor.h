/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hvisor's own zone files, unchanged: their meaning here, and a warning for each thing that this
 * hypervisor does differently. A file is hvisor's if it has every field that hvisor requires and
 * none of ours.
 */
#ifndef TOOLS_HVISOR_H
#define TOOLS_HVISOR_H

#include "machine.h"
#include "zone_file.h"

/* Readers of fields that are hvisor's alone: "ivc_configs" and "pci_config". */
field_reader hvisor_read_channels;
field_reader hvisor_read_pci_bridge;

/* hvisor's "interrupts": numbers that need no grant here. */
field_reader hvisor_read_interrupts;

/* True when the object is a zone of hvisor's; `fields` are those of a zone. */
bool hvisor_is_zone(const struct json_node *node, const struct field *fields, size_t count);

/* Part of zone_load, for a zone of hvisor's: regions in whole pages, its boot protocol. */
void hvisor_adapt(struct report *report, struct zone_file *zone);

/*
 * Part of plan_zone, for a zone of hvisor's. RAM that is not free floats. Registers that the zone
 * may not have become a virtual UART or a hole.
 */
void hvisor_fit(struct report *report, const struct machine *machine, struct zone_file *zone);

#endif
