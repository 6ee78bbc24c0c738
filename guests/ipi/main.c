// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
/*
 * IPIs between all CPUs in all patterns, each with a sequence number in memory: none may be lost,
 * none invented. IPI vector 4 * slot + source belongs to one source, which sends again when the
 * target has seen the last one; so each vector is one message, and a status bit without a new
 * sequence number is an IPI that nobody sent.
 *
 * Parameters: 0 seed, 1 IPIs, 2 CPUs, 3 rounds of restarting the secondary CPUs. Prints
 * IPI PHASE lines, IPI ERROR lines, IPI RESULT and IPI DONE.
 */
#include <rt/zone.h>

/* Mailbox 0 is for starting CPUs; source n writes half 2 + n. */
#define MAIL_FIRST_HALF 2u
#define MAIL_BYTES      4u

/* Vectors of slot 0 stay free: vector 0 starts CPUs. The last slot goes with mail, which is one
 * message at a time. */
#define FIRST_SLOT 1u
#define MAIL_SLOT  7u
#define SLOTS      8u
#define IPI_BITS   0xfffffff0u

/* Longer than any pause of a zone or of a busy host: an IPI that takes longer is lost. */
#define LOST_SECONDS 30u
#define WAIT_TICKS   20000u
#define MAX_ERRORS   20u

enum kind { KIND_SEND, KIND_ANY, KIND_SET, KIND_MAIL, KIND_PARAVIRT };

struct lane {
    volatile uint64_t sent;
    volatile uint64_t seen;
    volatile uint64_t sent_at; /* counter ticks */
} __attribute__((aligned(64)));

struct mail {
    volatile uint32_t value; /* what the half must hold */
} __attribute__((aligned(64)));

struct counts {
    volatile uint64_t sent;
    volatile uint64_t seen;
    volatile uint64_t irqs;
    volatile uint64_t empty;    /* interrupts without a status bit */
    volatile uint64_t software; /* SWI0 interrupts */
    volatile uint64_t software_sent;
    uint64_t turn;
} __attribute__((aligned(64)));

struct phase {
    const char *name;
    uint32_t percent; /* of all IPIs */
    void (*run)(uint32_t self, uint64_t quota);
    bool paravirtual;
};

static struct lane lanes[RT_MAX_CPUS][RT_MAX_CPUS][SLOTS]; /* source, target, slot */
static struct lane software[RT_MAX_CPUS][RT_MAX_CPUS];
static struct mail mails[RT_MAX_CPUS][RT_MAX_CPUS];
static struct counts counts[RT_MAX_CPUS];
static struct rt_random randoms[RT_MAX_CPUS];
static uint32_t cpus;
static volatile uint32_t errors;
static volatile uint32_t lost;
static volatile uint32_t invented;
static volatile uint32_t print_lock;
static volatile uint32_t barrier_count;
static volatile uint32_t barrier_round;
static volatile uint32_t stop;
static volatile uint32_t restarts;

static uint32_t self_id(void) {
    return (uint32_t)csr_read(CSR_CPUID);
}

static void fence(void) {
    __asm__ volatile("dbar 0" ::: "memory");
}

/* Called with interrupts on or off; the printing itself runs with them off. */
static void error(const char *what, uint64_t a, uint64_t b, uint64_t c) {
    uint64_t crmd = csr_xchg(CSR_CRMD, 0, CRMD_IE);

    while (__atomic_exchange_n(&print_lock, 1, __ATOMIC_ACQUIRE) != 0) {
    }
    if (__atomic_fetch_add(&errors, 1, __ATOMIC_RELAXED) < MAX_ERRORS) {
        rt_printf("IPI ERROR cpu %u: %s (%lx %lx %lx)\n", self_id(), what, a, b, c);
    }
    __atomic_store_n(&print_lock, 0, __ATOMIC_RELEASE);
    csr_xchg(CSR_CRMD, crmd, CRMD_IE);
}

/* ---- receiving ---- */

