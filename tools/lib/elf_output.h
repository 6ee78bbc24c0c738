/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes a LoongArch64 ELF executable. */
#ifndef TOOLS_ELF_OUTPUT_H
#define TOOLS_ELF_OUTPUT_H

#include "elf_input.h"

/*
 * Writes `input`'s segments unchanged, with its entry, and one more read-only segment `extra` whose
 * bytes are `bytes` (extra->offset and extra->flags don't count). False on an error, which
 * elf_output_error describes.
 */
bool elf_output_write(const struct elf_input *input, const struct elf_segment *extra,
                      const uint8_t *bytes, int fd);

const char *elf_output_error(void);

#endif
