// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
/* Rows of one instruction each, most of which leave guest mode. */
#include "bench.h"

#define UART_SCRATCH    0x1fe001e7
#define ZONE_HOLE       0x18000000
#define ZONE_PCI_CONFIG 0xfe00000000
#define BARE_PCI_CONFIG 0x20000000
#define KVM_PIC         0x10000000
#define PIC_POLARITY    0x3e0
#define PAGED_VA        0x10000000UL
#define PAGED_LEAF      12u
#define TIMER_TICKS     100UL
#define USER_LOOPS      100u
#define USER_BATCHES    11u

/* A device that the hypervisor itself has: in a zone a hole, in KVM its PCH-PIC. */
static void run_mmio_inside(void) {
    uint64_t address = bench_home == BENCH_ZONE ? ZONE_HOLE : KVM_PIC;

    if (bench_home != BENCH_BARE) {
        bench_measure("mmio-read", bench_op_load, (uint64_t)rt_uncached(address), 0);
        bench_measure(
            "mmio-write", bench_op_store,
            (uint64_t)rt_uncached(bench_home == BENCH_KVM ? address + PIC_POLARITY : address), 0);
    } else {
        bench_measure("mmio-read", bench_op_byte_load, (uint64_t)rt_uncached(UART_SCRATCH), 0);
        bench_measure("mmio-write", bench_op_byte_store, (uint64_t)rt_uncached(UART_SCRATCH), 0);
    }
}

/* A device with more behind it: in a zone its view of PCI, in KVM a register that the VMM serves.
 */
static void run_mmio_device(void) {
    uint64_t address = bench_home == BENCH_ZONE ? ZONE_PCI_CONFIG : BARE_PCI_CONFIG;

    if (bench_home != BENCH_KVM) {
        bench_measure("mmio-device-read", bench_op_load, (uint64_t)rt_uncached(address), 0);
        bench_measure("mmio-device-write", bench_op_store, (uint64_t)rt_uncached(address), 0);
    } else {
        address = (uint64_t)rt_uncached(UART_SCRATCH);
        bench_measure("mmio-device-read", bench_op_byte_load, address, 0);
        bench_measure("mmio-device-write", bench_op_byte_store, address, 0);
    }
}

/*
 * The timer is due, enabled in ECFG and not taken: idle has nothing to wait for. (It is the timer
 * because KVM looks at no other interrupt that its guest already has.)
 */
static void run_idle_pending(void) {
    csr_write(CSR_TCFG, TIMER_TICKS | TCFG_EN);
    rt_delay(2 * TIMER_TICKS);
    csr_xchg(CSR_ECFG, 1UL << IRQ_TIMER, 1UL << IRQ_TIMER);
    bench_measure("idle-pending", bench_op_idle, 0, 0);
    csr_xchg(CSR_ECFG, 0, 1UL << IRQ_TIMER);
    csr_write(CSR_TCFG, 0);
    csr_write(CSR_TICLR, 1);
}

static void op_user(uint64_t op, uint64_t loops) {
    bench_user_loop((bench_op *)op, loops);
}

/* Both rows have the same loop around the system call or nothing. */
static void run_syscall(void) {
    bench_measure("user-empty", op_user, (uint64_t)bench_op_empty, USER_LOOPS);
    bench_measure("user-syscall", op_user, (uint64_t)bench_op_syscall, USER_LOOPS);
}

/* Loads from a page that the TLB has as invalid: a page fault each time. */
static void run_page_fault(void) {
    rt_tlb_fill(PAGED_VA, PAGED_LEAF, TLBELO_G, TLBELO_G);
    bench_measure("page-fault", bench_op_load, PAGED_VA, 0);
    invtlb(0x0, 0UL, 0UL);
}

static void run_faults(void) {
    uint64_t entry = csr_write(CSR_EENTRY, (uint64_t)bench_vector_skip);

    csr_write(CSR_SAVE5, 0);
    run_page_fault();
    run_syscall();
    csr_write(CSR_EENTRY, entry);
}

void bench_run_operations(void) {
    bench_measure("empty", bench_op_empty, 0, 0);
    if (bench_home != BENCH_BARE) {
        bench_measure("hypercall", bench_op_hypercall, LV_HYPERCALL_VERSION, 0);
    }
    bench_measure("cpucfg", bench_op_cpucfg, 0, 0);
    bench_measure("csr-read", bench_op_csr_read, 0, 0);
    bench_measure("csr-write", bench_op_csr_write, 0, 0);
    bench_measure("iocsr-read", bench_op_iocsr_read, IOCSR_IPI_STATUS, 0);
    bench_measure("iocsr-write", bench_op_iocsr_write, IOCSR_IPI_ENABLE, ~0u);
    bench_measure("ipi-set-clear", bench_op_ipi_set_clear, IOCSR_IPI_SET, 1);
    run_mmio_inside();
    run_mmio_device();
    bench_measure("rdtime", bench_op_rdtime, 0, 0);
    run_idle_pending();
    run_faults();
}
