// SPDX-License-Identifier: GPL-2.0-or-later
/* driver/pool.c over a fake kernel and a fake hypervisor: who may load, map and make zones where.
 */
#include "fixture.h"

/* From an odd address to an odd one, over both regions of the pool. */
static void load_arrives_whole(void **state) {
    uint64_t hpa = POOL + POOL_HALF - MIB - 77;

    (void)state;
    assert_int_equal(load(hpa, sizeof(bytes)), 0);
    assert_memory_equal(kernel_memory(hpa), bytes, sizeof(bytes));
    assert_int_equal(*kernel_memory(hpa - 1), 0);
    assert_int_equal(*kernel_memory(hpa + sizeof(bytes)), 0);
    assert_int_equal(load(POOL, 0), 0);
}

static void load_is_of_the_pool(void **state) {
    (void)state;
    assert_int_equal(load(0, 1), -EPERM);
    assert_int_equal(load(0x80000000, 1), -EPERM);
    assert_int_equal(load(POOL - 1, 1), -EPERM);
    assert_int_equal(load(POOL - 1, 2), -EPERM);
    assert_int_equal(load(POOL + POOL_SIZE, 1), -EPERM);
    assert_int_equal(load(POOL + POOL_SIZE - 1, 2), -EPERM);
    assert_int_equal(load(POOL, UINT64_MAX), -EINVAL);
    assert_int_equal(load(UINT64_MAX, 1), -EINVAL);
    assert_int_equal(*kernel_memory(POOL + POOL_SIZE - 1), 0);
    assert_int_equal(load(POOL + POOL_SIZE - 1, 1), 0);
    assert_int_equal(load(POOL, 1), 0);
}

/* Blocks of which a zone has a part are the zone's as a whole. */
static void load_keeps_out_of_zones(void **state) {
    (void)state;
    config.regions[1].hpa += BLOCK / 2;
    config.regions[1].size = BLOCK;
    zone_make();
    assert_int_equal(load(RAM - 1, 2), -EBUSY);
    assert_int_equal(*kernel_memory(RAM - 1), 0);
    assert_int_equal(load(RAM - 1, 1), 0);
    assert_int_equal(load(RAM, 1), -EBUSY);
    assert_int_equal(load(RAM + 2 * BLOCK - 1, 1), -EBUSY);
    assert_int_equal(load(RAM + 2 * BLOCK, 1), 0);
    assert_int_equal(load(STORE - 1, 1), 0);
    assert_int_equal(load(STORE, 1), -EBUSY);
    assert_int_equal(load(STORE + BLOCK - 1, 1), -EBUSY);
    assert_int_equal(load(STORE + BLOCK, 1), 0);
    config.regions[1].flags = LV_REGION_SHARED;
    zone_make();
    assert_int_equal(load(RAM + BLOCK / 2, 1), -EBUSY);
    /* What is beside shared RAM is not hidden. */
    assert_int_equal(load(RAM, BLOCK / 2), 0);
    assert_int_equal(load(RAM + BLOCK / 2 + BLOCK, 1), 0);
    hv.exists[1] = false;
    assert_int_equal(load(RAM, BLOCK), 0);
}

/* What is between the runs of a zone's RAM is free, and the runs are not. */
static void runs_of_a_zone_are_the_zones(void **state) {
    (void)state;
    run_layout_set(RUN_LAYOUT_SPREAD, BLOCK);
    zone_make();
    for (unsigned block = 0; block < BLOCKS; block++) {
        uint64_t hpa = POOL + block * BLOCK;
        bool taken = block == 4 || block == 6 || block == 8;
        assert_int_equal(load(hpa + 5, 1), taken ? -EBUSY : 0);
        assert_int_equal(map(hpa, PAGE_SIZE), taken ? -EPERM : 0);
    }
    assert_int_equal(load(RAM + BLOCK, BLOCK), 0);
    assert_int_equal(load(RAM + BLOCK, BLOCK + 1), -EBUSY);
    assert_int_equal(map(RAM + BLOCK - PAGE_SIZE, 2 * PAGE_SIZE), -EPERM);
    assert_int_equal(map(RAM + BLOCK, BLOCK), 0);
    assert_int_equal(touch(RAM + BLOCK), VM_FAULT_NOPAGE);
    assert_shown(RAM + BLOCK, RAM + 2 * BLOCK);
}

