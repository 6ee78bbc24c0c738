// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The pool: memory that zones are made of. While it is free, the root zone may
 * use it. What CREATE has taken is hidden from the root zone: its kernel does
 * not survive an access, and a program gets a bus error. So a map or a load is
 * checked against the existing zones, and no zone is made meanwhile. Mappings
 * are removed before a zone is made.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mount.h>
#include <linux/pseudo_fs.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <loongvisor/zone_run.h>

#include "loongvisor.h"

/* Bytes copied at a time; between two pieces, other callers have their turn. */
#define LV_LOAD_CHUNK SZ_256K

/* "LGVR", as the hypervisor signs. */
#define LV_FS_MAGIC LV_CPUCFG_SIGNATURE_VALUE

long lv_pool_config(struct lv_device *lv, unsigned long zone_id)
{
	return lv_call(LV_HYPERCALL_CONFIG, zone_id, virt_to_phys(lv->config));
}

/* The run of the pool that hpa is in. lv->config is the root zone's. */
static bool lv_pool_find(struct lv_device *lv, u64 hpa,
			 struct lv_extent *extent)
{
	struct lv_run run = {};

	while (lv_run_next(lv->config, &run)) {
		extent->start = run.hpa;
		extent->end = run.hpa + run.size;
		if (run.region->type == LV_REGION_POOL &&
		    hpa >= extent->start && hpa < extent->end)
			return true;
	}
	return false;
}

/*
 * Cuts the extent to the side of the run on which hpa is. The hypervisor hides
 * memory that a zone does not share, in whole blocks.
 */
static int lv_extent_cut(struct lv_extent *extent, u64 hpa,
			 const struct lv_run *run, enum lv_pool_use use)
{
	bool shared = lv_run_is_shared(run);
	u64 start = run->hpa;
	u64 end = run->hpa + run->size;

	if (!shared) {
		start = round_down(start, LV_BLOCK_SIZE);
		end = round_up(end, LV_BLOCK_SIZE);
	}
	if (end <= hpa) {
		extent->start = max(extent->start, end);
	} else if (start > hpa) {
		extent->end = min(extent->end, start);
	} else {
		if (use != LV_POOL_MAP || !shared)
			return -EBUSY;
		extent->start = max(extent->start, start);
		extent->end = min(extent->end, end);
	}
	return 0;
}

static int lv_extent_cut_zone(struct lv_extent *extent, u64 hpa,
			      const struct lv_zone_config *config,
			      enum lv_pool_use use)
{
	struct lv_run run = {};
	int error = 0;

	while (!error && lv_held_run_next(config, &run))
		error = lv_extent_cut(extent, hpa, &run, use);
	return error;
}

int lv_pool_extent(struct lv_device *lv, u64 hpa, enum lv_pool_use use,
		   struct lv_extent *extent)
{
	long error, count, i;

	error = lv_pool_config(lv, LV_ROOT_ZONE_ID);
	if (error)
		return error;
	if (!lv_pool_find(lv, hpa, extent))
		return -EPERM;

	count = lv_call(LV_HYPERCALL_LIST, virt_to_phys(lv->zones),
			LV_MAX_ZONES);
	for (i = 0; i < min_t(long, count, LV_MAX_ZONES) && !error; i++) {
		if (lv->zones[i].zone_id == LV_ROOT_ZONE_ID)
			continue;
		error = lv_pool_config(lv, lv->zones[i].zone_id);
		if (!error)
			error = lv_extent_cut_zone(extent, hpa, lv->config,
						   use);
		else if (error == -ENOENT)
			error = 0; /* it has gone since */
	}
	return count < 0 ? count : error;
}

/* Whether all of [start, end) may be put to this use. Under lv->commands. */
static int lv_pool_check(struct lv_device *lv, u64 start, u64 end,
			 enum lv_pool_use use)
{
	struct lv_extent extent;
	int error;

	for (; start < end; start = extent.end) {
		error = lv_pool_extent(lv, start, use, &extent);
		if (error)
			return error;
	}
	return 0;
}

/*
 * Claims: a file that has loaded something into a block keeps others from
 * loading there or making a zone of it, until it has made one or is closed.
 */
