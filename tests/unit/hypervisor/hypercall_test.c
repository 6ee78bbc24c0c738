// SPDX-License-Identifier: GPL-2.0-or-later
/* core/hypercall.c: who may call what, and on whom. Zone 0 is root, zones 1 and 2 run beside it. */
#include <support.h>
#include <core/hypercall.h>
#include <core/irq.h>
#include <lib/bits.h>
#include <string.h>

#define BUFFER 0x8000u

static struct vcpu *root;
static struct vcpu *guest;

static int three_zones(void **state) {
    support_reset(state);
    support_zones(3);
    root = &zone_find(0)->vcpus[0];
    guest = &zone_find(1)->vcpus[0];
    return 0;
}

static int64_t call_as(struct vcpu *vcpu, uint64_t code, uint64_t a1, uint64_t a2) {
    fake_be_cpu(vcpu->cpu);
    return hypercall_handle(vcpu, code, a1, a2);
}

static void version_is_for_everybody(void **state) {
    (void)state;
    assert_int_equal(call_as(root, LV_HYPERCALL_VERSION, 0, 0), LV_HYPERCALL_ABI);
    assert_int_equal(call_as(guest, LV_HYPERCALL_VERSION, UINT64_MAX, 1), LV_HYPERCALL_ABI);
}

static void unknown_codes_are_refused(void **state) {
    (void)state;
    /* Below are hvisor's. */
    for (uint64_t code = LV_HYPERCALL_LAST + 1; code < 0x1000; code++) {
        assert_int_equal(call_as(root, code, 1, ZONE_RAM(0) + BUFFER), -LV_ENOSYS);
        assert_int_equal(call_as(guest, code, 1, ZONE_RAM(1) + BUFFER), -LV_ENOSYS);
    }
    assert_int_equal(call_as(root, BIT(32) + LV_HYPERCALL_PAUSE, 1, 0), -LV_ENOSYS);
    assert_int_equal(call_as(root, UINT64_MAX, 1, 0), -LV_ENOSYS);
}

static void other_zones_may_not_manage(void **state) {
    (void)state;
    for (uint64_t code = LV_HYPERCALL_STATS; code <= LV_HYPERCALL_LOWER_VECTOR; code++) {
        for (uint64_t id = 0; id < LV_MAX_ZONES + 2; id++) {
            if (code != LV_HYPERCALL_STATS || id != 1) {
                assert_int_equal(call_as(guest, code, id, ZONE_RAM(1) + BUFFER), -LV_EPERM);
            }
        }
    }
    for (uint32_t id = 0; id < 3; id++) {
        assert_true(zone_is_running(zone_find(id)));
    }
}

static void zones_that_are_not_there(void **state) {
    static const uint64_t absent[] = {3, LV_MAX_ZONES - 1, LV_MAX_ZONES, BIT(32) + 1, UINT64_MAX};

    (void)state;
    for (uint64_t code = LV_HYPERCALL_STATS; code <= LV_HYPERCALL_LOWER_VECTOR; code++) {
        for (unsigned i = 0; i < ARRAY_SIZE(absent); i++) {
            assert_int_equal(call_as(root, code, absent[i], ZONE_RAM(0) + BUFFER), -LV_ENOENT);
        }
    }
}

static void statistics_are_copied(void **state) {
    struct lv_zone_info_page *copy = (void *)fake_ram(ZONE_RAM(1) + BUFFER);

    (void)state;
    vcpu_count_exit(guest, LV_EXIT_CACOP);
    vcpu_count_exit(guest, LV_EXIT_CACOP);
    assert_int_equal(call_as(guest, LV_HYPERCALL_STATS, 1, ZONE_RAM(1) + BUFFER), 0);
    assert_true(copy->magic == LV_INFO_MAGIC);
    assert_int_equal(copy->zone_id, 1);
    assert_int_equal(copy->vcpus[0].exits[LV_EXIT_CACOP], 2);
    copy = (void *)fake_ram(ZONE_RAM(0) + BUFFER);
    assert_int_equal(call_as(root, LV_HYPERCALL_STATS, 1, ZONE_RAM(0) + BUFFER), 0);
    assert_int_equal(copy->vcpus[0].exits[LV_EXIT_CACOP], 2);
}

