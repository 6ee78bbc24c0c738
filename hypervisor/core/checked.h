/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What checked/ does for the others: it looks at what must hold at every exit, whatever the guest
 * has done, and stops the CPU when it does not. Only the checked build (build/hypervisor-checked)
 * has that room; call these under LV_CHECKED.
 */
#ifndef LV_CORE_CHECKED_H
#define LV_CORE_CHECKED_H

#include <core/cpu.h>

/* Stops this CPU, with a line on the log, if something is not as it must be. On an exit. */
void invariants_check(const struct cpu *cpu, const struct vcpu *vcpu);

/* Says what is not as it must be, and stops this CPU. Any CPU. */
_Noreturn void invariants_broken(const char *what);

/*
 * Around every change of the tables of stage 2, which are so many entries together. One CPU at a
 * time changes them.
 */
void stage2_change_begins(void);
void stage2_change_ends(const uint64_t *tables, size_t entries);

/* Whether all tables are as the last change left them. Any CPU; true during a change. */
bool stage2_is_intact(void);

/*
 * NULL if the tables map the zone's regions and nothing else, each leaf of all 2^48 addresses
 * looked at, else what they do. Of a pool any block may be missing. Under the zones lock.
 */
const char *stage2_check(const struct zone *zone);

#endif
