// SPDX-License-Identifier: GPL-2.0-or-later
/* A module that has /dev/hvisor before loongvisor.ko comes, as hvisor's own has. */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

static const struct file_operations rival_file_operations = {
    .owner = THIS_MODULE,
};

static struct miscdevice rival_device = {
    .minor = MISC_DYNAMIC_MINOR,
    .name = "hvisor",
    .fops = &rival_file_operations,
};
module_misc_device(rival_device);

MODULE_DESCRIPTION("Has the name /dev/hvisor");
MODULE_LICENSE("GPL");
