// SPDX-License-Identifier: GPL-2.0-or-later
/* irq/iocsr_hot.c: which IOCSR numbers a zone has, and what the machine's own show of themselves.
 */
#include <support.h>
#include <core/irq.h>
#include <lib/bits.h>
#include <string.h>

#define VERSION   0x0u
#define FEATURES  0x8u
#define VENDOR    0x10u
#define CPUNAME   0x20u
#define MISC_FUNC 0x420u

#define EXT_INT_ENABLE BIT(48)

static struct vcpu *root;
static struct vcpu *guest;

static int two_zones(void **state) {
    support_reset(state);
    support_zones(2);
    root = &zone_find(0)->vcpus[0];
    guest = &zone_find(1)->vcpus[0];
    return 0;
}

static uint64_t read_as(struct vcpu *vcpu, uint32_t number, unsigned size) {
    fake_be_cpu(vcpu->cpu);
    return bits_truncate(iocsr_read(vcpu, number, size), size);
}

static void write_as(struct vcpu *vcpu, uint32_t number, uint64_t value, unsigned size) {
    fake_be_cpu(vcpu->cpu);
    iocsr_write(vcpu, number, size, value);
}

static void names_are_the_machines(void **state) {
    (void)state;
    memcpy(&fake.iocsrs[VENDOR], "Loongson", 8);
    memcpy(&fake.iocsrs[CPUNAME], "3A5000\0", 8);
    fake_iocsr_set(VERSION, 0x11);
    assert_int_equal(read_as(guest, VERSION, 4), 0x11);
    assert_int_equal(read_as(guest, VENDOR, 8), 0x6e6f73676e6f6f4c);
    assert_int_equal(read_as(guest, VENDOR + 4, 4), 0x6e6f7367);
    assert_int_equal(read_as(guest, CPUNAME, 8), 0x303030354133);
    assert_int_equal(read_as(guest, CPUNAME + 1, 1), 'A');
    write_as(root, VENDOR, 0, 8);
    assert_int_equal(read_as(root, VENDOR, 8), 0x6e6f73676e6f6f4c);
}

/* MSI, EXT_IOI, per-core IPI, and never bit 11, the guest bit. */
static void features_are_those_that_a_zone_has(void **state) {
    (void)state;
    fake_iocsr_set(FEATURES, UINT32_MAX);
    fake_iocsr_set(FEATURES + 4, UINT32_MAX);
    assert_int_equal(read_as(root, FEATURES, 8), 0x1c);
    assert_int_equal(read_as(guest, FEATURES, 4), 0x1c);
    assert_int_equal(read_as(guest, FEATURES + 4, 4), 0);
    fake_iocsr_set(FEATURES, 0x8);
    assert_int_equal(read_as(guest, FEATURES, 4), 0x8);
    write_as(root, FEATURES, UINT64_MAX, 8);
    assert_int_equal(fake_iocsr_get(FEATURES), 0x8);
}

/* It makes Linux look for KVM's interface. */
static void guest_bit_is_for_zones_with_paravirtual_ipis(void **state) {
    (void)state;
    fake_iocsr_set(FEATURES, 0x1c);
    zone_find(1)->config.flags |= LV_ZONE_PV_IPI;
    assert_int_equal(read_as(guest, FEATURES, 8), 0x81c);
    assert_int_equal(read_as(root, FEATURES, 8), 0x1c);
}

static void extended_interrupts_are_switched_on_by_root_alone(void **state) {
    (void)state;
    fake_iocsr_set(MISC_FUNC, 0x00200000);
    write_as(guest, MISC_FUNC, EXT_INT_ENABLE, 8);
    assert_int_equal(fake_iocsr_get(MISC_FUNC + 4), 0);
    assert_int_equal(read_as(guest, MISC_FUNC, 8), 0);
    write_as(root, MISC_FUNC, UINT64_MAX, 8);
    assert_int_equal(fake_iocsr_get(MISC_FUNC), 0x00200000);
    assert_int_equal(fake_iocsr_get(MISC_FUNC + 4), EXT_INT_ENABLE >> 32);
    assert_int_equal(read_as(guest, MISC_FUNC, 8), EXT_INT_ENABLE);
    /* Nobody switches them off for the others. */
    write_as(root, MISC_FUNC, 0, 8);
    assert_int_equal(read_as(root, MISC_FUNC, 8), EXT_INT_ENABLE);
    assert_int_equal(read_as(root, MISC_FUNC + 4, 4), EXT_INT_ENABLE >> 32);
}

