// SPDX-License-Identifier: GPL-2.0-or-later
/* irq/ipi_hot.c: the IPI block of zone 1, which has two vCPUs; LVZ reference 9.1 has the numbers.
 */
#include <support.h>
#include <irq/ipi.h>
#include <lib/bits.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

#define STATUS    0x1000u
#define ENABLE    0x1004u
#define SET       0x1008u
#define CLEAR     0x100cu
#define MAILBOX   0x1020u
#define IPI_SEND  0x1040u
#define MAIL_SEND 0x1048u
#define ANY_SEND  0x1158u

static struct zone *zone;
static struct vcpu *self;
static struct vcpu *other;

static int zone_with_two_vcpus(void **state) {
    support_reset(state);
    support_zones(2);
    zone = zone_find(1);
    self = &zone->vcpus[0];
    other = &zone->vcpus[1];
    fake_be_cpu(self->cpu);
    return 0;
}

static void write_as(struct vcpu *vcpu, uint32_t number, uint64_t value, unsigned size) {
    assert_true(ipi_owns(number));
    ipi_write(vcpu, number, size, value);
}

static uint64_t read_as(struct vcpu *vcpu, uint32_t number, unsigned size) {
    return bits_truncate(ipi_read(vcpu, number, size), size);
}

static unsigned rings_of(const struct vcpu *vcpu) {
    return atomic_load(&fake.doorbells[PHYS_ID(vcpu->cpu)]);
}

static unsigned rings_of_all(void) {
    unsigned rings = 0;

    for (unsigned id = 0; id < LV_MAX_CPUS; id++) {
        rings += atomic_load(&fake.doorbells[id]);
    }
    return rings;
}

static uint64_t mail(uint64_t core, unsigned half, unsigned keep, uint32_t data) {
    return (uint64_t)data << 32 | BIT(31) | (uint64_t)keep << 27 | core << 16 | half << 2;
}

static uint64_t any(uint64_t core, uint32_t number, unsigned keep, uint32_t data) {
    return (uint64_t)data << 32 | BIT(31) | (uint64_t)keep << 27 | core << 16 | number;
}

static void set_and_clear_change_status(void **state) {
    (void)state;
    assert_int_equal(read_as(self, STATUS, 4), 0);
    write_as(self, SET, 0x80000005, 4);
    assert_int_equal(read_as(self, STATUS, 4), 0x80000005);
    write_as(self, SET, 0x2, 4);
    write_as(self, CLEAR, 0x4, 4);
    assert_int_equal(read_as(self, STATUS, 4), 0x80000003);
    write_as(self, STATUS, 0xffffffff, 4);
    assert_int_equal(read_as(self, STATUS, 4), 0x80000003);
    assert_int_equal(read_as(self, SET, 4), 0);
    assert_int_equal(read_as(self, CLEAR, 4), 0);
    assert_int_equal(read_as(other, STATUS, 4), 0);
    assert_int_equal(rings_of_all(), 0);
}

static void line_is_status_and_enable(void **state) {
    (void)state;
    write_as(self, SET, 0x6, 4);
    assert_false(fake_vcpu(self)->ipi_line);
    write_as(self, ENABLE, 0x4, 4);
    assert_int_equal(read_as(self, ENABLE, 4), 0x4);
    assert_true(fake_vcpu(self)->ipi_line);
    write_as(self, CLEAR, 0x2, 4);
    assert_true(fake_vcpu(self)->ipi_line);
    write_as(self, CLEAR, 0x4, 4);
    assert_false(fake_vcpu(self)->ipi_line);
    write_as(self, SET, 0x4, 4);
    assert_true(fake_vcpu(self)->ipi_line);
    write_as(self, ENABLE, 0, 4);
    assert_false(fake_vcpu(self)->ipi_line);
    assert_int_equal(read_as(self, STATUS, 4), 0x4);
}

