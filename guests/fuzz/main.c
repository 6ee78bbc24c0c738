// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
/*
 * Random privileged instructions, CSR numbers, IOCSR, memory accesses, hypercalls and page tables.
 * Every CPU of the zone does its own; a step depends on seed, CPU and number alone, so any step can
 * be repeated. One instruction a step, seldom three: whatever one does, the entries below put the
 * CPU's state in order again and the next step follows. A step that takes too long is ended by the
 * timer.
 *
 * Parameters: 0 seed, 1 steps of each CPU (0: no end), 2 CPUs, 3 the first step, 4 not 0: one CPU's
 * steps are printed. Prints FUZZ BEGIN and FUZZ DONE; where it is stands in the log's step (CPU 0)
 * and beats (the others together).
 */
#include <rt/zone.h>

#define SCRATCH_GPA  0x00800000UL
#define SCRATCH_SIZE 0x00080000UL
#define TABLES_GPA   0x00900000UL
#define TABLE_WORDS  512u
#define TABLES       4u
#define OWN_RAM      0x01000000UL
/* No page is larger than what lies below this. */
#define LARGE_PAGES_END (1UL << 36)
#define GPA_MASK        0xffffffffffffUL
#define WATCHDOG        2000000u /* ticks: 20 ms */
#define IDLE_TICKS      5000u
#define STEP_WORDS      4u
#define INSN_GPRS       32u
#define VA_LOW          0x40000000UL
#define PRMD_RANDOM     0xfUL
#define PWCL_BASES      (0x1fUL | 0x1fUL << 10 | 0x1fUL << 20)
#define MINOR_CSRS      0x200u
#define ALL_CSRS        0x4000u
#define BRANCH_FIRST    0x10u /* major opcodes of branches */
#define BRANCH_LAST     0x1bu
#define INDEXED         0x0eu /* ldx, stx, am* */

/* What a step begins with; asm below knows gpr and host. */
struct fuzz_cpu {
    uint64_t gpr[INSN_GPRS];
    uint64_t host[12]; /* ra, sp, fp, s0-s8 */
    uint64_t estat;
    uint64_t era;
    uint64_t irqs;
    uint64_t exceptions;
    uint32_t code[STEP_WORDS] __attribute__((aligned(16)));
    uint8_t pad[1024 - 8 * (INSN_GPRS + 12 + 4) - 4 * STEP_WORDS];
} __attribute__((aligned(1024)));

/* One step in so many has several instructions; one waits. */
#define SEVERAL 16u
#define IDLES   256u

_Static_assert(sizeof(struct fuzz_cpu) == 1024, "the entries shift by 10");

struct fuzz_cpu fuzz_cpus[RT_MAX_CPUS];

/* Runs fuzz_cpus[CPUID].code with its registers and interrupts on; comes back whatever happens,
 * with interrupts off. */
void fuzz_run(struct fuzz_cpu *cpu);
extern char fuzz_entry_general[];
extern char fuzz_entry_refill[];
extern char fuzz_back[];

