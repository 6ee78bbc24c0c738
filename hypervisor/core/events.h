/* SPDX-License-Identifier: GPL-2.0-or-later */
/* News for the root zone: changes of zones' states, consoles and a log that have grown. */
#ifndef LV_CORE_EVENTS_H
#define LV_CORE_EVENTS_H

#include <core/types.h>
#include <lib/spinlock.h>
#include <loongvisor/hypercall.h>

/* A history is returned in one piece. */
#define EVENT_QUEUE_SIZE LV_EVENTS_MAX

/* A queue for each zone: a zone that restarts in a loop displaces no other zone's events. */
struct event_queue {
    struct spinlock lock;
    uint64_t written; /* events ever; the ring holds the last of them */
    uint64_t taken;   /* of them, by events_take() */
    struct lv_event ring[EVENT_QUEUE_SIZE];
};

struct zone;

/* Queues an event: the zone came to this state. Any CPU. */
void events_tell(struct zone *zone, enum lv_zone_state state, enum lv_reason reason);

/*
 * Raises the root zone's event interrupt. The event is written before the line
 * rises, and LV_HYPERCALL_EVENTS lowers the line before it takes events, so none is missed. Any
 * CPU.
 */
void events_tell_root(void);

/* The log has grown. Any CPU. */
void events_log_grown(void);

/* Moves the events to the caller and lowers the interrupt. A CPU of the root zone. */
void events_take(struct zone *root, struct lv_events *events);

/* Fills in the zone's last events, whether taken or not, and takes none. Any CPU. */
void events_history(struct zone *zone, struct lv_history *history);

#endif
