// SPDX-License-Identifier: GPL-2.0-or-later
/* LVZ reference, sections 4.2, 4.3, 5.1, 5.3 and 5.4: two-stage translation, its permissions and
 * its faults. */
#include "arena.h"

#define RO_PAGE   (TLBELO_V | TLBELO_CC)
#define USER_PAGE (RW_PAGE | 3UL << TLBELO_PLV_SHIFT)

static struct rt_vcpu vcpu;

/* ---- every combination of page sizes ---- */

struct geometry {
    const char *name;
    uint32_t leaf; /* 0: the guest doesn't page, see name */
};

static const struct geometry stage1[] = {
    {"guest in direct mode", 0}, {"guest window", 0},   {"guest 4K pages", 12},
    {"guest 16K pages", 14},     {"guest 2M leaf", 21}, {"guest 32M leaf", 25},
    {"guest 1G leaf", 30},
};

static const struct geometry stage2[] = {
    {"stage 2: 4K", 12},  {"stage 2: 16K", 14}, {"stage 2: 2M", 21},
    {"stage 2: 32M", 25}, {"stage 2: 1G", 30},
};

/* Offsets in different pages of every size, both halves of pairs. */
static const uint64_t offsets[] = {0x0,      0xff8,    0x1000,   0x2008,   0x5010,    0x8000,
                                   0x103018, 0x1fff00, 0x200020, 0x456788, 0x1234560, 0x1ffe008};

#define DIRECT_MODE 0u
#define WINDOW      1u

static uint64_t combination_setup(uint32_t s1, uint32_t s2) {
    bool whole = stage2[s2].leaf == 30;
    uint64_t gpa = whole ? 5 * GIB : TEST_GPA;
    uint64_t gpa_of_arena = whole ? gpa + ARENA : gpa;

    rt_vcpu_reset(&vcpu, 1);
    rt_space_add(&vcpu.stage2, gpa, whole ? 0 : ARENA, whole ? GIB : 32 * MIB, stage2[s2].leaf,
                 RW_PAGE);
    if (s1 == DIRECT_MODE) {
        gcsr_write(CSR_CRMD, CRMD_DA);
        return gpa_of_arena;
    }
    if (s1 == WINDOW) {
        return RT_CACHED_BASE | gpa_of_arena;
    }
    rt_space_add(&vcpu.context->space, 2 * GIB, gpa, GIB, stage1[s1].leaf, RW_PAGE);
    return 2 * GIB + (gpa_of_arena - gpa);
}

static void combination_check(uint32_t s1, uint32_t s2) {
    uint64_t va = combination_setup(s1, s2);
    uint32_t bad_loads = 0;
    uint32_t bad_stores = 0;

    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < RT_ARRAY_SIZE(offsets); i++) {
            uint64_t pa = ARENA + offsets[i];

            arena_mark(pa);
            rt_vcpu_exec(&vcpu, 0, INSN_LD_D, va + offsets[i], 0, 0);
            bad_loads += vcpu.regs[4] != pa;
            rt_vcpu_exec(&vcpu, 0, INSN_ST_D, ~pa, va + offsets[i], 0);
            bad_stores += *arena_word(pa) != ~pa;
        }
    }
    tap_equal3("5.1 loads: ", stage1[s1].name, stage2[s2].name, bad_loads, 0);
    tap_equal3("5.1 stores: ", stage1[s1].name, stage2[s2].name, bad_stores, 0);
}

static void combinations(void) {
    for (uint32_t s1 = 0; s1 < RT_ARRAY_SIZE(stage1); s1++) {
        for (uint32_t s2 = 0; s2 < RT_ARRAY_SIZE(stage2); s2++) {
            combination_check(s1, s2);
        }
    }
}

/* Unaligned accesses over the end of a page, behind which another page lies somewhere else. */
static void crossing(void) {
    const uint64_t end = 0x1000;
    const uint64_t first = ARENA + 0x30000;
    const uint64_t second = ARENA + 0x10000;
    volatile uint32_t *low = rt_cached(first + end - 4);
    volatile uint32_t *high = rt_cached(second);

    rt_vcpu_reset(&vcpu, 1);
    rt_space_add(&vcpu.stage2, TEST_GPA, first, 0x1000, 12, RW_PAGE);
    rt_space_add(&vcpu.stage2, TEST_GPA + 0x3000, second, 0x1000, 12, RW_PAGE);
    rt_space_add(&vcpu.context->space, TEST_GVA, TEST_GPA, 0x1000, 12, RW_PAGE);
    rt_space_add(&vcpu.context->space, TEST_GVA + 0x3000, TEST_GPA, 0x1000, 12, RW_PAGE);
    rt_space_add(&vcpu.context->space, TEST_GVA + 0x4000, TEST_GPA + 0x3000, 0x1000, 12, RW_PAGE);
    *low = 0x11223344;
    *high = 0x55667788;
    tap_equal("5.6 an unaligned load over two pages", guest_value(&vcpu, TEST_GVA + 0x3ffc),
              0x5566778811223344);
    guest_store(&vcpu, TEST_GVA + 0x3ffc, 0x99aabbccddeeff00);
    tap_equal("5.6 an unaligned store over two pages", *low | (uint64_t)*high << 32,
              0x99aabbccddeeff00);
    vcpu.stage2.regions[2].flags = RO_PAGE;
    invtlb(0x16, 1UL << GSTAT_GID_SHIFT, TEST_GPA + 0x3000);
    rt_vcpu_exec(&vcpu, 0, INSN_ST_D, 0, TEST_GVA + 0x3ffc, 0);
    tap_equal("5.6 the second page is protected: exit PME", rt_exit_ecode(&vcpu.log[0]), ECODE_PME);
    tap_equal("5.6 nothing is stored on the first page then", *low, 0xddeeff00);
}

/* A large page of one stage over small ones of the other that don't lie side by side. */
static void scattered(void) {
    rt_vcpu_reset(&vcpu, 1);
    for (uint64_t i = 0; i < 4; i++) {
        rt_space_add(&vcpu.stage2, TEST_GPA + i * 0x2000, ARENA + (7 - i) * 0x10000, 0x2000, 12,
                     RW_PAGE);
        arena_mark(ARENA + (7 - i) * 0x10000 + 8);
        arena_mark(ARENA + (7 - i) * 0x10000 + 0x1008);
    }
    rt_space_add(&vcpu.context->space, TEST_GVA, TEST_GPA, 2 * MIB, 21, RW_PAGE);
    for (uint64_t i = 0; i < 8; i++) {
        tap_equal("5.6 a guest's 2M page over scattered 4K pages of stage 2",
                  guest_value(&vcpu, TEST_GVA + i * 0x1000 + 8),
                  ARENA + (7 - i / 2) * 0x10000 + (i % 2) * 0x1000 + 8);
    }
    rt_vcpu_reset(&vcpu, 1);
    rt_space_add(&vcpu.stage2, TEST_GPA, ARENA, 2 * MIB, 21, RW_PAGE);
    for (uint64_t i = 0; i < 4; i++) {
        rt_space_add(&vcpu.context->space, TEST_GVA + i * 0x2000, TEST_GPA + (7 - i) * 0x10000,
                     0x2000, 12, RW_PAGE);
    }
    for (uint64_t i = 0; i < 8; i++) {
        tap_equal("5.6 scattered 4K pages of a guest over a 2M leaf of stage 2",
                  guest_value(&vcpu, TEST_GVA + i * 0x1000 + 8),
                  ARENA + (7 - i / 2) * 0x10000 + (i % 2) * 0x1000 + 8);
    }
}

/* ---- permissions and faults ---- */

enum access { LOAD, STORE, FETCH, ATOMIC, CONDITIONAL, VECTOR };

#define EXIT  0x100u
#define MISS  0x200u
#define WORKS 0u

struct permission {
    const char *name;
    enum access access;
    uint32_t plv;
    uint64_t flags1; /* stage 1 */
    uint64_t flags2; /* stage 2; 0 together with hole: no entry at all */
    bool hole;
    uint32_t want;
};

static const struct permission permissions[] = {
    {"all rights, load", LOAD, 0, RW_PAGE, RW_PAGE, false, WORKS},
    {"all rights, store", STORE, 0, RW_PAGE, RW_PAGE, false, WORKS},
    {"all rights, fetch", FETCH, 0, RW_PAGE, RW_PAGE, false, WORKS},
    {"stage 1 V=0, load: guest PIL", LOAD, 0, 0, RW_PAGE, false, ECODE_PIL},
    {"stage 1 V=0, store: guest PIS", STORE, 0, 0, RW_PAGE, false, ECODE_PIS},
    {"stage 1 V=0, fetch: guest PIF", FETCH, 0, 0, RW_PAGE, false, ECODE_PIF},
    {"stage 1 D=0, store: guest PME", STORE, 0, RO_PAGE, RW_PAGE, false, ECODE_PME},
    {"stage 1 D=0, load", LOAD, 0, RO_PAGE, RW_PAGE, false, WORKS},
    {"stage 1 NR, load: guest PNR", LOAD, 0, RW_PAGE | TLBELO_NR, RW_PAGE, false, ECODE_PNR},
    {"stage 1 NX, fetch: guest PNX", FETCH, 0, RW_PAGE | TLBELO_NX, RW_PAGE, false, ECODE_PNX},
    {"stage 1 NX, load", LOAD, 0, RW_PAGE | TLBELO_NX, RW_PAGE, false, WORKS},
    {"stage 1 PLV0 page, load at PLV3: guest PPI", LOAD, 3, RW_PAGE, RW_PAGE, false, ECODE_PPI},
    {"stage 1 PLV0 page, fetch at PLV3: guest PPI", FETCH, 3, RW_PAGE, RW_PAGE, false, ECODE_PPI},
    {"stage 1 PLV3 page, load at PLV0", LOAD, 0, USER_PAGE, RW_PAGE, false, WORKS},
    {"stage 1 PLV3 page, load at PLV3", LOAD, 3, USER_PAGE, RW_PAGE, false, WORKS},
    {"stage 1 RPLV PLV3, load at PLV0: guest PPI", LOAD, 0, USER_PAGE | TLBELO_RPLV, RW_PAGE, false,
     ECODE_PPI},
    {"stage 2 V=0, load: exit PIL", LOAD, 0, RW_PAGE, 0, false, EXIT | ECODE_PIL},
    {"stage 2 V=0, store: exit PIS", STORE, 0, RW_PAGE, 0, false, EXIT | ECODE_PIS},
    {"stage 2 V=0, fetch: exit PIF", FETCH, 0, RW_PAGE, 0, false, EXIT | ECODE_PIF},
    {"stage 2 D=0, store: exit PME", STORE, 0, RW_PAGE, RO_PAGE, false, EXIT | ECODE_PME},
    {"stage 2 D=0, load", LOAD, 0, RW_PAGE, RO_PAGE, false, WORKS},
    {"stage 2 D=0, fetch", FETCH, 0, RW_PAGE, RO_PAGE, false, WORKS},
    {"stage 2 NR, load: exit PNR", LOAD, 0, RW_PAGE, RW_PAGE | TLBELO_NR, false, EXIT | ECODE_PNR},
    {"stage 2 NX, fetch: exit PNX", FETCH, 0, RW_PAGE, RW_PAGE | TLBELO_NX, false,
     EXIT | ECODE_PNX},
    {"stage 2 NX, load", LOAD, 0, RW_PAGE, RW_PAGE | TLBELO_NX, false, WORKS},
    {"stage 2 PLV0 entry, guest PLV3", LOAD, 3, USER_PAGE, RW_PAGE, false, WORKS},
    {"stage 2 PLV0 entry, fetch at guest PLV3", FETCH, 3, USER_PAGE, RW_PAGE, false, WORKS},
    {"stage 2 D=0, amadd.d: exit PME", ATOMIC, 0, RW_PAGE, RO_PAGE, false, EXIT | ECODE_PME},
    {"stage 2 V=0, amadd.d: exit PIL or PIS", ATOMIC, 0, RW_PAGE, 0, false, EXIT | ECODE_PIS},
    {"stage 1 D=0, amadd.d: guest PME", ATOMIC, 0, RO_PAGE, RW_PAGE, false, ECODE_PME},
    {"all rights, amadd.d", ATOMIC, 0, RW_PAGE, RW_PAGE, false, WORKS},
    {"stage 2 V=0, ll.d: exit PIL", CONDITIONAL, 0, RW_PAGE, 0, false, EXIT | ECODE_PIL},
    {"stage 2 D=0, vst: exit PME", VECTOR, 0, RW_PAGE, RO_PAGE, false, EXIT | ECODE_PME},
    {"stage 2 V=0, vst: exit PIS", VECTOR, 0, RW_PAGE, 0, false, EXIT | ECODE_PIS},
    {"stage 1 V=0, vst: guest PIS", VECTOR, 0, 0, RW_PAGE, false, ECODE_PIS},
    {"all rights, vst", VECTOR, 0, RW_PAGE, RW_PAGE, false, WORKS},
    {"both V=0: stage 1 first", LOAD, 0, 0, 0, false, ECODE_PIL},
    {"both D=0: stage 1 first", STORE, 0, RO_PAGE, RO_PAGE, false, ECODE_PME},
    {"stage 2 V=0 and stage 1 PPI: stage 1 first", LOAD, 3, RW_PAGE, 0, false, ECODE_PPI},
    {"stage 2 without entry, load: host refill", LOAD, 0, RW_PAGE, 0, true, MISS},
    {"stage 2 without entry, store: host refill", STORE, 0, RW_PAGE, 0, true, MISS},
    {"stage 2 without entry, fetch: host refill", FETCH, 0, RW_PAGE, 0, true, MISS},
    {"stage 1 V=0, stage 2 without entry: stage 1 first", LOAD, 0, 0, 0, true, ECODE_PIL},
};

#define CODE_OFFSET 0x1238UL

/* Both stages as the row says; the word at the address returns at once when it is fetched. */
static void permission_setup(const struct permission *row) {
    rt_vcpu_reset(&vcpu, 1);
    if (!row->hole) {
        rt_space_add(&vcpu.stage2, TEST_GPA, ARENA, 0x4000, 12, row->flags2);
    }
    rt_space_add(&vcpu.context->space, TEST_GVA, TEST_GPA, 0x4000, 12, row->flags1);
    csr_write(CSR_EUEN, EUEN_FPE | EUEN_SXE);
    gcsr_write(CSR_EUEN, EUEN_FPE | EUEN_SXE);
    *(uint32_t *)rt_cached(ARENA + CODE_OFFSET) = INSN_RET;
    __asm__ volatile("ibar 0" ::: "memory");
}

/* The instruction of an access; its address is in a0 and a1. */
static uint32_t permission_word(const struct permission *row) {
    static const uint32_t words[] = {
        [LOAD] = INSN_LD_D,      [STORE] = INSN_ST_D,       [FETCH] = INSN_RET,
        [ATOMIC] = INSN_AMADD_D, [CONDITIONAL] = INSN_LL_D, [VECTOR] = INSN_VST};

    return words[row->access];
}

static enum rt_stop permission_run(const struct permission *row) {
    uint64_t va = TEST_GVA + CODE_OFFSET;

    if (row->access != FETCH) {
        return rt_vcpu_exec(&vcpu, row->plv, permission_word(row), va, va, 0);
    }
    gcsr_xchg(CSR_CRMD, row->plv, CRMD_PLV_MASK);
    rt_trap_arm(vcpu.context);
    enum rt_stop stop = rt_vcpu_call(&vcpu, (const void *)va, 0, 0, 0);
    rt_trap_disarm(vcpu.context);
    gcsr_xchg(CSR_CRMD, 0, CRMD_PLV_MASK);
    return stop;
}

static void permission_check_guest(const struct permission *row) {
    const struct rt_trap *trap = &vcpu.context->trap;
    uint64_t va = TEST_GVA + CODE_OFFSET;

    tap_equal2("4.2 GCSR.BADV is the GVA: ", row->name, trap->badv, va);
    tap_equal2("4.2 GCSR.TLBEHI holds the GVA's page: ", row->name,
               gcsr_read(CSR_TLBEHI) & 0xffffffffe000, va & 0xffffffffe000);
    tap_equal2("4.2 no exit: ", row->name, vcpu.exits, 0);
    if (row->access != FETCH) {
        tap_equal2("4.3 GCSR.BADI is the instruction: ", row->name, trap->badi & 0xffffffff,
                   permission_word(row));
    }
}

static void permission_check_exit(const struct permission *row) {
    const struct rt_exit *exit = &vcpu.log[0];
    uint64_t gpa = TEST_GPA + CODE_OFFSET;

    tap_equal2("4.3 BADV is the GPA: ", row->name, exit->badv, gpa);
    tap_equal2("4.2 TLBEHI holds the GPA's page: ", row->name, exit->tlbehi & 0xffffffffe000,
               gpa & 0xffffffffe000);
    if (row->access == FETCH) {
        tap_equal2("1.4 ERA is the guest's PC: ", row->name, exit->era, TEST_GVA + CODE_OFFSET);
    } else {
        tap_equal2("4.3 BADI is the instruction: ", row->name, exit->badi & 0xffffffff,
                   permission_word(row));
        tap_equal2("1.4 ERA is the guest's PC: ", row->name, tap_code(exit->era),
                   permission_word(row));
    }
    tap_equal2("4.2 the guest sees nothing of it: ", row->name, vcpu.context->traps, 0);
}

static void permission_check_miss(const struct permission *row) {
    const struct rt_exit *exit = &vcpu.refill;
    uint64_t gpa = TEST_GPA + CODE_OFFSET;

    tap_equal2("4.2 TLBRBADV is the GPA: ", row->name, exit->tlbrbadv, gpa);
    tap_equal2("4.2 TLBREHI.VPPN is the GPA's: ", row->name, exit->tlbrehi & 0xffffffffe000,
               gpa & 0xffffffffe000);
    tap_equal2("4.2 TLBRPRMD.PGM = 1: ", row->name, exit->tlbrprmd & TLBRPRMD_PGM, TLBRPRMD_PGM);
    tap_equal2("4.2 TLBRPRMD has host PLV and IE: ", row->name, exit->tlbrprmd & 7, PRMD_PIE);
    tap_equal2("M TLBRERA.IsTLBR = 1: ", row->name, exit->tlbrera & TLBRERA_ISTLBR, TLBRERA_ISTLBR);
    tap_equal2("1.4 direct mode in the host's refill handler: ", row->name,
               exit->crmd & (CRMD_DA | CRMD_PG), CRMD_DA);
    uint64_t pc = exit->tlbrera & ~3UL;
    if (row->access == FETCH) {
        tap_equal2("4.2 TLBRERA is the guest's PC: ", row->name, pc, TEST_GVA + CODE_OFFSET);
    } else {
        tap_equal2("4.2 TLBRERA is the guest's PC: ", row->name, tap_code(pc),
                   permission_word(row));
    }
}

static void permission_check(const struct permission *row) {
    permission_setup(row);
    enum rt_stop stop = permission_run(row);
    uint32_t got = WORKS;

    if (stop == RT_STOP_REFILL) {
        got = MISS;
    } else if (vcpu.exits > 0) {
        got = EXIT | (uint32_t)rt_exit_ecode(&vcpu.log[0]);
        /* An atomic loads and stores; no source says as which of them it fails. */
        got = row->access == ATOMIC && got == (EXIT | ECODE_PIL) ? EXIT | ECODE_PIS : got;
    } else if (vcpu.context->traps > 0) {
        got = (uint32_t)vcpu.context->trap.ecode;
    }
    tap_equal2("5.1 ", row->name, got, row->want);
    if (got != row->want) {
        return;
    }
    if (got == MISS) {
        permission_check_miss(row);
    } else if ((got & EXIT) != 0) {
        permission_check_exit(row);
    } else if (got != WORKS) {
        permission_check_guest(row);
    }
}

/* ---- a hypervisor's everyday sequences ---- */

/* 5.4: V=0 is cached, the exit maps the page, invtlb 0x16 drops the old entry, the guest goes on.
 */
static void map_on_fault(void) {
    rt_vcpu_reset(&vcpu, 1);
    rt_space_add(&vcpu.stage2, TEST_GPA, ARENA, 0x4000, 12, 0);
    arena_mark(ARENA + 0x2010);
    rt_vcpu_exec(&vcpu, 0, INSN_LD_D, RT_CACHED_BASE | (TEST_GPA + 0x2010), 0, 0);
    tap_equal("5.4 an empty entry exits with PIL", rt_exit_ecode(&vcpu.exit), ECODE_PIL);
    vcpu.stage2.regions[1].flags = RW_PAGE;
    invtlb(0x16, 1UL << GSTAT_GID_SHIFT, TEST_GPA + 0x2000);
    tap_equal("5.4 mapped, invtlb 0x16, resumed: the load completes",
              rt_vcpu_run(&vcpu) == RT_STOP_DONE ? vcpu.regs[4] : GUEST_FAILED, ARENA + 0x2010);
}

