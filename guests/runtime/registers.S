/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * Runs code with a value of choice in every general register: rt/registers.h. While it runs, SAVE3 holds the address of
 * `found` and SAVE4 the caller's stack.
 */
#include <rt/csr.h>

#define SAVED_SIZE 112

/* All registers but zero and t0 to or from an array at base. */
.macro EACH_GPR operation, base
        .irp    n, 1,2,3,4,5,6,7,8,9,10,11,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        \operation $r\n, \base, 8 * \n
        .endr
.endm

/* What C expects to find again. */
.macro EACH_KEPT operation
        \operation $ra, $sp, 0
        \operation $tp, $sp, 8
        .irp    n, 21,22,23,24,25,26,27,28,29,30,31
        \operation $r\n, $sp, 8 * (\n - 19)
        .endr
.endm

        .text
        .globl rt_registers_run
rt_registers_run:
        addi.d  $sp, $sp, -SAVED_SIZE
        EACH_KEPT st.d
        move    $t0, $sp
        csrwr   $a1, CSR_SAVE3
        csrwr   $t0, CSR_SAVE4
        csrwr   $a2, CSR_ERA
        csrwr   $a3, CSR_PRMD
        move    $t0, $a0
        EACH_GPR ld.d, $t0
        ld.d    $t0, $t0, 8 * 12
        ertn

        .globl rt_registers_back
rt_registers_back:
        csrwr   $t0, CSR_SAVE3
        EACH_GPR st.d, $t0
        st.d    $zero, $t0, 0
        move    $t1, $t0
        csrrd   $t0, CSR_SAVE3
        st.d    $t0, $t1, 8 * 12
        csrrd   $sp, CSR_SAVE4
        EACH_KEPT ld.d
        addi.d  $sp, $sp, SAVED_SIZE
        ret
