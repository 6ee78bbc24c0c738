// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * LVZ reference, section 3.4: what each invtlb operation drops and what it leaves. Two guests fill
 * the same four stage-1 translations and two stage-2 ones each; after the operation every
 * translation is used again, and a refill tells that it was gone.
 */
#include "arena.h"

#define ASID_A 1UL
#define ASID_B 2UL

/* Stage-1 entries of one guest. */
#define A_V1 0x1u /* ASID A, address 1, G=0 */
#define A_V2 0x2u /* ASID A, address 2, G=0 */
#define G_V3 0x4u /* G=1, address 3 */
#define B_V1 0x8u /* ASID B, address 1, G=0 */
#define S1   0xfu
/* Stage-2 entries. */
#define P1  0x10u
#define P2  0x20u
#define S2  0x30u
#define ALL 0x3fu

/* All in different sets of the TLB. */
#define V1   TEST_GVA
#define V2   (TEST_GVA + 0x112000)
#define V3   (TEST_GVA + 0x224000)
#define GPA1 TEST_GPA
#define GPA2 (TEST_GPA + 0x100000)

#define GUESTS 2u
#define GID1   1UL
#define GID2   2UL

#define GID_OF(gid) ((gid) << GSTAT_GID_SHIFT)

struct scope {
    const char *name;
    uint32_t op;
    uint64_t info; /* rj: ASID and GID */
    uint64_t address;
    uint32_t gone[GUESTS]; /* entries of GID 1 and of GID 2 that must be refilled */
};

static const struct scope host_scopes[] = {
    {"0x0 everything", 0x0, 0, 0, {ALL, ALL}},
    {"0x9 stage 1 of one GID", 0x9, GID_OF(GID1), 0, {S1, 0}},
    {"0x9 stage 1 of the other GID", 0x9, GID_OF(GID2), 0, {0, S1}},
    {"0xa GID, G=1", 0xa, GID_OF(GID1), 0, {G_V3, 0}},
    {"0xb GID, G=0", 0xb, GID_OF(GID1), 0, {A_V1 | A_V2 | B_V1, 0}},
    {"0xc GID, G=0, ASID", 0xc, GID_OF(GID1) | ASID_A, 0, {A_V1 | A_V2, 0}},
    {"0xc GID, G=0, other ASID", 0xc, GID_OF(GID1) | ASID_B, 0, {B_V1, 0}},
    {"0xd GID, G=0, ASID, VA", 0xd, GID_OF(GID1) | ASID_A, V1, {A_V1, 0}},
    {"0xd leaves G=1", 0xd, GID_OF(GID1) | ASID_A, V3, {0, 0}},
    {"0xe GID, ASID, VA", 0xe, GID_OF(GID1) | ASID_A, V1, {A_V1, 0}},
    {"0xe GID, G=1, VA", 0xe, GID_OF(GID2) | ASID_B, V3, {0, G_V3}},
    {"0x10 stage 1 of all GIDs", 0x10, 0, 0, {S1, S1}},
    {"0x10 whatever GID is given", 0x10, GID_OF(GID1), 0, {S1, S1}},
    {"0x11 stage 2 of all GIDs", 0x11, 0, 0, {S2, S2}},
    {"0x12 both of all GIDs", 0x12, 0, 0, {ALL, ALL}},
    {"0x12 whatever GID is given", 0x12, GID_OF(GID2), 0, {ALL, ALL}},
    {"0x13 stage 1 of one GID", 0x13, GID_OF(GID1), 0, {S1, 0}},
    {"0x14 stage 2 of one GID", 0x14, GID_OF(GID1), 0, {S2, 0}},
    {"0x14 stage 2 of the other GID", 0x14, GID_OF(GID2), 0, {0, S2}},
    {"0x15 both of one GID", 0x15, GID_OF(GID2), 0, {0, ALL}},
    {"0x16 one GPA of one GID", 0x16, GID_OF(GID1), GPA1, {P1, 0}},
    {"0x16 the other page and GID", 0x16, GID_OF(GID2), GPA2, {0, P2}},
    {"0x16 a GPA without entry", 0x16, GID_OF(GID1), GPA2 + 0x100000, {0, 0}},
};

/* Run by guest 1: its own stage 1 is concerned, guest 2 never. */
static const struct scope guest_scopes[] = {
    {"0x0 everything", 0x0, 0, 0, {S1, 0}},
    {"0x1 everything of the GID", 0x1, 0, 0, {S1, 0}},
    {"0x2 G=1", 0x2, 0, 0, {G_V3, 0}},
    {"0x3 G=0", 0x3, 0, 0, {A_V1 | A_V2 | B_V1, 0}},
    {"0x4 G=0, ASID", 0x4, ASID_A, 0, {A_V1 | A_V2, 0}},
    {"0x4 G=0, other ASID", 0x4, ASID_B, 0, {B_V1, 0}},
    {"0x5 G=0, ASID, VA", 0x5, ASID_A, V1, {A_V1, 0}},
    {"0x5 G=0, other ASID, VA", 0x5, ASID_B, V1, {B_V1, 0}},
    {"0x5 leaves G=1", 0x5, ASID_A, V3, {0, 0}},
    {"0x5 leaves other addresses", 0x5, ASID_A, V3 + 0x100000, {0, 0}},
    {"0x6 ASID, VA", 0x6, ASID_A, V2, {A_V2, 0}},
    {"0x6 G=1, VA", 0x6, ASID_A, V3, {G_V3, 0}},
    {"0x6 doesn't hit another ASID", 0x6, 3, V1, {0, 0}},
};

static struct rt_vcpu guests[GUESTS];

static void scope_prepare(struct rt_vcpu *vcpu, uint64_t gid, uint32_t leaf) {
    uint64_t size = leaf == 12 ? 0x2000 : 0x100000;

    rt_vcpu_reset(vcpu, gid);
    rt_space_add(&vcpu->stage2, GPA1, ARENA + gid * MIB * 4, size, leaf, RW_PAGE);
    rt_space_add(&vcpu->stage2, GPA2, ARENA + gid * MIB * 4 + MIB, size, leaf, RW_PAGE);
    rt_space_add(&vcpu->context->space, V1, GPA1, 0x2000, 12, RW_PAGE);
    rt_space_add(&vcpu->context->space, V2, GPA2, 0x2000, 12, RW_PAGE);
    rt_space_add(&vcpu->context->space, V3, GPA1, 0x2000, 12, RW_PAGE | TLBELO_G);
}

/* Uses one translation; true if the entry had gone. */
static bool scope_use(struct rt_vcpu *vcpu, uint32_t entry) {
    static const uint64_t addresses[] = {
        V1, V2, V3, V1, RT_CACHED_BASE | GPA1, RT_CACHED_BASE | GPA2};
    uint32_t index = (uint32_t)__builtin_ctz(entry);
    uint32_t before = vcpu->context->refills;
    uint64_t value;

    vcpu->watch_gpa = entry == P2 ? GPA2 : GPA1;
    vcpu->watch_hits = 0;
    gcsr_xchg(CSR_ASID, entry == B_V1 ? ASID_B : ASID_A, 0x3ff);
    guest_load(vcpu, addresses[index], &value);
    return (entry & S2) != 0 ? vcpu->watch_hits != 0 : vcpu->context->refills != before;
}

/* Stage 2 first: looking at stage 1 uses it too. */
static uint32_t scope_use_all(struct rt_vcpu *vcpu) {
    uint32_t gone = 0;

    rt_vcpu_select(vcpu);
    gcsr_write(CSR_SAVE1, (uint64_t)vcpu->context);
    for (uint32_t entry = P2; entry != 0; entry >>= 1) {
        if (scope_use(vcpu, entry)) {
            gone |= entry;
        }
    }
    return gone;
}

static void scope_fill(uint32_t leaf) {
    for (uint32_t i = 0; i < GUESTS; i++) {
        scope_prepare(&guests[i], i + 1, leaf);
    }
    for (uint32_t i = 0; i < GUESTS; i++) {
        scope_use_all(&guests[i]);
    }
}

/* Entries may also go by replacement at random: only those count as dropped that are gone in every
 * try. */
#define TRIES 8u

static void scope_check(const char *where, const struct scope *scope, uint32_t leaf,
                        void (*run)(const struct scope *), uint32_t looked_at) {
    uint32_t gone[GUESTS] = {looked_at, ALL};

    for (uint32_t try = 0; try < TRIES; try++) {
        scope_fill(leaf);
        run(scope);
        for (uint32_t i = 0; i < GUESTS; i++) {
            gone[i] &= scope_use_all(&guests[i]);
        }
        if (gone[0] == scope->gone[0] && gone[1] == scope->gone[1] && try > 0) {
            break;
        }
    }
    tap_equal3(where, scope->name, "GID 1", gone[0], scope->gone[0]);
    tap_equal3(where, scope->name, "GID 2", gone[1], scope->gone[1]);
}

static void run_host(const struct scope *scope) {
    rt_try(INSN_INVTLB(scope->op), scope->info, scope->address, 0, NULL);
}

static void run_host_other_asid(const struct scope *scope) {
    csr_xchg(CSR_ASID, 0x77, 0x3ff);
    run_host(scope);
    csr_xchg(CSR_ASID, 0, 0x3ff);
}

static void run_guest(const struct scope *scope) {
    rt_vcpu_select(&guests[0]);
    gcsr_write(CSR_SAVE1, (uint64_t)guests[0].context);
    gcsr_xchg(CSR_ASID, ASID_A, 0x3ff);
    rt_vcpu_exec(&guests[0], 0, INSN_INVTLB(scope->op), scope->info, scope->address, 0);
}

static void run_target1(const struct scope *scope) {
    rt_vcpu_select(&guests[0]);
    run_host(scope);
}

static void run_target0(const struct scope *scope) {
    csr_xchg(CSR_GTLBC, 0, GTLBC_USETGID | GTLBC_TGID_MASK);
    run_host(scope);
}

static void run_nothing(const struct scope *scope) {
    (void)scope;
}

/* Operations 0 to 6 of the host act on the current target GID. */
static void host_target_check(void) {
    static const struct scope target1[] = {
        {"0x1 with TGID = 1", 0x1, 0, 0, {S2, 0}},
        {"0x2 with TGID = 1: none has G = 1", 0x2, 0, 0, {0, 0}},
        {"0x3 with TGID = 1: all have G = 0", 0x3, 0, 0, {S2, 0}},
        {"0x4 with TGID = 1, any ASID" UNKNOWN, 0x4, 0x77, 0, {S2, 0}},
        {"0x5 with TGID = 1, any ASID, GPA" UNKNOWN, 0x5, 0x77, GPA1, {P1, 0}},
        {"0x6 with TGID = 1, any ASID, GPA" UNKNOWN, 0x6, 0x77, GPA2, {P2, 0}},
        {"0x6 with TGID = 1, a GPA without entry", 0x6, 0, GPA2 + 0x100000, {0, 0}},
    };
    static const struct scope target0[] = {
        {"0x1 with target GID 0", 0x1, 0, 0, {0, 0}},
        {"0x3 with target GID 0", 0x3, 0, 0, {0, 0}},
        {"0x6 with target GID 0", 0x6, ASID_A, V1, {0, 0}},
    };

    for (uint32_t i = 0; i < RT_ARRAY_SIZE(target1); i++) {
        scope_check("3.4 host invtlb, stage 2: ", &target1[i], 12, run_target1, S2);
    }
    for (uint32_t i = 0; i < RT_ARRAY_SIZE(target0); i++) {
        scope_check("3.4 host invtlb: ", &target0[i], 12, run_target0, ALL);
    }
}

#define ROOT_VA 0x0000200000000000UL

/* True if the root's own page had to be refilled. */
static bool root_use(void) {
    struct rt_context *self = rt_context_self();
    uint32_t before = self->refills;

    (void)*(volatile uint64_t *)ROOT_VA;
    return self->refills != before;
}

struct root_row {
    const char *name;
    uint32_t op;
    uint64_t info;
    uint64_t address;
    bool gone;
};

/* What an operation does to an entry of the root's own, under ASID_A and with the given G. */
static void root_rows(const char *kind, uint64_t g, const struct root_row *rows, uint32_t count) {
    struct rt_context *self = rt_context_self();

    rt_space_add(&self->space, ROOT_VA, ARENA, 0x4000, 12, RW_PAGE | g);
    for (uint32_t i = 0; i < count; i++) {
        root_use();
        rt_try(INSN_INVTLB(rows[i].op), rows[i].info, rows[i].address, 0, NULL);
        tap_equal3(rows[i].gone ? "3.4 drops root's entry with " : "3.4 leaves root's entry with ",
                   kind, rows[i].name, root_use(), rows[i].gone);
    }
    self->space.count = 0;
    invtlb(0, 0UL, 0UL);
}

#define FOR_GUEST(op) {"invtlb " #op, op, GID_OF(GID1) | ASID_A, ROOT_VA, false}

