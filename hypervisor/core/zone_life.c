// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/console.h>
#include <core/cpu.h>
#include <core/log.h>
#include <core/pool.h>
#include <core/zone_check.h>
#include <core/zone_life.h>
#include <core/zone_memory.h>
#include <lib/bits.h>
#include <lib/string.h>

/*
 * State, reason and policy are one word: whoever changes the state of a zone says in the same
 * moment why, and what the last CPU to leave shall do then.
 */
#define LIFE_REASON_SHIFT 8
#define LIFE_POLICY_SHIFT 16

/*
 * How long a CPU may take to leave its zone: a few microseconds, on an emulator as long as its host
 * keeps it from running. The tool waits a little longer.
 */
#define LEAVE_TIMEOUT_MS 8000
/* Making a zone waits for the root zone's CPUs twice, ten seconds each (cpu_flush_zone()). */
#define ZONES_LOCK_TIMEOUT_MS 30000

/* Making and unmaking zones: the tables of stage 2 and the pool. On the exit path, only the root
 * zone's CREATE takes it. */
static struct spinlock zones_lock;
/* A CPU was lost with that lock. */
static atomic_bool zones_lock_lost;

/* A page each, since a zone may map its own. */
static union {
    struct lv_zone_info_page info;
    uint8_t bytes[LV_PAGE_SIZE];
} info_pages[LV_MAX_ZONES] __attribute__((aligned(LV_PAGE_SIZE)));

static uint32_t life_make(enum lv_zone_state state, enum lv_reason reason, enum lv_policy policy) {
    return (uint32_t)state | (uint32_t)reason << LIFE_REASON_SHIFT |
           (uint32_t)policy << LIFE_POLICY_SHIFT;
}

static enum lv_policy life_policy(uint32_t life) {
    return (enum lv_policy)(life >> LIFE_POLICY_SHIFT & LIFE_FIELD_MASK);
}

static enum lv_reason life_reason(uint32_t life) {
    return (enum lv_reason)(life >> LIFE_REASON_SHIFT & LIFE_FIELD_MASK);
}

static uint32_t zone_life(const struct zone *zone) {
    return atomic_load_explicit(&zone->life, memory_order_acquire);
}

enum lv_reason zone_reason(const struct zone *zone) {
    return life_reason(zone_life(zone));
}

#define STATES_AT_REST (BIT(LV_STATE_CREATED) | BIT(LV_STATE_STOPPED) | BIT(LV_STATE_FAILED))
#define STATES_ALIVE   (BIT(LV_STATE_STARTING) | BIT(LV_STATE_RUNNING) | BIT(LV_STATE_PAUSED))
#define STATES_LEAVING (BIT(LV_STATE_STOPPING) | BIT(LV_STATE_FAILING) | BIT(LV_STATE_DESTROYING))

/* False if the life has become another, which *from is then. The time from which CPUs are to leave
 * is noted first, for those that see them leave. */
static bool life_try(struct zone *zone, uint32_t *from, uint32_t to) {
    if ((BIT(life_state(to)) & STATES_LEAVING) != 0 &&
        (BIT(life_state(*from)) & STATES_LEAVING) == 0) {
        atomic_store(&zone->leaving_at, arch_counter());
    }
    if (!atomic_compare_exchange_strong(&zone->life, from, to)) {
        return false;
    }
    events_tell(zone, life_state(to), life_reason(to));
    return true;
}

static void life_set(struct zone *zone, enum lv_zone_state state, enum lv_reason reason) {
    atomic_store(&zone->life, life_make(state, reason, LV_POLICY_STOP));
    events_tell(zone, state, reason);
}

/* Changes the life of a zone that is in one of the states (a bit each); false if it is in none. */
static bool life_change(struct zone *zone, uint32_t from_states, uint32_t to) {
    uint32_t life = zone_life(zone);

    do {
        if ((from_states & BIT(life_state(life))) == 0) {
            return false;
        }
    } while (!life_try(zone, &life, to));
    return true;
}

