// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * irq/eiointc.c: zone 1 has the vectors 64 to 127, groups 2 and 3, and CPUs 1 and 2, whose
 * physical numbers are 0 and 3. LVZ reference 9.1 has the register numbers.
 */
#include <support.h>
#include <irq/eiointc.h>
#include <core/irq.h>
#include <lib/bits.h>

#define NODE_MAP 0x14a0u
#define IP_MAP   0x14c0u
#define ENABLE   0x1600u
#define BOUNCE   0x1680u
#define STATUS   0x1800u
#define CORE_MAP 0x1c00u

/* The words of the zone's vectors: 64 / 32 and the next. */
#define OWNED_WORD 8u

static struct vcpu *vcpu;

/* What follows is done by the zone's vCPU 0. */
static void become(uint32_t zone) {
    vcpu = &zone_find(zone)->vcpus[0];
    fake_be_cpu(vcpu->cpu);
}

static int zone_with_some_vectors(void **state) {
    support_reset(state);
    support_zones(2);
    become(1);
    return 0;
}

static int zone_with_all_vectors(void **state) {
    struct test_image *image;

    support_reset(state);
    image = support_image();
    for (unsigned i = 0; i < LV_VECTOR_WORDS; i++) {
        image->zones[0].vectors[i] = UINT64_MAX;
    }
    assert_int_equal(zone_create(&image->header, &image->zones[0], true), 0);
    become(0);
    fake.iocsr.count = 0;
    return 0;
}

static void zone_write(uint32_t number, uint64_t value, unsigned size) {
    iocsr_write(vcpu, number, size, value);
}

static uint64_t zone_read(uint32_t number, unsigned size) {
    return bits_truncate(iocsr_read(vcpu, number, size), size);
}

/* ANY_SEND to vCPU 0, by itself. */
static void zone_send(uint32_t number, uint32_t value, unsigned keep) {
    zone_write(0x1158, (uint64_t)value << 32 | BIT(31) | (uint64_t)keep << 27 | number, 8);
}

static void fill(uint32_t number, uint32_t bytes, uint32_t value) {
    for (uint32_t at = 0; at < bytes; at += 4) {
        fake_iocsr_set(number + at, value);
    }
}

static void only_owned_vectors_are_enabled(void **state) {
    static const uint32_t bases[] = {ENABLE, BOUNCE};

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(bases); i++) {
        fill(bases[i], 32, 0xa5a5a5a5);
        for (uint32_t at = 0; at < 32; at += 4) {
            zone_write(bases[i] + at, 0x0f0f0f0f, 4);
            bool owned = at >= OWNED_WORD && at < OWNED_WORD + 8;
            assert_int_equal(fake_iocsr_get(bases[i] + at), owned ? 0x0f0f0f0f : 0xa5a5a5a5);
            assert_int_equal(zone_read(bases[i] + at, 4), 0x0f0f0f0f);
        }
    }
}

static void all_sizes_reach_their_bytes(void **state) {
    (void)state;
    zone_write(ENABLE + OWNED_WORD, 0x1122334455667788, 8);
    assert_int_equal(fake_iocsr_get(ENABLE + OWNED_WORD), 0x55667788);
    assert_int_equal(fake_iocsr_get(ENABLE + OWNED_WORD + 4), 0x11223344);
    assert_int_equal(zone_read(ENABLE + OWNED_WORD, 8), 0x1122334455667788);
    zone_write(ENABLE + OWNED_WORD + 2, 0xaabb, 2);
    assert_int_equal(fake_iocsr_get(ENABLE + OWNED_WORD), 0xaabb7788);
    zone_write(ENABLE + OWNED_WORD + 5, 0xcc, 1);
    assert_int_equal(fake_iocsr_get(ENABLE + OWNED_WORD + 4), 0x1122cc44);
    assert_int_equal(zone_read(ENABLE + OWNED_WORD + 2, 2), 0xaabb);
    assert_int_equal(zone_read(ENABLE + OWNED_WORD + 5, 1), 0xcc);
    assert_int_equal(zone_read(ENABLE + OWNED_WORD + 7, 1), 0x11);
}

