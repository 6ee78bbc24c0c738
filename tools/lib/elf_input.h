/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A LoongArch64 ELF file in memory: its segments and their addresses. */
#ifndef TOOLS_ELF_INPUT_H
#define TOOLS_ELF_INPUT_H

#include "file.h"

#define ELF_INPUT_MAX_SEGMENTS 16u

/* A PT_LOAD segment; its file bytes lie within the file. */
struct elf_segment {
    uint64_t vaddr;
    uint64_t paddr; /* as the file has it: direct-mapped window bits included */
    uint64_t offset;
    uint64_t file_size;
    uint64_t memory_size;
    uint64_t align;
    uint32_t flags;
};

struct elf_input {
    struct file_bytes file;
    uint64_t entry;
    uint32_t flags; /* e_flags: the ABI */
    struct elf_segment segments[ELF_INPUT_MAX_SEGMENTS];
    size_t count;
};

/* True when the bytes begin like an ELF file. */
bool elf_input_matches(const struct file_bytes *file);

/* Reads an ELF file for LoongArch64 with at least one segment to load. False if it is no such file
 * (reported). */
bool elf_input_read(struct report *report, const struct place *place, const struct file_bytes *file,
                    struct elf_input *out);

/* The value of a symbol; false when the file has none of that name. */
bool elf_input_symbol(const struct elf_input *input, const char *name, uint64_t *value);

#endif