/* The same, and the zone's CPUs look at it. */
static bool life_change_and_ring(struct zone *zone, uint32_t from_states, uint32_t to) {
    if (!life_change(zone, from_states, to)) {
        return false;
    }
    zone_ring(zone, zone_all_vcpus(zone));
    return true;
}

bool zone_is_lost(const struct zone *zone) {
    uint32_t life = zone_life(zone);

    return life == life_make(LV_STATE_FAILED, LV_REASON_CPU_LOST, LV_POLICY_STOP) ||
           (life_state(life) == LV_STATE_DESTROYING && atomic_load(&zones_lock_lost));
}

static bool zone_has_lost_cpu(const struct zone *zone) {
    bool lost = false;

    for (uint32_t i = 0; i < zone->num_vcpus; i++) {
        lost |= cpu_is_lost(zone->vcpus[i].cpu);
    }
    return lost;
}

static uint32_t zone_online_vcpus(const struct zone *zone) {
    uint32_t online = 0;

    for (uint32_t i = 0; i < zone->num_vcpus; i++) {
        online |= cpu_is_online(zone->vcpus[i].cpu) ? (uint32_t)BIT(i) : 0;
    }
    return online;
}

/*
 * The state has just become one for whose work all the zone's CPUs are needed. One that finds the
 * state before it is active here waits for the ring.
 */
static void zone_wake_cpus(struct zone *zone, uint32_t online) {
    atomic_store(&zone->active, online);
    zone_ring(zone, zone_all_vcpus(zone));
}

bool zone_start(struct zone *zone) {
    uint32_t starting = life_make(LV_STATE_STARTING, LV_REASON_COMMAND, LV_POLICY_STOP);

    if (zone_is_lost(zone) || !life_change(zone, STATES_AT_REST, starting)) {
        return false;
    }
    zone->restarts = 0;
    zone_wake_cpus(zone, zone_online_vcpus(zone));
    return true;
}

static bool zone_stop(struct zone *zone, enum lv_reason reason, enum lv_policy policy) {
    return life_change_and_ring(zone, STATES_ALIVE, life_make(LV_STATE_STOPPING, reason, policy));
}

/*
 * What a forced stop makes of a life; 0: there is nothing to stop. A zone that ends already does
 * not start again then, whatever was to follow.
 */
static uint32_t life_forced(uint32_t life) {
    uint32_t state = (uint32_t)BIT(life_state(life));

    if ((state & (STATES_ALIVE | BIT(LV_STATE_STOPPING))) != 0) {
        return life_make(LV_STATE_STOPPING, LV_REASON_COMMAND, LV_POLICY_STOP);
    }
    return state == BIT(LV_STATE_FAILING)
               ? life_make(LV_STATE_FAILING, life_reason(life), LV_POLICY_STOP)
               : 0;
}

bool zone_force_stop(struct zone *zone) {
    uint32_t life = zone_life(zone);
    uint32_t forced;

    do {
        forced = life_forced(life);
        if (forced == 0) {
            return false;
        }
    } while (!life_try(zone, &life, forced));
    zone_ring(zone, zone_all_vcpus(zone));
    return true;
}

bool zone_restart(struct zone *zone) {
    return zone_stop(zone, LV_REASON_COMMAND, LV_POLICY_RESTART) || zone_start(zone);
}

bool zone_pause(struct zone *zone) {
    uint32_t paused = life_make(LV_STATE_PAUSED, LV_REASON_COMMAND, LV_POLICY_STOP);

    return life_change_and_ring(zone, BIT(LV_STATE_RUNNING), paused);
}

