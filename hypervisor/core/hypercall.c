// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/compat.h>
#include <core/cpu.h>
#include <core/hypercall.h>
#include <core/log.h>
#include <core/pool.h>
#include <core/zone_check.h>
#include <core/zone_life.h>
#include <lib/bits.h>
#include <lib/string.h>
#include <loongvisor/version.h>

#define BUFFER_ALIGN 8u
/* The first of our own calls. */
#define CALL_BASE LV_HYPERCALL_VERSION

/* The caller's own memory at gpa, or NULL. */
static void *caller_buffer(struct vcpu *vcpu, gpa_t gpa, uint64_t size) {
    hpa_t hpa;

    if (!bits_is_aligned(gpa, BUFFER_ALIGN) || !zone_ram_hpa(vcpu->zone, gpa, size, &hpa)) {
        return NULL;
    }
    return arch_memory(hpa);
}

/* What a call is about: the zone of a1 and the caller's buffer, as its row says, and the rest. */
struct call {
    struct vcpu *vcpu;
    struct zone *zone;
    void *buffer;
    uint64_t a1;
    uint64_t a2;
};

typedef int64_t call_handler(const struct call *call);

static int64_t call_version(const struct call *call) {
    (void)call;
    return LV_HYPERCALL_ABI;
}

static int64_t call_watchdog(const struct call *call) {
    zone_alive(call->vcpu->zone);
    return 0;
}

static int64_t call_stats(const struct call *call) {
    memcpy(call->buffer, call->zone->info, sizeof(*call->zone->info));
    return 0;
}

static int64_t call_config(const struct call *call) {
    memcpy(call->buffer, &call->zone->config, sizeof(call->zone->config));
    return 0;
}

static int64_t call_status(const struct call *call) {
    struct lv_zone_status *buffer = call->buffer;
    const struct zone *zone = call->zone;
    enum lv_zone_state state = zone_state(zone);
    bool paused = state == LV_STATE_PAUSED;

    buffer->state = (uint32_t)state;
    buffer->num_vcpus = zone->num_vcpus;
    memcpy(&buffer->failure, paused ? &zone->where : &zone->failure, sizeof(buffer->failure));
    if (paused && !atomic_load(&zone->held)) {
        buffer->failure.vcpu = LV_VCPU_NONE;
    }
    return 0;
}

/* A command answers whether the zone was in a state for it. */
static int64_t command_result(const struct zone *zone, bool done) {
    if (done) {
        return 0;
    }
    return zone_is_lost(zone) ? -LV_EIO : -LV_EINVAL;
}

static bool call_is_on_own_zone(const struct call *call) {
    return call->zone == call->vcpu->zone;
}

static int64_t call_pause(const struct call *call) {
    return command_result(call->zone, !call_is_on_own_zone(call) && zone_pause(call->zone));
}

static int64_t call_resume(const struct call *call) {
    return command_result(call->zone, !call_is_on_own_zone(call) && zone_resume(call->zone));
}

static int64_t call_start(const struct call *call) {
    return command_result(call->zone, zone_start(call->zone));
}

static int64_t call_stop(const struct call *call) {
    if (call_is_on_own_zone(call) || call->a2 > LV_STOP_FORCE) {
        return -LV_EINVAL;
    }
    if (call->a2 == LV_STOP_FORCE) {
        return command_result(call->zone, zone_force_stop(call->zone));
    }
    if (lv_find_region(&call->zone->config, LV_REGION_POWER) == NULL) {
        return -LV_ENODEV;
    }
    return command_result(call->zone, zone_is_running(call->zone) && zone_button_press(call->zone));
}

static int64_t call_restart(const struct call *call) {
    return command_result(call->zone, !call_is_on_own_zone(call) && zone_restart(call->zone));
}

static int64_t call_destroy(const struct call *call) {
    return command_result(call->zone, zone_destroy(call->zone));
}

/*
 * The configuration is copied before it is checked: other CPUs of the root zone can write to the
 * caller's. One caller at a time has the copy; it is too large for the stack.
 */
static int64_t call_create(const struct call *call) {
    static struct lv_zone_config copy;
    static struct spinlock copy_lock;

    if (call->a2 != sizeof(copy)) {
        return -LV_EINVAL;
    }
    if (!spinlock_try(&copy_lock)) {
        return -LV_EBUSY;
    }
    memcpy(&copy, call->buffer, sizeof(copy));
    int64_t result = zone_create(call->vcpu->zone->image, &copy, false);
    spinlock_release(&copy_lock);
    return result;
}

