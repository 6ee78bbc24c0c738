// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/events.h>
#include <core/zone.h>
#include <lib/string.h>

static atomic_bool log_grown;

void events_tell_root(void) {
    struct zone *root = zone_find(LV_ROOT_ZONE_ID);

    if (root != NULL) {
        zone_set_interrupt(root, lv_find_interrupt(&root->config, LV_REGION_INFO), true);
    }
}

void events_log_grown(void) {
    if (!atomic_exchange(&log_grown, true)) {
        events_tell_root();
    }
}

void events_tell(struct zone *zone, enum lv_zone_state state, enum lv_reason reason) {
    struct event_queue *queue = &zone->events;

    spinlock_take(&queue->lock);
    queue->ring[queue->written % EVENT_QUEUE_SIZE] =
        (struct lv_event){.time_ns = arch_counter_ns(arch_counter()),
                          .sequence = queue->written,
                          .zone_id = zone->config.zone_id,
                          .state = (uint32_t)state,
                          .reason = (uint32_t)reason};
    queue->written++;
    spinlock_release(&queue->lock);
    events_tell_root();
}

/* False if not all of them fit. */
static bool queue_take(struct event_queue *queue, struct lv_events *events) {
    spinlock_take(&queue->lock);
    if (queue->written - queue->taken > EVENT_QUEUE_SIZE) {
        queue->taken = queue->written - EVENT_QUEUE_SIZE;
    }
    while (queue->taken < queue->written && events->num_events < LV_EVENTS_MAX) {
        events->events[events->num_events++] = queue->ring[queue->taken++ % EVENT_QUEUE_SIZE];
    }
    bool complete = queue->taken == queue->written;
    spinlock_release(&queue->lock);
    return complete;
}

void events_history(struct zone *zone, struct lv_history *history) {
    struct event_queue *queue = &zone->events;
    uint32_t count = 0;

    memcpy(history->name, zone->config.name, sizeof(history->name));
    spinlock_take(&queue->lock);
    uint64_t first = queue->written > EVENT_QUEUE_SIZE ? queue->written - EVENT_QUEUE_SIZE : 0;
    while (first + count < queue->written) {
        history->events[count] = queue->ring[(first + count) % EVENT_QUEUE_SIZE];
        count++;
    }
    spinlock_release(&queue->lock);
    history->num_events = count;
    history->reserved = 0;
}

/* The interrupt falls first: an event that is queued after the look at its queue raises it again.
 */
void events_take(struct zone *root, struct lv_events *events) {
    struct lv_events taken = {0};

    zone_set_interrupt(root, lv_find_interrupt(&root->config, LV_REGION_INFO), false);
    taken.log = atomic_exchange(&log_grown, false);
    for (uint32_t id = 0; id < LV_MAX_ZONES; id++) {
        struct zone *zone = zone_slot(id);
        taken.more |= queue_take(&zone->events, &taken) ? 0 : 1;
        taken.console |= zone_console_take_sent(zone) ? 1u << id : 0;
    }
    if (taken.more != 0) {
        events_tell_root();
    }
    *events = taken;
}