/* The byte behind a buffer that ends with the zone's RAM is another's. */
static void buffers_lie_in_the_callers_ram(void **state) {
    const gpa_t end = ZONE_RAM(0) + ZONE_RAM_SIZE;
    const gpa_t bad[] = {
        0,       ZONE_RAM(1) + BUFFER, ZONE_RAM(0) + BUFFER + 4, BOARD_HV_BASE, end,
        end - 8, ZONE_RAM(0) - 8,      UINT64_MAX - 7,           BIT(63)};

    (void)state;
    memset(fake_ram(ZONE_RAM(1) + BUFFER), 0x77, 64);
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        assert_int_equal(call_as(root, LV_HYPERCALL_STATS, 1, bad[i]), -LV_EFAULT);
        assert_int_equal(call_as(root, LV_HYPERCALL_STATUS, 1, bad[i]), -LV_EFAULT);
    }
    assert_int_equal(*fake_ram(ZONE_RAM(1) + BUFFER), 0x77);
    gpa_t last = end - sizeof(struct lv_zone_status);
    *fake_ram(end) = 0x77;
    assert_int_equal(call_as(root, LV_HYPERCALL_STATUS, 1, last), 0);
    assert_int_equal(call_as(root, LV_HYPERCALL_STATUS, 1, last + 8), -LV_EFAULT);
    assert_int_equal(*fake_ram(end), 0x77);
}

static void fail_guest(void *argument) {
    vcpu_exit_done(argument, VERDICT_UNHANDLED, "test exit");
}

static void status_tells_the_state_and_the_failure(void **state) {
    struct lv_zone_status *status = (void *)fake_ram(ZONE_RAM(0) + BUFFER);

    (void)state;
    assert_int_equal(call_as(root, LV_HYPERCALL_STATUS, 1, ZONE_RAM(0) + BUFFER), 0);
    assert_int_equal(status->state, LV_STATE_RUNNING);
    assert_int_equal(status->num_vcpus, 2);
    fake_be_cpu(guest->cpu);
    assert_int_equal(fake_call(fail_guest, guest), FAKE_LEFT);
    support_leave(zone_find(1));
    assert_int_equal(call_as(root, LV_HYPERCALL_STATUS, 1, ZONE_RAM(0) + BUFFER), 0);
    assert_int_equal(status->state, LV_STATE_FAILED);
    assert_true(status->failure.pc == FAKE_FAILURE_PC);
    assert_int_equal(call_as(root, LV_HYPERCALL_STATUS, 2, ZONE_RAM(0) + BUFFER), 0);
    assert_int_equal(status->state, LV_STATE_RUNNING);
}

static void zones_are_paused_and_resumed(void **state) {
    (void)state;
    assert_int_equal(call_as(root, LV_HYPERCALL_RESUME, 1, 0), -LV_ESTATE);
    assert_int_equal(call_as(root, LV_HYPERCALL_PAUSE, 1, 0), 0);
    assert_true(zone_is_paused(zone_find(1)));
    assert_true(zone_is_running(zone_find(2)));
    assert_int_equal(call_as(root, LV_HYPERCALL_PAUSE, 1, 0), -LV_ESTATE);
    assert_int_equal(call_as(root, LV_HYPERCALL_RESUME, 1, 0), 0);
    assert_true(zone_is_running(zone_find(1)));
    /* Nobody could resume root. */
    assert_int_equal(call_as(root, LV_HYPERCALL_PAUSE, 0, 0), -LV_EINVAL);
    assert_true(zone_is_running(zone_find(0)));
}

/* Zone 1 owns 64 to 127 as hardware; the other vectors are software's. */
static void vectors_are_raised_that_no_device_owns(void **state) {
    (void)state;
    assert_int_equal(call_as(root, LV_HYPERCALL_RAISE_VECTOR, 1, 63), 0);
    assert_int_equal(call_as(root, LV_HYPERCALL_LOWER_VECTOR, 1, 63), 0);
    assert_int_equal(call_as(root, LV_HYPERCALL_RAISE_VECTOR, 1, 255), 0);
    assert_int_equal(call_as(root, LV_HYPERCALL_RAISE_VECTOR, 1, 64), -LV_EINVAL);
    assert_int_equal(call_as(root, LV_HYPERCALL_RAISE_VECTOR, 1, 127), -LV_EINVAL);
    assert_int_equal(call_as(root, LV_HYPERCALL_RAISE_VECTOR, 1, 256), -LV_EINVAL);
    assert_int_equal(call_as(root, LV_HYPERCALL_RAISE_VECTOR, 1, BIT(32)), -LV_EINVAL);
    assert_int_equal(call_as(root, LV_HYPERCALL_LOWER_VECTOR, 1, UINT64_MAX), -LV_EINVAL);
}

/* The CPU that the vector's route names, which the caller's zone does not have. */
static void raised_vector_rings_the_cpu_of_its_route(void **state) {
    (void)state;
    fake_be_cpu(guest->cpu);
    iocsr_write(guest, 0x1610, 4, 0x4);          /* enables vector 130, */
    iocsr_write(guest, 0x1c80, 4, 0x2ULL << 16); /* which goes to vCPU 1 */
    memset(fake.doorbells, 0, sizeof(fake.doorbells));
    assert_int_equal(call_as(root, LV_HYPERCALL_RAISE_VECTOR, 1, 130), 0);
    assert_int_equal(atomic_load(&fake.doorbells[PHYS_ID(2)]), 1);
    assert_int_equal(call_as(root, LV_HYPERCALL_LOWER_VECTOR, 1, 130), 0);
    assert_int_equal(atomic_load(&fake.doorbells[PHYS_ID(2)]), 2);
    assert_int_equal(atomic_load(&fake.doorbells[PHYS_ID(0)]), 0);
    assert_int_equal(atomic_load(&fake.doorbells[PHYS_ID(1)]), 0);
    assert_int_equal(atomic_load(&fake.doorbells[PHYS_ID(3)]), 0);
}

