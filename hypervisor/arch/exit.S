/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From guest to hypervisor and back. Guest CSRs, stage-2 root, GID and TGID stay loaded, so only
 * general registers are saved.
 *
 *   SAVE3  address of this CPU's struct cpu, all the time
 *   SAVE4  t0 of whoever was interrupted, for a few instructions
 *
 * A guest always runs with the host's CRMD.IE on, the hypervisor always with it off, so PRMD.PIE
 * tells an exit from a trap of the hypervisor itself.
 */
#include <arch/offsets.h>
#include <arch/registers.h>

.macro EACH_GPR_BUT_T0 operation, block
    \operation  $r1, \block, CPU_GPR(1)
    \operation  $r2, \block, CPU_GPR(2)
    \operation  $r3, \block, CPU_GPR(3)
    \operation  $r4, \block, CPU_GPR(4)
    \operation  $r5, \block, CPU_GPR(5)
    \operation  $r6, \block, CPU_GPR(6)
    \operation  $r7, \block, CPU_GPR(7)
    \operation  $r8, \block, CPU_GPR(8)
    \operation  $r9, \block, CPU_GPR(9)
    \operation  $r10, \block, CPU_GPR(10)
    \operation  $r11, \block, CPU_GPR(11)
    \operation  $r13, \block, CPU_GPR(13)
    \operation  $r14, \block, CPU_GPR(14)
    \operation  $r15, \block, CPU_GPR(15)
    \operation  $r16, \block, CPU_GPR(16)
    \operation  $r17, \block, CPU_GPR(17)
    \operation  $r18, \block, CPU_GPR(18)
    \operation  $r19, \block, CPU_GPR(19)
    \operation  $r20, \block, CPU_GPR(20)
    \operation  $r21, \block, CPU_GPR(21)
    \operation  $r22, \block, CPU_GPR(22)
    \operation  $r23, \block, CPU_GPR(23)
    \operation  $r24, \block, CPU_GPR(24)
    \operation  $r25, \block, CPU_GPR(25)
    \operation  $r26, \block, CPU_GPR(26)
    \operation  $r27, \block, CPU_GPR(27)
    \operation  $r28, \block, CPU_GPR(28)
    \operation  $r29, \block, CPU_GPR(29)
    \operation  $r30, \block, CPU_GPR(30)
    \operation  $r31, \block, CPU_GPR(31)
.endm

/* Where exits arrive; handler: a C function that gets the struct cpu and comes back. */
.macro EXIT_ENTRY handler
    csrwr       $t0, CSR_SAVE4
    csrrd       $t0, CSR_PRMD
    andi        $t0, $t0, PRMD_PIE
    beqz        $t0, host_trap
    csrrd       $t0, CSR_SAVE3
    EACH_GPR_BUT_T0 st.d, $t0
    csrrd       $a1, CSR_SAVE4
    st.d        $a1, $t0, CPU_GPR(12)
    ld.d        $sp, $t0, CPU_STACK_TOP
    move        $a0, $t0
    bl          \handler
.endm

/* If the guest's timer stands still in host mode: EENTRY is one or the other. */
    .section .text.exit_held, "ax"
    .balign 4096
    .globl exit_entry_held
exit_entry_held:
    EXIT_ENTRY  exit_handle_held
    b           guest_resume

    .section .text.exit, "ax"
    .balign 4096
    .globl exit_entry
exit_entry:
    EXIT_ENTRY  exit_handle

    /* PRMD is still what arch_vcpu_enter() wrote: an exit saves the mode it interrupted there. */
    .globl guest_resume
guest_resume:
    csrrd       $t0, CSR_SAVE3
    EACH_GPR_BUT_T0 ld.d, $t0
    ld.d        $t0, $t0, CPU_GPR(12)
    ertn

/* A bug in the hypervisor: says what happened and stops this CPU. */
host_trap:
    csrrd       $t0, CSR_SAVE3
    ld.d        $sp, $t0, CPU_STACK_TOP
    bl          trap_panic

/* Machine errors come here in direct address mode. */
    .section .text.merr, "ax"
    .balign 4096
    .globl merr_entry
merr_entry:
    la.abs      $t0, 1f
    jirl        $zero, $t0, 0
1:
    li.w        $t0, CRMD_HOST
    csrwr       $t0, CSR_CRMD
    la.abs      $t0, host_trap
    jirl        $zero, $t0, 0
