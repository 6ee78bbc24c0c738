/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the driver's files for memory need of Linux, on the host: one process, one mapping, one file
 * of a zone's memory at a time, memory at an HPA of its own. unit.mk makes a header of each name in
 * linux/ that includes this one.
 */
#ifndef LV_TEST_KERNEL_H
#define LV_TEST_KERNEL_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;
typedef unsigned int gfp_t;
typedef unsigned int vm_fault_t;
typedef unsigned int __poll_t;
typedef int (*irq_handler_t)(int irq, void *data);
typedef struct {
    int unused;
} spinlock_t;
typedef struct {
    int unused;
} wait_queue_head_t;

/* Linux has it beside those of user space. */
#define ERESTARTSYS 512

#define __user
#define GFP_KERNEL 0u
#define U64_MAX    UINT64_MAX

#define SZ_256K 0x40000u
#define SZ_2M   0x200000u

/* Debian's kernel has pages of 16 KiB. */
#define PAGE_SHIFT       14
#define PAGE_SIZE        (1ul << PAGE_SHIFT)
#define PAGE_ALIGN(addr) round_up(addr, PAGE_SIZE)
#define PAGE_ALIGNED(x)  ((x) % PAGE_SIZE == 0)
#define PHYS_PFN(hpa)    ((hpa) >> PAGE_SHIFT)

#define round_down(x, y) ((x) & ~((__typeof__(x))(y) - 1))
#define round_up(x, y)   ((((x) - 1) | ((__typeof__(x))(y) - 1)) + 1)
#define min_t(type, x, y)                                                                          \
    ({                                                                                             \
        type min_x = (x);                                                                          \
        type min_y = (y);                                                                          \
        min_x < min_y ? min_x : min_y;                                                             \
    })
#define min(x, y)     ((x) < (y) ? (x) : (y))
#define max(x, y)     ((x) > (y) ? (x) : (y))
#define min3(x, y, z) min(min(x, y), z)
#define max3(x, y, z) max(max(x, y), z)

#define ERR_PTR(error) ((void *)(long)(error))
#define PTR_ERR(ptr)   ((long)(ptr))
#define IS_ERR(ptr)    ((unsigned long)(ptr) >= (unsigned long)-4095)

#define dev_err(dev, ...)  ((void)(dev), kernel_log(__VA_ARGS__))
#define dev_warn(dev, ...) ((void)(dev), kernel_log(__VA_ARGS__))
#define dev_info(dev, ...) ((void)(dev), kernel_log(__VA_ARGS__))

/* Structures that other files of the driver fill. */
struct device;
struct eventfd_ctx;
struct poll_table_struct;
struct vfsmount;
struct workqueue_struct;
struct miscdevice {
    int unused;
};
struct work_struct {
    int unused;
};

/* Lists. */
struct list_head {
    struct list_head *next;
    struct list_head *prev;
};
#define INIT_LIST_HEAD(head) ((head)->next = (head)->prev = (head))
#define list_for_each_entry(entry, head, member)                                                   \
    for (struct list_head *list_at = (head)->next;                                                 \
         list_at != (head) &&                                                                      \
         ((entry) = (void *)((char *)list_at - offsetof(__typeof__(*(entry)), member)), true);     \
         list_at = list_at->next)
void list_add(struct list_head *entry, struct list_head *head);
void list_del(struct list_head *entry);

/* Of a machine. */
#define KERNEL_MEMORY_BASE 0x90000000ull
#define KERNEL_MEMORY_SIZE 0x02400000ull
/* Where the one mapping is, and how large it may be. */
#define KERNEL_VMA_BASE  0x7f0000000000ull
#define KERNEL_VMA_PAGES 2048u
#define KERNEL_FD        5

/* A page of memory; 0: the kernel does not know it. */
struct page {
    int count;
};
#define KERNEL_PAGES (KERNEL_MEMORY_SIZE >> PAGE_SHIFT)

struct kernel {
    uint8_t memory[KERNEL_MEMORY_SIZE];
    uint64_t frames[KERNEL_VMA_PAGES]; /* what each page of the mapping shows, 0: nothing */
    struct page pages[KERNEL_PAGES];
    struct address_space *shown; /* that the one mapping is of */
    struct file *file;           /* that was installed last, or made */
    bool fd_taken;
    bool locked;             /* any mutex */
    bool signal;             /* one is pending */
    unsigned revoked;        /* how often the mappings were taken away */
    const void *bad_pointer; /* of a program */
    void (*on_resched)(void);
    /* So many calls from now on the allocation fails, or the store into an array; 0: none. */
    unsigned fail_allocation;
    unsigned fail_store;
    bool fail_pages;
    bool fail_fd;
    bool fail_file;
    bool fail_mount;
    bool fail_inode;
    bool fail_insert;
    unsigned fail_insert_around;
};

extern struct kernel kernel;

/* Nothing has happened. */
void kernel_reset(void);

/* The memory at hpa. */
uint8_t *kernel_memory(uint64_t hpa);

/* munmap(2) of the one mapping. */
void kernel_unmap(void);
/* A pin of the page at hpa, or the end of one. */
void kernel_pin(uint64_t hpa, int pins);
/* The last line of the log holds this text. */
bool kernel_said(const char *text);
__attribute__((format(printf, 1, 2))) void kernel_log(const char *format, ...);

/* Allocations. */
void *kernel_alloc(size_t size);
#define kvmalloc(size, flags) kernel_alloc(size)
#define kzalloc(size, flags)  kernel_alloc(size)
#define kfree(ptr)            free((void *)(uintptr_t)(ptr))
#define kvfree(ptr)           free(ptr)
#define virt_to_phys(ptr)     ((unsigned long)(ptr))