/* clang-format off */
__asm__(
    ".text\n"
    ".globl fuzz_run\n"
    "fuzz_run:\n"
    "    addi.d $t0, $a0, 256\n"
    "    st.d $ra, $t0, 0\n"
    "    st.d $sp, $t0, 8\n"
    "    st.d $fp, $t0, 16\n"
    "    .irp n, 23,24,25,26,27,28,29,30,31\n"
    "    st.d $r\\n, $t0, 24 + 8 * (\\n - 23)\n"
    "    .endr\n"
    "    move $t0, $a0\n"
    "    ori $t1, $zero, 4\n"
    "    csrxchg $t1, $t1, 0x0\n"
    "    .irp n, 2,3,4,5,6,7,8,9,10,11,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
    "    ld.d $r\\n, $t0, 8 * \\n\n"
    "    .endr\n"
    "    ld.d $ra, $t0, 8\n"
    "    addi.d $t0, $t0, 384\n"
    "    jr $t0\n"
    ".globl fuzz_back\n"
    ".p2align 12\n"
    "fuzz_back:\n"
    ".globl fuzz_entry_general\n"
    "fuzz_entry_general:\n"
    ".globl fuzz_entry_refill\n"
    "fuzz_entry_refill:\n"
    "    li.d $t0, 0x9000000000000019\n"
    "    csrwr $t0, 0x180\n"
    "    la.pcrel $t0, 1f\n"
    "    bstrins.d $t0, $zero, 63, 48\n"
    "    lu52i.d $t0, $t0, -0x700\n"
    "    jr $t0\n"
    "1:  li.d $t0, 0xb0\n"
    "    csrwr $t0, 0x0\n"
    "    csrwr $zero, 0x8a\n"
    "    csrrd $t1, 0x20\n"
    "    slli.d $t1, $t1, 10\n"
    "    la.pcrel $t0, fuzz_cpus\n"
    "    add.d $t0, $t0, $t1\n"
    "    addi.d $t0, $t0, 256\n"
    "    csrrd $t1, 0x5\n"
    "    st.d $t1, $t0, 96\n"
    "    csrrd $t1, 0x6\n"
    "    st.d $t1, $t0, 104\n"
    "    ld.d $ra, $t0, 0\n"
    "    ld.d $sp, $t0, 8\n"
    "    ld.d $fp, $t0, 16\n"
    "    .irp n, 23,24,25,26,27,28,29,30,31\n"
    "    ld.d $r\\n, $t0, 24 + 8 * (\\n - 23)\n"
    "    .endr\n"
    "    ret\n");
/* clang-format on */

static struct rt_random randoms[RT_MAX_CPUS];
static uint64_t seed;
static uint64_t steps;
static uint64_t first_step;
static bool talkative;
static bool is_root;
static volatile uint32_t finished;
static uint32_t cpus;

_Static_assert(offsetof(struct fuzz_cpu, host) == 256, "fuzz_run");
_Static_assert(offsetof(struct fuzz_cpu, estat) == 256 + 96, "fuzz_entry");
_Static_assert(offsetof(struct fuzz_cpu, code) == 384, "fuzz_run");

/* ---- random things ---- */

/* The hypervisor's text and data, and its last word. */
static uint64_t hypervisor_places[4];

static const uint64_t places[] = {
    0x01000000,   0x04000000,   0x10000000,   0x10000020,     0x10000200,     0x100d0100,
    0x100e001c,   0x18000000,   0x18003ff8,   0x18004000,     0x1c000000,     0x1e020000,
    0x1fe001e0,   0x20000000,   0x2ff00000,   0x30000000,     0x40000000,     0x80000000,
    0x80200000,   0x81000000,   0x82000000,   0xefffff00,     0xf0000000,     0xfe00000000,
    0xfe00000800, 0xff00000000, 0xff00001000, 0x7ffffffff000, 0x800000000000, 0xfffffffff000,
};

static void hypervisor_places_init(void) {
    uint64_t base = rt_param(RT_PARAM_HYPERVISOR, 0);
    uint64_t end = rt_param(RT_PARAM_HYPERVISOR_END, 0);

    if (end <= base) {
        rt_die("the image does not say where the hypervisor is");
    }
    hypervisor_places[0] = base;
    hypervisor_places[1] = base + 0x10000;
    hypervisor_places[2] = base + 0x83000;
    hypervisor_places[3] = end - 8;
}

static uint64_t any_place(struct rt_random *random) {
    uint32_t n =
        (uint32_t)rt_random_below(random, RT_ARRAY_SIZE(places) + RT_ARRAY_SIZE(hypervisor_places));

    return n < RT_ARRAY_SIZE(hypervisor_places) ? hypervisor_places[n]
                                                : places[n - RT_ARRAY_SIZE(hypervisor_places)];
}

static uint64_t any_bits(struct rt_random *random) {
    switch (rt_random_below(random, 6)) {
    case 0:
        return 0;
    case 1:
        return ~0UL;
    case 2:
        return 1UL << rt_random_below(random, 64);
    case 3:
        return rt_random_below(random, 4096);
    case 4:
        return ~0UL << rt_random_below(random, 64);
    default:
        return rt_random_next(random);
    }
}

/* A GPA outside of the zone's RAM, or in the part of it that may change. */
static uint64_t any_gpa(struct rt_random *random) {
    uint64_t gpa;

    switch (rt_random_below(random, 4)) {
    case 0:
        return SCRATCH_GPA + rt_random_below(random, SCRATCH_SIZE);
    case 1:
        gpa = rt_random_next(random) & GPA_MASK;
        return gpa < OWN_RAM ? gpa + OWN_RAM : gpa;
    default:
        return any_place(random) +
               (rt_random_below(random, 4) == 0 ? rt_random_below(random, 0x1000) & ~7UL : 0);
    }
}

