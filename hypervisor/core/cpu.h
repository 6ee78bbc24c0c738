/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Physical CPUs. Each runs at most one vCPU, for that vCPU's whole life. */
#ifndef LV_CORE_CPU_H
#define LV_CORE_CPU_H

#include <core/arch.h>
#include <loongvisor/image.h>
#include <stdatomic.h>

/* Whether a CPU takes part is decided once, by whoever is first: the CPU itself or CPU 0. */
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
    struct vcpu *_Atomic vcpu;     /* what this CPU runs while that vCPU's zone exists */
    _Atomic uint32_t flush_wanted; /* how often another CPU asked for a flush of stage 2 */
    _Atomic uint32_t flush_done;   /* up to which of them it is done */
};

struct zone;

extern struct cpu cpu_blocks[LV_MAX_CPUS];

/* What the CPU runs, or NULL. That CPU itself. */
static inline struct vcpu *cpu_vcpu(struct cpu *cpu) {
    return atomic_load_explicit(&cpu->vcpu, memory_order_relaxed);
}

/* Fills in the blocks of the board's CPUs. CPU 0, before any other runs. */
void cpu_init_blocks(const struct lv_board *board);

/* Starts CPUs 1 to num_cpus - 1 and names on the log each that does not come. CPU 0. */
void cpu_start_secondaries(const struct lv_board *board);

/* This CPU, once it is ready. False if it comes too late: it was given up, and must not go on. */
bool cpu_come_online(void);

/* Whether the CPU came up, which is settled by the end of start-up, and is not lost. Any CPU. */
bool cpu_is_online(cpu_id_t id);

/*
 * From now on nobody waits for the CPU: it has trapped, or does not answer. One that answers after
 * all has its place again. Any CPU.
 */
void cpu_lose(cpu_id_t id);

/* Whether the CPU is lost, and has not answered since. Any CPU. */
bool cpu_is_lost(cpu_id_t id);

/* Where a CPU stays that runs no vCPU: it waits, and does what the zone of its vCPU wants. */
_Noreturn void cpu_run(void);

/* Gives a vCPU to a CPU, or takes it away (NULL). While the zone is made, or by the CPU itself. */
void cpu_assign(cpu_id_t id, struct vcpu *vcpu);

/* Takes back this CPU's doorbell and does what belongs to no zone. */
void cpu_answer_doorbell(void);

/*
 * Has all the zone's CPUs forget what they know of stage 2; they have when this returns. False if
 * one does not answer within ten seconds, which is logged, or is known to be lost. Any CPU.
 */
bool cpu_flush_zone(const struct zone *zone);

#endif
