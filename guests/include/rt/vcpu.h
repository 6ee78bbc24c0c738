/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * A hypervisor of the smallest kind: one virtual CPU, run from host mode until it exits. The guest
 * executes functions of the same program: stage 2 maps low memory onto itself and the guest's
 * windows are the runtime's.
 */
#ifndef RT_VCPU_H
#define RT_VCPU_H

#include <rt/runtime.h>

#define RT_MAX_EXITS 16u

struct rt_exit {
    uint64_t kind; /* enum rt_kind */
    uint64_t estat;
    uint64_t era;
    uint64_t badv;
    uint64_t badi;
    uint64_t crmd;
    uint64_t prmd;
    uint64_t gstat;
    uint64_t tlbrera;
    uint64_t tlbrbadv;
    uint64_t tlbrehi;
    uint64_t tlbrprmd;
    uint64_t tlbehi;
    uint64_t ecfg;
};

/* vectors.S knows the order up to host_regs. */
struct rt_vcpu {
    uint64_t regs[32];
    struct rt_exit exit; /* the last one */
    uint64_t host_regs[13];

    uint64_t pc;
    uint64_t gid;
    uint64_t host_prmd;  /* host PRMD at entry */
    bool refill_pending; /* the last exit was a refill, and ertn must use its registers */
    struct rt_space stage2;
    bool stop_at_refill; /* rt_vcpu_run returns at a stage-2 refill even if a region has the address
                          */
    bool stop_at_gspr;   /* and at a GSPR exit; else those are logged and skipped */
    uint64_t watchdog;   /* ticks until a guest that never exits is stopped; 0: host interrupts are
                            the caller's */
    uint64_t watch_gpa;  /* a 4 KiB page, and how many of the refills were for it */
    uint32_t watch_hits;
    uint32_t refills; /* stage-2 refills served */
    uint32_t exits;   /* general exits logged */
    struct rt_exit log[RT_MAX_EXITS];
    struct rt_exit refill; /* the last refill */
    struct rt_context *context;
};

enum rt_stop {
    RT_STOP_DONE = 0,     /* the payload returned */
    RT_STOP_EXIT = 1,     /* some other general exit, in vcpu->exit */
    RT_STOP_REFILL = 2,   /* stage-2 refill that no region serves */
    RT_STOP_WATCHDOG = 3, /* it ran too long */
};

static inline uint64_t rt_exit_ecode(const struct rt_exit *exit) {
    return exit->estat >> ESTAT_ECODE_SHIFT & ESTAT_ECODE_MASK;
}

/* Everything as after a reset of the guest, then paged mode inside the windows, PLV0, stage 2 = low
 * memory 1:1 in 2 MiB leaves. gid and the CPU select the guest's stack and context (two guests on
 * each of two CPUs). Drops all guests' TLB entries. */
void rt_vcpu_reset(struct rt_vcpu *vcpu, uint64_t gid);

/* Makes this vCPU's GID the current and the target one. */
void rt_vcpu_select(const struct rt_vcpu *vcpu);

/* Runs from vcpu->pc. */
enum rt_stop rt_vcpu_run(struct rt_vcpu *vcpu);

/* Points the guest at a function or code address with arguments, PLV as in GCSR.CRMD. */
void rt_vcpu_aim(struct rt_vcpu *vcpu, const void *code, uint64_t a0, uint64_t a1, uint64_t a2);

/* rt_vcpu_aim, forget old exits, run. The guest's a0 is vcpu->regs[4] afterwards. */
enum rt_stop rt_vcpu_call(struct rt_vcpu *vcpu, const void *code, uint64_t a0, uint64_t a1,
                          uint64_t a2);

/* One instruction at a privilege level, guest exceptions recorded in vcpu->context and skipped. */
enum rt_stop rt_vcpu_exec(struct rt_vcpu *vcpu, uint32_t plv, uint32_t word, uint64_t a0,
                          uint64_t a1, uint64_t a2);

/* vectors.S: enters with everything but the GPRs loaded, returns at the next exit. */
void rt_vcpu_enter(struct rt_vcpu *vcpu);

#endif
