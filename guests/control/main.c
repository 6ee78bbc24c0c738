// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
/*
 * The root zone of images with several bare-metal zones: does to zone 1 what parameter 0 names.
 *
 *   1 pause   pauses and resumes it (parameter 2: how often) with random lengths
 *   2 eio     raises and lowers its vectors (parameter 2: rounds), as rt/eio.h describes
 *   3 watch   prints what is kept of it once it has failed, then says so each second
 *   4 blink   pauses and resumes it (parameter 2: how often) for as short as can be
 *
 * Parameter 1 is the seed.
 */
#include <rt/eio.h>

enum mode { MODE_PAUSE = 1, MODE_EIO = 2, MODE_WATCH = 3, MODE_BLINK = 4 };

#define ZONE           1u
#define PAUSE_TICKS    100000u
#define RUN_TICKS      500000u
#define BLINK_TICKS    4000u
#define POLL_TICKS     5000u
#define POLLS_A_SECOND 10u

/* Longer than the other zone needs on a busy host. */
#define ANSWER_SECONDS 60u

static struct lv_zone_info_page stats __attribute__((aligned(8)));
static struct lv_zone_status status __attribute__((aligned(8)));
static struct rt_random seeded;

static void expect(const char *what, int64_t found, int64_t expected) {
    if (found != expected) {
        rt_printf("CONTROL ERROR %s: %ld instead of %ld\n", what, found, expected);
    }
}

static int64_t call_zone(uint64_t code) {
    return rt_hypercall(code, ZONE, 0);
}

static uint32_t zone_state(void) {
    expect("status", rt_hypercall(LV_HYPERCALL_STATUS, ZONE, rt_phys(&status)), 0);
    return ((volatile struct lv_zone_status *)&status)->state;
}

/* Its own CPU makes its RAM ready first. */
static void zone_await_running(void) {
    while (zone_state() != LV_STATE_RUNNING) {
        rt_nap(POLL_TICKS);
    }
}

/* ---- pause ---- */

static void pause_once(void) {
    expect("pause", call_zone(LV_HYPERCALL_PAUSE), 0);
    expect("state while paused", zone_state(), LV_STATE_PAUSED);
    expect("second pause", call_zone(LV_HYPERCALL_PAUSE), -LV_ESTATE);
    rt_nap(rt_random_below(&seeded, PAUSE_TICKS));
    expect("resume", call_zone(LV_HYPERCALL_RESUME), 0);
    expect("second resume", call_zone(LV_HYPERCALL_RESUME), -LV_ESTATE);
    expect("state after resuming", zone_state(), LV_STATE_RUNNING);
    rt_nap(rt_random_below(&seeded, RUN_TICKS));
}

static void run_pause(uint64_t count) {
    expect("pause of the own zone", rt_hypercall(LV_HYPERCALL_PAUSE, LV_ROOT_ZONE_ID, 0),
           -LV_EINVAL);
    expect("pause of no zone", rt_hypercall(LV_HYPERCALL_PAUSE, LV_MAX_ZONES, 0), -LV_ENOENT);
    zone_await_running();
    for (uint64_t i = 1; i <= count; i++) {
        pause_once();
        if (i % 100 == 0) {
            rt_printf("CONTROL PAUSES %lu\n", i);
        }
    }
}

static void run_blink(uint64_t count) {
    for (uint64_t i = 1; i <= count; i++) {
        expect("pause", call_zone(LV_HYPERCALL_PAUSE), 0);
        expect("resume", call_zone(LV_HYPERCALL_RESUME), 0);
        rt_nap(rt_random_below(&seeded, BLINK_TICKS));
        if (i % 1000 == 0) {
            rt_printf("CONTROL PAUSES %lu\n", i);
        }
    }
}

/* ---- vectors ---- */

static uint64_t answers(void) {
    uint64_t sum = 0;

    expect("stats", rt_hypercall(LV_HYPERCALL_STATS, ZONE, rt_phys(&stats)), 0);
    for (uint32_t cpu = 0; cpu < LV_MAX_CPUS; cpu++) {
        sum += ((volatile struct lv_zone_info_page *)&stats)->vcpus[cpu].stray_sends;
    }
    return sum;
}

static bool answer_wait(uint64_t count) {
    uint64_t start = rdtime();

    while (answers() < count) {
        if (rdtime() - start > ANSWER_SECONDS * rt_ticks_per_second()) {
            rt_printf("CONTROL ERROR no answer %lu\n", count);
            return false;
        }
        rt_nap(POLL_TICKS);
    }
    expect("answers", (int64_t)answers(), (int64_t)count);
    return true;
}

static void vector_set(uint32_t vector, bool level) {
    uint64_t code = level ? LV_HYPERCALL_RAISE_VECTOR : LV_HYPERCALL_LOWER_VECTOR;

    expect("vector", rt_hypercall(code, ZONE, vector), 0);
}

static void round_set(const struct eio_round *round, bool level) {
    for (uint32_t i = 0; i < round->count; i++) {
        vector_set(round->vectors[i], level);
    }
}

static void run_eio(uint64_t rounds) {
    struct eio_round round;

    expect("raising vector 256", rt_hypercall(LV_HYPERCALL_RAISE_VECTOR, ZONE, LV_NUM_VECTORS),
           -LV_EINVAL);
    expect("raising a device's vector", rt_hypercall(LV_HYPERCALL_RAISE_VECTOR, 0, 2), -LV_EINVAL);
    for (uint64_t i = 0; i < rounds; i++) {
        eio_round_draw(&round, &seeded);
        if (!answer_wait(2 * i + 1)) {
            return;
        }
        round_set(&round, true);
        if (!answer_wait(2 * i + 2)) {
            return;
        }
        round_set(&round, false);
        vector_set(EIO_SYNC_FIRST + (i + 1) % 2, false);
        vector_set(EIO_SYNC_FIRST + i % 2, true);
    }
}

/* ---- failures ---- */

static void print_failure(const struct lv_zone_failure *failure) {
    rt_printf("CONTROL FAILED vcpu %u ecode %u pc %lx badi %lx badv %lx crmd %lx eentry %lx\n",
              failure->vcpu, failure->ecode, failure->pc, failure->badi, failure->badv,
              failure->guest_crmd, failure->guest_eentry);
    for (uint32_t i = 0; i < RT_ARRAY_SIZE(failure->gpr); i++) {
        rt_printf("CONTROL GPR %u %lx\n", i, failure->gpr[i]);
    }
    for (uint32_t i = 0; i < LV_EXIT_RECORDS; i++) {
        const struct lv_exit_record *exit = &failure->exits[i];
        rt_printf("CONTROL EXIT %u pc %lx word %x ecode %u\n", i, exit->pc, exit->word,
                  exit->ecode);
    }
    rt_printf("CONTROL KEPT\n");
}

static void run_watch(void) {
    bool printed = false;

    for (uint64_t beat = 0;; beat++) {
        uint32_t state = zone_state();
        if (state == LV_STATE_FAILED && !printed) {
            print_failure(&status.failure);
            printed = true;
        }
        rt_zone_log()->beats = beat;
        if (beat % POLLS_A_SECOND == 0) {
            rt_printf("CONTROL STATE %u %s BEAT %lu\n", state,
                      state == LV_STATE_FAILED ? "FAILED" : "-", beat);
        }
        rt_nap(rt_ticks_per_second() / POLLS_A_SECOND);
    }
}

void rt_main(void) {
    uint64_t mode = rt_param(0, MODE_WATCH);
    uint64_t count = rt_param(2, 1000);

    rt_zone_begin();
    seeded.state = rt_param(1, 1);
    rt_printf("CONTROL BEGIN mode %lu seed %lu\n", mode, seeded.state);
    if (mode == MODE_PAUSE) {
        run_pause(count);
    } else if (mode == MODE_EIO) {
        run_eio(count);
    } else if (mode == MODE_BLINK) {
        run_blink(count);
    } else {
        run_watch();
    }
    rt_printf("CONTROL DONE\n");
    rt_zone_end();
}