bool zone_resume(struct zone *zone) {
    uint32_t notice = atomic_load(&zone->notice);
    enum lv_reason reason = notice != LV_REASON_NONE ? (enum lv_reason)notice : LV_REASON_COMMAND;
    uint32_t running = life_make(LV_STATE_RUNNING, reason, LV_POLICY_STOP);

    if (!zone_is_paused(zone)) {
        return false;
    }
    /* The time in which it was held does not count, and its vCPU 0 may look at once. */
    zone_feed_watchdog(zone);
    return life_change_and_ring(zone, BIT(LV_STATE_PAUSED), running);
}

/* A CPU that never came runs nothing: it need not be asked to let go. */
static void zone_release_missing(const struct zone *zone, uint32_t online) {
    for (uint32_t i = 0; i < zone->num_vcpus; i++) {
        if ((online & BIT(i)) == 0) {
            cpu_assign(zone->vcpus[i].cpu, NULL);
        }
    }
}

bool zone_destroy(struct zone *zone) {
    uint32_t destroying = life_make(LV_STATE_DESTROYING, LV_REASON_COMMAND, LV_POLICY_STOP);

    if (zone_is_root(zone) || zone_has_lost_cpu(zone) ||
        !life_change(zone, STATES_AT_REST, destroying)) {
        return false;
    }
    /* One look for both: a CPU that comes back in between has been let go, and cannot leave. */
    uint32_t online = zone_online_vcpus(zone);
    zone_release_missing(zone, online);
    zone_wake_cpus(zone, online);
    return true;
}

bool zone_fail(struct zone *zone, enum lv_reason reason, enum lv_policy policy) {
    return life_change_and_ring(zone, STATES_ALIVE, life_make(LV_STATE_FAILING, reason, policy));
}

void zone_notice(struct zone *zone, enum lv_reason reason) {
    uint32_t none = LV_REASON_NONE;

    if (atomic_compare_exchange_strong(&zone->notice, &none, (uint32_t)reason)) {
        (void)life_change(zone, BIT(LV_STATE_RUNNING),
                          life_make(LV_STATE_RUNNING, reason, LV_POLICY_STOP));
    }
}

void zone_feed_watchdog(struct zone *zone) {
    atomic_store_explicit(&zone->alive_at, arch_counter(), memory_order_relaxed);
}

static _Noreturn void zone_end_itself(struct zone *zone, enum lv_reason reason, uint8_t policy) {
    (void)zone_stop(zone, reason, (enum lv_policy)policy);
    zone_leave(cpu_vcpu(arch_this_cpu()));
}

_Noreturn void zone_power_off(struct zone *zone) {
    const struct lv_board *board = &zone->image->board;

    if (zone->config.on_poweroff == LV_POLICY_MACHINE && board->poweroff_register != 0) {
        arch_mmio_write(board->poweroff_register, 1, board->poweroff_value);
    }
    zone_end_itself(zone, LV_REASON_POWEROFF, zone->config.on_poweroff);
}

_Noreturn void zone_reboot(struct zone *zone) {
    const struct lv_board *board = &zone->image->board;

    if (zone->config.on_reboot == LV_POLICY_MACHINE && board->reset_register != 0) {
        arch_mmio_write(board->reset_register, 1, board->reset_value);
    }
    zone_end_itself(zone, LV_REASON_REBOOT, zone->config.on_reboot);
}

/* A zone that fails each time soon after its start is left alone in the end. */
static bool zone_may_restart(struct zone *zone) {
    ticks_t ran = arch_counter() - atomic_load(&zone->started_at);

    zone->restarts = ran < LV_RESTART_SECONDS * arch_counter_hz() ? zone->restarts + 1 : 0;
    return zone->restarts <= lv_restart_limit(&zone->config);
}

/* The life that follows when the last of the zone's CPUs has left; the same: none. */
static uint32_t life_after(struct zone *zone, uint32_t life) {
    bool restarts = life_policy(life) == LV_POLICY_RESTART;
    enum lv_reason reason = life_reason(life);

    switch (life_state(life)) {
    case LV_STATE_STOPPING:
        return life_make(restarts ? LV_STATE_STARTING : LV_STATE_STOPPED, reason, LV_POLICY_STOP);
    case LV_STATE_FAILING:
        if (restarts && zone_may_restart(zone)) {
            return life_make(LV_STATE_STARTING, reason, LV_POLICY_STOP);
        }
        return life_make(LV_STATE_FAILED, restarts ? LV_REASON_RESTARTS : reason, LV_POLICY_STOP);
    default:
        return life;
    }
}