/* An access across the border of the zone's vectors has its effect on this side only. */
static void wide_access_across_the_border(void **state) {
    struct test_image *image;

    support_reset(state);
    image = support_image();
    image->zones[1].vectors[1] = UINT32_MAX;
    assert_int_equal(zone_create(&image->header, &image->zones[1], true), 0);
    become(1);
    fill(ENABLE, 32, 0);
    zone_write(ENABLE + 8, 0x1111222233334444, 8);
    assert_int_equal(fake_iocsr_get(ENABLE + 8), 0x33334444);
    assert_int_equal(fake_iocsr_get(ENABLE + 12), 0);
    fake_iocsr_set(ENABLE + 8, 0x5555);
    assert_int_equal(zone_read(ENABLE + 8, 8), 0x1111222200005555);
}

static void unaligned_accesses_do_nothing(void **state) {
    static const struct {
        uint32_t number;
        unsigned size;
    } cases[] = {{ENABLE + 9, 2},  {ENABLE + 11, 2}, {ENABLE + 9, 4},    {ENABLE + 10, 4},
                 {ENABLE + 12, 8}, {STATUS + 9, 8},  {CORE_MAP + 65, 4}, {CORE_MAP + 255, 8}};

    (void)state;
    fill(ENABLE, 32, UINT32_MAX);
    fill(STATUS, 32, UINT32_MAX);
    fill(CORE_MAP, 256, 0x01010101);
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(zone_read(cases[i].number, cases[i].size), 0);
        zone_write(cases[i].number, 0, cases[i].size);
    }
    assert_int_equal(fake.iocsr.count, 0);
}

/* What is written to status clears; a word read back first would clear what came meanwhile. */
static void status_is_cleared_without_being_read(void **state) {
    (void)state;
    fill(STATUS, 32, UINT32_MAX);
    zone_write(STATUS + OWNED_WORD, 0x1, 4);
    zone_write(STATUS + OWNED_WORD + 4, 0x00010000, 4);
    zone_write(STATUS + OWNED_WORD + 1, 0x80, 1);
    zone_write(STATUS, UINT64_MAX, 8);
    for (uint32_t at = 0; at < 32; at += 4) {
        assert_int_equal(fake_count(&fake.iocsr, false, STATUS + at), 0);
    }
    assert_int_equal(fake_iocsr_get(STATUS + OWNED_WORD), 0xffff7ffe);
    assert_int_equal(fake_iocsr_get(STATUS + OWNED_WORD + 4), 0xfffeffff);
    assert_int_equal(fake_iocsr_get(STATUS), UINT32_MAX);
    assert_int_equal(fake_iocsr_get(STATUS + 4), UINT32_MAX);
}

static void status_shows_owned_vectors(void **state) {
    (void)state;
    fill(STATUS, 32, 0x00ff00ff);
    for (uint32_t at = 0; at < 32; at += 8) {
        assert_int_equal(zone_read(STATUS + at, 8), at == OWNED_WORD ? 0x00ff00ff00ff00ff : 0);
    }
}

/* vCPU 0 is physical CPU 0, vCPU 1 is physical CPU 3. */
static void core_map_is_translated(void **state) {
    static const struct {
        uint8_t zone;
        uint8_t machine;
    } cases[] = {{0x1, 0x1}, {0x2, 0x8}, {0x3, 0x9}};

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        for (uint32_t vector = 64; vector < 128; vector++) {
            zone_write(CORE_MAP + vector, cases[i].zone, 1);
            assert_int_equal(fake.iocsrs[CORE_MAP + vector], cases[i].machine);
            assert_int_equal(zone_read(CORE_MAP + vector, 1), cases[i].zone);
            fake.iocsr.count = 0;
        }
    }
    zone_write(CORE_MAP + 64, 0x0102030102030201, 8);
    assert_int_equal(fake_iocsr_get(CORE_MAP + 64), 0x08090801);
    assert_int_equal(fake_iocsr_get(CORE_MAP + 68), 0x01080901);
    assert_int_equal(zone_read(CORE_MAP + 64, 8), 0x0102030102030201);
}