static void root_check(void) {
    static const struct root_row local[] = {
        {"invtlb 0x0", 0x0, 0, 0, true},
        {"invtlb 0x1", 0x1, 0, 0, true},
        {"invtlb 0x2", 0x2, 0, 0, false},
        {"invtlb 0x3", 0x3, 0, 0, true},
        {"invtlb 0x4, its ASID", 0x4, ASID_A, 0, true},
        {"invtlb 0x4, another ASID", 0x4, ASID_B, 0, false},
        {"invtlb 0x5, its ASID and VA", 0x5, ASID_A, ROOT_VA, true},
        {"invtlb 0x5, another ASID", 0x5, ASID_B, ROOT_VA, false},
        {"invtlb 0x5, another VA", 0x5, ASID_A, ROOT_VA + 0x4000, false},
        {"invtlb 0x6, its ASID and VA", 0x6, ASID_A, ROOT_VA, true},
        {"invtlb 0x6, another ASID", 0x6, ASID_B, ROOT_VA, false},
        FOR_GUEST(0x9),
        FOR_GUEST(0xa),
        FOR_GUEST(0xb),
        FOR_GUEST(0xc),
        FOR_GUEST(0xd),
        FOR_GUEST(0xe),
        FOR_GUEST(0x10),
        FOR_GUEST(0x11),
        FOR_GUEST(0x12),
        FOR_GUEST(0x13),
        FOR_GUEST(0x14),
        FOR_GUEST(0x15),
        FOR_GUEST(0x16),
    };
    static const struct root_row global[] = {
        {"invtlb 0x2", 0x2, 0, 0, true},
        {"invtlb 0x3", 0x3, 0, 0, false},
        {"invtlb 0x4, its ASID", 0x4, ASID_A, 0, false},
        {"invtlb 0x5, its ASID and VA", 0x5, ASID_A, ROOT_VA, false},
        {"invtlb 0x6, another ASID, its VA", 0x6, ASID_B, ROOT_VA, true},
        {"invtlb 0x6, another VA", 0x6, ASID_A, ROOT_VA + 0x4000, false},
    };

    rt_vcpu_reset(&guests[0], GID1);
    csr_xchg(CSR_GTLBC, 0, GTLBC_USETGID | GTLBC_TGID_MASK);
    csr_xchg(CSR_ASID, ASID_A, 0x3ff);
    root_rows("G = 0", 0, local, RT_ARRAY_SIZE(local));
    root_rows("G = 1", TLBELO_G, global, RT_ARRAY_SIZE(global));
    csr_xchg(CSR_ASID, 0, 0x3ff);
}

/* 0x16 hits whatever page size and host ASID the entry has. */
static void huge_check(void) {
    static const struct scope huge = {
        "0x16 inside a huge entry", 0x16, GID_OF(GID1), GPA1 + 0x81230, {P1, 0}};
    static const struct scope asid = {
        "0x16 under another host ASID", 0x16, GID_OF(GID1), GPA1, {P1, 0}};

    scope_check("3.4 host invtlb ", &huge, 20, run_host, ALL);
    scope_check("3.4 host invtlb ", &asid, 12, run_host_other_asid, ALL);
}

/* A use of stage-2 entries under another host ASID than they were made under. */
static void asid_check(void) {
    static const struct scope nothing = {"", 0, 0, 0, {0, 0}};
    uint32_t gone = ALL;

    for (uint32_t try = 0; try < TRIES; try++) {
        scope_fill(12);
        csr_xchg(CSR_ASID, 0x77, 0x3ff);
        gone &= scope_use_all(&guests[0]);
        csr_xchg(CSR_ASID, 0, 0x3ff);
    }
    tap_equal("11 #7 stage-2 entries serve under any host ASID", gone, 0);
    scope_check("3.4 nothing dropped, nothing refilled", &nothing, 12, run_nothing, ALL);
}

void rt_main(void) {
    for (uint32_t i = 0; i < RT_ARRAY_SIZE(host_scopes); i++) {
        scope_check("3.4 host invtlb ", &host_scopes[i], 12, run_host, ALL);
    }
    for (uint32_t i = 0; i < RT_ARRAY_SIZE(guest_scopes); i++) {
        scope_check("3.4 guest invtlb ", &guest_scopes[i], 12, run_guest, S1);
    }
    host_target_check();
    root_check();
    huge_check();
    asid_check();
    tap_done();
}
