// SPDX-License-Identifier: GPL-2.0-or-later
/* compat/hvisor/bridge.c: requests, answers and results, with a daemon that is right and one that
 * is not.
 */
#include <core/compat.h>
#include <irq/ipi.h>
#include <irq/eiointc.h>
#include <support.h>
#include <irq/interrupt.h>
#include <compat/hvisor/bridge.h>
#include <lib/bits.h>
#include <string.h>

#define PAGE     0x10000u
#define SECOND   0x20000u
#define DEVICE   0x30001000ULL
#define NOTIFY   0x50u
#define WAKE_HWI 2u

static struct vcpu *vcpu;
static struct zone *zone;
static struct lv_hvisor_bridge *page;
static unsigned answers;  /* how many requests the daemon may still answer */
static unsigned waits;    /* how often a CPU waited for it */
static unsigned wait_max; /* then the zone is stopped */
static struct lv_hvisor_request last;

static int a_zone_without_a_page(void **state) {
    support_reset(state);
    support_zones(3);
    zone = zone_find(1);
    vcpu = &zone->vcpus[1];
    page = (void *)fake_ram(ZONE_RAM(0) + PAGE);
    memset(page, 0, LV_PAGE_SIZE);
    fake_be_cpu(vcpu->cpu);
    answers = UINT32_MAX;
    waits = 0;
    wait_max = 1000;
    return 0;
}

static int a_zone_and_a_page(void **state) {
    a_zone_without_a_page(state);
    bridge_open(page);
    return 0;
}

/* The daemon: takes a request, and answers it with its address and size. */
static void daemon_step(void) {
    if (page->req_front == page->req_rear || answers == 0) {
        return;
    }
    answers--;
    memcpy(&last, &page->requests[page->req_front], sizeof(last));
    page->req_front = (page->req_front + 1) % LV_HVISOR_REQUESTS;
    if (last.need_interrupt == 0) {
        page->cfg_values[last.src_cpu] = last.address << 8 | last.size;
        page->cfg_flags[last.src_cpu]++;
    }
}

static void daemon_on_wait(void) {
    daemon_step();
    if (++waits == wait_max) {
        assert_true(zone_force_stop(zone));
    }
}

static void access_device(struct vcpu *accessor, struct access *access) {
    const struct lv_region region = {.type = LV_REGION_VIRTIO, .gpa = DEVICE};

    compat_virtio_kind.access(accessor, access, &region);
}

static uint64_t get(uint64_t offset, unsigned size) {
    struct access access = {.address = offset, .size = size};

    fake.on_wait = daemon_on_wait;
    access_device(vcpu, &access);
    return access.value;
}

static void put(uint64_t offset, uint64_t value) {
    struct access access = {.address = offset, .size = 4, .value = value, .is_write = true};

    fake.on_wait = daemon_on_wait;
    access_device(vcpu, &access);
}

static void requests_are_answered(void **state) {
    (void)state;
    for (unsigned i = 0; i < 200; i++) {
        assert_true(get(4 * i % 0x100, 4) == ((DEVICE + 4 * i % 0x100) << 8 | 4));
        assert_int_equal(last.src_cpu, vcpu->cpu);
        assert_int_equal(last.src_zone, 1);
        assert_int_equal(last.is_write, 0);
        assert_int_equal(last.need_interrupt, 0);
        put(0x70, i);
        assert_int_equal(last.is_write, 1);
        assert_int_equal(last.value, i);
        assert_true(last.address == DEVICE + 0x70);
    }
    assert_int_equal(waits, 400);
}

static void only_a_notification_is_posted(void **state) {
    (void)state;
    answers = 0;
    for (unsigned i = 0; i < 8; i++) {
        put(NOTIFY, i);
        assert_int_equal(page->requests[i].need_interrupt, 1);
        assert_int_equal(page->requests[i].value, i);
    }
    assert_int_equal(waits, 0);
    assert_int_equal(page->req_rear, 8);
    answers = UINT32_MAX;
    assert_true(get(NOTIFY, 4) == ((DEVICE + NOTIFY) << 8 | 4));
    assert_int_equal(last.need_interrupt, 0);
}