/*
 * What the guest's virtual devices and vCPUs are at power-on. At both ends of a life: the root zone
 * can raise an interrupt of a zone that rests.
 */
static void zone_reset(struct zone *zone) {
    devices_reset(zone);
    irq_reset(zone);
}

/*
 * Ends a life, whatever ended it: nothing that the guest has set in motion continues, and no
 * pointer into its RAM is left. The last of its CPUs to leave does so, before the RAM is prepared
 * for the next start or gets another owner.
 */
static void zone_end_life(struct zone *zone) {
    devices_quiesce(zone);
    zone_reset(zone);
}

/*
 * The CPU that waits goes on answering, since the one that has the lock may wait for it. False if
 * that one is lost.
 */
static bool zones_lock_take(void) {
    ticks_t limit = arch_counter() + arch_counter_hz() / 1000 * ZONES_LOCK_TIMEOUT_MS;

    while (!spinlock_try(&zones_lock)) {
        if (atomic_load(&zones_lock_lost) || (int64_t)(arch_counter() - limit) > 0) {
            atomic_store(&zones_lock_lost, true);
            return false;
        }
        cpu_answer_doorbell();
    }
    return true;
}

/* Gives back all that the zone had. Nothing of it is left to be found by who gets it next. */
static void zone_unmake(struct zone *zone) {
    zone_memory_wipe(zone);
    if (!zones_lock_take()) {
        log_error("zone %u cannot be unmade: a CPU was lost that makes zones",
                  zone->config.zone_id);
        return;
    }
    zone->holds_memory = false;
    arch_stage2_free(zone);
    (void)pool_update();
    spinlock_release(&zones_lock);
    life_set(zone, LV_STATE_ABSENT, LV_REASON_COMMAND);
}

/*
 * The last of the zone's CPUs has left. A forced stop may come at any moment before the change, and
 * then counts. If the zone restarts by policy, this CPU continues to serve it.
 */
static void zone_finish(struct zone *zone) {
    zone_end_life(zone);
    uint32_t life = zone_life(zone);
    uint32_t next;

    if (life_state(life) == LV_STATE_DESTROYING) {
        zone_unmake(zone);
        return;
    }
    do {
        next = life_after(zone, life);
        if (next == life) {
            return;
        }
    } while (!life_try(zone, &life, next));
    if (life_state(next) == LV_STATE_STARTING) {
        zone_wake_cpus(zone, zone_online_vcpus(zone));
    }
}

static bool vcpu_is_active(const struct vcpu *vcpu) {
    return (atomic_load_explicit(&vcpu->zone->active, memory_order_acquire) & BIT(vcpu->id)) != 0;
}

_Noreturn void zone_leave(struct vcpu *vcpu) {
    struct zone *zone = vcpu->zone;
    uint32_t bit = (uint32_t)BIT(vcpu->id);

    arch_vcpu_unload(vcpu);
    irq_leave(zone);
    if (zone_state(zone) == LV_STATE_DESTROYING) {
        cpu_assign(vcpu->cpu, NULL);
    }
    if (atomic_fetch_and(&zone->active, ~bit) == bit) {
        zone_finish(zone);
    }
    arch_cpu_run_anew();
}

/*
 * A CPU of the zone will not leave, and all others have: the zone cannot go on, nor become another,
 * since nobody knows what that CPU still does.
 */
static void zone_lose(struct zone *zone) {
    life_set(zone, LV_STATE_FAILED, LV_REASON_CPU_LOST);
    zone_end_life(zone);
}