/* The caller's own CPU is not rung, and must see the line all the same. */
static void root_raises_vectors_of_its_own(void **state) {
    (void)state;
    fake_be_cpu(root->cpu);
    iocsr_write(root, 0x1610, 4, 0x4);
    assert_int_equal(call_as(root, LV_HYPERCALL_RAISE_VECTOR, 0, 130), 0);
    assert_int_equal(fake_vcpu(root)->lines, 0x2);
    assert_int_equal(call_as(root, LV_HYPERCALL_LOWER_VECTOR, 0, 130), 0);
    assert_int_equal(fake_vcpu(root)->lines, 0);
}

static void kvm_calls_are_for_those_who_see_them(void **state) {
    const uint64_t args[3] = {1, 0, 0};

    (void)state;
    fake_be_cpu(guest->cpu);
    assert_int_equal(hypercall_handle_kvm(guest, LV_KVM_FUNCTION_IPI, args), LV_KVM_INVALID_CODE);
    assert_int_equal(fake_vcpu(guest)->software, 0);
    zone_find(1)->config.flags |= LV_ZONE_PV_IPI;
    assert_int_equal(hypercall_handle_kvm(guest, LV_KVM_FUNCTION_IPI + 1, args),
                     LV_KVM_INVALID_CODE);
    assert_int_equal(hypercall_handle_kvm(guest, LV_KVM_FUNCTION_IPI, args), 0);
    assert_int_equal(fake_vcpu(guest)->software, 1);
}

static void kvm_ipis_stay_in_the_zone(void **state) {
    const uint64_t all[3] = {UINT64_MAX, UINT64_MAX, 0};
    /* Its last vCPU would be number 2^64. */
    const uint64_t wrapping[3] = {BIT(63), 0, UINT64_MAX - 62};
    struct vcpu *other = &zone_find(1)->vcpus[1];

    (void)state;
    zone_find(1)->config.flags |= LV_ZONE_PV_IPI;
    fake_be_cpu(guest->cpu);
    assert_int_equal(hypercall_handle_kvm(guest, LV_KVM_FUNCTION_IPI, all), 0);
    assert_int_equal(fake_vcpu(guest)->software, 1);
    assert_int_equal(guest->stats->stray_sends, 126);
    assert_int_equal(atomic_load(&fake.doorbells[PHYS_ID(2)]), 1);
    assert_int_equal(atomic_load(&fake.doorbells[PHYS_ID(0)]), 0);
    assert_int_equal(atomic_load(&fake.doorbells[PHYS_ID(3)]), 0);
    /* Posted again before it was taken: one is enough. */
    assert_int_equal(hypercall_handle_kvm(guest, LV_KVM_FUNCTION_IPI, all), 0);
    assert_int_equal(atomic_load(&fake.doorbells[PHYS_ID(2)]), 1);
    fake_be_cpu(other->cpu);
    vcpu_answer_doorbell(other);
    vcpu_answer_doorbell(other);
    assert_int_equal(fake_vcpu(other)->software, 1);
    fake_be_cpu(guest->cpu);
    assert_int_equal(hypercall_handle_kvm(guest, LV_KVM_FUNCTION_IPI, wrapping), 0);
    assert_int_equal(fake_vcpu(guest)->software, 2);
    assert_false(atomic_load(&root->ipi.software));
}

int test_hypercall(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(version_is_for_everybody, three_zones),
        cmocka_unit_test_setup(unknown_codes_are_refused, three_zones),
        cmocka_unit_test_setup(other_zones_may_not_manage, three_zones),
        cmocka_unit_test_setup(zones_that_are_not_there, three_zones),
        cmocka_unit_test_setup(statistics_are_copied, three_zones),
        cmocka_unit_test_setup(buffers_lie_in_the_callers_ram, three_zones),
        cmocka_unit_test_setup(status_tells_the_state_and_the_failure, three_zones),
        cmocka_unit_test_setup(zones_are_paused_and_resumed, three_zones),
        cmocka_unit_test_setup(vectors_are_raised_that_no_device_owns, three_zones),
        cmocka_unit_test_setup(raised_vector_rings_the_cpu_of_its_route, three_zones),
        cmocka_unit_test_setup(root_raises_vectors_of_its_own, three_zones),
        cmocka_unit_test_setup(kvm_calls_are_for_those_who_see_them, three_zones),
        cmocka_unit_test_setup(kvm_ipis_stay_in_the_zone, three_zones),
    };

    return cmocka_run_group_tests_name("hypercalls", tests, NULL, NULL);
}
