/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * Instruction words (LVZ reference, section 3.1) for code that is put together at run time. The
 * operands are fixed: the first is a0, the second a1, the third a2.
 */
#ifndef RT_INSN_H
#define RT_INSN_H

#define INSN_RD  4u         /* a0 as destination */
#define INSN_RJ  (4u << 5)  /* a0 as source */
#define INSN_RJ1 (5u << 5)  /* a1 as source */
#define INSN_RK1 (5u << 10) /* a1 as second source */

#define INSN_CSRRD(num)    (0x04000004u | (uint32_t)(num) << 10)
#define INSN_CSRWR(num)    (0x04000024u | (uint32_t)(num) << 10)
#define INSN_CSRXCHG(num)  (0x040000a4u | (uint32_t)(num) << 10)
#define INSN_GCSRRD(num)   (0x05000004u | (uint32_t)(num) << 10)
#define INSN_GCSRWR(num)   (0x05000024u | (uint32_t)(num) << 10)
#define INSN_GCSRXCHG(num) (0x050000a4u | (uint32_t)(num) << 10)
#define INSN_GTLBCLR       0x06482001u
#define INSN_GTLBFLUSH     0x06482401u
#define INSN_GTLBSRCH      0x06482801u
#define INSN_GTLBRD        0x06482c01u
#define INSN_GTLBWR        0x06483001u
#define INSN_GTLBFILL      0x06483401u
#define INSN_TLBCLR        0x06482000u
#define INSN_TLBFLUSH      0x06482400u
#define INSN_TLBSRCH       0x06482800u
#define INSN_TLBRD         0x06482c00u
#define INSN_TLBWR         0x06483000u
#define INSN_TLBFILL       0x06483400u
#define INSN_ERTN          0x06483800u
#define INSN_HVCL(code)    (0x002b8000u | (uint32_t)(code))
#define INSN_SYSCALL(code) (0x002b0000u | (uint32_t)(code))
#define INSN_BREAK(code)   (0x002a0000u | (uint32_t)(code))
#define INSN_DBCL(code)    (0x002a8000u | (uint32_t)(code))
#define INSN_IDLE(level)   (0x06488000u | (uint32_t)(level))
#define INSN_INVTLB(op)    (0x06498000u | INSN_RJ | INSN_RK1 | (uint32_t)(op))
#define INSN_CACOP(code)   (0x06000000u | INSN_RJ | (uint32_t)(code))
#define INSN_LDDIR(level)  (0x06400000u | (uint32_t)(level) << 10 | INSN_RJ | INSN_RD)
#define INSN_LDPTE(odd)    (0x06440000u | (uint32_t)(odd) << 10 | INSN_RJ)
#define INSN_IOCSRRD_B     (0x06480000u | INSN_RJ | INSN_RD)
#define INSN_IOCSRRD_H     (0x06480400u | INSN_RJ | INSN_RD)
#define INSN_IOCSRRD_W     (0x06480800u | INSN_RJ | INSN_RD)
#define INSN_IOCSRRD_D     (0x06480c00u | INSN_RJ | INSN_RD)
#define INSN_IOCSRWR_B     (0x06481000u | INSN_RJ1 | INSN_RD)
#define INSN_IOCSRWR_H     (0x06481400u | INSN_RJ1 | INSN_RD)
#define INSN_IOCSRWR_W     (0x06481800u | INSN_RJ1 | INSN_RD)
#define INSN_IOCSRWR_D     (0x06481c00u | INSN_RJ1 | INSN_RD)
#define INSN_CPUCFG        (0x00006c00u | INSN_RJ | INSN_RD)
#define INSN_RDTIMEL_W     (0x00006000u | INSN_RJ1 | INSN_RD)
#define INSN_RDTIMEH_W     (0x00006400u | INSN_RJ1 | INSN_RD)
#define INSN_RDTIME_D      (0x00006800u | INSN_RJ1 | INSN_RD)
#define INSN_LD_D          (0x28c00000u | INSN_RJ | INSN_RD)
#define INSN_LD_W          (0x28800000u | INSN_RJ | INSN_RD)
#define INSN_ST_D          (0x29c00000u | INSN_RJ1 | INSN_RD)
#define INSN_LL_D          (0x22000000u | INSN_RJ | INSN_RD)
#define INSN_SC_D          (0x23000000u | INSN_RJ1 | INSN_RD)
#define INSN_AMADD_D       0x386198a4u /* amadd.d a0, a2, a1: the address is a1 */
#define INSN_NOP           0x03400000u
#define INSN_RET           0x4c000020u
#define INSN_FP            0x0114a880u /* movgr2fr.d fa0, a0 */
#define INSN_FP_BACK       0x0114b804u /* movfr2gr.d a0, fa0 */
#define INSN_LSX           0x729f0c80u /* vreplgr2vr.d vr0, a0 */
#define INSN_VST           0x2c4000a0u /* vst vr0, a1, 0 */
#define INSN_LASX          0x769f0c80u /* xvreplgr2vr.d xr0, a0 */
#define INSN_LBT           0x00000880u /* movgr2scr scr0, a0 */
#define INSN_UNDEFINED     0xffffffffu

#endif
