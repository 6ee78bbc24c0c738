// SPDX-License-Identifier: GPL-2.0-or-later
/* LVZ reference, sections 2.5, 6.4 and 7: injected, passed-through and host interrupts. */
#include "vectors.h"

/* A level-triggered line that a program can raise: UART0's "transmitter empty" on pin 2 of the
 * PCH-PIC, sent as vector LINE_VECTOR to HWI1 of CPU 0 (LVZ reference 9.1, 9.3, 10.1). */
#define UART_IER          0x1fe001e1
#define UART_IER_THRE     0x2
#define PCH_PIC           0x10000000UL
#define PCH_MASK          0x20
#define PCH_HTMSI_EN      0x40
#define PCH_EDGE          0x60
#define PCH_HTMSI_VECTOR  0x200
#define PCH_POLARITY      0x3e0
#define LINE_PIN          2u
#define LINE_VECTOR       5u
#define LINE_HWI          1u
#define IOCSR_MISC_EXTIOI (1UL << 48)

#define HWI_BITS 0x3fcUL
#define LINE_BIT (1UL << (IRQ_HWI0 + LINE_HWI))

static struct rt_vcpu vcpu;

static void setup(void) {
    rt_vcpu_reset(&vcpu, 1);
}

static uint64_t guest_estat(void) {
    rt_vcpu_exec(&vcpu, 0, INSN_CSRRD(CSR_ESTAT), 0, 0, 0);
    return vcpu.regs[4] & ESTAT_IS_MASK;
}

/* In the guest: interrupts open for a moment. */
static void payload_open(uint64_t lie) {
    csr_write(CSR_ECFG, lie);
    csr_xchg(CSR_CRMD, CRMD_IE, CRMD_IE);
    for (uint32_t i = 0; i < 100; i++) {
        __asm__ volatile("nop");
    }
    csr_xchg(CSR_CRMD, 0, CRMD_IE);
}

/* Which interrupts the guest takes with these enabled; bit 63 when there was an exit. */
static uint64_t guest_takes(uint64_t lie) {
    vcpu.context->irqs = 0;
    vcpu.context->irq_mask = 0;
    enum rt_stop stop = rt_vcpu_call(&vcpu, payload_open, lie, 0, 0);

    return vcpu.context->irq_mask | (stop != RT_STOP_DONE || vcpu.exits != 0 ? 1UL << 63 : 0);
}

static void irq_vip(void) {
    static const char *const names[] = {"VIP0", "VIP1", "VIP2", "VIP3",
                                        "VIP4", "VIP5", "VIP6", "VIP7"};

    setup();
    for (uint32_t n = 0; n < RT_ARRAY_SIZE(names); n++) {
        csr_xchg(CSR_GINTC, 1UL << n, 0xff);
        tap_equal2("2.5 guest ESTAT shows HWIn for ", names[n], guest_estat() & HWI_BITS,
                   1UL << (IRQ_HWI0 + n));
        tap_equal2("7.2 the guest takes it without exit: ", names[n], guest_takes(ESTAT_IS_MASK),
                   1UL << (IRQ_HWI0 + n));
        tap_equal2("7.2 and again, the level is sticky: ", names[n], guest_takes(ESTAT_IS_MASK),
                   1UL << (IRQ_HWI0 + n));
        tap_equal2("7.2 not with its LIE bit 0: ", names[n],
                   guest_takes(ESTAT_IS_MASK & ~(1UL << (IRQ_HWI0 + n))), 0);
        tap_equal2("2.5 host ESTAT doesn't show ", names[n], csr_read(CSR_ESTAT) & HWI_BITS, 0);
    }
    csr_xchg(CSR_GINTC, 0, 0xff);
    tap_equal("7.2 clearing VIP withdraws it", guest_estat() & HWI_BITS, 0);
    csr_write(CSR_GINTC, 0xff);
    rt_vcpu_exec(&vcpu, 0, INSN_CSRWR(CSR_ESTAT), 0, 0, 0);
    tap_equal("7.2 the guest can't clear it", guest_estat() & HWI_BITS, HWI_BITS);
    csr_write(CSR_GINTC, 0);
}

