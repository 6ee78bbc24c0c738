// SPDX-License-Identifier: GPL-2.0-or-later
/* driver/memory.c and driver/pages.c: files of zones' memory, and pages that somebody holds. */
#include "fixture.h"

/* What zone 1 shares, and where it sees it. */
#define SHARED     (POOL + 12 * BLOCK)
#define WINDOW     (4 * BLOCK)
#define WINDOW_END (WINDOW + BLOCK)

static struct file *file_open(uint32_t zone_id) {
    long result = lv_memory_open(&device, zone_id);

    assert_false(kernel.locked || kernel.fd_taken);
    assert_int_equal(result, KERNEL_FD);
    return kernel.file;
}

static void file_close(struct file *file) {
    kernel_unmap();
    assert_int_equal(file->f_op->release(&file->inode, file), 0);
    free(file);
}

static int file_map(struct file *file, uint64_t offset, uint64_t size, unsigned long flags) {
    kernel_unmap();
    kernel.shown = file->f_mapping;
    vma = (struct vm_area_struct){.vm_start = KERNEL_VMA_BASE,
                                  .vm_end = KERNEL_VMA_BASE + size,
                                  .vm_pgoff = offset >> PAGE_SHIFT,
                                  .vm_flags = flags};
    return file->f_op->mmap(file, &vma);
}

static void file_map_all(struct file *file) {
    assert_int_equal(file_map(file, 0, WINDOW_END, VM_SHARED | VM_MAYWRITE | VM_MAYEXEC), 0);
}

/* Zone 1 shares a window behind its RAM. */
static void window_add(void) {
    config.regions[1].gpa = 0;
    region_add(&config, LV_REGION_RAM, SHARED, BLOCK);
    config.regions[2].gpa = WINDOW;
    config.regions[2].flags = LV_REGION_SHARED;
    zone_make();
}

static long destroy(void) {
    long result = lv_pool_destroy(&device, LV_HYPERCALL_DESTROY, 1);

    assert_false(kernel.locked);
    return result;
}

static uint64_t frame_at(uint64_t offset) {
    return kernel.frames[offset >> PAGE_SHIFT] << PAGE_SHIFT;
}

static void file_shows_what_is_shared(void **state) {
    struct file *file;

    (void)state;
    window_add();
    file = file_open(1);
    file_map_all(file);
    assert_int_equal(touch(0), VM_FAULT_SIGBUS);
    assert_int_equal(touch(RAM_SIZE - PAGE_SIZE), VM_FAULT_SIGBUS);
    assert_int_equal(touch(WINDOW - PAGE_SIZE), VM_FAULT_SIGBUS);
    assert_int_equal(touch(WINDOW + 3 * PAGE_SIZE), VM_FAULT_NOPAGE);
    assert_int_equal(frame_at(WINDOW - PAGE_SIZE), 0);
    assert_int_equal(frame_at(WINDOW), SHARED);
    assert_int_equal(frame_at(WINDOW_END - PAGE_SIZE), SHARED + BLOCK - PAGE_SIZE);
    assert_int_equal(touch(WINDOW_END - PAGE_SIZE), VM_FAULT_NOPAGE);
    /* A mapping that begins in the window. */
    assert_int_equal(file_map(file, WINDOW + PAGE_SIZE, 2 * PAGE_SIZE, VM_SHARED), 0);
    assert_int_equal(touch(WINDOW + 2 * PAGE_SIZE), VM_FAULT_NOPAGE);
    assert_int_equal(frame_at(0), SHARED + PAGE_SIZE);
    assert_int_equal(frame_at(2 * PAGE_SIZE), 0);
    file_close(file);
}