static int lv_claims_check(struct lv_device *lv, const void *owner, u64 start,
			   u64 size)
{
	unsigned long last, block = start / LV_BLOCK_SIZE;
	void *other;

	if (!size)
		return 0;
	last = (start + size - 1) / LV_BLOCK_SIZE;
	xa_for_each_range(&lv->claims, block, other, block, last) {
		if (other != owner)
			return -EBUSY;
	}
	return 0;
}

static int lv_claims_add(struct lv_device *lv, void *owner, u64 start, u64 size)
{
	unsigned long block = start / LV_BLOCK_SIZE;
	unsigned long last = (start + size - 1) / LV_BLOCK_SIZE;
	void *before = NULL;

	for (; block <= last && !xa_is_err(before); block++)
		before = xa_store(&lv->claims, block, owner, GFP_KERNEL);
	return xa_err(before);
}

static void lv_claims_drop(struct lv_device *lv, const void *owner, u64 start,
			   u64 end)
{
	unsigned long block = start / LV_BLOCK_SIZE;
	unsigned long last = end / LV_BLOCK_SIZE;
	void *other;

	xa_for_each_range(&lv->claims, block, other, block, last) {
		if (other == owner)
			xa_erase(&lv->claims, block);
	}
}

/* As lv_claims_check(), of all memory that a zone is to have. */
static int lv_claims_check_zone(struct lv_device *lv, const void *owner,
				const struct lv_zone_config *config)
{
	struct lv_run run = {};
	int error = 0;

	while (!error && lv_held_run_next(config, &run))
		error = lv_claims_check(lv, owner, run.hpa, run.size);
	return error;
}

static void lv_claims_drop_zone(struct lv_device *lv, const void *owner,
				const struct lv_zone_config *config)
{
	struct lv_run run = {};

	while (lv_held_run_next(config, &run))
		lv_claims_drop(lv, owner, run.hpa, run.hpa + run.size - 1);
}

void lv_pool_release(struct lv_device *lv, const void *owner)
{
	mutex_lock(&lv->commands);
	lv_claims_drop(lv, owner, 0, U64_MAX);
	mutex_unlock(&lv->commands);
}

/* Faults restore the mappings that are still permitted. */
static void lv_pool_unmap(struct lv_device *lv)
{
	unmap_mapping_range(lv->inode->i_mapping, 0, 0, 1);
}

/* Whether memory may go to this zone. A mapping does not keep it, a pin does. */
static int lv_pool_take(struct lv_device *lv, const void *owner,
			const struct lv_zone_config *config)
{
	int error = lv_claims_check_zone(lv, owner, config);

	if (error)
		return error;
	lv_pool_unmap(lv);
	return lv_pages_held(lv, config) ? -EBUSY : 0;
}

/* Files of the zone that had this number are of none any more. */
static void lv_pool_end_files(struct lv_device *lv, u32 zone_id)
{
	lv_memory_end(lv, zone_id);
	lv_virtio_end(lv, zone_id);
}

long lv_pool_create(struct lv_device *lv, const void *owner,
		    const struct lv_zone_config *config,
		    struct lv_ioctl_create *create)
{
	s64 answer;
	long result;

	if (mutex_lock_interruptible(&lv->commands))
		return -ERESTARTSYS;
	result = lv_pool_take(lv, owner, config);
	if (!result) {
		answer = lv_hypercall(LV_HYPERCALL_CREATE, virt_to_phys(config),
				      sizeof(*config));
		result = lv_call_result(answer);
		if (!result) {
			/* Whoever destroyed the last zone with this number. */
			lv_pool_end_files(lv, config->zone_id);
			lv_claims_drop_zone(lv, owner, config);
		} else if (answer < 0) {
			create->refusal = lv_result_refusal(answer);
			create->index = lv_result_index(answer);
		}
	}
	mutex_unlock(&lv->commands);
	return result;
}

/* Takes only the RAM from hvisor's form. */
static void lv_config_take_ram(struct lv_zone_config *config,
			       const struct lv_hvisor_zone *zone)
{
	const struct lv_hvisor_region *from = zone->memory_regions;
	u32 i, count = min(zone->num_memory_regions, LV_HVISOR_REGIONS);

	memset(config, 0, sizeof(*config));
	config->zone_id = zone->zone_id;
	config->num_regions = count;
	for (i = 0; i < count; i++, from++) {
		if (from->type != LV_HVISOR_RAM)
			continue;
		config->regions[i].type = LV_REGION_RAM;
		config->regions[i].hpa = from->physical_start;
		config->regions[i].size = from->size;
	}
}

long lv_pool_create_hvisor(struct lv_device *lv, const void *owner,
			   const struct lv_hvisor_zone *zone)
{
	long result;

	if (mutex_lock_interruptible(&lv->commands))
		return -ERESTARTSYS;
	lv_config_take_ram(lv->config, zone);
	result = lv_pool_take(lv, owner, lv->config);
	if (!result)
		result = lv_call(LV_HVISOR_ZONE_START, virt_to_phys(zone),
				 sizeof(*zone));
	if (!result) {
		lv_pool_end_files(lv, lv->config->zone_id);
		lv_claims_drop_zone(lv, owner, lv->config);
	}
	mutex_unlock(&lv->commands);
	return result;
}

long lv_pool_destroy(struct lv_device *lv, unsigned long code,
		     unsigned long zone_id)
{
	bool held = false;
	long result;

	if (mutex_lock_interruptible(&lv->commands))
		return -ERESTARTSYS;
	/* Without such a zone, the hypervisor has the right error. */
	if (!lv_pool_config(lv, zone_id)) {
		lv_memory_unmap(lv, zone_id);
		lv_pool_unmap(lv);
		held = lv_pages_held(lv, lv->config);
	}
	result = held ? -EBUSY : lv_call(code, zone_id, 0);
	if (!result)
		lv_pool_end_files(lv, zone_id);
	mutex_unlock(&lv->commands);
	return result;
}

static int lv_pool_copy(u64 hpa, const void *source, size_t size)
{
	void *target = memremap(hpa, size, MEMREMAP_WB);

	if (!target)
		return -ENOMEM;
	memcpy(target, source, size);
	memunmap(target);
	return 0;
}

/* Waits for its turn, then checks whether the memory is still free. */
static int lv_pool_load_chunk(struct lv_device *lv, void *owner, u64 hpa,
			      const void *source, size_t size)
{
	int error;

	if (mutex_lock_interruptible(&lv->commands))
		return -EINTR;
	error = lv_pool_check(lv, hpa, hpa + size, LV_POOL_LOAD);
	if (!error)
		error = lv_claims_check(lv, owner, hpa, size);
	if (!error)
		error = lv_claims_add(lv, owner, hpa, size);
	if (!error)
		error = lv_pool_copy(hpa, source, size);
	mutex_unlock(&lv->commands);
	return error;
}

static int lv_pool_load_chunks(struct lv_device *lv, void *owner, void *buffer,
			       u64 hpa, const u8 __user *user, u64 size)
{
	while (size) {
		size_t chunk =
			min_t(u64, size, LV_LOAD_CHUNK - hpa % LV_LOAD_CHUNK);
		int error;

		if (signal_pending(current))
			return -EINTR;
		if (copy_from_user(buffer, user, chunk))
			return -EFAULT;
		error = lv_pool_load_chunk(lv, owner, hpa, buffer, chunk);
		if (error)
			return error;
		hpa += chunk;
		user += chunk;
		size -= chunk;
		cond_resched();
	}
	return 0;
}

int lv_pool_load(struct lv_device *lv, void *owner,
		 const struct lv_ioctl_load *load)
{
	void *buffer;
	int error;

	if (load->hpa + load->size < load->hpa)
		return -EINVAL;
	/* A load that cannot be done as a whole is not begun. */
	if (mutex_lock_interruptible(&lv->commands))
		return -ERESTARTSYS;
	error = lv_pool_check(lv, load->hpa, load->hpa + load->size,
			      LV_POOL_LOAD);
	if (!error)
		error = lv_claims_check(lv, owner, load->hpa, load->size);
	mutex_unlock(&lv->commands);
	if (error)
		return error;

	buffer = kvmalloc(LV_LOAD_CHUNK, GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;
	error = lv_pool_load_chunks(lv, owner, buffer, load->hpa,
				    u64_to_user_ptr(load->buffer), load->size);
	kvfree(buffer);
	return error;
}

static vm_fault_t lv_fault(struct vm_fault *vmf)
{
	struct lv_device *lv = vmf->vma->vm_private_data;
	vm_fault_t result = VM_FAULT_SIGBUS;
	struct lv_extent extent;

	/* Held at most for a hypercall or a chunk of LOAD. */
	mutex_lock(&lv->commands);
	if (!lv_pool_extent(lv, (u64)vmf->pgoff << PAGE_SHIFT, LV_POOL_MAP,
			    &extent))
		result = lv_pages_map(vmf, &extent, 0);
	mutex_unlock(&lv->commands);
	return result;
}

static const struct vm_operations_struct lv_vm_operations = {
	.fault = lv_fault,
};

int lv_pool_mmap(struct lv_device *lv, struct vm_area_struct *vma)
{
	u64 start = (u64)vma->vm_pgoff << PAGE_SHIFT;
	u64 end = start + vma->vm_end - vma->vm_start;
	int error;

	/* Memory may be unmapped at any time, so a private copy has no use. */
	if (is_cow_mapping(vma->vm_flags))
		return -EINVAL;
	if (vma->vm_pgoff > U64_MAX >> PAGE_SHIFT || end < start ||
	    vma->vm_flags & VM_EXEC)
		return -EPERM;
	if (mutex_lock_interruptible(&lv->commands))
		return -ERESTARTSYS;
	error = lv_pool_check(lv, start, end, LV_POOL_MAP);
	mutex_unlock(&lv->commands);
	if (error)
		return error == -EBUSY ? -EPERM : error;
	lv_pages_prepare(vma);
	vma->vm_private_data = lv;
	vma->vm_ops = &lv_vm_operations;
	return 0;
}

static int lv_fs_init(struct fs_context *context)
{
	return init_pseudo(context, LV_FS_MAGIC) ? 0 : -ENOMEM;
}

/* Of one inode. An owner would keep the module from being removed. */
static struct file_system_type lv_fs_type = {
	.name = "loongvisor",
	.init_fs_context = lv_fs_init,
	.kill_sb = kill_anon_super,
};

/*
 * All mappings must be found for removal, whichever node a program opened. So
 * all files share the mapping of an inode that no file system shows.
 */
static int lv_pool_make_inode(struct lv_device *lv)
{
	lv->mount = kern_mount(&lv_fs_type);
	if (IS_ERR(lv->mount))
		return PTR_ERR(lv->mount);
	lv->inode = alloc_anon_inode(lv->mount->mnt_sb);
	if (IS_ERR(lv->inode)) {
		kern_unmount(lv->mount);
		return PTR_ERR(lv->inode);
	}
	return 0;
}

static void lv_pool_drop_inode(struct lv_device *lv)
{
	iput(lv->inode);
	kern_unmount(lv->mount);
}

static int lv_pool_make_pages(struct lv_device *lv)
{
	int error;

	mutex_lock(&lv->commands);
	error = lv_pool_config(lv, LV_ROOT_ZONE_ID);
	if (!error)
		error = lv_pages_init(lv, lv->config);
	mutex_unlock(&lv->commands);
	return error;
}

int lv_pool_init(struct lv_device *lv)
{
	int error = -ENOMEM;

	mutex_init(&lv->commands);
	xa_init(&lv->claims);
	INIT_LIST_HEAD(&lv->memories);
	lv->config = lv_buffer_alloc(sizeof(*lv->config));
	lv->zones = lv_buffer_alloc(sizeof(*lv->zones) * LV_MAX_ZONES);
	if (!lv->config || !lv->zones)
		goto buffers;
	error = lv_pool_make_inode(lv);
	if (error)
		goto buffers;
	error = lv_pool_make_pages(lv);
	if (error)
		goto inode;
	return 0;

inode:
	lv_pool_drop_inode(lv);
buffers:
	kfree(lv->config);
	kfree(lv->zones);
	return error;
}

void lv_pool_exit(struct lv_device *lv)
{
	lv_pages_exit(lv);
	lv_pool_drop_inode(lv);
	xa_destroy(&lv->claims);
	kfree(lv->config);
	kfree(lv->zones);
}
