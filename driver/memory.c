// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A zone's memory as a file: what LV_IOCTL_ZONE_MEMORY returns. It is of one
 * incarnation of the zone, from CREATE to DESTROY, and shows what that shares
 * with the root zone. It has no other right, so a program without any can get
 * it.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/slab.h>

#include <loongvisor/zone_run.h>

#include "loongvisor.h"

/* Under lv->commands, but for what never changes. */
struct lv_memory {
	struct lv_device *lv;
	struct list_head link; /* in lv->memories */
	u32 zone_id;
	bool ended; /* a zone with this id is another one */
	struct address_space *mapping;
};

void lv_memory_unmap(struct lv_device *lv, u32 zone_id)
{
	struct lv_memory *memory;

	list_for_each_entry(memory, &lv->memories, link) {
		/* cppcheck-suppress uninitvar // the loop sets it */
		if (memory->zone_id == zone_id)
			unmap_mapping_range(memory->mapping, 0, 0, 1);
	}
}

void lv_memory_end(struct lv_device *lv, u32 zone_id)
{
	struct lv_memory *memory;

	list_for_each_entry(memory, &lv->memories, link) {
		/* cppcheck-suppress uninitvar // the loop sets it */
		if (memory->zone_id == zone_id)
			memory->ended = true;
	}
}

/*
 * Finds the run of the zone's shared RAM that gpa is in, and what of it can be
 * mapped, by GPA.
 */
static int lv_memory_extent(struct lv_device *lv, u32 zone_id, u64 gpa,
			    struct lv_extent *extent, u64 *hpa_offset)
{
	struct lv_run run = {};
	int error = lv_pool_config(lv, zone_id);

	if (error)
		return error;
	do {
		if (!lv_run_next(lv->config, &run))
			return -EPERM;
	} while (run.region->type != LV_REGION_RAM || !lv_run_is_shared(&run) ||
		 gpa < run.gpa || gpa - run.gpa >= run.size);
	*hpa_offset = run.hpa - run.gpa;
	error = lv_pool_extent(lv, gpa + *hpa_offset, LV_POOL_MAP, extent);
	if (error)
		return error;
	extent->start = max(extent->start, run.hpa) - *hpa_offset;
	extent->end = min(extent->end, run.hpa + run.size) - *hpa_offset;
	return 0;
}

static vm_fault_t lv_memory_fault(struct vm_fault *vmf)
{
	struct lv_memory *memory = vmf->vma->vm_private_data;
	struct lv_device *lv = memory->lv;
	vm_fault_t result = VM_FAULT_SIGBUS;
	struct lv_extent extent;
	u64 hpa_offset;

	mutex_lock(&lv->commands);
	if (!memory->ended && !lv_memory_extent(lv, memory->zone_id,
						(u64)vmf->pgoff << PAGE_SHIFT,
						&extent, &hpa_offset))
		result = lv_pages_map(vmf, &extent, hpa_offset);
	mutex_unlock(&lv->commands);
	return result;
}

static const struct vm_operations_struct lv_memory_vm_operations = {
	.fault = lv_memory_fault,
};

/* Holes are mapped as well: back ends map the whole of a zone. */
static int lv_memory_mmap(struct file *filp, struct vm_area_struct *vma)
{
	struct lv_memory *memory = filp->private_data;
	u64 pages = PAGE_ALIGN(i_size_read(file_inode(filp))) >> PAGE_SHIFT;

	if (is_cow_mapping(vma->vm_flags))
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EPERM;
	if (vma->vm_pgoff > pages || vma_pages(vma) > pages - vma->vm_pgoff)
		return -ENXIO;
	lv_pages_prepare(vma);
	vma->vm_private_data = memory;
	vma->vm_ops = &lv_memory_vm_operations;
	return 0;
}

static loff_t lv_memory_llseek(struct file *filp, loff_t offset, int whence)
{
	return fixed_size_llseek(filp, offset, whence,
				 i_size_read(file_inode(filp)));
}

static int lv_memory_release(struct inode *inode, struct file *filp)
{
	struct lv_memory *memory = filp->private_data;

	mutex_lock(&memory->lv->commands);
	list_del(&memory->link);
	mutex_unlock(&memory->lv->commands);
	kfree(memory);
	return 0;
}

static const struct file_operations lv_memory_file_operations = {
	.owner = THIS_MODULE,
	.release = lv_memory_release,
	.mmap = lv_memory_mmap,
	.llseek = lv_memory_llseek,
};

/* A zone that is being destroyed has no memory any more. */
static int lv_memory_check_state(u32 zone_id)
{
	struct lv_zone_status *status = lv_buffer_alloc(sizeof(*status));
	int error;

	if (!status)
		return -ENOMEM;
	error = lv_call(LV_HYPERCALL_STATUS, zone_id, virt_to_phys(status));
	if (!error && status->state == LV_STATE_DESTROYING)
		error = -ENOENT;
	kfree(status);
	return error;
}

/* Where the last of its shared RAM ends. */
static u64 lv_memory_size(const struct lv_zone_config *config)
{
	struct lv_run run = {};
	u64 size = 0;

	while (lv_run_next(config, &run)) {
		if (run.region->type == LV_REGION_RAM && lv_run_is_shared(&run))
			size = max(size, run.gpa + run.size);
	}
	return size;
}

/* The name is what others see in /proc; the tools look for it. */
static struct file *lv_memory_make(struct lv_device *lv, u32 zone_id, u64 size)
{
	struct lv_memory *memory = kzalloc(sizeof(*memory), GFP_KERNEL);
	char name[LV_NAME_SIZE];
	struct file *filp;

	if (!memory)
		return ERR_PTR(-ENOMEM);
	snprintf(name, sizeof(name), LV_ZONE_MEMORY_NAME, zone_id);
	filp = anon_inode_create_getfile(name, &lv_memory_file_operations,
					 memory, O_RDWR, NULL);
	if (IS_ERR(filp)) {
		kfree(memory);
		return filp;
	}
	i_size_write(file_inode(filp), size);
	memory->lv = lv;
	memory->zone_id = zone_id;
	memory->mapping = filp->f_mapping;
	list_add(&memory->link, &lv->memories);
	return filp;
}

static struct file *lv_memory_of_zone(struct lv_device *lv, u32 zone_id)
{
	int error = lv_memory_check_state(zone_id);
	u64 size;

	if (!error)
		error = lv_pool_config(lv, zone_id);
	if (error)
		return ERR_PTR(error);
	size = lv_memory_size(lv->config);
	return size ? lv_memory_make(lv, zone_id, size) : ERR_PTR(-ENXIO);
}

long lv_memory_open(struct lv_device *lv, u32 zone_id)
{
	struct file *filp;
	int fd;

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	if (mutex_lock_interruptible(&lv->commands)) {
		put_unused_fd(fd);
		return -ERESTARTSYS;
	}
	filp = lv_memory_of_zone(lv, zone_id);
	mutex_unlock(&lv->commands);
	if (IS_ERR(filp)) {
		put_unused_fd(fd);
		return PTR_ERR(filp);
	}
	fd_install(fd, filp);
	return fd;
}
