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
static struct dev_pagemap *kernel_pagemap; /* lives longer than a module */
static char log_line[128];

void kernel_reset(void) {
    assert_false(is_mounted);
    assert_null(kernel_pagemap);
    log_line[0] = '\0';
    memset(&kernel, 0, sizeof(kernel));
}

uint8_t *kernel_memory(uint64_t hpa) {
    assert_in_range(hpa, KERNEL_MEMORY_BASE, KERNEL_MEMORY_BASE + KERNEL_MEMORY_SIZE - 1);
    return &kernel.memory[hpa - KERNEL_MEMORY_BASE];
}

void kernel_unmap(void) {
    for (unsigned i = 0; i < KERNEL_VMA_PAGES; i++) {
        if (kernel.frames[i] != 0) {
            pfn_to_page(kernel.frames[i])->count--;
        }
    }
    memset(kernel.frames, 0, sizeof(kernel.frames));
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

/* Shows the page at the address of the one mapping. */
static void page_show(const struct vm_area_struct *vma, unsigned long address, struct page *page) {
    assert_true(kernel.locked);
    assert_in_range(address, vma->vm_start, vma->vm_end - PAGE_SIZE);
    assert_int_equal(address % PAGE_SIZE, 0);
    assert_true(vma->vm_flags & VM_MIXEDMAP);
    kernel.frames[(address - KERNEL_VMA_BASE) >> PAGE_SHIFT] =
        PHYS_PFN(KERNEL_MEMORY_BASE) + (uint64_t)(page - kernel.pages);
    page->count++;
}

static bool page_is_shown(unsigned long address) {
    return kernel.frames[(address - KERNEL_VMA_BASE) >> PAGE_SHIFT] != 0;
}

vm_fault_t vmf_insert_page_mkwrite(struct vm_fault *fault, struct page *page, bool write) {
    if (kernel.fail_insert) {
        return VM_FAULT_OOM;
    }
    assert_int_equal(write, fault->flags & FAULT_FLAG_WRITE);
    if (!page_is_shown(fault->address)) {
        page_show(fault->vma, fault->address, page);
    }
    return VM_FAULT_NOPAGE;
}

int vm_insert_page(struct vm_area_struct *vma, unsigned long address, struct page *page) {
    if (fails_now(&kernel.fail_insert_around)) {
        return -ENOMEM;
    }
    if (page_is_shown(address)) {
        return -EBUSY;
    }
    page_show(vma, address, page);
    return 0;
}

struct page *pfn_to_page(u64 frame) {
    struct page *page = &kernel.pages[frame - PHYS_PFN(KERNEL_MEMORY_BASE)];

    assert_in_range(frame, PHYS_PFN(KERNEL_MEMORY_BASE),
                    PHYS_PFN(KERNEL_MEMORY_BASE + KERNEL_MEMORY_SIZE) - 1);
    assert_int_not_equal(page->count, 0);
    return page;
}

int page_count(const struct page *page) {
    return page->count;
}

void kernel_pin(uint64_t hpa, int pins) {
    pfn_to_page(PHYS_PFN(hpa))->count += pins;
}

static void pages_set(const struct dev_pagemap *pages, int before, int after) {
    for (int i = 0; i < pages->nr_range; i++) {
        const struct range *range = &pages->ranges[i];
        for (u64 hpa = range->start; hpa < range->end; hpa += PAGE_SIZE) {
            struct page *page = &kernel.pages[(hpa - KERNEL_MEMORY_BASE) >> PAGE_SHIFT];
            assert_int_equal(page->count, before);
            page->count = after;
        }
    }
}

void *memremap_pages(struct dev_pagemap *pages, int node) {
    (void)node;
    if (kernel.fail_pages) {
        return ERR_PTR(-ENOMEM);
    }
    assert_null(kernel_pagemap);
    assert_int_equal(pages->type, MEMORY_DEVICE_GENERIC);
    assert_true(pages->nr_range > 0);
    pages_set(pages, 0, 1);
    kernel_pagemap = pages;
    return kernel.memory;
}

void memunmap_pages(struct dev_pagemap *pages) {
    assert_ptr_equal(pages, kernel_pagemap);
    pages_set(pages, 1, 0);
    kernel_pagemap = NULL;
}

struct dev_pagemap *get_dev_pagemap(u64 frame) {
    (void)frame;
    return kernel_pagemap;
}

void put_dev_pagemap(struct dev_pagemap *pages) {
    assert_ptr_equal(pages, kernel_pagemap);
}

void list_add(struct list_head *entry, struct list_head *head) {
    assert_true(kernel.locked);
    entry->next = head->next;
    entry->prev = head;
    head->next->prev = entry;
    head->next = entry;
}

void list_del(struct list_head *entry) {
    assert_true(kernel.locked);
    entry->prev->next = entry->next;
    entry->next->prev = entry->prev;
}

void kernel_log(const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(log_line, sizeof(log_line), format, arguments);
    va_end(arguments);
}

bool kernel_said(const char *text) {
    return strstr(log_line, text) != NULL;
}

struct file *anon_inode_create_getfile(const char *name, const struct file_operations *operations,
                                       void *data, int flags, const struct inode *context) {
    struct file *file = calloc(1, sizeof(*file));

    assert_null(context);
    assert_ptr_equal(operations->owner, THIS_MODULE);
    assert_non_null(file);
    if (kernel.fail_file) {
        free(file);
        return ERR_PTR(-ENFILE);
    }
    file->f_op = operations;
    file->private_data = data;
    file->inode.i_mapping = &file->inode.data;
    file->f_mapping = file->inode.i_mapping;
    file->flags = flags;
    (void)snprintf(file->name, sizeof(file->name), "%s", name);
    return file;
}

int get_unused_fd_flags(unsigned flags) {
    assert_int_equal(flags, O_CLOEXEC);
    assert_false(kernel.fd_taken);
    if (kernel.fail_fd) {
        return -EMFILE;
    }
    kernel.fd_taken = true;
    return KERNEL_FD;
}

void put_unused_fd(int fd) {
    assert_int_equal(fd, KERNEL_FD);
    assert_true(kernel.fd_taken);
    kernel.fd_taken = false;
}

void fd_install(int fd, struct file *file) {
    put_unused_fd(fd);
    assert_false(kernel.locked);
    kernel.file = file;
}

loff_t fixed_size_llseek(struct file *file, loff_t offset, int whence, loff_t size) {
    (void)file;
    return whence == SEEK_END ? size + offset : offset;
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
    assert_true(kernel.locked);
    assert_int_equal(begin, 0);
    assert_int_equal(size, 0); /* to the end */
    assert_int_equal(even_cows, 1);
    if (mapping == the_inode->i_mapping) {
        kernel.revoked++;
    }
    if (mapping == kernel.shown) {
        kernel_unmap();
    }
}