static void file_has_a_size_and_no_other_right(void **state) {
    struct file *file;

    (void)state;
    window_add();
    file = file_open(1);
    assert_string_equal(file->name, "[loongvisor-zone-1]");
    assert_int_equal(file->flags, O_RDWR);
    assert_int_equal(file->f_op->llseek(file, 0, SEEK_END), WINDOW_END);
    assert_int_equal(file->inode.size, WINDOW_END);
    assert_int_equal(file_map(file, 0, WINDOW_END + PAGE_SIZE, VM_SHARED), -ENXIO);
    assert_int_equal(file_map(file, WINDOW_END, PAGE_SIZE, VM_SHARED), -ENXIO);
    assert_int_equal(file_map(file, WINDOW_END + PAGE_SIZE, PAGE_SIZE, VM_SHARED), -ENXIO);
    assert_int_equal(file_map(file, WINDOW, PAGE_SIZE, VM_SHARED | VM_EXEC), -EPERM);
    assert_int_equal(file_map(file, WINDOW, PAGE_SIZE, VM_MAYWRITE), -EINVAL);
    file_map_all(file);
    assert_int_equal(vma.vm_flags,
                     VM_SHARED | VM_MAYWRITE | VM_MIXEDMAP | VM_DONTEXPAND | VM_DONTDUMP);
    file_close(file);
}

/* A region of pages of 4 KiB: what is no whole page of the kernel's is not shown. */
static void file_shows_whole_pages(void **state) {
    struct file *file;

    (void)state;
    window_add();
    hv.zones[1].regions[2].size = PAGE_SIZE + LV_PAGE_SIZE;
    file = file_open(1);
    assert_int_equal(file->inode.size, WINDOW + PAGE_SIZE + LV_PAGE_SIZE);
    assert_int_equal(file_map(file, 0, WINDOW + 2 * PAGE_SIZE, VM_SHARED), 0);
    assert_int_equal(touch(WINDOW), VM_FAULT_NOPAGE);
    assert_int_equal(touch(WINDOW + PAGE_SIZE), VM_FAULT_SIGBUS);
    assert_int_equal(frame_at(WINDOW + PAGE_SIZE), 0);
    /* Nor is what begins elsewhere in a page of the zone's. */
    hv.zones[1].regions[2].size = BLOCK;
    hv.zones[1].regions[2].hpa += LV_PAGE_SIZE;
    kernel_unmap();
    assert_int_equal(touch(WINDOW + PAGE_SIZE), VM_FAULT_SIGBUS);
    file_close(file);
}

static void file_follows_the_runs(void **state) {
    struct file *file;

    (void)state;
    run_layout_set(RUN_LAYOUT_SPREAD, BLOCK / 2);
    window_add();
    file = file_open(1);
    file_map_all(file);
    assert_int_equal(touch(WINDOW + BLOCK / 2), VM_FAULT_NOPAGE);
    assert_int_equal(frame_at(WINDOW + BLOCK / 2 - PAGE_SIZE), 0);
    assert_int_equal(frame_at(WINDOW + BLOCK / 2), SHARED + BLOCK);
    assert_int_equal(touch(WINDOW), VM_FAULT_NOPAGE);
    assert_int_equal(frame_at(WINDOW), SHARED);
    file_close(file);
}

/* With DESTROY it is over, also for the next zone of that number, and for nobody else. */
static void file_ends_with_its_zone(void **state) {
    struct file *first;
    struct file *second;

    (void)state;
    window_add();
    first = file_open(1);
    file_map_all(first);
    assert_int_equal(touch(WINDOW), VM_FAULT_NOPAGE);
    hv.destroy_result = -EBADFD;
    assert_int_equal(destroy(), -EBADFD);
    assert_int_equal(touch(WINDOW), VM_FAULT_NOPAGE);
    hv.destroy_result = 0;
    assert_int_equal(lv_pool_destroy(&device, LV_HYPERCALL_DESTROY, 2), 0);
    assert_int_equal(touch(WINDOW), VM_FAULT_NOPAGE);
    assert_int_equal(destroy(), 0);
    assert_int_equal(frame_at(WINDOW), 0);
    zone_make();
    assert_int_equal(touch(WINDOW), VM_FAULT_SIGBUS);
    second = file_open(1);
    assert_int_equal(touch(WINDOW), VM_FAULT_SIGBUS);
    file_map_all(second);
    assert_int_equal(touch(WINDOW), VM_FAULT_NOPAGE);
    file_close(first);
    file_close(second);
}