static void irq_estat(void) {
    static const struct {
        const char *name;
        uint32_t irq;
    } rows[] = {{"SWI0", IRQ_SWI0},
                {"SWI1", IRQ_SWI1},
                {"PMI", IRQ_PMI},
                {"TI", IRQ_TIMER},
                {"IPI", IRQ_IPI}};

    for (uint32_t i = 0; i < RT_ARRAY_SIZE(rows); i++) {
        uint64_t bit = 1UL << rows[i].irq;

        setup();
        gcsr_xchg(CSR_ESTAT, bit, bit);
        tap_equal2("7.2 gcsrxchg ESTAT sets it for the guest: ", rows[i].name, guest_estat(), bit);
        tap_equal2("7.2 the guest takes it without exit: ", rows[i].name,
                   guest_takes(ESTAT_IS_MASK), bit);
        gcsr_xchg(CSR_ESTAT, 0, bit);
        tap_equal2("7.2 gcsrxchg ESTAT withdraws it: ", rows[i].name, guest_estat(), 0);
        tap_equal2("1.5 host ESTAT isn't concerned by ", rows[i].name, csr_read(CSR_ESTAT) & bit,
                   0);
    }
    setup();
    rt_vcpu_exec(&vcpu, 0, INSN_CSRWR(CSR_ESTAT), 2, 0, 0);
    tap_equal("7.1 the guest raises its own SWI1", guest_takes(3), 2);
    rt_vcpu_exec(&vcpu, 0, INSN_CSRWR(CSR_ESTAT), 0, 0, 0);
    tap_equal("7.1 and clears it", guest_estat(), 0);
}

/* State in the guest's handler and after it. */
static void irq_state(void) {
    setup();
    gcsr_write(CSR_ECFG, 1);
    gcsr_xchg(CSR_ESTAT, 1, 1);
    gcsr_write(CSR_PRMD, 0);
    gcsr_xchg(CSR_CRMD, CRMD_IE, CRMD_IE);
    uint32_t *code = rt_code_make(INSN_NOP);
    gcsr_xchg(CSR_CRMD, 3, CRMD_PLV_MASK);
    rt_vcpu_call(&vcpu, code, 0, 0, 0);
    tap_equal("4.2 an interrupt pending at entry is taken before the first instruction",
              vcpu.context->irq_era, (uint64_t)code);
    tap_equal("4.2 once", vcpu.context->irqs, 1);
    tap_equal("4.2 GCSR.PRMD got PLV and IE of the guest", vcpu.context->irq_prmd & 7,
              PRMD_PIE | 3);
    tap_equal("4.2 no exit for it", vcpu.exits, 0);
    gcsr_xchg(CSR_CRMD, 0, CRMD_PLV_MASK | CRMD_IE);
}

static uint64_t first_vector(uint64_t pending) {
    setup();
    gcsr_write(CSR_EENTRY, (uint64_t)vectors);
    gcsr_write(CSR_ECFG, (uint64_t)VECTOR_VS << ECFG_VS_SHIFT | ESTAT_IS_MASK);
    csr_write(CSR_GINTC, pending >> IRQ_HWI0 & 0xff);
    gcsr_xchg(CSR_ESTAT, pending & ~HWI_BITS, ESTAT_IS_MASK & ~HWI_BITS);
    gcsr_xchg(CSR_CRMD, CRMD_IE, CRMD_IE);
    rt_vcpu_exec(&vcpu, 0, INSN_NOP, 0, 0, 0);
    csr_write(CSR_GINTC, 0);
    gcsr_write(CSR_ESTAT, 0);
    return gcsr_read(CSR_SAVE4);
}

static void irq_priority(void) {
    vectors_make();
    tap_equal("7.1 SWI1 before SWI0", first_vector(3), VECTOR_INTERRUPT + 1);
    tap_equal("7.1 HWI0 before SWI1", first_vector(6), VECTOR_INTERRUPT + 2);
    tap_equal("7.1 HWI7 before HWI0", first_vector(HWI_BITS), VECTOR_INTERRUPT + 9);
    tap_equal("7.1 TI before HWI7", first_vector(HWI_BITS | 1UL << IRQ_TIMER),
              VECTOR_INTERRUPT + IRQ_TIMER);
    tap_equal("7.1 IPI before TI", first_vector(ESTAT_IS_MASK), VECTOR_INTERRUPT + IRQ_IPI);
}