static void mailboxes_take_words_and_double_words(void **state) {
    (void)state;
    for (unsigned box = 0; box < 4; box++) {
        uint32_t at = MAILBOX + 8 * box;
        write_as(self, at, 0x1111222233334444 + box, 8);
        assert_int_equal(read_as(self, at, 8), 0x1111222233334444 + box);
        assert_int_equal(read_as(self, at, 4), 0x33334444 + box);
        assert_int_equal(read_as(self, at + 4, 4), 0x11112222);
        write_as(self, at, 0xaaaaaaaa, 4);
        write_as(self, at + 4, 0xbbbbbbbb, 4);
        assert_int_equal(read_as(self, at, 8), 0xbbbbbbbbaaaaaaaa);
    }
    assert_int_equal(read_as(self, MAILBOX, 8), 0xbbbbbbbbaaaaaaaa);
    assert_int_equal(read_as(other, MAILBOX, 8), 0);
}

static void ipi_send_posts_one_bit_and_rings(void **state) {
    (void)state;
    fake_be_cpu(other->cpu);
    write_as(other, ENABLE, UINT32_MAX, 4);
    fake_be_cpu(self->cpu);
    write_as(self, IPI_SEND, BIT(31) | 1 << 16 | 3, 4);
    assert_int_equal(read_as(other, STATUS, 4), 0x8);
    assert_int_equal(rings_of(other), 1);
    assert_int_equal(rings_of_all(), 1);
    /* The line is brought up by its own CPU, once that hears the doorbell. */
    assert_false(fake_vcpu(other)->ipi_line);
    fake_be_cpu(other->cpu);
    vcpu_answer_doorbell(other);
    assert_true(fake_vcpu(other)->ipi_line);
    write_as(other, CLEAR, 0x8, 4);
    vcpu_answer_doorbell(other);
    assert_false(fake_vcpu(other)->ipi_line);
}

static void ipi_send_to_itself_needs_no_doorbell(void **state) {
    (void)state;
    write_as(self, ENABLE, UINT32_MAX, 4);
    write_as(self, IPI_SEND, 31, 4);
    assert_int_equal(read_as(self, STATUS, 4), 0x80000000);
    assert_true(fake_vcpu(self)->ipi_line);
    assert_int_equal(rings_of_all(), 0);
}

static void mail_send_reaches_each_half(void **state) {
    (void)state;
    for (unsigned half = 0; half < 8; half++) {
        write_as(self, MAIL_SEND, mail(1, half, 0, 0x10000001 * (half + 1)), 8);
    }
    for (unsigned half = 0; half < 8; half++) {
        assert_int_equal(read_as(other, MAILBOX + 4 * half, 4), 0x10000001 * (half + 1));
        assert_int_equal(read_as(self, MAILBOX + 4 * half, 4), 0);
    }
    assert_int_equal(read_as(other, STATUS, 4), 0);
}

static void mail_send_keeps_masked_bytes(void **state) {
    (void)state;
    for (unsigned keep = 0; keep < 16; keep++) {
        write_as(self, MAILBOX, 0x1122334455667788, 8);
        write_as(self, MAIL_SEND, mail(0, 0, keep, 0xaabbccdd), 8);
        uint32_t expected = 0;
        for (unsigned byte = 0; byte < 4; byte++) {
            uint32_t from = (keep & BIT(byte)) != 0 ? 0x55667788 : 0xaabbccdd;
            expected |= from & (uint32_t)(0xffu << (byte * 8));
        }
        assert_int_equal(read_as(self, MAILBOX, 8), 0x1122334400000000 | expected);
    }
}

static void any_send_reaches_mailbox_and_set(void **state) {
    (void)state;
    write_as(self, ANY_SEND, any(1, MAILBOX + 12, 0, 0x12345678), 8);
    assert_int_equal(read_as(other, MAILBOX + 8, 8), 0x1234567800000000);
    write_as(self, ANY_SEND, any(1, MAILBOX + 12, 0x6, 0xffffffff), 8);
    assert_int_equal(read_as(other, MAILBOX + 8, 8), 0xff3456ff00000000);
    write_as(self, ANY_SEND, any(1, SET, 0xe, 0xffffff41), 8);
    assert_int_equal(read_as(other, STATUS, 4), 0x41);
    assert_int_equal(rings_of(other), 1);
    assert_int_equal(read_as(self, STATUS, 4), 0);
}

/* A zone's numbers end with its vCPUs, whatever physical CPUs there are. */
static void sends_outside_the_zone_are_ignored(void **state) {
    static const uint64_t outside[] = {2, 3, 4, 15, 16, 0x3ff};

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(outside); i++) {
        write_as(self, IPI_SEND, outside[i] << 16 | 1, 4);
        write_as(self, MAIL_SEND, mail(outside[i], 0, 0, 0x666), 8);
        write_as(self, ANY_SEND, any(outside[i], SET, 0, 0x666), 8);
        write_as(self, ANY_SEND, any(outside[i], 0x1600, 0, 0x666), 8);
    }
    assert_int_equal(rings_of_all(), 0);
    assert_int_equal(fake.iocsr.count, 0);
    for (uint32_t id = 0; id < 2; id++) {
        for (uint32_t n = 0; n < zone_find(id)->num_vcpus; n++) {
            struct vcpu *vcpu = &zone_find(id)->vcpus[n];
            assert_int_equal(read_as(vcpu, STATUS, 4), 0);
            assert_int_equal(read_as(vcpu, MAILBOX, 8), 0);
        }
    }
}

/* Number 0 of zone 0 and number 0 of zone 1 are different CPUs. */
static void sends_stay_in_the_senders_zone(void **state) {
    struct vcpu *root = &zone_find(0)->vcpus[0];

    (void)state;
    write_as(self, SET, 0x1, 4);
    fake_be_cpu(root->cpu);
    write_as(root, IPI_SEND, 5, 4);
    write_as(root, MAIL_SEND, mail(0, 0, 0, 7), 8);
    assert_int_equal(read_as(root, STATUS, 4), 0x20);
    assert_int_equal(read_as(root, MAILBOX, 8), 7);
    assert_int_equal(read_as(self, STATUS, 4), 0x1);
    assert_int_equal(read_as(self, MAILBOX, 8), 0);
}

/* Whatever is read or written in any size: no crash, no other CPU, nothing of the machine. */
static void odd_accesses_hurt_nobody(void **state) {
    (void)state;
    for (uint32_t number = 0x1000; number < 0x1400; number++) {
        for (unsigned size = 1; size <= 8; size *= 2) {
            read_as(self, number, size);
            /* Core 0x3ff, so that no send has a target. */
            write_as(self, number, 0x03ff0000ffffffff & BITS(size * 8 - 1, 0), size);
            write_as(self, number, 0x03ff0000, size);
        }
    }
    assert_int_equal(fake.iocsr.count, 0);
    assert_int_equal(rings_of(&zone_find(0)->vcpus[0]), 0);
    assert_int_equal(read_as(&zone_find(0)->vcpus[0], STATUS, 4), 0);
    assert_false(ipi_owns(0xfff));
    assert_false(ipi_owns(0x1400));
}

/* LVZ reference 10.3: an IPI is pending and the low word of mailbox 0 is not zero. */
static void start_needs_ipi_and_entry(void **state) {
    gpa_t entry = 0;

    (void)state;
    assert_false(irq_take_start(other, &entry));
    write_as(self, MAIL_SEND, mail(1, 1, 0, 0x9), 8);
    write_as(self, IPI_SEND, 1 << 16, 4);
    assert_false(irq_take_start(other, &entry));
    write_as(self, MAIL_SEND, mail(1, 0, 0, 0x200000), 8);
    assert_true(irq_take_start(other, &entry));
    assert_int_equal(entry, 0x900200000);
    assert_int_equal(read_as(other, STATUS, 4), 0);
}

static void start_without_ipi_waits(void **state) {
    gpa_t entry = 0;

    (void)state;
    write_as(self, MAIL_SEND, mail(1, 0, 0, 0x200000), 8);
    assert_false(irq_take_start(other, &entry));
    write_as(self, IPI_SEND, 1 << 16, 4);
    assert_true(irq_take_start(other, &entry));
}

#define SENDERS         4u
#define BITS_PER_SENDER 8u
#define ROUNDS          2000u

