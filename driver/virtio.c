// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Virtual functions of zones (loongvisor/virtio.h), for front ends that are
 * programs of the root zone. An open file is the front end of one function,
 * from LV_IOCTL_VIRTIO until the file is closed or the zone is destroyed.
 *
 * A kick is the bit of a queue in a page that the hypervisor writes to. The
 * interrupt's handler takes the bits of queues that have an eventfd. All other
 * bits stay in the page, where they interrupt nobody, until somebody wants
 * them.
 *
 * Locks: lv_virtio.lock guards the table of files and what a kick needs. Under
 * it eventfds are signalled, and an eventfd may be another function's call. So
 * a call has a lock of its own, lv_virtio_file.lock, which is the innermost.
 * Each hypercall of a file is made under it. So none comes after the zone's
 * end, when a new zone can have the number.
 */
#include <linux/anon_inodes.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "loongvisor.h"

/* Of the second interrupt in the driver's node. */
#define LV_VIRTIO_IRQ_INDEX 1

/* One vector for each queue, and one for changes of the configuration. */
#define LV_VIRTIO_VECTORS (LV_MAX_QUEUES + 1)

#define LV_VIRTIO_NAME_SIZE 32

/* An eventfd whose signals become a vector of the zone. */
struct lv_virtio_vector {
	struct lv_virtio_file *file;
	unsigned int number;
	struct eventfd_ctx *eventfd;
	wait_queue_entry_t wait;
	poll_table table;
};

/* What hypercalls read and fill; the largest is less than a page. */
union lv_virtio_buffer {
	struct lv_virtio_attach attach;
	struct lv_virtio_status status;
	struct lv_virtio_config config;
};

struct lv_virtio_file {
	struct lv_virtio *virtio;
	u32 zone_id;
	u32 function;
	u32 num_queues;
	wait_queue_head_t wait;
	bool changed; /* the zone has had changes since the last STATE */

	struct mutex ioctl; /* one at a time; guards the next three */
	union lv_virtio_buffer *buffer;
	u32 untold; /* LV_VIRTIO_CHANGED_* that STATE could not copy */
	struct lv_virtio_vector *vectors[LV_VIRTIO_VECTORS];

	/* Both under lv_virtio.lock. */
	unsigned long heard; /* the queues with an eventfd */
	struct eventfd_ctx *kicks[LV_MAX_QUEUES];

	spinlock_t lock;
	bool gone; /* the zone is; changes under both locks */
};

struct lv_virtio {
	struct lv_device *lv;
	struct lv_line line;
	struct lv_virtio_kicks *page;
	spinlock_t lock;
	struct lv_virtio_file *files[LV_MAX_ZONES][LV_MAX_VIRTIO];
};

/*
 * A hypercall on the file's zone. The function has been there, so what is
 * missing is its zone. Any context.
 */
static long lv_virtio_call(struct lv_virtio_file *file, unsigned long code,
			   unsigned long a2)
{
	long result = -ENODEV;
	unsigned long flags;

	spin_lock_irqsave(&file->lock, flags);
	if (!file->gone)
		result = lv_call(code, file->zone_id, a2);
	spin_unlock_irqrestore(&file->lock, flags);
	return result == -ENOENT ? -ENODEV : result;
}

/* The file's word in the page of kicks. */
static unsigned long *lv_virtio_word(const struct lv_virtio_file *file)
{
	u64 *word = &file->virtio->page->queues[file->zone_id][file->function];

	BUILD_BUG_ON(sizeof(*word) != sizeof(unsigned long));
	return (unsigned long *)word;
}

/* Takes the kicks that have an eventfd. Under lv_virtio.lock. */
static void lv_virtio_take_kicks(struct lv_virtio_file *file)
{
	unsigned long *word = lv_virtio_word(file);
	unsigned long queue, taken = READ_ONCE(*word) & file->heard;

	if (!taken)
		return;
	/* Orders: what the zone put into a queue before its kick is visible. */
	atomic_long_fetch_andnot(taken, (atomic_long_t *)word);
	for_each_set_bit(queue, &taken, LV_MAX_QUEUES)
		eventfd_signal(file->kicks[queue]);
}

