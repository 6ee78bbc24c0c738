/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Serves the devices of one zone, in one process without threads, until the zone is destroyed. */
#ifndef SERVE_SERVE_H
#define SERVE_SERVE_H

#include "function.h"

#include <signal.h>
#include "lib/zone_serve.h"

struct serve {
    struct serve_zone zone;
    struct function functions[LV_MAX_VIRTIO];
    size_t count;
    /* Called once, when the zone can see all its devices. */
    void (*ready)(void *context);
    bool is_ready;
};

/*
 * serve->zone has name, id, driver, note and context; config: of the zone. folder: for sockets of
 * back ends, exists. 0, or -errno: nothing is open then.
 */
int serve_begin(struct serve *serve, struct arena *arena, const struct zone_serve *devices,
                const struct lv_zone_config *config, const char *folder);

/*
 * Until all functions have gone with their zone, or *stop is set by the handler of a signal. These
 * signals are blocked but for the mask, under which is waited, so that none comes unseen.
 */
void serve_run(struct serve *serve, const volatile sig_atomic_t *stop, const sigset_t *mask);

/* Lets go of everything. */
void serve_end(struct serve *serve);

#endif