static uint64_t any_address(struct rt_random *random) {
    switch (rt_random_below(random, 4)) {
    case 0:
        return VA_LOW + rt_random_below(random, 0x10000000);
    case 1:
        return RT_CACHED_BASE | any_gpa(random);
    case 2:
        return RT_UNCACHED_BASE | any_gpa(random);
    default:
        return any_bits(random) | 1UL << 63 | 1UL << 62;
    }
}

static uint64_t any_value(struct rt_random *random) {
    return rt_random_below(random, 2) == 0 ? any_bits(random) : any_address(random);
}

/* A large page may begin below its address and lie over the program: it is not to be written. */
static uint64_t any_pte(struct rt_random *random) {
    uint64_t gpa = any_gpa(random) & ~0xfffUL;
    uint64_t flags = rt_random_next(random) & 0x7f;

    if (gpa < LARGE_PAGES_END) {
        flags &= ~TLBELO_D;
    }
    if (rt_random_below(random, 8) == 0) {
        flags |= rt_random_next(random) & (TLBELO_NR | TLBELO_NX | TLBELO_RPLV);
    }
    return gpa | flags;
}

/* ---- instructions; the operands are a0 to a2 ---- */

static uint32_t insn_csr(struct fuzz_cpu *cpu, struct rt_random *random) {
    uint32_t number =
        (uint32_t)rt_random_below(random, rt_random_below(random, 5) == 0 ? ALL_CSRS : MINOR_CSRS);

    cpu->gpr[5] = any_bits(random);
    switch (rt_random_below(random, 3)) {
    case 0:
        return INSN_CSRRD(number);
    case 1:
        return INSN_CSRWR(number);
    default:
        return INSN_CSRXCHG(number);
    }
}

static uint64_t any_iocsr(struct rt_random *random) {
    static const struct {
        uint32_t first;
        uint32_t size;
    } ranges[] = {{0, 0x30},         {0x400, 0x40},   {0x1000, 0x160}, {0x1400, 0x100},
                  {0x1600, 0x100},   {0x1800, 0x400}, {0x1c00, 0x110}, {0x40000000, 0x240},
                  {0x1040, 4},       {0x1048, 8},     {0x1158, 8},     {0xfffffff0, 0x10},
                  {0xa0000, 0x10000}};
    uint64_t i = rt_random_below(random, RT_ARRAY_SIZE(ranges));

    return ranges[i].first + rt_random_below(random, ranges[i].size);
}

static uint32_t insn_iocsr(struct fuzz_cpu *cpu, struct rt_random *random) {
    static const uint32_t words[] = {INSN_IOCSRRD_B, INSN_IOCSRRD_H, INSN_IOCSRRD_W,
                                     INSN_IOCSRRD_D, INSN_IOCSRWR_B, INSN_IOCSRWR_H,
                                     INSN_IOCSRWR_W, INSN_IOCSRWR_D};
    uint64_t i = rt_random_below(random, RT_ARRAY_SIZE(words));

    cpu->gpr[4] = i < 4 ? any_iocsr(random) : any_bits(random);
    cpu->gpr[5] = any_iocsr(random) & (rt_random_below(random, 2) == 0 ? ~0UL : ~7UL);
    return words[i];
}

static uint32_t insn_hypercall(struct fuzz_cpu *cpu, struct rt_random *random) {
    static const uint32_t codes[] = {0, 0, 0, 0x100, 0x101, 0x102, 1, 0x7fff};

    cpu->gpr[4] =
        rt_random_below(random, 3) == 0 ? any_bits(random) : 0xf0 + rt_random_below(random, 0x30);
    if (rt_random_below(random, 2) == 0) {
        cpu->gpr[5] = rt_random_below(random, 20);
        cpu->gpr[6] = any_gpa(random) & ~(rt_random_below(random, 2) * 7);
    }
    /* A buffer that would be filled must not lie over the program. */
    if (cpu->gpr[6] < OWN_RAM) {
        cpu->gpr[6] = SCRATCH_GPA + cpu->gpr[6] % SCRATCH_SIZE;
    }
    /* What the root zone may do to others is not what is looked for. */
    if (is_root && cpu->gpr[4] >= LV_HYPERCALL_PAUSE && cpu->gpr[4] <= LV_HYPERCALL_LOWER_VECTOR) {
        cpu->gpr[5] = LV_ROOT_ZONE_ID;
    }
    return INSN_HVCL(codes[rt_random_below(random, RT_ARRAY_SIZE(codes))]);
}

static uint32_t insn_access(struct fuzz_cpu *cpu, struct rt_random *random) {
    static const uint32_t words[] = {
        0x28000084, 0x2a400084, 0x28800084, 0x28c00084, 0x26000084, 0x22000084, 0x2b800080,
        0x2c000080, 0x2c800080, 0x2ac00080, 0x290000a4, 0x294000a4, 0x298000a4, 0x29c000a4,
        0x250000a4, 0x386098a4, 0x230000a4, 0x2bc000a0, 0x2c4000a0, 0x2cc000a0, 0x386198a4,
    };
    uint64_t address = any_address(random);

    cpu->gpr[4] = address;
    cpu->gpr[5] = address;
    return words[rt_random_below(random, RT_ARRAY_SIZE(words))];
}

/* TLB registers with random contents, then an instruction that uses them. */
static uint32_t insn_tlb(struct fuzz_cpu *cpu, struct rt_random *random) {
    static const uint32_t words[] = {INSN_TLBCLR, INSN_TLBFLUSH, INSN_TLBSRCH, INSN_TLBRD,
                                     INSN_TLBWR,  INSN_TLBWR,    INSN_TLBFILL, INSN_TLBFILL};

    csr_write(CSR_TLBEHI, VA_LOW + (rt_random_next(random) & 0xfffe000));
    csr_write(CSR_TLBELO0, any_pte(random));
    csr_write(CSR_TLBELO1, any_pte(random));
    csr_write(CSR_TLBIDX, rt_random_below(random, 4096) |
                              (rt_random_below(random, 3) == 0 ? rt_random_below(random, 64) : 12)
                                  << TLBIDX_PS_SHIFT |
                              rt_random_below(random, 2) << 31);
    csr_write(CSR_ASID, rt_random_below(random, 4));
    switch (rt_random_below(random, 4)) {
    case 0:
        return INSN_INVTLB(rt_random_below(random, 32));
    case 1:
        cpu->gpr[4] = any_address(random);
        return rt_random_below(random, 2) == 0 ? INSN_LDDIR(rt_random_below(random, 8))
                                               : INSN_LDPTE(rt_random_below(random, 2));
    default:
        return words[rt_random_below(random, RT_ARRAY_SIZE(words))];
    }
}

/*
 * Three levels of tables with random leaves of all sizes, and an access that walks them. The tables
 * themselves are in memory: a refill handler that reads elsewhere cannot be helped.
 */
static uint32_t insn_walk(struct fuzz_cpu *cpu, struct rt_random *random) {
    uint64_t *tables = rt_cached(TABLES_GPA + csr_read(CSR_CPUID) * TABLES * TABLE_WORDS * 8);

    for (uint32_t i = 0; i < 8; i++) {
        uint64_t level = rt_random_below(random, TABLES - 1);
        uint64_t next = rt_phys(tables + (level + 1) * TABLE_WORDS);
        bool leaf = level == TABLES - 2;
        uint64_t entry = any_pte(random) | (leaf ? 0 : PTE_HUGE);
        if (!leaf && rt_random_below(random, 4) != 0) {
            entry = next;
        }
        tables[level * TABLE_WORDS + rt_random_below(random, 2)] = entry;
    }
    csr_write(CSR_PGDL, rt_phys(tables));
    csr_write(CSR_PWCL, rt_random_below(random, 8) == 0
                            ? RT_WALK_PWCL ^ (rt_random_next(random) & PWCL_BASES)
                            : RT_WALK_PWCL);
    csr_write(CSR_TLBRENTRY, rt_phys(rt_vector_walk));
    uint32_t word = insn_access(cpu, random);
    cpu->gpr[4] = rt_random_below(random, 2) << 30 | rt_random_below(random, 2) << 21 |
                  rt_random_below(random, 0x2000);
    cpu->gpr[5] = cpu->gpr[4];
    return word;
}

static uint32_t insn_system(struct fuzz_cpu *cpu, struct rt_random *random) {
    uint32_t code = (uint32_t)rt_random_below(random, 0x8000);
    const uint32_t words[] = {INSN_CPUCFG,
                              INSN_DBCL(code),
                              INSN_SYSCALL(code),
                              INSN_BREAK(code),
                              INSN_CACOP(code & 31),
                              INSN_RDTIME_D,
                              INSN_RDTIMEL_W,
                              INSN_GCSRRD(code & 0x1ff),
                              INSN_GCSRWR(code & 0x1ff),
                              INSN_GCSRXCHG(code & 0x1ff),
                              INSN_GTLBCLR,
                              INSN_GTLBFLUSH,
                              INSN_GTLBWR,
                              INSN_GTLBFILL,
                              INSN_GTLBRD,
                              INSN_LBT,
                              INSN_LASX,
                              INSN_FP,
                              INSN_UNDEFINED};

    cpu->gpr[4] = rt_random_below(random, 2) == 0 ? 0x40000000 + (code & 15) : any_value(random);
    return words[rt_random_below(random, RT_ARRAY_SIZE(words))];
}

static uint32_t insn_idle(struct fuzz_cpu *cpu, struct rt_random *random) {
    (void)cpu;
    csr_write(CSR_TCFG, (rt_random_below(random, IDLE_TICKS) & ~3UL) | TCFG_EN);
    return INSN_IDLE(rt_random_below(random, 0x8000));
}

/* To the way back, in any mode that PRMD can name; or anywhere. */
static uint32_t insn_ertn(struct fuzz_cpu *cpu, struct rt_random *random) {
    (void)cpu;
    csr_write(CSR_PRMD, rt_random_next(random) & PRMD_RANDOM);
    csr_write(CSR_ERA, rt_random_below(random, 2) == 0 ? (uint64_t)fuzz_back : any_address(random));
    return INSN_ERTN;
}

/* Any word but branches, and accesses with two registers: their sum may be in the program. */
static uint32_t insn_any(struct fuzz_cpu *cpu, struct rt_random *random) {
    uint32_t word;

    (void)cpu;
    do {
        word = (uint32_t)rt_random_next(random);
    } while ((word >> 26 >= BRANCH_FIRST && word >> 26 <= BRANCH_LAST) || word >> 26 == INDEXED);
    return rt_random_below(random, 3) == 0 ? (word & 0x03ffffff) | 0x04000000 : word;
}

static uint32_t (*const makers[])(struct fuzz_cpu *, struct rt_random *) = {
    insn_csr, insn_csr,  insn_iocsr,  insn_iocsr, insn_hypercall, insn_access,
    insn_tlb, insn_walk, insn_system, insn_any,   insn_any,       insn_ertn,
};

/* ---- steps ---- */

/* What any step may have spoilt. The timer ends a step that does not end by itself. */
static void state_restore(void) {
    csr_write(CSR_DMW0, RT_DMW_CACHED);
    csr_write(CSR_DMW1, RT_DMW_UNCACHED);
    /* The program's window twice, so that a step can spoil one: a fetch outside of windows is an
     * address error, which the entries would raise again for ever. */
    csr_write(CSR_DMW2, 0);
    csr_write(CSR_DMW3, RT_DMW_CACHED);
    csr_write(CSR_TLBRERA, 0);
    csr_write(CSR_EENTRY, (uint64_t)fuzz_entry_general);
    csr_write(CSR_TLBRENTRY, rt_phys(fuzz_entry_refill));
    /* Left from another step these could map the program itself. */
    csr_write(CSR_TLBELO0, 0);
    csr_write(CSR_TLBELO1, 0);
    csr_write(CSR_TLBRELO0, 0);
    csr_write(CSR_TLBRELO1, 0);
    csr_write(CSR_RVACFG, 0);
    csr_write(CSR_MISC, 0);
    csr_xchg(CSR_ESTAT, 0, 3);
    csr_write(CSR_TCFG, WATCHDOG | TCFG_EN);
    csr_write(CSR_TICLR, 1);
    csr_write(CSR_ECFG, 1UL << IRQ_TIMER | 1UL << IRQ_IPI);
}

static void registers_fill(struct fuzz_cpu *cpu, struct rt_random *random) {
    for (uint32_t i = 1; i < INSN_GPRS; i++) {
        cpu->gpr[i] = any_value(random);
    }
}

static void count_end(struct fuzz_cpu *cpu) {
    if ((cpu->estat >> ESTAT_ECODE_SHIFT & ESTAT_ECODE_MASK) != ECODE_INT) {
        cpu->exceptions++;
        return;
    }
    if ((cpu->estat & 1UL << IRQ_IPI) != 0) {
        iocsr_write32(IOCSR_IPI_CLEAR, ~0u);
        iocsr_write32(IOCSR_IPI_ENABLE, ~0u);
        cpu->irqs++;
    }
}

/* b; no register holds an address in the program. */
static uint32_t insn_branch(uint64_t offset) {
    uint64_t words = offset >> 2;

    return 0x50000000 | (uint32_t)(words & 0xffff) << 10 | (uint32_t)(words >> 16 & 0x3ff);
}

/* One instruction, seldom more: what one spoils the next one may need, so these can end the zone.
 */
static void code_make(struct fuzz_cpu *cpu, struct rt_random *random) {
    uint32_t count = rt_random_below(random, SEVERAL) == 0 ? STEP_WORDS - 1 : 1;

    for (uint32_t i = 0; i < count; i++) {
        uint64_t maker = rt_random_below(random, RT_ARRAY_SIZE(makers));
        cpu->code[i] = makers[maker](cpu, random);
    }
    if (rt_random_below(random, IDLES) == 0) {
        cpu->code[0] = insn_idle(cpu, random);
    }
    cpu->code[count] = insn_branch((uint64_t)fuzz_back - (uint64_t)&cpu->code[count]);
}

static void step_run(uint32_t self, uint64_t number) {
    struct fuzz_cpu *cpu = &fuzz_cpus[self];
    struct rt_random *random = &randoms[self];

    random->state = (seed * RT_MAX_CPUS + self) * 0x100000001b3UL + number * 0x9e3779b1UL;
    state_restore();
    registers_fill(cpu, random);
    code_make(cpu, random);
    if (talkative && self == 0) {
        rt_printf("FUZZ STEP %lu words %x %x %x a0 %lx a1 %lx a2 %lx\n", number, cpu->code[0],
                  cpu->code[1], cpu->code[2], cpu->gpr[4], cpu->gpr[5], cpu->gpr[6]);
    }
    __asm__ volatile("ibar 0" ::: "memory");
    fuzz_run(cpu);
    count_end(cpu);
}

static void run(void) {
    uint32_t self = (uint32_t)csr_read(CSR_CPUID);
    volatile uint64_t *place = self == 0 ? &rt_zone_log()->step : &rt_zone_log()->beats;

    iocsr_write32(IOCSR_IPI_ENABLE, ~0u);
    for (uint64_t n = first_step; steps == 0 || n < first_step + steps; n++) {
        *place = n;
        step_run(self, n);
    }
    __atomic_fetch_add(&finished, 1, __ATOMIC_SEQ_CST);
    csr_write(CSR_ECFG, 0);
}

static void secondary_run(void) {
    run();
    for (;;) {
        __asm__ volatile("idle 0");
    }
}

void rt_main(void) {
    rt_zone_begin();
    seed = rt_param(0, 1);
    steps = rt_param(1, 0);
    cpus = (uint32_t)rt_param(2, 1);
    first_step = rt_param(3, 0);
    is_root = rt_zone_info() != NULL && rt_zone_info()->zone_id == LV_ROOT_ZONE_ID;
    talkative = rt_param(4, 0) != 0;
    hypervisor_places_init();
    rt_printf("FUZZ BEGIN seed %lu steps %lu cpus %u first %lu\n", seed, steps, cpus, first_step);
    for (uint32_t cpu = 1; cpu < cpus; cpu++) {
        if (!rt_cpu_start(cpu, secondary_run)) {
            rt_die("a CPU did not start");
        }
    }
    run();
    while (finished < cpus) {
    }
    rt_printf("FUZZ DONE EXCEPTIONS %lu IPIS %lu\n", fuzz_cpus[0].exceptions, fuzz_cpus[0].irqs);
    rt_zone_end();
}