static void lv_virtio_tell_changes(struct lv_virtio_file *file)
{
	xchg(&file->changed, true);
	wake_up_interruptible_poll(&file->wait, EPOLLIN | EPOLLRDNORM);
}

/* Under lv_virtio.lock. */
static void lv_virtio_tell_zone(struct lv_virtio *virtio, u32 zone_id, u32 news)
{
	struct lv_virtio_file *file;
	u32 i;

	for (i = 0; i < LV_MAX_VIRTIO; i++) {
		file = virtio->files[zone_id][i];
		if (file && news & LV_VIRTIO_KICKED(zone_id))
			lv_virtio_take_kicks(file);
		if (file && news & LV_VIRTIO_CHANGED(zone_id))
			lv_virtio_tell_changes(file);
	}
}

/* The call lowers the line, so what comes after it interrupts again. */
static irqreturn_t lv_virtio_interrupt(int irq, void *data)
{
	struct lv_virtio *virtio = data;
	long news = lv_call(LV_HYPERCALL_VIRTIO_KICKS, 0, 0);
	u32 id;

	if (news < 0)
		return IRQ_NONE;
	spin_lock(&virtio->lock);
	for (id = 0; id < LV_MAX_ZONES; id++) {
		if (news & (LV_VIRTIO_KICKED(id) | LV_VIRTIO_CHANGED(id)))
			lv_virtio_tell_zone(virtio, id, news);
	}
	spin_unlock(&virtio->lock);
	return IRQ_HANDLED;
}

static void lv_virtio_signal(const struct lv_virtio_vector *vector)
{
	struct lv_virtio_file *file = vector->file;

	lv_virtio_call(file, LV_HYPERCALL_VIRTIO_SIGNAL,
		       LV_VIRTIO_ARGUMENT(file->function, vector->number));
}

/*
 * The eventfd is signalled; its lock is held, in any context. The count is
 * taken whether the function can send the vector or not. A front end that
 * attaches again signals all vectors.
 */
static int lv_virtio_wake(wait_queue_entry_t *wait, unsigned int mode, int sync,
			  void *key)
{
	struct lv_virtio_vector *vector =
		container_of(wait, struct lv_virtio_vector, wait);
	u64 count;

	if (key_to_poll(key) & EPOLLIN) {
		eventfd_ctx_do_read(vector->eventfd, &count);
		lv_virtio_signal(vector);
	}
	return 0;
}

static void lv_virtio_enter(struct file *filp, wait_queue_head_t *head,
			    poll_table *table)
{
	struct lv_virtio_vector *vector =
		container_of(table, struct lv_virtio_vector, table);

	add_wait_queue(head, &vector->wait);
}

static void lv_virtio_vector_drop(struct lv_virtio_vector *vector)
{
	u64 count;

	if (!vector)
		return;
	eventfd_ctx_remove_wait_queue(vector->eventfd, &vector->wait, &count);
	eventfd_ctx_put(vector->eventfd);
	kfree(vector);
}

/* Under file->ioctl. The reference to the context outlives the eventfd. */
static long lv_virtio_vector_set(struct lv_virtio_file *file,
				 unsigned int number, struct file *eventfile)
{
	struct lv_virtio_vector *vector = kzalloc(sizeof(*vector), GFP_KERNEL);

	if (!vector)
		return -ENOMEM;
	vector->file = file;
	vector->number = number;
	vector->eventfd = eventfd_ctx_fileget(eventfile);
	init_waitqueue_func_entry(&vector->wait, lv_virtio_wake);
	init_poll_funcptr(&vector->table, lv_virtio_enter);
	lv_virtio_vector_drop(file->vectors[number]);
	file->vectors[number] = vector;
	if (vfs_poll(eventfile, &vector->table) & EPOLLIN)
		lv_virtio_signal(vector);
	return 0;
}

static long lv_virtio_callfd(struct lv_virtio_file *file,
			     const struct lv_ioctl_eventfd *user)
{
	struct file *eventfile;
	long result;

	if (user->index > file->num_queues)
		return -EINVAL;
	if (user->fd == -1) {
		lv_virtio_vector_drop(file->vectors[user->index]);
		file->vectors[user->index] = NULL;
		return 0;
	}
	eventfile = eventfd_fget(user->fd);
	if (IS_ERR(eventfile))
		return PTR_ERR(eventfile);
	result = lv_virtio_vector_set(file, user->index, eventfile);
	fput(eventfile);
	return result;
}