/* ---- host interrupts ---- */

static void irq_host_first(void) {
    setup();
    vcpu.watchdog = 0;
    gcsr_write(CSR_ECFG, 1);
    gcsr_xchg(CSR_ESTAT, 1, 1);
    gcsr_xchg(CSR_CRMD, CRMD_IE, CRMD_IE);
    csr_xchg(CSR_ESTAT, 2, 3);
    csr_xchg(CSR_ECFG, 2, ESTAT_IS_MASK);
    uint32_t *code = rt_code_make(INSN_NOP);
    enum rt_stop stop = rt_vcpu_call(&vcpu, code, 0, 0, 0);

    tap_equal("4.3 host and guest interrupt pending: the host's exits first", stop, RT_STOP_EXIT);
    tap_equal("4.2 with Ecode 0", rt_exit_ecode(&vcpu.exit), ECODE_INT);
    tap_equal("4.3 the guest hasn't taken its own yet", vcpu.context->irqs, 0);
    tap_equal("1.4 ERA is the guest's next instruction", vcpu.exit.era, (uint64_t)code);
    tap_equal("1.4 the host's interrupt stays pending", csr_read(CSR_ESTAT) & 3, 2);
    csr_xchg(CSR_ESTAT, 0, 3);
    tap_equal("4.3 resumed, the guest takes its own",
              rt_vcpu_run(&vcpu) == RT_STOP_DONE ? vcpu.context->irqs : 99, 1);

    setup();
    vcpu.watchdog = 0;
    csr_xchg(CSR_ESTAT, 1, 3);
    csr_xchg(CSR_ECFG, 1, ESTAT_IS_MASK);
    stop = rt_vcpu_call(&vcpu, code, 0, 0, 0);
    tap_equal("7.4 host interrupts exit even with guest IE = 0", stop, RT_STOP_EXIT);
    setup();
    vcpu.watchdog = 0;
    vcpu.host_prmd = 0;
    csr_xchg(CSR_ECFG, 1, ESTAT_IS_MASK);
    stop = rt_vcpu_call(&vcpu, code, 0, 0, 0);
    tap_equal("7.4 not with host CRMD.IE = 0 (PRMD.PIE at entry)", stop, RT_STOP_DONE);
    vcpu.host_prmd = PRMD_PIE;
    csr_xchg(CSR_ECFG, 0, ESTAT_IS_MASK);
    stop = rt_vcpu_call(&vcpu, code, 0, 0, 0);
    tap_equal("7.4 not with host ECFG.LIE = 0", stop, RT_STOP_DONE);
    csr_xchg(CSR_ESTAT, 0, 3);
}

static void irq_host_ipi(void) {
    setup();
    vcpu.watchdog = 0;
    csr_write(CSR_GINTC, 0xffUL << GINTC_HWIP_SHIFT);
    iocsr_write32(IOCSR_IPI_ENABLE, ~0u);
    iocsr_write32(IOCSR_IPI_SET, 1u << 4);
    csr_xchg(CSR_ECFG, 1UL << IRQ_IPI, ESTAT_IS_MASK);
    enum rt_stop stop = rt_vcpu_exec(&vcpu, 0, INSN_NOP, 0, 0, 0);

    tap_equal("7.3 a host IPI exits whatever HWIP says",
              stop == RT_STOP_EXIT ? rt_exit_ecode(&vcpu.exit) : 99, ECODE_INT);
    tap_equal("7.3 ESTAT shows it", vcpu.exit.estat >> IRQ_IPI & 1, 1);
    csr_xchg(CSR_ECFG, 0, ESTAT_IS_MASK);
    tap_equal("7.3 the guest doesn't see it", guest_estat(), 0);
    iocsr_write32(IOCSR_IPI_CLEAR, ~0u);
    csr_write(CSR_GINTC, 0);
}

