/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the guest's other CPUs wait until mailbox 0 says where to go, as on QEMU's machine (LVZ reference 10.3). */

#define ECFG        0x4
#define LINE_IPI    0x1000
#define IPI_STATUS  0x1000
#define IPI_ENABLE  0x1004
#define IPI_CLEAR   0x100c
#define MAILBOX     0x1020

        .section .rodata
        .p2align 2
        .globl  park_code
park_code:
        li.w    $t0, MAILBOX
        iocsrwr.d $zero, $t0
        li.w    $t1, LINE_IPI
        csrwr   $t1, ECFG
        li.w    $t0, IPI_ENABLE
        li.w    $t1, -1
        iocsrwr.w $t1, $t0
/* KVM does not tell again of an IPI that is still in the status, and idle does not end for one that came before it. */
1:      li.w    $t0, IPI_STATUS
        iocsrrd.w $t1, $t0
        li.w    $t0, IPI_CLEAR
        iocsrwr.w $t1, $t0
        li.w    $t0, MAILBOX
        iocsrrd.w $t1, $t0
        bnez    $t1, 2f
        idle    0
        b       1b
2:      iocsrrd.d $ra, $t0
        csrwr   $zero, ECFG
        jr      $ra
park_code_end:
        .p2align 3
        .globl  park_code_size
park_code_size:
        .dword  park_code_end - park_code

        .section .note.GNU-stack, "", @progbits
