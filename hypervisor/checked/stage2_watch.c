// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether anything but the hypervisor's own changes has written to the tables of stage 2. */
#include <core/checked.h>
#include <stdatomic.h>

/* Any odd number: an entry that moves changes the sum, too. */
#define CHECKSUM_FACTOR 31u

/* Odd during a change. */
static _Atomic uint32_t changes;
/* After the last change. */
static const uint64_t *_Atomic watched;
static _Atomic size_t watched_entries;
static _Atomic uint64_t intact_sum;

static uint64_t watched_sum(void) {
    const uint64_t *tables = atomic_load(&watched);
    uint64_t sum = 0;

    for (size_t i = 0; i < atomic_load(&watched_entries); i++) {
        sum = sum * CHECKSUM_FACTOR + tables[i];
    }
    return sum;
}

void stage2_change_begins(void) {
    atomic_fetch_add(&changes, 1);
}

void stage2_change_ends(const uint64_t *tables, size_t entries) {
    atomic_store(&watched, tables);
    atomic_store(&watched_entries, entries);
    atomic_store(&intact_sum, watched_sum());
    atomic_fetch_add(&changes, 1);
}

bool stage2_is_intact(void) {
    uint32_t before = atomic_load(&changes);
    bool intact = watched_sum() == atomic_load(&intact_sum);

    return intact || (before & 1) != 0 || atomic_load(&changes) != before;
}
