/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LV_BOOT_START_H
#define LV_BOOT_START_H

#include <loongvisor/image.h>

/*
 * Adds base to the words of an image linked at 0 that hold an address; the table (RELR, the ELF
 * gABI) names them. Once, on the first CPU, before anything reads such a word.
 */
void relocate(const uint64_t *table, const uint64_t *end, uint64_t base);

/* Start-up on CPU 0, in a stated order; arch has loaded this CPU's state, interrupts are off. */
_Noreturn void main_start(const struct lv_image_header *image);

/* Start-up of every other CPU, in the same state. */
_Noreturn void main_start_secondary(void);

#endif