static bool lane_receive(struct lane *lane) {
    uint64_t sent = lane->sent;

    if (sent != lane->seen + 1) {
        return false;
    }
    lane->seen = sent;
    return true;
}

static void mail_check(uint32_t source, uint32_t self) {
    uint32_t half = MAIL_FIRST_HALF + source;
    uint32_t value = iocsr_read32(IOCSR_MAIL_BOX + half * MAIL_BYTES);

    if (value != mails[source][self].value) {
        error("mail half, found, expected", half, value, mails[source][self].value);
    }
}

static void receive_vector(uint32_t self, uint32_t vector) {
    uint32_t source = vector % RT_MAX_CPUS;
    struct lane *lane = &lanes[source][self][vector / RT_MAX_CPUS];

    if (vector / RT_MAX_CPUS == MAIL_SLOT) {
        mail_check(source, self);
    }
    if (lane_receive(lane)) {
        counts[self].seen++;
    } else {
        __atomic_fetch_add(&invented, 1, __ATOMIC_RELAXED);
        error("invented: vector, sent, seen", vector, lane->sent, lane->seen);
    }
}

static void receive_ipis(uint32_t self) {
    uint32_t status = iocsr_read32(IOCSR_IPI_STATUS);

    if (status == 0) {
        counts[self].empty++;
        return;
    }
    iocsr_write32(IOCSR_IPI_CLEAR, status);
    fence();
    for (uint32_t bits = status & IPI_BITS; bits != 0; bits &= bits - 1) {
        receive_vector(self, (uint32_t)__builtin_ctz(bits));
    }
}

/* SWI0 says that there is something in memory; two sends can be one interrupt. */
static void receive_software(uint32_t self) {
    csr_xchg(CSR_ESTAT, 0, 1UL << IRQ_SWI0);
    fence();
    counts[self].software++;
    for (uint32_t source = 0; source < cpus; source++) {
        if (lane_receive(&software[source][self])) {
            counts[self].seen++;
        }
    }
}

static bool take_irq(struct rt_context *context, const struct rt_frame *frame, uint64_t pending) {
    uint32_t self = self_id();

    (void)context;
    (void)frame;
    counts[self].irqs++;
    if ((pending & 1UL << IRQ_IPI) != 0) {
        receive_ipis(self);
    }
    if ((pending & 1UL << IRQ_SWI0) != 0) {
        receive_software(self);
    }
    return true;
}

static void irqs_on(void) {
    iocsr_write32(IOCSR_IPI_ENABLE, ~0u);
    csr_write(CSR_ECFG, 1UL << IRQ_IPI | 1UL << IRQ_SWI0);
    csr_xchg(CSR_CRMD, CRMD_IE, CRMD_IE);
}

/* ---- waiting ---- */

/* Alternately sleeps, with a timer in case that nobody sends, and watches memory. */
static void wait_a_little(uint32_t self) {
    if (counts[self].turn++ % 2 == 0) {
        rt_delay(WAIT_TICKS / 50);
        return;
    }
    rt_nap(WAIT_TICKS);
}

static void barrier(uint32_t self) {
    uint32_t round = barrier_round;

    if (__atomic_add_fetch(&barrier_count, 1, __ATOMIC_SEQ_CST) == cpus) {
        barrier_count = 0;
        __atomic_store_n(&barrier_round, round + 1, __ATOMIC_SEQ_CST);
        return;
    }
    while (__atomic_load_n(&barrier_round, __ATOMIC_SEQ_CST) == round) {
        wait_a_little(self);
    }
}

static bool lane_is_lost(const struct lane *lane) {
    return rdtime() - lane->sent_at > LOST_SECONDS * rt_ticks_per_second();
}

/* Waits until the lane is free; false, once, if its IPI is lost. */
static bool lane_wait(uint32_t self, struct lane *lane, uint32_t target) {
    while (lane->seen != lane->sent && stop == 0) {
        if (lane_is_lost(lane)) {
            stop = 1;
            __atomic_fetch_add(&lost, 1, __ATOMIC_RELAXED);
            error("lost: target, sent, seen", target, lane->sent, lane->seen);
            return false;
        }
        wait_a_little(self);
    }
    return stop == 0;
}

