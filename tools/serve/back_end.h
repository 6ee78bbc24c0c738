/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program that does the work of a device: started, listened to, started again. */
#ifndef SERVE_BACK_END_H
#define SERVE_BACK_END_H

#include "lib/arena.h"
#include "lib/zone_device.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define BACK_END_MAX_WORDS 32u
/* Of the last thing that it said. */
#define BACK_END_WORDS_SIZE 256u

struct back_end {
    const struct zone_device *device;
    const char *socket; /* where it listens for vhost-user */
    const char *words[BACK_END_MAX_WORDS + 1];
    pid_t pid;         /* 0: does not run, or is not ours */
    int output;        /* what it says; -1: nobody's */
    uint64_t pause_ms; /* before it is started again */
    uint64_t next_ms;  /* when that may be, by the caller's clock */
    char said[BACK_END_WORDS_SIZE];
};

/* True if it speaks vhost-user, which is all that a front end knows so far. */
bool back_end_is_known(const struct zone_device *device);

/* folder: where its socket is to be; what it points to lives in the arena. */
void back_end_init(struct back_end *back_end, struct arena *arena, const struct zone_device *device,
                   const char *folder);

/* Starts it, if it is ours to start: 0 or -errno. */
int back_end_start(struct back_end *back_end);

/* A connected socket; -EAGAIN: it does not listen yet; or another -errno. */
int back_end_connect(const struct back_end *back_end);

/* True if it was started and has ended since. */
bool back_end_has_ended(struct back_end *back_end);

/* Reads what it says; the last line is kept. */
void back_end_listen(struct back_end *back_end);

/* Ends it, if it runs and is ours, and waits for its end. Its next start is later each time. */
void back_end_stop(struct back_end *back_end, uint64_t now_ms);

/* It has done work: the next pause is the shortest again. */
void back_end_works(struct back_end *back_end);

#endif
