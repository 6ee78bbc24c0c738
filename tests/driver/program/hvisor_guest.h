/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hvisor_guest.S and the test agree on. */
#ifndef TEST_HVISOR_GUEST_H
#define TEST_HVISOR_GUEST_H

#define HVISOR_GUEST_GPA 0x10000
#define HVISOR_DEVICE    0x30001000
#define HVISOR_ABSENT    0x40000000 /* nothing is there in the zone */
#define HVISOR_OTHERS    0x10000000 /* the root zone's PCH-PIC */

/* Where the test tells it what to do. */
#define HVISOR_MODE_GPA     0x100800
#define HVISOR_MODE_IDLE    0
#define HVISOR_MODE_VIRTIO  1 /* uses the device's registers without end */
#define HVISOR_MODE_CPUS    2 /* starts its second CPU; both count */
#define HVISOR_MODE_FAIL    3
#define HVISOR_MODE_TRAFFIC 4 /* sets a queue up, then as VIRTIO, but waits for no interrupt */
#define HVISOR_MODE_HOLE    5 /* reads where another zone's registers are */

/* What it finds, a word of 64 bits each. */
#define HVISOR_REPORT_GPA       0x100000
#define HVISOR_REPORT_MARK      0x00 /* written behind the next three */
#define HVISOR_REPORT_REGISTERS 0x08 /* all general registers at the first instruction, or-ed */
#define HVISOR_REPORT_TREE      0x10 /* magic and size of the device tree that is built in */
#define HVISOR_REPORT_TREE_SIZE 0x18
#define HVISOR_REPORT_FIRST     0x20 /* what register 0 of the device was */
#define HVISOR_REPORT_SCRATCH   0x28 /* what it had written to another */
#define HVISOR_REPORT_LINE      0x30 /* the line, after an acknowledgement (TRAFFIC: after any) */
#define HVISOR_REPORT_ROUNDS    0x38
#define HVISOR_REPORT_CPU0      0x40 /* counts */
#define HVISOR_REPORT_CPU1      0x48 /* counts */
#define HVISOR_REPORT_CPU1_ID   0x50 /* its CPUID */
#define HVISOR_REPORT_SIZE      0x58
#define HVISOR_MARK             0x5a5a4321
#define HVISOR_TREE_MAGIC       0xd00dfeed
#define HVISOR_TREE_SIZE        0x48

/* Registers of the device (virtio 1.2, 4.2.2), and one of the test's own. */
#define HVISOR_DEVICE_ID     0x08
#define HVISOR_SCRATCH       0x28
#define HVISOR_QUEUE_READY   0x44
#define HVISOR_QUEUE_NOTIFY  0x50
#define HVISOR_INTERRUPT_ACK 0x64
#define HVISOR_STATUS        0x70

#endif
