// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ioctls that are hypercalls. The hypervisor checks their arguments. This
 * file checks only the caller's memory.
 */
#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "loongvisor.h"

/* The hypercalls of LV_IOCTL_START to LV_IOCTL_LOWER. */
static unsigned long lv_zone_code(unsigned int command)
{
	switch (command) {
	case LV_IOCTL_START:
		return LV_HYPERCALL_START;
	case LV_IOCTL_STOP:
		return LV_HYPERCALL_STOP;
	case LV_IOCTL_RESTART:
		return LV_HYPERCALL_RESTART;
	case LV_IOCTL_PAUSE:
		return LV_HYPERCALL_PAUSE;
	case LV_IOCTL_RESUME:
		return LV_HYPERCALL_RESUME;
	case LV_IOCTL_RAISE:
		return LV_HYPERCALL_RAISE_VECTOR;
	default:
		return LV_HYPERCALL_LOWER_VECTOR;
	}
}

static long lv_ioctl_zone(struct lv_device *lv, unsigned int command,
			  const void __user *user)
{
	struct lv_ioctl_zone zone;
	long result;

	if (copy_from_user(&zone, user, sizeof(zone)))
		return -EFAULT;
	if (mutex_lock_interruptible(&lv->commands))
		return -ERESTARTSYS;
	result = lv_call(lv_zone_code(command), zone.zone_id, zone.argument);
	mutex_unlock(&lv->commands);
	return result;
}

static long lv_ioctl_destroy(struct lv_device *lv, const void __user *user)
{
	struct lv_ioctl_zone zone;

	if (copy_from_user(&zone, user, sizeof(zone)))
		return -EFAULT;
	return lv_pool_destroy(lv, LV_HYPERCALL_DESTROY, zone.zone_id);
}

static long lv_ioctl_zone_memory(struct lv_device *lv, const void __user *user)
{
	struct lv_ioctl_zone zone;

	if (copy_from_user(&zone, user, sizeof(zone)))
		return -EFAULT;
	return zone.argument ? -EINVAL : lv_memory_open(lv, zone.zone_id);
}

static long lv_ioctl_virtio(struct lv_device *lv, const void __user *user)
{
	struct lv_ioctl_zone zone;

	if (copy_from_user(&zone, user, sizeof(zone)))
		return -EFAULT;
	return lv_virtio_open(lv, zone.zone_id, zone.argument);
}

static long lv_ioctl_create(struct lv_file *file, void __user *user)
{
	struct lv_ioctl_create create;
	struct lv_zone_config *config;
	long result = -EFAULT;

	if (copy_from_user(&create, user, sizeof(create)))
		return -EFAULT;
	config = lv_buffer_alloc(sizeof(*config));
	if (!config)
		return -ENOMEM;
	create.refusal = 0;
	create.index = 0;
	if (!copy_from_user(config, u64_to_user_ptr(create.config),
			    sizeof(*config)))
		result = lv_pool_create(file->lv, file, config, &create);
	kfree(config);
	if (result && copy_to_user(user, &create, sizeof(create)))
		return -EFAULT;
	return result;
}

static long lv_ioctl_load(struct lv_file *file, const void __user *user)
{
	struct lv_ioctl_load load;

	if (copy_from_user(&load, user, sizeof(load)))
		return -EFAULT;
	return lv_pool_load(file->lv, file, &load);
}

static long lv_ioctl_machine(void __user *user)
{
	struct lv_machine_info *info = lv_buffer_alloc(sizeof(*info));
	long result;

	if (!info)
		return -ENOMEM;
	result = lv_call(LV_HYPERCALL_MACHINE, virt_to_phys(info), 0);
	if (!result && copy_to_user(user, info, sizeof(*info)))
		result = -EFAULT;
	kfree(info);
	return result;
}

static long lv_ioctl_list(const void __user *user)
{
	struct lv_zone_summary *zones;
	struct lv_ioctl_list list;
	long result;

	if (copy_from_user(&list, user, sizeof(list)))
		return -EFAULT;
	if (list.reserved)
		return -EINVAL;
	zones = lv_buffer_alloc(sizeof(*zones) * LV_MAX_ZONES);
	if (!zones)
		return -ENOMEM;
	list.capacity = min(list.capacity, LV_MAX_ZONES);
	result = lv_call(LV_HYPERCALL_LIST, virt_to_phys(zones), list.capacity);
	if (result > 0 &&
	    copy_to_user(u64_to_user_ptr(list.buffer), zones,
			 sizeof(*zones) * min_t(long, result, list.capacity)))
		result = -EFAULT;
	kfree(zones);
	return result;
}

static long lv_answer_get(struct lv_ioctl_answer *answer,
			  const void __user *user)
{
	if (copy_from_user(answer, user, sizeof(*answer)))
		return -EFAULT;
	return answer->reserved ? -EINVAL : 0;
}