static long lv_virtio_kickfd(struct lv_virtio_file *file,
			     const struct lv_ioctl_eventfd *user)
{
	struct eventfd_ctx *eventfd;
	unsigned long flags;

	if (user->index >= file->num_queues)
		return -EINVAL;
	eventfd = lv_eventfd_get(user->fd);
	if (IS_ERR(eventfd))
		return PTR_ERR(eventfd);
	spin_lock_irqsave(&file->virtio->lock, flags);
	__assign_bit(user->index, &file->heard, eventfd);
	swap(file->kicks[user->index], eventfd);
	if (!file->gone)
		lv_virtio_take_kicks(file);
	spin_unlock_irqrestore(&file->virtio->lock, flags);
	if (eventfd)
		eventfd_ctx_put(eventfd);
	return 0;
}

static long lv_virtio_attach(struct lv_virtio_file *file,
			     const void __user *user)
{
	struct lv_virtio_attach *attach = &file->buffer->attach;
	long result;

	if (copy_from_user(attach, user, sizeof(*attach)))
		return -EFAULT;
	attach->function = file->function;
	result = lv_virtio_call(file, LV_HYPERCALL_VIRTIO_ATTACH,
				virt_to_phys(attach));
	if (!result)
		file->untold = 0;
	return result;
}

static long lv_virtio_state(struct lv_virtio_file *file, void __user *user)
{
	struct lv_virtio_status *status = &file->buffer->status;
	long result;

	status->function = file->function;
	/* The handler tells a change that the call misses. */
	xchg(&file->changed, false);
	result = lv_virtio_call(file, LV_HYPERCALL_VIRTIO_STATE,
				virt_to_phys(status));
	if (result)
		return result;
	status->changes |= file->untold;
	file->untold = 0;
	if (!copy_to_user(user, status, sizeof(*status)))
		return 0;
	file->untold = status->changes;
	if (file->untold)
		lv_virtio_tell_changes(file);
	return -EFAULT;
}

static long lv_virtio_answer(struct lv_virtio_file *file,
			     const void __user *user)
{
	u32 answer;

	if (copy_from_user(&answer, user, sizeof(answer)))
		return -EFAULT;
	if (answer > U16_MAX)
		return -EINVAL;
	return lv_virtio_call(file, LV_HYPERCALL_VIRTIO_ANSWER,
			      LV_VIRTIO_ARGUMENT(file->function, answer));
}

static long lv_virtio_config(struct lv_virtio_file *file,
			     const void __user *user)
{
	struct lv_virtio_config *config = &file->buffer->config;

	if (copy_from_user(config, user, sizeof(*config)))
		return -EFAULT;
	config->function = file->function;
	return lv_virtio_call(file, LV_HYPERCALL_VIRTIO_CONFIG,
			      virt_to_phys(config));
}

static long lv_virtio_eventfd(struct lv_virtio_file *file, unsigned int command,
			      const void __user *user)
{
	struct lv_ioctl_eventfd eventfd;

	if (copy_from_user(&eventfd, user, sizeof(eventfd)))
		return -EFAULT;
	return command == LV_IOCTL_VIRTIO_KICKFD
		       ? lv_virtio_kickfd(file, &eventfd)
		       : lv_virtio_callfd(file, &eventfd);
}

/* Under file->ioctl. */
static long lv_virtio_command(struct lv_virtio_file *file, unsigned int command,
			      void __user *user)
{
	switch (command) {
	case LV_IOCTL_VIRTIO_ATTACH:
		return lv_virtio_attach(file, user);
	case LV_IOCTL_VIRTIO_STATE:
		return lv_virtio_state(file, user);
	case LV_IOCTL_VIRTIO_ANSWER:
		return lv_virtio_answer(file, user);
	case LV_IOCTL_VIRTIO_CONFIG:
		return lv_virtio_config(file, user);
	case LV_IOCTL_VIRTIO_KICKFD:
	case LV_IOCTL_VIRTIO_CALLFD:
		return lv_virtio_eventfd(file, command, user);
	default:
		return -ENOTTY;
	}
}

