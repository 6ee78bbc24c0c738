/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the guest's other CPUs wait until mailbox 0 says where to go, as on QEMU's machine (LVZ reference 10.3). */

#include <loongarch/registers.h>

        .section .rodata
        .p2align 2
        .globl  park_code
park_code:
        li.w    $t0, IOCSR_MAIL_BOX
        iocsrwr.d $zero, $t0
        li.w    $t1, 1 << IRQ_IPI
        csrwr   $t1, CSR_ECFG
        li.w    $t0, IOCSR_IPI_ENABLE
        li.w    $t1, -1
        iocsrwr.w $t1, $t0
/* KVM does not tell again of an IPI that is still in the status, and idle does not end for one that came before it. */
1:      li.w    $t0, IOCSR_IPI_STATUS
        iocsrrd.w $t1, $t0
        li.w    $t0, IOCSR_IPI_CLEAR
        iocsrwr.w $t1, $t0
        li.w    $t0, IOCSR_MAIL_BOX
        iocsrrd.w $t1, $t0
        bnez    $t1, 2f
        idle    0
        b       1b
2:      iocsrrd.d $ra, $t0
        csrwr   $zero, CSR_ECFG
        jr      $ra
park_code_end:
        .p2align 3
        .globl  park_code_size
park_code_size:
        .dword  park_code_end - park_code

        .section .note.GNU-stack, "", @progbits