static void core_map_of_others_is_out_of_reach(void **state) {
    (void)state;
    fill(CORE_MAP, 256, 0x0f0f0f0f);
    for (uint32_t vector = 0; vector < 256; vector += 8) {
        if (vector < 64 || vector >= 128) {
            zone_write(CORE_MAP + vector, 0x0101010101010101, 8);
            zone_write(CORE_MAP + vector + 3, 0x1, 1);
            assert_int_equal(zone_read(CORE_MAP + vector, 8), 0x0101010101010101);
        }
    }
    for (uint32_t vector = 0; vector < 256; vector++) {
        assert_int_equal(fake.iocsrs[CORE_MAP + vector], 0x0f);
    }
}

/* Interrupts reach the machine's CPUs 0 to 3: here vCPU 1 is one that they do not reach. */
static void cpu_out_of_reach_is_no_target(void **state) {
    (void)state;
    cpu_blocks[2].phys_id = 5;
    zone_write(CORE_MAP + 64, 0x2, 1);
    assert_int_equal(fake.iocsrs[CORE_MAP + 64], 0x1);
    fake.iocsrs[CORE_MAP + 64] = 0x21;
    assert_int_equal(zone_read(CORE_MAP + 64, 1) & 0xf, 0x1);
}

/* Bits of CPUs that the zone does not have neither go in nor come out. */
static void core_map_has_no_foreign_cpus(void **state) {
    (void)state;
    zone_write(CORE_MAP + 64, 0x0f, 1);
    assert_int_equal(fake.iocsrs[CORE_MAP + 64], 0x09);
    fake.iocsrs[CORE_MAP + 64] = 0x0f;
    assert_int_equal(zone_read(CORE_MAP + 64, 1), 0x03);
}

/* The node map concerns all vectors. */
static void node_map_is_for_the_owner_of_all(void **state) {
    (void)state;
    fill(NODE_MAP, 32, 0x02020202);
    for (uint32_t number = NODE_MAP; number < IP_MAP; number += 4) {
        zone_write(number, 0x01010101, 4);
        assert_int_equal(fake_iocsr_get(number), 0x02020202);
        assert_int_equal(zone_read(number, 4), 0);
    }
}

/* The ip map has a byte for each group of 32 vectors. */
static void ip_map_is_by_group(void **state) {
    (void)state;
    fill(IP_MAP, 8, 0x02020202);
    zone_write(IP_MAP, 0x0807060504030201, 8);
    assert_int_equal(fake_iocsr_get(IP_MAP), 0x04030202);
    assert_int_equal(fake_iocsr_get(IP_MAP + 4), 0x02020202);
    assert_int_equal(zone_read(IP_MAP, 8), 0x0807060504030201);
    zone_write(IP_MAP + 3, 0x08, 1);
    zone_write(IP_MAP + 4, 0x08, 1);
    assert_int_equal(fake_iocsr_get(IP_MAP), 0x08030202);
    assert_int_equal(fake_iocsr_get(IP_MAP + 4), 0x02020202);
}

/* Hardware takes 0 for CPU 0, and that may be another zone's: the zone's first CPU instead. */
static void vector_without_cpu_stays_in_the_zone(void **state) {
    static const uint8_t bytes[] = {0x00, 0x04, 0x08, 0x0c, 0xf0, 0x30};

    (void)state;
    become(0);
    for (unsigned i = 0; i < ARRAY_SIZE(bytes); i++) {
        fake.iocsrs[CORE_MAP + 5] = 0xff;
        zone_write(CORE_MAP + 5, bytes[i], 1);
        assert_int_equal(fake.iocsrs[CORE_MAP + 5], BIT(PHYS_ID(0)));
    }
}