/* ---- a real line ---- */

static void pch_clear_bit(uint64_t offset) {
    volatile uint32_t *reg = rt_uncached(PCH_PIC + offset);

    *reg &= ~(1u << LINE_PIN);
}

static void line_route(void) {
    volatile uint8_t *vector = rt_uncached(PCH_PIC + PCH_HTMSI_VECTOR + LINE_PIN);
    volatile uint32_t *htmsi = rt_uncached(PCH_PIC + PCH_HTMSI_EN);

    iocsr_write64(IOCSR_MISC_FUNC, iocsr_read64(IOCSR_MISC_FUNC) | IOCSR_MISC_EXTIOI);
    iocsr_write32(IOCSR_EIO_NODE_MAP, 0x00010001);
    iocsr_write32(IOCSR_EIO_IP_MAP, 0x01010101u << LINE_HWI);
    iocsr_write32(IOCSR_EIO_CORE_MAP + (LINE_VECTOR & ~3u), 0x01010101);
    iocsr_write32(IOCSR_EIO_ENABLE, 1u << LINE_VECTOR);
    *vector = LINE_VECTOR;
    *htmsi |= 1u << LINE_PIN;
    pch_clear_bit(PCH_EDGE);
    pch_clear_bit(PCH_POLARITY);
    pch_clear_bit(PCH_MASK);
}

/* No output between raise and drop: it would move the line. */
static void line_raise(void) {
    volatile uint8_t *ier = rt_uncached(UART_IER);

    *ier = UART_IER_THRE;
    rt_delay(1000);
}

static void line_drop(void) {
    volatile uint8_t *ier = rt_uncached(UART_IER);

    *ier = 0;
    iocsr_write32(IOCSR_EIO_STATUS, 1u << LINE_VECTOR);
    rt_delay(1000);
}

struct line_result {
    uint64_t host_estat;
    uint64_t guest_estat;
    uint64_t taken;
    enum rt_stop stop;
    uint64_t ecode;
};

/* The line is up, the host has it enabled: what do both sides see? */
static struct line_result line_try(uint64_t ginc) {
    struct line_result result;

    setup();
    csr_write(CSR_GINTC, ginc);
    line_raise();
    result.host_estat = csr_read(CSR_ESTAT) & HWI_BITS;
    result.guest_estat = guest_estat() & HWI_BITS;
    result.taken = guest_takes(HWI_BITS);
    vcpu.watchdog = 0;
    csr_xchg(CSR_ECFG, LINE_BIT, ESTAT_IS_MASK);
    result.stop = rt_vcpu_exec(&vcpu, 0, INSN_NOP, 0, 0, 0);
    result.ecode = rt_exit_ecode(&vcpu.exit);
    csr_xchg(CSR_ECFG, 0, ESTAT_IS_MASK);
    line_drop();
    return result;
}

/* HWIC: the host's bit is 0 as soon as it injects the same interrupt. */
static void irq_hardware_clear(void) {
    const uint64_t vip = 1UL << LINE_HWI;
    struct line_result other = line_try(vip << GINTC_HWIC_SHIFT);
    struct line_result injected = line_try(vip);
    struct line_result cleared = line_try(vip | vip << GINTC_HWIC_SHIFT);

    tap_equal("2.5 HWIC without VIP: the host has the line" UNKNOWN, other.host_estat, LINE_BIT);
    tap_equal("2.5 HWIC without VIP: the guest hasn't" UNKNOWN, other.guest_estat, 0);
    tap_equal("2.5 VIP without HWIC: the host has the line too", injected.host_estat, LINE_BIT);
    tap_equal("2.5 VIP without HWIC: it exits", injected.stop, RT_STOP_EXIT);
    tap_equal("2.5 VIP and HWIC: the host's bit is 0" UNKNOWN, cleared.host_estat, 0);
    tap_equal("2.5 VIP and HWIC: the guest's is 1" UNKNOWN, cleared.guest_estat, LINE_BIT);
    tap_equal("2.5 VIP and HWIC: no exit" UNKNOWN, cleared.stop, RT_STOP_DONE);
    line_raise();
    csr_write(CSR_GINTC, vip | vip << GINTC_HWIC_SHIFT);
    csr_write(CSR_GINTC, vip << GINTC_HWIC_SHIFT);
    tap_equal("2.5 VIP withdrawn, the line still up: the host has it again" UNKNOWN,
              csr_read(CSR_ESTAT) & HWI_BITS, LINE_BIT);
    line_drop();
    csr_write(CSR_GINTC, 0);
}

