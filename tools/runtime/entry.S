/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the EFI runtime services of a zone begin. The offsets and the word that the tools fill in are
 * those of tools/lib/boot_tables.c. Nothing depends on where the code lies.
 */
    .section .text.entry, "ax"
    .globl runtime_entry
runtime_entry:
    pcaddi  $a2, 4 /* runtime_clock */
    ld.d    $a2, $a2, 0
    b       runtime_get_time
    nop
runtime_clock:
    .dword  0
runtime_unsupported:
    ori     $a0, $zero, 3 /* EFI_UNSUPPORTED */
    lu52i.d $a0, $a0, -0x800
    jr      $ra