static void vectors_begin_disabled_and_routed_to_the_zone(void **state) {
    struct test_image *image;

    support_reset(state);
    image = support_image();
    fill(0, FAKE_IOCSRS, 0x77777777);
    assert_int_equal(zone_create(&image->header, &image->zones[1], true), 0);
    for (uint32_t vector = 0; vector < 256; vector++) {
        bool owned = vector >= 64 && vector < 128;
        assert_int_equal(fake.iocsrs[ENABLE + vector / 8], owned ? 0 : 0x77);
        assert_int_equal(fake.iocsrs[CORE_MAP + vector], owned ? BIT(PHYS_ID(1)) : 0x77);
        assert_int_equal(fake.iocsrs[IP_MAP + vector / 32], owned ? 0x02 : 0x77);
    }
}

/* CPUs share words: what is read to be written back may have changed meanwhile. */
static void no_write_reads_first(void **state) {
    (void)state;
    for (unsigned size = 1; size <= 8; size *= 2) {
        zone_write(ENABLE + OWNED_WORD, 1, size);
        zone_write(BOUNCE + OWNED_WORD, 1, size);
        zone_write(STATUS + OWNED_WORD, 1, size);
        zone_write(CORE_MAP + 64, 1, size);
        zone_write(IP_MAP, 1, size);
    }
    for (unsigned i = 0; i < fake.iocsr.count; i++) {
        assert_true(fake.iocsr.accesses[i].is_write);
    }
}

static void owner_of_all_writes_everything(void **state) {
    (void)state;
    for (uint32_t number = NODE_MAP; number < IP_MAP + 8; number += 4) {
        zone_write(number, 0x01020304, 4);
        assert_int_equal(fake_iocsr_get(number), 0x01020304);
    }
    zone_write(IP_MAP + 1, 0xff, 1);
    assert_int_equal(fake_iocsr_get(IP_MAP), 0x0102ff04);
    for (uint32_t at = 0; at < 32; at += 8) {
        zone_write(ENABLE + at, 0x123456789abcdef0 + at, 8);
        assert_int_equal(zone_read(ENABLE + at, 8), 0x123456789abcdef0 + at);
    }
}

static void masked_write_keeps_bytes(void **state) {
    (void)state;
    fake_iocsr_set(ENABLE + OWNED_WORD, 0x11223344);
    zone_send(ENABLE + OWNED_WORD, 0xaabbccdd, 0x5);
    assert_int_equal(fake_iocsr_get(ENABLE + OWNED_WORD), 0xaa22cc44);
    fake_iocsr_set(CORE_MAP + 64, 0x01010101);
    zone_send(CORE_MAP + 64, 0x02020202, 0xd);
    assert_int_equal(fake_iocsr_get(CORE_MAP + 64), 0x01010801);
    fake_iocsr_set(STATUS + OWNED_WORD, UINT32_MAX);
    zone_send(STATUS + OWNED_WORD, UINT32_MAX, 0);
    assert_int_equal(fake_iocsr_get(STATUS + OWNED_WORD), UINT32_MAX);
    zone_send(ENABLE, 0, 0);
    zone_send(ENABLE + OWNED_WORD + 1, 0, 0);
    assert_int_equal(fake_iocsr_get(ENABLE + OWNED_WORD), 0xaa22cc44);
}

static void registers_end_where_they_end(void **state) {
    static const struct {
        uint32_t first;
        uint32_t end;
    } owned[] = {{NODE_MAP, IP_MAP + 8},
                 {ENABLE, ENABLE + 32},
                 {BOUNCE, BOUNCE + 32},
                 {STATUS, STATUS + 32},
                 {CORE_MAP, CORE_MAP + 256}};

    (void)state;
    for (uint32_t number = IOCSR_EIO_NODE_MAP; number < EIOINTC_END; number += 4) {
        bool is_register = false;
        for (unsigned i = 0; i < ARRAY_SIZE(owned); i++) {
            is_register = is_register || (number >= owned[i].first && number < owned[i].end);
        }
        fake.iocsr.count = 0;
        zone_write(number, UINT32_MAX, 4);
        uint64_t value = zone_read(number, 4);
        assert_int_equal(fake.iocsr.count != 0, is_register);
        assert_true(is_register || value == 0);
    }
    assert_false(eiointc_owns(NODE_MAP - 1));
    assert_false(eiointc_owns(CORE_MAP + 256));
}

