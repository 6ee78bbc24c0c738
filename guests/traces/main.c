// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
/*
 * Two zones that are one after the other on a CPU, of this one image: the first leaves traces of
 * itself wherever it can, the second, entered at traces_entry, looks for them
 * (rt/succession.h says how they are told to).
 */
#include <rt/eio.h>
#include <rt/console.h>
#include <rt/fpu.h>
#include <rt/succession.h>
#include <rt/zone.h>

#define PATTERN    0x5a5a5a5a5a5a5a58UL
#define UNITS      (EUEN_FPE | EUEN_SXE | EUEN_ASXE)
#define LINES      0x1fffUL
#define CRMD_RESET 8UL       /* DA */
#define ASID_RESET 0xa0000UL /* ten bits */
#define PAGE_VA    0x00010000UL
#define PAGE_SHIFT 12u
#define LISTEN_MS  50u

#define IPI_BIT 4u

/*
 * What a vCPU has after a reset in each CSR that a guest can write: name, and what the first zone
 * leaves there (0: what it needs itself).
 */
#define TRACES_CSRS(X)                                                                             \
    X(CRMD, CRMD_RESET, 0)                                                                         \
    X(PRMD, 0, PATTERN)                                                                            \
    X(EUEN, 0, UNITS)                                                                              \
    X(MISC, 0, PATTERN)                                                                            \
    X(ECFG, 0, LINES)                                                                              \
    X(ESTAT, 0, 3)                                                                                 \
    X(ERA, 0, PATTERN)                                                                             \
    X(BADV, 0, PATTERN)                                                                            \
    X(BADI, 0, PATTERN)                                                                            \
    X(EENTRY, 0, 0)                                                                                \
    X(TLBIDX, 0, PATTERN)                                                                          \
    X(TLBEHI, 0, PATTERN)                                                                          \
    X(TLBELO0, 0, PATTERN)                                                                         \
    X(TLBELO1, 0, PATTERN)                                                                         \
    X(ASID, ASID_RESET, 0x58)                                                                      \
    X(PGDL, 0, PATTERN)                                                                            \
    X(PGDH, 0, PATTERN)                                                                            \
    X(PWCL, 0, PATTERN)                                                                            \
    X(PWCH, 0, PATTERN)                                                                            \
    X(STLBPS, 0, 14)                                                                               \
    X(RVACFG, 0, 8)                                                                                \
    X(CPUID, 0, 0)                                                                                 \
    X(SAVE0, 0, PATTERN)                                                                           \
    X(SAVE1, 0, PATTERN)                                                                           \
    X(SAVE2, 0, PATTERN)                                                                           \
    X(SAVE3, 0, PATTERN)                                                                           \
    X(SAVE4, 0, PATTERN)                                                                           \
    X(SAVE5, 0, PATTERN)                                                                           \
    X(SAVE6, 0, PATTERN)                                                                           \
    X(SAVE7, 0, PATTERN)                                                                           \
    X(TID, 0, PATTERN)                                                                             \
    X(TCFG, 0, 0x1000 | TCFG_PERIODIC | TCFG_EN)                                                   \
    X(CNTC, 0, PATTERN)                                                                            \
    X(LLBCTL, 0, LLBCTL_KLO)                                                                       \
    X(TLBRENTRY, 0, 0)                                                                             \
    X(TLBRBADV, 0, PATTERN)                                                                        \
    X(TLBRERA, 0, PATTERN)                                                                         \
    X(TLBRSAVE, 0, PATTERN)                                                                        \
    X(TLBRELO0, 0, PATTERN)                                                                        \
    X(TLBRELO1, 0, PATTERN)                                                                        \
    X(TLBREHI, 0, PATTERN)                                                                         \
    X(TLBRPRMD, 0, PATTERN)                                                                        \
    X(DMW0, 0, 0)                                                                                  \
    X(DMW1, 0, 0)                                                                                  \
    X(DMW2, 0, PATTERN)                                                                            \
    X(DMW3, 0, PATTERN)