static void zone_summarise(const struct zone *zone, struct lv_zone_summary *summary) {
    ticks_t started = atomic_load_explicit(&zone->started_at, memory_order_relaxed);
    bool runs = zone_is_running(zone) || zone_is_paused(zone);

    *summary = (struct lv_zone_summary){
        .zone_id = zone->config.zone_id,
        .state = (uint32_t)zone_state(zone),
        .reason = (uint32_t)zone_reason(zone),
        .starts = zone->starts,
        .cpus = zone->config.cpus,
        .ram_size = zone_ram_size(zone),
        .run_ns = runs ? arch_counter_ns(arch_counter() - started) : 0,
        .num_vcpus = zone->num_vcpus,
        .flags = zone->config.flags | (zone_button_is_unheard(zone) ? LV_ZONE_UNHEARD : 0),
    };
    memcpy(summary->name, zone->config.name, sizeof(summary->name));
}

static int64_t call_list(const struct call *call) {
    uint64_t capacity = call->a2 < LV_MAX_ZONES ? call->a2 : LV_MAX_ZONES;
    struct lv_zone_summary *list =
        caller_buffer(call->vcpu, call->a1, capacity * sizeof(struct lv_zone_summary));
    uint64_t count = 0;

    if (list == NULL && capacity != 0) {
        return -LV_EFAULT;
    }
    for (uint32_t id = 0; id < LV_MAX_ZONES; id++) {
        struct zone *zone = zone_find(id);
        if (zone == NULL) {
            continue;
        }
        zone_check_leaving(zone);
        if (count < capacity) {
            zone_summarise(zone, &list[count]);
        }
        count++;
    }
    return (int64_t)count;
}

static int64_t call_log(const struct call *call) {
    log_read(call->buffer);
    return 0;
}

static int64_t call_console_read(const struct call *call) {
    if (lv_find_region(&call->zone->config, LV_REGION_UART) == NULL) {
        return -LV_ENODEV;
    }
    zone_console_read(call->zone, call->buffer);
    return 0;
}

static int64_t call_console_write(const struct call *call) {
    const struct lv_stream *stream = call->buffer;
    /* Other CPUs of the root zone can write to the buffer: the length is read once. */
    uint32_t length = *(const volatile uint32_t *)&stream->length;

    if (lv_find_region(&call->zone->config, LV_REGION_UART) == NULL) {
        return -LV_ENODEV;
    }
    return length <= LV_STREAM_BYTES ? (int64_t)zone_console_type(call->zone, stream->data, length)
                                     : -LV_EINVAL;
}

static int64_t call_events(const struct call *call) {
    events_take(call->vcpu->zone, call->buffer);
    return 0;
}

/* A zone that is gone has a history, too. */
static int64_t call_history(const struct call *call) {
    if (call->a1 >= LV_MAX_ZONES) {
        return -LV_ENOENT;
    }
    events_history(zone_slot((uint32_t)call->a1), call->buffer);
    return 0;
}

static void machine_count_cpus(uint32_t num_cpus, struct lv_machine_info *info) {
    for (cpu_id_t id = 0; id < num_cpus; id++) {
        info->online_cpus |= cpu_is_online(id) ? BIT(id) : 0;
    }
    for (uint32_t id = 0; id < LV_MAX_ZONES; id++) {
        const struct zone *zone = zone_find(id);
        info->used_cpus |= zone != NULL ? zone->config.cpus : 0;
    }
}

static int64_t call_machine(const struct call *call) {
    const struct lv_board *board = &call->vcpu->zone->image->board;
    struct lv_machine_info info = {
        .abi = LV_HYPERCALL_ABI,
        .num_cpus = board->num_cpus,
        .hv_base = board->hv_base,
        .hv_size = board->hv_size,
        .pool_size = pool_size(),
        .pool_free = pool_free(),
        .stage2_pages = LV_STAGE2_POOL_PAGES,
        .stage2_pages_used = arch_stage2_pages_used(),
        .zone_size = sizeof(struct zone) + LV_PAGE_SIZE,
        .vcpu_size = sizeof(struct vcpu),
        .time_ns = arch_counter_ns(arch_counter()),
        .version = LV_VERSION_STRING,
    };

    machine_count_cpus(board->num_cpus, &info);
    memcpy(info.board, board->name, sizeof(info.board));
    memcpy(call->buffer, &info, sizeof(info));
    return 0;
}

