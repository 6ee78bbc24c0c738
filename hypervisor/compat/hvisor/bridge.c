// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/compat.h>
#include <core/cpu.h>
#include <irq/interrupt.h>
#include <core/zone.h>
#include <compat/hvisor/bridge.h>
#include <lib/bits.h>
#include <lib/spinlock.h>

/* Virtio 1.2, 4.2.2 and 5. */
#define DEVICE_ID      0x08u
#define QUEUE_NOTIFY   0x50u
#define STATUS         0x70u
#define DEVICE_NONE    0u
#define DEVICE_CONSOLE 3u
/* Bytes of registers that hvisor's files give a device. */
#define DEVICE_SIZE 0x200u

#define RING_MASK (LV_HVISOR_REQUESTS - 1)
/* One zone's requests never fill the ring for the others. */
#define REQUESTS_PER_ZONE 8u
/*
 * The pause between two polls of the daemon's answer: an eighth of the time waited so far, at
 * 100 MHz at least 10 us and at most 10 ms.
 */
#define NAP_SHARE     8u
#define NAP_TICKS_MIN 1000u
#define NAP_TICKS_MAX 1000000u
/* The longest time for which a zone's end waits for its devices to be reset. */
#define RESET_SECONDS 1u

static struct {
    struct spinlock lock;                   /* held for a bounded time */
    volatile struct lv_hvisor_bridge *page; /* NULL: none */
    uint32_t opened;                        /* counts the pages */
    uint32_t req_rear;
    uint32_t res_front;
    uint8_t owners[LV_HVISOR_REQUESTS]; /* the zone of each request in the ring */
    /* Each CPU's cfg_flags once all its requests are answered. A zone may end without waiting for
     * its answer; the next zone does not take that answer for its own. */
    uint64_t answered[LV_MAX_CPUS];
} bridge;

/* An access on its way to the daemon and back. */
struct exchange {
    struct vcpu *vcpu;
    struct access *access;
    gpa_t address;
    ticks_t since;     /* when the wait began */
    bool posted;       /* nobody waits for an answer */
    uint32_t opened;   /* number of the page that it was sent to; 0: not yet */
    uint64_t answered; /* the value of cfg_flags once it is answered */
};

/*
 * Only the daemon that raised a line knows when to lower it, and the next daemon's devices have no
 * interrupt pending. The ring wakes the CPUs that wait for an answer.
 */
static void zones_forget_daemon(void) {
    for (uint32_t id = LV_ROOT_ZONE_ID + 1; id < LV_MAX_ZONES; id++) {
        struct zone *zone = zone_find(id);
        if (zone != NULL) {
            zone_lower_lines_everywhere(zone);
            zone_ring(zone, zone_all_vcpus(zone));
        }
    }
}

void bridge_open(struct lv_hvisor_bridge *page) {
    volatile struct lv_hvisor_bridge *opened = page;

    spinlock_take(&bridge.lock);
    bridge.page = opened;
    bridge.opened++;
    bridge.req_rear = opened->req_front & RING_MASK;
    bridge.res_front = opened->res_front & RING_MASK;
    opened->req_rear = bridge.req_rear;
    opened->res_front = bridge.res_front;
    for (cpu_id_t cpu = 0; cpu < LV_MAX_CPUS; cpu++) {
        bridge.answered[cpu] = opened->cfg_flags[cpu];
    }
    zones_forget_daemon();
    spinlock_release(&bridge.lock);
}

/* After this returns, nothing accesses the page. */
static void bridge_close(void) {
    spinlock_take(&bridge.lock);
    bridge.page = NULL;
    zones_forget_daemon();
    spinlock_release(&bridge.lock);
}

bool bridge_set_interrupt(struct zone *zone, uint64_t interrupt, bool level) {
    uint64_t line = interrupt - LV_HVISOR_IRQ_HWI0;

    if (line >= LV_NUM_LINES || (zone->config.cpu_lines & BIT(line)) != 0) {
        return false;
    }
    zone_set_line_everywhere(zone, (uint32_t)line, level);
    return true;
}

