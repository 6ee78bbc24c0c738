// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
/*
 * General registers over every kind of exit: each is filled with a value of its own, the guest
 * exits, and none may have changed but the one that the instruction names. Each register is that
 * one in turn, and then its value has to be the same as in any other.
 *
 * CPU 1 rings CPU 0's doorbell all the time. Parameters: 0 seed, 1 rounds. Prints REGISTERS ERROR,
 * REGISTERS RESULT and REGISTERS DONE.
 */
#include <rt/registers.h>
#include <rt/zone.h>

#define PCI_CONFIG_GPA 0xfe00000000UL
#define NOWHERE_GPA    0x30000000UL
#define IPI_TO_CPU_0   (1u << 31 | 3u)
#define INSN_LOOP      0x50000000u /* b . */
#define TIMER_BIT      (1UL << IRQ_TIMER)

/* Idle for so long; CPU 1 waits so long between two rings; and so long goes the loop on. */
#define IDLE_TICKS 1000u
#define RING_TICKS 3000u
#define LOOP_TICKS 12000000u
#define MAX_ERRORS 20u

/* What the rd field of an instruction is. */
enum rd {
    RD_NONE,   /* no register */
    RD_RESULT, /* becomes the same each time */
    RD_CHANGE, /* becomes something */
    RD_SOURCE, /* is 0 and stays so */
    RD_KEPT,   /* would become something, but the instruction is refused */
};

struct form {
    const char *name;
    uint32_t word; /* without rd and rj */
    enum rd rd;
    bool has_rj;
    uint64_t rj; /* what is in it */
};

static const struct form forms[] = {
    {"cpucfg", 0x00006c00, RD_RESULT, true, 2},
    {"cpucfg of a high leaf", 0x00006c00, RD_RESULT, true, 0x40000000},
    {"csrrd of an unknown CSR", 0x04000000 | 0x3ff << 10, RD_RESULT, false, 0},
    {"csrxchg without hardware", 0x04000000 | CSR_IMPCTL1 << 10, RD_CHANGE, true, ~0UL},
    {"iocsrrd.w", 0x06480800, RD_RESULT, true, IOCSR_FEATURES},
    {"iocsrrd.d", 0x06480c00, RD_RESULT, true, IOCSR_FEATURES},
    {"iocsrrd.w of the IPI status", 0x06480800, RD_CHANGE, true, 0x1000},
    {"iocsrwr.w", 0x06481800, RD_SOURCE, true, IOCSR_IPI_CLEAR},
    {"IPI to itself", 0x06481800, RD_SOURCE, true, IOCSR_IPI_SET},
    {"cacop", 0x06000000, RD_NONE, true, RT_CACHED_BASE | 0x300000},
    {"load from a hole", 0x28800000, RD_RESULT, true, RT_UNCACHED_BASE | LV_ISA_BASE},
    {"store to a hole", 0x29c00000, RD_SOURCE, true, RT_UNCACHED_BASE | LV_ISA_BASE},
    {"PCI configuration", 0x28800000, RD_RESULT, true, RT_UNCACHED_BASE | PCI_CONFIG_GPA},
    {"load from nowhere", 0x28c00000, RD_KEPT, true, RT_UNCACHED_BASE | NOWHERE_GPA},
    {"store to nowhere", 0x29c00000, RD_SOURCE, true, RT_UNCACHED_BASE | NOWHERE_GPA},
    {"LBT", 0x00000800, RD_NONE, true, 0},
    {"gcsrrd", 0x05000000, RD_KEPT, false, 0},
    {"undefined", INSN_UNDEFINED, RD_NONE, false, 0},
};

static uint64_t wanted[RT_REGISTERS];
static uint64_t found[RT_REGISTERS];
static uint64_t results[RT_ARRAY_SIZE(forms)];
static char stack[RT_STACK_SIZE] __attribute__((aligned(16)));
static struct rt_random seeded;
static uint64_t errors;
static uint64_t checks;
static volatile bool done;
static const uint32_t *loop;

static void error(const char *what, uint32_t reg, uint64_t is, uint64_t instead_of) {
    if (errors++ < MAX_ERRORS) {
        rt_printf("REGISTERS ERROR after %s: r%u is %lx instead of %lx\n", what, reg, is,
                  instead_of);
    }
}

static void fill(void) {
    for (uint32_t reg = 1; reg < RT_REGISTERS; reg++) {
        wanted[reg] = rt_random_next(&seeded);
    }
    wanted[RT_REG_RA] = (uint64_t)rt_registers_back;
    wanted[RT_REG_SP] = (uint64_t)stack + sizeof(stack);
}

/* Runs the code; no register may have changed but this one, 0: none at all. */
static void run_and_compare(const char *what, const uint32_t *code, uint64_t prmd, uint32_t but) {
    rt_registers_run(wanted, found, code, prmd);
    csr_xchg(CSR_CRMD, 0, CRMD_IE);
    for (uint32_t reg = 1; reg < RT_REGISTERS; reg++) {
        if (reg != but && found[reg] != wanted[reg]) {
            error(what, reg, found[reg], wanted[reg]);
        }
    }
    checks++;
}

/* What an instruction may name without losing its way back. */
static bool is_free(uint32_t reg) {
    return reg != 0 && reg != RT_REG_RA && reg != RT_REG_SP;
}