static void claim_keeps_others_away(void **state) {
    (void)state;
    assert_int_equal(load(POOL + BLOCK - 1, 2), 0);
    assert_true(is_claimed(0) && is_claimed(1) && !is_claimed(2));
    assert_int_equal(load(POOL + BLOCK, 1), 0);
    assert_int_equal(load_as(&others, POOL + 2 * BLOCK, bytes, 1), 0);
    assert_int_equal(load(POOL + 2 * BLOCK - 9, 10), -EBUSY);
    assert_int_equal(*kernel_memory(POOL + 2 * BLOCK - 9), 0);
    lv_pool_release(&device, &others);
    assert_true(is_claimed(0) && is_claimed(1));
    lv_pool_release(&device, &mine);
    assert_false(is_claimed(0) || is_claimed(1));
}

/* A zone is made of what nobody else claims, and what it is made of is not claimed any more. */
static void create_respects_claims(void **state) {
    static const uint64_t places[] = {RAM, RAM + RAM_SIZE - 1, STORE, STORE + BLOCK - 1};

    (void)state;
    for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        assert_int_equal(load_as(&others, places[i], bytes, 1), 0);
        assert_int_equal(create(), -EBUSY);
        lv_pool_release(&device, &others);
    }
    assert_int_equal(hv.created, 0);
    assert_int_equal(kernel.revoked, 0);
    assert_int_equal(load(POOL, 1), 0);
    assert_int_equal(load(RAM + BLOCK, 1), 0);
    assert_int_equal(load(STORE, 1), 0);
    hv.create_result = -EINVAL;
    assert_int_equal(create(), -EINVAL);
    assert_true(is_claimed(5) && is_claimed(8));
    hv.create_result = 0;
    assert_int_equal(create(), 0);
    assert_int_equal(hv.created, 2);
    assert_false(is_claimed(5) || is_claimed(8));
    assert_true(is_claimed(0));
}

/* The hypervisor says why it makes no zone; a claim is the driver's own reason. */
static void refusal_of_a_zone_is_passed_on(void **state) {
    (void)state;
    hv.create_result = -((5ll << LV_REFUSAL_INDEX_SHIFT) | (7 << LV_REFUSAL_NUMBER_SHIFT) | EINVAL);
    assert_int_equal(create(), -EINVAL);
    assert_int_equal(refused.refusal, 7);
    assert_int_equal(refused.index, 5);
    assert_int_equal(load_as(&others, RAM, bytes, 1), 0);
    assert_int_equal(create(), -EBUSY);
    assert_int_equal(refused.refusal, LV_REFUSAL_NONE);
}

static void claims_follow_the_runs(void **state) {
    (void)state;
    run_layout_set(RUN_LAYOUT_SPREAD, BLOCK);
    assert_int_equal(load_as(&others, RAM + BLOCK, bytes, 1), 0);
    assert_int_equal(create(), 0);
    assert_int_equal(load_as(&others, RAM + 2 * BLOCK, bytes, 1), 0);
    assert_int_equal(create(), -EBUSY);
    lv_pool_release(&device, &others);
    assert_int_equal(load(RAM + BLOCK, 1), 0);
    assert_int_equal(load(RAM + 2 * BLOCK, 1), 0);
    assert_int_equal(create(), 0);
    assert_true(is_claimed(5));
    assert_false(is_claimed(6));
}

/* Nobody has looked at it before the hypervisor does. */
static void unchecked_configuration_does_no_harm(void **state) {
    (void)state;
    hv.create_result = -EINVAL;
    memset(&config, 0xff, sizeof(config));
    for (unsigned i = 0; i < LV_MAX_REGIONS; i++) {
        config.regions[i].type = LV_REGION_RAM;
    }
    assert_int_equal(create(), -EINVAL);
    config.regions[0].size = 0;
    config.store_size = 0;
    assert_int_equal(create(), -EINVAL);
    assert_int_equal(hv.created, 2);
}

static void create_revokes_mappings_first(void **state) {
    (void)state;
    assert_int_equal(map(RAM, BLOCK), 0);
    assert_int_equal(touch(RAM), VM_FAULT_NOPAGE);
    assert_shown(RAM, RAM + BLOCK);
    assert_int_equal(create(), 0);
    assert_int_equal(hv.revoked, 1);
    assert_shown(0, 0);
    kernel.signal = true;
    assert_int_equal(create(), -ERESTARTSYS);
    assert_int_equal(hv.created, 1);
}

