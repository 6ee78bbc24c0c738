// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
/* Address spaces as lists of linear regions, and the TLB entries made from them. */
#include <rt/runtime.h>

/* Larger leaves are one huge entry that fills both halves of a pair. */
#define LEAF_PAIR_MAX 14u

void rt_space_add(struct rt_space *space, uint64_t va, uint64_t pa, uint64_t size, uint32_t leaf,
                  uint64_t flags) {
    if (space->count == RT_MAX_REGIONS) {
        rt_die("too many regions in an address space");
    }
    space->regions[space->count++] = (struct rt_region){va, pa, size, flags, leaf};
}

static const struct rt_region *space_find(const struct rt_space *space, uint64_t va) {
    for (uint32_t i = space->count; i > 0; i--) {
        const struct rt_region *region = &space->regions[i - 1];

        if (va - region->va < region->size) {
            return region;
        }
    }
    return NULL;
}

/* TLBELO of one page of a pair; pages outside of the region are invalid. */
static uint64_t space_elo(const struct rt_region *region, uint64_t va) {
    if (va - region->va >= region->size) {
        return 0;
    }
    return (region->pa + (va - region->va)) | region->flags;
}

bool rt_space_refill(const struct rt_space *space, uint64_t address) {
    const struct rt_region *region = space_find(space, address);

    if (region == NULL) {
        return false;
    }
    uint32_t ps = region->leaf > LEAF_PAIR_MAX ? region->leaf - 1 : region->leaf;
    uint64_t page = 1UL << ps;
    uint64_t base = address & ~(2 * page - 1);

    csr_write(CSR_TLBREHI, base | ps);
    csr_write(CSR_TLBRELO0, space_elo(region, base));
    csr_write(CSR_TLBRELO1, space_elo(region, base + page));
    __asm__ volatile("tlbfill" ::: "memory");
    return true;
}

void rt_tlb_fill(uint64_t va, uint32_t ps, uint64_t elo0, uint64_t elo1) {
    csr_write(CSR_TLBIDX, (uint64_t)ps << TLBIDX_PS_SHIFT);
    csr_write(CSR_TLBEHI, va & ~((2UL << ps) - 1));
    csr_write(CSR_TLBELO0, elo0);
    csr_write(CSR_TLBELO1, elo1);
    __asm__ volatile("tlbfill" ::: "memory");
}

uint64_t rt_tlb_search(uint64_t va) {
    csr_write(CSR_TLBIDX, 0);
    csr_write(CSR_TLBEHI, va & ~0x1fffUL);
    __asm__ volatile("tlbsrch" ::: "memory");
    return csr_read(CSR_TLBIDX);
}
