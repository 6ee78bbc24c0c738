/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * The operations, each as few instructions as can be, and the exception entries of the measurements. SAVE2 belongs to
 * the runtime, SAVE3 to SAVE5 are used here.
 */
#include <rt/csr.h>

#define HVCL_0      0x002b8000

.macro operation name
        .globl bench_op_\name
bench_op_\name:
.endm

        .text
operation empty
        ret
operation hypercall
        .word   HVCL_0
        ret
operation cpucfg
        cpucfg  $t0, $zero
        ret
operation csr_read
        csrrd   $t0, CSR_IMPCTL1
        ret
operation csr_write
        csrwr   $a0, CSR_IMPCTL1
        ret
operation iocsr_read
        iocsrrd.w $t0, $a0
        ret
operation iocsr_write
        iocsrwr.w $a1, $a0
        ret
operation ipi_set_clear
        iocsrwr.w $a1, $a0
        addi.d  $a0, $a0, IOCSR_IPI_CLEAR - IOCSR_IPI_SET
        iocsrwr.w $a1, $a0
        ret
operation load
        ld.w    $t0, $a0, 0
        ret
operation store
        st.w    $a1, $a0, 0
        ret
operation byte_load
        ld.b    $t0, $a0, 0
        ret
operation byte_store
        st.b    $a1, $a0, 0
        ret
operation rdtime
        rdtime.d $t0, $zero
        ret
operation idle
        idle    0
        ret
operation syscall
        syscall 0
        ret

/* Where an observer has its breakpoints. */
        .globl  bench_observe_begin
bench_observe_begin:
        ret
        .globl  bench_observe_end
bench_observe_end:
        ret

/* void bench_dither(uint64_t instructions) */
        .globl bench_dither
bench_dither:
        la.pcrel $t0, 1f
        slli.d  $a0, $a0, 2
        sub.d   $t0, $t0, $a0
        jr      $t0
        .rept   10
        nop
        .endr
1:      ret

/* void bench_user_loop(bench_op *op, uint64_t times) */
        .globl bench_user_loop
bench_user_loop:
        addi.d  $sp, $sp, -32
        st.d    $ra, $sp, 0
        st.d    $s0, $sp, 8
        st.d    $s1, $sp, 16
        move    $s0, $a0
        move    $s1, $a1
        la.pcrel $t0, bench_user_end
        csrwr   $t0, CSR_SAVE5
        la.pcrel $t0, 2f
        csrwr   $t0, CSR_ERA
        ori     $t0, $zero, 3
        csrwr   $t0, CSR_PRMD
        ertn
2:      jirl    $ra, $s0, 0
        addi.d  $s1, $s1, -1
        bnez    $s1, 2b
bench_user_end:
        syscall 0
        ld.d    $ra, $sp, 0
        ld.d    $s0, $sp, 8
        ld.d    $s1, $sp, 16
        addi.d  $sp, $sp, 32
        ret

/* What SAVE5 names is the end of user mode. */
        .p2align 12
        .globl bench_vector_skip
bench_vector_skip:
        csrwr   $t0, CSR_SAVE3
        csrwr   $t1, CSR_SAVE4
        csrrd   $t0, CSR_ERA
        csrrd   $t1, CSR_SAVE5
        bne     $t0, $t1, 3f
        csrwr   $zero, CSR_PRMD
3:      addi.d  $t0, $t0, 4
        csrwr   $t0, CSR_ERA
        csrrd   $t1, CSR_SAVE4
        csrrd   $t0, CSR_SAVE3
        ertn

        .p2align 12
        .globl bench_vector_timed
bench_vector_timed:
        csrwr   $t0, CSR_SAVE3
        rdtime.d $t0, $zero
        csrwr   $t1, CSR_SAVE4
        la.pcrel $t1, bench_entry_time
        st.d    $t0, $t1, 0
        csrrd   $t1, CSR_SAVE4
        csrrd   $t0, CSR_SAVE3
        b       rt_vector_general

        .bss
        .p2align 3
        .globl bench_entry_time
bench_entry_time:
        .space  8