/* hvisor places devices 0x200 bytes apart, so several are in one page. */
static void each_device_of_a_page_is_notified(void **state) {
    (void)state;
    answers = 0;
    for (uint64_t i = 0; i < 8; i++) {
        put(0x200 * i + NOTIFY, i);
        assert_int_equal(page->requests[i].need_interrupt, 1);
        assert_true(page->requests[i].address == DEVICE + 0x200 * i + NOTIFY);
    }
    assert_int_equal(waits, 0);
}

static void one_zone_leaves_room_for_others(void **state) {
    (void)state;
    answers = 0;
    for (unsigned i = 0; i < 8; i++) {
        put(NOTIFY, 0);
    }
    answers = 3;
    put(NOTIFY, 8);
    assert_int_equal(waits, 1);
    struct vcpu *other = &zone_find(2)->vcpus[0];
    fake_be_cpu(other->cpu);
    struct access access = {.address = NOTIFY, .size = 4, .is_write = true};
    access_device(other, &access);
    assert_int_equal(waits, 1);
    assert_int_equal(page->req_rear, 10);
    assert_int_equal(page->requests[9].src_zone, 2);
}

static void without_a_page_there_is_no_device(void **state) {
    (void)state;
    assert_int_equal(get(0, 4), 0);
    put(NOTIFY, 1);
    put(0x70, 1);
    assert_int_equal(waits, 0);
    assert_false(bridge_finish());
}

/* The memory is somebody else's then. */
static void the_end_of_the_root_zones_life_ends_it(void **state) {
    (void)state;
    assert_true(zone_restart(zone_find(0)));
    support_leave(zone_find(0));
    memset(page, 0xee, LV_PAGE_SIZE);
    assert_false(bridge_finish());
    assert_int_equal(get(0, 4), 0);
    for (unsigned i = 0; i < LV_PAGE_SIZE; i++) {
        assert_int_equal(((uint8_t *)page)[i], 0xee);
    }
}

/* A daemon that does not answer holds no zone beyond its watchdog. */
static void watchdog_ends_a_wait(void **state) {
    struct access access = {.size = 4};
    const struct lv_region region = {.type = LV_REGION_VIRTIO, .gpa = DEVICE};

    (void)state;
    vcpu = &zone->vcpus[0];
    fake_be_cpu(vcpu->cpu);
    answers = 0;
    wait_max = UINT32_MAX;
    zone->config.watchdog_ms = 50;
    zone_feed_watchdog(zone);
    fake.step = FAKE_HZ / 1000;
    fake.on_wait = daemon_on_wait;
    assert_int_equal(compat_virtio_kind.access(vcpu, &access, &region), VERDICT_WATCHDOG);
    assert_true(waits > 1 && waits <= 50);
    answers = UINT32_MAX;
    zone_feed_watchdog(zone);
    assert_int_equal(compat_virtio_kind.access(vcpu, &access, &region), VERDICT_HANDLED);
}

static void get_and_wait(void *value) {
    *(uint64_t *)value = get(0, 4);
}

/* The answer to a request of a zone that has gone is not the next one's. */
static void late_answers_are_nobodys(void **state) {
    uint64_t value = 0;

    (void)state;
    answers = 0;
    wait_max = 5;
    assert_int_equal(fake_call(get_and_wait, &value), FAKE_LEFT);
    assert_int_equal(page->req_rear, 1);
    support_leave(zone);
    assert_int_equal(zone_state(zone), LV_STATE_STOPPED);
    support_start(zone);
    answers = UINT32_MAX;
    wait_max = 1000;
    fake_be_cpu(vcpu->cpu);
    waits = 0;
    assert_true(get(8, 2) == ((DEVICE + 8) << 8 | 2));
    assert_int_equal(waits, 2);
}

/* A daemon answers what it does not know, even a notification. */
static void answers_too_many_are_left_out(void **state) {
    (void)state;
    page->cfg_flags[vcpu->cpu] += 3;
    page->cfg_values[vcpu->cpu] = 0xbad;
    assert_true(get(8, 1) == ((DEVICE + 8) << 8 | 1));
}