/* Whoever destroyed it: a zone that is made is another one. */
static void file_ends_with_the_next_zone(void **state) {
    struct file *file;

    (void)state;
    window_add();
    file = file_open(1);
    file_map_all(file);
    hv.exists[1] = false;
    assert_int_equal(create(), 0);
    zone_make();
    assert_int_equal(touch(WINDOW), VM_FAULT_SIGBUS);
    file_close(file);
}

static long open_error(uint32_t zone_id) {
    long result = lv_memory_open(&device, zone_id);

    assert_false(kernel.locked || kernel.fd_taken);
    assert_null(kernel.file);
    return result;
}

static void file_is_refused(void **state) {
    (void)state;
    assert_int_equal(open_error(1), -ENOENT);
    assert_int_equal(open_error(UINT32_MAX), -ENOENT);
    assert_int_equal(open_error(LV_ROOT_ZONE_ID), -ENXIO);
    zone_make();
    assert_int_equal(open_error(1), -ENXIO);
    window_add();
    hv.destroying = 1;
    assert_int_equal(open_error(1), -ENOENT);
    hv.destroying = 0;
    hv.config_error = -EIO;
    assert_int_equal(open_error(1), -EIO);
    hv.config_error = 0;
    for (unsigned call = 1; call <= 2; call++) {
        kernel.fail_allocation = call;
        assert_int_equal(open_error(1), -ENOMEM);
    }
    kernel.fail_fd = true;
    assert_int_equal(open_error(1), -EMFILE);
    kernel.fail_fd = false;
    kernel.fail_file = true;
    assert_int_equal(open_error(1), -ENFILE);
    kernel.signal = true;
    assert_int_equal(open_error(1), -ERESTARTSYS);
}

/* A zone gets no page that somebody holds; its blocks count as a whole. */
static void create_waits_for_pins(void **state) {
    static const uint64_t places[] = {RAM - BLOCK / 2, RAM, RAM + RAM_SIZE - PAGE_SIZE, STORE,
                                      STORE + BLOCK - PAGE_SIZE};

    (void)state;
    config.regions[1].hpa -= BLOCK / 4;
    assert_int_equal(map(RAM, BLOCK), 0);
    assert_int_equal(touch(RAM), VM_FAULT_NOPAGE);
    for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        kernel_pin(places[i], 1);
        assert_int_equal(create(), -EBUSY);
        assert_int_equal(refused.refusal, LV_REFUSAL_NONE);
        assert_true(kernel_said("zone 1: 1 pages"));
        kernel_pin(places[i], -1);
    }
    assert_int_equal(hv.created, 0);
    kernel_pin(STORE + BLOCK, 1);
    kernel_pin(RAM - BLOCK - PAGE_SIZE, 1);
    assert_int_equal(create(), 0);
    kernel_pin(STORE + BLOCK, -1);
    kernel_pin(RAM - BLOCK - PAGE_SIZE, -1);
}

static void hvisors_zone_waits_for_pins(void **state) {
    static struct lv_hvisor_zone zone = {.num_memory_regions = 1};

    (void)state;
    zone.memory_regions[0] =
        (struct lv_hvisor_region){.type = LV_HVISOR_RAM, .physical_start = RAM, .size = RAM_SIZE};
    kernel_pin(RAM, 2);
    assert_int_equal(lv_pool_create_hvisor(&device, &mine, &zone), -EBUSY);
    assert_int_equal(hv.created, 0);
    kernel_pin(RAM, -2);
    assert_int_equal(lv_pool_create_hvisor(&device, &mine, &zone), 0);
    zone_make();
    kernel_pin(RAM, 1);
    assert_int_equal(lv_pool_destroy(&device, LV_HVISOR_ZONE_SHUTDOWN, 1), -EBUSY);
    kernel_pin(RAM, -1);
    assert_int_equal(lv_pool_destroy(&device, LV_HVISOR_ZONE_SHUTDOWN, 1), 0);
}