/* Whatever was to follow does not: the zone's other CPUs leave, and it stays FAILED. */
static void life_lose(struct zone *zone) {
    life_set(zone, LV_STATE_FAILING, LV_REASON_CPU_LOST);
    zone_ring(zone, zone_all_vcpus(zone));
}

void zone_check_leaving(struct zone *zone) {
    uint32_t life = zone_life(zone);
    ticks_t limit = atomic_load(&zone->leaving_at) + arch_counter_hz() / 1000 * LEAVE_TIMEOUT_MS;

    if ((BIT(life_state(life)) & STATES_LEAVING) == 0 || atomic_load(&zone->active) == 0 ||
        (int64_t)(arch_counter() - limit) < 0 ||
        !atomic_compare_exchange_strong(
            &zone->life, &life, life_make(LV_STATE_FAILING, LV_REASON_CPU_LOST, LV_POLICY_STOP))) {
        return;
    }
    uint32_t lost = atomic_exchange(&zone->active, 0);
    for (uint32_t left = lost; left != 0; left &= left - 1) {
        cpu_id_t cpu = zone->vcpus[__builtin_ctz(left)].cpu;
        log_error("zone %u (%s) FAILED: CPU %u is lost, it does not leave", zone->config.zone_id,
                  zone->config.name, cpu);
        cpu_lose(cpu);
    }
    if (lost != 0) {
        zone_lose(zone);
    }
}

void zone_lose_this_cpu(void) {
    struct cpu *cpu = arch_this_cpu();
    struct vcpu *vcpu = atomic_load(&cpu->vcpu);

    cpu_lose(cpu->id);
    if (vcpu == NULL) {
        return;
    }
    uint32_t bit = (uint32_t)BIT(vcpu->id);
    log_error("zone %u (%s) FAILED: CPU %u is lost", vcpu->zone->config.zone_id,
              vcpu->zone->config.name, cpu->id);
    life_lose(vcpu->zone);
    if ((atomic_fetch_and(&vcpu->zone->active, ~bit) & ~bit) == 0) {
        zone_lose(vcpu->zone);
    }
}

/* On vCPU 0's CPU. A stop in the meantime wins: then this CPU leaves in its next round. */
static void zone_prepare(struct zone *zone) {
    uint32_t running = life_make(LV_STATE_RUNNING, zone_reason(zone), LV_POLICY_STOP);

    memset(zone->info->vcpus, 0, sizeof(zone->info->vcpus));
    atomic_store(&zone->notice, LV_REASON_NONE);
    zone_reset(zone);
    if (zone->starts == 0 && !zone_is_root(zone)) {
        devices_quiesce(zone);
    }
    zone_memory_prepare(zone);
    if (zone_is_root(zone)) {
        console_leave();
        /* What its last life was not told of is still in the queues. */
        events_tell_root();
    }
    zone->starts++;
    atomic_store(&zone->started_at, arch_counter());
    zone_feed_watchdog(zone);
    (void)life_change_and_ring(zone, BIT(LV_STATE_STARTING), running);
}

bool zone_follow_state(struct vcpu *vcpu) {
    struct zone *zone = vcpu->zone;

    if (!vcpu_is_active(vcpu)) {
        return false;
    }
    if (zone_state(zone) == LV_STATE_STARTING && vcpu->id == 0) {
        zone_prepare(zone);
    }
    switch (zone_state(zone)) {
    case LV_STATE_RUNNING:
    case LV_STATE_PAUSED:
        return true;
    case LV_STATE_STOPPING:
    case LV_STATE_FAILING:
    case LV_STATE_DESTROYING:
        zone_leave(vcpu);
    default:
        return false;
    }
}

static void zone_init_vcpus(struct zone *zone) {
    vcpu_id_t next = 0;

    for (cpu_id_t cpu = 0; cpu < LV_MAX_CPUS; cpu++) {
        if ((zone->config.cpus & BIT(cpu)) != 0) {
            struct vcpu *vcpu = &zone->vcpus[next];
            vcpu->id = next;
            vcpu->cpu = cpu;
            vcpu->zone = zone;
            vcpu->stats = &zone->info->vcpus[next];
            next++;
        }
    }
    zone->num_vcpus = next;
}

static void zone_init_info(struct zone *zone) {
    memset(zone->info, 0, sizeof(*zone->info));
    zone->info->magic = LV_INFO_MAGIC;
    zone->info->version = LV_INFO_VERSION;
    zone->info->zone_id = zone->config.zone_id;
    zone->info->num_vcpus = zone->num_vcpus;
}

static void zone_init(struct zone *zone, const struct lv_image_header *image,
                      const struct lv_zone_config *config) {
    zone->config = *config;
    /* What the number of regions leaves out was not checked: no pointer of old may find it. */
    memset(&zone->config.regions[config->num_regions], 0,
           (LV_MAX_REGIONS - config->num_regions) * sizeof(struct lv_region));
    zone->image = image;
    zone->info = &info_pages[config->zone_id].info;
    zone->starts = 0;
    zone->restarts = 0;
    atomic_store(&zone->started_at, 0);
    memset(&zone->failure, 0, sizeof(zone->failure));
    zone_init_vcpus(zone);
    zone_init_info(zone);
    devices_init(zone);
    irq_init(zone);
}

static void zone_warn_missing(const struct zone *zone) {
    for (uint32_t i = 0; i < zone->num_vcpus; i++) {
        if (!cpu_is_online(zone->vcpus[i].cpu)) {
            log_warning("zone %u: vCPU %u is missing: its CPU %u did not start",
                        zone->config.zone_id, i, zone->vcpus[i].cpu);
        }
    }
}

static void zone_assign_cpus(struct zone *zone) {
    for (uint32_t i = 0; i < zone->num_vcpus; i++) {
        cpu_assign(zone->vcpus[i].cpu, &zone->vcpus[i]);
    }
}

/* Under the lock, with a configuration that has passed. */
static int zone_make(struct zone *zone) {
    if (arch_stage2_build(zone) != 0) {
        arch_stage2_free(zone);
        log_error("zone %u: no stage-2 pages left", zone->config.zone_id);
        return -LV_ENOMEM;
    }
    zone->holds_memory = true;
    if (pool_update()) {
        return 0;
    }
    zone->holds_memory = false;
    (void)pool_update();
    arch_stage2_free(zone);
    log_error("zone %u: a CPU of the root zone does not answer", zone->config.zone_id);
    return -LV_EIO;
}

/* The copy is what is checked and used: other CPUs of the root zone can write to the original. */
static int64_t zone_create_locked(const struct lv_image_header *image,
                                  const struct lv_zone_config *original, bool packed) {
    static struct lv_zone_config copy;
    const struct lv_zone_config *config = memcpy(&copy, original, sizeof(copy));
    struct refusal refusal = zone_check(image, config, packed);

    if (refusal.number != LV_REFUSAL_NONE) {
        log_error("zone %u refused: %s %u", config->zone_id, refusal_name(refusal.number),
                  refusal.index);
        return refusal_result(refusal);
    }
    struct zone *zone = zone_slot(config->zone_id);
    zone_init(zone, image, config);
    int error = zone_make(zone);
    if (error != 0) {
        return error;
    }
    zone_warn_missing(zone);
    zone_assign_cpus(zone);
    life_set(zone, LV_STATE_CREATED, LV_REASON_COMMAND);
    return 0;
}

int64_t zone_create(const struct lv_image_header *image, const struct lv_zone_config *config,
                    bool packed) {
    int64_t error = -LV_EIO;

    if (zones_lock_take()) {
        error = zone_create_locked(image, config, packed);
        spinlock_release(&zones_lock);
    }
    /* What the doorbells that were answered meanwhile asked of this CPU's own vCPU is still due. */
    arch_doorbell_ring(arch_this_cpu()->phys_id);
    return error;
}
