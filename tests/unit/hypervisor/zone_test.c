// SPDX-License-Identifier: GPL-2.0-or-later
/* core/zone_hot.c and core/vcpu_hot.c: the life of a zone from configuration to failure. */
#include <irq/interrupt.h>
#include <irq/ipi.h>
#include <irq/eiointc.h>
#include <support.h>
#include <core/console.h>
#include <core/log.h>
#include <lib/bits.h>
#include <loongvisor/hypercall.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

static struct test_image *image;

static int fresh_image(void **state) {
    support_reset(state);
    image = support_image();
    return 0;
}

static void ram_fill(uint32_t zone) {
    memset(fake_ram(ZONE_RAM(zone)), 0xee, ZONE_RAM_SIZE);
}

static bool ram_is(uint32_t zone, uint64_t first, uint64_t end, uint8_t value) {
    for (uint64_t at = first; at < end; at++) {
        if (*fake_ram(ZONE_RAM(zone) + at) != value) {
            return false;
        }
    }
    return true;
}

struct exit_case {
    struct vcpu *vcpu;
    enum verdict verdict;
};

static void end_exit(void *argument) {
    const struct exit_case *exit = argument;

    vcpu_exit_done(exit->vcpu, exit->verdict, "test exit");
}

static void created_zone_is_as_configured(void **state) {
    (void)state;
    assert_null(zone_find(1));
    assert_int_equal(zone_create(&image->header, &image->zones[1], true), 0);
    struct zone *zone = zone_find(1);
    assert_non_null(zone);
    assert_int_equal(zone->num_vcpus, 2);
    assert_false(zone_is_running(zone));
    for (uint32_t id = 0; id < 2; id++) {
        struct vcpu *vcpu = zone_vcpu(zone, id);
        assert_int_equal(vcpu->id, id);
        assert_int_equal(vcpu->cpu, id + 1);
        assert_ptr_equal(vcpu->zone, zone);
        vcpu_count_exit(vcpu, LV_EXIT_IDLE);
        assert_int_equal(zone->info->vcpus[id].exits[LV_EXIT_IDLE], 1);
    }
    assert_null(zone_vcpu(zone, 2));
    assert_null(zone_vcpu(zone, UINT64_MAX));
    assert_null(zone_find(0));
    assert_null(zone_find(2));
    assert_null(zone_find(LV_MAX_ZONES));
    assert_null(zone_find(UINT32_MAX));
}

static void info_page_tells_what_the_zone_is(void **state) {
    (void)state;
    assert_int_equal(zone_create(&image->header, &image->zones[1], true), 0);
    const struct lv_zone_info_page *info = zone_find(1)->info;
    assert_int_equal((uintptr_t)info % LV_PAGE_SIZE, 0);
    assert_true(info->magic == LV_INFO_MAGIC);
    assert_int_equal(info->version, LV_INFO_VERSION);
    assert_int_equal(info->zone_id, 1);
    assert_int_equal(info->num_vcpus, 2);
}

/* Whoever remembers a region of the zone that was here before finds nothing in its place. */
static void regions_that_nobody_checked_are_not_kept(void **state) {
    struct lv_zone_config *config = &image->zones[1];

    (void)state;
    config->regions[config->num_regions] =
        (struct lv_region){.type = LV_REGION_PCI_CONFIG, .gpa = BIT(40), .size = BIT(29)};
    assert_int_equal(zone_create(&image->header, config, true), 0);
    assert_int_equal(zone_find(1)->config.regions[config->num_regions].size, 0);
    assert_int_equal(zone_find(1)->config.regions[LV_MAX_REGIONS - 1].size, 0);
}

static void payloads_come_into_ram(void **state) {
    (void)state;
    ram_fill(0);
    assert_int_equal(zone_create(&image->header, &image->zones[0], true), 0);
    support_start(zone_find(0));
    assert_memory_equal(fake_ram(ZONE_RAM(0) + ZONE_PAYLOAD), image->payload, PAYLOAD_SIZE);
    /* The root zone's RAM may hold what firmware left for it. */
    assert_true(ram_is(0, 0, ZONE_PAYLOAD, 0xee));
    assert_true(ram_is(0, ZONE_PAYLOAD + PAYLOAD_SIZE, ZONE_RAM_SIZE, 0xee));
}