static void irq_passthrough(void) {
    line_route();
    struct line_result off = line_try(0);

    if (off.host_estat == 0) {
        tap_skip("7.3 HWIP pass-through", "this machine has no line that can be raised so");
        return;
    }
    tap_equal("7.3 the line is the host's HWI1", off.host_estat, LINE_BIT);
    tap_equal("7.3 HWIP = 0: guest ESTAT doesn't show it", off.guest_estat, 0);
    tap_equal("7.3 HWIP = 0: the guest doesn't take it", off.taken, 0);
    tap_equal("7.3 HWIP = 0: it exits, Ecode 0", off.stop == RT_STOP_EXIT ? off.ecode : 99,
              ECODE_INT);

    struct line_result on = line_try(1UL << (GINTC_HWIP_SHIFT + LINE_HWI));
    tap_equal("7.3 HWIP bit n: guest ESTAT shows HWIn", on.guest_estat, LINE_BIT);
    tap_equal("7.3 HWIP bit n: the guest takes it without exit", on.taken, LINE_BIT);
    tap_equal("7.3 HWIP bit n: it doesn't interrupt the host", on.stop, RT_STOP_DONE);

    struct line_result wrong = line_try(1UL << (GINTC_HWIP_SHIFT + LINE_HWI + 2));
    tap_equal("11 #13 HWIP bit n+2 doesn't pass HWIn", wrong.guest_estat, 0);
    tap_equal("11 #13 it exits then", wrong.stop, RT_STOP_EXIT);

    irq_hardware_clear();

    setup();
    csr_write(CSR_GINTC, 0xffUL << GINTC_HWIP_SHIFT);
    tap_equal("7.3 the line dropped: guest ESTAT is clear", guest_estat() & HWI_BITS, 0);
    csr_write(CSR_GINTC, 0xffUL << GINTC_HWIP_SHIFT | 0x80);
    tap_equal("2.5 VIP works beside HWIP", guest_estat() & HWI_BITS, 1UL << (IRQ_HWI0 + 7));
    csr_write(CSR_GINTC, 0);
}

/* ---- idle ---- */

static void irq_idle(void) {
    setup();
    vcpu.stop_at_gspr = true;
    enum rt_stop stop = rt_vcpu_exec(&vcpu, 0, INSN_IDLE(0), 0, 0, 0);

    tap_equal("6.4 idle exits with GSPR", stop == RT_STOP_EXIT ? rt_exit_ecode(&vcpu.exit) : 99,
              ECODE_GSPR);
    tap_equal("6.4 ERA is at the idle", tap_code(vcpu.exit.era), INSN_IDLE(0));
    setup();
    vcpu.stop_at_gspr = true;
    gcsr_write(CSR_ECFG, 1);
    gcsr_xchg(CSR_ESTAT, 1, 1);
    stop = rt_vcpu_exec(&vcpu, 0, INSN_IDLE(0), 0, 0, 0);
    tap_equal("6.4 idle exits too with an interrupt pending and IE = 0",
              stop == RT_STOP_EXIT ? rt_exit_ecode(&vcpu.exit) : 99, ECODE_GSPR);
    gcsr_xchg(CSR_CRMD, CRMD_IE, CRMD_IE);
    vcpu.context->irqs = 0;
    rt_vcpu_exec(&vcpu, 0, INSN_IDLE(0), 0, 0, 0);
    tap_equal("4.3 with IE = 1 the interrupt comes before the idle", vcpu.context->irqs, 1);
}

void rt_main(void) {
    irq_vip();
    irq_estat();
    irq_state();
    irq_priority();
    irq_host_first();
    irq_host_ipi();
    irq_passthrough();
    irq_idle();
    tap_done();
}
