/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * What a program needs to run as a zone beside others: parameters, an output of its own,
 * hypercalls.
 *
 * There is one UART and zone 0 has it. Any other zone writes what it prints into its memory at
 * RT_LOG_GPA, where whoever runs the machine reads it. RT_PARAMS_GPA holds numbers that the image
 * brings along; without them all are 0.
 */
#ifndef RT_ZONE_H
#define RT_ZONE_H

#include <loongvisor/hypercall.h>
#include <rt/runtime.h>

#define RT_LOG_GPA    0x00e00000UL
#define RT_LOG_SIZE   0x000f0000UL
#define RT_LOG_MAGIC  0x474f4c545256554cUL
#define RT_PARAMS_GPA 0x00f00000UL
/* First word of the parameters. */
#define RT_PARAMS_MAGIC 0x534d415241505452UL
#define RT_PARAMS       15u
/* The last two of each image that tests/system packs: where the hypervisor's memory begins, and the
 * end behind it. */
#define RT_PARAM_HYPERVISOR     (RT_PARAMS - 2)
#define RT_PARAM_HYPERVISOR_END (RT_PARAMS - 1)

struct rt_log {
    uint64_t magic;
    volatile uint64_t length; /* of text, bytes; what doesn't fit is dropped */
    volatile uint64_t beats;  /* the program's sign of life */
    volatile uint64_t step;   /* and where it is */
    char text[];
};

/*
 * To be called first, on CPU 0: finds out where the program runs and where it prints. Before that,
 * output goes to the UART.
 */
void rt_zone_begin(void);

/* The zone's info page; NULL on a machine without one. */
const struct lv_zone_info_page *rt_zone_info(void);

/* The memory block for beats and steps; zone 0 and the bare machine have one too. */
struct rt_log *rt_zone_log(void);

/* For rt_putc: false if output goes to the UART. */
bool rt_zone_log_put(char c);

/* Parameter n (below RT_PARAMS), or the fallback if it is 0 or there are none. */
uint64_t rt_param(uint32_t n, uint64_t fallback);

/* hvcl 0. */
int64_t rt_hypercall(uint64_t code, uint64_t a1, uint64_t a2);

/* Waits for ever: the end of a program whose machine goes on. */
__attribute__((noreturn)) void rt_zone_end(void);

/*
 * Waits in idle for a number of counter ticks, or until an interrupt comes that is enabled in ECFG.
 * Uses the timer, whose interrupt is not taken. Others are, at the end, if CRMD.IE is on.
 */
void rt_nap(uint64_t ticks);

/* Random numbers (splitmix64): one sequence for each seed. */
struct rt_random {
    uint64_t state;
};

uint64_t rt_random_next(struct rt_random *random);

/* From 0 to limit - 1. */
uint64_t rt_random_below(struct rt_random *random, uint64_t limit);

#endif
