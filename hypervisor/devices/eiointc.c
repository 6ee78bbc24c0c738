// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/arch.h>
#include <core/cpu.h>
#include <core/zone.h>
#include <devices/eiointc.h>
#include <devices/send.h>
#include <lib/bits.h>

/* Every register is reached in words of 32 bits: the smallest access that all machines take. */
#define WORD       4u
#define ALL_BYTES  0xfu
#define ALL_GROUPS ((1u << EIOINTC_GROUPS) - 1)

#define NODE_MAP 0x14a0u
#define IP_MAP   0x14c0u
#define IP_END   (IP_MAP + EIOINTC_GROUPS)
#define ENABLE   0x1600u
#define BOUNCE   0x1680u
#define STATUS   0x1800u
#define CORE_MAP 0x1c00u

#define VECTOR_BYTES (LV_NUM_VECTORS / 8u)

/* A core-map byte: one bit per CPU of the node in [3:0], the node type's number in [7:4]. */
#define CORE_NODE_MASK 0xf0u
/* An ip-map byte that routes its group to HWI1, as device trees say (LVZ reference 9.1). */
#define IP_HWI1 0x02u

enum register_kind {
    KIND_NONE,
    KIND_NODE_MAP,
    KIND_IP_MAP,
    KIND_VECTORS,
    KIND_STATUS,
    KIND_CORE_MAP
};

static bool in_vector_bytes(uint64_t number, uint64_t base) {
    return number - base < VECTOR_BYTES;
}

static enum register_kind eiointc_kind(uint64_t number) {
    if (number >= NODE_MAP && number < IP_MAP) {
        return KIND_NODE_MAP;
    }
    if (number >= IP_MAP && number < IP_END) {
        return KIND_IP_MAP;
    }
    if (in_vector_bytes(number, ENABLE) || in_vector_bytes(number, BOUNCE)) {
        return KIND_VECTORS;
    }
    if (in_vector_bytes(number, STATUS)) {
        return KIND_STATUS;
    }
    return number - CORE_MAP < LV_NUM_VECTORS ? KIND_CORE_MAP : KIND_NONE;
}

bool eiointc_owns(uint64_t number) {
    return eiointc_kind(number) != KIND_NONE;
}

bool eiointc_groups(const struct lv_zone_config *config, uint32_t *groups) {
    *groups = 0;
    for (unsigned group = 0; group < EIOINTC_GROUPS; group++) {
        uint32_t owned = (uint32_t)(config->vectors[group / 2] >> (group % 2 * 32));
        if (owned != 0 && owned != UINT32_MAX) {
            return false;
        }
        *groups |= owned != 0 ? (uint32_t)BIT(group) : 0;
    }
    return true;
}

static bool owns_group(const struct eiointc *eiointc, uint64_t group) {
    return (eiointc->groups & BIT(group)) != 0;
}

/* The bytes of the word at number that the zone may change, a bit each. */
static uint32_t writable_bytes(const struct eiointc *eiointc, uint64_t number) {
    switch (eiointc_kind(number)) {
    case KIND_VECTORS:
    case KIND_STATUS:
        return owns_group(eiointc, number % VECTOR_BYTES / WORD) ? ALL_BYTES : 0;
    case KIND_CORE_MAP:
        return owns_group(eiointc, (number - CORE_MAP) / EIOINTC_GROUP_VECTORS) ? ALL_BYTES : 0;
    case KIND_IP_MAP:
        return eiointc->groups >> (number - IP_MAP) & ALL_BYTES;
    case KIND_NODE_MAP:
        return eiointc->groups == ALL_GROUPS ? ALL_BYTES : 0;
    default:
        return 0;
    }
}

/* Writes the bytes of the word that are not in keep_mask. */
static void write_bytes(uint64_t number, uint32_t word, uint32_t keep_mask) {
    if (keep_mask == 0) {
        arch_iocsr_write((uint32_t)number, WORD, word);
    } else if (keep_mask != ALL_BYTES) {
        arch_iocsr_write(IPI_ANY_SEND, sizeof(uint64_t),
                         send_any(arch_this_cpu()->phys_id, (uint32_t)number, word, keep_mask));
    }
}

