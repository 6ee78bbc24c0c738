/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * Exception entries, and entry to and exit from guest mode. CSR.SAVE0 is zero, or points to the running struct rt_vcpu:
 * then an exception is that guest's exit. SAVE2 and TLBRSAVE are scratch.
 */
#include <rt/csr.h>

#define FRAME_SIZE  304
#define FRAME_ERA   256
#define FRAME_PRMD  264
#define FRAME_ESTAT 272
#define FRAME_BADV  280
#define FRAME_BADI  288
#define FRAME_KIND  296

#define VCPU_KIND     256
#define VCPU_ESTAT    264
#define VCPU_ERA      272
#define VCPU_BADV     280
#define VCPU_BADI     288
#define VCPU_CRMD     296
#define VCPU_PRMD     304
#define VCPU_GSTAT    312
#define VCPU_TLBRERA  320
#define VCPU_TLBRBADV 328
#define VCPU_TLBREHI  336
#define VCPU_TLBRPRMD 344
#define VCPU_TLBEHI   352
#define VCPU_ECFG     360
#define VCPU_HOST     368

/* All GPRs but zero and t0 to or from base. */
.macro each_gpr insn, base
        \insn   $r1, \base, 8
        \insn   $r2, \base, 16
        .irp    n, 4,5,6,7,8,9,10,11,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        \insn   $r\n, \base, 8 * \n
        .endr
.endm

.macro store_csr csr, base, offset
        csrrd   $t1, \csr
        st.d    $t1, \base, \offset
.endm

.macro frame_push scratch
        addi.d  $sp, $sp, -FRAME_SIZE
        each_gpr st.d, $sp
        csrrd   $t0, \scratch
        st.d    $t0, $sp, 8 * 12
        addi.d  $t0, $sp, FRAME_SIZE
        st.d    $t0, $sp, 8 * 3
.endm

.macro frame_pop
        each_gpr ld.d, $sp
        ld.d    $t0, $sp, 8 * 12
        ld.d    $sp, $sp, 8 * 3
        ertn
.endm

.macro vcpu_save scratch
        each_gpr st.d, $t0
        st.d    $sp, $t0, 8 * 3
        csrrd   $t1, \scratch
        st.d    $t1, $t0, 8 * 12
        store_csr CSR_ESTAT, $t0, VCPU_ESTAT
        store_csr CSR_ERA, $t0, VCPU_ERA
        store_csr CSR_BADV, $t0, VCPU_BADV
        store_csr CSR_BADI, $t0, VCPU_BADI
        store_csr CSR_CRMD, $t0, VCPU_CRMD
        store_csr CSR_PRMD, $t0, VCPU_PRMD
        store_csr CSR_GSTAT, $t0, VCPU_GSTAT
        store_csr CSR_TLBRERA, $t0, VCPU_TLBRERA
        store_csr CSR_TLBRBADV, $t0, VCPU_TLBRBADV
        store_csr CSR_TLBREHI, $t0, VCPU_TLBREHI
        store_csr CSR_TLBRPRMD, $t0, VCPU_TLBRPRMD
        store_csr CSR_TLBEHI, $t0, VCPU_TLBEHI
        store_csr CSR_ECFG, $t0, VCPU_ECFG
        csrwr   $zero, CSR_SAVE0
.endm

/* The cached alias of a label, whatever the PC is now. */
.macro jump_cached label
        la.pcrel $t1, \label
        bstrins.d $t1, $zero, 63, 48
        lu52i.d $t1, $t1, -0x700
        jr      $t1
.endm

        .text
        .p2align 12
        .globl rt_vector_general
rt_vector_general:
        csrwr   $t0, CSR_SAVE2
        csrrd   $t0, CSR_SAVE0
        bnez    $t0, rt_exit_general
        frame_push CSR_SAVE2
        store_csr CSR_ERA, $sp, FRAME_ERA
        store_csr CSR_PRMD, $sp, FRAME_PRMD
        store_csr CSR_ESTAT, $sp, FRAME_ESTAT
        store_csr CSR_BADV, $sp, FRAME_BADV
        store_csr CSR_BADI, $sp, FRAME_BADI
        st.d    $zero, $sp, FRAME_KIND
        move    $a0, $sp
        bl      rt_trap_handle
        ld.d    $t0, $sp, FRAME_ERA
        csrwr   $t0, CSR_ERA
        ld.d    $t0, $sp, FRAME_PRMD
        csrwr   $t0, CSR_PRMD
        frame_pop

rt_exit_general:
        vcpu_save CSR_SAVE2
        st.d    $zero, $t0, VCPU_KIND
        b       rt_exit_common