/* The same for write protection, as dirty logging does it. */
static void write_protection(void) {
    rt_vcpu_reset(&vcpu, 1);
    rt_space_add(&vcpu.stage2, TEST_GPA, ARENA, 0x4000, 12, RO_PAGE);
    uint64_t va = RT_CACHED_BASE | (TEST_GPA + 0x1010);
    arena_mark(ARENA + 0x1010);
    tap_equal("5.4 a protected page can be read", guest_value(&vcpu, va), ARENA + 0x1010);
    rt_vcpu_exec(&vcpu, 0, INSN_ST_D, 99, va, 0);
    tap_equal("5.4 a store exits with PME", rt_exit_ecode(&vcpu.exit), ECODE_PME);
    tap_equal("5.4 and hasn't written", *arena_word(ARENA + 0x1010), ARENA + 0x1010);
    vcpu.stage2.regions[1].flags = RW_PAGE;
    invtlb(0x16, 1UL << GSTAT_GID_SHIFT, TEST_GPA + 0x1000);
    rt_vcpu_run(&vcpu);
    tap_equal("5.4 after write enable and invtlb 0x16 it has", *arena_word(ARENA + 0x1010), 99);
}

/* MMIO emulation skips the instruction. */
static void mmio(void) {
    rt_vcpu_reset(&vcpu, 1);
    rt_space_add(&vcpu.stage2, TEST_GPA, ARENA, 0x4000, 12, 0);
    rt_vcpu_exec(&vcpu, 0, INSN_LD_D, RT_CACHED_BASE | TEST_GPA, 0, 0);
    vcpu.regs[4] = 0x1234;
    vcpu.pc += 4;
    tap_equal("4.3 an emulated load: ERA + 4 and a0 from the host",
              rt_vcpu_run(&vcpu) == RT_STOP_DONE ? vcpu.regs[4] : GUEST_FAILED, 0x1234);
}

static void stage1_refill(void) {
    rt_vcpu_reset(&vcpu, 1);
    rt_space_add(&vcpu.stage2, TEST_GPA, ARENA, 0x10000, 12, RW_PAGE);
    rt_space_add(&vcpu.context->space, TEST_GVA, TEST_GPA, 0x10000, 12, RW_PAGE);
    arena_mark(ARENA + 0x3008);
    tap_equal("4.2 a stage-1 miss is the guest's own refill", guest_value(&vcpu, TEST_GVA + 0x3008),
              ARENA + 0x3008);
    tap_equal("4.2 it was taken at GCSR.TLBRENTRY", vcpu.context->refills, 1);
    tap_equal("4.2 without an exit", vcpu.exits, 0);
    uint32_t before = vcpu.context->refills;
    guest_value(&vcpu, TEST_GVA + 0x3008);
    tap_equal("5.1 the entry stays over exits", vcpu.context->refills, before);
    tap_equal("5.1 the stage-2 entry stays over exits", vcpu.refills, 0);
    rt_vcpu_exec(&vcpu, 0, INSN_LD_D, 3 * GIB + 0x18, 0, 0);
    tap_equal("4.2 GCSR.TLBRBADV is the GVA of a miss nobody serves", vcpu.context->trap.badv,
              3 * GIB + 0x18);
    tap_equal("2.7 the guest's own TLBRPRMD.PGM is 0", vcpu.context->trap.prmd & TLBRPRMD_PGM, 0);
}

/* GPA bits beyond the lower half of the address space can't come from a window (5.1): PALEN bits
 * only. */
static void window_limits(void) {
    rt_vcpu_reset(&vcpu, 1);
    gcsr_write(CSR_DMW2, 0x5000000000000011);
    rt_space_add(&vcpu.stage2, TEST_GPA, ARENA, 0x4000, 12, RW_PAGE);
    arena_mark(ARENA + 8);
    tap_equal("5.1 a guest window maps to GPA, not HPA",
              guest_value(&vcpu, 0x5000000000000000 | (TEST_GPA + 8)), ARENA + 8);
    rt_vcpu_exec(&vcpu, 3, INSN_LD_D, 0x5000000000000000 | (TEST_GPA + 8), 0, 0);
    tap_equal("5.1 a PLV0 window doesn't serve PLV3: guest ADEM", vcpu.context->trap.ecode,
              ECODE_ADE);
    tap_equal("5.1 ADEM has EsubCode 1", vcpu.context->trap.subcode, ESUBCODE_ADEM);
    tap_equal("4.2 with the GVA in GCSR.BADV", vcpu.context->trap.badv,
              0x5000000000000000 | (TEST_GPA + 8));
}

void rt_main(void) {
    combinations();
    scattered();
    crossing();
    for (uint32_t i = 0; i < RT_ARRAY_SIZE(permissions); i++) {
        permission_check(&permissions[i]);
    }
    map_on_fault();
    write_protection();
    mmio();
    stage1_refill();
    window_limits();
    tap_done();
}
