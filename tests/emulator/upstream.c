// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * LVZ reference, sections 9.1, 9.2, 9.4 and 10.5: what QEMU 10.0's loongarch64 target gets wrong
 * without any guest. Runs with lvz=off too. The addresses are the virt machine's.
 */
#include "phase.h"

#define MSI_DOORBELL     0x2ff00000UL
#define VIRT_EXTIOI      0x40000000u
#define IOCSR_BEYOND     0x1820u
#define IOCSR_LAST       0x1b1cu
#define VA               0x0000345600000000UL
#define ARENA            0x04000000UL
#define RW_PAGE          (TLBELO_V | TLBELO_D | TLBELO_CC)
#define TVAL_STOPPED     0xffffffffffffUL
#define TI               (1UL << IRQ_TIMER)
#define IOCSR_IPI_ENABLE 0x1004
#define IOCSR_IPI_SET    0x1008
#define IOCSR_IPI_CLEAR  0x100c
#define IPI_ACTION       (1u << 4)
#define IPI_OTHER        (1u << 5)
#define CPUCFG3_WANTED                                                                             \
    0xfcfdu /* what KVM guests of the la464 model have (see the reference's 10.1) */

static volatile uint64_t *word_at(uint64_t address) {
    return (volatile uint64_t *)address;
}

static void up_stlbps(void) {
    csr_write(CSR_STLBPS, 14);
    tap_equal("10.5 STLBPS can be written", csr_read(CSR_STLBPS) & 0x3f, 14);
    tap_equal("10.5 csrwr STLBPS returns the old value", csr_write(CSR_STLBPS, 12) & 0x3f, 14);
}

/* 16 KiB pairs through the STLB (STLBPS = 14) and the MTLB (STLBPS = 12). */
static void up_16k_pages(uint32_t stlbps, const char *name) {
    struct rt_context *self = rt_context_self();
    uint32_t wrong = 0;

    csr_write(CSR_STLBPS, stlbps);
    invtlb(0, 0UL, 0UL);
    rt_space_add(&self->space, VA, ARENA, 0x100000, 14, RW_PAGE);
    for (uint64_t offset = 0; offset < 0x40000; offset += 0xff8) {
        *word_at(RT_CACHED_BASE | (ARENA + offset)) = offset;
        wrong += *word_at(VA + offset) != offset;
    }
    tap_equal2("10.5 16 KiB pages: wrong loads, ", name, wrong, 0);
    (void)*word_at(VA);
    self->refills = 0;
    (void)*word_at(VA + 0x4000);
    (void)*word_at(VA + 0x7ff8);
    tap_equal2("10.5 16 KiB pages: one entry serves a pair, ", name, self->refills, 0);
    rt_tlb_search(VA + 0x4000);
    __asm__ volatile("tlbrd" ::: "memory");
    tap_equal2("10.5 16 KiB pages: TLBIDX.PS, ", name,
               csr_read(CSR_TLBIDX) >> TLBIDX_PS_SHIFT & 0x3f, 14);
    self->space.count = 0;
    invtlb(0, 0UL, 0UL);
    csr_write(CSR_STLBPS, 12);
}

