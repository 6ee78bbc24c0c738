/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * All vector state to and from memory, for code that is compiled without floating point:
 *
 *   void rt_fpu_load(const struct rt_fpu *), void rt_fpu_store(struct rt_fpu *)
 *
 * Layout of struct rt_fpu: 32 LASX registers, fcsr0, eight condition flags.
 */
#define FPU_FCSR 1024
#define FPU_FCC  1032

.macro EACH operation
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        \operation $xr\n, $a0, 32 * \n
        .endr
.endm

        .text
        .globl  rt_fpu_load
rt_fpu_load:
        EACH    xvld
        ld.wu   $t0, $a0, FPU_FCSR
        movgr2fcsr $fcsr0, $t0
        .irp    n, 0,1,2,3,4,5,6,7
        ld.bu   $t0, $a0, FPU_FCC + \n
        movgr2cf $fcc\n, $t0
        .endr
        ret

        .globl  rt_fpu_store
rt_fpu_store:
        EACH    xvst
        movfcsr2gr $t0, $fcsr0
        st.d    $t0, $a0, FPU_FCSR
        .irp    n, 0,1,2,3,4,5,6,7
        movcf2gr $t0, $fcc\n
        st.b    $t0, $a0, FPU_FCC + \n
        .endr
        ret
