// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
/*
 * Misses of the TLB. CPU 0 touches memory for the first time; CPU 1, whose TLB knows nothing of it,
 * then finds in stage 2 what is there by now.
 */
#include "bench.h"

/* Pieces of memory, each mapped by one leaf of stage 2 (or two neighbours that are filled
 * together). */
struct pieces {
    const char *name;
    uint64_t base; /* GPA */
    uint64_t stride;
    uint32_t count;
    uint32_t ops; /* a batch */
};

/* As bench/homes.py lays out the zone, and bench/vmm the guest of KVM. */
#define SMALL_BASE      0x80001000UL
#define ZONE_LARGE_BASE 0x80200000UL
#define ZONE_HUGE_BASE  0xc0000000UL
#define KVM_LARGE_BASE  0xa0000000UL
#define ZONE_SMALL      (2UL << 12)
#define ZONE_LARGE      (1UL << 21)
#define ZONE_HUGE       (1UL << 30)
#define KVM_SMALL       (2UL << 14)
#define KVM_LARGE       (1UL << 25)

#define COLD_PIECES  112u
#define SMALL_PIECES 119u
#define LARGE_PIECES 119u
#define HUGE_PIECES  4u
#define KVM_SMALLS   527u
#define KVM_LARGES   8u
#define MANY_OPS     17u
#define COLD_OPS     16u
#define WARM_ROUNDS  31u

/* The guest's own tables: pages of 4 KiB, three levels (RT_WALK_PWCL). */
#define TABLE_ENTRIES 512u
#define PAGE_SIZE     (1UL << 12)
#define PAGED_VA      0x40000000UL
#define PTE_FLAGS     (TLBELO_V | TLBELO_D | TLBELO_CC)

typedef uint64_t table[TABLE_ENTRIES];

static table root_table __attribute__((aligned(4096)));
static table middle_table __attribute__((aligned(4096)));
static table leaf_table __attribute__((aligned(4096)));
static uint64_t warm_memory[COLD_OPS * 2][PAGE_SIZE / sizeof(uint64_t)]
    __attribute__((aligned(8192)));
static volatile bool cpu1_done;

static const struct pieces *pieces_small(void) {
    static const struct pieces zone = {"4k", SMALL_BASE + PAGE_SIZE, ZONE_SMALL, SMALL_PIECES,
                                       MANY_OPS};
    static const struct pieces kvm = {"4k", SMALL_BASE, KVM_SMALL, KVM_SMALLS, MANY_OPS};

    return bench_home == BENCH_KVM ? &kvm : &zone;
}

static const struct pieces *pieces_large(void) {
    static const struct pieces zone = {"2m", ZONE_LARGE_BASE, ZONE_LARGE, LARGE_PIECES, MANY_OPS};
    static const struct pieces kvm = {"2m", KVM_LARGE_BASE, KVM_LARGE, KVM_LARGES, KVM_LARGES};

    return bench_home == BENCH_KVM ? &kvm : &zone;
}

/* KVM's tables have no such leaves. */
static const struct pieces *pieces_huge(void) {
    static const struct pieces zone = {"1g", ZONE_HUGE_BASE, ZONE_HUGE, HUGE_PIECES, HUGE_PIECES};

    return bench_home == BENCH_KVM ? NULL : &zone;
}

/* Behind the small pieces; they belong to the guest's pages that are cold in both stages. */
static uint64_t cold_base(void) {
    const struct pieces *small = pieces_small();

    return small->base + small->count * small->stride;
}

__attribute__((noinline)) static uint64_t touch(uint64_t address, uint64_t stride, uint64_t count) {
    uint64_t start = rdtime();

    for (uint64_t i = 0; i < count; i++) {
        (void)*(volatile uint64_t *)(address + i * stride);
    }
    return rdtime() - start;
}

