// SPDX-License-Identifier: GPL-2.0-or-later
/* LVZ reference, sections 3.3, 5.2 and 5.6: two CPUs in guest mode at once, each with its own bank,
 * TLB and stage 2. */
#include "arena.h"

#define ROUNDS           3000UL
#define PAGE(cpu)        (ARENA + 0x10000 + (cpu) * 0x10000UL)
#define SHARED           (ARENA + 0x80000)
#define IOCSR_IPI_ENABLE 0x1004
#define IOCSR_IPI_CLEAR  0x100c
#define IOCSR_IPI_SEND   0x1040
#define IPI_ACTION       5u
#define WAIT_SECONDS     5u

static struct rt_vcpu vcpus[2];
static volatile uint32_t step;  /* what CPU 1 has reached */
static volatile uint32_t order; /* what it may do */
static volatile uint64_t result[8];
static volatile uint32_t in_guest;

static bool wait_for(volatile uint32_t *what, uint32_t value) {
    uint64_t start = rdtime();
    uint64_t limit = WAIT_SECONDS * rt_ticks_per_second();

    while (*what != value && rdtime() - start < limit) {
    }
    return *what == value;
}

/* In the guest: own page through stage 1 and window, a counter both guests share at different
 * addresses. */
static uint64_t payload_work(uint64_t expected, uint64_t rounds, volatile uint64_t *counter) {
    uint64_t wrong = 0;

    for (uint64_t i = 0; i < rounds; i++) {
        volatile uint64_t *mine = (volatile uint64_t *)(TEST_GVA + 0x100 + (i & 0xff) * 8);

        *mine = expected + i;
        wrong += *(volatile uint64_t *)(TEST_GVA + 8) != expected;
        wrong += *(volatile uint64_t *)(RT_CACHED_BASE | (TEST_GPA + 8)) != expected;
        wrong += csr_read(CSR_SAVE5) != expected;
        wrong += *mine != expected + i;
        __atomic_fetch_add(counter, 1, __ATOMIC_SEQ_CST);
    }
    return wrong;
}

/* In the guest: until an exit comes. */
static void payload_spin(void) {
    in_guest = 1;
    for (;;) {
        __asm__ volatile("nop");
    }
}

static void guest_setup(uint64_t cpu, uint64_t gid, uint64_t shared_gpa) {
    struct rt_vcpu *vcpu = &vcpus[cpu];

    rt_vcpu_reset(vcpu, gid);
    vcpu->watchdog = 0;
    rt_space_add(&vcpu->stage2, TEST_GPA, PAGE(cpu), 0x10000, 12, RW_PAGE);
    rt_space_add(&vcpu->stage2, shared_gpa, SHARED, 0x2000, 12, RW_PAGE);
    rt_space_add(&vcpu->context->space, TEST_GVA, TEST_GPA, 0x4000, 12, RW_PAGE);
    gcsr_write(CSR_SAVE5, arena_mark(PAGE(cpu) + 8));
    arena_mark(PAGE(cpu) + 8);
}

static uint64_t guest_work(uint64_t cpu, uint64_t shared_gpa) {
    enum rt_stop stop =
        rt_vcpu_call(&vcpus[cpu], payload_work, PAGE(cpu) + 8, ROUNDS, RT_CACHED_BASE | shared_gpa);

    return stop == RT_STOP_DONE ? vcpus[cpu].regs[4] : GUEST_FAILED;
}

#define SHARED_GPA0 (TEST_GPA + 0x100000)
#define SHARED_GPA1 (TEST_GPA + 0x200000)

static void second_cpu(void) {
    csr_write(CSR_STLBPS, 12);
    result[0] = csr_read(CSR_CPUID);
    guest_setup(1, 1, SHARED_GPA1);
    step = 1;
    wait_for(&order, 1);
    result[1] = guest_work(1, SHARED_GPA1);
    step = 2;
    wait_for(&order, 2);
    vcpus[1].watch_gpa = TEST_GPA;
    vcpus[1].watch_hits = 0;
    uint32_t before = vcpus[1].context->refills;
    result[2] = guest_value(&vcpus[1], TEST_GVA + 8);
    result[3] = vcpus[1].watch_hits;
    result[4] = vcpus[1].context->refills - before;
    step = 3;
    wait_for(&order, 3);
    iocsr_write32(IOCSR_IPI_ENABLE, ~0u);
    /* The boot IPI may have been repeated after the CPU had come. */
    iocsr_write32(IOCSR_IPI_CLEAR, ~0u);
    csr_xchg(CSR_ECFG, 1UL << IRQ_IPI, ESTAT_IS_MASK);
    result[5] = rt_vcpu_call(&vcpus[1], payload_spin, 0, 0, 0);
    result[6] = rt_exit_ecode(&vcpus[1].exit);
    result[7] = vcpus[1].exit.estat >> IRQ_IPI & 1;
    iocsr_write32(IOCSR_IPI_CLEAR, ~0u);
    csr_xchg(CSR_ECFG, 0, ESTAT_IS_MASK);
    step = 4;
}

static void smp_side_by_side(void) {
    *arena_word(SHARED) = 0;
    order = 1;
    uint64_t wrong = guest_work(0, SHARED_GPA0);

    tap_true("5.2 both CPUs' guests came to their end", wait_for(&step, 2));
    tap_equal("5.2 same GID, other stage-2 root: CPU 0 saw its own memory only", wrong, 0);
    tap_equal("5.2 same GID, other stage-2 root: CPU 1 saw its own memory only", result[1], 0);
    tap_equal("5.1 atomic additions of both through different GPAs", *arena_word(SHARED),
              2 * ROUNDS);
}

static void smp_local_invalidation(void) {
    invtlb(0x12, 0UL, 0UL);
    invtlb(0x0, 0UL, 0UL);
    order = 2;
    wait_for(&step, 3);
    tap_equal("3.4 invtlb on CPU 0: CPU 1's guest still right", result[2], PAGE(1) + 8);
    tap_equal("3.4 invtlb concerns the own CPU's TLB: stage 2 of CPU 1 stays", result[3], 0);
    tap_equal("3.4 and so does its stage 1", result[4], 0);
}

static void smp_kick(void) {
    order = 3;
    tap_true("7.4 CPU 1 is in guest mode", wait_for(&in_guest, 1));
    iocsr_write32(IOCSR_IPI_SEND, 1u << 31 | 1u << 16 | IPI_ACTION);
    tap_true("7.4 an IPI of CPU 0 brings it out", wait_for(&step, 4));
    tap_equal("7.4 by an exit", result[5], RT_STOP_EXIT);
    tap_equal("7.4 with Ecode 0", result[6], ECODE_INT);
    tap_equal("7.4 and ESTAT bit 12", result[7], 1);
}

void rt_main(void) {
    guest_setup(0, 1, SHARED_GPA0);
    bool up = rt_cpu_start(1, second_cpu) && wait_for(&step, 1);

    tap_true("10.3 CPU 1 starts by mailbox and IPI", up);
    if (up) {
        tap_equal("10.3 its CPUID", result[0], 1);
        tap_equal("3.3 each CPU has its own guest bank", gcsr_read(CSR_SAVE5), PAGE(0) + 8);
        smp_side_by_side();
        smp_local_invalidation();
        smp_kick();
    }
    tap_done();
}
