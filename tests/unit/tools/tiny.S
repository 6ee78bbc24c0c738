/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stands for a hypervisor or a guest: code, data and bss. It is packed and never run. */
    .section .text, "ax"
    .globl _start
_start:
    idle 0
    b _start

    .section .data, "aw"
    .8byte 0x1122334455667788

    .section .bss, "aw", @nobits
    .skip 0x800