/* A batch without the ticks of the same loop where the TLB misses nothing. */
static void touch_add(uint64_t ticks, uint64_t address, uint64_t count) {
    touch(address, 0, count);
    uint64_t warm = touch(address, 0, count);
    bench_batch_add(ticks > warm ? ticks - warm : 0);
}

static void touch_pieces(const char *what, const struct pieces *pieces, uint64_t window) {
    for (uint32_t done = 0; done + pieces->ops <= pieces->count; done += pieces->ops) {
        uint64_t first = window | (pieces->base + done * pieces->stride);
        uint64_t ticks = touch(first, pieces->stride, pieces->ops);
        touch_add(ticks, first, pieces->ops);
    }
    bench_batches_print(what, pieces->ops);
}

static void map_pages(uint64_t gpa, uint64_t stride, uint32_t pairs) {
    root_table[PAGED_VA >> 30] = rt_phys(middle_table);
    middle_table[PAGED_VA >> 21 & (TABLE_ENTRIES - 1)] = rt_phys(leaf_table);
    for (uint64_t pair = 0; pair < pairs; pair++) {
        leaf_table[2 * pair] = (gpa + pair * stride) | PTE_FLAGS;
        leaf_table[2 * pair + 1] = (gpa + pair * stride) | PTE_FLAGS;
    }
    invtlb(0x0, 0UL, 0UL);
}

static void run_guest_warm(void) {
    map_pages(rt_phys(warm_memory), 2 * PAGE_SIZE, COLD_OPS);
    for (uint32_t round = 0; round < WARM_ROUNDS; round++) {
        invtlb(0x0, 0UL, 0UL);
        uint64_t ticks = touch(PAGED_VA, 2 * PAGE_SIZE, COLD_OPS);
        touch_add(ticks, PAGED_VA, COLD_OPS);
    }
    bench_batches_print("guest-refill-warm", COLD_OPS);
}

static void run_guest_cold(void) {
    const struct pieces pages = {NULL, PAGED_VA, 2 * PAGE_SIZE, COLD_PIECES, COLD_OPS};

    map_pages(cold_base(), pieces_small()->stride, COLD_PIECES);
    touch_pieces("guest-refill-cold", &pages, 0);
}

static void run_guest_refills(void) {
    uint64_t entry = csr_write(CSR_TLBRENTRY, rt_phys(rt_vector_walk));

    csr_write(CSR_PWCL, RT_WALK_PWCL);
    csr_write(CSR_PWCH, 0);
    csr_write(CSR_PGDL, rt_phys(root_table));
    csr_write(CSR_STLBPS, 12);
    run_guest_warm();
    run_guest_cold();
    csr_write(CSR_TLBRENTRY, entry);
}

static void cpu1_run(void) {
    touch_pieces("stage2-refill-4k", pieces_small(), RT_CACHED_BASE);
    touch_pieces("stage2-refill-2m", pieces_large(), RT_CACHED_BASE);
    if (pieces_huge() != NULL) {
        touch_pieces("stage2-refill-1g", pieces_huge(), RT_CACHED_BASE);
    }
    run_guest_refills();
    cpu1_done = true;
    iocsr_write32(IOCSR_IPI_SEND, BENCH_SEND_TO(0));
    rt_cpu_park();
}

void bench_run_memory(void) {
    touch_pieces("first-touch", pieces_small(), RT_CACHED_BASE);
    touch(RT_CACHED_BASE | cold_base(), pieces_small()->stride, COLD_PIECES);
    touch(RT_CACHED_BASE | pieces_large()->base, pieces_large()->stride, pieces_large()->count);
    csr_write(CSR_ECFG, 1UL << IRQ_IPI);
    if (!rt_cpu_start(1, cpu1_run)) {
        rt_die("CPU 1 did not start");
    }
    while (!cpu1_done) {
        bench_idle();
    }
    csr_write(CSR_ECFG, 0);
    iocsr_write32(IOCSR_IPI_CLEAR, ~0u);
}
