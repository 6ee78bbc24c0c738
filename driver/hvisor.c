// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /dev/hvisor, for hvisor's own command and virtio daemon. Each ioctl is a
 * hypercall. pool.c handles memory, by the same rules as for the other device.
 * This file adds the page through which the daemon serves devices, and the line
 * that wakes it.
 */
#include <linux/delay.h>
#include <linux/device/class.h>
#include <linux/eventfd.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/of_irq.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "loongvisor.h"

#define LV_HVISOR_NAME "hvisor"
#define LV_HVISOR_MODE 0600

/* The node that hvisor's own module wants, with the line of the wake-ups. */
#define LV_HVISOR_NODE "/hvisor_virtio_device"

/*
 * A zone's end takes at most one second for a daemon that does not answer, plus
 * the time until the zone's CPUs notice.
 */
#define LV_HVISOR_STOP_MS 5000
#define LV_HVISOR_POLL_MS 2

struct lv_hvisor {
	struct lv_device *lv;
	struct miscdevice misc;
	struct lv_line line; /* irq 0: the root zone has none for wake-ups */
	struct work_struct wake_work;

	struct mutex lock; /* guards the rest */
	/*
	 * The bridge. Once the hypervisor has it, no call takes it back. So it
	 * is never freed but kept at the platform device, which nobody removes,
	 * until the module is loaded again.
	 */
	void *bridge;
	const struct file *daemon;   /* the caller of INIT, or NULL */
	const struct file *waiter;   /* whose eventfd it is */
	struct eventfd_ctx *eventfd; /* or NULL */
};

static bool lv_hvisor_wanted = true;
module_param_named(hvisor, lv_hvisor_wanted, bool, 0444);
MODULE_PARM_DESC(hvisor,
		 "offer /dev/hvisor unless another module does (default Y)");

static void lv_hvisor_wake_work(struct work_struct *work)
{
	struct lv_hvisor *hv = container_of(work, struct lv_hvisor, wake_work);

	mutex_lock(&hv->lock);
	if (hv->eventfd)
		eventfd_signal(hv->eventfd);
	mutex_unlock(&hv->lock);
}

/*
 * The line falls first. So a later request raises it again as a new interrupt,
 * and an earlier request is already visible to the daemon.
 */
static irqreturn_t lv_hvisor_interrupt(int irq, void *data)
{
	struct lv_hvisor *hv = data;

	if (lv_call(LV_HVISOR_DEASSERT, LV_ROOT_ZONE_ID, LV_HVISOR_IRQ_WAKEUP))
		return IRQ_NONE;
	queue_work(system_highpri_wq, &hv->wake_work);
	return IRQ_HANDLED;
}

/* Without the node, or if this fails, there are no virtio devices. */
static void lv_hvisor_irq_init(struct lv_hvisor *hv)
{
	struct device_node *node = of_find_node_by_path(LV_HVISOR_NODE);
	struct lv_line line = {
		.name = "loongvisor-hvisor",
		.handler = lv_hvisor_interrupt,
		.data = hv,
	};
	int error;

	if (!node)
		return;
	error = of_irq_get(node, 0);
	of_node_put(node);
	if (error > 0) {
		line.irq = error;
		hv->line = line;
		error = lv_line_request(&hv->line);
	}
	if (!error)
		return;
	dev_err(hv->lv->dev, "no interrupt of " LV_HVISOR_NODE ": %d\n", error);
	hv->line.irq = 0;
}

static void lv_hvisor_irq_exit(struct lv_hvisor *hv)
{
	if (!hv->line.irq)
		return;
	lv_line_free(&hv->line);
	cancel_work_sync(&hv->wake_work);
}

/* One daemon at a time. Under hv->lock. */
static bool lv_hvisor_busy(const struct lv_hvisor *hv, const struct file *filp)
{
	return hv->daemon && hv->daemon != filp;
}

/*
 * A previous daemon may have left requests in the page. Zones repeat their
 * pending requests when the hypervisor gets the page again.
 */
static long lv_hvisor_bridge_init(struct lv_hvisor *hv, const struct file *filp)
{
	struct device *dev = hv->lv->dev;
	long result;

	if (!hv->line.irq)
		return -ENODEV;
	if (lv_hvisor_busy(hv, filp))
		return -EBUSY;
	if (!hv->bridge)
		hv->bridge = (void *)get_zeroed_page(GFP_KERNEL);
	if (!hv->bridge)
		return -ENOMEM;
	dev->platform_data = hv->bridge;
	memset(hv->bridge, 0, PAGE_SIZE);
	result = lv_call(LV_HVISOR_VIRTIO_INIT, virt_to_phys(hv->bridge), 0);
	if (!result)
		hv->daemon = filp;
	return result;
}

static long lv_hvisor_init_virtio(struct lv_hvisor *hv, const struct file *filp)
{
	long result;

	if (mutex_lock_interruptible(&hv->lock))
		return -ERESTARTSYS;
	result = lv_hvisor_bridge_init(hv, filp);
	mutex_unlock(&hv->lock);
	return result;
}

static long lv_hvisor_set_eventfd(struct lv_hvisor *hv, const struct file *filp,
				  int fd)
{
	struct eventfd_ctx *eventfd = eventfd_ctx_fdget(fd);
	bool busy;

	if (IS_ERR(eventfd))
		return PTR_ERR(eventfd);
	mutex_lock(&hv->lock);
	busy = lv_hvisor_busy(hv, filp);
	if (!busy) {
		swap(hv->eventfd, eventfd);
		hv->waiter = filp;
	}
	mutex_unlock(&hv->lock);
	if (eventfd)
		eventfd_ctx_put(eventfd);
	return busy ? -EBUSY : 0;
}

/*
 * Copies the hypervisor's log lines about a zone file to the kernel's log:
 * hvisor's command itself shows only an errno.
 */
static void lv_hvisor_relay(struct lv_hvisor *hv, struct lv_stream *log)
{
	char *line, *text = log->data;

	log->position = log->end;
	if (lv_call(LV_HYPERCALL_LOG, virt_to_phys(log), 0))
		return;
	log->data[min(log->length, LV_STREAM_BYTES - 1)] = '\0';
	while ((line = strsep(&text, "\n"))) {
		if (*line)
			dev_warn(hv->lv->dev, "%s\n", line);
	}
}

/* Where the log ends now. */
static struct lv_stream *lv_hvisor_log(void)
{
	struct lv_stream *log = lv_buffer_alloc(sizeof(*log));

	if (log)
		log->position = U64_MAX;
	if (log && lv_call(LV_HYPERCALL_LOG, virt_to_phys(log), 0)) {
		kfree(log);
		log = NULL;
	}
	return log;
}

static long lv_hvisor_start(struct lv_hvisor *hv, void *owner,
			    const void __user *user)
{
	struct lv_hvisor_zone *zone = lv_buffer_alloc(sizeof(*zone));
	struct lv_stream *log;
	long result = -EFAULT;

	if (!zone)
		return -ENOMEM;
	if (!copy_from_user(zone, user, sizeof(*zone))) {
		log = lv_hvisor_log();
		result = lv_pool_create_hvisor(hv->lv, owner, zone);
		if (log)
			lv_hvisor_relay(hv, log);
		kfree(log);
	}
	kfree(zone);
	return result;
}

/* Whether the zone is on its way to a rest. */
static bool lv_hvisor_ends(unsigned long zone_id, struct lv_zone_status *status)
{
	return !lv_call(LV_HYPERCALL_STATUS, zone_id, virt_to_phys(status)) &&
	       (status->state == LV_STATE_STOPPING ||
		status->state == LV_STATE_FAILING);
}

/*
 * The zone's end waits for the daemon, and the daemon may need this CPU. The
 * hypercall occupies the CPU, so it is made only when the zone is at rest.
 */
static long lv_hvisor_shutdown(struct lv_hvisor *hv, unsigned long zone_id)
{
	struct lv_zone_status *status = lv_buffer_alloc(sizeof(*status));
	int waited = 0;

	if (!status)
		return -ENOMEM;
	lv_call(LV_HYPERCALL_STOP, zone_id, LV_STOP_FORCE);
	for (; lv_hvisor_ends(zone_id, status) && waited < LV_HVISOR_STOP_MS;
	     waited += LV_HVISOR_POLL_MS)
		msleep(LV_HVISOR_POLL_MS);
	kfree(status);
	return lv_pool_destroy(hv->lv, LV_HVISOR_ZONE_SHUTDOWN, zone_id);
}