/* A pair replaced at its index, with no invtlb. */
static void replace_check(const char *name, uint32_t ps) {
    uint64_t page = 1UL << ps;

    csr_write(CSR_STLBPS, 12);
    invtlb(0, 0UL, 0UL);
    *word_at(RT_CACHED_BASE | ARENA) = 1;
    *word_at(RT_CACHED_BASE | (ARENA + page)) = 2;
    *word_at(RT_CACHED_BASE | (ARENA + 4 * page)) = 3;
    *word_at(RT_CACHED_BASE | (ARENA + 5 * page)) = 4;
    rt_tlb_fill(VA, ps, ARENA | RW_PAGE, (ARENA + page) | RW_PAGE);
    uint64_t before = *word_at(VA) + *word_at(VA + page) * 10;
    uint64_t index = rt_tlb_search(VA) | (uint64_t)ps << TLBIDX_PS_SHIFT;
    csr_write(CSR_TLBIDX, index);
    csr_write(CSR_TLBEHI, VA);
    csr_write(CSR_TLBELO0, (ARENA + 4 * page) | RW_PAGE);
    csr_write(CSR_TLBELO1, (ARENA + 5 * page) | RW_PAGE);
    __asm__ volatile("tlbwr" ::: "memory");
    uint64_t after = *word_at(VA) + *word_at(VA + page) * 10;
    tap_equal2("10.5 before replacement, ", name, before, 21);
    tap_equal2("10.5 tlbwr over an entry: even and odd page, ", name, after, 43);
    csr_write(CSR_TLBEHI, VA + 512 * page);
    __asm__ volatile("tlbwr" ::: "memory");
    rt_trap_arm(rt_context_self());
    (void)*word_at(VA);
    (void)*word_at(VA + page);
    tap_equal2("10.5 an entry given to another address serves the old one no more, ", name,
               rt_trap_disarm(rt_context_self()), 2);
    invtlb(0, 0UL, 0UL);
}

/* tlbfill replaces at random: fill the TLB many times over, change everything, look again. */
static void up_capacity(uint32_t leaf, const char *name) {
    struct rt_context *self = rt_context_self();
    uint32_t wrong = 0;

    rt_space_add(&self->space, VA, ARENA, 0x2000000, leaf, RW_PAGE);
    for (uint64_t round = 0; round < 3; round++) {
        for (uint64_t offset = 0; offset < 0x1000000; offset += 1UL << leaf) {
            uint64_t pa = ARENA + offset + round * 0x200000;

            *word_at(RT_CACHED_BASE | pa) = pa;
            wrong += *word_at(VA + offset) != pa;
        }
        self->space.regions[0].pa = ARENA + (round + 1) * 0x200000;
        invtlb(0x3, 0UL, 0UL);
    }
    tap_equal2("10.5 replacement at random leaves nothing stale: wrong loads, ", name, wrong, 0);
    self->space.count = 0;
    invtlb(0, 0UL, 0UL);
}

static void up_timer(void) {
    uint64_t ms = rt_ticks_per_second() / 1000;
    uint64_t start = rdtime();

    csr_write(CSR_TCFG, (ms & ~3UL) | TCFG_EN);
    while ((csr_read(CSR_ESTAT) & TI) == 0 && rdtime() - start < 500 * ms) {
    }
    tap_range("11 #15 a one-shot timer expires after its time", rdtime() - start, ms - 4, 500 * ms);
    tap_equal("11 #15 TCFG.En stays 1", csr_read(CSR_TCFG) & TCFG_EN, TCFG_EN);
    tap_equal("11 #15 TVAL reads -1", csr_read(CSR_TVAL), TVAL_STOPPED);
    csr_write(CSR_TICLR, 1);
    rt_delay(3 * ms);
    tap_equal("11 #15 it fires once", csr_read(CSR_ESTAT) & TI, 0);
    tap_equal("11 #15 TVAL still reads -1", csr_read(CSR_TVAL), TVAL_STOPPED);
    csr_write(CSR_TCFG, ((10000 * ms) & ~3UL) | TCFG_EN | TCFG_PERIODIC);
    tap_range("6.1 TVAL of a running timer", csr_read(CSR_TVAL), 5000 * ms, 10000 * ms);
    csr_write(CSR_TCFG, 0);
    csr_write(CSR_TICLR, 1);
}

static uint64_t host_tval(void) {
    return csr_read(CSR_TVAL);
}

static void up_timer_phase(void) {
    uint64_t period = rt_ticks_per_second() / 1000 & ~3UL;
    uint64_t start = rdtime();

    csr_write(CSR_TCFG, period | TCFG_EN | TCFG_PERIODIC);
    tap_range("6.1 a periodic timer keeps its phase: error in ticks",
              phase_error(host_tval, start, period), 0, period / 10);
    csr_write(CSR_TCFG, 0);
    csr_write(CSR_TICLR, 1);
}

static void up_ticlr(void) {
    tap_equal("6.1 TICLR ends a timer that is over: interrupts that came after it", ticlr_late(),
              0);
}

static bool ipi_line(void) {
    return (csr_read(CSR_ESTAT) >> IRQ_IPI & 1) != 0;
}

static void up_ipi(void) {
    iocsr_write32(IOCSR_IPI_ENABLE, 0);
    iocsr_write32(IOCSR_IPI_CLEAR, ~0u);
    iocsr_write32(IOCSR_IPI_SET, IPI_ACTION | IPI_OTHER);
    tap_true("9.1 IPI line = STATUS & ENABLE: not with ENABLE = 0", !ipi_line());
    iocsr_write32(IOCSR_IPI_ENABLE, IPI_ACTION);
    tap_true("9.1 a write of ENABLE raises the line for what is set", ipi_line());
    iocsr_write32(IOCSR_IPI_ENABLE, ~(IPI_ACTION | IPI_OTHER));
    tap_true("9.1 a write of ENABLE lowers it", !ipi_line());
    iocsr_write32(IOCSR_IPI_ENABLE, IPI_ACTION);
    iocsr_write32(IOCSR_IPI_CLEAR, IPI_ACTION);
    tap_true("9.1 CLEAR of all that is enabled lowers it", !ipi_line());
    iocsr_write32(IOCSR_IPI_ENABLE, ~0u);
    tap_true("9.1 the other action is still set", ipi_line());
    iocsr_write32(IOCSR_IPI_CLEAR, IPI_OTHER);
    tap_true("9.1 the last CLEAR lowers it", !ipi_line());
}

static void up_cntc(void) {
    uint64_t before = rdtime();

    csr_write(CSR_CNTC, 1UL << 40);
    uint64_t shifted = rdtime() - (1UL << 40);
    csr_write(CSR_CNTC, 0);
    tap_range("10.5 rdtime adds CNTC", shifted, before, rdtime());
    before = rdtime();
    csr_write(CSR_CNTC, -before);
    shifted = rdtime();
    csr_write(CSR_CNTC, 0);
    tap_range("2.6 Linux's start at 0: CNTC = -rdtime", shifted, 0, rt_ticks_per_second());
}

static void up_readonly(void) {
    static const struct {
        const char *name;
        uint32_t number;
        uint64_t value;
    } rows[] = {{"CPUID", CSR_CPUID, 7},
                {"PRCFG1", CSR_PRCFG1, 7},
                {"PRCFG2", CSR_PRCFG2, 7},
                {"PRCFG3", CSR_PRCFG3, 7},
                {"PGD", CSR_PGD, 0x1000},
                {"TVAL", CSR_TVAL, 0x100},
                {"LLBCTL.ROLLB", CSR_LLBCTL, LLBCTL_ROLLB}};

    for (uint32_t i = 0; i < RT_ARRAY_SIZE(rows); i++) {
        uint32_t traps;
        uint64_t before = rt_exec(INSN_CSRRD(rows[i].number), 0, 0, 0);

        rt_try(INSN_CSRWR(rows[i].number), rows[i].value, 0, 0, &traps);
        tap_equal2("3.2 csrwr to a read-only field raises nothing: ", rows[i].name, traps, 0);
        tap_equal2("3.2 and is ignored: ", rows[i].name,
                   rt_exec(INSN_CSRRD(rows[i].number), 0, 0, 0), before);
    }
}

