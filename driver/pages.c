// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pages of the pool. The root zone's kernel does not know the pool as memory.
 * With pages it can be pinned: direct I/O, io_uring and vhost need that. A pin
 * outlives the mapping, and so could a device's access by DMA. So memory does
 * not change hands while somebody holds one of its pages.
 */
#include <linux/err.h>
#include <linux/memremap.h>
#include <linux/numa.h>
#include <linux/overflow.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include <loongvisor/zone_run.h>

#include "loongvisor.h"

/* A fault maps its surroundings, up to the borders of a piece of this size. */
#define LV_FAULT_AROUND SZ_2M

static struct page *lv_page(u64 hpa)
{
	return pfn_to_page(PHYS_PFN(hpa));
}

/* The pool's runs; writes them if ranges is not NULL. */
static int lv_pages_ranges(const struct lv_zone_config *config,
			   struct range *ranges)
{
	struct lv_run run = {};
	int count = 0;

	while (lv_run_next(config, &run)) {
		if (run.region->type != LV_REGION_POOL)
			continue;
		if (ranges) {
			ranges[count].start = run.hpa;
			ranges[count].end = run.hpa + run.size - 1;
		}
		count++;
	}
	return count;
}

/* Pages that lv_pages_exit() had to leave behind. */
static struct dev_pagemap *lv_pages_left(u64 hpa)
{
	struct dev_pagemap *pages = get_dev_pagemap(PHYS_PFN(hpa));

	put_dev_pagemap(pages);
	return pages;
}

int lv_pages_init(struct lv_device *lv, const struct lv_zone_config *root)
{
	int count = lv_pages_ranges(root, NULL);
	struct dev_pagemap *pages;
	void *memory;

	if (!count)
		return 0;
	pages = kzalloc(struct_size(pages, ranges, count), GFP_KERNEL);
	if (!pages)
		return -ENOMEM;
	pages->type = MEMORY_DEVICE_GENERIC;
	pages->nr_range = lv_pages_ranges(root, pages->ranges);
	lv->pages = lv_pages_left(pages->ranges[0].start);
	if (lv->pages) {
		kfree(pages);
		return 0;
	}
	memory = memremap_pages(pages, NUMA_NO_NODE);
	if (IS_ERR(memory)) {
		dev_err(lv->dev, "no pages for the pool: %ld\n",
			PTR_ERR(memory));
		kfree(pages);
		return PTR_ERR(memory);
	}
	lv->pages = pages;
	return 0;
}

/* Pages in [start, end) with a reference beside the driver's own. */
static unsigned long lv_pages_count_held(const struct lv_device *lv, u64 start,
					 u64 end)
{
	unsigned long held = 0;
	u64 page, last;
	int i;

	for (i = 0; lv->pages && i < lv->pages->nr_range; i++) {
		page = max(lv->pages->ranges[i].start, start);
		last = min(lv->pages->ranges[i].end + 1, end);
		for (; page < last; page += PAGE_SIZE)
			held += page_count(lv_page(page)) != 1;
	}
	return held;
}

void lv_pages_exit(struct lv_device *lv)
{
	unsigned long held = lv_pages_count_held(lv, 0, U64_MAX);

	/* Nothing in them is the module's, and it may come again. */
	if (held) {
		dev_warn(lv->dev, "%lu pages of the pool are in use\n", held);
	} else if (lv->pages) {
		memunmap_pages(lv->pages);
		kfree(lv->pages);
	}
	lv->pages = NULL;
}

/* The hypervisor hides memory from the root zone in whole blocks. */
bool lv_pages_held(const struct lv_device *lv,
		   const struct lv_zone_config *config)
{
	struct lv_run run = {};
	unsigned long held = 0;

	while (lv_held_run_next(config, &run))
		held += lv_pages_count_held(
			lv, round_down(run.hpa, LV_BLOCK_SIZE),
			round_up(run.hpa + run.size, LV_BLOCK_SIZE));
	if (held)
		dev_info(lv->dev,
			 "zone %u: %lu pages of its memory are in use\n",
			 config->zone_id, held);
	return held;
}

/* A copy of the memory would have no use, and no code is run from it. */
void lv_pages_prepare(struct vm_area_struct *vma)
{
	vm_flags_mod(vma, VM_MIXEDMAP | VM_DONTEXPAND | VM_DONTDUMP,
		     VM_MAYEXEC);
}

vm_fault_t lv_pages_map(struct vm_fault *vmf, const struct lv_extent *extent,
			u64 hpa_offset)
{
	struct vm_area_struct *vma = vmf->vma;
	u64 first = (u64)vma->vm_pgoff << PAGE_SHIFT;
	u64 offset = (u64)vmf->pgoff << PAGE_SHIFT;
	u64 around = round_down(offset, LV_FAULT_AROUND);
	u64 page = PAGE_ALIGN(max3(extent->start, around, first));
	u64 end = min3(extent->end, around + LV_FAULT_AROUND,
		       first + vma->vm_end - vma->vm_start);
	vm_fault_t result;

	if (page > offset || end - offset < PAGE_SIZE ||
	    !PAGE_ALIGNED(hpa_offset))
		return VM_FAULT_SIGBUS;
	result = vmf_insert_page_mkwrite(vmf, lv_page(offset + hpa_offset),
					 vmf->flags & FAULT_FLAG_WRITE);
	for (; result == VM_FAULT_NOPAGE && page + PAGE_SIZE <= end;
	     page += PAGE_SIZE) {
		int error = vm_insert_page(vma, vma->vm_start + page - first,
					   lv_page(page + hpa_offset));

		/* A page that is there already is as good. */
		if (error && error != -EBUSY)
			break;
	}
	return result;
}
