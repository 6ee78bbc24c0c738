// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/fs.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#include "loongvisor.h"

#define LV_DEVICE_MODE 0600

static int lv_open(struct inode *inode, struct file *filp)
{
	struct lv_device *lv =
		container_of(filp->private_data, struct lv_device, misc);
	struct lv_file *file = kzalloc(sizeof(*file), GFP_KERNEL);

	if (!file)
		return -ENOMEM;
	file->lv = lv;
	filp->private_data = file;
	filp->f_mapping = lv->inode->i_mapping;
	lv_events_open(file);
	return stream_open(inode, filp);
}

static int lv_release(struct inode *inode, struct file *filp)
{
	struct lv_file *file = filp->private_data;

	lv_events_release(file);
	lv_pool_release(file->lv, file);
	kfree(file);
	return 0;
}

static ssize_t lv_read(struct file *filp, char __user *user, size_t size,
		       loff_t *position)
{
	return lv_events_read(filp->private_data, user, size,
			      filp->f_flags & O_NONBLOCK);
}

static __poll_t lv_poll(struct file *filp, struct poll_table_struct *table)
{
	return lv_events_poll(filp->private_data, filp, table);
}

static int lv_mmap(struct file *filp, struct vm_area_struct *vma)
{
	struct lv_file *file = filp->private_data;

	return lv_pool_mmap(file->lv, vma);
}

static const struct file_operations lv_file_operations = {
	.owner = THIS_MODULE,
	.open = lv_open,
	.release = lv_release,
	.read = lv_read,
	.poll = lv_poll,
	.mmap = lv_mmap,
	.unlocked_ioctl = lv_ioctl,
};

static int lv_check_hypervisor(struct device *dev)
{
	long abi;

	if (!lv_hypervisor_present()) {
		dev_err(dev, "cpucfg names no hypervisor\n");
		return -ENODEV;
	}
	abi = lv_call(LV_HYPERCALL_VERSION, 0, 0);
	if (abi != LV_HYPERCALL_ABI) {
		dev_err(dev, "hypervisor interface %ld, the driver's is %d\n",
			abi, LV_HYPERCALL_ABI);
		return -ENODEV;
	}
	return 0;
}

static int lv_register(struct lv_device *lv)
{
	lv->misc.minor = MISC_DYNAMIC_MINOR;
	lv->misc.name = "loongvisor";
	lv->misc.mode = LV_DEVICE_MODE;
	lv->misc.fops = &lv_file_operations;
	lv->misc.parent = lv->dev;
	return misc_register(&lv->misc);
}

static int lv_probe(struct platform_device *pdev)
{
	struct lv_device *lv;
	int error;

	error = lv_check_hypervisor(&pdev->dev);
	if (error)
		return error;
	lv = devm_kzalloc(&pdev->dev, sizeof(*lv), GFP_KERNEL);
	if (!lv)
		return -ENOMEM;
	lv->dev = &pdev->dev;
	platform_set_drvdata(pdev, lv);
	error = lv_pool_init(lv);
	if (error)
		return error;
	error = lv_events_init(lv);
	if (error)
		goto pool;
	lv_virtio_init(lv);
	error = lv_register(lv);
	if (error)
		goto virtio;
	lv_hvisor_init(lv);
	return 0;

virtio:
	lv_virtio_exit(lv);
	lv_events_exit(lv);
pool:
	lv_pool_exit(lv);
	return error;
}

/* No file is open: each holds the module, and there is no other way here. */
static void lv_remove(struct platform_device *pdev)
{
	struct lv_device *lv = platform_get_drvdata(pdev);

	lv_hvisor_exit(lv);
	misc_deregister(&lv->misc);
	lv_virtio_exit(lv);
	lv_events_exit(lv);
	lv_pool_exit(lv);
}

static const struct of_device_id lv_match[] = {
	{ .compatible = LV_COMPATIBLE },
	{ /* the end */ },
};
MODULE_DEVICE_TABLE(of, lv_match);

static struct platform_driver lv_driver = {
	.probe = lv_probe,
	.remove = lv_remove,
	.driver = {
		.name = "loongvisor",
		.of_match_table = lv_match,
		.suppress_bind_attrs = true,
	},
};
module_platform_driver(lv_driver);

MODULE_DESCRIPTION("Zones of the Loongvisor hypervisor");
MODULE_AUTHOR("Loongvisor developers");
MODULE_LICENSE("GPL");
