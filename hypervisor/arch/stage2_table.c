// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/stage2_table.h>
#include <lib/string.h>

static void table_clear(const struct stage2_pool *pool, uint64_t *table, unsigned level) {
    for (unsigned i = 0; i < STAGE2_ENTRIES; i++) {
        table[i] = stage2_pool_absent(pool, level);
    }
}

static unsigned entry_index(gpa_t gpa, unsigned level) {
    return (unsigned)(gpa >> STAGE2_SHIFT(level)) % STAGE2_ENTRIES;
}

void stage2_pool_init(struct stage2_pool *pool, hpa_t base) {
    pool->base = base;
    memset(pool->used, 0, sizeof(pool->used));
    for (unsigned level = 0; level < STAGE2_LEVELS; level++) {
        table_clear(pool, pool->tables[LV_STAGE2_POOL_PAGES + level], level);
    }
}

uint32_t stage2_pool_used(const struct stage2_pool *pool) {
    uint32_t count = 0;

    for (unsigned table = 0; table < LV_STAGE2_POOL_PAGES; table++) {
        count += pool->used[table / 64] >> table % 64 & 1;
    }
    return count;
}

const uint64_t *stage2_pool_empty(const struct stage2_pool *pool, unsigned level) {
    return pool->tables[LV_STAGE2_POOL_PAGES + level];
}

uint64_t stage2_pool_absent(const struct stage2_pool *pool, unsigned level) {
    return level > 0 ? pool->base + (hpa_t)(LV_STAGE2_POOL_PAGES + level - 1) * LV_PAGE_SIZE : 0;
}

/* A table without a mapping, or NULL if all are in use. */
static uint64_t *table_take(struct stage2_pool *pool, struct arch_stage2 *stage2, unsigned level) {
    for (unsigned word = 0; word < STAGE2_POOL_WORDS; word++) {
        if (pool->used[word] != UINT64_MAX) {
            unsigned bit = (unsigned)__builtin_ctzll(~pool->used[word]);
            uint64_t *table = pool->tables[word * 64 + bit];
            pool->used[word] |= BIT(bit);
            stage2->pages[word] |= BIT(bit);
            table_clear(pool, table, level);
            return table;
        }
    }
    return NULL;
}

int stage2_table_make(struct stage2_pool *pool, struct arch_stage2 *stage2) {
    *stage2 = (struct arch_stage2){0};
    stage2->root = table_take(pool, stage2, STAGE2_TOP_LEVEL);
    return stage2->root != NULL ? 0 : -LV_ENOMEM;
}

void stage2_table_free(struct stage2_pool *pool, struct arch_stage2 *stage2) {
    for (unsigned word = 0; word < STAGE2_POOL_WORDS; word++) {
        pool->used[word] &= ~stage2->pages[word];
    }
    *stage2 = (struct arch_stage2){0};
}

uint64_t *stage2_table_entry(struct stage2_pool *pool, struct arch_stage2 *stage2, gpa_t gpa,
                             unsigned level) {
    uint64_t *table = stage2->root;

    for (unsigned at = STAGE2_TOP_LEVEL; at > level; at--) {
        uint64_t *entry = &table[entry_index(gpa, at)];
        if (*entry == stage2_pool_absent(pool, at)) {
            table = table_take(pool, stage2, at - 1);
            if (table == NULL) {
                return NULL;
            }
            *entry = pool->base + (hpa_t)((uintptr_t)table - (uintptr_t)pool->tables);
        }
        table = pool->tables[(*entry - pool->base) / LV_PAGE_SIZE];
    }
    return &table[entry_index(gpa, level)];
}

static unsigned leaf_level(const struct stage2_mapping *left) {
    unsigned level = left->max_level;

    while (level > 0 && (left->size < BIT(STAGE2_SHIFT(level)) ||
                         !bits_is_aligned(left->gpa | left->hpa, BIT(STAGE2_SHIFT(level))))) {
        level--;
    }
    return level;
}

int stage2_table_map(struct stage2_pool *pool, struct arch_stage2 *stage2,
                     const struct stage2_mapping *mapping) {
    struct stage2_mapping left = *mapping;

    while (left.size > 0) {
        unsigned level = leaf_level(&left);
        uint64_t *entry = stage2_table_entry(pool, stage2, left.gpa, level);
        if (entry == NULL) {
            return -LV_ENOMEM;
        }
        *entry = left.hpa | left.flags | (level > 0 ? PTE_HUGE : 0);
        left.gpa += BIT(STAGE2_SHIFT(level));
        left.hpa += BIT(STAGE2_SHIFT(level));
        left.size -= BIT(STAGE2_SHIFT(level));
    }
    return 0;
}
