// SPDX-License-Identifier: GPL-2.0-or-later
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "guest.h"
#include "hvisor.h"

static unsigned passed;
static unsigned failed;

void test_expect(long expected, long actual, const char *what, const char *file, int line) {
    if (expected == actual) {
        passed++;
        return;
    }
    failed++;
    printf("%s:%d: %s is %ld (%#lx), expected %ld (%#lx)\n", strrchr(file, '/') + 1, line, what,
           actual, (unsigned long)actual, expected, (unsigned long)expected);
}

/* For what the shell does with a zone that runs: one that floods, in slot 0. */
static void flood_start(void) {
    test_run(test_open(), 0, GUEST_FLOODS);
}

static void flood_check(void) {
    EXPECT(LV_STATE_RUNNING, test_state(test_open(), test_zone_id(0)));
}

static void flood_end(void) {
    test_end(test_open(), 0);
}

static const struct {
    const char *name;
    void (*run)(void);
} groups[] = {
    {"pointers", pointers_run},
    {"queries", queries_run},
    {"load", load_run},
    {"mappings", mappings_run},
    {"pages", pages_run},
    {"pins-race", pins_race_run},
    {"pages-busy", pages_busy_run},
    {"pages-free", pages_free_run},
    {"pages-left", pages_left_run},
    {"pins", pins_run},
    {"zone-memory", zone_memory_run},
    {"zone-memory-life", zone_memory_life_run},
    {"zone-memory-hold", zone_memory_hold_run},
    {"zone-memory-pin", zone_memory_pin_run},
    {"pool-pin", pool_pin_run},
    {"zone-memory-rounds", zone_memory_rounds_run},
    {"hold", hold_run},
    {"kept", kept_run},
    {"life", life_run},
    {"events", events_run},
    {"eventfd", eventfd_run},
    {"console", console_run},
    {"vectors", vectors_run},
    {"race", race_run},
    {"signals", signals_run},
    {"virtio-calls", virtio_calls_run},
    {"virtio-rounds", virtio_rounds_run},
    {"virtio-kicks", virtio_kicks_run},
    {"virtio-signals", virtio_signals_run},
    {"virtio-poll", virtio_poll_run},
    {"virtio-again", virtio_again_run},
    {"virtio-killed", virtio_killed_run},
    {"virtio-stale", virtio_stale_run},
    {"virtio-end", virtio_end_run},
    {"virtio-hold", virtio_hold_run},
    {"virtio-held", virtio_held_run},
    {"virtio-none", virtio_none_run},
    {"flood-start", flood_start},
    {"flood-check", flood_check},
    {"flood-follow", follow_run},
    {"flood-end", flood_end},
    {"hvisor-calls", hvisor_calls_run},
    {"hvisor-memory", hvisor_memory_run},
    {"hvisor-life", hvisor_life_run},
    {"hvisor-cpus", hvisor_cpus_run},
    {"hvisor-race", hvisor_race_run},
    {"hvisor-no-virtio", hvisor_no_virtio_run},
    {"hvisor-virtio", hvisor_virtio_run},
    {"hvisor-virtio-leave", hvisor_virtio_leave_run},
    {"hvisor-virtio-take", hvisor_virtio_take_run},
    {"hvisor-follow", hvisor_follow_run},
    {"hvisor-restarts", hvisor_restarts_run},
    {"hvisor-boards", hvisor_boards_run},
    {"hvisor-linux-start", hvisor_linux_start_run},
    {"hvisor-linux-end", hvisor_linux_end_run},
};

int main(int count, char **arguments) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t i = 0; count == 2 && i < sizeof(groups) / sizeof(groups[0]); i++) {
        if (strcmp(arguments[1], groups[i].name) == 0) {
            groups[i].run();
            printf(failed != 0 ? "FAILED\n" : "PASSED %u\n", passed);
            return failed != 0 ? 1 : 0;
        }
    }
    fputs("usage: driver-test GROUP\n", stderr);
    return 2;
}