static void lanes_drain(uint32_t self) {
    for (uint32_t target = 0; target < cpus; target++) {
        for (uint32_t slot = FIRST_SLOT; slot < SLOTS; slot++) {
            lane_wait(self, &lanes[self][target][slot], target);
        }
        lane_wait(self, &software[self][target], target);
    }
}

/* ---- sending ---- */

static void send_mail(uint32_t self, uint32_t target) {
    uint32_t keep = (uint32_t)rt_random_below(&randoms[self], 16);
    uint32_t data = (uint32_t)rt_random_next(&randoms[self]);
    uint32_t value = mails[self][target].value;

    for (uint32_t byte = 0; byte < MAIL_BYTES; byte++) {
        if ((keep & 1u << byte) == 0) {
            value = (value & ~(0xffu << byte * 8)) | (data & 0xffu << byte * 8);
        }
    }
    mails[self][target].value = value;
    iocsr_write64(IOCSR_MAIL_SEND, (uint64_t)data << SEND_DATA_SHIFT | SEND_BLOCKING |
                                       (uint64_t)keep << SEND_KEEP_SHIFT |
                                       (uint64_t)target << SEND_CPU_SHIFT |
                                       (MAIL_FIRST_HALF + self) << MAIL_HALF_SHIFT);
}

static void lane_begin(struct lane *lane) {
    lane->sent_at = rdtime();
    lane->sent++;
    fence();
}

static void send_vector(enum kind kind, uint32_t target, uint32_t vector) {
    uint64_t to = SEND_BLOCKING | (uint64_t)target << SEND_CPU_SHIFT;

    switch (kind) {
    case KIND_ANY:
        iocsr_write64(IOCSR_ANY_SEND, 1UL << (vector + SEND_DATA_SHIFT) | to | IOCSR_IPI_SET);
        break;
    case KIND_SET:
        iocsr_write32(IOCSR_IPI_SET, 1u << vector);
        break;
    default:
        iocsr_write32(IOCSR_IPI_SEND, (uint32_t)to | vector);
        break;
    }
}

/* Sends one IPI if the lane is free. */
static bool send_try(uint32_t self, uint32_t target, uint32_t slot, enum kind kind) {
    struct lane *lane = &lanes[self][target][slot];

    if (lane->seen != lane->sent) {
        return false;
    }
    if (kind == KIND_MAIL) {
        send_mail(self, target);
    }
    lane_begin(lane);
    counts[self].sent++;
    send_vector(kind, target, slot * RT_MAX_CPUS + self);
    return true;
}

static uint64_t kvm_send(uint64_t low, uint64_t first) {
    register uint64_t a0 __asm__("a0") = LV_KVM_FUNCTION_IPI;
    register uint64_t a1 __asm__("a1") = low;
    register uint64_t a2 __asm__("a2") = 0;
    register uint64_t a3 __asm__("a3") = first;

    __asm__ volatile(".word %1"
                     : "+r"(a0)
                     : "i"(INSN_HVCL(LV_KVM_SERVICE)), "r"(a1), "r"(a2), "r"(a3)
                     : "memory");
    return a0;
}

/* One hypercall to a random set of targets whose lanes are free; false if there is none. */
static bool software_try(uint32_t self) {
    uint64_t set = rt_random_next(&randoms[self]) % (1u << cpus);
    uint32_t first = (uint32_t)rt_random_below(&randoms[self], cpus);

    for (uint32_t target = 0; target < cpus; target++) {
        bool is_free = software[self][target].seen == software[self][target].sent;
        if (!is_free || target < first) {
            set &= ~(1UL << target);
        }
    }
    for (uint64_t rest = set; rest != 0; rest &= rest - 1) {
        lane_begin(&software[self][__builtin_ctzl(rest)]);
        counts[self].sent++;
        __atomic_fetch_add(&counts[__builtin_ctzl(rest)].software_sent, 1, __ATOMIC_RELAXED);
    }
    if (set != 0 && kvm_send(set >> first, first) != 0) {
        error("paravirtual send refused: set, first", set, first, 0);
    }
    return set != 0;
}

