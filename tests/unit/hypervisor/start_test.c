// SPDX-License-Identifier: GPL-2.0-or-later
/* boot/main.c and core/cpu.c: start-up on CPU 0 and on the others. */
#include <support.h>
#include <boot/start.h>
#include <pthread.h>
#include <string.h>

static struct test_image *image;

/* No CPU but 0 runs yet, and no block is filled in. */
static int machine_before_start(void **state) {
    support_reset(state);
    image = support_image();
    memset(cpu_blocks, 0, sizeof(cpu_blocks));
    return 0;
}

static void start(void *argument) {
    main_start(argument);
}

static void start_secondary(void *argument) {
    (void)argument;
    main_start_secondary();
}

static void root_runs_in_the_end(void **state) {
    (void)state;
    assert_int_equal(fake_call(start, image), FAKE_ENTERED);
    struct zone *root = zone_find(0);
    assert_true(fake_vcpu(&root->vcpus[0])->loaded);
    assert_int_equal(fake_vcpu(&root->vcpus[0])->entry, ZONE_RAM(0) + ZONE_ENTRY);
    assert_true(zone_is_running(root));
    for (uint32_t id = 1; id < IMAGE_ZONES; id++) {
        assert_int_equal(support_serve(&zone_find(id)->vcpus[0]), FAKE_ENTERED);
        assert_true(zone_is_running(zone_find(id)));
    }
    assert_ptr_equal(atomic_load(&cpu_blocks[1].vcpu), &zone_find(1)->vcpus[0]);
    assert_ptr_equal(atomic_load(&cpu_blocks[2].vcpu), &zone_find(1)->vcpus[1]);
    assert_ptr_equal(atomic_load(&cpu_blocks[3].vcpu), &zone_find(2)->vcpus[0]);
    assert_text_has(fake.uart_text, "Loongvisor");
    assert_text_has(fake.uart_text, "test board");
    assert_text_has(fake.uart_text, "zone 2 (z2) starts");
    assert_text_has(fake.uart_text, "zone 0 (z0) starts");
    assert_null(strstr(fake.uart_text, "did not start"));
}

/* CPU 2 is zone 1's vCPU 1: the zone runs, as a machine does one of whose CPUs is broken. */
static void missing_cpu_costs_its_vcpu(void **state) {
    (void)state;
    fake.dead_cpus = 1u << PHYS_ID(2);
    assert_int_equal(fake_call(start, image), FAKE_ENTERED);
    assert_text_has(fake.uart_text, "CPU 2 (physical id 3) did not start");
    assert_null(strstr(fake.uart_text, "CPU 1 (physical"));
    assert_text_has(fake.uart_text, "zone 1: vCPU 1 is missing");
    assert_int_equal(support_serve(&zone_find(1)->vcpus[0]), FAKE_ENTERED);
    assert_true(zone_is_running(zone_find(1)));
}

/* CPU 1 is zone 1's vCPU 0: without that it cannot start. */
static void missing_first_cpu_is_named_and_refused(void **state) {
    (void)state;
    fake.dead_cpus = 1u << PHYS_ID(1);
    assert_int_equal(fake_call(start, image), FAKE_STOPPED);
    assert_text_has(fake.uart_text, "CPU 1 (physical id 0) did not start");
    assert_text_has(fake.uart_text, "zone 1 refused: CPU_OFFLINE 1");
    assert_null(zone_find(1));
}

static void missing_cpu_that_nobody_needs_does_not_matter(void **state) {
    (void)state;
    image->header.num_zones = 1;
    support_seal(image);
    fake.dead_cpus = 1u << PHYS_ID(1) | 1u << PHYS_ID(2) | 1u << PHYS_ID(3);
    assert_int_equal(fake_call(start, image), FAKE_ENTERED);
    assert_text_has(fake.uart_text, "CPU 1 (physical id 0) did not start");
    assert_text_has(fake.uart_text, "CPU 2 (physical id 3) did not start");
    assert_text_has(fake.uart_text, "CPU 3 (physical id 2) did not start");
    assert_true(zone_is_running(zone_find(0)));
}

static void machine_that_cannot_do_it_says_why(void **state) {
    (void)state;
    fake.init_error = "the CPU has no LVZ extension";
    assert_int_equal(fake_call(start, image), FAKE_STOPPED);
    assert_text_has(fake.uart_text, "cannot start: the CPU has no LVZ extension");
    assert_null(zone_find(0));
}

static void damaged_image_is_not_started(void **state) {
    (void)state;
    image->zones[1].entry++;
    assert_int_equal(fake_call(start, image), FAKE_STOPPED);
    assert_text_has(fake.uart_text, "CRC");
    assert_null(zone_find(0));
}

/* Without a header nobody knows a UART; the log in memory still says it. */
static void hypervisor_without_image_touches_nothing(void **state) {
    (void)state;
    memset(image, 0, sizeof(*image));
    assert_int_equal(fake_call(start, image), FAKE_STOPPED);
    assert_int_equal(fake.uart_length, 0);
    assert_int_equal(fake.mmio.count, 0);
    assert_text_has(support_log(), "no packed image");
}

static void refused_zone_stops_the_start(void **state) {
    (void)state;
    image->zones[1].regions[0].hpa = ZONE_RAM(0);
    support_seal(image);
    assert_int_equal(fake_call(start, image), FAKE_STOPPED);
    assert_text_has(fake.uart_text, "zone 1 refused: REGION_TAKEN 0");
}