/* Whatever a zone does: nothing that belongs to others changes. */
static void random_accesses_leave_others_alone(void **state) {
    static const uint32_t bases[] = {NODE_MAP, IP_MAP, ENABLE, BOUNCE, STATUS, CORE_MAP};

    (void)state;
    fill(0, FAKE_IOCSRS, 0x5a5a5a5a);
    fill(CORE_MAP + 64, 64, 0x01010101);
    for (unsigned round = 0; round < 20000; round++) {
        uint32_t number = bases[support_random() % ARRAY_SIZE(bases)] +
                          (uint32_t)(support_random() % LV_NUM_VECTORS);
        unsigned size = 1u << support_random() % 4;
        zone_write(number, support_random(), size);
        zone_read(number, size);
        fake.iocsr.count = 0;
    }
    for (uint32_t at = 0; at < FAKE_IOCSRS; at++) {
        bool bit_of_zone = (at - ENABLE < 32 || at - BOUNCE < 32 || at - STATUS < 32) &&
                           at % 32 >= OWNED_WORD && at % 32 < OWNED_WORD + 8;
        bool route_of_zone = at >= CORE_MAP + 64 && at < CORE_MAP + 128;
        bool line_of_zone = at == IP_MAP + 2 || at == IP_MAP + 3;
        if (route_of_zone) {
            assert_int_equal(fake.iocsrs[at] & ~0x09, 0);
            assert_int_not_equal(fake.iocsrs[at], 0);
        } else if (!bit_of_zone && !line_of_zone) {
            assert_int_equal(fake.iocsrs[at], 0x5a);
        }
    }
}

int test_eiointc(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(only_owned_vectors_are_enabled, zone_with_some_vectors),
        cmocka_unit_test_setup(all_sizes_reach_their_bytes, zone_with_some_vectors),
        cmocka_unit_test_setup(wide_access_across_the_border, zone_with_some_vectors),
        cmocka_unit_test_setup(unaligned_accesses_do_nothing, zone_with_some_vectors),
        cmocka_unit_test_setup(status_is_cleared_without_being_read, zone_with_some_vectors),
        cmocka_unit_test_setup(status_shows_owned_vectors, zone_with_some_vectors),
        cmocka_unit_test_setup(core_map_is_translated, zone_with_some_vectors),
        cmocka_unit_test_setup(core_map_of_others_is_out_of_reach, zone_with_some_vectors),
        cmocka_unit_test_setup(core_map_has_no_foreign_cpus, zone_with_some_vectors),
        cmocka_unit_test_setup(cpu_out_of_reach_is_no_target, zone_with_some_vectors),
        cmocka_unit_test_setup(node_map_is_for_the_owner_of_all, zone_with_some_vectors),
        cmocka_unit_test_setup(ip_map_is_by_group, zone_with_some_vectors),
        cmocka_unit_test_setup(vector_without_cpu_stays_in_the_zone, zone_with_some_vectors),
        cmocka_unit_test_setup(vectors_begin_disabled_and_routed_to_the_zone,
                               zone_with_some_vectors),
        cmocka_unit_test_setup(no_write_reads_first, zone_with_some_vectors),
        cmocka_unit_test_setup(owner_of_all_writes_everything, zone_with_all_vectors),
        cmocka_unit_test_setup(masked_write_keeps_bytes, zone_with_some_vectors),
        cmocka_unit_test_setup(registers_end_where_they_end, zone_with_all_vectors),
        cmocka_unit_test_setup(random_accesses_leave_others_alone, zone_with_some_vectors),
    };

    return cmocka_run_group_tests_name("EIOINTC", tests, NULL, NULL);
}
