// SPDX-License-Identifier: GPL-2.0-or-later
/* irq/eiointc_virtual.c: the vectors of zone 1 that are not the machine's, here 0 to 63. */
#include <irq/interrupt.h>
#include <irq/ipi.h>
#include <irq/eiointc.h>
#include <support.h>
#include <core/irq.h>
#include <lib/bits.h>
#include <pthread.h>
#include <sched.h>

#define IP_MAP   0x14c0u
#define ENABLE   0x1600u
#define STATUS   0x1800u
#define CORE_MAP 0x1c00u

#define VECTOR      37u
#define WORD        4u /* byte offset of the word that has it */
#define BIT_IN_WORD 0x20u

static struct zone *zone;
static struct vcpu *first;
static struct vcpu *second;

static int zone_with_software_vectors(void **state) {
    support_reset(state);
    support_zones(2);
    zone = zone_find(1);
    first = &zone->vcpus[0];
    second = &zone->vcpus[1];
    return 0;
}

/* As a virtual device does; false where a device of the machine owns the vector. */
static bool set_vector(struct zone *zone_of, uint32_t vector, bool level) {
    if (!eiointc_is_virtual(&zone_of->eiointc, vector)) {
        return false;
    }
    zone_ring(zone_of, eiointc_set_vector(&zone_of->eiointc, vector, level));
    return true;
}

static void write_as(struct vcpu *vcpu, uint32_t number, uint64_t value, unsigned size) {
    fake_be_cpu(vcpu->cpu);
    iocsr_write(vcpu, number, size, value);
}

static uint64_t read_as(struct vcpu *vcpu, uint32_t number, unsigned size) {
    fake_be_cpu(vcpu->cpu);
    return bits_truncate(iocsr_read(vcpu, number, size), size);
}

/* The root zone does this, from its CPU. */
static void set_line(bool level) {
    fake_be_cpu(0);
    assert_true(set_vector(zone, VECTOR, level));
}

static uint32_t lines_of(struct vcpu *vcpu) {
    fake_be_cpu(vcpu->cpu);
    vcpu_answer_doorbell(vcpu);
    return fake_vcpu(vcpu)->lines;
}

static void enabled_vector_reaches_its_line(void **state) {
    (void)state;
    write_as(first, ENABLE + WORD, BIT_IN_WORD, 4);
    set_line(true);
    assert_true(atomic_load(&fake.doorbells[PHYS_ID(first->cpu)]) > 0);
    assert_int_equal(lines_of(first), 0x2);
    assert_int_equal(lines_of(second), 0);
    assert_int_equal(read_as(first, STATUS + WORD, 4), BIT_IN_WORD);
    assert_int_equal(read_as(second, STATUS + WORD, 4), 0);
    write_as(first, STATUS + WORD, BIT_IN_WORD, 4);
    assert_int_equal(read_as(first, STATUS + WORD, 4), 0);
    assert_int_equal(fake_vcpu(first)->lines, 0);
    assert_int_equal(fake.iocsr.count, 0);
}

static void disabled_vector_waits(void **state) {
    (void)state;
    set_line(true);
    assert_int_equal(lines_of(first), 0);
    write_as(first, ENABLE + WORD, BIT_IN_WORD, 4);
    assert_int_equal(fake_vcpu(first)->lines, 0x2);
    write_as(first, ENABLE + WORD, 0, 4);
    assert_int_equal(fake_vcpu(first)->lines, 0);
    assert_int_equal(read_as(first, STATUS + WORD, 4), 0);
    set_line(false);
    write_as(first, ENABLE + WORD, BIT_IN_WORD, 4);
    assert_int_equal(fake_vcpu(first)->lines, 0);
}

/* Raising or lowering one vector says nothing of another. */
static void lowering_withdraws_one_vector_only(void **state) {
    (void)state;
    write_as(first, ENABLE, UINT64_MAX, 8);
    set_line(true);
    assert_true(set_vector(zone, VECTOR + 1, true));
    set_line(false);
    assert_int_equal(read_as(first, STATUS + WORD, 4), BIT_IN_WORD << 1);
    assert_int_equal(lines_of(first), 0x2);
    assert_true(set_vector(zone, VECTOR + 1, false));
    assert_int_equal(lines_of(first), 0);
}

static void route_names_the_vcpu(void **state) {
    (void)state;
    write_as(first, ENABLE + WORD, BIT_IN_WORD, 4);
    write_as(first, CORE_MAP + VECTOR, 0x2, 1);
    set_line(true);
    assert_int_equal(lines_of(second), 0x2);
    assert_int_equal(lines_of(first), 0);
    /* One vCPU does not clear what is pending on another. */
    write_as(first, STATUS + WORD, BIT_IN_WORD, 4);
    assert_int_equal(read_as(second, STATUS + WORD, 4), BIT_IN_WORD);
    /* A new route moves what is pending. */
    write_as(second, CORE_MAP + VECTOR, 0x1, 1);
    assert_int_equal(lines_of(second), 0);
    assert_int_equal(lines_of(first), 0x2);
    /* The lowest that is named; none, or one that is not there, is the first. */
    write_as(first, CORE_MAP + VECTOR, 0x6, 1);
    assert_int_equal(lines_of(second), 0x2);
    write_as(first, CORE_MAP + VECTOR, 0x8, 1);
    assert_int_equal(lines_of(first), 0x2);
    assert_int_equal(read_as(first, CORE_MAP + VECTOR, 1), 0x8);
    write_as(first, CORE_MAP + VECTOR, 0x0, 1);
    assert_int_equal(lines_of(first), 0x2);
}

