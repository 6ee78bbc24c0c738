// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/cpu.h>
#include <core/log.h>
#include <core/zone.h>

/* Generous: a CPU that waits in firmware's parked loop needs some hundred instructions. */
#define START_TIMEOUT_MS 1000
#define START_RETRY_MS   5
/* A CPU answers within microseconds. A CPU of an emulator answers when its thread runs, which took
 * seconds on a busy host. */
#define FLUSH_TIMEOUT_MS 10000

/* No CPU has this physical id. */
#define CPU_NOBODY UINT32_MAX

struct cpu cpu_blocks[LV_MAX_CPUS];

/* False if the opposite was decided. */
static bool cpu_decide(struct cpu *cpu, enum cpu_presence presence) {
    uint32_t awaited = CPU_AWAITED;

    return atomic_compare_exchange_strong(&cpu->presence, &awaited, presence);
}

void cpu_init_blocks(const struct lv_board *board) {
    for (cpu_id_t id = board->num_cpus; id < LV_MAX_CPUS; id++) {
        cpu_blocks[id].phys_id = CPU_NOBODY;
    }
    for (cpu_id_t id = 0; id < board->num_cpus; id++) {
        cpu_blocks[id].id = id;
        cpu_blocks[id].phys_id = board->phys_cpu_id[id];
        arch_cpu_prepare(&cpu_blocks[id]);
    }
    (void)cpu_decide(&cpu_blocks[0], CPU_ONLINE);
}

bool cpu_come_online(void) {
    return cpu_decide(arch_this_cpu(), CPU_ONLINE);
}

bool cpu_is_online(cpu_id_t id) {
    return id < LV_MAX_CPUS &&
           atomic_load_explicit(&cpu_blocks[id].presence, memory_order_acquire) == CPU_ONLINE &&
           !atomic_load_explicit(&cpu_blocks[id].lost, memory_order_acquire);
}

/* The CPU flushes before it answers. */
void cpu_lose(cpu_id_t id) {
    struct cpu *cpu = &cpu_blocks[id];

    atomic_fetch_add(&cpu->flush_wanted, 1);
    atomic_store(&cpu->lost, true);
    arch_doorbell_ring(cpu->phys_id);
}

bool cpu_is_lost(cpu_id_t id) {
    struct cpu *cpu = &cpu_blocks[id];

    if (!atomic_load(&cpu->lost)) {
        return false;
    }
    if (atomic_load(&cpu->flush_done) != atomic_load(&cpu->flush_wanted)) {
        return true;
    }
    atomic_store(&cpu->lost, false);
    log_warning("CPU %u answers again", id);
    return false;
}

/* Asks every CPU that has not started yet; true if all have. */
static bool cpu_ask_missing(uint32_t num_cpus) {
    bool complete = true;

    for (cpu_id_t id = 1; id < num_cpus; id++) {
        if (!cpu_is_online(id)) {
            complete = false;
            arch_cpu_start(&cpu_blocks[id]);
        }
    }
    return complete;
}

static void cpu_wait(uint32_t milliseconds) {
    ticks_t limit = arch_counter() + arch_counter_hz() / 1000 * milliseconds;

    while (arch_counter() < limit) {
    }
}

/*
 * Asking once is not enough: the parked loop clears the mailbox when it begins, which on a loaded
 * emulator may be after CPU 0's request.
 */
void cpu_start_secondaries(const struct lv_board *board) {
    for (uint32_t waited = 0; waited < START_TIMEOUT_MS; waited += START_RETRY_MS) {
        if (cpu_ask_missing(board->num_cpus)) {
            return;
        }
        cpu_wait(START_RETRY_MS);
    }
    for (cpu_id_t id = 1; id < board->num_cpus; id++) {
        if (cpu_decide(&cpu_blocks[id], CPU_GIVEN_UP)) {
            log_error("CPU %u (physical id %u) did not start within %d ms", id,
                      cpu_blocks[id].phys_id, START_TIMEOUT_MS);
        }
    }
}

void cpu_assign(cpu_id_t id, struct vcpu *vcpu) {
    atomic_store_explicit(&cpu_blocks[id].vcpu, vcpu, memory_order_release);
}

void cpu_answer_doorbell(void) {
    struct cpu *cpu = arch_this_cpu();

    arch_doorbell_answer();
    uint32_t wanted = atomic_load_explicit(&cpu->flush_wanted, memory_order_acquire);
    if (wanted != atomic_load_explicit(&cpu->flush_done, memory_order_relaxed)) {
        arch_stage2_flush();
        atomic_store_explicit(&cpu->flush_done, wanted, memory_order_release);
    }
}

/* True if the CPU has flushed since it was asked. The CPU that waits may itself be asked. */
static bool cpu_wait_for_flush(struct cpu *cpu, uint32_t wanted, ticks_t limit) {
    while ((int32_t)(atomic_load_explicit(&cpu->flush_done, memory_order_acquire) - wanted) < 0) {
        if ((int64_t)(arch_counter() - limit) > 0) {
            log_error("CPU %u does not answer", cpu->id);
            cpu_lose(cpu->id);
            return false;
        }
        cpu_answer_doorbell();
    }
    return true;
}

bool cpu_flush_zone(const struct zone *zone) {
    ticks_t limit = arch_counter() + arch_counter_hz() / 1000 * FLUSH_TIMEOUT_MS;
    uint32_t wanted[LV_MAX_CPUS] = {0};
    bool complete = true;

    for (uint32_t i = 0; i < zone->num_vcpus; i++) {
        struct cpu *cpu = &cpu_blocks[zone->vcpus[i].cpu];
        complete &= !cpu_is_lost(cpu->id);
        if (cpu_is_online(cpu->id)) {
            wanted[i] = atomic_fetch_add(&cpu->flush_wanted, 1) + 1;
            arch_doorbell_ring(cpu->phys_id);
        }
    }
    for (uint32_t i = 0; i < zone->num_vcpus; i++) {
        struct cpu *cpu = &cpu_blocks[zone->vcpus[i].cpu];
        complete &= !cpu_is_online(cpu->id) || cpu_wait_for_flush(cpu, wanted[i], limit);
    }
    return complete;
}