static struct lv_hvisor_bridge *second;

static void open_another(void) {
    if (waits++ == 3) {
        second = (void *)fake_ram(ZONE_RAM(0) + SECOND);
        memset(second, 0, sizeof(*second));
        second->req_front = 5;
        bridge_open(second);
        assert_int_equal(second->req_rear, 5);
        page = second;
    }
    if (page == second) {
        daemon_step();
    }
}

static void a_new_daemon_is_asked_again(void **state) {
    struct access access = {.address = 4, .size = 4};

    (void)state;
    second = NULL;
    fake.on_wait = open_another;
    access_device(vcpu, &access);
    assert_true(access.value == ((DEVICE + 4) << 8 | 4));
}

static void the_daemon_is_woken_while_it_sleeps(void **state) {
    (void)state;
    put(NOTIFY, 0);
    assert_int_equal(zone_device_lines(zone_find(0), 0), 0);
    page->need_wakeup = 1;
    put(NOTIFY, 0);
    assert_int_equal(zone_device_lines(zone_find(0), 0), BIT(WAKE_HWI));
    assert_true(bridge_set_interrupt(zone_find(0), LV_HVISOR_IRQ_WAKEUP, false));
    assert_int_equal(zone_device_lines(zone_find(0), 0), 0);
}

static void result_put(uint32_t zone_id, uint32_t interrupt) {
    page->results[page->res_rear] =
        (struct lv_hvisor_result){.target_zone = zone_id, .irq_id = interrupt};
    page->res_rear = (page->res_rear + 1) % LV_HVISOR_REQUESTS;
}

static void results_raise_lines(void **state) {
    (void)state;
    fake_be_cpu(0);
    result_put(1, 4);
    result_put(2, 5);
    result_put(1, 9);
    assert_true(bridge_finish());
    assert_int_equal(zone_device_lines(zone_find(1), 1), BIT(2) | BIT(7));
    assert_int_equal(zone_device_lines(zone_find(2), 0), BIT(3));
    assert_int_equal(page->res_front, 3);
    assert_true(bridge_set_interrupt(zone, 4, false));
    assert_int_equal(zone_device_lines(zone_find(1), 1), BIT(7));
    assert_int_equal(zone_device_lines(zone_find(2), 0), BIT(3));
}

static void bad_results_raise_nothing(void **state) {
    static const struct lv_hvisor_result bad[] = {
        {0, 4}, {3, 4},  {LV_MAX_ZONES, 4}, {UINT32_MAX, 4}, {1, 0},
        {1, 1}, {1, 10}, {1, UINT32_MAX},   {2, 34},         {2, 6}};

    (void)state;
    zone_find(2)->config.cpu_lines = BIT(4);
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        result_put(bad[i].target_zone, bad[i].irq_id);
    }
    assert_true(bridge_finish());
    for (uint32_t id = 0; id < 3; id++) {
        assert_int_equal(zone_device_lines(zone_find(id), 0), 0);
    }
}

/* A daemon that writes anything anywhere: the zone waits or goes on, and can be stopped. */
static void spoil_page(void) {
    for (unsigned i = 0; i < 4; i++) {
        uint64_t value = support_random();
        size_t at = support_random() % (sizeof(*page) / 8) * 8;
        memcpy((uint8_t *)page + (i < 2 ? at % 16 : at), &value, sizeof(value));
    }
    (void)bridge_finish();
    waits++;
    if (waits == wait_max) {
        assert_true(zone_force_stop(zone));
    }
}

static void access_anything(void *argument) {
    struct access access = {
        .address = support_random() % 0x200, .size = 4, .is_write = support_random() % 2 == 0};

    (void)argument;
    fake.on_wait = spoil_page;
    access_device(vcpu, &access);
}

