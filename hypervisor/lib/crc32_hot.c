// SPDX-License-Identifier: GPL-2.0-or-later
#include <lib/crc32.h>

/* The reflected polynomial of IEEE 802.3. */
#define CRC32_POLYNOMIAL 0xedb88320u

uint32_t crc32_update(uint32_t crc, const void *data, size_t size) {
    const uint8_t *bytes = data;

    crc = ~crc;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (unsigned bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? CRC32_POLYNOMIAL : 0);
        }
    }
    return ~crc;
}
