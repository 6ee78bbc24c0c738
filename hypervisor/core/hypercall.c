// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/cpu.h>
#include <core/hypercall.h>
#include <core/zone.h>
#include <core/log.h>
#include <core/pool.h>
#include <core/zone_check.h>
#include <core/zone_life.h>
#include <lib/bits.h>
#include <lib/string.h>
#include <loongvisor/version.h>

#define BUFFER_ALIGN 8u

void *call_buffer(struct vcpu *vcpu, gpa_t gpa, uint64_t size, uint64_t align) {
    hpa_t hpa;

    return bits_is_aligned(gpa, align) && zone_ram_hpa(vcpu->zone, gpa, size, &hpa)
               ? arch_memory(hpa)
               : NULL;
}

static int64_t call_version(struct vcpu *vcpu, uint64_t a1, uint64_t a2) {
    (void)vcpu;
    (void)a1;
    (void)a2;
    return LV_HYPERCALL_ABI;
}

static int64_t call_watchdog(struct vcpu *vcpu, uint64_t a1, uint64_t a2) {
    (void)a1;
    (void)a2;
    zone_feed_watchdog(vcpu->zone);
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
    return zone_is_lost(zone) ? -LV_EIO : -LV_ESTATE;
}

static int64_t call_pause(const struct call *call) {
    return command_result(call->zone, zone_pause(call->zone));
}

static int64_t call_resume(const struct call *call) {
    return command_result(call->zone, zone_resume(call->zone));
}

static int64_t call_start(const struct call *call) {
    return command_result(call->zone, zone_start(call->zone));
}

static int64_t call_stop(const struct call *call) {
    if (call->a2 > LV_STOP_FORCE) {
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
    return command_result(call->zone, zone_restart(call->zone));
}

static int64_t call_destroy(const struct call *call) {
    return command_result(call->zone, zone_destroy(call->zone));
}

static int64_t call_create(const struct call *call) {
    return call->a2 == sizeof(struct lv_zone_config)
               ? zone_create(call->vcpu->zone->image, call->buffer, false)
               : -LV_EINVAL;
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
        .ram_size = zone_size_of(zone, LV_REGION_RAM),
        .run_ns = runs ? arch_counter_ns(arch_counter() - started) : 0,
        .num_vcpus = zone->num_vcpus,
        .flags = zone->config.flags | (zone_button_is_unheard(zone) ? LV_ZONE_UNHEARD : 0),
    };
    memcpy(summary->name, zone->config.name, sizeof(summary->name));
}