static void check_form(uint32_t number, uint32_t rd, uint32_t rj) {
    const struct form *form = &forms[number];
    bool has_rd = form->rd != RD_NONE;
    bool changes = form->rd == RD_RESULT || form->rd == RD_CHANGE;
    uint32_t word = form->word | (has_rd ? rd : 0) | (form->has_rj ? rj << 5 : 0);

    fill();
    if (form->rd == RD_SOURCE) {
        wanted[rd] = 0;
    }
    if (form->has_rj) {
        wanted[rj] = form->rj;
    }
    rt_trap_arm(rt_context_self());
    run_and_compare(form->name, rt_code_make(word), 0, changes ? rd : 0);
    (void)rt_trap_disarm(rt_context_self());
    if (form->rd == RD_RESULT && results[number] == 0) {
        results[number] = found[rd];
    }
    if (form->rd == RD_RESULT && found[rd] != results[number]) {
        error(form->name, rd, found[rd], results[number]);
    }
}

static void check_forms(void) {
    for (uint32_t number = 0; number < RT_ARRAY_SIZE(forms); number++) {
        uint32_t rj = RT_REGISTERS - 1;
        (void)rt_hypercall(LV_HYPERCALL_WATCHDOG, 0, 0);
        for (uint32_t rd = 1; rd < RT_REGISTERS; rd++) {
            if (is_free(rd)) {
                check_form(number, rd, rj);
                rj = rd;
            }
        }
    }
}

/* The hypercall has its registers: a0 is the answer. */
static void check_hypercall(uint32_t code, uint64_t a0, uint64_t a1, uint64_t a2) {
    fill();
    wanted[RT_REG_A0] = a0;
    wanted[RT_REG_A0 + 1] = a1;
    wanted[RT_REG_A0 + 2] = a2;
    run_and_compare("hvcl", rt_code_make(INSN_HVCL(code)), 0, RT_REG_A0);
}

/* The sign of life keeps the watchdog from more than its look at the zone. */
static void check_sign_of_life(void) {
    check_hypercall(0, LV_HYPERCALL_WATCHDOG, 0, 0);
}

static void check_hypercalls(void) {
    static struct lv_zone_info_page stats __attribute__((aligned(8)));

    check_hypercall(0, LV_HYPERCALL_VERSION, 0, 0);
    check_sign_of_life();
    check_hypercall(0, LV_HYPERCALL_STATS, LV_ROOT_ZONE_ID, rt_phys(&stats));
    check_hypercall(0, 0xdead, 0, 0);
    check_hypercall(0x100, 1, 1, 0);
    check_hypercall(0x7ffe, 0, 0, 0);
}

static void timer_start(uint64_t ticks) {
    csr_write(CSR_TCFG, (ticks & ~3UL) | TCFG_EN);
    csr_xchg(CSR_ECFG, TIMER_BIT, TIMER_BIT);
}

static void timer_stop(void) {
    csr_xchg(CSR_ECFG, 0, TIMER_BIT);
    csr_write(CSR_TCFG, 0);
    csr_write(CSR_TICLR, 1);
}

static void check_idle(void) {
    fill();
    timer_start(IDLE_TICKS);
    run_and_compare("idle", rt_code_make(INSN_IDLE(0)), 0, 0);
    timer_stop();
}

/* The loop has no register to count with: the guest's timer ends it. */
static bool take_irq(struct rt_context *context, const struct rt_frame *frame, uint64_t pending) {
    (void)context;
    if ((pending & TIMER_BIT) == 0 || frame->era != (uint64_t)loop) {
        return false;
    }
    ((struct rt_frame *)(uint64_t)frame)->era += sizeof(*loop);
    timer_stop();
    return true;
}

/* Doorbells of CPU 1, and the watchdog's timer, while nothing but a jump to itself runs. */
static void check_loop(void) {
    fill();
    loop = rt_code_make(INSN_LOOP);
    timer_start(LOOP_TICKS);
    run_and_compare("a loop", loop, PRMD_PIE, 0);
}

/*
 * The watchdog looks when its time after the sign of life has passed that it knew at the last idle:
 * in the second loop, if it is set to more than one loop and less than two.
 */
static void check_loops(void) {
    check_sign_of_life();
    check_loop();
    check_sign_of_life();
    check_loop();
    check_sign_of_life();
}

static void ring(void) {
    while (!done) {
        iocsr_write32(IOCSR_IPI_SEND, IPI_TO_CPU_0);
        rt_nap(RING_TICKS);
    }
}

void rt_main(void) {
    rt_zone_begin();
    seeded.state = rt_param(0, 1);
    rt_printf("REGISTERS BEGIN\n");
    rt_irq_hook = take_irq;
    if (!rt_cpu_start(1, ring)) {
        rt_die("CPU 1 did not start");
    }
    for (uint64_t round = 0; round < rt_param(1, 3) && errors < MAX_ERRORS; round++) {
        check_forms();
        check_hypercalls();
        check_idle();
        check_loops();
    }
    done = true;
    const volatile uint64_t *exits = rt_zone_info()->vcpus[0].exits;
    rt_printf("REGISTERS RESULT CHECKS %lu ERRORS %lu DOORBELLS %lu TIMERS %lu IDLES %lu\n", checks,
              errors, exits[LV_EXIT_DOORBELL], exits[LV_EXIT_TIMER], exits[LV_EXIT_IDLE]);
    rt_printf("REGISTERS DONE\n");
    rt_zone_end();
}
