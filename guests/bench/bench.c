// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
/*
 * Parameters: 0 what to measure (bits of enum part; 0: all), 1 not 0: somebody looks at
 * the phases. Prints BENCH lines as measure.c makes them, and BENCH DONE.
 */
#include "bench.h"

#define LEAF_SIGNATURE 0x40000000u
#define SIGNATURE_KVM  0x004d564bu

enum part { PART_OPERATIONS = 1, PART_INTERRUPTS = 2, PART_MEMORY = 4, PART_CPUS = 8 };

enum bench_home bench_home;

static enum bench_home home_find(void) {
    if (rt_zone_info() != NULL) {
        return BENCH_ZONE;
    }
    return cpucfg_read(LEAF_SIGNATURE) == SIGNATURE_KVM ? BENCH_KVM : BENCH_BARE;
}

void rt_main(void) {
    static const char *const homes[] = {"bare", "zone", "kvm"};
    uint64_t parts = rt_param(0, ~0UL);

    rt_zone_begin();
    bench_home = home_find();
    rt_printf("BENCH BEGIN %s TICKHZ %lu\n", homes[bench_home], rt_ticks_per_second());
    if ((parts & PART_OPERATIONS) != 0) {
        bench_run_operations();
    }
    if ((parts & PART_INTERRUPTS) != 0) {
        bench_run_interrupts();
    }
    if ((parts & PART_MEMORY) != 0) {
        bench_run_memory();
    }
    if ((parts & PART_CPUS) != 0) {
        bench_run_cpus();
    }
    rt_printf("BENCH DONE\n");
    rt_poweroff();
}
