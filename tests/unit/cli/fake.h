/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine with its zones behind the command's device interface, with a clock of its own: a
 * timeout of a minute is over at once. One process, one thread: all that happens, happens while the
 * command polls.
 */
#ifndef TEST_CLI_FAKE_H
#define TEST_CLI_FAKE_H

/* cmocka.h wants these four before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/cli.h"

#include <loongvisor/driver.h>

#define FAKE_EVENTS       64u
#define FAKE_STREAM       65536u
#define FAKE_LOADS        64u
#define FAKE_ROOT_CPUS    0x0fu
#define FAKE_POOL_BASE    0xf0000000ULL
#define FAKE_POOL_SIZE    0x80000000ULL
#define FAKE_NEVER        UINT64_MAX
#define FAKE_STRAY_LENGTH (LV_STREAM_BYTES + 1)

/* A stream of which the last `kept` bytes can be read. */
struct fake_stream {
    uint8_t bytes[FAKE_STREAM];
    uint64_t written;
    uint64_t kept;
};

struct fake_zone {
    bool exists;
    struct lv_zone_summary summary;
    struct lv_zone_config config;
    struct lv_zone_status status;
    struct lv_zone_info_page stats;
    struct fake_stream console;
    char typed[4096];
    size_t num_typed;
    size_t room; /* for keys, per call */
    /* How it answers. */
    uint64_t start_ms; /* FAKE_NEVER: it does not become ready */
    uint64_t stop_ms;  /* after ASK; FAKE_NEVER: it does not listen */
    uint64_t force_ms;
    uint64_t destroy_ms;
    bool has_power;        /* can be asked */
    bool loses_cpu;        /* one of its CPUs does not leave: a forced stop or DESTROY fails it */
    bool deaf;             /* takes no notice of that */
    uint32_t becomes;      /* when started: RUNNING, or what else */
    uint32_t becomes_next; /* right after that; ABSENT: nothing */
    uint32_t reason;       /* of becomes, if it is not RUNNING, and of becomes_next */
    /* What is under way. */
    uint64_t due_ms;
    uint32_t next;
    uint32_t next_reason;
    bool restarts;
};

struct fake_load {
    uint64_t hpa;
    uint64_t size;
    uint8_t first; /* byte */
};

struct fake {
    struct cli cli; /* first, so that it can be found from the device */
    char kept[64];  /* folder of kept devices */
    char *out;      /* what the command printed, after fake_run */
    char *err;
    size_t out_size;
    size_t err_size;
    uint64_t now_ms;
    struct fake_zone zones[LV_MAX_ZONES];
    struct lv_event queue[FAKE_EVENTS];
    unsigned head;
    unsigned tail;
    uint64_t sequence[LV_MAX_ZONES];
    struct lv_ioctl_grown grown;
    struct lv_history history[LV_MAX_ZONES];
    struct fake_stream log;
    struct lv_machine_info info;
    struct fake_load loads[FAKE_LOADS];
    size_t num_loads;
    uint64_t load_ms;                   /* that each takes */
    char commands[1024];                /* "START 1, STOP 1 0, ..." */
    bool lose_events;                   /* none is ever seen */
    bool no_device;                     /* open fails */
    uint64_t locked_until;              /* by another process; 0: not at all */
    void (*at_lock)(struct fake *fake); /* called when the command gets the lock */
    unsigned holds;                     /* the command has the lock: 1 */
    int list_count;                     /* what LIST answers; 0: the truth */
    uint32_t stream_length;             /* what every stream says of its length; 0: the truth */
    unsigned long fail_request;         /* answers -fail_error, fail_times times */
    int fail_error;
    unsigned fail_times;
    size_t num_users; /* of any zone's memory */
    uint32_t refusal; /* of each CREATE; LV_REFUSAL_NONE: none */
    uint32_t refused_index;
    unsigned polls;
    void (*at_force)(struct fake *fake); /* called before a zone is stopped by force */
    void (*at_start)(struct fake *fake); /* called before a zone is started */
    void (*at_poll)(struct fake *fake);  /* called at each poll, may do anything */
    void *context;                       /* for at_poll */
};

/* cmocka set-up: a root zone (id 0) and a stopped zone 1, "guest", with 2 vCPUs. And the end. */
int fake_setup(void **state);
int fake_teardown(void **state);

/* Runs `loongvisor` with these words; fake->out and fake->err are what it printed. */
enum cli_status fake_run(struct fake *fake, const char *words);

/* A zone that exists, in a state. */
struct fake_zone *fake_add(struct fake *fake, uint32_t zone_id, const char *name, uint32_t state);

/* A zone comes to a state, now; with an event. */
void fake_become(struct fake *fake, uint32_t zone_id, uint32_t state, uint32_t reason);

/* A zone's console, or the log, grows. */
void fake_print(struct fake *fake, uint32_t zone_id, const char *text);
void fake_log(struct fake *fake, const char *text);

/* Fails the test unless the text contains `part`. */
void assert_contains(const char *text, const char *part);
void assert_lacks(const char *text, const char *part);

#endif
