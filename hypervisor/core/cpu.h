/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Physical CPUs. Each runs at most one vCPU, for that vCPU's whole life. */
#ifndef LV_CORE_CPU_H
#define LV_CORE_CPU_H

#include <core/arch.h>
#include <loongvisor/image.h>
#include <stdatomic.h>

struct cpu {
    struct arch_cpu arch; /* first: assembly reaches it through the block's address */
    cpu_id_t id;
    uint32_t phys_id;
    atomic_bool online;
    struct vcpu *_Atomic vcpu; /* what this CPU runs; set once by CPU 0, followed by a doorbell */
};

extern struct cpu cpu_blocks[LV_MAX_CPUS];

/* Fills in the blocks of the board's CPUs. CPU 0, before any other runs. */
void cpu_init_blocks(const struct lv_board *board);

/* Starts CPUs 1 to num_cpus - 1 and names on the log each that does not come. CPU 0. */
void cpu_start_secondaries(const struct lv_board *board);

/* Whether the CPU came up. Any CPU. */
bool cpu_is_online(cpu_id_t id);

/* Where a CPU with nothing to do stays: it waits until it is given a vCPU and runs that. */
_Noreturn void cpu_run(void);

/* Gives a vCPU to an online CPU. CPU 0; the zone must be complete. */
void cpu_assign(cpu_id_t id, struct vcpu *vcpu);

#endif
