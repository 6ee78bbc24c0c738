// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf_input.h"

#include <gelf.h>
#include <string.h>

#define ELF_INPUT_MAX_ALIGN 0x40000000u

bool elf_input_matches(const struct file_bytes *file) {
    return file->size >= SELFMAG && memcmp(file->bytes, ELFMAG, SELFMAG) == 0;
}

/* libelf takes a pointer to bytes that it could change but, opened for reading, doesn't. */
static Elf *elf_input_open(struct arena *arena, const struct file_bytes *file) {
    elf_version(EV_CURRENT);
    return elf_memory(arena_copy_text(arena, (const char *)file->bytes, file->size), file->size);
}

static const char *elf_input_add(struct elf_input *input, const GElf_Phdr *header) {
    if (input->count == ELF_INPUT_MAX_SEGMENTS) {
        return "it has too many segments";
    }
    if (header->p_offset > input->file.size ||
        header->p_filesz > input->file.size - header->p_offset ||
        header->p_filesz > header->p_memsz || header->p_paddr > UINT64_MAX - header->p_memsz ||
        header->p_vaddr > UINT64_MAX - header->p_memsz) {
        return "a segment reaches beyond the file or the address space";
    }
    if ((header->p_align & (header->p_align - 1)) != 0 || header->p_align > ELF_INPUT_MAX_ALIGN) {
        return "a segment's alignment makes no sense";
    }
    input->segments[input->count++] = (struct elf_segment){
        .vaddr = header->p_vaddr,
        .paddr = header->p_paddr,
        .offset = header->p_offset,
        .file_size = header->p_filesz,
        .memory_size = header->p_memsz,
        .align = header->p_align,
        .flags = header->p_flags,
    };
    return NULL;
}

static const char *elf_input_read_segments(Elf *elf, struct elf_input *input) {
    size_t count = 0;
    const char *problem = elf_getphdrnum(elf, &count) == 0 ? NULL : "it has no program headers";
    for (size_t i = 0; i < count && problem == NULL; i++) {
        GElf_Phdr header;
        if (gelf_getphdr(elf, (int)i, &header) == NULL) {
            return "its program headers cannot be read";
        }
        if (header.p_type == PT_LOAD && header.p_memsz != 0) {
            problem = elf_input_add(input, &header);
        }
    }
    return problem == NULL && input->count == 0 ? "it has nothing to load" : problem;
}

static const char *elf_input_read_header(Elf *elf, struct elf_input *input) {
    GElf_Ehdr header;
    if (gelf_getehdr(elf, &header) == NULL) {
        return "it is damaged";
    }
    if (header.e_machine != EM_LOONGARCH || header.e_ident[EI_CLASS] != ELFCLASS64 ||
        header.e_ident[EI_DATA] != ELFDATA2LSB) {
        return "it is not for LoongArch64";
    }
    if (header.e_type != ET_EXEC && header.e_type != ET_DYN) {
        return "it is not linked";
    }
    input->entry = header.e_entry;
    input->flags = header.e_flags;
    return elf_input_read_segments(elf, input);
}

bool elf_input_read(struct report *report, const struct place *place, const struct file_bytes *file,
                    struct elf_input *out) {
    struct arena arena = {0};
    Elf *elf = elf_input_open(&arena, file);
    *out = (struct elf_input){.file = *file};
    const char *problem = elf == NULL ? elf_errmsg(-1) : elf_input_read_header(elf, out);
    if (problem != NULL) {
        report_error(report, place, "give an executable ELF file for LoongArch64",
                     "the ELF file cannot be used: %s", problem);
    }
    elf_end(elf);
    arena_free(&arena);
    return problem == NULL;
}

static bool elf_input_search(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, const char *name,
                             uint64_t *value) {
    Elf_Data *data = elf_getdata(section, NULL);
    size_t count = data && header->sh_entsize ? data->d_size / header->sh_entsize : 0;
    for (size_t i = 0; i < count && i <= INT32_MAX; i++) {
        GElf_Sym symbol;
        if (gelf_getsym(data, (int)i, &symbol) == NULL) {
            return false;
        }
        const char *found = elf_strptr(elf, header->sh_link, symbol.st_name);
        if (found != NULL && symbol.st_shndx != SHN_UNDEF && strcmp(found, name) == 0) {
            *value = symbol.st_value;
            return true;
        }
    }
    return false;
}

bool elf_input_symbol(const struct elf_input *input, const char *name, uint64_t *value) {
    struct arena arena = {0};
    Elf *elf = elf_input_open(&arena, &input->file);
    Elf_Scn *section = NULL;
    bool found = false;
    while (elf != NULL && !found && (section = elf_nextscn(elf, section)) != NULL) {
        GElf_Shdr header;
        found = gelf_getshdr(section, &header) != NULL && header.sh_type == SHT_SYMTAB &&
                elf_input_search(elf, section, &header, name, value);
    }
    elf_end(elf);
    arena_free(&arena);
    return found;
}