static void ram_of_other_zones_is_cleared(void **state) {
    (void)state;
    for (uint32_t id = 0; id < IMAGE_ZONES; id++) {
        ram_fill(id);
    }
    assert_int_equal(zone_create(&image->header, &image->zones[1], true), 0);
    assert_true(ram_is(1, 0, ZONE_RAM_SIZE, 0xee));
    support_start(zone_find(1));
    assert_memory_equal(fake_ram(ZONE_RAM(1) + ZONE_PAYLOAD), image->payload, PAYLOAD_SIZE);
    assert_true(ram_is(1, 0, ZONE_PAYLOAD, 0));
    assert_true(ram_is(1, ZONE_PAYLOAD + PAYLOAD_SIZE, ZONE_RAM_SIZE, 0));
    assert_true(ram_is(0, 0, ZONE_RAM_SIZE, 0xee));
    assert_true(ram_is(2, 0, ZONE_RAM_SIZE, 0xee));
    assert_true(*fake_ram(ZONE_RAM(1) + ZONE_RAM_SIZE) == 0);
}

static void refused_zone_leaves_nothing_behind(void **state) {
    (void)state;
    ram_fill(1);
    image->zones[1].regions[0].hpa = BOARD_HV_BASE;
    assert_int_equal(lv_result_error(zone_create(&image->header, &image->zones[1], true)),
                     LV_EINVAL);
    assert_null(zone_find(1));
    assert_text_has(support_log(), "REGION_OURS");
    assert_true(ram_is(1, 0, ZONE_RAM_SIZE, 0xee));
    image->zones[1].regions[0].hpa = ZONE_RAM(1);
    assert_int_equal(zone_create(&image->header, &image->zones[1], true), 0);
}

static void zone_without_tables_does_not_exist(void **state) {
    (void)state;
    support_stage2_leave(2);
    assert_int_equal(zone_create(&image->header, &image->zones[1], true), -LV_ENOMEM);
    assert_null(zone_find(1));
    assert_text_has(support_log(), "no stage-2 pages left");
    assert_int_equal(arch_stage2_pages_used(), LV_STAGE2_POOL_PAGES - 2);
    support_stage2_leave(LV_STAGE2_POOL_PAGES);
    assert_int_equal(zone_create(&image->header, &image->zones[1], true), 0);
}

static void zone_is_not_made_twice(void **state) {
    (void)state;
    assert_int_equal(zone_create(&image->header, &image->zones[1], true), 0);
    assert_int_equal(lv_result_refusal(zone_create(&image->header, &image->zones[1], true)),
                     LV_REFUSAL_EXISTS);
    assert_non_null(zone_find(1));
}

static void regions_and_ram_are_found(void **state) {
    struct lv_zone_config *config = &image->zones[1];
    hpa_t hpa = 0;

    (void)state;
    config->num_regions = 2;
    config->regions[1] =
        (struct lv_region){.type = LV_REGION_HOLE, .gpa = 0x18000000, .size = 0x4000};
    config->regions[0].gpa = 0x40000000;
    config->payloads[0].gpa = 0x40000000;
    assert_int_equal(zone_create(&image->header, config, true), 0);
    struct zone *zone = zone_find(1);
    assert_ptr_equal(zone_find_region(zone, 0x18000000), &zone->config.regions[1]);
    assert_ptr_equal(zone_find_region(zone, 0x18003fff), &zone->config.regions[1]);
    assert_null(zone_find_region(zone, 0x18004000));
    assert_null(zone_find_region(zone, 0x17ffffff));
    assert_null(zone_find_region(zone, UINT64_MAX));
    assert_true(zone_ram_hpa(zone, 0x40000123, 16, &hpa));
    assert_int_equal(hpa, ZONE_RAM(1) + 0x123);
    assert_true(zone_ram_hpa(zone, 0x40000000, ZONE_RAM_SIZE, &hpa));
    assert_false(zone_ram_hpa(zone, 0x40000001, ZONE_RAM_SIZE, &hpa));
    assert_false(zone_ram_hpa(zone, 0x40000010, UINT64_MAX, &hpa));
    assert_false(zone_ram_hpa(zone, 0x18000000, 4, &hpa));
    assert_false(zone_ram_hpa(zone, ZONE_RAM(1), 4, &hpa));
}

/* The zone's first CPU makes it ready; the others, told at once, wait for that. */
static void start_is_done_by_the_zones_cpus(void **state) {
    (void)state;
    assert_int_equal(zone_create(&image->header, &image->zones[1], true), 0);
    struct zone *zone = zone_find(1);
    for (uint32_t id = 0; id < 2; id++) {
        assert_ptr_equal(atomic_load(&cpu_blocks[id + 1].vcpu), &zone->vcpus[id]);
        assert_int_equal(support_serve(&zone->vcpus[id]), FAKE_RETURNED);
    }
    assert_null(atomic_load(&cpu_blocks[0].vcpu));
    assert_null(atomic_load(&cpu_blocks[3].vcpu));
    memset(fake.doorbells, 0, sizeof(fake.doorbells));
    assert_true(zone_start(zone));
    assert_false(zone_start(zone));
    assert_int_equal(zone_state(zone), LV_STATE_STARTING);
    for (uint32_t id = 0; id < 2; id++) {
        assert_int_equal(atomic_load(&fake.doorbells[PHYS_ID(id + 1)]), 1);
    }
    assert_int_equal(atomic_load(&fake.doorbells[PHYS_ID(0)]), 0);
    assert_int_equal(support_serve(&zone->vcpus[1]), FAKE_RETURNED);
    assert_int_equal(zone_state(zone), LV_STATE_STARTING);
    assert_int_equal(support_serve(&zone->vcpus[0]), FAKE_ENTERED);
    assert_true(zone_is_running(zone));
    assert_true(zone->started_at > 0 && zone->started_at <= fake.now);
    assert_int_equal(atomic_load(&fake.doorbells[PHYS_ID(2)]), 2);
}

static bool zone_is_gone(uint32_t id) {
    return zone_find(id) == NULL;
}

/* Stop, start, stop, destroy, make again: what each state allows, and what is left behind. */
static void zone_lives_twice(void **state) {
    (void)state;
    support_zones(3);
    struct zone *zone = zone_find(1);
    unsigned pages = arch_stage2_pages_used();
    assert_false(zone_destroy(zone));
    assert_true(zone_force_stop(zone));
    assert_true(zone_force_stop(zone));
    assert_false(zone_start(zone));
    assert_int_equal(zone_state(zone), LV_STATE_STOPPING);
    support_leave(zone);
    assert_int_equal(zone_state(zone), LV_STATE_STOPPED);
    assert_int_equal(zone_reason(zone), LV_REASON_COMMAND);
    ram_fill(1);
    support_start(zone);
    assert_true(ram_is(1, 0, ZONE_PAYLOAD, 0));
    assert_int_equal(zone->starts, 2);
    assert_true(zone_restart(zone));
    support_leave(zone);
    assert_int_equal(zone_state(zone), LV_STATE_STARTING);
    assert_int_equal(support_serve(&zone->vcpus[0]), FAKE_ENTERED);
    assert_true(zone_force_stop(zone));
    support_leave(zone);
    ram_fill(1);
    assert_true(zone_destroy(zone));
    assert_false(zone_start(zone));
    support_leave(zone);
    assert_true(zone_is_gone(1));
    assert_true(ram_is(1, 0, ZONE_RAM_SIZE, 0));
    assert_null(atomic_load(&cpu_blocks[1].vcpu));
    assert_null(atomic_load(&cpu_blocks[2].vcpu));
    assert_int_not_equal(arch_stage2_pages_used(), pages);
    assert_int_equal(zone_create(&image->header, &image->zones[1], true), 0);
    assert_int_equal(arch_stage2_pages_used(), pages);
    support_start(zone_find(1));
    assert_true(zone_is_running(zone_find(0)));
    assert_true(zone_is_running(zone_find(2)));
    assert_false(zone_destroy(zone_find(0)));
}

/* The stop comes while the zone's RAM is being made ready. */
static void start_is_called_off(void **state) {
    (void)state;
    assert_int_equal(zone_create(&image->header, &image->zones[1], true), 0);
    struct zone *zone = zone_find(1);
    assert_true(zone_start(zone));
    assert_true(zone_force_stop(zone));
    support_leave(zone);
    assert_int_equal(zone_state(zone), LV_STATE_STOPPED);
    support_start(zone);
}

static void reboot_zone(void *zone) {
    zone_reboot(zone);
}

