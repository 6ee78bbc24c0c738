// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/arch.h>
#include <core/cpu.h>
#include <core/zone.h>
#include <devices/eiointc.h>
#include <devices/send.h>
#include <lib/bits.h>

/* Every register is reached in words of 32 bits: the smallest access that all machines take. */
#define WORD 4u

#define NODE_MAP 0x14a0u
#define IP_MAP   0x14c0u
#define IP_END   0x14c8u
#define ENABLE   0x1600u
#define BOUNCE   0x1680u
#define STATUS   0x1800u
#define CORE_MAP 0x1c00u

#define VECTOR_BYTES (LV_NUM_VECTORS / 8u)

/* A core-map byte: one bit per CPU of the node in [3:0], the node type's number in [7:4]. */
#define CORE_BITS 4u
#define CORE_MASK 0x0fu
#define NODE_MASK 0xf0u

enum register_kind { KIND_NONE, KIND_MAP, KIND_VECTORS, KIND_STATUS, KIND_CORE_MAP };

static bool in_vector_bytes(uint64_t number, uint64_t base) {
    return number - base < VECTOR_BYTES;
}

static enum register_kind eiointc_kind(uint64_t number) {
    if (number >= NODE_MAP && number < IP_END) {
        return KIND_MAP;
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

void eiointc_init(struct eiointc *eiointc, struct zone *zone) {
    eiointc->zone = zone;
    eiointc->owns_all = true;
    for (uint32_t i = 0; i < ARRAY_SIZE(eiointc->vectors); i++) {
        eiointc->vectors[i] = (uint32_t)(zone->config.vectors[i / 2] >> (i % 2 * 32));
        eiointc->owns_all = eiointc->owns_all && eiointc->vectors[i] == UINT32_MAX;
    }
}

static bool eiointc_owns_vector(const struct eiointc *eiointc, uint64_t vector) {
    return (eiointc->vectors[vector / 32] & BIT(vector % 32)) != 0;
}

/* The zone's vCPU bits of a core-map byte as physical CPU bits, or the other way round. */
static uint8_t core_map_translate(const struct eiointc *eiointc, uint8_t byte, bool to_physical) {
    uint8_t result = byte & NODE_MASK;

    for (vcpu_id_t id = 0; id < eiointc->zone->num_vcpus && id < CORE_BITS; id++) {
        uint32_t phys_id = cpu_blocks[eiointc->zone->vcpus[id].cpu].phys_id;
        uint32_t from = to_physical ? id : phys_id;
        uint32_t to = to_physical ? phys_id : id;
        if (from < CORE_BITS && to < CORE_BITS && (byte & BIT(from)) != 0) {
            result |= (uint8_t)BIT(to);
        }
    }
    return result;
}

static uint32_t core_map_word(const struct eiointc *eiointc, uint64_t number, uint32_t word,
                              bool to_physical) {
    uint32_t result = 0;

    for (unsigned i = 0; i < WORD; i++) {
        if (eiointc_owns_vector(eiointc, number - CORE_MAP + i)) {
            uint8_t byte = core_map_translate(eiointc, (uint8_t)(word >> (i * 8)), to_physical);
            result |= (uint32_t)byte << (i * 8);
        }
    }
    return result;
}

/* The bits of the word at number that the zone may change. */
static uint32_t eiointc_owned_bits(const struct eiointc *eiointc, uint64_t number) {
    uint32_t bits = 0;

    switch (eiointc_kind(number)) {
    case KIND_VECTORS:
    case KIND_STATUS:
        return eiointc->vectors[number % VECTOR_BYTES / WORD];
    case KIND_CORE_MAP:
        for (unsigned i = 0; i < WORD; i++) {
            bool owned = eiointc_owns_vector(eiointc, number - CORE_MAP + i);
            bits |= owned ? (uint32_t)BITS(i * 8 + 7, i * 8) : 0;
        }
        return bits;
    case KIND_MAP:
        return eiointc->owns_all ? UINT32_MAX : 0;
    default:
        return 0;
    }
}

static uint32_t eiointc_read_word(const struct eiointc *eiointc, uint64_t number) {
    uint32_t word = (uint32_t)arch_iocsr_read((uint32_t)number, WORD);

    switch (eiointc_kind(number)) {
    case KIND_VECTORS:
    case KIND_STATUS:
        return word & eiointc_owned_bits(eiointc, number);
    case KIND_CORE_MAP:
        return core_map_word(eiointc, number, word, false);
    default:
        return word;
    }
}

static void eiointc_write_word(const struct eiointc *eiointc, uint64_t number, uint32_t word,
                               uint32_t kept) {
    uint32_t changed = eiointc_owned_bits(eiointc, number) & ~kept;
    uint32_t old = 0;

    if (eiointc_kind(number) == KIND_CORE_MAP) {
        word = core_map_word(eiointc, number, word, true);
    }
    /* Status is write-1-to-clear: what is to stay is written as 0, not read back. */
    if (changed != UINT32_MAX && eiointc_kind(number) != KIND_STATUS) {
        old = (uint32_t)arch_iocsr_read((uint32_t)number, WORD);
    }
    if (changed != 0) {
        arch_iocsr_write((uint32_t)number, WORD, (old & ~changed) | (word & changed));
    }
}

void eiointc_write_masked(struct eiointc *eiointc, uint64_t number, uint32_t data,
                          uint32_t keep_mask) {
    if (bits_is_aligned(number, WORD)) {
        eiointc_write_word(eiointc, number, data, send_kept_bits(keep_mask));
    }
}

/* An access of fewer than four bytes, inside its word. */
static void eiointc_access_part(const struct eiointc *eiointc, struct access *access) {
    uint64_t number = access->address & ~(uint64_t)(WORD - 1);
    unsigned shift = (unsigned)(access->address % WORD) * 8;
    uint32_t part = (uint32_t)BITS(access->size * 8 - 1, 0) << shift;

    if (access->is_write) {
        eiointc_write_word(eiointc, number, (uint32_t)access->value << shift, ~part);
    } else {
        access->value = (eiointc_read_word(eiointc, number) & part) >> shift;
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