/* A hypercall that fills a structure of that size. */
static long lv_ioctl_answer(unsigned long code, size_t size,
			    const void __user *user)
{
	struct lv_ioctl_answer answer;
	void *buffer;
	long result;

	result = lv_answer_get(&answer, user);
	if (result)
		return result;
	buffer = lv_buffer_alloc(size);
	if (!buffer)
		return -ENOMEM;
	result = lv_call(code, answer.zone_id, virt_to_phys(buffer));
	if (result >= 0 &&
	    copy_to_user(u64_to_user_ptr(answer.buffer), buffer, size))
		result = -EFAULT;
	kfree(buffer);
	return result;
}

static long lv_stream_call(unsigned int command, u32 zone_id,
			   struct lv_stream *stream)
{
	switch (command) {
	case LV_IOCTL_LOG:
		return lv_call(LV_HYPERCALL_LOG, virt_to_phys(stream), 0);
	case LV_IOCTL_CONSOLE_READ:
		return lv_call(LV_HYPERCALL_CONSOLE_READ, zone_id,
			       virt_to_phys(stream));
	default:
		return lv_call(LV_HYPERCALL_CONSOLE_WRITE, zone_id,
			       virt_to_phys(stream));
	}
}

/* Only the valid part of data is copied, in either direction. */
static long lv_stream_copy(unsigned int command, u32 zone_id,
			   struct lv_stream *stream,
			   struct lv_stream __user *user)
{
	size_t head = offsetof(struct lv_stream, data);
	long result;

	if (copy_from_user(stream, user, head))
		return -EFAULT;
	if (command == LV_IOCTL_CONSOLE_WRITE) {
		if (stream->length > LV_STREAM_BYTES)
			return -EINVAL;
		if (copy_from_user(stream->data, user->data, stream->length))
			return -EFAULT;
	}
	result = lv_stream_call(command, zone_id, stream);
	if (result < 0 || command == LV_IOCTL_CONSOLE_WRITE)
		return result;
	stream->length = min(stream->length, LV_STREAM_BYTES);
	if (copy_to_user(user, stream, head + stream->length))
		return -EFAULT;
	return result;
}

static long lv_ioctl_stream(unsigned int command, const void __user *user)
{
	struct lv_ioctl_answer answer;
	struct lv_stream *stream;
	long result;

	result = lv_answer_get(&answer, user);
	if (result)
		return result;
	stream = lv_buffer_alloc(sizeof(*stream));
	if (!stream)
		return -ENOMEM;
	result = lv_stream_copy(command, answer.zone_id, stream,
				u64_to_user_ptr(answer.buffer));
	kfree(stream);
	return result;
}

static long lv_ioctl_eventfd(struct lv_file *file, const void __user *user)
{
	s32 fd;

	if (copy_from_user(&fd, user, sizeof(fd)))
		return -EFAULT;
	return lv_events_set_eventfd(file, fd);
}

long lv_ioctl(struct file *filp, unsigned int command, unsigned long argument)
{
	struct lv_file *file = filp->private_data;
	void __user *user = (void __user *)argument;

	switch (command) {
	case LV_IOCTL_MACHINE:
		return lv_ioctl_machine(user);
	case LV_IOCTL_LIST:
		return lv_ioctl_list(user);
	case LV_IOCTL_CREATE:
		return lv_ioctl_create(file, user);
	case LV_IOCTL_START:
	case LV_IOCTL_STOP:
	case LV_IOCTL_RESTART:
	case LV_IOCTL_PAUSE:
	case LV_IOCTL_RESUME:
	case LV_IOCTL_RAISE:
	case LV_IOCTL_LOWER:
		return lv_ioctl_zone(file->lv, command, user);
	case LV_IOCTL_DESTROY:
		return lv_ioctl_destroy(file->lv, user);
	case LV_IOCTL_ZONE_MEMORY:
		return lv_ioctl_zone_memory(file->lv, user);
	case LV_IOCTL_VIRTIO:
		return lv_ioctl_virtio(file->lv, user);
	case LV_IOCTL_CONFIG:
		return lv_ioctl_answer(LV_HYPERCALL_CONFIG,
				       sizeof(struct lv_zone_config), user);
	case LV_IOCTL_STATUS:
		return lv_ioctl_answer(LV_HYPERCALL_STATUS,
				       sizeof(struct lv_zone_status), user);
	case LV_IOCTL_STATS:
		return lv_ioctl_answer(LV_HYPERCALL_STATS,
				       sizeof(struct lv_zone_info_page), user);
	case LV_IOCTL_HISTORY:
		return lv_ioctl_answer(LV_HYPERCALL_HISTORY,
				       sizeof(struct lv_history), user);
	case LV_IOCTL_LOAD:
		return lv_ioctl_load(file, user);
	case LV_IOCTL_LOG:
	case LV_IOCTL_CONSOLE_READ:
	case LV_IOCTL_CONSOLE_WRITE:
		return lv_ioctl_stream(command, user);
	case LV_IOCTL_GROWN:
		return lv_events_grown(file, user);
	case LV_IOCTL_EVENTFD:
		return lv_ioctl_eventfd(file, user);
	default:
		return -ENOTTY;
	}
}
