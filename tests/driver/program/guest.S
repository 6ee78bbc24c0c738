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

#define BOX         $s1
#define SEQUENCE    $s2
#define WORK        $s3
#define ADDRESS     $s4
#define VALUE       $s5
#define COUNT       $s6
#define RETURN      $s7     /* of a subroutine that calls another */
/* What ends a nap: vectors on any line, and the timer. */
#define WAKERS      (0xff << IRQ_HWI0 | 1 << IRQ_TIMER)
#define NAP_TICKS   10000   /* 100 us; a multiple of 4 */

    .macro  work number, label
    li.w    $t0, \number
    beq     WORK, $t0, \label
    .endm

    .macro  count word
    ld.d    $t0, BOX, \word
    addi.d  $t0, $t0, 1
    st.d    $t0, BOX, \word
    .endm

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
    li.w    $t0, GUEST_OBEYS
    beq     $a0, $t0, obey
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

obey:
    li.d    BOX, GUEST_BOX_GPA
    li.w    $t0, WAKERS
    csrwr   $t0, CSR_ECFG
obey_next:
    ld.d    SEQUENCE, BOX, BOX_REQUEST
    ld.d    $t0, BOX, BOX_DONE
    bne     SEQUENCE, $t0, 1f
    bl      nap
    b       obey_next
1:
    dbar    0
    ld.d    WORK, BOX, BOX_WORK
    ld.d    ADDRESS, BOX, BOX_ADDRESS
    ld.d    VALUE, BOX, BOX_VALUE
    ld.d    COUNT, BOX, BOX_COUNT
    work    BOX_READ_1, read_1
    work    BOX_READ_4, read_4
    work    BOX_WRITE_1, write_1
    work    BOX_WRITE_2, write_2
    work    BOX_WRITE_4, write_4
    work    BOX_IOCSR_READ, iocsr_read
    work    BOX_IOCSR_WRITE, iocsr_write
    work    BOX_KICKS, kicks
    work    BOX_ROUNDS, rounds
    work    BOX_LISTENS, listens
done:
    dbar    0
    st.d    SEQUENCE, BOX, BOX_DONE
    b       obey_next

read_1:
    ld.bu   VALUE, ADDRESS, 0
    b       answer
read_4:
    ld.wu   VALUE, ADDRESS, 0
    b       answer
iocsr_read:
    iocsrrd.w VALUE, ADDRESS
answer:
    st.d    VALUE, BOX, BOX_VALUE
    b       done
write_1:
    st.b    VALUE, ADDRESS, 0
    b       done
write_2:
    st.h    VALUE, ADDRESS, 0
    b       done
write_4:
    st.w    VALUE, ADDRESS, 0
    b       done
iocsr_write:
    iocsrwr.w VALUE, ADDRESS
    b       done

kicks:
    bl      end_if_stopped
    beqz    COUNT, done
    addi.d  COUNT, COUNT, -1
    bl      kick
    b       kicks

rounds:
    bl      end_if_stopped
    beqz    COUNT, done
    addi.d  COUNT, COUNT, -1
    bl      kick
    bl      wait
    b       rounds

listens:
    bl      end_if_stopped
    bl      wait
    b       listens

end_if_stopped:
    ld.d    $t0, BOX, BOX_STOP
    bnez    $t0, done
    jr      $ra

kick:
    count   BOX_KICKED
    dbar    0
    st.w    VALUE, ADDRESS, 0
    jr      $ra

/* Until a vector of the first group comes, or the work is stopped. */
wait:
    move    RETURN, $ra
1:
    ld.d    $t0, BOX, BOX_STOP
    bnez    $t0, 2f
    li.w    $t1, IOCSR_EIO_STATUS
    iocsrrd.w $t2, $t1
    beqz    $t2, 3f
    iocsrwr.w $t2, $t1
    count   BOX_SIGNALS
2:
    jr      RETURN
3:
    bl      nap
    b       1b

nap:
    li.w    $t0, NAP_TICKS | TCFG_EN
    csrwr   $t0, CSR_TCFG
    idle    0
    li.w    $t0, TICLR_CLEAR
    csrwr   $t0, CSR_TICLR
    jr      $ra
guest_end:
