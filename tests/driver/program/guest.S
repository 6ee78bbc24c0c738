/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the test's zones run, from wherever it is loaded: says hello on the UART, writes GUEST_MARK to GUEST_MARK_GPA, then
 * does what a0 (enum guest_mode) says. No stack, no paging, no interrupts.
 */
#include "guest.h"

#include <loongarch/registers.h>

#define UART        $s0
#define UART_LSR    5
#define LSR_READY   1
#define SWI0_BIT    (1 << IRQ_SWI0)

    .section .rodata
    .balign 8
    .globl guest_start, guest_end
guest_start:
    lu12i.w UART, 0x1fe00
    ori     UART, UART, 0x1e0
    li.d    $t0, GUEST_MARK_GPA
    li.d    $t1, GUEST_MARK
    st.d    $t1, $t0, 0
    bl      1f
    .asciz  GUEST_HELLO
    .balign 4
1:
    ld.bu   $t0, $ra, 0
    beqz    $t0, 2f
    st.b    $t0, UART, 0
    addi.d  $ra, $ra, 1
    b       1b
2:
    li.w    $t0, GUEST_FLOODS
    beq     $a0, $t0, flood
    li.w    $t0, GUEST_ECHOES
    beq     $a0, $t0, echo
    li.w    $t0, GUEST_POWERS_OFF
    beq     $a0, $t0, power_off
    li.w    $t0, GUEST_WATCHES
    beq     $a0, $t0, watch
    /* One line enabled, which nobody raises: with none a vCPU that idles counts as halted, which is an event. */
    li.w    $t0, SWI0_BIT
    csrwr   $t0, CSR_ECFG
3:
    idle    0
    b       3b

flood:
    li.w    $t0, '.'
    st.b    $t0, UART, 0
    b       flood

echo:
    ld.bu   $t0, UART, UART_LSR
    andi    $t0, $t0, LSR_READY
    beqz    $t0, echo
    ld.bu   $t0, UART, 0
    st.b    $t0, UART, 0
    b       echo

power_off:
    lu12i.w $t0, 0x100e0
    li.w    $t1, 0x34
    st.b    $t1, $t0, 0x1c
    b       3b

/* A vector whose line is high becomes pending when it is enabled. */
watch:
    move    $s1, $zero
    li.w    $s2, 1 << (GUEST_VECTOR % 32)
    li.w    $t0, IOCSR_EIO_ENABLE + GUEST_VECTOR / 32 * 4
    li.w    $t1, IOCSR_EIO_STATUS + GUEST_VECTOR / 32 * 4
4:
    iocsrwr.w $zero, $t0
    iocsrwr.w $s2, $t0
    iocsrrd.w $t2, $t1
    and     $t2, $t2, $s2
    beq     $t2, $s1, 4b
    move    $s1, $t2
    li.w    $t3, 'L'
    beqz    $t2, 5f
    li.w    $t3, 'H'
5:
    st.b    $t3, UART, 0
    b       4b
guest_end:
