// SPDX-License-Identifier: GPL-2.0-or-later
#include "fixture.h"

struct hypervisor hv;
struct lv_device device;
struct vm_area_struct vma;
struct lv_zone_config config;
struct lv_ioctl_create refused;
uint8_t bytes[3 * MIB];
char mine;
char others;

static long config_call(unsigned long id, struct lv_zone_config *out) {
    if (hv.config_error != 0) {
        return hv.config_error;
    }
    if (id >= LV_MAX_ZONES || !hv.exists[id] || hv.leaves[id]) {
        return -ENOENT;
    }
    *out = hv.zones[id];
    return 0;
}

static long list_call(struct lv_zone_summary *out, unsigned long room) {
    long count = 0;

    for (uint32_t id = 0; id < LV_MAX_ZONES; id++) {
        if (hv.exists[id] && (unsigned long)count < room) {
            out[count++] = (struct lv_zone_summary){.zone_id = id};
        }
    }
    return hv.list_error != 0 ? hv.list_error : count;
}

static int64_t create_call(void) {
    hv.created++;
    hv.revoked = kernel.revoked;
    return hv.create_result;
}

static long status_call(unsigned long id, struct lv_zone_status *out) {
    if (id >= LV_MAX_ZONES || !hv.exists[id]) {
        return -ENOENT;
    }
    bool destroying = hv.destroying != 0 && hv.destroying == id;
    out->state = destroying ? LV_STATE_DESTROYING : LV_STATE_RUNNING;
    return 0;
}

static long destroy_call(unsigned long id) {
    hv.revoked = kernel.revoked;
    if (hv.destroy_result == 0) {
        hv.exists[id] = false;
    }
    return hv.destroy_result;
}

s64 lv_hypercall(unsigned long code, unsigned long a1, unsigned long a2) {
    assert_true(kernel.locked);
    switch (code) {
    case LV_HYPERCALL_CONFIG:
        return config_call(a1, (void *)a2);
    case LV_HYPERCALL_LIST:
        return list_call((void *)a1, a2);
    case LV_HYPERCALL_CREATE:
        assert_int_equal(a2, sizeof(struct lv_zone_config));
        return create_call();
    case LV_HYPERCALL_STATUS:
        return status_call(a1, (void *)a2);
    case LV_HYPERCALL_DESTROY:
    case LV_HVISOR_ZONE_SHUTDOWN:
        return destroy_call(a1);
    case LV_HVISOR_ZONE_START:
        assert_int_equal(a2, sizeof(struct lv_hvisor_zone));
        return create_call();
    default:
        fail_msg("the pool makes no call %#lx", code);
        return -ENOSYS;
    }
}

long lv_call_result(s64 result) {
    return result < 0 ? -(long)lv_result_error(result) : result;
}

long lv_call(unsigned long code, unsigned long a1, unsigned long a2) {
    return lv_call_result(lv_hypercall(code, a1, a2));
}

void lv_virtio_end(struct lv_device *lv, u32 zone_id) {
    assert_true(kernel.locked);
    assert_ptr_equal(lv, &device);
    hv.ended |= 1u << zone_id;
}

void *lv_buffer_alloc(size_t size) {
    return kernel_alloc(size);
}

void region_add(struct lv_zone_config *zone, uint32_t type, uint64_t hpa, uint64_t size) {
    zone->regions[zone->num_regions++] =
        (struct lv_region){.type = type, .hpa = hpa, .gpa = hpa, .size = size};
}

int fixture_setup(void **state) {
    (void)state;
    run_layout_set(RUN_LAYOUT_ONE, 0);
    kernel_reset();
    memset(&hv, 0, sizeof(hv));
    memset(&device, 0, sizeof(device));
    hv.exists[LV_ROOT_ZONE_ID] = true;
    region_add(&hv.zones[0], LV_REGION_RAM, 0x80000000, 256 * MIB);
    region_add(&hv.zones[0], LV_REGION_POOL, POOL, POOL_HALF);
    region_add(&hv.zones[0], LV_REGION_POOL, POOL + POOL_HALF, POOL_HALF);
    config = (struct lv_zone_config){.zone_id = 1, .store_hpa = STORE, .store_size = STORE_SIZE};
    region_add(&config, LV_REGION_UART, 0, LV_PAGE_SIZE);
    region_add(&config, LV_REGION_RAM, RAM, RAM_SIZE);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(1 + i * 7 + i / 251);
    }
    return lv_pool_init(&device);
}

int fixture_teardown(void **state) {
    (void)state;
    assert_false(kernel.locked);
    kernel_unmap();
    lv_pool_exit(&device);
    return 0;
}

void zone_make(void) {
    hv.zones[1] = config;
    hv.exists[1] = true;
}

int load_as(void *owner, uint64_t hpa, const void *from, uint64_t size) {
    struct lv_ioctl_load load = {.hpa = hpa, .buffer = (uintptr_t)from, .size = size};
    int result = lv_pool_load(&device, owner, &load);

    assert_false(kernel.locked);
    return result;
}

int load(uint64_t hpa, uint64_t size) {
    return load_as(&mine, hpa, bytes, size);
}

bool is_claimed(unsigned block) {
    int result = load_as(&others, POOL + block * BLOCK, bytes, 1);

    lv_pool_release(&device, &others);
    return result == -EBUSY;
}

long create(void) {
    refused = (struct lv_ioctl_create){0};
    long result = lv_pool_create(&device, &mine, &config, &refused);

    assert_false(kernel.locked);
    return result;
}

int map(uint64_t hpa, uint64_t size) {
    kernel_unmap();
    kernel.shown = device.inode->i_mapping;
    vma = (struct vm_area_struct){.vm_start = KERNEL_VMA_BASE,
                                  .vm_end = KERNEL_VMA_BASE + size,
                                  .vm_pgoff = hpa >> PAGE_SHIFT,
                                  .vm_flags = VM_SHARED | VM_WRITE | VM_MAYWRITE | VM_MAYEXEC};
    int result = lv_pool_mmap(&device, &vma);

    assert_false(kernel.locked);
    return result;
}

vm_fault_t touch(uint64_t hpa) {
    unsigned long pgoff = hpa >> PAGE_SHIFT;
    struct vm_fault fault = {.vma = &vma,
                             .pgoff = pgoff,
                             .address = vma.vm_start + ((pgoff - vma.vm_pgoff) << PAGE_SHIFT)};
    vm_fault_t result = vma.vm_ops->fault(&fault);

    assert_false(kernel.locked);
    return result;
}

void assert_shown(uint64_t first, uint64_t end) {
    uint64_t base = (uint64_t)vma.vm_pgoff << PAGE_SHIFT;

    for (uint64_t page = 0; page < KERNEL_VMA_PAGES; page++) {
        uint64_t hpa = base + page * PAGE_SIZE;
        bool shown = hpa >= first && hpa < end;
        assert_int_equal(kernel.frames[page], shown ? hpa >> PAGE_SHIFT : 0);
    }
}
