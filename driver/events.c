// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Events: the hypervisor holds the interrupt line high until the driver fetches
 * them. The handler masks the line and queues a work item. That takes the
 * events, gives them to every open file, waits a little and unmasks the line.
 * So zones that cause events without end cost the root zone no more than a few
 * calls each LV_EVENTS_PAUSE_US.
 *
 * All code about the line runs on LV_LINE_CPU. The kernel looks at every line
 * that is high. So the handler also runs while the line is masked, whenever
 * that CPU takes another interrupt.
 */
#include <linux/delay.h>
#include <linux/eventfd.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/uaccess.h>

#include "loongvisor.h"

#define LV_EVENTS_PAUSE_US 2000

/* Hypercalls in a row while the hypervisor reports that there is more. */
#define LV_EVENTS_CALLS 8

/* Bits of events_state. */
#define LV_EVENTS_TAKING 0   /* events_work is to run, and unmasks the line */
#define LV_EVENTS_STOPPING 1 /* events_work must not run */

static bool lv_news_any(const struct lv_news *news)
{
	return news->head != news->tail || news->consoles || news->log;
}

static void lv_news_push(struct lv_news *news, const struct lv_event *event)
{
	if (news->head - news->tail == LV_QUEUE_EVENTS)
		news->tail++;
	news->queue[news->head++ % LV_QUEUE_EVENTS] = *event;
}

/* Gives one file the result of a hypercall. Under files_lock. */
static void lv_file_tell(struct lv_file *file, const struct lv_events *events)
{
	u32 i, count = min(events->num_events, LV_EVENTS_MAX);
	__poll_t news = count ? EPOLLIN | EPOLLRDNORM : 0;

	for (i = 0; i < count; i++)
		lv_news_push(&file->news, &events->events[i]);
	file->news.consoles |= events->console;
	file->news.log |= events->log;
	if (events->console || events->log)
		news |= EPOLLPRI;
	if (!news)
		return;
	wake_up_interruptible_poll(&file->wait, news);
	if (file->eventfd)
		eventfd_signal(file->eventfd);
}

static void lv_events_publish(struct lv_device *lv)
{
	struct lv_file *file;

	spin_lock(&lv->files_lock);
	list_for_each_entry(file, &lv->files, link)
		lv_file_tell(file, lv->events);
	spin_unlock(&lv->files_lock);
}

static void lv_events_work(struct work_struct *work)
{
	struct lv_device *lv =
		container_of(work, struct lv_device, events_work);
	int calls = 0;
	long error;

	do {
		error = lv_call(LV_HYPERCALL_EVENTS, virt_to_phys(lv->events),
				0);
		if (error)
			dev_err_ratelimited(lv->dev,
					    "cannot take events: %ld\n", error);
		else
			lv_events_publish(lv);
	} while (!error && lv->events->more && ++calls < LV_EVENTS_CALLS);
	usleep_range(LV_EVENTS_PAUSE_US, 2 * LV_EVENTS_PAUSE_US);
	clear_bit(LV_EVENTS_TAKING, &lv->events_state);
	enable_irq(lv->events_line.irq);
}

static irqreturn_t lv_events_interrupt(int irq, void *data)
{
	struct lv_device *lv = data;

	if (test_bit(LV_EVENTS_STOPPING, &lv->events_state) ||
	    test_and_set_bit(LV_EVENTS_TAKING, &lv->events_state))
		return IRQ_HANDLED;
	disable_irq_nosync(irq);
	queue_work_on(LV_LINE_CPU, lv->workqueue, &lv->events_work);
	return IRQ_HANDLED;
}

/*
 * On LV_LINE_CPU. The work item cannot undo the mask set here. The handler
 * may run although the line is masked, but queues no work.
 */
static int lv_events_stop(void *data)
{
	struct lv_device *lv = data;

	set_bit(LV_EVENTS_STOPPING, &lv->events_state);
	disable_irq(lv->events_line.irq);
	cancel_work_sync(&lv->events_work);
	return 0;
}

/* After an error the interrupt has no number any more. */
static int lv_events_start(struct lv_device *lv)
{
	struct lv_line *line = &lv->events_line;

	lv->events = lv_buffer_alloc(sizeof(*lv->events));
	lv->workqueue =
		alloc_workqueue("loongvisor", WQ_HIGHPRI | WQ_PERCPU, 1);
	if (!lv->events || !lv->workqueue) {
		irq_dispose_mapping(line->irq);
		return -ENOMEM;
	}
	/* A lazy kernel would only note that the line is to be masked. */
	irq_set_status_flags(line->irq, IRQ_DISABLE_UNLAZY);
	return lv_line_request(line);
}

static void lv_events_free(struct lv_device *lv)
{
	if (lv->workqueue)
		destroy_workqueue(lv->workqueue);
	kfree(lv->events);
}

int lv_events_init(struct lv_device *lv)
{
	struct lv_line line = {
		.name = "loongvisor",
		.handler = lv_events_interrupt,
		.data = lv,
	};
	int irq, error;

	spin_lock_init(&lv->files_lock);
	INIT_LIST_HEAD(&lv->files);
	INIT_WORK(&lv->events_work, lv_events_work);
	irq = platform_get_irq(to_platform_device(lv->dev), 0);
	if (irq < 0)
		return irq;
	line.irq = irq;
	lv->events_line = line;
	error = lv_events_start(lv);
	if (error)
		lv_events_free(lv);
	return error;
}