/* Raises nothing for an absent zone, the root zone, or a line that is not free. */
static void result_raise(uint32_t zone_id, uint32_t interrupt) {
    struct zone *zone = zone_id != LV_ROOT_ZONE_ID ? zone_find(zone_id) : NULL;

    if (zone != NULL) {
        (void)bridge_set_interrupt(zone, interrupt, true);
    }
}

bool bridge_finish(void) {
    spinlock_take(&bridge.lock);
    volatile struct lv_hvisor_bridge *page = bridge.page;
    if (page != NULL) {
        uint32_t rear = page->res_rear & RING_MASK;
        atomic_thread_fence(memory_order_acquire);
        while (bridge.res_front != rear) {
            volatile struct lv_hvisor_result *result = &page->results[bridge.res_front];
            result_raise(result->target_zone, result->irq_id);
            bridge.res_front = (bridge.res_front + 1) & RING_MASK;
        }
        atomic_thread_fence(memory_order_release);
        page->res_front = bridge.res_front;
    }
    spinlock_release(&bridge.lock);
    return page != NULL;
}

/* Whether the ring has room for one more request of the zone. */
static bool ring_has_room(uint32_t req_front, uint32_t zone_id) {
    uint32_t own = 0;

    if (((bridge.req_rear + 1) & RING_MASK) == req_front) {
        return false;
    }
    for (uint32_t i = req_front; i != bridge.req_rear; i = (i + 1) & RING_MASK) {
        own += bridge.owners[i] == zone_id ? 1 : 0;
    }
    return own < REQUESTS_PER_ZONE;
}

static void request_write(volatile struct lv_hvisor_request *request,
                          const struct exchange *exchange) {
    request->src_cpu = exchange->vcpu->cpu;
    request->address = exchange->address;
    request->size = exchange->access->size;
    request->value = exchange->access->value;
    request->src_zone = exchange->vcpu->zone->config.zone_id;
    request->is_write = exchange->access->is_write;
    request->need_interrupt = exchange->posted;
    request->padding = 0;
}

/* After the daemon has announced that it sleeps, it checks once more for requests. */
static void daemon_wake(const volatile struct lv_hvisor_bridge *page) {
    atomic_thread_fence(memory_order_seq_cst);
    if (page->need_wakeup != 0) {
        (void)bridge_set_interrupt(zone_slot(LV_ROOT_ZONE_ID), LV_HVISOR_IRQ_WAKEUP, true);
    }
}

/*
 * Counts one more answer to wait for. A faulty daemon may have given more answers than there were
 * requests; none of those counts for this request.
 */
static uint64_t answer_expect(const volatile struct lv_hvisor_bridge *page, cpu_id_t cpu) {
    uint64_t flags = page->cfg_flags[cpu];

    if ((int64_t)(flags - bridge.answered[cpu]) > 0) {
        bridge.answered[cpu] = flags;
    }
    return ++bridge.answered[cpu];
}

static bool request_send(volatile struct lv_hvisor_bridge *page, struct exchange *exchange) {
    uint32_t zone_id = exchange->vcpu->zone->config.zone_id;

    if (!ring_has_room(page->req_front & RING_MASK, zone_id)) {
        return false;
    }
    exchange->opened = bridge.opened;
    if (!exchange->posted) {
        exchange->answered = answer_expect(page, exchange->vcpu->cpu);
    }
    request_write(&page->requests[bridge.req_rear], exchange);
    bridge.owners[bridge.req_rear] = (uint8_t)zone_id;
    bridge.req_rear = (bridge.req_rear + 1) & RING_MASK;
    atomic_thread_fence(memory_order_release);
    page->req_rear = bridge.req_rear;
    daemon_wake(page);
    return true;
}

static bool answer_take(const volatile struct lv_hvisor_bridge *page,
                        const struct exchange *exchange) {
    cpu_id_t cpu = exchange->vcpu->cpu;

    if ((int64_t)(page->cfg_flags[cpu] - exchange->answered) < 0) {
        return false;
    }
    atomic_thread_fence(memory_order_acquire);
    exchange->access->value = page->cfg_values[cpu];
    return true;
}

/* Advances the exchange as far as possible; true when it is complete. Under the lock. */
static bool exchange_step(struct exchange *exchange) {
    volatile struct lv_hvisor_bridge *page = bridge.page;

    if (page == NULL) {
        exchange->access->value = 0;
        return exchange->opened == 0;
    }
    if (exchange->opened != bridge.opened) {
        return request_send(page, exchange) && exchange->posted;
    }
    return answer_take(page, exchange);
}

/* True when it is complete; otherwise the CPU has napped, and may have been rung. */
static bool exchange_try(struct exchange *exchange) {
    spinlock_take(&bridge.lock);
    bool over = exchange_step(exchange);
    spinlock_release(&bridge.lock);
    if (!over) {
        ticks_t nap = (arch_counter() - exchange->since) / NAP_SHARE;
        nap = nap > NAP_TICKS_MIN ? nap : NAP_TICKS_MIN;
        arch_cpu_nap(nap < NAP_TICKS_MAX ? nap : NAP_TICKS_MAX);
    }
    return over;
}

/*
 * Devices are DEVICE_SIZE apart. A write to QueueNotify returns at once. Any other access waits and
 * follows the zone's state meanwhile, so it may not return. Without a page there is no device and
 * registers read 0.
 */
static enum verdict bridge_access(struct vcpu *vcpu, struct access *access,
                                  const struct lv_region *region) {
    struct exchange exchange = {
        .vcpu = vcpu,
        .access = access,
        .address = region->gpa + access->address,
        .since = arch_counter(),
        .posted = access->is_write && access->address % DEVICE_SIZE == QUEUE_NOTIFY,
    };

    enum verdict verdict = VERDICT_HANDLED;

    while (verdict == VERDICT_HANDLED && !exchange_try(&exchange)) {
        verdict = vcpu_check_watchdog(vcpu);
        vcpu_answer_doorbell(vcpu);
    }
    return verdict;
}

/* Makes an access of the hypervisor's own; false if it has no answer RESET_SECONDS after since. */
static bool device_access(struct zone *zone, ticks_t since, gpa_t address, struct access *access) {
    struct exchange exchange = {
        .vcpu = zone_vcpu(zone, 0), .access = access, .address = address, .since = since};

    while (!exchange_try(&exchange)) {
        if (arch_counter() - since > RESET_SECONDS * arch_counter_hz()) {
            return false;
        }
        cpu_answer_doorbell();
    }
    return true;
}

/*
 * hvisor's console uses its queues at each key, even after a reset, and writes to a zone's RAM only
 * then. So it is not reset.
 */
static bool device_reset(struct zone *zone, ticks_t since, gpa_t base) {
    struct access type = {.size = sizeof(uint32_t)};
    struct access status = {.size = sizeof(uint32_t), .is_write = true};

    return device_access(zone, since, base + DEVICE_ID, &type) &&
           (type.value == DEVICE_NONE || type.value == DEVICE_CONSOLE ||
            device_access(zone, since, base + STATUS, &status));
}

/* The GPA of the daemon's device, in whichever zone; 0: there is no daemon. */
static gpa_t device_base(uint32_t index) {
    spinlock_take(&bridge.lock);
    const volatile struct lv_hvisor_bridge *page = bridge.page;
    gpa_t base = page != NULL ? page->mmio_addrs[index] : 0;
    spinlock_release(&bridge.lock);
    return base;
}

/*
 * Resets the devices as the guest would, so that the daemon keeps no pointer into RAM that gets
 * another owner. Waits at most RESET_SECONDS for a daemon that does not answer.
 */
static void bridge_reset_devices(struct zone *zone) {
    ticks_t since = arch_counter();
    bool answered = true;

    for (uint32_t i = 0; i < LV_HVISOR_DEVICES && answered; i++) {
        gpa_t base = device_base(i);
        const struct lv_region *region = zone_find_region(zone, base);
        if (region != NULL && region->type == LV_REGION_VIRTIO) {
            answered = device_reset(zone, since, base);
        }
    }
}

/* A zone that never started has used no device. A zone that stopped has had its devices reset. */
static void bridge_quiesce(struct zone *zone) {
    if (zone_is_root(zone)) {
        bridge_close();
    } else if (zone->starts != 0 && zone_state(zone) != LV_STATE_DESTROYING) {
        bridge_reset_devices(zone);
    }
}

const struct device_kind compat_virtio_kind = {
    .quiesce = bridge_quiesce,
    .access = bridge_access,
};