static void power_off_zone(void *zone) {
    zone_power_off(zone);
}

/* What a zone does to itself its policy answers. */
static void zone_ends_itself(void **state) {
    (void)state;
    support_zones(2);
    struct zone *zone = zone_find(1);
    zone->config.on_reboot = LV_POLICY_RESTART;
    fake_be_cpu(2);
    assert_int_equal(fake_call(reboot_zone, zone), FAKE_LEFT);
    support_leave(zone);
    assert_int_equal(zone_state(zone), LV_STATE_STARTING);
    assert_int_equal(zone_reason(zone), LV_REASON_REBOOT);
    assert_int_equal(support_serve(&zone->vcpus[0]), FAKE_ENTERED);
    fake_be_cpu(1);
    assert_int_equal(fake_call(power_off_zone, zone), FAKE_LEFT);
    support_leave(zone);
    assert_int_equal(zone_state(zone), LV_STATE_STOPPED);
    assert_int_equal(zone_reason(zone), LV_REASON_POWEROFF);
}

/* The machine's own power is the root zone's if its configuration says so. */
static void machine_power_is_a_policy(void **state) {
    (void)state;
    image->header.board.reset_register = 0x100e001e;
    image->header.board.reset_value = 0x42;
    assert_int_equal(zone_create(&image->header, &image->zones[0], true), 0);
    struct zone *root = zone_find(0);
    support_start(root);
    root->config.on_reboot = LV_POLICY_MACHINE;
    fake_be_cpu(0);
    (void)fake_call(reboot_zone, root);
    assert_int_equal(fake_count(&fake.mmio, true, 0x100e001e), 1);
    assert_int_equal(fake_last(&fake.mmio)->value, 0x42);
}

/* The zone's vCPU 0 does what ends its zone; the state that follows. */
static enum lv_zone_state fail_zone(uint32_t id) {
    struct exit_case exit = {&zone_find(id)->vcpus[0], VERDICT_UNHANDLED};

    fake_be_cpu(exit.vcpu->cpu);
    assert_int_equal(fake_call(end_exit, &exit), FAKE_LEFT);
    support_leave(exit.vcpu->zone);
    return zone_state(exit.vcpu->zone);
}

/* Zone 1 fails and starts again by its policy so many times, but not once more. */
static void fail_until_it_is_left_alone(unsigned restarts) {
    struct zone *zone = zone_find(1);

    for (unsigned i = 0; i < restarts; i++) {
        assert_int_equal(fail_zone(1), LV_STATE_STARTING);
        fake.iocsr.count = 0;
        assert_int_equal(support_serve(&zone->vcpus[0]), FAKE_ENTERED);
    }
    assert_int_equal(fail_zone(1), LV_STATE_FAILED);
    assert_int_equal(zone_reason(zone), LV_REASON_RESTARTS);
}

/* A zone that fails soon after each start is left alone in the end. */
static void failing_zone_is_restarted_some_times(void **state) {
    (void)state;
    support_zones(2);
    struct zone *zone = zone_find(1);
    zone->config.on_failure = LV_POLICY_RESTART;
    fail_until_it_is_left_alone(LV_RESTART_LIMIT);
    support_start(zone);
    /* A failure long after the start does not count. */
    fake.now += LV_RESTART_SECONDS * FAKE_HZ;
    fail_until_it_is_left_alone(1 + LV_RESTART_LIMIT);
}

/* The configuration's own number of restarts counts, if it has one. */
static void failing_zone_is_restarted_as_often_as_it_says(void **state) {
    (void)state;
    support_zones(2);
    zone_find(1)->config.on_failure = LV_POLICY_RESTART;
    zone_find(1)->config.restart_limit = 2;
    fail_until_it_is_left_alone(2);
}

static void root_takes_the_console_and_failure_gives_it_back(void **state) {
    (void)state;
    console_init(FAKE_UART_BASE);
    for (uint32_t id = 0; id < 2; id++) {
        assert_int_equal(zone_create(&image->header, &image->zones[id], true), 0);
    }
    support_start(zone_find(1));
    log_info("before");
    assert_text_has(fake.uart_text, "before");
    support_start(zone_find(0));
    size_t before = fake.uart_length;
    assert_int_equal(fail_zone(1), LV_STATE_FAILED);
    assert_text_has(support_log(), "zone 1 (z1) FAILED");
    assert_int_equal(fake.uart_length, before);
    assert_int_equal(fail_zone(0), LV_STATE_FAILED);
    assert_text_has(fake.uart_text, "zone 0 (z0) FAILED");
    assert_text_has(fake.uart_text, "PC 9000000000abcdef");
}

