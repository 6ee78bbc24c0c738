// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * irq/eiointc.c, its own functions included: which register each of the 2^32 IOCSR numbers is,
 * and which bytes of it each of the 256 sets of groups lets a zone reach. The table of registers
 * (LVZ reference 9.1) shares nothing with the one under test.
 */
// NOLINTNEXTLINE(bugprone-suspicious-include)
#include <irq/eiointc.c>
#include <inttypes.h>
#include <stdio.h>

#define SETS_OF_GROUPS 256u

/* What the file under test needs to be linked; nothing of it is called here. */
struct cpu cpu_blocks[LV_MAX_CPUS];

uint64_t arch_iocsr_read(uint32_t number, unsigned size) {
    return number + size;
}

void arch_iocsr_write(uint32_t number, unsigned size, uint64_t value) {
    (void)number;
    (void)size;
    (void)value;
}

struct cpu *arch_this_cpu(void) {
    return cpu_blocks;
}

void arch_vcpu_update_hwi(struct vcpu *vcpu) {
    (void)vcpu;
}

bool cpu_is_online(cpu_id_t id) {
    return id < LV_MAX_CPUS;
}

void eiointc_virtual_init(struct eiointc *eiointc) {
    (void)eiointc;
}

uint32_t eiointc_virtual_read(struct vcpu *vcpu, const struct eiointc_word *word) {
    (void)vcpu;
    return word->number;
}

void eiointc_virtual_write(struct vcpu *vcpu, const struct eiointc_word *word, uint32_t value,
                           uint32_t keep_mask) {
    (void)vcpu;
    (void)word;
    (void)value;
    (void)keep_mask;
}

/* First and last number of each kind, and how many vectors' state a byte has; 0: of all. */
static const struct {
    uint32_t first;
    uint32_t last;
    enum eiointc_kind kind;
    uint32_t vectors_per_byte;
} registers[] = {
    {0x14a0, 0x14bf, EIOINTC_NODE_MAP, 0}, {0x14c0, 0x14c7, EIOINTC_IP_MAP, 32},
    {0x1600, 0x161f, EIOINTC_ENABLE, 8},   {0x1680, 0x169f, EIOINTC_BOUNCE, 8},
    {0x1800, 0x181f, EIOINTC_STATUS, 8},   {0x1c00, 0x1cff, EIOINTC_CORE_MAP, 1},
};

/* The index into registers, or their number. */
static size_t register_find(uint32_t number) {
    size_t i = 0;

    while (i < ARRAY_SIZE(registers) &&
           (number < registers[i].first || number > registers[i].last)) {
        i++;
    }
    return i;
}

/* Of the aligned word of a register: the bytes whose vectors' groups are all owned. */
static uint32_t bytes_owned(size_t at, uint32_t word, uint32_t groups) {
    uint32_t owned = 0;

    for (uint32_t byte = 0; byte < 4; byte++) {
        uint32_t vector = (word + byte - registers[at].first) * registers[at].vectors_per_byte;
        bool all = registers[at].vectors_per_byte == 0;
        if (all ? groups == 0xff : (groups >> (vector / 32) & 1) != 0) {
            owned |= 1u << byte;
        }
    }
    return owned;
}

static bool number_is_right(uint32_t number, uint64_t *found) {
    size_t at = register_find(number);
    struct eiointc_word word = eiointc_find_word(number);
    struct eiointc eiointc = {0};

    if (at == ARRAY_SIZE(registers)) {
        return word.kind == EIOINTC_NONE;
    }
    (*found)++;
    if (word.kind != registers[at].kind || word.number != (number & ~3u) ||
        word.offset != word.number - registers[at].first) {
        return false;
    }
    for (uint32_t groups = 0; groups < SETS_OF_GROUPS; groups++) {
        eiointc.groups = groups;
        if (hardware_bytes(&eiointc, &word) != bytes_owned(at, word.number, groups)) {
            return false;
        }
    }
    return true;
}

int main(void) {
    uint64_t found = 0;
    uint64_t wrong = 0;
    uint32_t number = 0;

    do {
        if (!number_is_right(number, &found) && wrong++ == 0) {
            printf("  the first number that is taken wrongly: 0x%" PRIx32 "\n", number);
        }
    } while (++number != 0);
    printf("  EIOINTC: 2^32 IOCSR numbers, %" PRIu64
           " of them registers, %u sets of groups, %" PRIu64 " wrong\n",
           found, SETS_OF_GROUPS, wrong);
    return wrong != 0;
}
