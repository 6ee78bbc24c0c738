// SPDX-License-Identifier: GPL-2.0-or-later
#include "serve.h"

#include "clock.h"

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* How often what does not announce itself is looked at: a back end that begins to listen. */
#define LOOK_MS 20

static int memory_map(struct serve_zone *zone, const struct lv_region *region) {
    void *mapped =
        mmap(NULL, region->size, PROT_READ, MAP_SHARED, zone->memory, (off_t)region->gpa);

    if (mapped == MAP_FAILED) {
        return -errno;
    }
    zone->mapped[zone->num_regions] = mapped;
    zone->regions[zone->num_regions++] = (struct vhost_user_region){region->gpa, region->size};
    return 0;
}

/* What the zone shares. Of the other pages nothing is to be had by the descriptor. */
static int memory_open(struct serve_zone *zone, const struct lv_zone_config *config) {
    const struct lv_ioctl_zone which = {.zone_id = zone->zone_id};

    zone->memory = ioctl(zone->driver, LV_IOCTL_ZONE_MEMORY, &which);
    if (zone->memory < 0) {
        return -errno;
    }
    for (uint32_t i = 0; i < config->num_regions; i++) {
        const struct lv_region *region = &config->regions[i];
        bool is_shared = region->type == LV_REGION_RAM && (region->flags & LV_REGION_SHARED) != 0;
        int error = 0;
        if (is_shared) {
            error = zone->num_regions < VHOST_USER_MAX_REGIONS ? memory_map(zone, region) : -E2BIG;
        }
        if (error != 0) {
            return error;
        }
    }
    return 0;
}

static void memory_close(struct serve_zone *zone) {
    for (size_t i = 0; i < zone->num_regions; i++) {
        (void)munmap(zone->mapped[i], zone->regions[i].size);
    }
    zone->num_regions = 0;
    if (zone->memory >= 0) {
        (void)close(zone->memory);
        zone->memory = -1;
    }
}

int serve_begin(struct serve *serve, struct arena *arena, const struct zone_serve *devices,
                const struct lv_zone_config *config, const char *folder) {
    int error = memory_open(&serve->zone, config);

    if (error != 0) {
        memory_close(&serve->zone);
        return error;
    }
    for (size_t i = 0; i < devices->count && error == 0; i++) {
        error = function_begin(&serve->functions[i], &serve->zone, arena, &devices->devices[i],
                               (uint32_t)i, folder);
        serve->count += error == 0 ? 1 : 0;
    }
    if (error != 0) {
        serve_end(serve);
    }
    return error;
}

static bool function_moves(const struct function *function) {
    return function->phase == FUNCTION_NO_BACK_END || function->phase == FUNCTION_CONNECTING;
}

/* Three descriptors of each: the driver's, the back end's socket, what it says; -1 is not waited
 * for. */
enum { POLL_DRIVER, POLL_BACK_END, POLL_OUTPUT, POLL_KINDS };

static int serve_wait(const struct serve *serve, struct pollfd *fds, const sigset_t *mask) {
    const struct timespec look = {.tv_nsec = (long)LOOK_MS * CLOCK_NS_PER_MS};
    const struct timespec *timeout = NULL;

    for (size_t i = 0; i < serve->count; i++) {
        const struct function *function = &serve->functions[i];
        struct pollfd *own = &fds[i * POLL_KINDS];
        own[POLL_DRIVER] = (struct pollfd){.fd = function->fd, .events = POLLIN};
        own[POLL_BACK_END] = (struct pollfd){.fd = function->vhost.fd, .events = POLLIN};
        own[POLL_OUTPUT] = (struct pollfd){.fd = function->back_end.output, .events = POLLIN};
        if (function_moves(function)) {
            timeout = &look;
        }
    }
    return ppoll(fds, serve->count * POLL_KINDS, timeout, mask);
}

/* A back end speaks only when it is asked, so what it sends by itself is its end. */
static void function_handle(struct function *function, const struct pollfd *own, uint64_t now) {
    if (own[POLL_OUTPUT].revents != 0) {
        back_end_listen(&function->back_end);
    }
    if (own[POLL_BACK_END].revents != 0 && function->phase == FUNCTION_CONNECTED) {
        function_lose_back_end(function, now, "has ended, and is started again");
    }
    if ((own[POLL_DRIVER].revents & (POLLHUP | POLLERR)) != 0) {
        function_end(function, now);
    } else if (own[POLL_DRIVER].revents != 0) {
        function_hear_driver(function, now);
    }
}

/* True while something is left to serve. */
static bool serve_advance(struct serve *serve) {
    bool is_ready = true;
    bool any = false;

    for (size_t i = 0; i < serve->count; i++) {
        struct function *function = &serve->functions[i];
        if (function->phase != FUNCTION_GONE) {
            function_advance(function, clock_now_ms());
            any = true;
        }
        is_ready = is_ready && function->is_attached;
    }
    if (is_ready && !serve->is_ready) {
        serve->is_ready = true;
        serve->ready(serve->zone.context);
    }
    return any;
}

void serve_run(struct serve *serve, const volatile sig_atomic_t *stop, const sigset_t *mask) {
    struct pollfd fds[LV_MAX_VIRTIO * POLL_KINDS];

    while (serve_advance(serve) && !*stop) {
        if (serve_wait(serve, fds, mask) <= 0) {
            continue;
        }
        for (size_t i = 0; i < serve->count; i++) {
            function_handle(&serve->functions[i], &fds[i * POLL_KINDS], clock_now_ms());
        }
    }
}

void serve_end(struct serve *serve) {
    for (size_t i = 0; i < serve->count; i++) {
        if (serve->functions[i].phase != FUNCTION_GONE) {
            function_end(&serve->functions[i], clock_now_ms());
        }
    }
    memory_close(&serve->zone);
}