/* What the root zone did to the UART does not keep the failure from being read. */
static void console_comes_back_usable(void **state) {
    (void)state;
    console_init(FAKE_UART_BASE);
    assert_int_equal(zone_create(&image->header, &image->zones[0], true), 0);
    support_start(zone_find(0));
    arch_mmio_write(FAKE_UART_BASE + 3, 1, 0x83);
    assert_int_equal(fail_zone(0), LV_STATE_FAILED);
    assert_text_has(fake.uart_text, "zone 0 (z0) FAILED");
}

static void failure_rings_the_other_cpus_once(void **state) {
    (void)state;
    assert_int_equal(zone_create(&image->header, &image->zones[1], true), 0);
    struct zone *zone = zone_find(1);
    assert_false(zone_fail(zone, LV_REASON_FAILURE, LV_POLICY_STOP));
    support_start(zone);
    memset(fake.doorbells, 0, sizeof(fake.doorbells));
    fake_be_cpu(2);
    assert_true(zone_fail(zone, LV_REASON_FAILURE, LV_POLICY_STOP));
    assert_false(zone_is_running(zone));
    assert_false(zone_fail(zone, LV_REASON_FAILURE, LV_POLICY_STOP));
    assert_int_equal(atomic_load(&fake.doorbells[PHYS_ID(1)]), 1);
    assert_int_equal(atomic_load(&fake.doorbells[PHYS_ID(2)]), 0);
    assert_int_equal(atomic_load(&fake.doorbells[PHYS_ID(0)]), 0);
    assert_int_equal(atomic_load(&fake.doorbells[PHYS_ID(3)]), 0);
}

static void answer_doorbell(void *argument) {
    vcpu_answer_doorbell(argument);
}

static void run_vcpu(void *argument) {
    vcpu_run(argument);
}

static void handled_exits_cost_nothing(void **state) {
    (void)state;
    support_zones(2);
    struct exit_case exit = {&zone_find(1)->vcpus[0], VERDICT_HANDLED};
    fake_be_cpu(1);
    assert_int_equal(fake_call(end_exit, &exit), FAKE_RETURNED);
    assert_true(zone_is_running(zone_find(1)));
    assert_string_equal(support_log(), "");
}

static void other_verdicts_fail_the_zone(void **state) {
    static const struct {
        enum verdict verdict;
        const char *text;
    } cases[] = {{VERDICT_UNHANDLED, "not handled"}, {VERDICT_FORBIDDEN, "forbidden"}};

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        support_zones(2);
        struct exit_case exit = {&zone_find(1)->vcpus[1], cases[i].verdict};
        fake_be_cpu(2);
        assert_int_equal(fake_call(end_exit, &exit), FAKE_LEFT);
        assert_false(zone_is_running(zone_find(1)));
        assert_true(zone_is_running(zone_find(0)));
        assert_int_equal(atomic_load(&fake.doorbells[PHYS_ID(1)]), 1);
        assert_int_equal(fake.register_dumps, 1);
        assert_int_equal(zone_find(1)->failure.vcpu, 1);
        assert_true(zone_find(1)->failure.pc == FAKE_FAILURE_PC);
        assert_text_has(support_log(), "zone 1 (z1) FAILED: test exit");
        assert_text_has(support_log(), "PC 9000000000abcdef");
        assert_text_has(support_log(), cases[i].text);
        /* Its other CPU, in an exit of its own meanwhile, stops without a second report. */
        exit.vcpu = &zone_find(1)->vcpus[0];
        fake_be_cpu(1);
        assert_int_equal(fake_call(end_exit, &exit), FAKE_LEFT);
        assert_int_equal(fake.register_dumps, 1);
    }
}

