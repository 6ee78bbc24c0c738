// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
/*
 * A zone as hvisor starts it: all registers 0, nothing but its own image, a UART and a virtio
 * device whose registers somebody else serves (guests/hvisor): register n reads 0x100 + n and keeps
 * what is written; a notification raises CPU interrupt 4 (HWI2), a write to InterruptACK lowers it.
 */
#include <rt/console.h>
#include <rt/zone.h>

#define DEVICE        0x30001000
#define QUEUE_NOTIFY  0x50
#define INTERRUPT_ACK 0x64
#define SCRATCH       0x70
#define FIRST_VALUE   0x100u
#define LINE_BIT      (1UL << (IRQ_HWI0 + 2))
#define ROUNDS        20u

static volatile uint32_t irqs;

static volatile uint32_t *device(uint32_t offset) {
    return (volatile uint32_t *)((volatile uint8_t *)rt_uncached(DEVICE) + offset);
}

static void expect(const char *what, uint64_t found, uint64_t expected) {
    if (found != expected) {
        rt_printf("VIRTIO ERROR %s: %lx instead of %lx\n", what, found, expected);
    }
}

static bool take_irq(struct rt_context *context, const struct rt_frame *frame, uint64_t pending) {
    (void)context;
    (void)frame;
    expect("line", pending, LINE_BIT);
    irqs++;
    *device(INTERRUPT_ACK) = 1;
    expect("line after the acknowledgement", csr_read(CSR_ESTAT) & LINE_BIT, 0);
    return true;
}

static void round_run(uint32_t number) {
    expect("register", *device(4 * number), FIRST_VALUE + 4 * number);
    *device(SCRATCH) = number;
    expect("what was written", *device(SCRATCH), number);
    *device(QUEUE_NOTIFY) = number;
    csr_xchg(CSR_CRMD, 0, CRMD_IE);
    while (irqs == number) {
        __asm__ volatile("idle 0" ::: "memory");
        csr_xchg(CSR_CRMD, CRMD_IE, CRMD_IE);
        csr_xchg(CSR_CRMD, 0, CRMD_IE);
    }
    csr_xchg(CSR_CRMD, CRMD_IE, CRMD_IE);
    expect("interrupts", irqs, number + 1);
}

void rt_main(void) {
    rt_printf("VIRTIO BEGIN\n");
    for (uint32_t i = 0; i < RT_ARRAY_SIZE(rt_boot_args); i++) {
        expect("register at the start", rt_boot_args[i], 0);
    }
    rt_irq_hook = take_irq;
    csr_write(CSR_ECFG, LINE_BIT);
    csr_xchg(CSR_CRMD, CRMD_IE, CRMD_IE);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        round_run(i);
    }
    rt_printf("VIRTIO DONE\n");
    for (;;) {
        (void)*device(0);
    }
}
