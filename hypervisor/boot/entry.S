/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first instructions on each CPU. Any register may hold anything; the CPU is at PLV 0 with
 * interrupts off, in direct address mode (PC physical) or in a window over physical memory.
 *
 *   start            CPU 0, from the loader
 *   start_secondary  the others, from the parked loop; CPUID tells which struct cpu is theirs,
 *                    since firmware clears the mailboxes
 */
#include <arch/offsets.h>
#include <arch/registers.h>

/* Windows, then the cached alias of this code, then paging mode. Clobbers t0. */
.macro ENTER_WINDOWS
    li.d        $t0, DMW_UNCACHED
    csrwr       $t0, CSR_DMW0
    li.d        $t0, DMW_CACHED
    csrwr       $t0, CSR_DMW1
    csrwr       $zero, CSR_DMW2
    csrwr       $zero, CSR_DMW3
    LA_CACHED($t0, 1f)
    jirl        $zero, $t0, 0
1:
    li.w        $t0, CRMD_PAGED
    csrwr       $t0, CSR_CRMD
    csrwr       $zero, CSR_ECFG
.endm

    .section .text.entry, "ax"
    .globl start
start:
    ENTER_WINDOWS
    /* Here and nowhere else: what a second clearing would destroy belongs to running CPUs. */
    la.pcrel    $t0, bss_start
    la.pcrel    $t1, bss_end
2:
    st.d        $zero, $t0, 0
    addi.d      $t0, $t0, 8
    bltu        $t0, $t1, 2b

    la.pcrel    $sp, boot_stack_end
    la.pcrel    $a0, relr_start
    la.pcrel    $a1, relr_end
    la.pcrel    $a2, image_base
    bl          relocate
    la.pcrel    $t0, cpu_blocks
    move        $t1, $t0
    csrwr       $t0, CSR_SAVE3
    csrwr       $t1, CSR_SAVE4
    la.pcrel    $a0, lv_image_start
    bl          main_start
    break       0

    .globl start_secondary
start_secondary:
    ENTER_WINDOWS
    csrrd       $t1, CSR_CPUID
    bstrpick.d  $t1, $t1, CPUID_CORE_HIGH, 0
    la.pcrel    $t0, cpu_blocks
    li.w        $t2, CPU_BLOCKS
3:
    ld.wu       $t3, $t0, CPU_PHYS_ID
    beq         $t3, $t1, 4f
    addi.d      $t0, $t0, CPU_SIZE
    addi.d      $t2, $t2, -1
    bnez        $t2, 3b
    /* Not a CPU of the board. */
5:
    idle        0
    b           5b
4:
    ld.d        $sp, $t0, CPU_STACK_TOP
    move        $t1, $t0
    csrwr       $t0, CSR_SAVE3
    csrwr       $t1, CSR_SAVE4
    bl          main_start_secondary
    break       0

/* CPU 0 stays on this stack until its first exit, when it has the one in its struct cpu. */
    .section .bss.boot_stack, "aw", @nobits
    .balign 16
    .skip STACK_SIZE
boot_stack_end:
