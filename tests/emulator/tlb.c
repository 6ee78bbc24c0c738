// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * LVZ reference, sections 3.3, 5.2, 5.3, 5.5 and 5.6: tags, page-table walks through stage 2, and
 * no translation that outlives its entry.
 */
#include "arena.h"

static struct rt_vcpu vcpu;
static struct rt_vcpu other;

#define PAGE_A        (ARENA + 0x10000)
#define PAGE_B        (ARENA + 0x20000)
#define PAGE_C        (ARENA + 0x30000)
#define FILLED_GVA    (TEST_GVA + 0x800000) /* which no region of the guest serves */
#define WINDOWED(gpa) (RT_CACHED_BASE | (gpa))
#define GID_OF(gid)   ((uint64_t)(gid) << GSTAT_GID_SHIFT)
#define TABLES        (ARENA + 16 * MIB)
#define TABLE_SIZE    0x1000UL

static void pages_mark(void) {
    for (uint64_t page = PAGE_A; page <= PAGE_C; page += 0x10000) {
        for (uint64_t offset = 8; offset < 0x10000; offset += 0x1000) {
            arena_mark(page + offset);
        }
    }
}

/* Region 1 of stage 2 and region 0 of stage 1 are what the checks change. */
static void setup(struct rt_vcpu *v, uint64_t gid, uint64_t hpa) {
    rt_vcpu_reset(v, gid);
    rt_space_add(&v->stage2, TEST_GPA, hpa, 0x10000, 12, RW_PAGE);
    rt_space_add(&v->context->space, TEST_GVA, TEST_GPA, 0x4000, 12, RW_PAGE);
}

static void switch_to(struct rt_vcpu *v) {
    rt_vcpu_select(v);
    gcsr_write(CSR_SAVE1, (uint64_t)v->context);
}

/* ---- tags ---- */

static void tags_gid(void) {
    setup(&vcpu, 1, PAGE_A);
    setup(&other, 2, PAGE_B);
    for (uint32_t round = 0; round < 3; round++) {
        switch_to(&vcpu);
        tap_equal("5.2 GID 1 sees its own page through its own window",
                  guest_value(&vcpu, WINDOWED(TEST_GPA + 8)), PAGE_A + 8);
        tap_equal("5.2 GID 1 sees its own page through stage 1", guest_value(&vcpu, TEST_GVA + 8),
                  PAGE_A + 8);
        switch_to(&other);
        tap_equal("5.2 GID 2 sees its own page through its own window",
                  guest_value(&other, WINDOWED(TEST_GPA + 8)), PAGE_B + 8);
        tap_equal("5.2 GID 2 sees its own page through stage 1", guest_value(&other, TEST_GVA + 8),
                  PAGE_B + 8);
    }
    switch_to(&vcpu);
    uint32_t before = vcpu.context->refills;
    vcpu.watch_gpa = TEST_GPA;
    vcpu.watch_hits = 0;
    guest_value(&vcpu, TEST_GVA + 8);
    tap_equal("5.2 GID switches drop no stage-1 entry", vcpu.context->refills, before);
    tap_equal("5.2 GID switches drop no stage-2 entry", vcpu.watch_hits, 0);
}

static void tags_asid(void) {
    uint64_t asid1 = 0;
    uint64_t asid2 = 0;

    setup(&vcpu, 1, PAGE_A);
    gcsr_xchg(CSR_ASID, 1, 0x3ff);
    guest_value(&vcpu, TEST_GVA + 8);
    vcpu.context->space.regions[0].pa = TEST_GPA + 0x4000;
    gcsr_xchg(CSR_ASID, 2, 0x3ff);
    guest_value(&vcpu, TEST_GVA + 8);
    for (uint32_t round = 0; round < 3; round++) {
        gcsr_xchg(CSR_ASID, 1, 0x3ff);
        asid1 += guest_value(&vcpu, TEST_GVA + 8) == PAGE_A + 8;
        gcsr_xchg(CSR_ASID, 2, 0x3ff);
        asid2 += guest_value(&vcpu, TEST_GVA + 8) == PAGE_A + 0x4008;
    }
    tap_equal("5.1 guest ASID 1 keeps its translation", asid1, 3);
    tap_equal("5.1 guest ASID 2 keeps its translation", asid2, 3);
    rt_vcpu_exec(&vcpu, 0, INSN_CSRWR(CSR_ASID), 1, 0, 0);
    tap_equal("5.6 the guest's own csrwr ASID takes effect", guest_value(&vcpu, TEST_GVA + 8),
              PAGE_A + 8);
    setup(&vcpu, 1, PAGE_A);
    gcsr_xchg(CSR_ASID, 5, 0x3ff);
    guest_value(&vcpu, TEST_GVA + 8);
    uint32_t before = vcpu.context->refills;
    csr_xchg(CSR_ASID, 9, 0x3ff);
    guest_value(&vcpu, TEST_GVA + 8);
    tap_equal("5.1 the host's ASID doesn't matter to stage 1", vcpu.context->refills, before);
    csr_xchg(CSR_ASID, 0, 0x3ff);
}

/* Root's translations are another space: same address, three answers. */
static void tags_root(void) {
    struct rt_context *self = rt_context_self();

    setup(&vcpu, 1, PAGE_A);
    rt_space_add(&self->space, TEST_GPA, PAGE_C, 0x4000, 12, RW_PAGE);
    csr_xchg(CSR_GTLBC, 0, GTLBC_TGID_MASK);
    tap_equal("5.2 root's own page at the address of the guest's",
              *(volatile uint64_t *)(TEST_GPA + 8), PAGE_C + 8);
    rt_vcpu_select(&vcpu);
    gcsr_write(CSR_CRMD, CRMD_DA);
    rt_vcpu_exec(&vcpu, 0, INSN_LD_D, TEST_GPA + 8, 0, 0);
    tap_equal("5.2 the guest doesn't hit root entries", vcpu.regs[4], PAGE_A + 8);
    tap_equal("5.6 host accesses match root entries while TGID = 1",
              *(volatile uint64_t *)(TEST_GPA + 8), PAGE_C + 8);
    self->space.count = 0;
    invtlb(0, 0UL, 0UL);
}

/* ---- host-mode TLB instructions ---- */

static void host_tlb_instructions(void) {
    setup(&vcpu, 1, PAGE_A);
    guest_value(&vcpu, WINDOWED(TEST_GPA + 8));
    uint64_t index = rt_tlb_search(TEST_GPA);

    tap_equal("3.3 host tlbsrch with TGID = 1 finds the guest's stage-2 entry", index & TLBIDX_NE,
              0);
    __asm__ volatile("tlbrd" ::: "memory");
    tap_equal("3.3 host tlbrd reads its TLBELO0", csr_read(CSR_TLBELO0) & 0xfffffffff000, PAGE_A);
    tap_equal("3.3 host tlbrd reads its page size", csr_read(CSR_TLBIDX) >> TLBIDX_PS_SHIFT & 0x3f,
              12);
    csr_xchg(CSR_GTLBC, 0, GTLBC_TGID_MASK);
    tap_equal("3.3 with TGID = 0 it doesn't", rt_tlb_search(TEST_GPA) & TLBIDX_NE, TLBIDX_NE);
    rt_vcpu_select(&vcpu);
    csr_write(CSR_TLBIDX, index | 12UL << TLBIDX_PS_SHIFT);
    csr_write(CSR_TLBEHI, TEST_GPA);
    csr_write(CSR_TLBELO0, PAGE_B | RW_PAGE);
    csr_write(CSR_TLBELO1, PAGE_B | 0x1000 | RW_PAGE);
    __asm__ volatile("tlbwr" ::: "memory");
    tap_equal("5.6 host tlbwr over a stage-2 entry takes effect",
              guest_value(&vcpu, WINDOWED(TEST_GPA + 8)), PAGE_B + 8);
    tap_equal("5.6 also for the odd page", guest_value(&vcpu, WINDOWED(TEST_GPA + 0x1008)),
              PAGE_B + 0x1008);
    rt_tlb_fill(TEST_GPA + 0x8000, 12, (PAGE_C + 0x2000) | RW_PAGE, (PAGE_C + 0x3000) | RW_PAGE);
    vcpu.watch_gpa = TEST_GPA + 0x8000;
    vcpu.watch_hits = 0;
    tap_equal("3.3 host tlbfill makes a stage-2 entry",
              guest_value(&vcpu, WINDOWED(TEST_GPA + 0x8008)), PAGE_C + 0x2008);
    tap_equal("3.3 which the guest uses without a refill", vcpu.watch_hits, 0);
}

/* GSTAT.GID says whose entries the guest uses, GTLBC.TGID whose the host makes. */
static void target_gid(void) {
    setup(&vcpu, 1, PAGE_A);
    guest_value(&vcpu, WINDOWED(TEST_GPA + 8));
    csr_xchg(CSR_GTLBC, 2UL << GTLBC_TGID_SHIFT, GTLBC_TGID_MASK);
    tap_equal("5.2 GSTAT.GID = 1, TGID = 2: host tlbsrch looks for GID 2",
              rt_tlb_search(TEST_GPA) & TLBIDX_NE, TLBIDX_NE);
    rt_tlb_fill(TEST_GPA + 0x20000, 12, PAGE_B | RW_PAGE, (PAGE_B + 0x1000) | RW_PAGE);
    tap_equal("5.2 the guest goes on with its own entries",
              guest_value(&vcpu, WINDOWED(TEST_GPA + 8)), PAGE_A + 8);
    tap_equal("5.2 an entry made for TGID = 2 isn't GID 1's",
              rt_vcpu_exec(&vcpu, 0, INSN_LD_D, WINDOWED(TEST_GPA + 0x20008), 0, 0),
              RT_STOP_REFILL);
    csr_xchg(CSR_GSTAT, GID_OF(2), GSTAT_GID_MASK);
    tap_equal("5.2 but GID 2's", guest_value(&vcpu, WINDOWED(TEST_GPA + 0x20008)), PAGE_B + 8);
    rt_vcpu_select(&vcpu);
}

/* How many of the guest's own refills a load costs. */
static uint32_t guest_refills(uint64_t gva) {
    uint32_t before = vcpu.context->refills;

    guest_value(&vcpu, gva);
    return vcpu.context->refills - before;
}

static void gtlb_fill_and_clear(void) {
    gcsr_write(CSR_TLBIDX, 12UL << TLBIDX_PS_SHIFT);
    gcsr_write(CSR_TLBEHI, FILLED_GVA);
    gcsr_write(CSR_TLBELO0, TEST_GPA | RW_PAGE);
    gcsr_write(CSR_TLBELO1, TEST_GPA | RW_PAGE);
    rt_exec(INSN_GTLBFILL, 0, 0, 0);
    tap_equal("3.3 gtlbfill makes a stage-1 entry" UNKNOWN, guest_value(&vcpu, FILLED_GVA + 8),
              PAGE_A + 8);
    tap_equal("3.3 which costs the guest no refill" UNKNOWN, guest_refills(FILLED_GVA + 8), 0);
    rt_exec(INSN_GTLBSRCH, 0, 0, 0);
    uint64_t asid = gcsr_xchg(CSR_ASID, 7, 0x3ff);
    rt_exec(INSN_GTLBCLR, 0, 0, 0);
    gcsr_xchg(CSR_ASID, asid, 0x3ff);
    tap_equal("3.3 gtlbclr leaves other ASIDs' entries of the set" UNKNOWN,
              guest_value(&vcpu, FILLED_GVA + 8), PAGE_A + 8);
    rt_exec(INSN_GTLBCLR, 0, 0, 0);
    tap_equal("3.3 gtlbclr drops those of GCSR.ASID" UNKNOWN, guest_value(&vcpu, FILLED_GVA + 8),
              GUEST_FAILED);
}

/* gtlb* by analogy (3.3): guest copies of the TLB registers, stage-1 entries of the target GID. */
static void gtlb_instructions(void) {
    setup(&vcpu, 1, PAGE_A);
    guest_value(&vcpu, TEST_GVA + 8);
    gcsr_write(CSR_TLBIDX, 0);
    gcsr_write(CSR_TLBEHI, TEST_GVA);
    rt_exec(INSN_GTLBSRCH, 0, 0, 0);
    tap_equal("3.3 gtlbsrch finds the guest's stage-1 entry" UNKNOWN,
              gcsr_read(CSR_TLBIDX) & TLBIDX_NE, 0);
    rt_exec(INSN_GTLBRD, 0, 0, 0);
    tap_equal("3.3 gtlbrd reads it into the guest's TLBELO0" UNKNOWN,
              gcsr_read(CSR_TLBELO0) & 0xfffffffff000, TEST_GPA);
    gcsr_write(CSR_TLBELO0, (TEST_GPA + 0x4000) | RW_PAGE);
    gcsr_write(CSR_TLBEHI, TEST_GVA);
    rt_exec(INSN_GTLBWR, 0, 0, 0);
    tap_equal("3.3 gtlbwr replaces it" UNKNOWN, guest_value(&vcpu, TEST_GVA + 8), PAGE_A + 0x4008);
    rt_exec(INSN_GTLBFLUSH, 0, 0, 0);
    tap_equal("3.3 gtlbflush leaves the guest working" UNKNOWN,
              guest_value(&vcpu, TEST_GVA + 8) != GUEST_FAILED, true);
    gtlb_fill_and_clear();
}

/* ---- the guest's own TLB instructions ---- */

/* Replaces the entry that serves TEST_GVA at its index, with no invtlb. Runs in the guest. */
static uint64_t payload_replace(uint64_t elo0, uint64_t elo1) {
    uint64_t index = rt_tlb_search(TEST_GVA);

    csr_write(CSR_TLBIDX, index | 12UL << TLBIDX_PS_SHIFT);
    csr_write(CSR_TLBEHI, TEST_GVA);
    csr_write(CSR_TLBELO0, elo0);
    csr_write(CSR_TLBELO1, elo1);
    __asm__ volatile("tlbwr" ::: "memory");
    return index;
}

static uint64_t payload_read(void) {
    rt_tlb_search(TEST_GVA);
    __asm__ volatile("tlbrd" ::: "memory");
    return csr_read(CSR_TLBELO0);
}

static void guest_tlb_instructions(void) {
    setup(&vcpu, 1, PAGE_A);
    guest_value(&vcpu, TEST_GVA + 8);
    guest_value(&vcpu, TEST_GVA + 0x1008);
    rt_vcpu_call(&vcpu, payload_read, 0, 0, 0);
    tap_equal("5.5 guest tlbsrch and tlbrd see its own entry", vcpu.regs[4] & 0xfffffffff000,
              TEST_GPA);
    enum rt_stop stop = rt_vcpu_call(&vcpu, payload_replace, (TEST_GPA + 0x4000) | RW_PAGE,
                                     (TEST_GPA + 0x6000) | RW_PAGE, 0);
    tap_equal("5.5 guest tlbwr without exit", stop == RT_STOP_DONE && vcpu.exits == 0, true);
    tap_equal("5.5 guest tlbsrch finds the entry", vcpu.regs[4] & TLBIDX_NE, 0);
    tap_equal("5.6 guest tlbwr over an entry takes effect", guest_value(&vcpu, TEST_GVA + 8),
              PAGE_A + 0x4008);
    tap_equal("5.6 also for the odd page", guest_value(&vcpu, TEST_GVA + 0x1008), PAGE_A + 0x6008);
    vcpu.context->space.regions[0].pa = TEST_GPA + 0x8000;
    rt_vcpu_exec(&vcpu, 0, INSN_TLBFLUSH, 0, 0, 0);
    tap_equal("5.6 guest tlbflush drops the translation", guest_value(&vcpu, TEST_GVA + 8),
              PAGE_A + 0x8008);
}

/* ---- nothing stale ---- */

static void stale_guest_remap(void) {
    static const struct {
        const char *name;
        uint32_t word;
    } rows[] = {{"invtlb 0x0", INSN_INVTLB(0)},
                {"invtlb 0x3", INSN_INVTLB(3)},
                {"invtlb 0x4", INSN_INVTLB(4)},
                {"invtlb 0x5", INSN_INVTLB(5)},
                {"invtlb 0x6", INSN_INVTLB(6)}};

    for (uint32_t i = 0; i < RT_ARRAY_SIZE(rows); i++) {
        setup(&vcpu, 1, PAGE_A);
        guest_value(&vcpu, TEST_GVA + 8);
        guest_value(&vcpu, TEST_GVA + 0x1008);
        vcpu.context->space.regions[0].pa = TEST_GPA + 0x4000;
        rt_vcpu_exec(&vcpu, 0, rows[i].word, 0, TEST_GVA + 0x1000, 0);
        tap_equal2("5.6 guest remap and ", rows[i].name, guest_value(&vcpu, TEST_GVA + 8),
                   PAGE_A + 0x4008);
        tap_equal2("5.6 the odd page, guest remap and ", rows[i].name,
                   guest_value(&vcpu, TEST_GVA + 0x1008), PAGE_A + 0x5008);
    }
}

static void stale_host_remap(void) {
    static const struct {
        const char *name;
        uint32_t op;
        uint32_t leaf;
    } rows[] = {{"invtlb 0x16, 4K", 0x16, 12}, {"invtlb 0x16, 16K", 0x16, 14},
                {"invtlb 0x14, 4K", 0x14, 12}, {"invtlb 0x15, 4K", 0x15, 12},
                {"invtlb 0x11, 4K", 0x11, 12}, {"invtlb 0x12, 4K", 0x12, 12},
                {"invtlb 0x0, 4K", 0x0, 12}};

    for (uint32_t i = 0; i < RT_ARRAY_SIZE(rows); i++) {
        setup(&vcpu, 1, PAGE_A);
        vcpu.stage2.regions[1].leaf = rows[i].leaf;
        guest_value(&vcpu, TEST_GVA + 0x1008);
        guest_value(&vcpu, WINDOWED(TEST_GPA + 0x1008));
        vcpu.stage2.regions[1].pa = PAGE_B;
        rt_try(INSN_INVTLB(rows[i].op), GID_OF(1), TEST_GPA + 0x1000, 0, NULL);
        tap_equal2("5.6 host remap, seen through stage 1: ", rows[i].name,
                   guest_value(&vcpu, TEST_GVA + 0x1008), PAGE_B + 0x1008);
        tap_equal2("5.6 host remap, seen through a window: ", rows[i].name,
                   guest_value(&vcpu, WINDOWED(TEST_GPA + 0x1008)), PAGE_B + 0x1008);
    }
}

/* The invalidated GID is not the current one. */
static void stale_other_gid(void) {
    setup(&vcpu, 1, PAGE_A);
    setup(&other, 2, PAGE_B);
    switch_to(&vcpu);
    guest_value(&vcpu, TEST_GVA + 8);
    switch_to(&other);
    guest_value(&other, TEST_GVA + 8);
    vcpu.stage2.regions[1].pa = PAGE_C;
    invtlb(0x16, GID_OF(1), TEST_GPA);
    tap_equal("5.6 invtlb 0x16 for another GID leaves the current one",
              guest_value(&other, TEST_GVA + 8), PAGE_B + 8);
    switch_to(&vcpu);
    tap_equal("5.6 and takes effect for that other GID", guest_value(&vcpu, TEST_GVA + 8),
              PAGE_C + 8);
}

static void stale_refill_replaces(void) {
    setup(&vcpu, 1, PAGE_A);
    vcpu.stage2.regions[1].flags = 0;
    rt_vcpu_exec(&vcpu, 0, INSN_LD_D, TEST_GVA + 8, 0, 0);
    tap_equal("5.4 an invalid stage-2 entry under stage 1: exit with PIL",
              rt_exit_ecode(&vcpu.exit), ECODE_PIL);
    vcpu.stage2.regions[1].flags = RW_PAGE;
    invtlb(0x16, GID_OF(1), TEST_GPA);
    tap_equal("5.6 a valid one after invtlb 0x16 serves stage 1 as it is",
              rt_vcpu_run(&vcpu) == RT_STOP_DONE ? vcpu.regs[4] : GUEST_FAILED, PAGE_A + 8);
}

static void stale_modes(void) {
    setup(&vcpu, 1, PAGE_A);
    vcpu.context->space.regions[0].va = TEST_GPA;
    vcpu.context->space.regions[0].pa = TEST_GPA + 0x4000;
    tap_equal("5.6 paged", guest_value(&vcpu, TEST_GPA + 8), PAGE_A + 0x4008);
    gcsr_write(CSR_DMW2, 0x0000000000000011);
    tap_equal("5.6 a window that the host opened over it", guest_value(&vcpu, TEST_GPA + 8),
              PAGE_A + 8);
    rt_vcpu_exec(&vcpu, 0, INSN_CSRWR(CSR_DMW2), 0, 0, 0);
    tap_equal("5.6 the guest closed the window", guest_value(&vcpu, TEST_GPA + 8), PAGE_A + 0x4008);
    rt_vcpu_exec(&vcpu, 0, INSN_CSRWR(CSR_DMW2), 0x11, 0, 0);
    tap_equal("5.6 the guest opened it again", guest_value(&vcpu, TEST_GPA + 8), PAGE_A + 8);
    gcsr_write(CSR_DMW2, 0);
    tap_equal("5.6 the host closed it", guest_value(&vcpu, TEST_GPA + 8), PAGE_A + 0x4008);
    gcsr_write(CSR_CRMD, CRMD_DA);
    rt_vcpu_exec(&vcpu, 0, INSN_LD_D, TEST_GPA + 8, 0, 0);
    tap_equal("5.6 direct mode", vcpu.regs[4], PAGE_A + 8);
    gcsr_write(CSR_CRMD, CRMD_PAGED);
    tap_equal("5.6 paged again", guest_value(&vcpu, TEST_GPA + 8), PAGE_A + 0x4008);
}

/* Many more pages than the TLB has entries, twice, under replacement at random. */
static void stale_capacity(void) {
    uint32_t wrong = 0;

    setup(&vcpu, 1, PAGE_A);
    vcpu.stage2.regions[1].pa = ARENA;
    vcpu.stage2.regions[1].size = 32 * MIB;
    vcpu.context->space.regions[0].size = 32 * MIB;
    for (uint32_t round = 0; round < 2; round++) {
        for (uint64_t offset = 0; offset < 12 * MIB; offset += 0x2000) {
            uint64_t pa = ARENA + (round == 0 ? offset : offset + 16 * MIB);

            arena_mark(pa);
            wrong += guest_value(&vcpu, TEST_GVA + offset) != pa;
        }
        vcpu.context->space.regions[0].pa = TEST_GPA + 16 * MIB;
        rt_vcpu_exec(&vcpu, 0, INSN_INVTLB(0), 0, 0, 0);
    }
    tap_equal("5.6 1536 pairs of 4K pages in each stage, remapped once: wrong loads", wrong, 0);
}

/* ---- page-table walks ---- */

/* Three levels below root; tables come one behind the other from TABLES on. Addresses in them are
 * pa - bias. */
static uint64_t table_next;

static void tables_start(void) {
    table_next = TABLES;
}