void lv_events_exit(struct lv_device *lv)
{
	smp_call_on_cpu(LV_LINE_CPU, lv_events_stop, lv, false);
	lv_line_free(&lv->events_line);
	lv_events_free(lv);
}

void lv_events_open(struct lv_file *file)
{
	mutex_init(&file->reading);
	init_waitqueue_head(&file->wait);
	spin_lock(&file->lv->files_lock);
	list_add(&file->link, &file->lv->files);
	spin_unlock(&file->lv->files_lock);
}

void lv_events_release(struct lv_file *file)
{
	spin_lock(&file->lv->files_lock);
	list_del(&file->link);
	spin_unlock(&file->lv->files_lock);
	if (file->eventfd)
		eventfd_ctx_put(file->eventfd);
}

/* Whether there is an event; *position says which. */
static bool lv_news_peek(struct lv_file *file, struct lv_event *event,
			 unsigned int *position)
{
	struct lv_news *news = &file->news;
	bool found;

	spin_lock(&file->lv->files_lock);
	found = news->head != news->tail;
	if (found) {
		*position = news->tail;
		*event = news->queue[news->tail % LV_QUEUE_EVENTS];
	}
	spin_unlock(&file->lv->files_lock);
	return found;
}

/* Takes away the event at the position, if newer ones have not yet. */
static void lv_news_pop(struct lv_file *file, unsigned int position)
{
	spin_lock(&file->lv->files_lock);
	if (file->news.tail == position)
		file->news.tail++;
	spin_unlock(&file->lv->files_lock);
}

/* Copies as many events as fit; an event that cannot be copied stays. */
static ssize_t lv_events_copy(struct lv_file *file, char __user *user,
			      size_t size)
{
	struct lv_event event;
	unsigned int position;
	ssize_t done = 0;

	while (size - done >= sizeof(event) &&
	       lv_news_peek(file, &event, &position)) {
		if (copy_to_user(user + done, &event, sizeof(event)))
			return done ? done : -EFAULT;
		lv_news_pop(file, position);
		done += sizeof(event);
	}
	return done;
}

static bool lv_events_pending(const struct lv_file *file)
{
	return READ_ONCE(file->news.head) != READ_ONCE(file->news.tail);
}

static int lv_events_wait(struct lv_file *file)
{
	return wait_event_interruptible(file->wait, lv_events_pending(file));
}

ssize_t lv_events_read(struct lv_file *file, char __user *user, size_t size,
		       bool nonblock)
{
	ssize_t result;

	if (size < sizeof(struct lv_event))
		return -EINVAL;
	do {
		if (!nonblock && lv_events_wait(file))
			return -ERESTARTSYS;
		if (mutex_lock_interruptible(&file->reading))
			return -ERESTARTSYS;
		result = lv_events_copy(file, user, size);
		mutex_unlock(&file->reading);
	} while (!result && !nonblock);
	return result ? result : -EAGAIN;
}

__poll_t lv_events_poll(struct lv_file *file, struct file *filp,
			struct poll_table_struct *table)
{
	const struct lv_news *news = &file->news;
	__poll_t mask = 0;

	poll_wait(filp, &file->wait, table);
	spin_lock(&file->lv->files_lock);
	if (news->head != news->tail)
		mask |= EPOLLIN | EPOLLRDNORM;
	if (news->consoles || news->log)
		mask |= EPOLLPRI;
	spin_unlock(&file->lv->files_lock);
	return mask;
}

int lv_events_grown(struct lv_file *file, struct lv_ioctl_grown __user *user)
{
	struct lv_news *news = &file->news;
	struct lv_ioctl_grown grown;

	spin_lock(&file->lv->files_lock);
	grown.consoles = news->consoles;
	grown.log = news->log;
	news->consoles = 0;
	news->log = 0;
	spin_unlock(&file->lv->files_lock);
	if (!copy_to_user(user, &grown, sizeof(grown)))
		return 0;

	spin_lock(&file->lv->files_lock);
	news->consoles |= grown.consoles;
	news->log |= grown.log;
	spin_unlock(&file->lv->files_lock);
	return -EFAULT;
}

struct eventfd_ctx *lv_eventfd_get(int fd)
{
	return fd == -1 ? NULL : eventfd_ctx_fdget(fd);
}

int lv_events_set_eventfd(struct lv_file *file, int fd)
{
	struct eventfd_ctx *eventfd = lv_eventfd_get(fd);

	if (IS_ERR(eventfd))
		return PTR_ERR(eventfd);
	spin_lock(&file->lv->files_lock);
	swap(file->eventfd, eventfd);
	if (file->eventfd && lv_news_any(&file->news))
		eventfd_signal(file->eventfd);
	spin_unlock(&file->lv->files_lock);
	if (eventfd)
		eventfd_ctx_put(eventfd);
	return 0;
}
