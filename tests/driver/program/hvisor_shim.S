/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel's built-in device tree, so to speak: hvisor starts zones with registers 0, and the stock kernel has no tree of
 * its own. This stands in front of it and knows where its tables are: hvisor_shim_values is a0, a1, a2 and the entry.
 */
    .section .rodata
    .balign 8
    .globl hvisor_shim_start, hvisor_shim_values, hvisor_shim_end
hvisor_shim_start:
    or      $a0, $a0, $a1
    or      $a0, $a0, $a2
1:  bnez    $a0, 1b
    bl      2f
hvisor_shim_values:
    .dword  0, 0, 0, 0
2:  ld.d    $a0, $ra, 0
    ld.d    $a1, $ra, 8
    ld.d    $a2, $ra, 16
    ld.d    $t0, $ra, 24
    jr      $t0
hvisor_shim_end:
