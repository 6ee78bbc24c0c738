/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that guests see through stage 2 at other addresses than the host: 64 MiB from ARENA on, in
 * which every looked-at word holds its own physical address.
 */
#ifndef ARENA_H
#define ARENA_H

#include "tap.h"

#define ARENA 0x04000000UL
#define MIB   0x100000UL
#define GIB   0x40000000UL

#define RW_PAGE (TLBELO_V | TLBELO_D | TLBELO_CC)

/* Where payloads see the arena: guest physical, guest virtual. */
#define TEST_GPA 0x40000000UL
#define TEST_GVA 0x10000000UL

static inline volatile uint64_t *arena_word(uint64_t pa) {
    return rt_cached(pa);
}

/* Gives a word its own address as value and returns that. */
static inline uint64_t arena_mark(uint64_t pa) {
    *arena_word(pa) = pa;
    return pa;
}

/* One guest load or store; result in *value. True if it came to its end with no exit but refills
 * and no exception. */
static inline bool guest_load(struct rt_vcpu *vcpu, uint64_t va, uint64_t *value) {
    enum rt_stop stop = rt_vcpu_exec(vcpu, 0, INSN_LD_D, va, 0, 0);

    *value = vcpu->regs[4];
    return stop == RT_STOP_DONE && vcpu->exits == 0 && vcpu->context->traps == 0;
}

static inline bool guest_store(struct rt_vcpu *vcpu, uint64_t va, uint64_t value) {
    enum rt_stop stop = rt_vcpu_exec(vcpu, 0, INSN_ST_D, value, va, 0);

    return stop == RT_STOP_DONE && vcpu->exits == 0 && vcpu->context->traps == 0;
}

#define GUEST_FAILED 0xdeadUL

/* The loaded value, or GUEST_FAILED. */
static inline uint64_t guest_value(struct rt_vcpu *vcpu, uint64_t va) {
    uint64_t value;

    return guest_load(vcpu, va, &value) ? value : GUEST_FAILED;
}

#endif