static void doorbell_stops_the_cpus_of_a_failed_zone(void **state) {
    (void)state;
    support_zones(2);
    struct vcpu *vcpu = &zone_find(1)->vcpus[0];
    fake_be_cpu(1);
    assert_int_equal(fake_call(answer_doorbell, vcpu), FAKE_RETURNED);
    assert_int_equal(fake.cpus[1].answered, 1);
    fake_be_cpu(2);
    assert_true(zone_fail(zone_find(1), LV_REASON_FAILURE, LV_POLICY_STOP));
    fake_be_cpu(1);
    assert_int_equal(fake_call(answer_doorbell, vcpu), FAKE_LEFT);
}

static void first_vcpu_starts_at_the_entry(void **state) {
    (void)state;
    support_zones(2);
    struct vcpu *vcpu = &zone_find(1)->vcpus[0];
    fake_be_cpu(1);
    assert_int_equal(fake_call(run_vcpu, vcpu), FAKE_ENTERED);
    assert_int_equal(fake_vcpu(vcpu)->entry, ZONE_RAM(1) + ZONE_ENTRY);
    assert_memory_equal(fake_vcpu(vcpu)->args, image->zones[1].boot_args,
                        sizeof(fake_vcpu(vcpu)->args));
}

static unsigned waits;

/* While vCPU 1 waits, vCPU 0 does one step after the other of LVZ reference 10.3. */
static void start_second_vcpu(void) {
    struct vcpu *sender = &zone_find(1)->vcpus[0];
    static const struct access steps[] = {
        {.address = 0x1048, .value = BIT(31) | 1 << 16, .size = 8, .is_write = true},
        {.address = 0x1048, .value = BIT(31) | 1 << 16 | 1 << 2, .size = 8, .is_write = true},
        {.address = 0x1040, .value = BIT(31) | 1 << 16, .size = 4, .is_write = true},
        {.address = 0x1048,
         .value = 0x200000ULL << 32 | BIT(31) | 1 << 16,
         .size = 8,
         .is_write = true},
        {.address = 0x1040, .value = BIT(31) | 1 << 16, .size = 4, .is_write = true},
    };
    struct access step = steps[waits % ARRAY_SIZE(steps)];

    assert_in_range(waits, 0, ARRAY_SIZE(steps) - 1);
    assert_false(fake_vcpu(&zone_find(1)->vcpus[1])->loaded);
    waits++;
    fake_be_cpu(1);
    ipi_write(sender, (uint32_t)step.address, step.size, step.value);
    fake_be_cpu(2);
}

static void second_vcpu_waits_for_its_start(void **state) {
    (void)state;
    support_zones(2);
    waits = 0;
    fake.on_wait = start_second_vcpu;
    struct vcpu *vcpu = &zone_find(1)->vcpus[1];
    fake_be_cpu(2);
    assert_int_equal(fake_call(run_vcpu, vcpu), FAKE_ENTERED);
    assert_in_range(waits, 4, 5);
    assert_int_equal(fake_vcpu(vcpu)->entry, 0x200000);
    assert_int_equal(fake_vcpu(vcpu)->args[0] | fake_vcpu(vcpu)->args[1] | fake_vcpu(vcpu)->args[2],
                     0);
    assert_int_equal(atomic_load(&vcpu->ipi.status), 0);
    /* The parked loop leaves all IPIs enabled. */
    assert_int_equal(atomic_load(&vcpu->ipi.enable), UINT32_MAX);
}

static void post_software_and_start(void) {
    static const uint64_t entry = 0x200000;

    irq_post_software(&zone_find(1)->vcpus[0], &zone_find(1)->vcpus[1]);
    atomic_store(&zone_find(1)->vcpus[1].ipi.mailbox[0], entry);
    atomic_fetch_or(&zone_find(1)->vcpus[1].ipi.status, 1);
}

/* What is posted between the start and the first instruction is there then. */
static void interrupt_before_the_start_is_not_lost(void **state) {
    (void)state;
    support_zones(2);
    fake.on_wait = post_software_and_start;
    struct vcpu *vcpu = &zone_find(1)->vcpus[1];
    fake_be_cpu(2);
    assert_int_equal(fake_call(run_vcpu, vcpu), FAKE_ENTERED);
    assert_int_equal(fake_vcpu(vcpu)->software, 1);
}

static void fail_the_zone(void) {
    fake_be_cpu(1);
    assert_true(zone_fail(zone_find(1), LV_REASON_FAILURE, LV_POLICY_STOP));
    fake_be_cpu(2);
}