/* A mapping does not hold a zone, neither by GPA nor by HPA; a pin does, and nothing changes. */
static void destroy_waits_for_pins(void **state) {
    struct file *file;

    (void)state;
    window_add();
    file = file_open(1);
    file_map_all(file);
    assert_int_equal(touch(WINDOW), VM_FAULT_NOPAGE);
    kernel_pin(SHARED, 1);
    assert_int_equal(destroy(), -EBUSY);
    assert_true(hv.exists[1]);
    assert_int_equal(hv.ended, 0);
    assert_int_equal(touch(WINDOW), VM_FAULT_NOPAGE);
    assert_int_equal(frame_at(WINDOW), SHARED);
    kernel_pin(SHARED, -1);
    assert_int_equal(map(SHARED, BLOCK), 0);
    assert_int_equal(touch(SHARED), VM_FAULT_NOPAGE);
    kernel.signal = true;
    assert_int_equal(destroy(), -ERESTARTSYS);
    kernel.signal = false;
    assert_int_equal(destroy(), 0);
    assert_int_equal(hv.ended, 1u << 1);
    file_close(file);
}

/* What is left of a fault's surroundings comes by further faults. */
static void fault_is_content_with_its_own_page(void **state) {
    (void)state;
    assert_int_equal(map(POOL, BLOCK), 0);
    kernel.fail_insert_around = 1;
    assert_int_equal(touch(POOL + 5 * PAGE_SIZE), VM_FAULT_NOPAGE);
    assert_shown(POOL + 5 * PAGE_SIZE, POOL + 6 * PAGE_SIZE);
}

/* Pages that are held when the module goes are found when it comes. */
static void pages_outlive_the_module(void **state) {
    (void)state;
    kernel_pin(POOL + POOL_HALF, 1);
    lv_pool_exit(&device);
    assert_true(kernel_said("1 pages of the pool are in use"));
    assert_null(device.pages);
    assert_int_equal(lv_pool_init(&device), 0);
    assert_int_equal(map(POOL, BLOCK), 0);
    assert_int_equal(touch(POOL), VM_FAULT_NOPAGE);
    kernel_unmap();
    kernel_pin(POOL + POOL_HALF, -1);
}

static void pages_are_of_a_pool(void **state) {
    (void)state;
    lv_pool_exit(&device);
    kernel.fail_pages = true;
    assert_int_equal(lv_pool_init(&device), -ENOMEM);
    assert_true(kernel_said("no pages for the pool"));
    kernel.fail_pages = false;
    kernel.fail_allocation = 3;
    assert_int_equal(lv_pool_init(&device), -ENOMEM);
    hv.config_error = -EIO;
    assert_int_equal(lv_pool_init(&device), -EIO);
    hv.config_error = 0;
    hv.zones[0].num_regions = 1;
    assert_int_equal(lv_pool_init(&device), 0);
    assert_null(device.pages);
    hv.create_result = -EINVAL;
    assert_int_equal(create(), -EINVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int memory_tests(void) {
    const struct CMUnitTest tests[] = {
        TEST(file_shows_what_is_shared),
        TEST(file_has_a_size_and_no_other_right),
        TEST(file_shows_whole_pages),
        TEST(file_follows_the_runs),
        TEST(file_ends_with_its_zone),
        TEST(file_ends_with_the_next_zone),
        TEST(file_is_refused),
        TEST(create_waits_for_pins),
        TEST(hvisors_zone_waits_for_pins),
        TEST(destroy_waits_for_pins),
        TEST(fault_is_content_with_its_own_page),
        TEST(pages_outlive_the_module),
        TEST(pages_are_of_a_pool),
    };

    return cmocka_run_group_tests_name("driver: zones' memory", tests, NULL, NULL);
}
