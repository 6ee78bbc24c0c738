// SPDX-License-Identifier: GPL-2.0-or-later
/* Several programs at once, and programs that get signals: each call does all of what it says, or
 * says why not. */
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include "guest.h"

#define TOOLS          4
#define ROUNDS         150
#define MAPPING_ROUNDS 10
#define RACE_SLOTS     2
#define LOAD_SIZE      0x4000000u /* takes longer than the timer's period */
#define TICK_US        2000
#define RESTART_TICKS  500

/* What a command on a zone that others command may answer. */
static bool is_command_result(long result) {
    return result == 0 || result == -EINVAL || result == -ENOENT || result == -EBUSY ||
           result == -EEXIST || result == -EBADFD;
}

/* One of the tools: whatever comes to mind, on zones that the others have in mind as well. */
static int tool_run(unsigned seed) {
    static const unsigned long requests[] = {LV_IOCTL_START, LV_IOCTL_STOP,   LV_IOCTL_RESTART,
                                             LV_IOCTL_PAUSE, LV_IOCTL_RESUME, LV_IOCTL_DESTROY};
    int fd = test_open();
    int bad = 0;

    srandom(seed);
    for (int i = 0; i < ROUNDS; i++) {
        uint32_t slot = (uint32_t)random() % RACE_SLOTS;
        unsigned long request = requests[(unsigned long)random() % 6];
        long result = random() % 3 == 0
                          ? test_create(fd, slot, GUEST_IDLES)
                          : test_command(fd, request, test_zone_id(slot), LV_STOP_FORCE);
        if (!is_command_result(result)) {
            printf("tool %u: round %d: request %#lx: %ld\n", seed, i, request, result);
            bad++;
        }
    }
    return bad;
}

/* Whatever state the race left the zone in. */
static void race_clean(int fd, uint32_t slot) {
    uint32_t id = test_zone_id(slot);
    uint64_t end = test_now_ms() + MAX_WAIT_MS;

    while (test_state(fd, id) != LV_STATE_ABSENT && test_now_ms() < end) {
        (void)test_command(fd, LV_IOCTL_STOP, id, LV_STOP_FORCE);
        (void)test_command(fd, LV_IOCTL_DESTROY, id, 0);
        (void)usleep(1000);
    }
    EXPECT(LV_STATE_ABSENT, test_state(fd, id));
}

static void race_of_tools(int fd) {
    uint64_t free_before = test_pool_free(fd);
    int tools[TOOLS];

    for (unsigned i = 0; i < TOOLS; i++) {
        tools[i] = fork();
        if (tools[i] == 0) {
            _exit(tool_run(i + 1) != 0);
        }
    }
    for (unsigned i = 0; i < TOOLS; i++) {
        EXPECT(0, test_join(tools[i]));
    }
    for (uint32_t slot = 0; slot < RACE_SLOTS; slot++) {
        race_clean(fd, slot);
    }
    EXPECT(free_before, test_pool_free(fd));
}

/* Of two that want the same memory for different zones one gets it, and it is what that one loaded.
 */
static void race_for_memory(int fd) {
    struct lv_zone_config config = test_config(fd, 0, GUEST_IDLES);
    int tools[2];
    int won = 0;

    for (uint32_t i = 0; i < 2; i++) {
        tools[i] = fork();
        if (tools[i] == 0) {
            int own = test_open();
            struct lv_ioctl_load load = {
                .hpa = config.store_hpa, .buffer = (uintptr_t)&config, .size = sizeof(config)};
            config.zone_id = 1 + i;
            config.cpus <<= i;
            _exit(test_ioctl(own, LV_IOCTL_LOAD, &load) == 0 &&
                  test_create_zone(own, &config) == 0);
        }
    }
    won = (test_join(tools[0]) != 0) + (test_join(tools[1]) != 0);
    EXPECT(1, won);
    race_clean(fd, 0);
    race_clean(fd, 1);
}

/* Says when it has begun. */
static _Noreturn void write_for_ever(int began, uint64_t base) {
    volatile uint8_t *mapped = test_map(test_open(), base, SLOT_SIZE);

    if (mapped == NULL || write(began, "", 1) != 1) {
        _exit(1);
    }
    for (uint64_t at = 0;; at = (at + 4099) % SLOT_SIZE) {
        mapped[at] = 0xff;
    }
}

/* One writes through a mapping while zones are made of that memory: it gets SIGBUS, and nobody else
 * notices. */