/*
 * The second zone's first instructions. In direct address mode a store reaches the first pages of
 * memory without a register that says where, so no register is lost before it is kept.
 */
#define KEPT_GPRS                    0x1000
#define KEPT_CSRS                    0x1100 /* eight bytes for each number */
#define TEXT_OF(x)                   #x
#define TEXT(x)                      TEXT_OF(x)
#define NUMBER_OF(name, reset, left) "," TEXT(CSR_##name)
__asm__(".pushsection .text, \"ax\"\n"
        ".globl traces_entry\n"
        "traces_entry:\n"
        ".irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,"
        "30,31\n"
        "stptr.d $r\\n, $zero, " TEXT(KEPT_GPRS) " + 8 * \\n\n"
                                                 ".endr\n"
                                                 ".irp n, 0" TRACES_CSRS(
                                                     NUMBER_OF) "\n"
                                                                "csrrd $t0, \\n\n"
                                                                "stptr.d $t0, $zero, " TEXT(
                                                                    KEPT_CSRS) " + 8 * \\n\n"
                                                                               ".endr\n"
                                                                               "b _start\n"
                                                                               ".popsection\n");

struct kept {
    const char *name;
    uint32_t number;
    uint64_t reset;
};

#define KEPT_OF(name, reset, left) {#name, CSR_##name, reset},
static const struct kept kept[] = {TRACES_CSRS(KEPT_OF)};

static struct rt_fpu fpu;
static volatile uint64_t irqs;
static volatile uint64_t irq_lines;
static uint64_t traces;

/* ---- the first zone ---- */

static void leave_in_devices(void) {
    iocsr_write32(IOCSR_IPI_ENABLE, ~0u);
    iocsr_write32(IOCSR_IPI_SET, IPI_BIT);
    for (uint32_t box = 0; box < 4; box++) {
        iocsr_write64(IOCSR_MAIL_BOX + box * 8, PATTERN);
    }
    for (uint32_t group = 0; group < LV_VECTOR_GROUPS; group++) {
        iocsr_write32(IOCSR_EIO_ENABLE + group * 4, ~0u);
        iocsr_write32(IOCSR_EIO_BOUNCE + group * 4, ~0u);
    }
}

static void leave_in_vectors(void) {
    csr_write(CSR_EUEN, UNITS);
    for (uint32_t reg = 0; reg < RT_FPU_REGISTERS; reg++) {
        for (uint32_t lane = 0; lane < RT_FPU_LANES; lane++) {
            fpu.lanes[reg][lane] = PATTERN + reg;
        }
    }
    fpu.fcsr = RT_FPU_FCSR_MASK;
    rt_fpu_load(&fpu);
}

/* Of pages that the second zone does not have: by its own mapping, and by the window. */
static void leave_in_tlb(void) {
    uint64_t leaf = TLBELO_V | TLBELO_D | TLBELO_CC | TLBELO_G;
    uint64_t far = SUCCESSION_FAR | leaf;

    rt_tlb_fill(PAGE_VA, PAGE_SHIFT, far, far + (1UL << PAGE_SHIFT));
    (void)*(volatile uint64_t *)PAGE_VA;
    *(volatile uint64_t *)rt_cached(SUCCESSION_FAR) = PATTERN;
}

