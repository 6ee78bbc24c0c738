/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LV_LIB_CRC32_H
#define LV_LIB_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32 as zlib computes it, continued from crc (0 to begin). */
uint32_t crc32_update(uint32_t crc, const void *data, size_t size);

#endif