static long lv_virtio_ioctl(struct file *filp, unsigned int command,
			    unsigned long argument)
{
	struct lv_virtio_file *file = filp->private_data;
	long result;

	if (READ_ONCE(file->gone))
		return -ENODEV;
	if (mutex_lock_interruptible(&file->ioctl))
		return -ERESTARTSYS;
	result = lv_virtio_command(file, command, (void __user *)argument);
	mutex_unlock(&file->ioctl);
	return result;
}

static __poll_t lv_virtio_poll(struct file *filp,
			       struct poll_table_struct *table)
{
	struct lv_virtio_file *file = filp->private_data;

	poll_wait(filp, &file->wait, table);
	if (READ_ONCE(file->gone))
		return EPOLLHUP;
	return READ_ONCE(file->changed) ? EPOLLIN | EPOLLRDNORM : 0;
}

static void lv_virtio_file_free(struct lv_virtio_file *file)
{
	kfree(file->buffer);
	kfree(file);
}

/*
 * The function is free for others only when it is detached. Nobody else has
 * the file now but the table, and waiters on eventfds of calls.
 */
static void lv_virtio_close(struct lv_virtio_file *file)
{
	struct lv_virtio *virtio = file->virtio;
	u32 i;

	lv_virtio_call(file, LV_HYPERCALL_VIRTIO_ANSWER,
		       LV_VIRTIO_ARGUMENT(file->function, LV_VIRTIO_DETACH));
	spin_lock_irq(&virtio->lock);
	if (!file->gone)
		virtio->files[file->zone_id][file->function] = NULL;
	spin_unlock_irq(&virtio->lock);
	for (i = 0; i < LV_VIRTIO_VECTORS; i++)
		lv_virtio_vector_drop(file->vectors[i]);
	for_each_set_bit(i, &file->heard, LV_MAX_QUEUES)
		eventfd_ctx_put(file->kicks[i]);
	lv_virtio_file_free(file);
}

static int lv_virtio_release(struct inode *inode, struct file *filp)
{
	lv_virtio_close(filp->private_data);
	return 0;
}

static const struct file_operations lv_virtio_file_operations = {
	.owner = THIS_MODULE,
	.release = lv_virtio_release,
	.poll = lv_virtio_poll,
	.unlocked_ioctl = lv_virtio_ioctl,
};

static struct lv_virtio_file *lv_virtio_file_alloc(struct lv_virtio *virtio)
{
	struct lv_virtio_file *file = kzalloc(sizeof(*file), GFP_KERNEL);

	if (!file)
		return NULL;
	file->buffer = lv_buffer_alloc(sizeof(*file->buffer));
	if (!file->buffer) {
		kfree(file);
		return NULL;
	}
	file->virtio = virtio;
	init_waitqueue_head(&file->wait);
	mutex_init(&file->ioctl);
	spin_lock_init(&file->lock);
	return file;
}

/* Whether there is such a zone, and nobody destroys it. Under lv->commands. */
static bool lv_virtio_zone_stays(struct lv_device *lv, u32 zone_id)
{
	long i, count = lv_call(LV_HYPERCALL_LIST, virt_to_phys(lv->zones),
				LV_MAX_ZONES);

	for (i = 0; i < min_t(long, count, LV_MAX_ZONES); i++) {
		if (lv->zones[i].zone_id == zone_id)
			return lv->zones[i].state != LV_STATE_DESTROYING;
	}
	return false;
}

/* Enters the file into the table. Under lv->commands. */
static long lv_virtio_claim(struct lv_virtio_file *file, u32 zone_id,
			    u32 function)
{
	struct lv_virtio *virtio = file->virtio;
	struct lv_device *lv = virtio->lv;
	bool taken;

	if (!lv_virtio_zone_stays(lv, zone_id) ||
	    lv_call(LV_HYPERCALL_CONFIG, zone_id, virt_to_phys(lv->config)) ||
	    function >= lv->config->num_virtio)
		return -ENOENT;
	file->zone_id = zone_id;
	file->function = function;
	file->num_queues = lv->config->virtio[function].num_queues;
	spin_lock_irq(&virtio->lock);
	taken = virtio->files[zone_id][function];
	if (!taken)
		virtio->files[zone_id][function] = file;
	spin_unlock_irq(&virtio->lock);
	return taken ? -EBUSY : 0;
}

long lv_virtio_open(struct lv_device *lv, u32 zone_id, u32 function)
{
	char name[LV_VIRTIO_NAME_SIZE];
	struct lv_virtio_file *file;
	long result;

	if (!lv->virtio)
		return -EOPNOTSUPP;
	file = lv_virtio_file_alloc(lv->virtio);
	if (!file)
		return -ENOMEM;
	result = -ERESTARTSYS;
	if (!mutex_lock_interruptible(&lv->commands)) {
		result = lv_virtio_claim(file, zone_id, function);
		mutex_unlock(&lv->commands);
	}
	if (result) {
		lv_virtio_file_free(file);
		return result;
	}
	snprintf(name, sizeof(name), LV_VIRTIO_NAME, zone_id, function);
	result = anon_inode_getfd(name, &lv_virtio_file_operations, file,
				  O_RDWR | O_CLOEXEC);
	if (result < 0)
		lv_virtio_close(file);
	return result;
}

void lv_virtio_end(struct lv_device *lv, u32 zone_id)
{
	struct lv_virtio *virtio = lv->virtio;
	struct lv_virtio_file *file;
	u32 i;

	if (!virtio || zone_id >= LV_MAX_ZONES)
		return;
	spin_lock_irq(&virtio->lock);
	for (i = 0; i < LV_MAX_VIRTIO; i++) {
		file = virtio->files[zone_id][i];
		if (!file)
			continue;
		virtio->files[zone_id][i] = NULL;
		spin_lock(&file->lock);
		WRITE_ONCE(file->gone, true);
		spin_unlock(&file->lock);
		wake_up_interruptible_poll(&file->wait, EPOLLHUP);
	}
	spin_unlock_irq(&virtio->lock);
}

/* Maps the page of kicks. */
static int lv_virtio_map(struct lv_virtio *virtio)
{
	struct lv_zone_config *config = virtio->lv->config;
	const struct lv_region *region;
	long error = lv_call(LV_HYPERCALL_CONFIG, LV_ROOT_ZONE_ID,
			     virt_to_phys(config));

	if (error)
		return error;
	region = lv_find_region(config, LV_REGION_KICKS);
	if (!region)
		return -ENXIO;
	virtio->page =
		memremap(region->gpa, sizeof(*virtio->page), MEMREMAP_WB);
	return virtio->page ? 0 : -ENOMEM;
}

static int lv_virtio_start(struct lv_virtio *virtio)
{
	int irq, error = lv_virtio_map(virtio);

	if (error)
		return error;
	irq = platform_get_irq_optional(to_platform_device(virtio->lv->dev),
					LV_VIRTIO_IRQ_INDEX);
	error = irq;
	if (irq >= 0) {
		virtio->line.irq = irq;
		virtio->line.name = "loongvisor-virtio";
		virtio->line.handler = lv_virtio_interrupt;
		virtio->line.data = virtio;
		error = lv_line_request(&virtio->line);
	}
	if (error)
		memunmap(virtio->page);
	return error;
}

void lv_virtio_init(struct lv_device *lv)
{
	struct lv_virtio *virtio =
		devm_kzalloc(lv->dev, sizeof(*virtio), GFP_KERNEL);
	int error = -ENOMEM;

	if (virtio) {
		virtio->lv = lv;
		spin_lock_init(&virtio->lock);
		error = lv_virtio_start(virtio);
	}
	if (!error)
		lv->virtio = virtio;
	else if (error == -ENXIO)
		dev_info(
			lv->dev,
			"no virtual functions: no page or interrupt of kicks\n");
	else
		dev_err(lv->dev, "no virtual functions: %d\n", error);
}

void lv_virtio_exit(struct lv_device *lv)
{
	if (!lv->virtio)
		return;
	lv_line_free(&lv->virtio->line);
	memunmap(lv->virtio->page);
}
