/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * /dev/hvisor, as loongvisor.ko offers it to hvisor's own command and virtio daemon (hvisor-tool
 * with configuration magic 6). What is not said here is as of the hypercall of the same name
 * (hvisor.h). Every call answers 0, or a count where it says so, or fails with the hypercall's
 * errno; EFAULT for a bad pointer, ENOTTY for an unknown number. docs/driver.md says more.
 *
 *   mmap()   offset 0: the bridge page. Others: a physical address; whole pages of free pool memory
 *            and of RAM that a zone shares with the root zone; EPERM for all others
 */
#ifndef LOONGVISOR_HVISOR_DEVICE_H
#define LOONGVISOR_HVISOR_DEVICE_H

#include <linux/ioctl.h>
#include <loongvisor/hvisor.h>

#define LV_HVISOR_DEVICE_PATH "/dev/hvisor"

struct lv_hvisor_list {
    uint64_t count; /* how many fit */
    uint64_t zones; /* user address of struct lv_hvisor_info[] */
};

/* Copies bytes into free pool memory, where a zone's RAM will be. EINVAL for no bytes. */
struct lv_hvisor_load {
    uint64_t user_buffer; /* user address, not 0 */
    uint64_t size;        /* bytes */
    uint64_t load_paddr;
};

struct lv_hvisor_boot_mode {
    uint32_t zone_id;
    uint32_t multiboot_enabled;
    uint64_t multiboot_info;
};

struct lv_hvisor_line {
    uint32_t zone_id;
    uint32_t irq_id; /* CPU interrupt */
};

/*
 * The argument is an address. Where a number says uint64_t it was made of a pointer's size:
 *   START      struct lv_hvisor_zone
 *   LIST       struct lv_hvisor_list; result: how many zones were written
 *   CHECK      uint64_t, which becomes LV_HVISOR_CONFIG_MAGIC
 *   BOOT_MODE  struct lv_hvisor_boot_mode
 *   ECAM       uint64_t
 * SHUTDOWN takes the zone's id itself, EVENTFD the descriptor, INIT and FINISH nothing.
 */
#define LV_HVISOR_IOCTL_MAGIC     1
#define LV_HVISOR_IOCTL_INIT      _IO(LV_HVISOR_IOCTL_MAGIC, 0)
#define LV_HVISOR_IOCTL_FINISH    _IO(LV_HVISOR_IOCTL_MAGIC, 2)
#define LV_HVISOR_IOCTL_START     _IOW(LV_HVISOR_IOCTL_MAGIC, 3, uint64_t)
#define LV_HVISOR_IOCTL_SHUTDOWN  _IOW(LV_HVISOR_IOCTL_MAGIC, 4, uint64_t)
#define LV_HVISOR_IOCTL_LIST      _IOR(LV_HVISOR_IOCTL_MAGIC, 5, uint64_t)
#define LV_HVISOR_IOCTL_CHECK     _IOR(LV_HVISOR_IOCTL_MAGIC, 6, uint64_t)
#define LV_HVISOR_IOCTL_EVENTFD   _IOW(LV_HVISOR_IOCTL_MAGIC, 7, int32_t)
#define LV_HVISOR_IOCTL_LOAD      _IOW(LV_HVISOR_IOCTL_MAGIC, 8, struct lv_hvisor_load)
#define LV_HVISOR_IOCTL_BOOT_MODE _IOW(LV_HVISOR_IOCTL_MAGIC, 9, uint64_t)
#define LV_HVISOR_IOCTL_ECAM      _IOR(LV_HVISOR_IOCTL_MAGIC, 10, uint64_t)
#define LV_HVISOR_IOCTL_DEASSERT  _IOW(LV_HVISOR_IOCTL_MAGIC, 11, struct lv_hvisor_line)

#endif