static int64_t call_list(const struct call *call) {
    uint64_t capacity = call->a2 < LV_MAX_ZONES ? call->a2 : LV_MAX_ZONES;
    struct lv_zone_summary *list =
        call_buffer(call->vcpu, call->a1, capacity * sizeof(struct lv_zone_summary), BUFFER_ALIGN);
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
    uint32_t length = READ_ONCE(stream->length);

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

static int64_t call_virtio_attach(const struct call *call) {
    return zone_virtio_attach(call->zone, call->buffer);
}

static int64_t call_virtio_state(const struct call *call) {
    return zone_virtio_state(call->zone, call->buffer);
}

static int64_t call_virtio_config(const struct call *call) {
    return zone_virtio_config(call->zone, call->buffer);
}

static int64_t call_virtio_answer(const struct call *call) {
    return zone_virtio_answer(call->zone, call->a2);
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

#define CALL(name) [LV_HYPERCALL_##name - CALL_FIRST]
/* A call with a buffer for this type. */
#define ROW(function, may_call, needs_zone, argument, type)                                        \
    {.handle = (function),                                                                         \
     .caller = CALLER_##may_call,                                                                  \
     .on_zone = (needs_zone),                                                                      \
     .buffer = BUFFER_##argument,                                                                  \
     .align = BUFFER_ALIGN,                                                                        \
     .size = sizeof(type)}
/* The root zone's, on a zone. */
#define COMMAND(function)                                                                          \
    {.handle = (function), .caller = CALLER_ROOT, .on_zone = true, .not_on_self = true}

const struct call_row call_rows[CALL_ROWS] = {
    CALL(VERSION) = {.quick = call_version},
    CALL(WATCHDOG) = {.quick = call_watchdog},
    CALL(RAISE_VECTOR) = {.quick = call_raise_vector},
    CALL(LOWER_VECTOR) = {.quick = call_lower_vector},
    CALL(STATS) = ROW(call_stats, SELF, true, A2, struct lv_zone_info_page),
    CALL(STATUS) = ROW(call_status, ROOT, true, A2, struct lv_zone_status),
    CALL(CONFIG) = ROW(call_config, ROOT, true, A2, struct lv_zone_config),
    CALL(PAUSE) = COMMAND(call_pause),
    CALL(RESUME) = COMMAND(call_resume),
    CALL(START) = COMMAND(call_start),
    CALL(STOP) = COMMAND(call_stop),
    CALL(RESTART) = COMMAND(call_restart),
    CALL(DESTROY) = COMMAND(call_destroy),
    CALL(CREATE) = ROW(call_create, ROOT, false, A1, struct lv_zone_config),
    CALL(LIST) = {.handle = call_list, .caller = CALLER_ROOT},
    CALL(LOG) = ROW(call_log, ROOT, false, A1, struct lv_stream),
    CALL(CONSOLE_READ) = ROW(call_console_read, ROOT, true, A2, struct lv_stream),
    CALL(CONSOLE_WRITE) = ROW(call_console_write, ROOT, true, A2, struct lv_stream),
    CALL(EVENTS) = ROW(call_events, ROOT, false, A1, struct lv_events),
    CALL(MACHINE) = ROW(call_machine, ROOT, false, A1, struct lv_machine_info),
    CALL(HISTORY) = ROW(call_history, ROOT, false, A2, struct lv_history),
    CALL(VIRTIO_ATTACH) = ROW(call_virtio_attach, ROOT, true, A2, struct lv_virtio_attach),
    CALL(VIRTIO_STATE) = ROW(call_virtio_state, ROOT, true, A2, struct lv_virtio_status),
    CALL(VIRTIO_ANSWER) = COMMAND(call_virtio_answer),
    CALL(VIRTIO_CONFIG) = ROW(call_virtio_config, ROOT, true, A2, struct lv_virtio_config),
    CALL(VIRTIO_KICKS) = {.quick = call_virtio_kicks},
    CALL(VIRTIO_SIGNAL) = {.quick = call_virtio_signal},
};

static bool call_is_on_own_zone(const struct call *call) {
    return call->zone == call->vcpu->zone;
}

static bool call_is_allowed(const struct call *call, enum caller caller) {
    return zone_is_root(call->vcpu->zone) || (caller == CALLER_SELF && call_is_on_own_zone(call));
}

int64_t call_by_row(struct vcpu *vcpu, const struct call_row *row, uint64_t a1, uint64_t a2) {
    struct call call = {.vcpu = vcpu, .a1 = a1, .a2 = a2};

    if (row->handle == NULL) {
        return -LV_ENOSYS;
    }
    if (row->on_zone) {
        call.zone = zone_find(a1);
    }
    if (!call_is_allowed(&call, row->caller)) {
        return -LV_EPERM;
    }
    if (row->on_zone && call.zone == NULL) {
        return -LV_ENOENT;
    }
    if (row->not_on_self && call_is_on_own_zone(&call)) {
        return -LV_EINVAL;
    }
    if (row->buffer != BUFFER_NONE) {
        call.buffer = call_buffer(vcpu, row->buffer == BUFFER_A1 ? a1 : a2, row->size, row->align);
        if (call.buffer == NULL) {
            return -LV_EFAULT;
        }
    }
    if (row->on_zone) {
        zone_check_leaving(call.zone);
    }
    return row->handle(&call);
}
