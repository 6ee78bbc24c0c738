/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Serves stage-2 misses: TLBRBADV holds the GPA, PGD the zone's stage-2 root, and TGID makes
 * tlbfill write an entry of the guest (LVZ reference 5.3). Runs in direct address mode at its
 * physical address and uses t0 alone.
 *
 * The hypervisor runs in windows and never misses. If it does (TLBRPRMD.PGM clear), that is a bug
 * and must not loop here.
 */
#include <arch/registers.h>

    .section .text.refill, "ax"
    .balign 4096
    .globl refill_entry
refill_entry:
    csrwr       $t0, CSR_TLBRSAVE
    csrrd       $t0, CSR_TLBRPRMD
    andi        $t0, $t0, TLBRPRMD_PGM
    beqz        $t0, 1f
    csrrd       $t0, CSR_PGD
    lddir       $t0, $t0, 3
    lddir       $t0, $t0, 2
    lddir       $t0, $t0, 1
    ldpte       $t0, 0
    ldpte       $t0, 1
    tlbfill
    csrrd       $t0, CSR_TLBRSAVE
    ertn
1:
    b           merr_entry