static long lv_hvisor_list(const void __user *user)
{
	struct lv_hvisor_info *zones;
	struct lv_hvisor_list list;
	long result;

	if (copy_from_user(&list, user, sizeof(list)))
		return -EFAULT;
	zones = lv_buffer_alloc(sizeof(*zones) * LV_MAX_ZONES);
	if (!zones)
		return -ENOMEM;
	result = lv_call(LV_HVISOR_ZONE_LIST, virt_to_phys(zones),
			 min_t(u64, list.count, LV_MAX_ZONES));
	if (result > 0 && copy_to_user(u64_to_user_ptr(list.zones), zones,
				       sizeof(*zones) * result))
		result = -EFAULT;
	kfree(zones);
	return result;
}

/* A hypercall that answers with a number. */
static long lv_hvisor_number(unsigned long code, void __user *user)
{
	u64 *number = lv_buffer_alloc(sizeof(*number));
	long result;

	if (!number)
		return -ENOMEM;
	result = lv_call(code, virt_to_phys(number), 0);
	if (!result && copy_to_user(user, number, sizeof(*number)))
		result = -EFAULT;
	kfree(number);
	return result;
}

static long lv_hvisor_load(struct lv_hvisor *hv, void *owner,
			   const void __user *user)
{
	struct lv_hvisor_load from;
	struct lv_ioctl_load load;

	if (copy_from_user(&from, user, sizeof(from)))
		return -EFAULT;
	if (!from.user_buffer || !from.size)
		return -EINVAL;
	load.hpa = from.load_paddr;
	load.buffer = from.user_buffer;
	load.size = from.size;
	return lv_pool_load(hv->lv, owner, &load);
}

static long lv_hvisor_boot_mode(const void __user *user)
{
	struct lv_hvisor_boot_mode *mode = lv_buffer_alloc(sizeof(*mode));
	long result = -EFAULT;

	if (!mode)
		return -ENOMEM;
	if (!copy_from_user(mode, user, sizeof(*mode)))
		result = lv_call(LV_HVISOR_BOOT_MODE, virt_to_phys(mode),
				 sizeof(*mode));
	kfree(mode);
	return result;
}

static long lv_hvisor_deassert(const void __user *user)
{
	struct lv_hvisor_line line;

	if (copy_from_user(&line, user, sizeof(line)))
		return -EFAULT;
	return lv_call(LV_HVISOR_DEASSERT, line.zone_id, line.irq_id);
}

static long lv_hvisor_ioctl(struct file *filp, unsigned int command,
			    unsigned long argument)
{
	struct lv_hvisor *hv = filp->private_data;
	void __user *user = (void __user *)argument;

	switch (command) {
	case LV_HVISOR_IOCTL_INIT:
		return lv_hvisor_init_virtio(hv, filp);
	case LV_HVISOR_IOCTL_FINISH:
		return lv_call(LV_HVISOR_VIRTIO_FINISH, 0, 0);
	case LV_HVISOR_IOCTL_START:
		return lv_hvisor_start(hv, filp, user);
	case LV_HVISOR_IOCTL_SHUTDOWN:
		return lv_hvisor_shutdown(hv, argument);
	case LV_HVISOR_IOCTL_LIST:
		return lv_hvisor_list(user);
	case LV_HVISOR_IOCTL_CHECK:
		return lv_hvisor_number(LV_HVISOR_CONFIG_CHECK, user);
	case LV_HVISOR_IOCTL_EVENTFD:
		return lv_hvisor_set_eventfd(hv, filp, (int)argument);
	case LV_HVISOR_IOCTL_LOAD:
		return lv_hvisor_load(hv, filp, user);
	case LV_HVISOR_IOCTL_BOOT_MODE:
		return lv_hvisor_boot_mode(user);
	case LV_HVISOR_IOCTL_ECAM:
		return lv_hvisor_number(LV_HVISOR_ECAM_BASE, user);
	case LV_HVISOR_IOCTL_DEASSERT:
		return lv_hvisor_deassert(user);
	default:
		return -ENOTTY;
	}
}