/* Entered in direct mode. */
        .p2align 12
        .globl rt_vector_refill
rt_vector_refill:
        csrwr   $t0, CSR_TLBRSAVE
        csrrd   $t0, CSR_SAVE0
        bnez    $t0, rt_exit_refill
        frame_push CSR_TLBRSAVE
        store_csr CSR_TLBRERA, $sp, FRAME_ERA
        store_csr CSR_TLBRPRMD, $sp, FRAME_PRMD
        store_csr CSR_ESTAT, $sp, FRAME_ESTAT
        store_csr CSR_TLBRBADV, $sp, FRAME_BADV
        store_csr CSR_BADI, $sp, FRAME_BADI
        ori     $t1, $zero, 1
        st.d    $t1, $sp, FRAME_KIND
        jump_cached rt_refill_cached

rt_refill_cached:
        li.d    $t1, CRMD_PAGED
        csrwr   $t1, CSR_CRMD
        move    $a0, $sp
        bl      rt_trap_handle
        ld.d    $t0, $sp, FRAME_ERA
        csrwr   $t0, CSR_TLBRERA
        ld.d    $t0, $sp, FRAME_PRMD
        csrwr   $t0, CSR_TLBRPRMD
        frame_pop

rt_exit_refill:
        vcpu_save CSR_TLBRSAVE
        ori     $t1, $zero, 1
        st.d    $t1, $t0, VCPU_KIND
        jump_cached rt_exit_refill_cached

rt_exit_refill_cached:
        li.d    $t1, CRMD_PAGED
        csrwr   $t1, CSR_CRMD

rt_exit_common:
        ori     $t1, $zero, GSTAT_PVM
        csrxchg $zero, $t1, CSR_GSTAT
        ld.d    $sp, $t0, VCPU_HOST
        ld.d    $ra, $t0, VCPU_HOST + 8
        ld.d    $fp, $t0, VCPU_HOST + 16
        .irp    n, 23,24,25,26,27,28,29,30,31
        ld.d    $r\n, $t0, VCPU_HOST + 24 + 8 * (\n - 23)
        .endr
        ret

        .globl rt_vcpu_enter
rt_vcpu_enter:
        st.d    $sp, $a0, VCPU_HOST
        st.d    $ra, $a0, VCPU_HOST + 8
        st.d    $fp, $a0, VCPU_HOST + 16
        .irp    n, 23,24,25,26,27,28,29,30,31
        st.d    $r\n, $a0, VCPU_HOST + 24 + 8 * (\n - 23)
        .endr
        move    $t0, $a0
        csrwr   $a0, CSR_SAVE0
        each_gpr ld.d, $t0
        ld.d    $sp, $t0, 8 * 3
        ld.d    $t0, $t0, 8 * 12
        ertn

/* uint64_t rt_call(code, a0, a1, a2) */
        .globl rt_call
rt_call:
        move    $t0, $a0
        move    $a0, $a1
        move    $a1, $a2
        move    $a2, $a3
        jr      $t0

/* Where payloads return to: at PLV0 by hypercall, else through the guest's system call handler. */
        .globl rt_return_hvcl
rt_return_hvcl:
        .word   0x002b8000 | 0x7fff     /* hvcl RT_EXIT_CODE */
        .globl rt_return_syscall
rt_return_syscall:
        syscall 0x7fff

/* The same at PLV3: comes back through the system call handler, which goes on at rt_user_back. */
        .globl rt_call_user
rt_call_user:
        addi.d  $sp, $sp, -16
        st.d    $ra, $sp, 0
        csrwr   $a0, CSR_ERA
        ori     $t0, $zero, 3
        csrwr   $t0, CSR_PRMD
        move    $a0, $a1
        move    $a1, $a2
        move    $a2, $a3
        la.pcrel $ra, rt_return_user
        ertn
        .globl rt_return_user
rt_return_user:
        syscall 0x7ffe
        .globl rt_user_back
rt_user_back:
        ld.d    $ra, $sp, 0
        addi.d  $sp, $sp, 16
        ret

/* A refill handler as operating systems have it: three levels of 4 KiB tables behind PGD. */
        .p2align 12
        .globl rt_vector_walk
rt_vector_walk:
        csrwr   $t0, CSR_TLBRSAVE
        csrrd   $t0, CSR_PGD
        lddir   $t0, $t0, 2
        lddir   $t0, $t0, 1
        ldpte   $t0, 0
        ldpte   $t0, 1
        tlbfill
        csrrd   $t0, CSR_TLBRSAVE
        ertn
