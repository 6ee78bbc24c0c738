// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf_output.h"

#include <gelf.h>
#include <string.h>

/* Section names: libelf writes bytes through sections only. */
static const char elf_output_names[] = "\0.hypervisor\0.image\0.shstrtab";
#define ELF_OUTPUT_NAME_HYPERVISOR 1u
#define ELF_OUTPUT_NAME_IMAGE      13u
#define ELF_OUTPUT_NAME_NAMES      20u

#define ELF_OUTPUT_MIN_ALIGN 8u

/* One section, and the segment if it is loaded. */
struct elf_output_part {
    const struct elf_segment *segment; /* NULL: not loaded */
    const uint8_t *bytes;
    uint64_t size;
    uint32_t name;
    uint32_t type;
    uint32_t flags; /* PF_* */
};

struct elf_output {
    Elf *elf;
    uint64_t offset; /* the end of what is placed */
    int next_segment;
};

const char *elf_output_error(void) {
    return elf_errmsg(-1);
}

static bool elf_output_header(struct elf_output *output, const struct elf_input *input) {
    GElf_Ehdr header;
    size_t segments = input->count + 1;
    if (gelf_newehdr(output->elf, ELFCLASS64) == NULL ||
        gelf_newphdr(output->elf, segments) == NULL || gelf_getehdr(output->elf, &header) == NULL) {
        return false;
    }
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_type = ET_EXEC;
    header.e_machine = EM_LOONGARCH;
    header.e_version = EV_CURRENT;
    header.e_entry = input->entry;
    header.e_flags = input->flags;
    header.e_phoff = sizeof(Elf64_Ehdr);
    header.e_shstrndx = (GElf_Half)(segments + 1);
    output->offset = header.e_phoff + segments * sizeof(Elf64_Phdr);
    elf_flagelf(output->elf, ELF_C_SET, ELF_F_LAYOUT);
    return gelf_update_ehdr(output->elf, &header) != 0;
}

/* The next offset that is congruent to the address modulo the alignment, as loaders require. */
static uint64_t elf_output_place(const struct elf_output *output, uint64_t address,
                                 uint64_t align) {
    uint64_t step = align < ELF_OUTPUT_MIN_ALIGN ? ELF_OUTPUT_MIN_ALIGN : align;
    uint64_t offset = (output->offset + step - 1) & ~(step - 1);
    offset += address & (step - 1);
    return offset >= output->offset + step ? offset - step : offset;
}

static bool elf_output_segment(struct elf_output *output, const struct elf_output_part *part) {
    const struct elf_segment *segment = part->segment;
    GElf_Phdr header = {
        .p_type = PT_LOAD,
        .p_flags = part->flags,
        .p_offset = output->offset,
        .p_vaddr = segment->vaddr,
        .p_paddr = segment->paddr,
        .p_filesz = segment->file_size,
        .p_memsz = segment->memory_size,
        .p_align = segment->align,
    };
    return gelf_update_phdr(output->elf, output->next_segment++, &header) != 0;
}

static bool elf_output_section(struct elf_output *output, const struct elf_output_part *part) {
    Elf_Scn *section = elf_newscn(output->elf);
    Elf_Data *data = section ? elf_newdata(section) : NULL;
    GElf_Shdr header;
    if (data == NULL || gelf_getshdr(section, &header) == NULL) {
        return false;
    }
    data->d_buf = (void *)(uintptr_t)part->bytes; /* libelf only reads it */
    data->d_size = part->size;
    data->d_type = ELF_T_BYTE;
    data->d_align = 1;
    header.sh_name = part->name;
    header.sh_type = part->type;
    header.sh_offset = output->offset;
    header.sh_size = part->size;
    header.sh_addralign = 1;
    if (part->segment != NULL) {
        header.sh_addr = part->segment->vaddr;
        header.sh_flags = SHF_ALLOC | (part->flags & PF_X ? SHF_EXECINSTR : 0) |
                          (part->flags & PF_W ? SHF_WRITE : 0);
    }
    return gelf_update_shdr(section, &header) != 0;
}

static bool elf_output_add(struct elf_output *output, const struct elf_output_part *part) {
    if (part->segment != NULL) {
        output->offset = elf_output_place(output, part->segment->vaddr, part->segment->align);
        if (!elf_output_segment(output, part)) {
            return false;
        }
    }
    bool good = elf_output_section(output, part);
    output->offset += part->size;
    return good;
}

static bool elf_output_add_all(struct elf_output *output, const struct elf_input *input,
                               const struct elf_segment *extra, const uint8_t *bytes) {
    bool good = elf_output_header(output, input);
    for (size_t i = 0; good && i < input->count; i++) {
        const struct elf_segment *segment = &input->segments[i];
        struct elf_output_part part = {
            segment,
            input->file.bytes + segment->offset,
            segment->file_size,
            ELF_OUTPUT_NAME_HYPERVISOR,
            SHT_PROGBITS,
            segment->flags,
        };
        good = elf_output_add(output, &part);
    }
    struct elf_output_part image = {extra,        bytes, extra->file_size, ELF_OUTPUT_NAME_IMAGE,
                                    SHT_PROGBITS, PF_R};
    struct elf_output_part names = {NULL,
                                    (const uint8_t *)elf_output_names,
                                    sizeof(elf_output_names),
                                    ELF_OUTPUT_NAME_NAMES,
                                    SHT_STRTAB,
                                    0};
    return good && elf_output_add(output, &image) && elf_output_add(output, &names);
}

/* Section headers come last. */
static bool elf_output_finish(struct elf_output *output) {
    GElf_Ehdr header;
    if (gelf_getehdr(output->elf, &header) == NULL) {
        return false;
    }
    header.e_shoff = elf_output_place(output, 0, ELF_OUTPUT_MIN_ALIGN);
    return gelf_update_ehdr(output->elf, &header) != 0 && elf_update(output->elf, ELF_C_WRITE) >= 0;
}

bool elf_output_write(const struct elf_input *input, const struct elf_segment *extra,
                      const uint8_t *bytes, int fd) {
    elf_version(EV_CURRENT);
    struct elf_output output = {.elf = elf_begin(fd, ELF_C_WRITE, NULL)};
    if (output.elf == NULL) {
        return false;
    }
    bool good = elf_output_add_all(&output, input, extra, bytes) && elf_output_finish(&output);
    elf_end(output.elf);
    return good;
}
