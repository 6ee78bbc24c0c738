/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loongvisor.ko: the root zone's way to the hypervisor. docs/driver.md says
 * what it promises to programs, include/loongvisor/driver.h its interface.
 */
#ifndef LV_DRIVER_LOONGVISOR_H
#define LV_DRIVER_LOONGVISOR_H

#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include <loongvisor/driver.h>
#include <loongvisor/hvisor_device.h>

struct dev_pagemap;
struct eventfd_ctx;
struct lv_hvisor;
struct lv_virtio;
struct vfsmount;

/* Events that an open file keeps; the oldest go when more come. */
#define LV_QUEUE_EVENTS 256u

/*
 * cpuintc has no affinity: a line is requested, masked and unmasked on the
 * calling CPU. The hypervisor raises lines on this one, which never goes
 * offline.
 */
#define LV_LINE_CPU 0

/* An interrupt of cpuintc. */
struct lv_line {
	unsigned int irq;
	const char *name;
	irq_handler_t handler; /* on LV_LINE_CPU, interrupts off */
	void *data;
};

struct lv_device {
	struct device *dev;
	struct miscdevice misc;
	struct lv_hvisor *hvisor; /* or NULL */
	struct lv_virtio *virtio; /* or NULL */

	/* One command at a time; guards the pool, its claims and mappings. */
	struct mutex commands;
	struct lv_zone_config *config; /* filled by hypercalls */
	struct lv_zone_summary *zones; /* LV_MAX_ZONES, also by hypercalls */
	struct xarray claims;	       /* HPA / LV_BLOCK_SIZE -> who has it */
	struct list_head memories;     /* open files of zones' memory */
	struct dev_pagemap *pages;     /* of the pool; NULL: there is none */
	struct vfsmount *mount;
	struct inode *inode; /* whose mapping all open files share */

	struct lv_line events_line;
	unsigned long events_state; /* LV_EVENTS_* of events.c, a bit each */
	struct workqueue_struct *workqueue;
	struct work_struct events_work;
	struct lv_events *events; /* events_work's, filled by hypercalls */

	spinlock_t files_lock; /* guards files, and their news */
	struct list_head files;
};

/* News that an open file has not fetched yet, under files_lock. */
struct lv_news {
	u32 consoles;
	u32 log;
	/* Both only grow; head - tail events are in the queue. */
	unsigned int head;
	unsigned int tail;
	struct lv_event queue[LV_QUEUE_EVENTS];
};

struct lv_file {
	struct lv_device *lv;
	struct list_head link;
	struct mutex reading; /* one read() at a time */
	wait_queue_head_t wait;
	struct eventfd_ctx *eventfd; /* or NULL; under files_lock */
	struct lv_news news;
};

/* hypercall.c */

/*
 * Results are the hypervisor's: not negative, or -errno. lv_buffer_alloc()
 * makes a buffer and kfree() frees it. A buffer may be used in any context;
 * only the allocation sleeps.
 */
long lv_call(unsigned long code, unsigned long a1, unsigned long a2);
/* The same in two steps, for callers that need a refusal's number and index. */
s64 lv_hypercall(unsigned long code, unsigned long a1, unsigned long a2);
long lv_call_result(s64 result);
void *lv_buffer_alloc(size_t size);
bool lv_hypervisor_present(void);

/* line.c */

/* Process context. After an error, and after lv_line_free(), irq is no more. */
int lv_line_request(struct lv_line *line);
void lv_line_free(struct lv_line *line);

/* pages.c */

/* A piece of memory, all of it in the same hands. */
struct lv_extent {
	u64 start;
	u64 end;
};

/* Makes pages for the pool of the root zone that has this configuration. */
int lv_pages_init(struct lv_device *lv, const struct lv_zone_config *root);
/* No mapping is left. Pages that are still pinned stay for the next init. */
void lv_pages_exit(struct lv_device *lv);
/*
 * Whether somebody holds a page of a block that the zone has a part of; the
 * kernel's log tells how many. config need not be checked. Under lv->commands,
 * with all mappings of the memory removed.
 */
bool lv_pages_held(const struct lv_device *lv,
		   const struct lv_zone_config *config);
/* For mmap: the mapping is of the pool's pages. */
void lv_pages_prepare(struct vm_area_struct *vma);
/*
 * Maps the faulting page and those around it that are in extent. extent is in
 * offsets of the mapping, as vmf->pgoff; hpa_offset is what makes an HPA of an
 * offset. Under lv->commands.
 */