/* ---- patterns ---- */

static uint32_t slot_choose(uint32_t self, enum kind kind) {
    return kind == KIND_MAIL
               ? MAIL_SLOT
               : FIRST_SLOT + (uint32_t)rt_random_below(&randoms[self], MAIL_SLOT - FIRST_SLOT);
}

/* To one target, or to random ones if that is no CPU. */
static void send_any(uint32_t self, uint64_t quota, uint32_t target_of_all, enum kind kind) {
    while (quota > 0 && stop == 0) {
        uint32_t slot = slot_choose(self, kind);
        uint32_t target =
            target_of_all < cpus ? target_of_all : (uint32_t)rt_random_below(&randoms[self], cpus);
        if (send_try(self, target, slot, kind)) {
            quota--;
        } else if (!lane_wait(self, &lanes[self][target][slot], target)) {
            return;
        }
    }
    lanes_drain(self);
}

static void run_storm(uint32_t self, uint64_t quota) {
    send_any(self, quota, 0, KIND_SEND);
}

static void run_self(uint32_t self, uint64_t quota) {
    send_any(self, quota / 2, self, KIND_SET);
    send_any(self, quota - quota / 2, self, KIND_SEND);
}

static void run_all_to_all(uint32_t self, uint64_t quota) {
    send_any(self, quota, cpus, KIND_SEND);
}

static void run_any_send(uint32_t self, uint64_t quota) {
    send_any(self, quota, cpus, KIND_ANY);
}

static void run_mail(uint32_t self, uint64_t quota) {
    send_any(self, quota, cpus, KIND_MAIL);
}

static void run_paravirtual(uint32_t self, uint64_t quota) {
    uint64_t until = counts[self].sent + quota;

    while (counts[self].sent < until && stop == 0) {
        if (!software_try(self)) {
            wait_a_little(self);
        }
    }
    lanes_drain(self);
}

/*
 * CPUs in pairs answer each other, and wait in idle alone: the IPI may come between the look at
 * memory and the wait, and must end the wait all the same. Without a partner: to oneself. It is the
 * first pattern, so that the n-th IPI has the number n.
 */
static void run_pairs(uint32_t self, uint64_t quota) {
    uint32_t partner = (self ^ 1u) < cpus ? self ^ 1u : self;
    struct lane *in = &lanes[partner][self][FIRST_SLOT];

    for (uint64_t i = 0; i < quota && stop == 0; i++) {
        uint64_t expected = i + 1;
        if (self % 2 == 0 || partner == self) {
            send_try(self, partner, FIRST_SLOT, KIND_SEND);
        }
        csr_xchg(CSR_CRMD, 0, CRMD_IE);
        while (in->seen != expected && stop == 0) {
            __asm__ volatile("idle 0" ::: "memory");
            csr_xchg(CSR_CRMD, CRMD_IE, CRMD_IE);
            csr_xchg(CSR_CRMD, 0, CRMD_IE);
        }
        csr_xchg(CSR_CRMD, CRMD_IE, CRMD_IE);
        if (self % 2 == 1) {
            send_try(self, partner, FIRST_SLOT, KIND_SEND);
        }
    }
    lanes_drain(self);
}

static const struct phase phases[] = {
    {"pairs", 10, run_pairs, false},
    {"storm", 20, run_storm, false},
    {"self", 10, run_self, false},
    {"all-to-all", 25, run_all_to_all, false},
    {"any-send", 10, run_any_send, false},
    {"mail", 10, run_mail, false},
    {"paravirtual", 15, run_paravirtual, true},
};

/* ---- the whole ---- */

static bool has_paravirtual(void) {
    return rt_zone_info() != NULL && cpucfg_read(LV_CPUCFG_SIGNATURE) == LV_KVM_SIGNATURE_VALUE &&
           (cpucfg_read(LV_KVM_FEATURES) & LV_KVM_FEATURE_IPI) != 0;
}