static void a_daemon_gone_mad(void **state) {
    unsigned ends[FAKE_LEFT + 1] = {0};

    (void)state;
    wait_max = 50;
    for (unsigned round = 0; round < 3000; round++) {
        waits = 0;
        fake.iocsr.count = 0;
        spoil_page();
        fake_be_cpu(vcpu->cpu);
        enum fake_end end = fake_call(access_anything, NULL);
        ends[end]++;
        if (end == FAKE_LEFT) {
            support_leave(zone);
            support_start(zone);
        }
        assert_true(zone_is_running(zone_find(0)) && zone_is_running(zone_find(2)));
    }
    assert_true(ends[FAKE_LEFT] > 10 && ends[FAKE_RETURNED] > 100);
    assert_int_equal(zone_device_lines(zone_find(0), 0) & ~BIT(WAKE_HWI), 0);
}

/* Who raised them is gone. Another device of the zone, and the root zone's line, are not its. */
static void a_new_page_lowers_what_results_raised(void **state) {
    (void)state;
    page->need_wakeup = 1;
    put(NOTIFY, 0);
    fake_be_cpu(0);
    result_put(1, 4);
    result_put(1, 9);
    result_put(2, 5);
    assert_true(bridge_finish());
    zone_set_interrupt(zone, LV_INTERRUPT_LINE(4), true);
    assert_int_equal(zone_device_lines(zone, 0), BIT(2) | BIT(4) | BIT(7));
    memset(page, 0, LV_PAGE_SIZE);
    memset(fake.doorbells, 0, sizeof(fake.doorbells));
    bridge_open(page);
    assert_int_equal(zone_device_lines(zone, 0), BIT(4));
    assert_int_equal(zone_device_lines(zone, 1), 0);
    assert_int_equal(zone_device_lines(zone_find(2), 0), 0);
    assert_int_equal(zone_device_lines(zone_find(0), 0), BIT(WAKE_HWI));
    for (cpu_id_t cpu = 1; cpu < BOARD_CPUS; cpu++) {
        assert_true(fake.doorbells[PHYS_ID(cpu)] > 0);
    }
    result_put(1, 4);
    assert_true(bridge_finish());
    assert_int_equal(zone_device_lines(zone, 1), BIT(2));
    compat_virtio_kind.quiesce(zone_find(0));
    assert_int_equal(zone_device_lines(zone, 1), 0);
}

#define NAP_MIN (FAKE_HZ / 100000)
#define NAP_MAX (FAKE_HZ / 100)
static ticks_t waited;

static void measure_nap(void) {
    ticks_t fair = waited / 8 > NAP_MIN ? waited / 8 : NAP_MIN;

    assert_true(fake.nap == (fair < NAP_MAX ? fair : NAP_MAX));
    waited += fake.nap;
    daemon_on_wait();
}

static void access_and_measure(void *access) {
    fake.on_wait = measure_nap;
    access_device(vcpu, access);
}

/* Looks come close together at first, and not much later than an answer after a long wait. */
static void who_waits_for_long_naps_for_long(void **state) {
    struct access access = {.size = 4};

    (void)state;
    answers = 0;
    wait_max = 1000;
    waited = 0;
    fake.step = 0;
    assert_int_equal(fake_call(access_and_measure, &access), FAKE_LEFT);
    assert_int_equal(fake.nap, NAP_MAX);
    assert_true(waited > 900 * NAP_MAX);
}

#define VIRTIO_TYPE_BLOCK   2u
#define VIRTIO_TYPE_CONSOLE 3u
#define STATUS              0x70u
#define ASKED               8u
static struct lv_hvisor_request asked[ASKED];
static unsigned num_asked;

/* A daemon with a disk at DEVICE + 0x200 and a console at DEVICE, which knows no other device. */
static void daemon_of_two(void) {
    unsigned before = answers;

    assert_int_equal(zone_state(zone), LV_STATE_STOPPING);
    daemon_step();
    if (answers != before) {
        assert_true(num_asked < ASKED);
        asked[num_asked++] = last;
        page->cfg_values[last.src_cpu] = last.address == DEVICE + 0x208 ? VIRTIO_TYPE_BLOCK
                                         : last.address == DEVICE + 8   ? VIRTIO_TYPE_CONSOLE
                                                                        : 0;
    }
}

