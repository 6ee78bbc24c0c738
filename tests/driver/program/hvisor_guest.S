/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a zone that hvisor's interface starts runs: reports what it finds at its first instruction, then does what
 * HVISOR_MODE_GPA says. It knows of the machine what is built into it. No stack, no paging, no interrupts.
 */
#include "hvisor_guest.h"

#include <loongarch/registers.h>

#define REPORT      $s0
#define DEVICE      $s1
#define ROUNDS      $s2
#define LINES       $s3
#define LINE_BIT    0x10    /* HWI2 */

/* LoongArch manual vol. 1 and LVZ reference 9.1: mailbox 0 of CPU 1, and its interrupt 0. */
#define TO_CPU_1        0x80010000
#define UPPER_HALF      0x4
#define DATA_SHIFT      32

    .macro  add_register numbers:vararg
    .irp    number, \numbers
    or      $t0, $t0, $r\number
    .endr
    .endm

    .macro  big_endian register
    revb.2w \register, \register
    bstrpick.d \register, \register, 31, 0
    .endm

    .section .rodata
    .balign 8
    .globl hvisor_guest_start, hvisor_guest_end
hvisor_guest_start:
    add_register 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16
    add_register 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    li.d    REPORT, HVISOR_REPORT_GPA
    st.d    $t0, REPORT, HVISOR_REPORT_REGISTERS
    bl      have_tree
    /* The smallest device tree: header, no reservations, an empty root node (Devicetree specification 0.4, 5). */
    .irp    word, 0xd00dfeed, 0x48, 0x38, 0x48, 0x28, 17, 16, 0, 0, 0x10,  0, 0, 0, 0,  1, 0, 2, 9
    .byte   \word >> 24, (\word >> 16) & 0xff, (\word >> 8) & 0xff, \word & 0xff
    .endr
have_tree:
    ld.w    $t0, $ra, 0
    ld.w    $t1, $ra, 4
    big_endian $t0
    big_endian $t1
    st.d    $t0, REPORT, HVISOR_REPORT_TREE
    st.d    $t1, REPORT, HVISOR_REPORT_TREE_SIZE
    dbar    0
    li.d    $t0, HVISOR_MARK
    st.d    $t0, REPORT, HVISOR_REPORT_MARK

    li.d    $t0, HVISOR_MODE_GPA
    ld.d    $t0, $t0, 0
    li.d    $t1, HVISOR_MODE_VIRTIO
    beq     $t0, $t1, virtio
    li.d    $t1, HVISOR_MODE_CPUS
    beq     $t0, $t1, cpus
    li.d    $t1, HVISOR_MODE_FAIL
    beq     $t0, $t1, fail
    li.d    $t1, HVISOR_MODE_TRAFFIC
    beq     $t0, $t1, traffic
    li.d    $t1, HVISOR_MODE_HOLE
    beq     $t0, $t1, hole
1:  idle    0
    b       1b

    /* The exception's handler lies where nothing is. */
fail:
    li.d    $t0, HVISOR_ABSENT
    csrwr   $t0, CSR_EENTRY
    break   0

virtio:
    li.d    DEVICE, HVISOR_DEVICE
    move    ROUNDS, $zero
round:
    ld.w    $t0, DEVICE, 0
    st.d    $t0, REPORT, HVISOR_REPORT_FIRST
    st.w    ROUNDS, DEVICE, HVISOR_SCRATCH
    ld.w    $t0, DEVICE, HVISOR_SCRATCH
    st.d    $t0, REPORT, HVISOR_REPORT_SCRATCH
    st.w    ROUNDS, DEVICE, HVISOR_QUEUE_NOTIFY
2:  csrrd   $t0, CSR_ESTAT
    andi    $t0, $t0, LINE_BIT
    beqz    $t0, 2b
    st.w    ROUNDS, DEVICE, HVISOR_INTERRUPT_ACK
    csrrd   $t0, CSR_ESTAT
    andi    $t0, $t0, LINE_BIT
    st.d    $t0, REPORT, HVISOR_REPORT_LINE
    addi.d  ROUNDS, ROUNDS, 1
    dbar    0
    st.d    ROUNDS, REPORT, HVISOR_REPORT_ROUNDS
    b       round

traffic:
    li.d    DEVICE, HVISOR_DEVICE
    move    ROUNDS, $zero
    move    LINES, $zero
    st.w    $zero, DEVICE, HVISOR_STATUS
    li.d    $t0, 1
    st.w    $t0, DEVICE, HVISOR_QUEUE_READY
1:  ld.w    $t0, DEVICE, 0
    st.d    $t0, REPORT, HVISOR_REPORT_FIRST
    st.w    ROUNDS, DEVICE, HVISOR_SCRATCH
    ld.w    $t0, DEVICE, HVISOR_SCRATCH
    st.w    ROUNDS, DEVICE, HVISOR_QUEUE_NOTIFY
    st.w    ROUNDS, DEVICE, HVISOR_INTERRUPT_ACK
    csrrd   $t0, CSR_ESTAT
    andi    $t0, $t0, LINE_BIT
    or      LINES, LINES, $t0
    st.d    LINES, REPORT, HVISOR_REPORT_LINE
    addi.d  ROUNDS, ROUNDS, 1
    dbar    0
    st.d    ROUNDS, REPORT, HVISOR_REPORT_ROUNDS
    b       1b

hole:
    li.d    DEVICE, HVISOR_OTHERS
    ld.w    $t0, DEVICE, 0
    st.d    $t0, REPORT, HVISOR_REPORT_FIRST
    dbar    0
    li.d    ROUNDS, 1
    st.d    ROUNDS, REPORT, HVISOR_REPORT_ROUNDS
2:  idle    0
    b       2b

cpus:
    bl      start_other
    /* The second CPU begins here. */
    li.d    REPORT, HVISOR_REPORT_GPA
    csrrd   $t0, CSR_CPUID
    st.d    $t0, REPORT, HVISOR_REPORT_CPU1_ID
    addi.d  REPORT, REPORT, HVISOR_REPORT_CPU1
    b       count
start_other:
    li.d    $t0, IOCSR_MAIL_SEND
    li.d    $t1, TO_CPU_1 + UPPER_HALF
    iocsrwr.d $t1, $t0
    li.d    $t1, TO_CPU_1
    slli.d  $t2, $ra, DATA_SHIFT
    or      $t2, $t2, $t1
    iocsrwr.d $t2, $t0
    li.d    $t0, IOCSR_IPI_SEND
    iocsrwr.w $t1, $t0
    addi.d  REPORT, REPORT, HVISOR_REPORT_CPU0
count:
    addi.d  ROUNDS, ROUNDS, 1
    st.d    ROUNDS, REPORT, 0
    b       count
hvisor_guest_end:
