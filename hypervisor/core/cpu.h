/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Physical CPUs. Each runs at most one vCPU, for that vCPU's whole life. */
#ifndef LV_CORE_CPU_H
#define LV_CORE_CPU_H

#include <core/arch.h>
#include <loongvisor/image.h>
#include <stdatomic.h>

/* Whether a CPU takes part is decided once, by the CPU itself or by CPU 0, whichever is first. */
enum cpu_presence {
    CPU_AWAITED,
    CPU_ONLINE,
    CPU_GIVEN_UP,
};

struct cpu {
    struct arch_cpu arch; /* first: assembly reaches it through the block's address */
    cpu_id_t id;
    uint32_t phys_id;
    _Atomic uint32_t presence; /* enum cpu_presence */
    atomic_bool lost;
    struct vcpu *_Atomic vcpu;     /* runs on this CPU while its zone exists */
    _Atomic uint32_t flush_wanted; /* how often another CPU asked for a flush of stage 2 */
    _Atomic uint32_t flush_done;   /* up to which of them it is done */
};

struct zone;

extern struct cpu cpu_blocks[LV_MAX_CPUS];

/* The vCPU of the CPU, or NULL. That CPU itself. */
static inline struct vcpu *cpu_vcpu(struct cpu *cpu) {
    return atomic_load_explicit(&cpu->vcpu, memory_order_relaxed);
}

/* Fills in the blocks of the board's CPUs. CPU 0, before any other runs. */
void cpu_init_blocks(const struct lv_board *board);

/* Starts CPUs 1 to num_cpus - 1 and logs each that does not start. CPU 0. */
void cpu_start_secondaries(const struct lv_board *board);

/* This CPU, once it is ready. False if it is too late: it was given up, and must not continue. */
bool cpu_come_online(void);

/* Whether the CPU has started (decided by the end of start-up) and is not lost. Any CPU. */
bool cpu_is_online(cpu_id_t id);

/*
 * From now on no other CPU waits for this one: it has trapped or does not answer. If it answers
 * after all, it gets its place back. Any CPU.
 */
void cpu_lose(cpu_id_t id);

/* Whether the CPU is lost, and has not answered since. Any CPU. */
bool cpu_is_lost(cpu_id_t id);

/* A CPU that runs no vCPU stays here: it waits, and does what the zone of its vCPU wants. */
_Noreturn void cpu_run(void);

/* Gives a vCPU to a CPU, or takes it away (NULL). While the zone is made, or by the CPU itself. */
void cpu_assign(cpu_id_t id, struct vcpu *vcpu);

/* Takes back this CPU's doorbell and does what belongs to no zone. */
void cpu_answer_doorbell(void);

/*
 * Makes all the zone's CPUs drop their stage-2 entries and waits for that. False if one does not
 * answer within ten seconds, which is logged, or is known to be lost. Any CPU.
 */
bool cpu_flush_zone(const struct zone *zone);

#endif
