/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clears floating-point and vector registers, so that no zone reads values of the one before it on
 * this CPU. No other file touches these registers; the units must be on (EUEN).
 *
 *   void vector_clear_lasx(void), vector_clear_lsx(void), vector_clear_fpu(void)
 *
 * Each clears all registers of a CPU whose widest unit it names: f0-f31 are the low parts of
 * vr0-vr31, and these of xr0-xr31.
 */

/* Clears each of the 32 registers with the instruction. */
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
