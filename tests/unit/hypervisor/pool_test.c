// SPDX-License-Identifier: GPL-2.0-or-later
/* core/pool.c, core/events.c and zones that are made at run time by hypercall. */
#include <support.h>
#include <core/hypercall.h>
#include <core/pool.h>
#include <lib/bits.h>
#include <run_layout.h>
#include <string.h>

#define MIB        0x100000ULL
#define POOL       (FAKE_RAM_BASE + 8 * MIB)
#define POOL_SIZE  (8 * MIB)
#define BLOCK      (2 * MIB)
#define STORE      (POOL + 4 * MIB)
#define STORE_SIZE 0x1000ULL
#define BUFFER     0x40000ULL
#define INFO_GPA   BIT(40)
#define EVENT_LINE 6u

static struct test_image *image;
static struct vcpu *root;
static struct lv_zone_config *wanted; /* in the root zone's RAM */

/* The root zone on CPU 0 with a pool; a configuration for zone 1 on CPUs 1 and 2 made of it. */
static int root_with_pool(void **state) {
    support_reset(state);
    image = support_image();
    struct lv_zone_config *config = &image->zones[0];
    config->regions[config->num_regions++] =
        (struct lv_region){.type = LV_REGION_POOL, .hpa = POOL, .gpa = POOL, .size = POOL_SIZE};
    config->regions[config->num_regions++] =
        (struct lv_region){.type = LV_REGION_INFO,
                           .interrupt = LV_INTERRUPT_LINE(EVENT_LINE),
                           .gpa = INFO_GPA,
                           .size = LV_PAGE_SIZE};
    assert_int_equal(zone_create(&image->header, config, true), 0);
    support_start(zone_find(0));
    root = &zone_find(0)->vcpus[0];
    wanted = (void *)fake_ram(ZONE_RAM(0) + BUFFER);
    *wanted = image->zones[1];
    wanted->regions[0].hpa = POOL;
    wanted->store_hpa = STORE;
    wanted->store_size = STORE_SIZE;
    wanted->payloads[0].offset = 8;
    fake.on_ring = support_answer_ring;
    return 0;
}

static int64_t call(uint64_t code, uint64_t a1, uint64_t a2) {
    fake_be_cpu(0);
    return hypercall_handle(root, code, a1, a2);
}

static int64_t create(void) {
    return call(LV_HYPERCALL_CREATE, ZONE_RAM(0) + BUFFER, sizeof(*wanted));
}

static void create_refused(enum lv_refusal number, uint32_t index) {
    int64_t result = create();

    assert_int_equal(lv_result_error(result), number == LV_REFUSAL_EXISTS ? LV_EEXIST : LV_EINVAL);
    assert_int_equal(lv_result_refusal(result), number);
    assert_int_equal(lv_result_index(result), index);
}

/* Whether the root zone's stage 2 maps the block to itself. */
static bool root_sees(hpa_t block) {
    const uint64_t *table = zone_find(0)->stage2.root;

    for (unsigned level = 3; level > 1; level--) {
        table = arch_memory(table[block >> (12 + 9 * level) & 511]);
    }
    uint64_t entry = table[block >> 21 & 511];
    return (entry & 1) != 0 && (entry & BITS(47, 21)) == block;
}

static bool root_sees_only(uint32_t blocks) {
    for (unsigned i = 0; i < POOL_SIZE / BLOCK; i++) {
        if (root_sees(POOL + i * BLOCK) != ((blocks >> i & 1) != 0)) {
            return false;
        }
    }
    return true;
}

