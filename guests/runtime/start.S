/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * First instructions on every CPU: direct or paged mode, at the physical address or its cached alias. Leaves with paging
 * on inside the cached window, a stack, exception vectors and, on CPU 0, cleared bss.
 */
#include <rt/csr.h>

        .section .text.start, "ax"
        .globl _start
_start:
        move    $s0, $a0
        move    $s1, $a1
        move    $s2, $a2
        move    $s3, $zero
        b       1f

        .globl rt_secondary_start
rt_secondary_start:
        ori     $s3, $zero, 1
1:      li.d    $t0, RT_DMW_CACHED
        csrwr   $t0, CSR_DMW0
        li.d    $t0, RT_DMW_UNCACHED
        csrwr   $t0, CSR_DMW1
        la.pcrel $t0, rt_start_paged
        bstrins.d $t0, $zero, 63, 48
        lu52i.d $t0, $t0, -0x700        /* bits 63:52 = 0x900: the cached window */
        jr      $t0

rt_start_paged:
        li.d    $t0, CRMD_PAGED
        csrwr   $t0, CSR_CRMD
        csrwr   $zero, CSR_EUEN
        csrwr   $zero, CSR_ECFG
        csrwr   $zero, CSR_DMW2
        csrwr   $zero, CSR_DMW3
        csrwr   $zero, CSR_TCFG
        csrwr   $zero, CSR_SAVE0
        la.pcrel $t0, rt_vector_general
        csrwr   $t0, CSR_EENTRY
        la.pcrel $t0, rt_vector_refill
        bstrpick.d $t0, $t0, 47, 0
        csrwr   $t0, CSR_TLBRENTRY

        bnez    $s3, 3f
        la.pcrel $t0, rt_bss_start
        la.pcrel $t1, rt_bss_end
2:      st.d    $zero, $t0, 0
        addi.d  $t0, $t0, 8
        bltu    $t0, $t1, 2b

3:      csrrd   $s4, CSR_CPUID
        la.pcrel $t0, rt_stacks
        li.w    $t1, 0x4000             /* RT_STACK_SIZE */
        addi.d  $t2, $s4, 1
        mul.d   $t1, $t1, $t2
        add.d   $sp, $t0, $t1
        move    $fp, $zero
        move    $a0, $s4
        bl      rt_cpu_init
        bnez    $s3, 4f
        la.pcrel $t0, rt_boot_args
        st.d    $s0, $t0, 0
        st.d    $s1, $t0, 8
        st.d    $s2, $t0, 16
        bl      rt_main
        bl      rt_poweroff
4:      move    $a0, $s4
        bl      rt_secondary_main
5:      idle    0
        b       5b