static void up_pgd(void) {
    csr_write(CSR_PGDL, 0x111000);
    csr_write(CSR_PGDH, 0x222000);
    csr_write(CSR_BADV, 0x00007fff00000000);
    tap_equal("10.5 PGD by bit VALEN-1 of BADV: 0", csr_read(CSR_PGD), 0x111000);
    csr_write(CSR_BADV, 0x0000800000000000);
    tap_equal("10.5 PGD by bit VALEN-1 of BADV: 1", csr_read(CSR_PGD), 0x222000);
    csr_write(CSR_BADV, 0x8000000000000000);
    tap_equal("10.5 PGD doesn't look at bit 63", csr_read(CSR_PGD), 0x111000);
    csr_write(CSR_BADV, 0xffff800000000000);
    tap_equal("10.5 PGD of a high address", csr_read(CSR_PGD), 0x222000);
}

/* Every IOCSR in every width; write-only ones (IPI_SEND, MAIL_SEND) had no answer to a read. */
static void up_iocsr_widths(void) {
    for (uint32_t address = 0; address < 0x2000; address += 8) {
        iocsr_read64(address);
    }
    tap_true("9.1 IOCSR 0-0x1fff can be read 64 bits at a time", true);
    for (uint32_t address = 0; address < 0x2000; address++) {
        rt_exec(INSN_IOCSRRD_B, address, 0, 0);
        rt_exec(INSN_IOCSRRD_H, address & ~1u, 0, 0);
    }
    tap_true("9.1 IOCSR 0-0x1fff can be read in bytes and halves", true);
}

/* Reads and writes that ended the emulator, or its host's memory. */
static void up_survival(void) {
    volatile uint64_t *doorbell = rt_uncached(MSI_DOORBELL);
    uint32_t nonzero = 0;

    for (uint32_t address = IOCSR_BEYOND; address <= IOCSR_LAST; address += 4) {
        nonzero += iocsr_read32(address) != 0;
    }
    tap_equal("9.1 IOCSR 0x1820-0x1b1f reads 0", nonzero, 0);
    for (uint32_t address = IOCSR_BEYOND; address <= IOCSR_LAST; address += 4) {
        iocsr_write32(address, ~0u);
    }
    tap_true("9.1 IOCSR 0x1820-0x1b1f can be written", true);
    nonzero = 0;
    for (uint32_t address = IOCSR_BEYOND; address < IOCSR_LAST; address += 8) {
        nonzero += iocsr_read64(address) != 0;
    }
    tap_equal("9.1 IOCSR 0x1820-0x1b1f reads 0, 64 bits at a time", nonzero, 0);
    for (uint32_t offset = 0x40; offset < 0x240; offset += 0x40) {
        iocsr_read32(VIRT_EXTIOI + offset);
    }
    tap_true("9.2 IOCSR 0x40000040 and up can be read", true);
    for (uint32_t offset = 0; offset < 0x240; offset += 8) {
        iocsr_read64(VIRT_EXTIOI + offset);
        if (offset != 0) {
            iocsr_write64(VIRT_EXTIOI + offset, ~0UL);
        }
    }
    tap_true("9.2 IOCSR 0x40000000 and up can be read and written 64 bits at a time", true);
    for (uint32_t data = 0; data < 32; data++) {
        *doorbell = data;
    }
    tap_true("9.4 the MSI doorbell survives data below 32", true);
    tap_equal("9.1 an unknown IOCSR reads 0", iocsr_read32(0xfff0), 0);
    tap_equal("10.1 CPUCFG.3 has the bits that KVM's guests ask for",
              cpucfg_read(3) & CPUCFG3_WANTED, CPUCFG3_WANTED);
}

void rt_main(void) {
    up_stlbps();
    up_16k_pages(14, "STLB");
    up_16k_pages(12, "MTLB");
    replace_check("4 KiB", 12);
    replace_check("16 KiB", 14);
    replace_check("2 MiB", 21);
    up_capacity(12, "4 KiB");
    up_capacity(14, "16 KiB");
    up_timer();
    up_timer_phase();
    up_ticlr();
    up_ipi();
    up_cntc();
    up_readonly();
    up_pgd();
    up_survival();
    up_iocsr_widths();
    tap_done();
}
