// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A zone that restarts finds nothing of its last life, and it ends although a CPU is
 * missing. Zone 1 owns vectors 64 to 127.
 */
#include <irq/interrupt.h>
#include <irq/ipi.h>
#include <irq/eiointc.h>
#include <support.h>
#include <core/irq.h>
#include <lib/bits.h>

/* EIOINTC registers of groups 2 (the machine's) and 4 (in software); LVZ reference 9.1. */
#define ENABLE_MACHINE   0x1608u
#define ENABLE_SOFTWARE  0x1610u
#define CORE_MAP_MACHINE 0x1c40u
#define IP_MAP           0x14c0u
#define IP_MAP_RESET     0x02020202u

static struct zone *zone;
static struct vcpu *vcpu;

static int one_zone(void **state) {
    support_reset(state);
    support_zones(2);
    zone = zone_find(1);
    vcpu = &zone->vcpus[0];
    return 0;
}

static void restart(void) {
    fake_be_cpu(0);
    assert_true(zone_restart(zone));
    support_leave(zone);
    assert_int_equal(support_serve(vcpu), FAKE_ENTERED);
    fake_be_cpu(vcpu->cpu);
}

static void machines_vectors_are_off_and_at_the_first_cpu(void **state) {
    (void)state;
    fake_be_cpu(vcpu->cpu);
    uint32_t routed_at_first = fake_iocsr_get(CORE_MAP_MACHINE);
    uint32_t lines_at_first = fake_iocsr_get(IP_MAP);
    iocsr_write(vcpu, ENABLE_MACHINE, 4, UINT32_MAX);
    iocsr_write(vcpu, CORE_MAP_MACHINE, 4, 0x02020202);
    iocsr_write(vcpu, IP_MAP, 4, 0x04040404);
    assert_int_equal(fake_iocsr_get(ENABLE_MACHINE), UINT32_MAX);
    assert_int_not_equal(fake_iocsr_get(CORE_MAP_MACHINE), routed_at_first);
    assert_int_not_equal(fake_iocsr_get(IP_MAP), lines_at_first);
    restart();
    assert_int_equal(fake_iocsr_get(ENABLE_MACHINE), 0);
    assert_int_equal(fake_iocsr_get(CORE_MAP_MACHINE), routed_at_first);
    assert_int_equal(fake_iocsr_get(IP_MAP), lines_at_first);
}

static void vectors_in_software_are_as_after_reset(void **state) {
    (void)state;
    fake_be_cpu(vcpu->cpu);
    iocsr_write(vcpu, ENABLE_SOFTWARE, 4, UINT32_MAX);
    iocsr_write(vcpu, IP_MAP + 4, 4, 0x04040404);
    (void)eiointc_set_vector(&zone->eiointc, 130, true);
    assert_int_not_equal(eiointc_virtual_lines(&zone->eiointc, 0), 0);
    restart();
    assert_int_equal(iocsr_read(vcpu, ENABLE_SOFTWARE, 4), 0);
    assert_int_equal(iocsr_read(vcpu, IP_MAP + 4, 4), IP_MAP_RESET);
    assert_int_equal(eiointc_virtual_lines(&zone->eiointc, 0), 0);
    assert_int_equal(fake_vcpu(vcpu)->lines, 0);
}

/* A mailbox that still holds an entry would start a secondary CPU at its next IPI. */
static void ipis_and_mailboxes_are_empty(void **state) {
    (void)state;
    for (uint32_t id = 0; id < zone->num_vcpus; id++) {
        struct ipi_block *ipi = &zone->vcpus[id].ipi;
        atomic_store(&ipi->status, 0xff);
        atomic_store(&ipi->enable, 0xff);
        atomic_store(&ipi->software, true);
        for (unsigned box = 0; box < IPI_MAILBOXES; box++) {
            atomic_store(&ipi->mailbox[box], ZONE_RAM(1));
        }
    }
    restart();
    for (uint32_t id = 0; id < zone->num_vcpus; id++) {
        struct ipi_block *ipi = &zone->vcpus[id].ipi;
        assert_int_equal(atomic_load(&ipi->status) | atomic_load(&ipi->enable), 0);
        assert_false(atomic_load(&ipi->software));
        for (unsigned box = 0; box < IPI_MAILBOXES; box++) {
            assert_int_equal(atomic_load(&ipi->mailbox[box]), 0);
        }
    }
    assert_int_equal(fake_vcpu(vcpu)->software, 0);
}

static void statistics_begin_anew(void **state) {
    (void)state;
    vcpu_count_exit(vcpu, LV_EXIT_IDLE);
    zone->vcpus[1].stats->stray_sends = 3;
    restart();
    assert_int_equal(zone->info->vcpus[0].exits[LV_EXIT_IDLE], 0);
    assert_int_equal(zone->info->vcpus[1].stray_sends, 0);
}

/* The time in which a zone was held, or was off, is not silence. */
static void watchdog_begins_anew(void **state) {
    (void)state;
    zone->config.watchdog_ms = 50;
    fake_be_cpu(vcpu->cpu);
    zone_feed_watchdog(zone);
    fake_be_cpu(0);
    assert_true(zone_pause(zone));
    fake.now += FAKE_HZ;
    assert_true(zone_resume(zone));
    fake_be_cpu(vcpu->cpu);
    assert_int_equal(vcpu_check_watchdog(vcpu), VERDICT_HANDLED);
    fake.now += FAKE_HZ;
    restart();
    assert_int_equal(vcpu_check_watchdog(vcpu), VERDICT_HANDLED);
}

/* One that never came cannot leave, so nobody may wait for it. */
static void zone_with_a_missing_cpu_ends(void **state) {
    (void)state;
    atomic_store(&cpu_blocks[zone->vcpus[1].cpu].presence, CPU_GIVEN_UP);
    restart();
    fake_be_cpu(0);
    assert_true(zone_force_stop(zone));
    assert_int_equal(support_serve(vcpu), FAKE_LEFT);
    assert_int_equal(zone_state(zone), LV_STATE_STOPPED);
    assert_true(zone_destroy(zone));
    assert_int_equal(support_serve(vcpu), FAKE_LEFT);
    assert_null(zone_find(1));
    assert_null(atomic_load(&cpu_blocks[2].vcpu));
}

int test_restart(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(machines_vectors_are_off_and_at_the_first_cpu, one_zone),
        cmocka_unit_test_setup(vectors_in_software_are_as_after_reset, one_zone),
        cmocka_unit_test_setup(ipis_and_mailboxes_are_empty, one_zone),
        cmocka_unit_test_setup(statistics_begin_anew, one_zone),
        cmocka_unit_test_setup(watchdog_begins_anew, one_zone),
        cmocka_unit_test_setup(zone_with_a_missing_cpu_ends, one_zone),
    };

    return cmocka_run_group_tests_name("restarts", tests, NULL, NULL);
}