static void waiting_vcpu_stops_with_its_zone(void **state) {
    (void)state;
    support_zones(2);
    fake.on_wait = fail_the_zone;
    fake_be_cpu(2);
    assert_int_equal(fake_call(run_vcpu, &zone_find(1)->vcpus[1]), FAKE_LEFT);
    assert_false(fake_vcpu(&zone_find(1)->vcpus[1])->loaded);
}

static void pause_the_zone_for_two_waits(void) {
    assert_true(zone_is_paused(zone_find(1)));
    if (++waits == 2) {
        fake_be_cpu(0);
        assert_true(zone_resume(zone_find(1)));
        fake_be_cpu(1);
    }
}

static void paused_vcpu_waits_until_it_is_resumed(void **state) {
    (void)state;
    support_zones(2);
    struct zone *zone = zone_find(1);
    waits = 0;
    fake.on_wait = pause_the_zone_for_two_waits;
    assert_false(zone_resume(zone));
    assert_true(zone_pause(zone));
    assert_false(zone_pause(zone));
    assert_int_equal(atomic_load(&fake.doorbells[PHYS_ID(1)]), 1);
    assert_int_equal(atomic_load(&fake.doorbells[PHYS_ID(2)]), 1);
    fake_be_cpu(1);
    atomic_store(&zone->vcpus[0].ipi.status, 1);
    atomic_store(&zone->vcpus[0].ipi.enable, 1);
    assert_int_equal(fake_call(answer_doorbell, &zone->vcpus[0]), FAKE_RETURNED);
    assert_int_equal(waits, 2);
    assert_true(zone_is_running(zone));
    /* What came while it was held is there now. */
    assert_true(fake_vcpu(&zone->vcpus[0])->ipi_line);
}

static void fail_while_paused(void) {
    fake_be_cpu(2);
    assert_true(zone_fail(zone_find(1), LV_REASON_FAILURE, LV_POLICY_STOP));
    fake_be_cpu(1);
}

static void paused_vcpu_stops_with_its_zone(void **state) {
    (void)state;
    support_zones(2);
    fake.on_wait = fail_while_paused;
    assert_true(zone_pause(zone_find(1)));
    fake_be_cpu(1);
    assert_int_equal(fake_call(answer_doorbell, &zone_find(1)->vcpus[0]), FAKE_LEFT);
    assert_false(zone_resume(zone_find(1)));
}

static void pass_the_time(void) {
    waits++;
    sched_yield();
}

/* Pauses and resumes zone 1 until it is told to end, faster than any caller of zone_pause() could.
 */
static void *pause_and_resume(void *ended) {
    struct zone *zone = zone_find(1);

    while (!atomic_load((atomic_bool *)ended)) {
        atomic_store(&zone->life, LV_STATE_PAUSED);
        atomic_store(&zone->life, LV_STATE_RUNNING);
    }
    return NULL;
}

#define MANY_PAUSES 60000u

/*
 * A vCPU that looks at its zone's state twice can find it neither paused nor running, and would
 * leave a zone that goes on without it.
 */
static void pause_in_the_middle_of_an_answer_loses_no_vcpu(void **state) {
    atomic_bool ended = false;
    pthread_t other;

    (void)state;
    support_zones(2);
    struct vcpu *vcpu = &zone_find(1)->vcpus[0];
    fake.on_wait = pass_the_time;
    fake_be_cpu(1);
    assert_int_equal(pthread_create(&other, NULL, pause_and_resume, &ended), 0);
    unsigned left = 0;
    waits = 0;
    while (waits < MANY_PAUSES && left == 0) {
        left += fake_call(answer_doorbell, vcpu) == FAKE_RETURNED ? 0 : 1;
    }
    atomic_store(&ended, true);
    assert_int_equal(pthread_join(other, NULL), 0);
    assert_int_equal(left, 0);
}

static void check_watchdog(void *vcpu) {
    vcpu_exit_done(vcpu, vcpu_check_watchdog(vcpu), "test exit");
}