static void zone_takes_its_memory_and_gives_it_back(void **state) {
    unsigned pages = arch_stage2_pages_used();

    (void)state;
    assert_true(root_sees_only(0xf));
    assert_int_equal(pool_free(), POOL_SIZE);
    unsigned flushes = fake.cpus[0].flushes;
    assert_int_equal(create(), 0);
    assert_true(root_sees_only(0xa));
    assert_true(fake.cpus[0].flushes > flushes);
    assert_int_equal(pool_free(), POOL_SIZE - ZONE_RAM_SIZE - STORE_SIZE);
    memset(fake_ram(STORE), 0x5a, STORE_SIZE);
    assert_int_equal(call(LV_HYPERCALL_START, 1, 0), 0);
    assert_int_equal(support_serve(&zone_find(1)->vcpus[0]), FAKE_ENTERED);
    assert_int_equal(*fake_ram(POOL + ZONE_PAYLOAD), 0x5a);
    assert_int_equal(call(LV_HYPERCALL_DESTROY, 1, 0), -LV_ESTATE);
    assert_int_equal(call(LV_HYPERCALL_STOP, 1, LV_STOP_FORCE), 0);
    support_leave(zone_find(1));
    assert_true(root_sees_only(0xa));
    assert_int_equal(call(LV_HYPERCALL_DESTROY, 1, 0), 0);
    flushes = fake.cpus[0].flushes;
    support_leave(zone_find(1));
    assert_null(zone_find(1));
    assert_true(root_sees_only(0xf));
    assert_true(fake.cpus[0].flushes > flushes);
    assert_int_equal(*fake_ram(STORE), 0);
    assert_int_equal(*fake_ram(POOL + ZONE_PAYLOAD), 0);
    assert_int_equal(pool_free(), POOL_SIZE);
    assert_int_equal(arch_stage2_pages_used(), pages);
}

/* A zone that is still being unmade, whoever made it, holds its memory against a new root zone. */
static void root_zone_is_made_without_what_is_held(void **state) {
    support_reset(state);
    image = support_image();
    struct lv_zone_config *config = &image->zones[0];
    struct zone *holder = zone_slot(1);

    config->regions[config->num_regions++] =
        (struct lv_region){.type = LV_REGION_POOL, .hpa = POOL, .gpa = POOL, .size = POOL_SIZE};
    fake.on_ring = support_answer_ring;
    holder->config = image->zones[1];
    holder->config.regions[0].hpa = POOL + BLOCK;
    holder->holds_memory = true;
    assert_int_equal(zone_create(&image->header, config, true), 0);
    assert_true(root_sees(POOL));
    assert_false(root_sees(POOL + BLOCK));
    assert_true(root_sees(POOL + 2 * BLOCK));
}

static hpa_t watched;
static unsigned looks;
static unsigned uncleared;

/* The root zone's CPU looks at a block as soon as it can, which is when it has to flush. */
static void look_and_answer_ring(uint32_t phys_id) {
    if (phys_id == PHYS_ID(0) && root_sees(watched)) {
        looks++;
        for (uint64_t at = 0; at < ZONE_RAM_SIZE; at++) {
            uncleared += *fake_ram(watched + at) != 0 ? 1 : 0;
        }
    }
    support_answer_ring(phys_id);
}

static void memory_is_wiped_before_it_is_seen(void **state) {
    static const hpa_t places[] = {POOL, STORE};

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(places); i++) {
        root_with_pool(state);
        assert_int_equal(create(), 0);
        support_start(zone_find(1));
        memset(fake_ram(POOL), 0xee, ZONE_RAM_SIZE);
        memset(fake_ram(STORE), 0xee, STORE_SIZE);
        assert_true(zone_force_stop(zone_find(1)));
        support_leave(zone_find(1));
        assert_true(zone_destroy(zone_find(1)));
        watched = places[i];
        looks = uncleared = 0;
        fake.on_ring = look_and_answer_ring;
        support_leave(zone_find(1));
        assert_null(zone_find(1));
        assert_true(looks > 0);
        assert_int_equal(uncleared, 0);
    }
}

static bool spoil_wanted(const struct lv_zone_config *config) {
    (void)config;
    memset(wanted, 0xff, sizeof(*wanted));
    return true;
}

/* Other CPUs of the root zone can write to the configuration after it was handed over. */
static void zone_is_made_of_what_was_checked(void **state) {
    const struct lv_zone_config good = *wanted;

    (void)state;
    support_on_create = spoil_wanted;
    assert_int_equal(create(), 0);
    assert_memory_equal(&zone_find(1)->config, &good, sizeof(good));
}

static void fail_the_guest(void *argument) {
    vcpu_exit_done(argument, VERDICT_UNHANDLED, "test exit");
}

/* A zone of the same number knows nothing of the last one's failure. */
static void failure_goes_with_its_zone(void **state) {
    struct lv_zone_failure none;

    (void)state;
    memset(&none, 0, sizeof(none));
    assert_int_equal(create(), 0);
    support_start(zone_find(1));
    fake_be_cpu(1);
    assert_int_equal(fake_call(fail_the_guest, &zone_find(1)->vcpus[0]), FAKE_LEFT);
    support_leave(zone_find(1));
    assert_int_equal(call(LV_HYPERCALL_DESTROY, 1, 0), 0);
    support_leave(zone_find(1));
    assert_int_equal(create(), 0);
    assert_memory_equal(&zone_find(1)->failure, &none, sizeof(none));
}

