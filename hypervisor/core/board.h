/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the machine has, as the image's board says, and which zone may have it. */
#ifndef LV_CORE_BOARD_H
#define LV_CORE_BOARD_H

#include <loongvisor/image.h>
#include <stdbool.h>

/* NULL if RAM, devices, PCI configuration space and CPUs are sound and apart, else what is wrong.
 * Any CPU. */
const char *board_check(const struct lv_board *board);

/* Whether the range is not empty and below 2^LV_GPA_BITS. Any CPU. */
bool board_range_is_sound(uint64_t base, uint64_t size);

/* Whether [hpa, hpa + size), which is sound, is in one range of RAM of a checked board. Any CPU. */
bool board_has_ram(const struct lv_board *board, uint64_t hpa, uint64_t size);

/* The same for registers that zones may have. Any CPU. */
bool board_has_device(const struct lv_board *board, uint64_t hpa, uint64_t size);

/*
 * Whether a sound range has pages that the hypervisor uses as well: the board's UART, its power-off
 * and its reset. Only the root zone may have them. Any CPU.
 */
bool board_touches_own(const struct lv_board *board, uint64_t hpa, uint64_t size);

#endif
