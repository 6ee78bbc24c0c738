/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The board file: facts of one machine, docs/zones.md describes every field. */
#ifndef TOOLS_BOARD_H
#define TOOLS_BOARD_H

#include "fields.h"

#include <loongvisor/image.h>

struct board_range {
    const struct json_node *node;
    struct field_text name; /* devices only */
    struct field_number base;
    struct field_number size;
};

struct board_pci {
    const struct json_node *node;
    struct field_text access;
    struct field_number base;
    struct field_number size;
};

/* Writing `value` to the byte register at `address` has the effect. */
struct board_switch {
    const struct json_node *node;
    struct field_number address;
    struct field_number value;
};

struct board {
    const struct json_node *node;
    struct field_text name;
    struct field_number cpus[LV_MAX_CPUS]; /* physical ids */
    uint32_t num_cpus;
    struct board_range ram[LV_BOARD_MAX_RANGES];
    size_t num_ram;
    struct board_range hypervisor;
    struct board_range devices[LV_BOARD_MAX_DEVICES];
    size_t num_devices;
    struct field_number uart;
    struct field_number rtc;
    struct board_pci pci;
    struct board_switch poweroff;
    struct board_switch reset;
};

/* Reads and checks a board from its JSON tree. Problems are reported; `board` keeps the good
 * fields. */
void board_read(struct report *report, const struct json_node *node, struct board *board);

/* The hypervisor's form of the board. The board must have been read without an error. */
void board_export(const struct board *board, struct lv_board *out);

/* True when the range has a page with a register of the hypervisor's own: UART, power-off, reset.
 */
bool board_is_own(const struct board *board, uint64_t base, uint64_t size);

/* True when base, size lies in one of the ranges. */
bool board_covers(const struct board_range *ranges, size_t count, uint64_t base, uint64_t size);

/* The fields of a board file, for docs/zones.md. */
extern const struct field_table board_table;

#endif