static void shared_ram_stays_visible(void **state) {
    (void)state;
    wanted->regions[0].flags = LV_REGION_SHARED;
    assert_int_equal(create(), 0);
    assert_true(root_sees_only(0xb));
}

/* Blocks between the runs of a zone's RAM stay the root zone's. */
static void zone_takes_the_blocks_of_its_runs(void **state) {
    (void)state;
    run_layout_set(RUN_LAYOUT_SPREAD, BLOCK);
    wanted->regions[0].size = 2 * BLOCK;
    wanted->store_hpa = POOL + 3 * BLOCK;
    assert_int_equal(create(), 0);
    assert_true(root_sees_only(0x2));
    assert_int_equal(pool_free(), POOL_SIZE - 2 * BLOCK - STORE_SIZE);
    assert_int_equal(call(LV_HYPERCALL_DESTROY, 1, 0), 0);
    support_leave(zone_find(1));
    assert_true(root_sees_only(0xf));
    assert_int_equal(pool_free(), POOL_SIZE);
}

static void root_cpu_that_does_not_answer_stops_the_making(void **state) {
    unsigned pages = arch_stage2_pages_used();

    (void)state;
    /* A second CPU of the root zone, which is dead. */
    struct zone *zone = zone_find(0);
    zone->vcpus[1] = (struct vcpu){.id = 1, .cpu = 3, .zone = zone};
    zone->num_vcpus = 2;
    fake.step = FAKE_HZ;
    assert_int_equal(create(), -LV_EIO);
    assert_null(zone_find(1));
    assert_int_equal(arch_stage2_pages_used(), pages);
    assert_true(root_sees_only(0xf));
    assert_text_has(support_log(), "CPU 3 does not answer");
}

static int64_t create_zone_2(void) {
    *wanted = image->zones[2];
    wanted->regions[0].hpa = POOL + BLOCK;
    wanted->store_hpa = STORE + BLOCK;
    wanted->store_size = STORE_SIZE;
    wanted->payloads[0].offset = 8;
    return create();
}

static void trap(uint32_t phys_id) {
    (void)phys_id;
    fake.on_ring = NULL;
    zone_lose_this_cpu();
    arch_cpu_stop();
}

/* CPU 2, the last of zone 1, traps with the lock: as it asks the root zone's CPU to flush. */
static void lose_the_cpu_that_unmakes(void) {
    assert_int_equal(call(LV_HYPERCALL_DESTROY, 1, 0), 0);
    assert_int_equal(support_serve(&zone_find(1)->vcpus[0]), FAKE_LEFT);
    fake.on_ring = trap;
    assert_int_equal(support_serve(&zone_find(1)->vcpus[1]), FAKE_STOPPED);
    fake.on_ring = support_answer_ring;
    assert_false(cpu_is_online(2));
}

/* Only the first wait is long, and the CPU that waits answers meanwhile. */
static void lost_maker_is_waited_for_once(void **state) {
    (void)state;
    assert_int_equal(create(), 0);
    lose_the_cpu_that_unmakes();
    fake.step = FAKE_HZ / 10;
    for (unsigned i = 0; i < 3; i++) {
        unsigned answered = fake.cpus[0].answered;
        ticks_t before = fake.now;
        assert_int_equal(create_zone_2(), -LV_EIO);
        assert_true(i == 0 ? fake.now - before >= 30 * FAKE_HZ : fake.now - before < FAKE_HZ);
        assert_int_equal(fake.cpus[0].answered > answered + 1, i == 0);
        assert_null(zone_find(2));
    }
    /* Zone 1, half unmade, is said to be lost instead of busy. */
    assert_int_equal(call(LV_HYPERCALL_START, 1, 0), -LV_EIO);
    assert_int_equal(call(LV_HYPERCALL_DESTROY, 1, 0), -LV_EIO);
    assert_true(zone_is_running(zone_find(0)));
}

/* A zone keeps its memory if nobody can take it away in an orderly manner. */
static void zone_stays_if_its_maker_is_lost(void **state) {
    (void)state;
    assert_int_equal(create(), 0);
    assert_int_equal(create_zone_2(), 0);
    lose_the_cpu_that_unmakes();
    assert_int_equal(call(LV_HYPERCALL_DESTROY, 2, 0), 0);
    fake.step = FAKE_HZ / 10;
    assert_int_equal(support_serve(&zone_find(2)->vcpus[0]), FAKE_LEFT);
    fake.step = 0;
    assert_text_has(support_log(), "zone 2 cannot be unmade: a CPU was lost that makes zones");
    assert_int_equal(zone_state(zone_find(2)), LV_STATE_DESTROYING);
    assert_true(zone_find(2)->holds_memory);
    assert_false(root_sees(POOL + BLOCK));
    assert_int_equal(call(LV_HYPERCALL_DESTROY, 2, 0), -LV_EIO);
    /* Its CPU is not lost. */
    assert_true(cpu_is_online(3));
}

static void what_is_not_the_pools_is_refused(void **state) {
    const struct lv_zone_config good = *wanted;

    (void)state;
    wanted->regions[0].hpa = FAKE_RAM_BASE + 6 * MIB;
    create_refused(LV_REFUSAL_REGION_NOT_POOL, 0);
    assert_text_has(support_log(), "zone 1 refused: REGION_NOT_POOL 0");
    *wanted = good;
    wanted->store_hpa = FAKE_RAM_BASE + 6 * MIB;
    create_refused(LV_REFUSAL_REGION_NOT_POOL, wanted->num_regions);
    *wanted = good;
    wanted->store_hpa = POOL + ZONE_RAM_SIZE - STORE_SIZE;
    create_refused(LV_REFUSAL_STORE_OVERLAP, 0);
    *wanted = good;
    wanted->store_size = 0;
    wanted->store_hpa = 0;
    create_refused(LV_REFUSAL_NO_STORE, 0);
    *wanted = good;
    wanted->payloads[0].size = STORE_SIZE;
    create_refused(LV_REFUSAL_PAYLOAD_SOURCE, 0);
    *wanted = good;
    wanted->zone_id = 0;
    create_refused(LV_REFUSAL_EXISTS, 0);
    *wanted = good;
    wanted->cpus = 1;
    create_refused(LV_REFUSAL_CPU_TAKEN, 0);
    assert_true(root_sees_only(0xf));
    *wanted = good;
    assert_int_equal(create(), 0);
    create_refused(LV_REFUSAL_EXISTS, 0);
    wanted->zone_id = 2;
    wanted->cpus = 8;
    create_refused(LV_REFUSAL_REGION_TAKEN, 0);
    /* Nor may its RAM be the other zone's store, or its store the other zone's RAM. */
    memset(wanted->vectors, 0, sizeof(wanted->vectors));
    wanted->regions[0].hpa = STORE;
    wanted->store_hpa = STORE + 2 * MIB;
    create_refused(LV_REFUSAL_REGION_TAKEN, 0);
    wanted->regions[0].hpa = STORE + ZONE_RAM_SIZE;
    wanted->store_hpa = POOL;
    create_refused(LV_REFUSAL_REGION_TAKEN, wanted->num_regions);
    wanted->store_hpa = STORE + 2 * MIB;
    assert_int_equal(create(), 0);
}