static void race_of_mapping(int fd) {
    uint64_t base = test_pool(fd).hpa;
    int began[2];
    char byte;

    EXPECT(0, pipe(began));
    for (int i = 0; i < MAPPING_ROUNDS; i++) {
        int writer = fork();
        if (writer == 0) {
            write_for_ever(began[1], base);
        }
        EXPECT(1, read(began[0], &byte, 1));
        EXPECT(0, test_create(fd, 0, GUEST_IDLES));
        EXPECT(SIGBUS, test_join(writer) & 0x7f);
        test_end(fd, 0);
    }
    (void)close(began[0]);
    (void)close(began[1]);
}

void race_run(void) {
    int fd = test_open();

    race_of_tools(fd);
    race_for_memory(fd);
    race_of_mapping(fd);
}

static volatile sig_atomic_t ticks;

static void on_tick(int number) {
    (void)number;
    ticks++;
}

static void ticks_set(long us) {
    struct itimerval timer = {.it_interval = {.tv_usec = us}, .it_value = {.tv_usec = us}};

    (void)setitimer(ITIMER_REAL, &timer, NULL);
}

/* A program that gets signals all the time: LOAD ends with EINTR, the commands are carried out or
 * not begun. */
static void signals_to_caller(int fd) {
    struct sigaction action = {.sa_handler = on_tick};
    struct lv_region pool = test_pool(fd);
    struct lv_ioctl_load load = {.hpa = pool.hpa + 0x10000000, .size = LOAD_SIZE};
    void *bytes = mmap(NULL, LOAD_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    memset(bytes, 1, LOAD_SIZE);
    load.buffer = (uintptr_t)bytes;
    (void)sigaction(SIGALRM, &action, NULL);
    ticks_set(TICK_US);
    EXPECT(-EINTR, test_ioctl(fd, LV_IOCTL_LOAD, &load));
    for (int i = 0; i < ROUNDS; i++) {
        long result = test_command(fd, LV_IOCTL_PAUSE, test_zone_id(0), 0);
        EXPECT_TRUE(result == -ENOENT || result == -EINTR);
    }
    ticks_set(0);
    EXPECT_TRUE(ticks > 0);
    EXPECT(0, test_ioctl(fd, LV_IOCTL_LOAD, &load));
    (void)munmap(bytes, LOAD_SIZE);
}

/* A child that loads without end, through a file of its own. */
static int loader_fork(struct lv_ioctl_load *load) {
    int child = fork();

    if (child == 0) {
        int own = test_open();
        while (test_ioctl(own, LV_IOCTL_LOAD, load) == 0) {
        }
        _exit(1);
    }
    return child;
}

static void loader_kill(int loader) {
    EXPECT(0, kill(loader, SIGKILL));
    EXPECT(SIGKILL, test_join(loader) & 0x7f);
}

/* A command that a signal finds waiting for its turn begins again, if the handler lets it. */
static void signals_that_restart(int fd) {
    struct sigaction action = {.sa_handler = on_tick, .sa_flags = SA_RESTART};
    struct lv_region pool = test_pool(fd);
    struct lv_ioctl_load load = {.hpa = pool.hpa, .size = LOAD_SIZE};
    void *bytes = mmap(NULL, LOAD_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int loader;

    memset(bytes, 1, LOAD_SIZE);
    load.buffer = (uintptr_t)bytes;
    loader = loader_fork(&load);
    ticks = 0;
    (void)sigaction(SIGALRM, &action, NULL);
    ticks_set(TICK_US);
    while (ticks < RESTART_TICKS) {
        EXPECT(-ENOENT, test_command(fd, LV_IOCTL_PAUSE, test_zone_id(0), 0));
    }
    ticks_set(0);
    loader_kill(loader);
    (void)munmap(bytes, LOAD_SIZE);
}

/* Killed in the midst of a long LOAD it is gone at once, and so is its claim. */
static void signals_that_kill(int fd) {
    struct lv_region pool = test_pool(fd);
    struct lv_ioctl_load load = {.hpa = pool.hpa, .size = LOAD_SIZE};
    void *bytes = mmap(NULL, LOAD_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint64_t began;
    int loader;

    memset(bytes, 1, LOAD_SIZE);
    load.buffer = (uintptr_t)bytes;
    loader = loader_fork(&load);
    (void)usleep(200000);
    began = test_now_ms();
    loader_kill(loader);
    EXPECT_TRUE(test_now_ms() - began < 1000);
    load.size = 1;
    EXPECT(0, test_ioctl(fd, LV_IOCTL_LOAD, &load));
    (void)munmap(bytes, LOAD_SIZE);
}

void signals_run(void) {
    int fd = test_open();

    signals_to_caller(fd);
    signals_that_restart(fd);
    signals_that_kill(fd);
}
