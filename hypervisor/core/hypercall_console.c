// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/hypercall_console.h>
#include <core/zone_check.h>

int64_t hypercall_console_read(struct zone *zone, struct lv_stream *stream) {
    if (lv_find_region(&zone->config, LV_REGION_UART) == NULL) {
        return -LV_ENODEV;
    }
    uart_read(&zone->uart, stream);
    return 0;
}

int64_t hypercall_console_write(struct zone *zone, const struct lv_stream *stream) {
    uint32_t length = *(const volatile uint32_t *)&stream->length;

    if (lv_find_region(&zone->config, LV_REGION_UART) == NULL) {
        return -LV_ENODEV;
    }
    return length <= LV_STREAM_BYTES ? (int64_t)uart_type(&zone->uart, stream->data, length)
                                     : -LV_EINVAL;
}