static void line_is_that_of_the_group(void **state) {
    (void)state;
    write_as(first, ENABLE, UINT64_MAX, 8);
    write_as(first, IP_MAP + 1, 0x8, 1);
    set_line(true);
    assert_int_equal(lines_of(first), 0x8);
    assert_true(set_vector(zone, 3, true));
    assert_int_equal(lines_of(first), 0xa);
    write_as(first, IP_MAP + 1, 0x4, 1);
    assert_int_equal(lines_of(first), 0x6);
}

static void owned_vectors_are_not_softwares(void **state) {
    (void)state;
    for (uint32_t vector = 0; vector < 300; vector++) {
        bool software = vector < 64 || (vector >= 128 && vector < 256);
        assert_int_equal(set_vector(zone, vector, true), software);
    }
    assert_false(set_vector(zone, UINT32_MAX, true));
    assert_int_equal(fake.iocsr.count, 0);
}

static void zones_do_not_see_each_others_vectors(void **state) {
    struct vcpu *root = &zone_find(0)->vcpus[0];

    (void)state;
    /* Vector 130 is software's in both. */
    write_as(first, ENABLE + 16, 0x4, 4);
    write_as(root, ENABLE + 16, 0x4, 4);
    assert_true(set_vector(zone, 130, true));
    assert_int_equal(read_as(root, STATUS + 16, 4), 0);
    assert_int_equal(lines_of(root), 0);
    assert_int_equal(lines_of(first), 0x2);
}

#define RAISERS            4u
#define VECTORS_PER_RAISER 8u
#define ROUNDS             500u

static atomic_uint taken[RAISERS * VECTORS_PER_RAISER];

/* Raises its vectors of group 0 one after the other and lowers each when the vCPU has had it. */
static void *raiser_main(void *argument) {
    const atomic_uint *mine = argument;
    uint32_t vector = (uint32_t)(mine - taken);

    fake_be_cpu(0);
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < VECTORS_PER_RAISER; i++) {
            set_vector(zone, vector + i, true);
            while (atomic_load(&mine[i]) <= round) {
                sched_yield();
            }
            set_vector(zone, vector + i, false);
        }
    }
    return NULL;
}

static unsigned take_pending(struct vcpu *vcpu) {
    uint32_t status = (uint32_t)read_as(vcpu, STATUS, 4);
    unsigned count = 0;

    write_as(vcpu, STATUS, status, 4);
    for (unsigned bit = 0; bit < RAISERS * VECTORS_PER_RAISER; bit++) {
        if ((status & BIT(bit)) != 0) {
            atomic_fetch_add(&taken[bit], 1);
            count++;
        }
    }
    return count;
}

/*
 * The vCPU looks when its doorbell has rung, and again as long as its line is high: what is lost
 * would leave all waiting.
 */
static void no_raised_vector_is_lost(void **state) {
    const unsigned all = RAISERS * VECTORS_PER_RAISER * ROUNDS;
    pthread_t threads[RAISERS];
    unsigned got = 0;

    (void)state;
    write_as(first, ENABLE, UINT32_MAX, 4);
    for (unsigned i = 0; i < RAISERS; i++) {
        atomic_uint *mine = &taken[(size_t)i * VECTORS_PER_RAISER];
        assert_int_equal(pthread_create(&threads[i], NULL, raiser_main, mine), 0);
    }
    for (uint64_t polls = 0; got < all && polls < 100000000; polls++) {
        if (atomic_exchange(&fake.doorbells[PHYS_ID(first->cpu)], 0) == 0) {
            sched_yield();
        } else if (lines_of(first) != 0) {
            do {
                got += take_pending(first);
            } while (fake_vcpu(first)->lines != 0);
        }
    }
    assert_int_equal(got, all);
    for (unsigned i = 0; i < RAISERS; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(lines_of(first), 0);
}

int test_virtual(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(enabled_vector_reaches_its_line, zone_with_software_vectors),
        cmocka_unit_test_setup(disabled_vector_waits, zone_with_software_vectors),
        cmocka_unit_test_setup(lowering_withdraws_one_vector_only, zone_with_software_vectors),
        cmocka_unit_test_setup(route_names_the_vcpu, zone_with_software_vectors),
        cmocka_unit_test_setup(line_is_that_of_the_group, zone_with_software_vectors),
        cmocka_unit_test_setup(owned_vectors_are_not_softwares, zone_with_software_vectors),
        cmocka_unit_test_setup(zones_do_not_see_each_others_vectors, zone_with_software_vectors),
        cmocka_unit_test_setup(no_raised_vector_is_lost, zone_with_software_vectors),
    };

    return cmocka_run_group_tests_name("vectors in software", tests, NULL, NULL);
}