static void upper_half_alone_switches_them_on_too(void **state) {
    (void)state;
    write_as(root, MISC_FUNC + 4, EXT_INT_ENABLE >> 32, 4);
    assert_int_equal(read_as(root, MISC_FUNC, 8), EXT_INT_ENABLE);
}

static void blocks_are_found(void **state) {
    (void)state;
    write_as(guest, 0x1004, 0xff, 4);
    assert_int_equal(atomic_load(&guest->ipi.enable), 0xff);
    write_as(guest, 0x1608, 0x123, 4);
    assert_int_equal(fake_iocsr_get(0x1608), 0x123);
    write_as(guest, 0x1158, 0x0000456000000000 | BIT(31) | 0x1608, 8);
    assert_int_equal(fake_iocsr_get(0x1608), 0x4560);
}

static bool is_known(uint32_t number) {
    bool machine = number < 0x18 || number - CPUNAME < 8 || number - MISC_FUNC < 8;
    bool interrupts = number - 0x14a0 < 0x28 || number - 0x1600 < 0x20 || number - 0x1680 < 0x20;

    return machine || interrupts || number - 0x1800 < 0x20 || number - 0x1c00 < 0x100 ||
           number - 0x1000 < 0x160;
}

/* Numbers out of range, and 0x40000040, end the emulator if they reach it (LVZ reference 9). */
static void unknown_numbers_never_reach_the_machine(void **state) {
    static const uint32_t numbers[] = {0x40000000, 0x40000040, 0xfffffff8, 0xffffffff, 0x1b00};

    (void)state;
    for (uint32_t number = 0; number < FAKE_IOCSRS; number++) {
        for (unsigned size = 1; size <= 8 && !is_known(number); size *= 2) {
            assert_int_equal(read_as(guest, number, size), 0);
            write_as(guest, number, UINT64_MAX, size);
            write_as(root, number, UINT64_MAX, size);
        }
    }
    for (unsigned i = 0; i < ARRAY_SIZE(numbers); i++) {
        assert_int_equal(read_as(root, numbers[i], 8), 0);
        write_as(root, numbers[i], UINT64_MAX, 8);
    }
    assert_int_equal(fake.iocsr.count, 0);
}

/* The fake fails the test on what QEMU does not take: small, unaligned, out of range. */
static void any_access_is_one_that_the_machine_takes(void **state) {
    (void)state;
    for (uint32_t number = 0; number < FAKE_IOCSRS + 8; number++) {
        for (unsigned size = 1; size <= 8; size *= 2) {
            read_as(root, number, size);
            write_as(root, number, support_random() & 0xffffffff0400ffff, size);
            fake.iocsr.count = 0;
        }
    }
}

int test_iocsr(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(names_are_the_machines, two_zones),
        cmocka_unit_test_setup(features_are_those_that_a_zone_has, two_zones),
        cmocka_unit_test_setup(guest_bit_is_for_zones_with_paravirtual_ipis, two_zones),
        cmocka_unit_test_setup(extended_interrupts_are_switched_on_by_root_alone, two_zones),
        cmocka_unit_test_setup(upper_half_alone_switches_them_on_too, two_zones),
        cmocka_unit_test_setup(blocks_are_found, two_zones),
        cmocka_unit_test_setup(unknown_numbers_never_reach_the_machine, two_zones),
        cmocka_unit_test_setup(any_access_is_one_that_the_machine_takes, two_zones),
    };

    return cmocka_run_group_tests_name("IOCSR map", tests, NULL, NULL);
}