/* Faults restore the root zone's mappings of what hvisor's zones share with it. */
static void hvisors_zones_are_made_likewise(void **state) {
    static struct lv_hvisor_zone zone;

    (void)state;
    zone.num_memory_regions = 2;
    zone.memory_regions[0] =
        (struct lv_hvisor_region){.type = LV_HVISOR_IO, .physical_start = POOL, .size = BLOCK};
    zone.memory_regions[1] =
        (struct lv_hvisor_region){.type = LV_HVISOR_RAM, .physical_start = RAM, .size = RAM_SIZE};
    assert_int_equal(load_as(&others, POOL, bytes, 1), 0);
    assert_int_equal(lv_pool_create_hvisor(&device, &mine, &zone), 0);
    assert_int_equal(load_as(&others, RAM + BLOCK, bytes, 1), 0);
    assert_int_equal(lv_pool_create_hvisor(&device, &mine, &zone), -EBUSY);
    lv_pool_release(&device, &others);
    assert_int_equal(load(POOL, 1), 0);
    assert_int_equal(load(RAM, 1), 0);
    hv.create_result = -EEXIST;
    assert_int_equal(lv_pool_create_hvisor(&device, &mine, &zone), -EEXIST);
    assert_true(is_claimed(4));
    hv.create_result = 0;
    zone.num_memory_regions = UINT32_MAX;
    assert_int_equal(lv_pool_create_hvisor(&device, &mine, &zone), 0);
    assert_true(is_claimed(0));
    assert_false(is_claimed(4));
    assert_int_equal(kernel.revoked, 3);
    assert_int_equal(hv.created, 3);
    kernel.signal = true;
    assert_int_equal(lv_pool_create_hvisor(&device, &mine, &zone), -ERESTARTSYS);
}

static void mappings_are_of_the_pool(void **state) {
    (void)state;
    assert_int_equal(map(0, PAGE_SIZE), -EPERM);
    assert_int_equal(map(POOL - PAGE_SIZE, PAGE_SIZE), -EPERM);
    assert_int_equal(map(POOL - PAGE_SIZE, 2 * PAGE_SIZE), -EPERM);
    assert_int_equal(map(POOL + POOL_SIZE, PAGE_SIZE), -EPERM);
    assert_int_equal(map(POOL + POOL_SIZE - PAGE_SIZE, 2 * PAGE_SIZE), -EPERM);
    assert_int_equal(map(UINT64_MAX - PAGE_SIZE, 4 * PAGE_SIZE), -EPERM);
    assert_int_equal(map(POOL, POOL_SIZE), 0);
    assert_ptr_equal(vma.vm_private_data, &device);
    assert_int_equal(vma.vm_flags, VM_SHARED | VM_WRITE | VM_MAYWRITE | VM_MIXEDMAP |
                                       VM_DONTEXPAND | VM_DONTDUMP);
    zone_make();
    assert_int_equal(map(RAM, PAGE_SIZE), -EPERM);
    assert_int_equal(map(STORE + BLOCK - PAGE_SIZE, PAGE_SIZE), -EPERM);
    assert_int_equal(map(POOL, POOL_SIZE), -EPERM);
    assert_int_equal(map(POOL, RAM - POOL), 0);
}

static void mappings_are_shared_data(void **state) {
    vma = (struct vm_area_struct){.vm_start = KERNEL_VMA_BASE,
                                  .vm_end = KERNEL_VMA_BASE + PAGE_SIZE,
                                  .vm_pgoff = POOL >> PAGE_SHIFT,
                                  .vm_flags = VM_MAYWRITE};

    (void)state;
    assert_int_equal(lv_pool_mmap(&device, &vma), -EINVAL);
    vma.vm_flags = VM_SHARED | VM_EXEC;
    assert_int_equal(lv_pool_mmap(&device, &vma), -EPERM);
    /* The last page of 2^64 bytes, and one behind it. */
    vma.vm_flags = VM_SHARED;
    vma.vm_pgoff = (UINT64_MAX >> PAGE_SHIFT) + 1 + (POOL >> PAGE_SHIFT);
    assert_int_equal(lv_pool_mmap(&device, &vma), -EPERM);
    kernel.signal = true;
    vma.vm_pgoff = POOL >> PAGE_SHIFT;
    assert_int_equal(lv_pool_mmap(&device, &vma), -ERESTARTSYS);
    assert_null(vma.vm_ops);
}