static void commands_check_their_caller_and_their_zone(void **state) {
    static const uint64_t on_zone[] = {LV_HYPERCALL_START, LV_HYPERCALL_STOP, LV_HYPERCALL_RESTART,
                                       LV_HYPERCALL_DESTROY, LV_HYPERCALL_CONFIG};
    static const uint64_t on_all[] = {LV_HYPERCALL_CREATE, LV_HYPERCALL_LIST, LV_HYPERCALL_LOG,
                                      LV_HYPERCALL_EVENTS, LV_HYPERCALL_MACHINE};

    (void)state;
    assert_int_equal(create(), 0);
    struct vcpu *guest = &zone_find(1)->vcpus[0];
    fake_be_cpu(1);
    for (unsigned i = 0; i < ARRAY_SIZE(on_zone); i++) {
        assert_int_equal(hypercall_handle(guest, on_zone[i], 1, 0), -LV_EPERM);
        assert_int_equal(hypercall_handle(guest, on_zone[i], 9, 0), -LV_EPERM);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(on_all); i++) {
        assert_int_equal(hypercall_handle(guest, on_all[i], POOL, 0), -LV_EPERM);
    }
    assert_int_equal(hypercall_handle(guest, LV_HYPERCALL_WATCHDOG, 0, 0), 0);
    for (unsigned i = 0; i < ARRAY_SIZE(on_zone); i++) {
        assert_int_equal(call(on_zone[i], 9, 0), -LV_ENOENT);
        assert_int_equal(call(on_zone[i], UINT64_MAX, 0), -LV_ENOENT);
    }
    assert_int_equal(call(LV_HYPERCALL_STOP, 0, LV_STOP_FORCE), -LV_EINVAL);
    assert_int_equal(call(LV_HYPERCALL_RESTART, 0, 0), -LV_EINVAL);
    assert_int_equal(call(LV_HYPERCALL_DESTROY, 0, 0), -LV_EINVAL);
    assert_int_equal(call(LV_HYPERCALL_STOP, 1, 2), -LV_EINVAL);
    assert_int_equal(call(LV_HYPERCALL_STOP, 1, LV_STOP_ASK), -LV_ENODEV);
    assert_int_equal(call(LV_HYPERCALL_CREATE, POOL, sizeof(*wanted)), -LV_EFAULT);
    assert_int_equal(call(LV_HYPERCALL_CREATE, ZONE_RAM(0) + BUFFER, 8), -LV_EINVAL);
    assert_int_equal(call(LV_HYPERCALL_LIST, POOL, 1), -LV_EFAULT);
    assert_int_equal(call(LV_HYPERCALL_LIST, 0, 0), 2);
    assert_true(zone_is_running(zone_find(0)));
}

static struct lv_events *take_events(void) {
    struct lv_events *events = (void *)fake_ram(ZONE_RAM(0) + 2 * BUFFER);

    assert_int_equal(call(LV_HYPERCALL_EVENTS, ZONE_RAM(0) + 2 * BUFFER, 0), 0);
    return events;
}

/* Each zone's states in order; the line is high while there is something to take. */
static void events_tell_what_happened(void **state) {
    static const enum lv_zone_state expected[] = {
        LV_STATE_CREATED, LV_STATE_STARTING, LV_STATE_RUNNING, LV_STATE_STOPPING, LV_STATE_STOPPED};

    (void)state;
    (void)take_events();
    assert_int_equal(fake_vcpu(root)->lines, 0);
    assert_int_equal(create(), 0);
    assert_int_equal(fake_vcpu(root)->lines, BIT(EVENT_LINE));
    support_start(zone_find(1));
    assert_int_equal(call(LV_HYPERCALL_STOP, 1, LV_STOP_FORCE), 0);
    support_leave(zone_find(1));
    const struct lv_events *events = take_events();
    assert_int_equal(fake_vcpu(root)->lines, 0);
    assert_int_equal(events->more, 0);
    assert_int_equal(events->num_events, ARRAY_SIZE(expected));
    for (unsigned i = 0; i < ARRAY_SIZE(expected); i++) {
        assert_int_equal(events->events[i].zone_id, 1);
        assert_int_equal(events->events[i].sequence, i);
        assert_int_equal(events->events[i].state, expected[i]);
        assert_int_equal(events->events[i].reason, LV_REASON_COMMAND);
        assert_true(i == 0 || events->events[i].time_ns > events->events[i - 1].time_ns);
    }
    assert_int_equal(take_events()->num_events, 0);
}

/* The last ones are kept, and the sequence tells of the lost ones. */
static void event_queue_keeps_the_last(void **state) {
    (void)state;
    assert_int_equal(create(), 0);
    support_start(zone_find(1));
    (void)take_events();
    uint64_t before = zone_find(1)->events.written;
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(call(LV_HYPERCALL_PAUSE, 1, 0), 0);
        assert_int_equal(call(LV_HYPERCALL_RESUME, 1, 0), 0);
    }
    const struct lv_events *events = take_events();
    assert_int_equal(events->num_events, EVENT_QUEUE_SIZE);
    assert_int_equal(events->events[0].sequence, before + 40 - EVENT_QUEUE_SIZE);
    assert_int_equal(events->events[EVENT_QUEUE_SIZE - 1].sequence, before + 39);
}

