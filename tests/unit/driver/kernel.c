// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct kernel kernel;

static struct super_block super_block;
static struct vfsmount the_mount = {.mnt_sb = &super_block};
static bool is_mounted;
static struct inode *the_inode;

void kernel_reset(void) {
    assert_false(is_mounted);
    memset(&kernel, 0, sizeof(kernel));
}

uint8_t *kernel_memory(uint64_t hpa) {
    assert_in_range(hpa, KERNEL_MEMORY_BASE, KERNEL_MEMORY_BASE + KERNEL_MEMORY_SIZE - 1);
    return &kernel.memory[hpa - KERNEL_MEMORY_BASE];
}

/* Counts down to the call that fails. */
static bool fails_now(unsigned *calls) {
    if (*calls == 0) {
        return false;
    }
    *calls -= 1;
    return *calls == 0;
}

void *kernel_alloc(size_t size) {
    return fails_now(&kernel.fail_allocation) ? NULL : calloc(1, size);
}

void mutex_init(struct mutex *mutex) {
    mutex->locked = false;
}

void mutex_lock(struct mutex *mutex) {
    assert_false(mutex->locked);
    mutex->locked = true;
    kernel.locked = true;
}

int mutex_lock_interruptible(struct mutex *mutex) {
    if (kernel.signal) {
        return -EINTR;
    }
    mutex_lock(mutex);
    return 0;
}

void mutex_unlock(struct mutex *mutex) {
    assert_true(mutex->locked);
    mutex->locked = false;
    kernel.locked = false;
}

bool signal_pending(const void *task) {
    (void)task;
    return kernel.signal;
}

void cond_resched(void) {
    assert_false(kernel.locked);
    if (kernel.on_resched != NULL) {
        kernel.on_resched();
    }
}

void xa_init(struct xarray *xa) {
    memset(xa, 0, sizeof(*xa));
}

void xa_destroy(struct xarray *xa) {
    xa_init(xa);
}

void *xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t flags) {
    (void)flags;
    assert_true(kernel.locked);
    if (fails_now(&kernel.fail_store)) {
        return ERR_PTR(-ENOMEM);
    }
    void *before = xa_erase(xa, index);
    for (unsigned i = 0; i < KERNEL_XA_ENTRIES; i++) {
        if (xa->slots[i].entry == NULL) {
            xa->slots[i].index = index;
            xa->slots[i].entry = entry;
            return before;
        }
    }
    fail_msg("the test needs more entries");
    return NULL;
}

void *xa_erase(struct xarray *xa, unsigned long index) {
    for (unsigned i = 0; i < KERNEL_XA_ENTRIES; i++) {
        void *entry = xa->slots[i].entry;
        if (entry != NULL && xa->slots[i].index == index) {
            xa->slots[i].entry = NULL;
            return entry;
        }
    }
    return NULL;
}

void *kernel_xa_find(const struct xarray *xa, unsigned long *index, unsigned long last,
                     bool behind) {
    void *found = NULL;
    unsigned long lowest = 0;

    for (unsigned i = 0; i < KERNEL_XA_ENTRIES; i++) {
        unsigned long at = xa->slots[i].index;
        bool wanted = behind ? at > *index : at >= *index;
        if (xa->slots[i].entry != NULL && wanted && at <= last && (found == NULL || at < lowest)) {
            found = xa->slots[i].entry;
            lowest = at;
        }
    }
    if (found != NULL) {
        *index = lowest;
    }
    return found;
}

/* A bad address is found in the middle: what stands before it is copied. */
unsigned long copy_from_user(void *to, const void *from, unsigned long size) {
    unsigned long good = (unsigned long)((const char *)kernel.bad_pointer - (const char *)from);

    assert_false(kernel.locked);
    if (kernel.bad_pointer == NULL || good > size) {
        good = size;
    }
    memcpy(to, from, good);
    return size - good;
}

void *memremap(uint64_t hpa, size_t size, unsigned long flags) {
    (void)flags;
    if (fails_now(&kernel.fail_allocation)) {
        return NULL;
    }
    (void)kernel_memory(hpa + size - 1);
    return kernel_memory(hpa);
}

void memunmap(void *memory) {
    assert_non_null(memory);
}

bool is_cow_mapping(unsigned long flags) {
    return (flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE;
}

void vm_flags_mod(struct vm_area_struct *vma, unsigned long set, unsigned long clear) {
    vma->vm_flags = (vma->vm_flags | set) & ~clear;
}

vm_fault_t vmf_insert_pfn(struct vm_area_struct *vma, unsigned long address, unsigned long frame) {
    if (kernel.fail_insert) {
        return VM_FAULT_OOM;
    }
    assert_true(kernel.locked);
    assert_in_range(address, vma->vm_start, vma->vm_end - PAGE_SIZE);
    assert_int_equal(address % PAGE_SIZE, 0);
    kernel.frames[(address - KERNEL_VMA_BASE) >> PAGE_SHIFT] = frame;
    return VM_FAULT_NOPAGE;
}

void *init_pseudo(struct fs_context *context, unsigned long magic) {
    (void)magic;
    return kernel.fail_mount ? NULL : context;
}

void kill_anon_super(struct super_block *super) {
    (void)super;
}

struct vfsmount *kern_mount(struct file_system_type *type) {
    struct fs_context context;
    int error = type->init_fs_context(&context);

    assert_false(is_mounted);
    if (error != 0) {
        return ERR_PTR(error);
    }
    is_mounted = true;
    return &the_mount;
}

void kern_unmount(struct vfsmount *mount) {
    assert_ptr_equal(mount, &the_mount);
    assert_true(is_mounted);
    is_mounted = false;
}

struct inode *alloc_anon_inode(struct super_block *super) {
    assert_ptr_equal(super, &super_block);
    if (kernel.fail_inode) {
        return ERR_PTR(-ENOMEM);
    }
    the_inode = calloc(1, sizeof(*the_inode));
    assert_non_null(the_inode);
    the_inode->i_mapping = &the_inode->data;
    return the_inode;
}

void iput(struct inode *inode) {
    assert_true(is_mounted);
    free(inode);
}

void unmap_mapping_range(struct address_space *mapping, long begin, long size, int even_cows) {
    assert_ptr_equal(mapping, the_inode->i_mapping);
    assert_int_equal(begin, 0);
    assert_int_equal(size, 0); /* to the end */
    assert_int_equal(even_cows, 1);
    memset(kernel.frames, 0, sizeof(kernel.frames));
    kernel.revoked++;
}