/* A fault maps its block, as far as mapping and memory go. */
static void fault_maps_what_is_around_it(void **state) {
    (void)state;
    assert_int_equal(map(POOL + PAGE_SIZE, 4 * BLOCK), 0);
    assert_int_equal(touch(POOL + 2 * PAGE_SIZE), VM_FAULT_NOPAGE);
    assert_shown(POOL + PAGE_SIZE, POOL + BLOCK);
    assert_int_equal(touch(POOL + 4 * BLOCK), VM_FAULT_NOPAGE);
    assert_int_equal(kernel.frames[(4 * BLOCK >> PAGE_SHIFT) - 1],
                     (POOL + 4 * BLOCK) >> PAGE_SHIFT);
    assert_int_equal(kernel.frames[(3 * BLOCK >> PAGE_SHIFT) - 1], 0);
    kernel.fail_insert = true;
    assert_int_equal(touch(POOL + BLOCK), VM_FAULT_OOM);
}

/* The pages of a zone that was made since are gone, and come back with the zone's end. */
static void fault_in_a_zone_is_a_bus_error(void **state) {
    (void)state;
    assert_int_equal(map(POOL, POOL_SIZE), 0);
    assert_int_equal(touch(RAM + BLOCK), VM_FAULT_NOPAGE);
    assert_int_equal(create(), 0);
    zone_make();
    assert_int_equal(touch(RAM), VM_FAULT_SIGBUS);
    assert_int_equal(touch(RAM + RAM_SIZE - PAGE_SIZE), VM_FAULT_SIGBUS);
    assert_int_equal(touch(STORE + BLOCK - PAGE_SIZE), VM_FAULT_SIGBUS);
    assert_shown(0, 0);
    assert_int_equal(touch(RAM - PAGE_SIZE), VM_FAULT_NOPAGE);
    assert_shown(RAM - BLOCK, RAM);
    hv.exists[1] = false;
    assert_int_equal(touch(RAM), VM_FAULT_NOPAGE);
    assert_shown(RAM - BLOCK, RAM + BLOCK);
}

/* Shared RAM of pages of 4 KiB: a page of the kernel's that lies in it only in part is not shown.
 */
static void fault_shows_whole_pages_of_shared_ram(void **state) {
    (void)state;
    config.regions[1].flags = LV_REGION_SHARED;
    config.regions[1].hpa = RAM + LV_PAGE_SIZE;
    config.regions[1].size = 3 * PAGE_SIZE;
    config.store_size = 0;
    zone_make();
    assert_int_equal(map(RAM, BLOCK), 0);
    assert_int_equal(touch(RAM + PAGE_SIZE), VM_FAULT_NOPAGE);
    assert_shown(RAM + PAGE_SIZE, RAM + 3 * PAGE_SIZE);
    assert_int_equal(touch(RAM), VM_FAULT_SIGBUS);
    assert_int_equal(touch(RAM + 3 * PAGE_SIZE), VM_FAULT_SIGBUS);
    assert_int_equal(touch(RAM + 4 * PAGE_SIZE), VM_FAULT_NOPAGE);
    assert_int_equal(kernel.frames[3], 0);
    assert_int_equal(kernel.frames[4], (RAM >> PAGE_SHIFT) + 4);
}

static void make_zone_here(void) {
    zone_make();
    kernel.on_resched = NULL;
}

/* Between two pieces of a load others have their turn; the next piece looks again. */
static void load_ends_where_a_zone_was_made(void **state) {
    (void)state;
    config.regions[1].hpa = POOL;
    kernel.on_resched = make_zone_here;
    assert_int_equal(load(POOL, MIB), -EBUSY);
    assert_memory_equal(kernel_memory(POOL), bytes, SZ_256K);
    assert_int_equal(*kernel_memory(POOL + SZ_256K), 0);
}

static void interrupt(void) {
    kernel.signal = true;
    kernel.on_resched = NULL;
}

static void signal_ends_a_load(void **state) {
    (void)state;
    kernel.signal = true;
    assert_int_equal(load(POOL, 1), -ERESTARTSYS);
    kernel.signal = false;
    assert_false(is_claimed(0));
    kernel.on_resched = interrupt;
    assert_int_equal(load(POOL, MIB), -EINTR);
    kernel.signal = false;
    assert_memory_equal(kernel_memory(POOL), bytes, SZ_256K);
    assert_int_equal(*kernel_memory(POOL + SZ_256K), 0);
    assert_true(is_claimed(0));
}

