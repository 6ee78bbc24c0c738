/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EFI zboot: a compressed kernel in a PE file (Linux, drivers/firmware/efi/libstub/zboot-header.S).
 */
#ifndef TOOLS_ZBOOT_H
#define TOOLS_ZBOOT_H

#include "file.h"

bool zboot_matches(const struct file_bytes *file);

/*
 * Unpacks the kernel, of at most `max` bytes, into the report's arena: gzip and zstd. False when
 * that fails (reported at `place`).
 */
bool zboot_unpack(struct report *report, const struct place *place, const struct file_bytes *file,
                  uint64_t max, struct file_bytes *out);

#endif
