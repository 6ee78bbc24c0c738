/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LV_BOOT_RELOCATE_H
#define LV_BOOT_RELOCATE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Adds base to the words of an image linked at 0 that hold an address; the table (RELR, the ELF
 * gABI) names them. Once, on the first CPU, before anything reads such a word.
 */
void relocate(const uint64_t *table, const uint64_t *end, uint64_t base);

#endif