static void bad_pointer_ends_a_load(void **state) {
    (void)state;
    kernel.bad_pointer = bytes;
    assert_int_equal(load(POOL, 1), -EFAULT);
    assert_false(is_claimed(0));
    kernel.bad_pointer = bytes + SZ_256K + 5;
    assert_int_equal(load(POOL, MIB), -EFAULT);
    assert_int_equal(*kernel_memory(POOL + SZ_256K - 1), bytes[SZ_256K - 1]);
    assert_int_equal(*kernel_memory(POOL + SZ_256K), 0);
}

static void load_without_memory_fails(void **state) {
    (void)state;
    kernel.fail_allocation = 1;
    assert_int_equal(load(POOL, 1), -ENOMEM);
    kernel.fail_allocation = 2;
    assert_int_equal(load(POOL, 1), -ENOMEM);
    kernel.fail_store = 1;
    assert_int_equal(load(POOL, 1), -ENOMEM);
    assert_int_equal(*kernel_memory(POOL), 0);
    assert_int_equal(load(POOL, 1), 0);
}

/* A zone may go between two questions, and the hypervisor may refuse an answer. */
static void hypervisors_answers_are_passed_on(void **state) {
    (void)state;
    zone_make();
    hv.leaves[1] = true;
    assert_int_equal(load(RAM, 1), 0);
    hv.list_error = -EIO;
    assert_int_equal(load(POOL, 1), -EIO);
    assert_int_equal(map(POOL, PAGE_SIZE), -EIO);
    hv.list_error = 0;
    assert_int_equal(map(POOL, PAGE_SIZE), 0);
    hv.config_error = -EIO;
    assert_int_equal(load(POOL, 1), -EIO);
    assert_int_equal(touch(POOL), VM_FAULT_SIGBUS);
}

/* Without a pool there is nothing to map or load, and no error but that. */
static void root_zone_may_have_no_pool(void **state) {
    (void)state;
    hv.zones[0].num_regions = 1;
    assert_int_equal(load(POOL, 1), -EPERM);
    assert_int_equal(map(POOL, PAGE_SIZE), -EPERM);
    assert_int_equal(load(0x80000000, 1), -EPERM);
}

/* The address sanitizer would find what is left. */
static void failed_init_leaves_nothing(void **state) {
    struct lv_device other = {0};

    (void)state;
    lv_pool_exit(&device);
    for (unsigned call = 1; call <= 2; call++) {
        kernel.fail_allocation = call;
        assert_int_equal(lv_pool_init(&other), -ENOMEM);
    }
    kernel.fail_mount = true;
    assert_int_equal(lv_pool_init(&other), -ENOMEM);
    kernel.fail_mount = false;
    kernel.fail_inode = true;
    assert_int_equal(lv_pool_init(&other), -ENOMEM);
    kernel.fail_inode = false;
    assert_int_equal(lv_pool_init(&device), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(load_arrives_whole),
        TEST(load_is_of_the_pool),
        TEST(load_keeps_out_of_zones),
        TEST(runs_of_a_zone_are_the_zones),
        TEST(claim_keeps_others_away),
        TEST(create_respects_claims),
        TEST(refusal_of_a_zone_is_passed_on),
        TEST(claims_follow_the_runs),
        TEST(unchecked_configuration_does_no_harm),
        TEST(create_revokes_mappings_first),
        TEST(hvisors_zones_are_made_likewise),
        TEST(mappings_are_of_the_pool),
        TEST(mappings_are_shared_data),
        TEST(fault_maps_what_is_around_it),
        TEST(fault_in_a_zone_is_a_bus_error),
        TEST(fault_shows_whole_pages_of_shared_ram),
        TEST(load_ends_where_a_zone_was_made),
        TEST(signal_ends_a_load),
        TEST(bad_pointer_ends_a_load),
        TEST(load_without_memory_fails),
        TEST(hypervisors_answers_are_passed_on),
        TEST(root_zone_may_have_no_pool),
        TEST(failed_init_leaves_nothing),
    };

    return cmocka_run_group_tests_name("driver: the pool", tests, NULL, NULL) + memory_tests();
}
