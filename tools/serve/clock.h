/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SERVE_CLOCK_H
#define SERVE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define CLOCK_MS_PER_SECOND 1000u
#define CLOCK_NS_PER_MS     1000000u

/* Milliseconds since some time; never goes back. */
static inline uint64_t clock_now_ms(void) {
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * CLOCK_MS_PER_SECOND + (uint64_t)now.tv_nsec / CLOCK_NS_PER_MS;
}

#endif
