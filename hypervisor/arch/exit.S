/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From guest to hypervisor and back. Guest CSRs, stage-2 root, GID and TGID stay loaded, so only
 * general registers are saved. Only r1 to r20 are saved at each exit: C preserves r22 to r31 and
 * does not use r21 (LoongArch psABI). Few handlers need those; they are saved when a handler asks.
 *
 *   SAVE3, SAVE4  address of this CPU's struct cpu
 *
 * The host's CRMD.IE is set while a guest runs and clear while the hypervisor runs. So PRMD.PIE
 * distinguishes an exit from a trap of the hypervisor. Only codes that no guest exit has can be
 * those of a trap; their handler tests PRMD.
 */
#include <arch/offsets.h>
#include <arch/registers.h>

/* t0 (r12) is the block. */
.macro EACH_LOW_GPR_BUT_T0 operation
    .irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 18, 19, 20
    \operation  $r\n, $t0, CPU_GPR(\n)
    .endr
.endm

.macro EACH_HIGH_GPR operation
    .irp n, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    \operation  $r\n, $t0, CPU_GPR(\n)
    .endr
.endm

/* Leaves the struct cpu in a0 and the hypervisor's stack in sp. */
.macro SAVE_LOW_GPRS
    csrwr       $t0, CSR_SAVE4
    EACH_LOW_GPR_BUT_T0 st.d
    move        $a0, $t0
    csrwr       $t0, CSR_SAVE4
    st.d        $t0, $a0, CPU_GPR(12)
    ld.d        $sp, $a0, CPU_STACK_TOP
.endm

/* PRMD still has the value of arch_vcpu_enter(): an exit saves the interrupted mode there. */
.macro RESUME_WITH_LOW_GPRS
    csrrd       $t0, CSR_SAVE3
    EACH_LOW_GPR_BUT_T0 ld.d
    ld.d        $t0, $t0, CPU_GPR(12)
    ertn
.endm

    .section .text.exit, "ax"
    .balign 4096
    .globl exit_entry
exit_entry:
    SAVE_LOW_GPRS
    bl          exit_handle
    bnez        $a0, unfinished
    RESUME_WITH_LOW_GPRS

/* The zone fails, or the handler needs all registers: then it runs again. a0: its verdict. */
unfinished:
    csrrd       $t0, CSR_SAVE3
    EACH_HIGH_GPR st.d
    move        $a1, $a0
    move        $a0, $t0
    bl          exit_finish

    .globl guest_resume
guest_resume:
    csrrd       $t0, CSR_SAVE3
    EACH_HIGH_GPR ld.d
    RESUME_WITH_LOW_GPRS

/*
 * Two rare entries share a page. Machine errors arrive in direct address mode. Exits arrive here
 * only if the guest's timer stands still in host mode (arch_cpu_init()). SAVE5 is free here.
 */
    .section .text.merr, "ax"
    .balign 4096
    .globl merr_entry, exit_entry_stopped_timer
merr_entry:
exit_entry_stopped_timer:
    csrwr       $t0, CSR_SAVE5
    csrrd       $t0, CSR_CRMD
    andi        $t0, $t0, CRMD_DA
    bnez        $t0, machine_error
    csrrd       $t0, CSR_SAVE5
    SAVE_LOW_GPRS
    move        $t0, $a0
    EACH_HIGH_GPR st.d
    bl          exit_handle_stopped_timer
    b           guest_resume

machine_error:
    LA_CACHED($t0, 1f)
    jirl        $zero, $t0, 0
1:
    li.w        $t0, CRMD_PAGED
    csrwr       $t0, CSR_CRMD
    csrrd       $t0, CSR_MERRCTL
    andi        $t0, $t0, MERRCTL_PGM
    bnez        $t0, machine_error_of_guest
    csrrd       $t0, CSR_SAVE3
    ld.d        $sp, $t0, CPU_STACK_TOP
    b           trap_panic

/*
 * Only an ERTN ends a machine error: while IsMERR is set, the next ERTN would return to the guest.
 * So this ERTN returns to label 2 below.
 */
machine_error_of_guest:
    la.pcrel    $t0, 2f
    csrwr       $t0, CSR_MERRERA
    csrwr       $t0, CSR_ERA
    li.w        $t0, MERRCTL_TO_HOST
    csrwr       $t0, CSR_MERRCTL
    csrwr       $t0, CSR_MERRSAVE
    ertn
2:
    csrrd       $t0, CSR_SAVE5
    SAVE_LOW_GPRS
    move        $t0, $a0
    EACH_HIGH_GPR st.d
    bl          exit_machine_error
