// SPDX-License-Identifier: GPL-2.0-or-later
#include "change.h"

#include <string.h>

/* Where, of how many bytes, and what. */
struct change {
    uint16_t offset;
    uint8_t size;
    uint8_t bytes[8];
};

void change_apply(void *object, size_t object_size, const uint8_t *input, size_t size) {
    struct change change;
    while (size >= sizeof(change)) {
        memcpy(&change, input, sizeof(change));
        size_t offset = change.offset % object_size;
        size_t length = change.size % (sizeof(change.bytes) + 1);
        if (length <= object_size - offset) {
            memcpy((uint8_t *)object + offset, change.bytes, length);
        }
        input += sizeof(change);
        size -= sizeof(change);
    }
}
