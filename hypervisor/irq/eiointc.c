// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/arch.h>
#include <core/cpu.h>
#include <core/zone.h>
#include <irq/eiointc.h>
#include <irq/send.h>
#include <lib/bits.h>

/* All registers are accessed in 32-bit words, the smallest size that every machine accepts. */
#define WORD       4u
#define ALL_BYTES  0xfu
#define ALL_GROUPS ((1u << LV_VECTOR_GROUPS) - 1)

#define VECTOR_BYTES (LV_NUM_VECTORS / 8u)

/* A core-map byte: one bit per CPU of the node in [3:0], the node type's number in [7:4]. */
#define CORE_NODE_MASK 0xf0u
/* An ip-map byte that routes its group to HWI1, as device trees say (LVZ reference 9.1). */
#define IP_HWI1 0x02u

static const struct {
    uint32_t base;
    uint32_t size; /* bytes */
    enum eiointc_kind kind;
} register_ranges[] = {
    {IOCSR_EIO_ENABLE, VECTOR_BYTES, EIOINTC_ENABLE},
    {IOCSR_EIO_CORE_MAP, LV_NUM_VECTORS, EIOINTC_CORE_MAP},
    {IOCSR_EIO_BOUNCE, VECTOR_BYTES, EIOINTC_BOUNCE},
    {IOCSR_EIO_IP_MAP, LV_VECTOR_GROUPS, EIOINTC_IP_MAP},
    {IOCSR_EIO_NODE_MAP, IOCSR_EIO_IP_MAP - IOCSR_EIO_NODE_MAP, EIOINTC_NODE_MAP},
};

/* Status first: a guest reads and writes it at each interrupt. */
static struct eiointc_word eiointc_find_word(uint32_t number) {
    struct eiointc_word word = {.number = number & ~(WORD - 1)};

    if (number - IOCSR_EIO_STATUS < VECTOR_BYTES) {
        word.kind = EIOINTC_STATUS;
        word.offset = word.number - IOCSR_EIO_STATUS;
        return word;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(register_ranges); i++) {
        if (number - register_ranges[i].base < register_ranges[i].size) {
            word.kind = register_ranges[i].kind;
            word.offset = word.number - register_ranges[i].base;
        }
    }
    return word;
}

bool irq_groups(const struct lv_zone_config *config, uint32_t *groups) {
    *groups = 0;
    for (unsigned group = 0; group < LV_VECTOR_GROUPS; group++) {
        uint32_t owned = (uint32_t)(config->vectors[group / 2] >> (group % 2 * 32));
        if (owned != 0 && owned != UINT32_MAX) {
            return false;
        }
        *groups |= owned != 0 ? (uint32_t)BIT(group) : 0;
    }
    return true;
}

static bool owns_group(const struct eiointc *eiointc, uint32_t group) {
    return (eiointc->groups & BIT(group)) != 0;
}

/* The bytes of the word that are in hardware and that the zone may change, a bit each. */
static uint32_t hardware_bytes(const struct eiointc *eiointc, const struct eiointc_word *word) {
    switch (word->kind) {
    case EIOINTC_ENABLE:
    case EIOINTC_BOUNCE:
    case EIOINTC_STATUS:
        return owns_group(eiointc, word->offset / WORD) ? ALL_BYTES : 0;
    case EIOINTC_CORE_MAP:
        return owns_group(eiointc, word->offset / LV_VECTOR_GROUP) ? ALL_BYTES : 0;
    case EIOINTC_IP_MAP:
        return eiointc->groups >> word->offset & ALL_BYTES;
    case EIOINTC_NODE_MAP:
        return eiointc->groups == ALL_GROUPS ? ALL_BYTES : 0;
    default:
        return 0;
    }
}

/* Writes the bytes of the hardware's word that are not in keep_mask. */
static void hardware_write_bytes(uint32_t number, uint32_t value, uint32_t keep_mask) {
    if (keep_mask == 0) {
        arch_iocsr_write(number, WORD, value);
    } else if (keep_mask != ALL_BYTES) {
        arch_iocsr_write(IOCSR_ANY_SEND, sizeof(uint64_t),
                         send_any(arch_this_cpu()->phys_id, number, value, keep_mask));
    }
}