/* Locks and signals. */
struct mutex {
    bool locked;
};
#define current NULL
void mutex_init(struct mutex *mutex);
void mutex_lock(struct mutex *mutex);
int mutex_lock_interruptible(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);
bool signal_pending(const void *task);
void cond_resched(void);

/* Arrays of pointers. */
#define KERNEL_XA_ENTRIES 64u
struct xarray {
    struct {
        unsigned long index;
        void *entry;
    } slots[KERNEL_XA_ENTRIES];
};
#define xa_is_err(entry) IS_ERR(entry)
#define xa_err(entry)    (IS_ERR(entry) ? (int)PTR_ERR(entry) : 0)
#define xa_for_each_range(xa, index, entry, start, last)                                           \
    for ((index) = (start), (entry) = kernel_xa_find(xa, &(index), last, false); (entry) != NULL;  \
         (entry) = kernel_xa_find(xa, &(index), last, true))
void xa_init(struct xarray *xa);
void xa_destroy(struct xarray *xa);
void *xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t flags);
void *xa_erase(struct xarray *xa, unsigned long index);
/* The first entry from *index, or behind it, to last. */
void *kernel_xa_find(const struct xarray *xa, unsigned long *index, unsigned long last,
                     bool behind);

/* Memory of programs and of the machine. */
#define MEMREMAP_WB              1
#define u64_to_user_ptr(address) ((void *)(uintptr_t)(address))
unsigned long copy_from_user(void *to, const void *from, unsigned long size);
void *memremap(uint64_t hpa, size_t size, unsigned long flags);
void memunmap(void *memory);

/* Mappings. */
#define VM_WRITE         0x02ul
#define VM_EXEC          0x04ul
#define VM_SHARED        0x08ul
#define VM_MAYWRITE      0x20ul
#define VM_MAYEXEC       0x40ul
#define VM_MIXEDMAP      0x10000000ul
#define VM_DONTEXPAND    0x40000ul
#define VM_DONTDUMP      0x4000000ul
#define VM_FAULT_NOPAGE  0x100u
#define VM_FAULT_SIGBUS  0x002u
#define VM_FAULT_OOM     0x001u
#define FAULT_FLAG_WRITE 0x01u
struct vm_fault;
struct vm_operations_struct {
    vm_fault_t (*fault)(struct vm_fault *fault);
};
struct vm_area_struct {
    unsigned long vm_start;
    unsigned long vm_end;
    unsigned long vm_pgoff;
    unsigned long vm_flags;
    void *vm_private_data;
    const struct vm_operations_struct *vm_ops;
};
struct vm_fault {
    struct vm_area_struct *vma;
    unsigned long pgoff;
    unsigned long address;
    unsigned int flags;
};
#define vma_pages(vma) (((vma)->vm_end - (vma)->vm_start) >> PAGE_SHIFT)
bool is_cow_mapping(unsigned long flags);
void vm_flags_mod(struct vm_area_struct *vma, unsigned long set, unsigned long clear);
vm_fault_t vmf_insert_page_mkwrite(struct vm_fault *fault, struct page *page, bool write);
int vm_insert_page(struct vm_area_struct *vma, unsigned long address, struct page *page);

/* Pages of memory that the kernel does not know. */
#define NUMA_NO_NODE          (-1)
#define MEMORY_DEVICE_GENERIC 4
#define struct_size(p, m, n)  (sizeof(*(p)) + sizeof(*(p)->m) * (size_t)(n))
struct range {
    u64 start;
    u64 end;
};
struct dev_pagemap {
    int type;
    int nr_range;
    struct range ranges[];
};
struct page *pfn_to_page(u64 frame);
int page_count(const struct page *page);
void *memremap_pages(struct dev_pagemap *pages, int node);
void memunmap_pages(struct dev_pagemap *pages);
struct dev_pagemap *get_dev_pagemap(u64 frame);
void put_dev_pagemap(struct dev_pagemap *pages);

/* An inode that no file system shows. */
struct address_space {
    int unused;
};
struct inode {
    struct address_space *i_mapping;
    struct address_space data;
    u64 size;
};
struct file;
struct file_operations {
    void *owner;
    int (*release)(struct inode *inode, struct file *file);
    int (*mmap)(struct file *file, struct vm_area_struct *vma);
    loff_t (*llseek)(struct file *file, loff_t offset, int whence);
};
struct file {
    const struct file_operations *f_op;
    void *private_data;
    struct address_space *f_mapping;
    struct inode inode;
    char name[64];
    int flags;
};
#define THIS_MODULE                ((void *)&kernel)
#define file_inode(file)           (&(file)->inode)
#define i_size_read(inode)         ((inode)->size)
#define i_size_write(inode, bytes) ((inode)->size = (bytes))
struct file *anon_inode_create_getfile(const char *name, const struct file_operations *operations,
                                       void *data, int flags, const struct inode *context);
int get_unused_fd_flags(unsigned flags);
void put_unused_fd(int fd);
void fd_install(int fd, struct file *file);
loff_t fixed_size_llseek(struct file *file, loff_t offset, int whence, loff_t size);
struct super_block {
    int unused;
};
struct vfsmount {
    struct super_block *mnt_sb;
};
struct fs_context {
    int unused;
};
struct file_system_type {
    const char *name;
    int (*init_fs_context)(struct fs_context *context);
    void (*kill_sb)(struct super_block *super);
};
void *init_pseudo(struct fs_context *context, unsigned long magic);
void kill_anon_super(struct super_block *super);
struct vfsmount *kern_mount(struct file_system_type *type);
void kern_unmount(struct vfsmount *mount);
struct inode *alloc_anon_inode(struct super_block *super);
void iput(struct inode *inode);
void unmap_mapping_range(struct address_space *mapping, long begin, long size, int even_cows);

#endif