/* Who may call. */
enum caller {
    CALLER_ROOT, /* the root zone */
    CALLER_SELF, /* the root zone, and others on themselves */
    CALLER_ANY,
};

/* Which argument is the GPA of a buffer in the caller's RAM. */
enum buffer { BUFFER_NONE, BUFFER_A1, BUFFER_A2 };

#define CALL(name) [LV_HYPERCALL_##name - CALL_BASE]

/* Those that are not in hypercall_interrupt.c. */
static const struct {
    call_handler *handle;
    uint8_t caller; /* enum caller */
    bool on_zone;   /* a1 is the id of a zone that exists */
    uint8_t buffer; /* enum buffer */
    uint32_t size;  /* of the buffer, bytes */
} calls[] = {
    CALL(VERSION) = {call_version, CALLER_ANY, false, BUFFER_NONE, 0},
    CALL(STATS) = {call_stats, CALLER_SELF, true, BUFFER_A2, sizeof(struct lv_zone_info_page)},
    CALL(STATUS) = {call_status, CALLER_ROOT, true, BUFFER_A2, sizeof(struct lv_zone_status)},
    CALL(PAUSE) = {call_pause, CALLER_ROOT, true, BUFFER_NONE, 0},
    CALL(RESUME) = {call_resume, CALLER_ROOT, true, BUFFER_NONE, 0},
    CALL(CREATE) = {call_create, CALLER_ROOT, false, BUFFER_A1, sizeof(struct lv_zone_config)},
    CALL(START) = {call_start, CALLER_ROOT, true, BUFFER_NONE, 0},
    CALL(STOP) = {call_stop, CALLER_ROOT, true, BUFFER_NONE, 0},
    CALL(RESTART) = {call_restart, CALLER_ROOT, true, BUFFER_NONE, 0},
    CALL(DESTROY) = {call_destroy, CALLER_ROOT, true, BUFFER_NONE, 0},
    CALL(LIST) = {call_list, CALLER_ROOT, false, BUFFER_NONE, 0},
    CALL(CONFIG) = {call_config, CALLER_ROOT, true, BUFFER_A2, sizeof(struct lv_zone_config)},
    CALL(LOG) = {call_log, CALLER_ROOT, false, BUFFER_A1, sizeof(struct lv_stream)},
    CALL(CONSOLE_READ) = {call_console_read, CALLER_ROOT, true, BUFFER_A2,
                          sizeof(struct lv_stream)},
    CALL(CONSOLE_WRITE) = {call_console_write, CALLER_ROOT, true, BUFFER_A2,
                           sizeof(struct lv_stream)},
    CALL(EVENTS) = {call_events, CALLER_ROOT, false, BUFFER_A1, sizeof(struct lv_events)},
    CALL(MACHINE) = {call_machine, CALLER_ROOT, false, BUFFER_A1, sizeof(struct lv_machine_info)},
    CALL(WATCHDOG) = {call_watchdog, CALLER_ANY, false, BUFFER_NONE, 0},
    CALL(HISTORY) = {call_history, CALLER_ROOT, false, BUFFER_A2, sizeof(struct lv_history)},
};

static bool call_is_allowed(const struct call *call, enum caller caller) {
    return caller == CALLER_ANY || zone_is_root(call->vcpu->zone) ||
           (caller == CALLER_SELF && call_is_on_own_zone(call));
}

int64_t hypercall_handle_rare(struct vcpu *vcpu, uint64_t code, uint64_t a1, uint64_t a2) {
    struct call call = {.vcpu = vcpu, .a1 = a1, .a2 = a2};
    uint64_t index = code - CALL_BASE;

    if (code < CALL_BASE) {
        return compat_hypercall != NULL ? compat_hypercall(vcpu, code, a1, a2) : -LV_ENOSYS;
    }
    if (index >= ARRAY_SIZE(calls) || calls[index].handle == NULL) {
        return -LV_ENOSYS;
    }
    if (calls[index].on_zone) {
        call.zone = zone_find(a1);
    }
    if (!call_is_allowed(&call, calls[index].caller)) {
        return -LV_EPERM;
    }
    if (calls[index].on_zone) {
        if (call.zone == NULL) {
            return -LV_ENOENT;
        }
        zone_check_leaving(call.zone);
    }
    if (calls[index].buffer != BUFFER_NONE) {
        call.buffer =
            caller_buffer(vcpu, calls[index].buffer == BUFFER_A1 ? a1 : a2, calls[index].size);
        if (call.buffer == NULL) {
            return -LV_EFAULT;
        }
    }
    return calls[index].handle(&call);
}