static uint64_t table_new(void) {
    uint64_t pa = table_next;

    table_next += TABLE_SIZE;
    for (uint64_t offset = 0; offset < TABLE_SIZE; offset += 8) {
        *arena_word(pa + offset) = 0;
    }
    return pa;
}

/* Maps one leaf: 12, 21 or 30 bits. bias: what the walker adds to get from an address in a table to
 * the host's. */
static void table_map(uint64_t root, uint64_t va, uint64_t pa, uint32_t leaf, uint64_t flags,
                      uint64_t bias) {
    uint64_t table = root;

    for (uint32_t shift = 30; shift > leaf; shift -= 9) {
        uint64_t slot = table + (va >> shift & 0x1ff) * 8;

        if (*arena_word(slot) == 0) {
            *arena_word(slot) = table_new() - bias;
        }
        table = *arena_word(slot) + bias;
    }
    *arena_word(table + (va >> leaf & 0x1ff) * 8) = pa | flags | (leaf > 12 ? PTE_HUGE : 0);
}

#define PTE_FLAGS (RW_PAGE | 0x180UL) /* and the software bits PRESENT and WRITE */

/* Guest tables at TEST_GPA up, in the arena from TABLES on. */
static void walk_guest(void) {
    const uint64_t bias = TABLES - (TEST_GPA + MIB);
    uint64_t low = 2 * GIB;

    rt_vcpu_reset(&vcpu, 1);
    tables_start();
    uint64_t root = table_new();
    rt_space_add(&vcpu.stage2, TEST_GPA + MIB, TABLES, MIB, 12, RW_PAGE);
    rt_space_add(&vcpu.stage2, TEST_GPA + 4 * MIB, ARENA, 8 * MIB, 21, RW_PAGE);
    table_map(root, low, TEST_GPA + 4 * MIB + 0x3000, 12, PTE_FLAGS, bias);
    table_map(root, low + 0x1000, TEST_GPA + 4 * MIB + 0x8000, 12, PTE_FLAGS, bias);
    table_map(root, low + 2 * MIB, TEST_GPA + 6 * MIB, 21, PTE_FLAGS, bias);
    gcsr_write(CSR_PWCL, RT_WALK_PWCL);
    gcsr_write(CSR_PGDL, root - bias);
    gcsr_write(CSR_TLBRENTRY, rt_phys(rt_vector_walk));
    arena_mark(ARENA + 0x3008);
    arena_mark(ARENA + 0x8010);
    arena_mark(ARENA + 2 * MIB + 0x145678);
    tap_equal("5.5 guest lddir and ldpte: 4K page", guest_value(&vcpu, low + 8), ARENA + 0x3008);
    tap_equal("5.5 guest lddir and ldpte: odd 4K page", guest_value(&vcpu, low + 0x1010),
              ARENA + 0x8010);
    tap_equal("5.5 guest lddir and ldpte: 2M leaf, second half",
              guest_value(&vcpu, low + 2 * MIB + 0x145678), ARENA + 2 * MIB + 0x145678);
    rt_vcpu_exec(&vcpu, 0, INSN_LD_D, low + 0x5000, 0, 0);
    tap_equal("5.5 an empty guest PTE: guest PIL without exit",
              vcpu.context->trap.ecode | (uint64_t)vcpu.exits << 8, ECODE_PIL);
}

/* A stage-2 miss of the walk itself. */
static void walk_guest_miss(void) {
    invtlb(0x12, 0UL, 0UL);
    vcpu.stage2.regions[1].size = 0;
    enum rt_stop stop = rt_vcpu_exec(&vcpu, 0, INSN_LD_D, 2 * GIB + 8, 0, 0);
    uint64_t root_entry = gcsr_read(CSR_PGDL) + 2 * 8;

    tap_equal("5.5 a stage-2 miss of lddir is the host's refill", stop, RT_STOP_REFILL);
    tap_equal("5.5 TLBRBADV is the GPA of the table entry", vcpu.refill.tlbrbadv, root_entry);
    tap_equal("5.5 TLBRERA is the lddir", tap_code(vcpu.refill.tlbrera & ~3UL) >> 18,
              INSN_LDDIR(0) >> 18);
    tap_equal("5.5 TLBRPRMD.PGM is 1 there", vcpu.refill.tlbrprmd & TLBRPRMD_PGM, TLBRPRMD_PGM);
    vcpu.stage2.regions[1].size = MIB;
    tap_equal("5.5 served, the guest's walk completes",
              rt_vcpu_run(&vcpu) == RT_STOP_DONE ? vcpu.regs[4] : GUEST_FAILED, ARENA + 0x3008);
}