static atomic_uint taken[SENDERS * BITS_PER_SENDER];
static struct vcpu senders[SENDERS];

/* Sends each of its bits again as soon as the receiver has had it. */
static void *sender_main(void *argument) {
    struct vcpu *sender = argument;
    unsigned first = (unsigned)(sender - senders) * BITS_PER_SENDER;

    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned bit = first; bit < first + BITS_PER_SENDER; bit++) {
            write_as(sender, IPI_SEND, 1 << 16 | bit, 4);
        }
        for (unsigned bit = first; bit < first + BITS_PER_SENDER; bit++) {
            while (atomic_load(&taken[bit]) <= round) {
                sched_yield();
            }
        }
    }
    return NULL;
}

static unsigned take_pending(struct vcpu *vcpu) {
    uint32_t status = (uint32_t)read_as(vcpu, STATUS, 4);
    unsigned count = 0;

    write_as(vcpu, CLEAR, status, 4);
    for (unsigned bit = 0; bit < 32; bit++) {
        if ((status & BIT(bit)) != 0) {
            atomic_fetch_add(&taken[bit], 1);
            count++;
        }
    }
    return count;
}

/*
 * Four senders against one receiver that works only when its doorbell has rung: a bit or a ring
 * that were lost would leave it waiting.
 */
static void no_posted_bit_is_lost(void **state) {
    const unsigned all = SENDERS * BITS_PER_SENDER * ROUNDS;
    pthread_t threads[SENDERS];
    unsigned got = 0;
    uint64_t polls = 0;

    (void)state;
    memset(taken, 0, sizeof(taken));
    fake_be_cpu(other->cpu);
    write_as(other, ENABLE, UINT32_MAX, 4);
    for (unsigned i = 0; i < SENDERS; i++) {
        senders[i] = (struct vcpu){.id = 2 + i, .cpu = self->cpu, .zone = zone};
        assert_int_equal(pthread_create(&threads[i], NULL, sender_main, &senders[i]), 0);
    }
    while (got < all && polls++ < 100000000) {
        if (atomic_exchange(&fake.doorbells[PHYS_ID(other->cpu)], 0) == 0) {
            sched_yield();
            continue;
        }
        vcpu_answer_doorbell(other);
        while (fake_vcpu(other)->ipi_line) {
            got += take_pending(other);
        }
    }
    assert_int_equal(got, all);
    for (unsigned i = 0; i < SENDERS; i++) {
        pthread_join(threads[i], NULL);
    }
}

int test_ipi(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(set_and_clear_change_status, zone_with_two_vcpus),
        cmocka_unit_test_setup(line_is_status_and_enable, zone_with_two_vcpus),
        cmocka_unit_test_setup(mailboxes_take_words_and_double_words, zone_with_two_vcpus),
        cmocka_unit_test_setup(ipi_send_posts_one_bit_and_rings, zone_with_two_vcpus),
        cmocka_unit_test_setup(ipi_send_to_itself_needs_no_doorbell, zone_with_two_vcpus),
        cmocka_unit_test_setup(mail_send_reaches_each_half, zone_with_two_vcpus),
        cmocka_unit_test_setup(mail_send_keeps_masked_bytes, zone_with_two_vcpus),
        cmocka_unit_test_setup(any_send_reaches_mailbox_and_set, zone_with_two_vcpus),
        cmocka_unit_test_setup(sends_outside_the_zone_are_ignored, zone_with_two_vcpus),
        cmocka_unit_test_setup(sends_stay_in_the_senders_zone, zone_with_two_vcpus),
        cmocka_unit_test_setup(odd_accesses_hurt_nobody, zone_with_two_vcpus),
        cmocka_unit_test_setup(start_needs_ipi_and_entry, zone_with_two_vcpus),
        cmocka_unit_test_setup(start_without_ipi_waits, zone_with_two_vcpus),
        cmocka_unit_test_setup(no_posted_bit_is_lost, zone_with_two_vcpus),
    };

    return cmocka_run_group_tests_name("IPI block", tests, NULL, NULL);
}
