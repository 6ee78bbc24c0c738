/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What core/ and devices/ need from the architecture. arch/ has it for LoongArch64 with LVZ,
 * tests/unit/hypervisor has a fake for the host. A missing function is a link error.
 */
#ifndef LV_CORE_ARCH_H
#define LV_CORE_ARCH_H

#include <core/types.h>
#include <loongvisor/hypercall.h>
#include <arch_state.h>
#include <arch_vcpu.h>

struct vcpu;
struct zone;
struct cpu;

/* A pointer through which the hypervisor sees cached memory at hpa. Any CPU. */
void *arch_memory(hpa_t hpa);

/* The HPA of an object of the hypervisor. Any CPU. */
hpa_t arch_hpa(const void *object);

/* Uncached device registers at hpa, size 1, 2, 4 or 8 bytes, naturally aligned. Any CPU. */
uint64_t arch_mmio_read(hpa_t hpa, unsigned size);
void arch_mmio_write(hpa_t hpa, unsigned size, uint64_t value);

/* This CPU's view of IOCSR space, size 4 or 8 bytes. */
uint64_t arch_iocsr_read(uint32_t number, unsigned size);
void arch_iocsr_write(uint32_t number, unsigned size, uint64_t value);

/* The stable counter, and how often it ticks in a second. Any CPU. */
ticks_t arch_counter(void);
uint64_t arch_counter_hz(void);

/* Nanoseconds for ticks of the counter. Any CPU. */
uint64_t arch_counter_ns(ticks_t ticks);

/* The block of the CPU that asks. */
struct cpu *arch_this_cpu(void);

/*
 * Readies this CPU: checks LVZ, sets traps, timers and translation up; CPU 0 logs what it detected.
 * NULL, or why the CPU cannot be used.
 */
const char *arch_cpu_init(void);

/*
 * For the checked build: that this CPU, which runs no vCPU, is as arch_cpu_init() has left it.
 * Stops it if it is not.
 */
void arch_cpu_check(void);

/* Stops this CPU for ever, interrupts off. */
_Noreturn void arch_cpu_stop(void);

/* Goes on in cpu_run() with nothing on this CPU's stack. */
_Noreturn void arch_cpu_run_anew(void);

/* Waits until the doorbell rings or has rung since the last arch_doorbell_answer(). This CPU. */
void arch_cpu_wait(void);

/* The same, for at most so many ticks of the counter. */
void arch_cpu_nap(ticks_t ticks);

/* Gives the CPU its stack. CPU 0, before the CPU starts or takes its first exit. */
void arch_cpu_prepare(struct cpu *cpu);

/*
 * Asks a secondary CPU to start at the hypervisor's secondary entry; asking again does no harm.
 * CPU 0.
 */
void arch_cpu_start(struct cpu *cpu);

/* Makes the CPU leave guest mode or wake from a wait soon. All stores before it are seen there. */
void arch_doorbell_ring(uint32_t phys_id);

/* Takes back this CPU's doorbell; what was posted before the ring is visible afterwards. */
void arch_doorbell_answer(void);

/*
 * Brings all lines of the vCPU, which is loaded on this CPU, to what its IPI block and its EIOINTC
 * say. Lines have levels, so calling this once too often changes nothing.
 */
void arch_vcpu_update_lines(struct vcpu *vcpu);

/* The same for its HWI lines or for its IPI line alone. */
void arch_vcpu_update_hwi(struct vcpu *vcpu);
void arch_vcpu_update_ipi(struct vcpu *vcpu);

/*
 * Makes this CPU leave guest mode or wake from idle at that time of the counter at the latest; the
 * vCPU then looks at its watchdog.
 */
void arch_deadline_set(ticks_t deadline);
void arch_deadline_clear(void);

/*
 * The state of a vCPU at power-on, its program counter at entry; args: a0, a1, a2. Any CPU, when
 * the zone has its start time.
 */
void arch_state_power_on(struct arch_state *state, const struct vcpu *vcpu, gpa_t entry,
                         const uint64_t args[3]);

/* Loads the state and the zone's stage 2 into this CPU, the vCPU's own. */
void arch_vcpu_load(struct vcpu *vcpu, const struct arch_state *state);

/*
 * Takes the vCPU off this CPU: its lines no longer pass, its timer stops, and nothing of its zone's
 * stage 2 is known to the CPU any more. Does no harm to one that was never loaded.
 */
void arch_vcpu_unload(struct vcpu *vcpu);

/* Goes on in the guest; comes back through arch's exit code only. */
_Noreturn void arch_vcpu_enter(void);

/* Keeps the vCPU's registers and its last exits, when its zone fails. On its CPU's exit path. */
void arch_vcpu_keep(struct vcpu *vcpu, struct lv_zone_failure *failure);

/*
 * Builds the zone's stage-2 table from its regions, or gives its pages back (also those of one
 * that was not completed). Under the zones lock. 0 or -LV_ENOMEM when the pages are used up.
 */
int arch_stage2_build(struct zone *zone);
void arch_stage2_free(struct zone *zone);

/* Maps or unmaps one block of 2 MiB of an LV_REGION_POOL; true if that changed anything. As above.
 */
bool arch_stage2_set_block(struct zone *zone, gpa_t block, bool mapped);

/* This CPU forgets what it knows of any zone's stage 2. */
void arch_stage2_flush(void);

/* Pages of stage-2 tables in use. Any CPU. */
uint32_t arch_stage2_pages_used(void);

#endif