/* The host's ordinary refill handler serves stage 2 (5.3): 4K, 2M and 1G leaves, no code of ours in
 * between. */
static void walk_host(void) {
    rt_vcpu_reset(&vcpu, 1);
    tables_start();
    uint64_t root = table_new();

    table_map(root, 0, 0, 30, PTE_FLAGS, 0);
    table_map(root, TEST_GPA, PAGE_A, 12, PTE_FLAGS, 0);
    table_map(root, TEST_GPA + 0x1000, PAGE_B, 12, PTE_FLAGS, 0);
    table_map(root, TEST_GPA + 2 * MIB, ARENA, 21, PTE_FLAGS, 0);
    table_map(root, 5 * GIB, 0, 30, PTE_FLAGS, 0);
    arena_mark(ARENA + 0x123450);
    csr_write(CSR_PWCL, RT_WALK_PWCL);
    csr_write(CSR_PWCH, 0);
    csr_write(CSR_STLBPS, 12);
    csr_write(CSR_PGDL, root | RT_CACHED_BASE);
    uint64_t entry = csr_write(CSR_TLBRENTRY, rt_phys(rt_vector_walk));

    tap_equal("5.3 stage 2 by lddir and ldpte: 4K leaf", guest_value(&vcpu, WINDOWED(TEST_GPA + 8)),
              PAGE_A + 8);
    tap_equal("5.3 stage 2 by lddir and ldpte: odd 4K leaf",
              guest_value(&vcpu, WINDOWED(TEST_GPA + 0x1008)), PAGE_B + 8);
    tap_equal("5.3 stage 2 by lddir and ldpte: 2M leaf",
              guest_value(&vcpu, WINDOWED(TEST_GPA + 2 * MIB + 0x123450)), ARENA + 0x123450);
    tap_equal("5.3 stage 2 by lddir and ldpte: 1G leaf",
              guest_value(&vcpu, WINDOWED(5 * GIB + PAGE_C + 8)), PAGE_C + 8);
    rt_vcpu_exec(&vcpu, 0, INSN_LD_D, WINDOWED(TEST_GPA + 0x5018), 0, 0);
    tap_equal("5.4 an empty stage-2 PTE: exit with PIL", rt_exit_ecode(&vcpu.exit), ECODE_PIL);
    tap_equal("5.4 with the GPA in BADV", vcpu.exit.badv, TEST_GPA + 0x5018);
    table_map(root, TEST_GPA + 0x5000, PAGE_C, 12, PTE_FLAGS, 0);
    invtlb(0x16, GID_OF(1), TEST_GPA + 0x5000);
    arena_mark(PAGE_C + 0x18);
    tap_equal("5.4 mapped and resumed",
              rt_vcpu_run(&vcpu) == RT_STOP_DONE ? vcpu.regs[4] : GUEST_FAILED, PAGE_C + 0x18);
    csr_write(CSR_TLBRENTRY, entry);
}

void rt_main(void) {
    pages_mark();
    tags_gid();
    tags_asid();
    tags_root();
    host_tlb_instructions();
    target_gid();
    gtlb_instructions();
    guest_tlb_instructions();
    stale_guest_remap();
    stale_host_remap();
    stale_other_gid();
    stale_refill_replaces();
    stale_modes();
    stale_capacity();
    walk_guest();
    walk_guest_miss();
    walk_host();
    tap_done();
}