static unsigned waits;

/* The first doorbell brings nothing, the second a zone to start. */
static void start_at_the_second_wait(void) {
    assert_true(cpu_is_online(3));
    if (++waits == 2) {
        fake_be_cpu(0);
        assert_true(zone_start(zone_find(2)));
        fake_be_cpu(3);
    }
    assert_in_range(waits, 1, 2);
}

static void secondary_waits_until_its_zone_starts(void **state) {
    (void)state;
    image = support_zones(2);
    assert_int_equal(zone_create(&image->header, &image->zones[2], true), 0);
    atomic_store(&cpu_blocks[3].presence, CPU_AWAITED);
    waits = 0;
    fake.on_wait = start_at_the_second_wait;
    fake_be_cpu(3);
    assert_int_equal(fake_call(start_secondary, NULL), FAKE_ENTERED);
    assert_int_equal(waits, 2);
    /* Once for each wait, and once more before the guest runs. */
    assert_int_equal(fake.cpus[3].answered, 3);
    assert_true(fake_vcpu(&zone_find(2)->vcpus[0])->loaded);
}

static void unfit_secondary_stays_out(void **state) {
    (void)state;
    support_image();
    atomic_store(&cpu_blocks[3].presence, CPU_AWAITED);
    fake.init_error = "too few GID bits";
    fake_be_cpu(3);
    assert_int_equal(fake_call(start_secondary, NULL), FAKE_STOPPED);
    assert_false(cpu_is_online(3));
    assert_text_has(support_log(), "CPU 3 is left out: too few GID bits");
}

/* Whoever counted on its absence must not find it there later. */
static void cpu_that_comes_too_late_stays_out(void **state) {
    (void)state;
    fake.dead_cpus = 1u << PHYS_ID(2);
    assert_int_equal(fake_call(start, image), FAKE_ENTERED);
    fake_be_cpu(2);
    assert_int_equal(fake_call(start_secondary, NULL), FAKE_STOPPED);
    assert_false(cpu_is_online(2));
    assert_text_has(support_log(), "CPU 2 is left out: it came too late");
}

static atomic_bool race_begun;

static void spin(uint64_t times) {
    while (times-- > 0) {
        __asm__ volatile("");
    }
}

static void *come_online_after_a_while(void *came) {
    fake_be_cpu(1);
    atomic_store(&race_begun, true);
    spin(20000);
    *(bool *)came = cpu_come_online();
    return NULL;
}

/* A CPU comes while CPU 0 gives it up: both are of one opinion, whichever it is. */
static void presence_is_decided_once(void **state) {
    for (unsigned round = 0; round < 60; round++) {
        pthread_t thread;
        bool came;
        machine_before_start(state);
        image->header.board.num_cpus = 2;
        fake.dead_cpus = 1u << PHYS_ID(1);
        fake.step = FAKE_HZ;
        cpu_init_blocks(&image->header.board);
        atomic_store(&race_begun, false);
        assert_int_equal(pthread_create(&thread, NULL, come_online_after_a_while, &came), 0);
        while (!atomic_load(&race_begun)) {
        }
        spin(support_random() % 40000);
        cpu_start_secondaries(&image->header.board);
        bool given_up = strstr(support_log(), "did not start") != NULL;
        bool online = cpu_is_online(1);
        pthread_join(thread, NULL);
        assert_true(came != given_up);
        assert_int_equal(online, came);
        assert_int_equal(cpu_is_online(1), came);
    }
}

static void unknown_cpus_are_not_online(void **state) {
    (void)state;
    assert_false(cpu_is_online(0));
    assert_false(cpu_is_online(LV_MAX_CPUS));
    assert_false(cpu_is_online(UINT32_MAX));
    cpu_init_blocks(&image->header.board);
    assert_true(cpu_is_online(0));
    assert_false(cpu_is_online(1));
    assert_int_equal(cpu_blocks[2].phys_id, PHYS_ID(2));
}

int test_start(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(root_runs_in_the_end, machine_before_start),
        cmocka_unit_test_setup(missing_cpu_costs_its_vcpu, machine_before_start),
        cmocka_unit_test_setup(missing_first_cpu_is_named_and_refused, machine_before_start),
        cmocka_unit_test_setup(missing_cpu_that_nobody_needs_does_not_matter, machine_before_start),
        cmocka_unit_test_setup(machine_that_cannot_do_it_says_why, machine_before_start),
        cmocka_unit_test_setup(damaged_image_is_not_started, machine_before_start),
        cmocka_unit_test_setup(hypervisor_without_image_touches_nothing, machine_before_start),
        cmocka_unit_test_setup(refused_zone_stops_the_start, machine_before_start),
        cmocka_unit_test_setup(secondary_waits_until_its_zone_starts, machine_before_start),
        cmocka_unit_test_setup(unfit_secondary_stays_out, machine_before_start),
        cmocka_unit_test_setup(cpu_that_comes_too_late_stays_out, machine_before_start),
        cmocka_unit_test_setup(presence_is_decided_once, machine_before_start),
        cmocka_unit_test_setup(unknown_cpus_are_not_online, machine_before_start),
    };

    return cmocka_run_group_tests_name("start-up", tests, NULL, NULL);
}