/* The zone's vCPU bits of a core-map byte as physical CPU bits, or the other way round. */
static uint8_t core_map_cpus(const struct eiointc *eiointc, uint8_t byte, bool to_physical) {
    uint8_t result = 0;

    for (vcpu_id_t id = 0; id < eiointc->zone->num_vcpus && id < LV_VECTOR_CPUS; id++) {
        uint32_t phys_id = cpu_blocks[eiointc->zone->vcpus[id].cpu].phys_id;
        uint32_t from = to_physical ? id : phys_id;
        uint32_t to = to_physical ? phys_id : id;
        if (from < LV_VECTOR_CPUS && to < LV_VECTOR_CPUS && (byte & BIT(from)) != 0) {
            result |= (uint8_t)BIT(to);
        }
    }
    return result;
}

/* Hardware takes a byte without CPUs for CPU 0, which may be another zone's. */
static uint8_t core_map_to_physical(const struct eiointc *eiointc, uint8_t byte) {
    uint8_t cpus = core_map_cpus(eiointc, byte, true);
    uint8_t node = eiointc->groups == ALL_GROUPS ? byte & CORE_NODE_MASK : 0;

    return node | (cpus != 0 ? cpus : eiointc->default_cpu);
}

static uint32_t core_map_word(const struct eiointc *eiointc, uint32_t word, bool to_physical) {
    uint32_t result = 0;

    for (unsigned i = 0; i < WORD; i++) {
        uint8_t byte = (uint8_t)(word >> (i * 8));
        uint8_t mapped = to_physical
                             ? core_map_to_physical(eiointc, byte)
                             : core_map_cpus(eiointc, byte, false) | (byte & CORE_NODE_MASK);
        result |= (uint32_t)mapped << (i * 8);
    }
    return result;
}

static uint32_t eiointc_read_word(struct vcpu *vcpu, const struct eiointc_word *word) {
    const struct eiointc *eiointc = &vcpu->zone->eiointc;
    uint32_t hardware = send_kept_bits(hardware_bytes(eiointc, word));
    uint32_t value = 0;

    if (hardware != 0) {
        value = (uint32_t)arch_iocsr_read(word->number, WORD);
    }
    if (word->kind == EIOINTC_CORE_MAP && hardware != 0) {
        value = core_map_word(eiointc, value, false);
    }
    if (hardware != UINT32_MAX) {
        value = (value & hardware) | (eiointc_virtual_read(vcpu, word) & ~hardware);
    }
    return value;
}

static void hardware_write(const struct eiointc *eiointc, const struct eiointc_word *word,
                           uint32_t value, uint32_t keep_mask) {
    if (word->kind == EIOINTC_CORE_MAP) {
        value = core_map_word(eiointc, value, true);
    }
    hardware_write_bytes(word->number, value, keep_mask);
}

static void eiointc_write_word(struct vcpu *vcpu, const struct eiointc_word *word, uint32_t value,
                               uint32_t keep_mask) {
    const struct eiointc *eiointc = &vcpu->zone->eiointc;
    uint32_t hardware = hardware_bytes(eiointc, word);

    if (hardware != 0) {
        hardware_write(eiointc, word, value, (keep_mask | ~hardware) & ALL_BYTES);
    }
    if (hardware != ALL_BYTES) {
        eiointc_virtual_write(vcpu, word, value, keep_mask | hardware);
    }
}

void eiointc_write_masked(struct vcpu *vcpu, uint32_t number, uint32_t data, uint32_t keep_mask) {
    struct eiointc_word word = eiointc_find_word(number);

    if (bits_is_aligned(number, WORD) && word.kind != EIOINTC_STATUS) {
        eiointc_write_word(vcpu, &word, data, keep_mask);
        arch_vcpu_update_hwi(vcpu);
    }
}

