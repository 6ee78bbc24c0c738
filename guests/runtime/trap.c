// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
#include <rt/runtime.h>

void rt_trap_handle(struct rt_frame *frame);

rt_irq_fn *rt_irq_hook;

void rt_trap_arm(struct rt_context *context) {
    context->traps = 0;
    context->trap = (struct rt_trap){0};
    context->armed = 1;
}

uint32_t rt_trap_disarm(struct rt_context *context) {
    context->armed = 0;
    return context->traps;
}

static void trap_record(struct rt_context *context, const struct rt_frame *frame) {
    struct rt_trap *trap = &context->trap;

    trap->kind = frame->kind;
    trap->ecode = frame->estat >> ESTAT_ECODE_SHIFT & ESTAT_ECODE_MASK;
    trap->subcode = frame->estat >> ESTAT_SUBCODE_SHIFT & ESTAT_SUBCODE_MASK;
    trap->estat = frame->estat;
    trap->era = frame->era;
    trap->badv = frame->badv;
    trap->badi = frame->badi;
    trap->prmd = frame->prmd;
    trap->crmd = csr_read(CSR_CRMD);
    context->traps++;
}

/* Level-triggered sources can't be acknowledged here: they are switched off in LIE, the timer in
 * TICLR. */
static void trap_interrupt(struct rt_context *context, const struct rt_frame *frame) {
    uint64_t pending = frame->estat & csr_read(CSR_ECFG) & ESTAT_IS_MASK;

    context->irqs++;
    context->irq_mask = pending;
    context->irq_era = frame->era;
    context->irq_prmd = frame->prmd;
    if (rt_irq_hook != NULL && rt_irq_hook(context, frame, pending)) {
        return;
    }
    if ((pending & 1UL << IRQ_TIMER) != 0) {
        csr_write(CSR_TICLR, 1);
        context->timer_irqs++;
    }
    csr_xchg(CSR_ECFG, 0, pending & ~(1UL << IRQ_TIMER));
}

static void trap_fatal(const struct rt_frame *frame) {
    rt_printf(
        "unexpected exception: ecode %lu subcode %lu kind %lu era %lx badv %lx badi %lx ra %lx\n",
        frame->estat >> ESTAT_ECODE_SHIFT & ESTAT_ECODE_MASK,
        frame->estat >> ESTAT_SUBCODE_SHIFT & ESTAT_SUBCODE_MASK, frame->kind, frame->era,
        frame->badv, frame->badi & 0xffffffff, frame->regs[1]);
    rt_die("unexpected exception");
}

/* A fetch that failed goes on at the return address, anything else behind the instruction. */
static void trap_skip(struct rt_frame *frame) {
    uint64_t pc = frame->era & ~3UL;
    uint64_t flag = frame->kind == RT_KIND_REFILL ? TLBRERA_ISTLBR : 0;

    if (pc == (frame->badv & ~3UL)) {
        frame->era = frame->regs[1] | flag;
    } else {
        frame->era = (pc + 4) | flag;
    }
}

/* True if PLV3 code has come to its end; it goes on at PLV0 with its registers. */
static bool trap_user_return(struct rt_frame *frame) {
    uint64_t next;

    if (frame->era == (uint64_t)rt_return_syscall) {
        next = (uint64_t)rt_return_hvcl;
    } else if (frame->era == (uint64_t)rt_return_user) {
        next = (uint64_t)rt_user_back;
    } else {
        return false;
    }
    frame->era = next;
    frame->prmd = 0;
    return true;
}

void rt_trap_handle(struct rt_frame *frame) {
    struct rt_context *context = rt_context_self();
    uint64_t ecode = frame->estat >> ESTAT_ECODE_SHIFT & ESTAT_ECODE_MASK;

    if (frame->kind == RT_KIND_REFILL && rt_space_refill(&context->space, frame->badv)) {
        context->refills++;
        return;
    }
    if (frame->kind == RT_KIND_GENERAL && ecode == ECODE_INT) {
        trap_interrupt(context, frame);
        return;
    }
    if (frame->kind == RT_KIND_GENERAL && trap_user_return(frame)) {
        return;
    }
    if (context->armed == 0) {
        trap_fatal(frame);
    }
    trap_record(context, frame);
    trap_skip(frame);
}
