/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LV_HYPERCALL_CONSOLE_READ and _WRITE, once caller, zone and buffer are known to be in order. */
#ifndef LV_CORE_HYPERCALL_CONSOLE_H
#define LV_CORE_HYPERCALL_CONSOLE_H

#include <core/zone.h>

/*
 * Others of the root zone's CPUs may write to *stream meanwhile: its fields are read once. 0, or a
 * count for write; -LV_ENODEV: the zone has no virtual UART; -LV_EINVAL: more bytes than fit. Any
 * CPU.
 */
int64_t hypercall_console_read(struct zone *zone, struct lv_stream *stream);
int64_t hypercall_console_write(struct zone *zone, const struct lv_stream *stream);

#endif