/* Three zones' queues hold more than one answer does: the line stays high for the rest. */
static void what_does_not_fit_is_still_told(void **state) {
    unsigned told;

    (void)state;
    assert_int_equal(create(), 0);
    support_start(zone_find(1));
    (void)take_events();
    for (unsigned i = 0; i < EVENT_QUEUE_SIZE; i++) {
        for (uint32_t id = 0; id < 3; id++) {
            events_tell(zone_slot(id), LV_STATE_RUNNING, LV_REASON_COMMAND);
        }
    }
    for (told = 0; told < 3 * EVENT_QUEUE_SIZE;) {
        const struct lv_events *events = take_events();
        assert_true(events->num_events > 0);
        told += events->num_events;
        assert_int_equal(events->more, told < 3 * EVENT_QUEUE_SIZE ? 1 : 0);
        assert_int_equal(fake_vcpu(root)->lines, events->more != 0 ? BIT(EVENT_LINE) : 0);
    }
    assert_int_equal(told, 3 * EVENT_QUEUE_SIZE);
}

static void list_and_machine_say_what_there_is(void **state) {
    struct lv_zone_summary *list = (void *)fake_ram(ZONE_RAM(0) + 2 * BUFFER);
    struct lv_machine_info *info = (void *)fake_ram(ZONE_RAM(0) + 2 * BUFFER);

    (void)state;
    assert_int_equal(create(), 0);
    support_start(zone_find(1));
    memset(list, 0x77, 2 * sizeof(*list));
    assert_int_equal(call(LV_HYPERCALL_LIST, ZONE_RAM(0) + 2 * BUFFER, 1), 2);
    assert_int_equal(list[0].zone_id, 0);
    assert_int_equal(list[1].zone_id, 0x77777777);
    assert_int_equal(call(LV_HYPERCALL_LIST, ZONE_RAM(0) + 2 * BUFFER, UINT64_MAX), 2);
    assert_int_equal(list[1].zone_id, 1);
    assert_int_equal(list[1].state, LV_STATE_RUNNING);
    assert_int_equal(list[1].cpus, 6);
    assert_int_equal(list[1].num_vcpus, 2);
    assert_int_equal(list[1].ram_size, ZONE_RAM_SIZE);
    assert_int_equal(list[1].starts, 1);
    assert_true(list[1].run_ns > 0);
    assert_string_equal(list[1].name, "z1");
    assert_int_equal(call(LV_HYPERCALL_MACHINE, ZONE_RAM(0) + 2 * BUFFER, 0), 0);
    assert_int_equal(info->abi, LV_HYPERCALL_ABI);
    assert_int_equal(info->num_cpus, BOARD_CPUS);
    assert_int_equal(info->online_cpus, 0xf);
    assert_int_equal(info->used_cpus, 7);
    assert_int_equal(info->pool_size, POOL_SIZE);
    assert_int_equal(info->pool_free, POOL_SIZE - ZONE_RAM_SIZE - STORE_SIZE);
    assert_int_equal(info->stage2_pages_used, arch_stage2_pages_used());
    assert_string_equal(info->board, "test board");
}

int test_pool(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(zone_takes_its_memory_and_gives_it_back, root_with_pool),
        cmocka_unit_test_setup(root_zone_is_made_without_what_is_held, root_with_pool),
        cmocka_unit_test_setup(memory_is_wiped_before_it_is_seen, root_with_pool),
        cmocka_unit_test_setup(zone_is_made_of_what_was_checked, root_with_pool),
        cmocka_unit_test_setup(failure_goes_with_its_zone, root_with_pool),
        cmocka_unit_test_setup(shared_ram_stays_visible, root_with_pool),
        cmocka_unit_test_setup(zone_takes_the_blocks_of_its_runs, root_with_pool),
        cmocka_unit_test_setup(root_cpu_that_does_not_answer_stops_the_making, root_with_pool),
        cmocka_unit_test_setup(lost_maker_is_waited_for_once, root_with_pool),
        cmocka_unit_test_setup(zone_stays_if_its_maker_is_lost, root_with_pool),
        cmocka_unit_test_setup(what_is_not_the_pools_is_refused, root_with_pool),
        cmocka_unit_test_setup(commands_check_their_caller_and_their_zone, root_with_pool),
        cmocka_unit_test_setup(events_tell_what_happened, root_with_pool),
        cmocka_unit_test_setup(event_queue_keeps_the_last, root_with_pool),
        cmocka_unit_test_setup(what_does_not_fit_is_still_told, root_with_pool),
        cmocka_unit_test_setup(list_and_machine_say_what_there_is, root_with_pool),
    };

    return cmocka_run_group_tests_name("the pool", tests, NULL, NULL);
}
