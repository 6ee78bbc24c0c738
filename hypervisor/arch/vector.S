/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clears floating-point and vector registers, so that what ran on this CPU before cannot be read
 * by a zone. The only file that touches them; the units must be on (EUEN).
 *
 *   void vector_clear_lasx(void), vector_clear_lsx(void), vector_clear_fpu(void)
 *
 * Each clears all that the CPU has if it has no wider unit: f0-f31 are the low parts of vr0-vr31,
 * these of xr0-xr31.
 */

/* instruction register-prefix: once for each of the 32 registers, which becomes 0. */
.macro CLEAR_REGISTERS instruction, prefix
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    \instruction $\prefix\n, $zero
    .endr
    .irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    \instruction $\prefix\n, $zero
    .endr
.endm

.macro CLEAR_CONTROL
    movgr2fcsr  $fcsr0, $zero
    .irp n, 0,1,2,3,4,5,6,7
    movgr2cf    $fcc\n, $zero
    .endr
    ret
.endm

    .text
    .globl vector_clear_lasx
vector_clear_lasx:
    CLEAR_REGISTERS xvreplgr2vr.d, xr
    CLEAR_CONTROL

    .globl vector_clear_lsx
vector_clear_lsx:
    CLEAR_REGISTERS vreplgr2vr.d, vr
    CLEAR_CONTROL

    .globl vector_clear_fpu
vector_clear_fpu:
    CLEAR_REGISTERS movgr2fr.d, f
    CLEAR_CONTROL