static struct counts totals(void) {
    struct counts sum = {0};

    for (uint32_t cpu = 0; cpu < cpus; cpu++) {
        sum.sent += counts[cpu].sent;
        sum.seen += counts[cpu].seen;
        sum.irqs += counts[cpu].irqs;
        sum.empty += counts[cpu].empty;
        sum.software += counts[cpu].software;
        sum.software_sent += counts[cpu].software_sent;
    }
    return sum;
}

static void phase_report(const char *name) {
    struct counts sum = totals();

    for (uint32_t cpu = 0; cpu < cpus; cpu++) {
        if (counts[cpu].software > counts[cpu].software_sent) {
            __atomic_fetch_add(&invented, 1, __ATOMIC_RELAXED);
            error("SWI0 invented: cpu, taken, sent", cpu, counts[cpu].software,
                  counts[cpu].software_sent);
        }
    }
    rt_printf("IPI PHASE %s SENT %lu SEEN %lu IRQS %lu EMPTY %lu SWI0 %lu\n", name, sum.sent,
              sum.seen, sum.irqs, sum.empty, sum.software);
    rt_zone_log()->step++;
}

static void run_phases(uint32_t self) {
    bool paravirtual = has_paravirtual();
    uint64_t share = rt_param(1, 20000) / cpus;

    irqs_on();
    for (uint32_t i = 0; i < RT_ARRAY_SIZE(phases) && stop == 0; i++) {
        if (phases[i].paravirtual && !paravirtual) {
            continue;
        }
        barrier(self);
        phases[i].run(self, share * phases[i].percent / 100);
        barrier(self);
        if (self == 0) {
            phase_report(phases[i].name);
        }
    }
}

static void secondary_run(void) {
    run_phases(self_id());
    barrier(self_id());
    rt_cpu_park();
}

/* ---- CPUs that are parked and started again ---- */

static void secondary_restarted(void) {
    uint32_t self = self_id();

    irqs_on();
    send_try(self, 0, FIRST_SLOT, KIND_SEND);
    lane_wait(self, &lanes[self][0][FIRST_SLOT], 0);
    csr_xchg(CSR_CRMD, 0, CRMD_IE);
    __atomic_fetch_add(&restarts, 1, __ATOMIC_SEQ_CST);
    rt_cpu_park();
}

static void restart_round(uint64_t round) {
    for (uint32_t cpu = 1; cpu < cpus; cpu++) {
        uint32_t before = restarts;
        if (!rt_cpu_start(cpu, secondary_restarted)) {
            error("a parked CPU did not start: cpu, round", cpu, round, 0);
            stop = 1;
            return;
        }
        while (restarts == before && stop == 0) {
            wait_a_little(0);
        }
    }
}

static void run_restarts(uint64_t rounds) {
    for (uint64_t round = 0; round < rounds && stop == 0; round++) {
        restart_round(round);
    }
    rt_printf("IPI RESTARTS %u\n", restarts);
}

void rt_main(void) {
    uint64_t seed = rt_param(0, 1);

    rt_zone_begin();
    cpus = (uint32_t)rt_param(2, RT_MAX_CPUS);
    rt_printf("IPI BEGIN seed %lu cpus %u ipis %lu\n", seed, cpus, rt_param(1, 20000));
    for (uint32_t cpu = 0; cpu < cpus; cpu++) {
        randoms[cpu].state = seed * RT_MAX_CPUS + cpu;
    }
    rt_irq_hook = take_irq;
    for (uint32_t cpu = 1; cpu < cpus; cpu++) {
        if (!rt_cpu_start(cpu, secondary_run)) {
            rt_die("a CPU did not start");
        }
    }
    run_phases(0);
    barrier(0);
    run_restarts(rt_param(3, 20));
    struct counts sum = totals();
    rt_printf("IPI RESULT SENT %lu SEEN %lu LOST %u INVENTED %u EMPTY %lu ERRORS %u\n", sum.sent,
              sum.seen, lost, invented, sum.empty, errors);
    rt_printf("IPI DONE\n");
    rt_zone_end();
}