/* CREATE removes all mappings of both devices; a fault restores a mapping. */
static vm_fault_t lv_hvisor_fault(struct vm_fault *vmf)
{
	struct lv_hvisor *hv = vmf->vma->vm_private_data;

	vmf->page = virt_to_page(hv->bridge);
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct lv_hvisor_vm_operations = {
	.fault = lv_hvisor_fault,
};

static int lv_hvisor_map_bridge(struct lv_hvisor *hv,
				struct vm_area_struct *vma)
{
	bool there;

	if (is_cow_mapping(vma->vm_flags) ||
	    vma->vm_end - vma->vm_start > PAGE_SIZE)
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EPERM;
	if (mutex_lock_interruptible(&hv->lock))
		return -ERESTARTSYS;
	there = hv->bridge;
	mutex_unlock(&hv->lock);
	if (!there)
		return -ENODEV;
	vm_flags_mod(vma, VM_DONTEXPAND | VM_DONTDUMP, VM_MAYEXEC);
	vma->vm_private_data = hv;
	vma->vm_ops = &lv_hvisor_vm_operations;
	return 0;
}

static int lv_hvisor_mmap(struct file *filp, struct vm_area_struct *vma)
{
	struct lv_hvisor *hv = filp->private_data;

	return vma->vm_pgoff ? lv_pool_mmap(hv->lv, vma)
			     : lv_hvisor_map_bridge(hv, vma);
}

static int lv_hvisor_open(struct inode *inode, struct file *filp)
{
	struct lv_hvisor *hv =
		container_of(filp->private_data, struct lv_hvisor, misc);

	filp->private_data = hv;
	filp->f_mapping = hv->lv->inode->i_mapping;
	return stream_open(inode, filp);
}

static int lv_hvisor_release(struct inode *inode, struct file *filp)
{
	struct lv_hvisor *hv = filp->private_data;
	struct eventfd_ctx *eventfd = NULL;

	mutex_lock(&hv->lock);
	if (hv->daemon == filp)
		hv->daemon = NULL;
	if (hv->waiter == filp) {
		swap(hv->eventfd, eventfd);
		hv->waiter = NULL;
	}
	mutex_unlock(&hv->lock);
	if (eventfd)
		eventfd_ctx_put(eventfd);
	lv_pool_release(hv->lv, filp);
	return 0;
}

static const struct file_operations lv_hvisor_file_operations = {
	.owner = THIS_MODULE,
	.open = lv_hvisor_open,
	.release = lv_hvisor_release,
	.mmap = lv_hvisor_mmap,
	.unlocked_ioctl = lv_hvisor_ioctl,
};

/* hvisor's own module takes the same name; registering it twice logs a trace. */
static bool lv_hvisor_is_taken(const struct lv_device *lv)
{
	struct device *other = class_find_device_by_name(
		lv->misc.this_device->class, LV_HVISOR_NAME);

	put_device(other);
	return other;
}

static int lv_hvisor_register(struct lv_hvisor *hv)
{
	hv->misc.minor = MISC_DYNAMIC_MINOR;
	hv->misc.name = LV_HVISOR_NAME;
	hv->misc.mode = LV_HVISOR_MODE;
	hv->misc.fops = &lv_hvisor_file_operations;
	hv->misc.parent = hv->lv->dev;
	return misc_register(&hv->misc);
}

void lv_hvisor_init(struct lv_device *lv)
{
	struct lv_hvisor *hv;
	int error;

	if (!lv_hvisor_wanted)
		return;
	if (lv_hvisor_is_taken(lv)) {
		dev_info(lv->dev, "/dev/hvisor is another module's\n");
		return;
	}
	hv = devm_kzalloc(lv->dev, sizeof(*hv), GFP_KERNEL);
	if (!hv)
		return;
	hv->lv = lv;
	hv->bridge = lv->dev->platform_data;
	mutex_init(&hv->lock);
	INIT_WORK(&hv->wake_work, lv_hvisor_wake_work);
	lv_hvisor_irq_init(hv);
	error = lv_hvisor_register(hv);
	if (error) {
		dev_err(lv->dev, "no /dev/hvisor: %d\n", error);
		lv_hvisor_irq_exit(hv);
		return;
	}
	lv->hvisor = hv;
}

void lv_hvisor_exit(struct lv_device *lv)
{
	if (!lv->hvisor)
		return;
	misc_deregister(&lv->hvisor->misc);
	lv_hvisor_irq_exit(lv->hvisor);
}