/* The zone's vCPU bits of a core-map byte as physical CPU bits, or the other way round. */
static uint8_t core_map_cpus(const struct eiointc *eiointc, uint8_t byte, bool to_physical) {
    uint8_t result = 0;

    for (vcpu_id_t id = 0; id < eiointc->zone->num_vcpus && id < EIOINTC_CPUS; id++) {
        uint32_t phys_id = cpu_blocks[eiointc->zone->vcpus[id].cpu].phys_id;
        uint32_t from = to_physical ? id : phys_id;
        uint32_t to = to_physical ? phys_id : id;
        if (from < EIOINTC_CPUS && to < EIOINTC_CPUS && (byte & BIT(from)) != 0) {
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

static uint32_t eiointc_read_word(const struct eiointc *eiointc, uint64_t number) {
    uint32_t word = (uint32_t)arch_iocsr_read((uint32_t)number, WORD);
    enum register_kind kind = eiointc_kind(number);

    if (kind == KIND_NODE_MAP) {
        return word;
    }
    word &= ~send_kept_bits(~writable_bytes(eiointc, number) & ALL_BYTES);
    return kind == KIND_CORE_MAP ? core_map_word(eiointc, word, false) : word;
}

static void eiointc_write_word(const struct eiointc *eiointc, uint64_t number, uint32_t word,
                               uint32_t keep_mask) {
    uint32_t keep = (keep_mask | ~writable_bytes(eiointc, number)) & ALL_BYTES;

    if (eiointc_kind(number) == KIND_CORE_MAP) {
        word = core_map_word(eiointc, word, true);
    }
    write_bytes(number, word, keep);
}

void eiointc_write_masked(struct eiointc *eiointc, uint64_t number, uint32_t data,
                          uint32_t keep_mask) {
    if (bits_is_aligned(number, WORD) && eiointc_kind(number) != KIND_STATUS) {
        eiointc_write_word(eiointc, number, data, keep_mask);
    }
}

/* An access of fewer than four bytes, inside its word. Status: a 0 bit clears nothing. */
static void eiointc_access_part(struct eiointc *eiointc, struct access *access) {
    uint64_t number = access->address & ~(uint64_t)(WORD - 1);
    unsigned at = (unsigned)(access->address % WORD);
    uint32_t keep_mask = ALL_BYTES & ~(uint32_t)(BITS(access->size - 1, 0) << at);
    uint32_t word = (uint32_t)access->value << (at * 8);

    if (!access->is_write) {
        access->value = bits_truncate(eiointc_read_word(eiointc, number) >> (at * 8), access->size);
    } else if (eiointc_kind(number) == KIND_STATUS) {
        eiointc_write_word(eiointc, number, word, 0);
    } else {
        eiointc_write_word(eiointc, number, word, keep_mask);
    }
}

static void eiointc_access_words(const struct eiointc *eiointc, struct access *access) {
    uint64_t value = 0;

    for (unsigned done = 0; done < access->size; done += WORD) {
        uint64_t number = access->address + done;
        if (access->is_write) {
            eiointc_write_word(eiointc, number, (uint32_t)(access->value >> (done * 8)), 0);
        } else {
            value |= (uint64_t)eiointc_read_word(eiointc, number) << (done * 8);
        }
    }
    if (!access->is_write) {
        access->value = value;
    }
}

void eiointc_access(struct eiointc *eiointc, struct access *access) {
    if (!bits_is_aligned(access->address, access->size)) {
        access->value = 0;
    } else if (access->size < WORD) {
        eiointc_access_part(eiointc, access);
    } else {
        eiointc_access_words(eiointc, access);
    }
}

static uint8_t eiointc_first_cpu(const struct zone *zone) {
    for (vcpu_id_t id = 0; id < zone->num_vcpus; id++) {
        uint32_t phys_id = cpu_blocks[zone->vcpus[id].cpu].phys_id;
        if (phys_id < EIOINTC_CPUS) {
            return (uint8_t)BIT(phys_id);
        }
    }
    return 0;
}

static void eiointc_reset_group(const struct eiointc *eiointc, uint32_t group) {
    uint64_t core_map = CORE_MAP + group * EIOINTC_GROUP_VECTORS;

    eiointc_write_word(eiointc, ENABLE + group * WORD, 0, 0);
    eiointc_write_word(eiointc, BOUNCE + group * WORD, 0, 0);
    for (unsigned done = 0; done < EIOINTC_GROUP_VECTORS; done += WORD) {
        eiointc_write_word(eiointc, core_map + done, 0, 0);
    }
    write_bytes(IP_MAP + group / WORD * WORD, IP_HWI1 << (group % WORD * 8),
                ALL_BYTES & ~(uint32_t)BIT(group % WORD));
}

void eiointc_init(struct eiointc *eiointc, struct zone *zone) {
    eiointc->zone = zone;
    (void)eiointc_groups(&zone->config, &eiointc->groups);
    eiointc->default_cpu = eiointc_first_cpu(zone);
    for (uint32_t group = 0; group < EIOINTC_GROUPS; group++) {
        if (owns_group(eiointc, group)) {
            eiointc_reset_group(eiointc, group);
        }
    }
}