vm_fault_t lv_pages_map(struct vm_fault *vmf, const struct lv_extent *extent,
			u64 hpa_offset);

/* memory.c */

/* LV_IOCTL_ZONE_MEMORY: a file descriptor, or -errno. */
long lv_memory_open(struct lv_device *lv, u32 zone_id);
/* Both for all files of this zone's memory; under lv->commands. */
void lv_memory_unmap(struct lv_device *lv, u32 zone_id);
/* From now on, every access gives SIGBUS. */
void lv_memory_end(struct lv_device *lv, u32 zone_id);

/* pool.c */

enum lv_pool_use {
	LV_POOL_LOAD, /* free memory */
	LV_POOL_MAP,  /* free, or shared with the root zone */
};

int lv_pool_init(struct lv_device *lv);
void lv_pool_exit(struct lv_device *lv);
/* owner: stands for an open file, of either device. */
int lv_pool_load(struct lv_device *lv, void *owner,
		 const struct lv_ioctl_load *load);
/*
 * config, zone: in a hypercall's buffer, not checked yet. The result is the
 * hypervisor's; -EBUSY if another file has loaded something there, or if
 * somebody holds a page; or -ERESTARTSYS. With both, nothing is done.
 * create: receives a refusal's number and index.
 */
long lv_pool_create(struct lv_device *lv, const void *owner,
		    const struct lv_zone_config *config,
		    struct lv_ioctl_create *create);
long lv_pool_create_hvisor(struct lv_device *lv, const void *owner,
			   const struct lv_hvisor_zone *zone);
/*
 * Ends the zone by the hypercall of this code, whose a1 is zone_id. The result
 * is the hypervisor's, or as of lv_pool_create().
 */
long lv_pool_destroy(struct lv_device *lv, unsigned long code,
		     unsigned long zone_id);
/* Fills lv->config. Under lv->commands. */
long lv_pool_config(struct lv_device *lv, unsigned long zone_id);
/*
 * Finds the extent with hpa in it that may be put to this use. -EPERM: not in
 * the pool; -EBUSY: a zone's. Changes lv->config. Under lv->commands.
 */
int lv_pool_extent(struct lv_device *lv, u64 hpa, enum lv_pool_use use,
		   struct lv_extent *extent);
int lv_pool_mmap(struct lv_device *lv, struct vm_area_struct *vma);
/* For a file that is closed: others may use the memory that it loaded. */
void lv_pool_release(struct lv_device *lv, const void *owner);

/* events.c */

int lv_events_init(struct lv_device *lv);
void lv_events_exit(struct lv_device *lv);
void lv_events_open(struct lv_file *file);
void lv_events_release(struct lv_file *file);
ssize_t lv_events_read(struct lv_file *file, char __user *user, size_t size,
		       bool nonblock);
__poll_t lv_events_poll(struct lv_file *file, struct file *filp,
			struct poll_table_struct *table);
int lv_events_grown(struct lv_file *file, struct lv_ioctl_grown __user *user);
int lv_events_set_eventfd(struct lv_file *file, int fd);
/* A reference to this eventfd; NULL for -1; or an ERR_PTR(). */
struct eventfd_ctx *lv_eventfd_get(int fd);

/* ioctl.c */

long lv_ioctl(struct file *filp, unsigned int command, unsigned long argument);

/* virtio.c */

/*
 * Offers virtual functions to front ends. If the root zone has no page of kicks
 * or no interrupt for it, or on an error, the driver works without them; the
 * kernel's log says why.
 */
void lv_virtio_init(struct lv_device *lv);
void lv_virtio_exit(struct lv_device *lv);
/* LV_IOCTL_VIRTIO: a file descriptor, or -errno. */
long lv_virtio_open(struct lv_device *lv, u32 zone_id, u32 function);
/* For all open files of the zone's functions: it is gone. Under lv->commands. */
void lv_virtio_end(struct lv_device *lv, u32 zone_id);

/* hvisor.c */

/*
 * Offers /dev/hvisor if it is wanted and no other module has it. On an error
 * the driver works without it; the kernel's log says why.
 */
void lv_hvisor_init(struct lv_device *lv);
void lv_hvisor_exit(struct lv_device *lv);

#endif