uint64_t eiointc_read(struct vcpu *vcpu, uint32_t number, unsigned size) {
    uint64_t value = 0;

    if (bits_is_aligned(number, size)) {
        struct eiointc_word word = eiointc_find_word(number);
        value = eiointc_read_word(vcpu, &word) >> (number % WORD * 8);
        if (size > WORD) {
            struct eiointc_word high = eiointc_find_word(number + WORD);
            value |= (uint64_t)eiointc_read_word(vcpu, &high) << 32;
        }
    }
    arch_vcpu_update_hwi(vcpu);
    return value;
}

/* Writes fewer than four bytes, inside one word. In a status word, a 0 bit clears nothing. */
static void eiointc_write_part(struct vcpu *vcpu, uint32_t number, unsigned size, uint32_t value) {
    struct eiointc_word word = eiointc_find_word(number);
    unsigned at = number % WORD;
    uint32_t keep_mask = ALL_BYTES & ~(uint32_t)(BITS(size - 1, 0) << at);

    eiointc_write_word(vcpu, &word, value << (at * 8), word.kind == EIOINTC_STATUS ? 0 : keep_mask);
}

static void eiointc_write_words(struct vcpu *vcpu, uint32_t number, unsigned size, uint64_t value) {
    for (unsigned done = 0; done < size && done < sizeof(value); done += WORD) {
        struct eiointc_word word = eiointc_find_word(number + done);
        eiointc_write_word(vcpu, &word, (uint32_t)(value >> (done * 8)), 0);
    }
}

void eiointc_write(struct vcpu *vcpu, uint32_t number, unsigned size, uint64_t value) {
    if (!bits_is_aligned(number, size)) {
        return;
    }
    if (size < WORD) {
        eiointc_write_part(vcpu, number, size, (uint32_t)value);
    } else {
        eiointc_write_words(vcpu, number, size, value);
    }
    arch_vcpu_update_hwi(vcpu);
}

static uint8_t eiointc_first_cpu(const struct zone *zone) {
    for (vcpu_id_t id = 0; id < zone->num_vcpus; id++) {
        cpu_id_t cpu = zone->vcpus[id].cpu;
        if (cpu_is_online(cpu) && cpu_blocks[cpu].phys_id < LV_VECTOR_CPUS) {
            return (uint8_t)BIT(cpu_blocks[cpu].phys_id);
        }
    }
    return 0;
}

static void eiointc_reset_group(const struct eiointc *eiointc, uint32_t group) {
    uint32_t core_map = IOCSR_EIO_CORE_MAP + group * LV_VECTOR_GROUP;

    hardware_write_bytes(IOCSR_EIO_ENABLE + group * WORD, 0, 0);
    hardware_write_bytes(IOCSR_EIO_BOUNCE + group * WORD, 0, 0);
    for (unsigned done = 0; done < LV_VECTOR_GROUP; done += WORD) {
        hardware_write_bytes(core_map + done, core_map_word(eiointc, 0, true), 0);
    }
    hardware_write_bytes(IOCSR_EIO_IP_MAP + group / WORD * WORD, IP_HWI1 << (group % WORD * 8),
                         ALL_BYTES & ~(uint32_t)BIT(group % WORD));
}

void eiointc_reset(struct eiointc *eiointc) {
    eiointc_virtual_init(eiointc);
    for (uint32_t group = 0; group < LV_VECTOR_GROUPS; group++) {
        if (owns_group(eiointc, group)) {
            eiointc_reset_group(eiointc, group);
        }
    }
}

void irq_init(struct zone *zone) {
    struct eiointc *eiointc = &zone->eiointc;

    eiointc->zone = zone;
    (void)irq_groups(&zone->config, &eiointc->groups);
    eiointc->default_cpu = eiointc_first_cpu(zone);
    eiointc_reset(eiointc);
}

void irq_leave(const struct zone *zone) {
    for (uint32_t group = 0; group < LV_VECTOR_GROUPS; group++) {
        if (owns_group(&zone->eiointc, group)) {
            hardware_write_bytes(IOCSR_EIO_ENABLE + group * WORD, 0, 0);
            hardware_write_bytes(IOCSR_EIO_STATUS + group * WORD, UINT32_MAX, 0);
        }
    }
}