#define LEAVE_IN(name, reset, left)                                                                \
    if ((left) != 0) {                                                                             \
        csr_write(CSR_##name, left);                                                               \
    }

__attribute__((noreturn)) static void leave_in_registers(void) {
    TRACES_CSRS(LEAVE_IN)
    __asm__ volatile("li.d $t8, 0x5a5a5a5a5a5a5a58\n\t"
                     ".irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,21,22,23,24,25,26,27,"
                     "28,29,30,31\n\t"
                     "move $r\\n, $t8\n\t"
                     ".endr\n\t"
                     "1: b 1b" ::
                         : "memory");
    __builtin_unreachable();
}

static void leave(void) {
    leave_in_devices();
    leave_in_vectors();
    leave_in_tlb();
    rt_printf("RUNS\n");
    leave_in_registers();
}

/* ---- the second ---- */

static void compare(const char *what, uint64_t number, uint64_t found, uint64_t wanted) {
    if (found != wanted) {
        traces++;
        rt_printf("TRACE %s %lu: %lx instead of %lx\n", what, number, found, wanted);
    }
}

static void find_in_registers(void) {
    const volatile uint64_t *gprs = rt_uncached(KEPT_GPRS);
    const volatile uint64_t *csrs = rt_uncached(KEPT_CSRS);

    for (uint32_t n = 1; n < 32; n++) {
        compare("r", n, gprs[n], 0);
    }
    for (uint32_t i = 0; i < RT_ARRAY_SIZE(kept); i++) {
        compare(kept[i].name, kept[i].number, csrs[kept[i].number], kept[i].reset);
    }
}

static void find_in_devices(void) {
    compare("IPI status", 0, iocsr_read32(IOCSR_IPI_STATUS), 0);
    compare("IPI enable", 0, iocsr_read32(IOCSR_IPI_ENABLE), 0);
    for (uint32_t box = 0; box < 4; box++) {
        compare("mailbox", box, iocsr_read64(IOCSR_MAIL_BOX + box * 8), 0);
    }
    for (uint32_t group = 0; group < LV_VECTOR_GROUPS; group++) {
        compare("EIOINTC enable", group, iocsr_read32(IOCSR_EIO_ENABLE + group * 4), 0);
        compare("EIOINTC bounce", group, iocsr_read32(IOCSR_EIO_BOUNCE + group * 4), 0);
        compare("EIOINTC status", group, iocsr_read32(IOCSR_EIO_STATUS + group * 4), 0);
    }
}

static void find_in_vectors(void) {
    csr_write(CSR_EUEN, UNITS);
    rt_fpu_store(&fpu);
    for (uint32_t reg = 0; reg < RT_FPU_REGISTERS; reg++) {
        for (uint32_t lane = 0; lane < RT_FPU_LANES; lane++) {
            compare("vector register", reg, fpu.lanes[reg][lane], 0);
        }
    }
    compare("fcsr", 0, fpu.fcsr, 0);
}

static void find_in_tlb(void) {
    uint32_t traps;
    uint64_t value = rt_try(INSN_LD_D, (uint64_t)rt_cached(SUCCESSION_FAR), 0, 0, &traps);

    compare("load from a page of the first zone, exceptions", value, traps, 1);
    compare("entry of the first zone's page", PAGE_VA, rt_tlb_search(PAGE_VA) & TLBIDX_NE,
            TLBIDX_NE);
}

static bool take_irq(struct rt_context *context, const struct rt_frame *frame, uint64_t pending) {
    (void)context;
    (void)frame;
    irqs++;
    irq_lines |= pending;
    csr_xchg(CSR_ECFG, 0, pending);
    return true;
}

static void find_interrupts(void) {
    rt_irq_hook = take_irq;
    csr_write(CSR_ECFG, LINES);
    csr_xchg(CSR_CRMD, CRMD_IE, CRMD_IE);
    rt_delay(rt_ticks_per_second() / 1000 * LISTEN_MS);
    csr_xchg(CSR_CRMD, 0, CRMD_IE);
    compare("interrupts of lines", irq_lines, irqs, 0);
}

static void find(void) {
    find_in_registers();
    find_in_devices();
    find_in_vectors();
    find_in_tlb();
    find_interrupts();
    rt_printf("FOUND %lu\n", traces);
}

static char typed(void) {
    volatile uint8_t *uart = rt_uncached(RT_UART_BASE);

    return (uart[RT_UART_LSR] & RT_UART_LSR_DATA) != 0 ? (char)uart[RT_UART_DATA] : '\0';
}

void rt_main(void) {
    rt_printf("READY\n");
    for (;;) {
        char what = typed();
        if (what == SUCCESSION_RUN) {
            leave();
        } else if (what == SUCCESSION_CHECK) {
            find();
        }
    }
}