/* A zone is ended when it has been silent for longer than it may, and not a moment earlier. */
static void watchdog_ends_a_silent_zone(void **state) {
    static const struct {
        uint8_t policy;
        enum lv_zone_state after;
    } cases[] = {{LV_POLICY_STOP, LV_STATE_FAILED}, {LV_POLICY_RESTART, LV_STATE_STARTING}};

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        support_zones(2);
        struct zone *zone = zone_find(1);
        zone->config.watchdog_ms = 50;
        zone->config.on_watchdog = cases[i].policy;
        fake.step = 1;
        fake_be_cpu(1);
        zone_feed_watchdog(zone);
        fake.now += FAKE_HZ / 20 - 10;
        assert_int_equal(fake_call(check_watchdog, &zone->vcpus[0]), FAKE_RETURNED);
        assert_true(cpu_blocks[1].arch.has_deadline);
        assert_in_range(cpu_blocks[1].arch.deadline - fake.now, 0, 10);
        zone_feed_watchdog(zone);
        fake.now += FAKE_HZ / 20 - 10;
        assert_int_equal(fake_call(check_watchdog, &zone->vcpus[0]), FAKE_RETURNED);
        fake.now += 20;
        fake_be_cpu(2);
        assert_int_equal(fake_call(check_watchdog, &zone->vcpus[1]), FAKE_RETURNED);
        fake_be_cpu(1);
        assert_int_equal(fake_call(check_watchdog, &zone->vcpus[0]), FAKE_LEFT);
        support_leave(zone);
        assert_int_equal(zone_state(zone), cases[i].after);
        assert_int_equal(zone_reason(zone), LV_REASON_WATCHDOG);
        assert_true(zone->failure.pc == FAKE_FAILURE_PC);
        assert_true(zone_is_running(zone_find(0)));
    }
}

int test_zone(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(created_zone_is_as_configured, fresh_image),
        cmocka_unit_test_setup(info_page_tells_what_the_zone_is, fresh_image),
        cmocka_unit_test_setup(regions_that_nobody_checked_are_not_kept, fresh_image),
        cmocka_unit_test_setup(payloads_come_into_ram, fresh_image),
        cmocka_unit_test_setup(ram_of_other_zones_is_cleared, fresh_image),
        cmocka_unit_test_setup(refused_zone_leaves_nothing_behind, fresh_image),
        cmocka_unit_test_setup(zone_without_tables_does_not_exist, fresh_image),
        cmocka_unit_test_setup(zone_is_not_made_twice, fresh_image),
        cmocka_unit_test_setup(regions_and_ram_are_found, fresh_image),
        cmocka_unit_test_setup(start_is_done_by_the_zones_cpus, fresh_image),
        cmocka_unit_test_setup(zone_lives_twice, fresh_image),
        cmocka_unit_test_setup(start_is_called_off, fresh_image),
        cmocka_unit_test_setup(zone_ends_itself, fresh_image),
        cmocka_unit_test_setup(machine_power_is_a_policy, fresh_image),
        cmocka_unit_test_setup(failing_zone_is_restarted_some_times, fresh_image),
        cmocka_unit_test_setup(failing_zone_is_restarted_as_often_as_it_says, fresh_image),
        cmocka_unit_test_setup(watchdog_ends_a_silent_zone, fresh_image),
        cmocka_unit_test_setup(pause_in_the_middle_of_an_answer_loses_no_vcpu, fresh_image),
        cmocka_unit_test_setup(root_takes_the_console_and_failure_gives_it_back, fresh_image),
        cmocka_unit_test_setup(console_comes_back_usable, fresh_image),
        cmocka_unit_test_setup(failure_rings_the_other_cpus_once, fresh_image),
        cmocka_unit_test_setup(handled_exits_cost_nothing, fresh_image),
        cmocka_unit_test_setup(other_verdicts_fail_the_zone, fresh_image),
        cmocka_unit_test_setup(doorbell_stops_the_cpus_of_a_failed_zone, fresh_image),
        cmocka_unit_test_setup(first_vcpu_starts_at_the_entry, fresh_image),
        cmocka_unit_test_setup(second_vcpu_waits_for_its_start, fresh_image),
        cmocka_unit_test_setup(interrupt_before_the_start_is_not_lost, fresh_image),
        cmocka_unit_test_setup(waiting_vcpu_stops_with_its_zone, fresh_image),
        cmocka_unit_test_setup(paused_vcpu_waits_until_it_is_resumed, fresh_image),
        cmocka_unit_test_setup(paused_vcpu_stops_with_its_zone, fresh_image),
    };

    return cmocka_run_group_tests_name("zones", tests, NULL, NULL);
}