static void give_devices(void) {
    static const uint64_t bases[LV_HVISOR_DEVICES] = {DEVICE, DEVICE + 0x200, DEVICE + 0x400,
                                                      DEVICE + LV_PAGE_SIZE, ZONE_RAM(1)};

    zone->config.regions[zone->config.num_regions++] =
        (struct lv_region){.type = LV_REGION_VIRTIO, .gpa = DEVICE, .size = LV_PAGE_SIZE};
    for (unsigned i = 0; i < LV_HVISOR_DEVICES; i++) {
        page->mmio_addrs[i] = bases[i];
    }
    num_asked = 0;
    fake.on_wait = daemon_of_two;
}

/* Before anything of the zone's becomes somebody else's. */
static void a_zone_that_ends_has_its_devices_reset(void **state) {
    static const uint64_t addresses[] = {DEVICE + 8, DEVICE + 0x208, DEVICE + 0x200 + STATUS,
                                         DEVICE + 0x408};

    (void)state;
    give_devices();
    assert_true(zone_force_stop(zone));
    support_leave(zone);
    assert_int_equal(zone_state(zone), LV_STATE_STOPPED);
    assert_int_equal(num_asked, ARRAY_SIZE(addresses));
    for (unsigned i = 0; i < num_asked; i++) {
        assert_true(asked[i].address == addresses[i]);
        assert_int_equal(asked[i].src_zone, 1);
        assert_int_equal(asked[i].size, 4);
        assert_int_equal(asked[i].is_write, addresses[i] == DEVICE + 0x200 + STATUS);
        assert_int_equal(asked[i].value, 0);
        assert_int_equal(asked[i].need_interrupt, 0);
    }
    assert_true(zone_destroy(zone));
    support_leave(zone);
    assert_int_equal(num_asked, ARRAY_SIZE(addresses));
}

static void an_end_does_not_wait_long_for_a_daemon(void **state) {
    (void)state;
    give_devices();
    answers = 1;
    ticks_t begin = fake.now;
    assert_true(zone_force_stop(zone));
    support_leave(zone);
    assert_int_equal(zone_state(zone), LV_STATE_STOPPED);
    assert_int_equal(num_asked, 1);
    assert_true(fake.now - begin >= FAKE_HZ && fake.now - begin < FAKE_HZ + FAKE_HZ / 10);
}

int test_bridge(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(requests_are_answered, a_zone_and_a_page),
        cmocka_unit_test_setup(only_a_notification_is_posted, a_zone_and_a_page),
        cmocka_unit_test_setup(each_device_of_a_page_is_notified, a_zone_and_a_page),
        cmocka_unit_test_setup(one_zone_leaves_room_for_others, a_zone_and_a_page),
        cmocka_unit_test_setup(without_a_page_there_is_no_device, a_zone_without_a_page),
        cmocka_unit_test_setup(the_end_of_the_root_zones_life_ends_it, a_zone_and_a_page),
        cmocka_unit_test_setup(watchdog_ends_a_wait, a_zone_and_a_page),
        cmocka_unit_test_setup(late_answers_are_nobodys, a_zone_and_a_page),
        cmocka_unit_test_setup(answers_too_many_are_left_out, a_zone_and_a_page),
        cmocka_unit_test_setup(a_new_daemon_is_asked_again, a_zone_and_a_page),
        cmocka_unit_test_setup(the_daemon_is_woken_while_it_sleeps, a_zone_and_a_page),
        cmocka_unit_test_setup(results_raise_lines, a_zone_and_a_page),
        cmocka_unit_test_setup(bad_results_raise_nothing, a_zone_and_a_page),
        cmocka_unit_test_setup(a_daemon_gone_mad, a_zone_and_a_page),
        cmocka_unit_test_setup(a_new_page_lowers_what_results_raised, a_zone_and_a_page),
        cmocka_unit_test_setup(who_waits_for_long_naps_for_long, a_zone_and_a_page),
        cmocka_unit_test_setup(a_zone_that_ends_has_its_devices_reset, a_zone_and_a_page),
        cmocka_unit_test_setup(an_end_does_not_wait_long_for_a_daemon, a_zone_and_a_page),
    };

    return cmocka_run_group_tests_name("bridge", tests, NULL, NULL);
}
