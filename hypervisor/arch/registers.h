/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CSR numbers and fields, for C and assembly. LoongArch manual volume 1, chapter 7; for LVZ: LVZ
 * reference, section 2. Guest copies (GCSR) have the number of the register they copy.
 */
#ifndef LV_ARCH_REGISTERS_H
#define LV_ARCH_REGISTERS_H

#define CSR_CRMD    0x0
#define CSR_PRMD    0x1
#define CSR_EUEN    0x2
#define CSR_MISC    0x3
#define CSR_ECFG    0x4
#define CSR_ESTAT   0x5
#define CSR_ERA     0x6
#define CSR_BADV    0x7
#define CSR_BADI    0x8
#define CSR_EENTRY  0xc
#define CSR_TLBIDX  0x10
#define CSR_TLBEHI  0x11
#define CSR_TLBELO0 0x12
#define CSR_TLBELO1 0x13
#define CSR_GTLBC   0x15
#define CSR_ASID    0x18
#define CSR_PGDL    0x19
#define CSR_PGDH    0x1a
#define CSR_PGD     0x1b
#define CSR_PWCL    0x1c
#define CSR_PWCH    0x1d
#define CSR_STLBPS  0x1e
#define CSR_RVACFG  0x1f
#define CSR_CPUID   0x20
/* CPUID.CoreID is bits 8 to 0. */
#define CPUID_CORE_HIGH 8
#define CSR_PRCFG1      0x21
#define CSR_PRCFG2      0x22
#define CSR_SAVE0       0x30
#define CSR_SAVE3       0x33
#define CSR_SAVE4       0x34
#define CSR_SAVE5       0x35
#define CSR_TID         0x40
#define CSR_TCFG        0x41
#define CSR_TVAL        0x42
#define CSR_CNTC        0x43
#define CSR_TICLR       0x44
#define CSR_GSTAT       0x50
#define CSR_GCFG        0x51
#define CSR_GINTC       0x52
#define CSR_GCNTC       0x53
#define CSR_LLBCTL      0x60
#define CSR_IMPCTL1     0x80
#define CSR_IMPCTL2     0x81
#define CSR_TLBRENTRY   0x88
#define CSR_TLBRBADV    0x89
#define CSR_TLBRERA     0x8a
#define CSR_TLBRSAVE    0x8b
#define CSR_TLBRELO0    0x8c
#define CSR_TLBRELO1    0x8d
#define CSR_TLBREHI     0x8e
#define CSR_TLBRPRMD    0x8f
#define CSR_MERRCTL     0x90
#define CSR_MERRINFO1   0x91
#define CSR_MERRINFO2   0x92
#define CSR_MERRENTRY   0x93
#define CSR_MERRERA     0x94
#define CSR_MERRSAVE    0x95
#define CSR_CTAG        0x98
#define CSR_MSGIS0      0xa0
#define CSR_MSGIS1      0xa1
#define CSR_MSGIS2      0xa2
#define CSR_MSGIS3      0xa3
#define CSR_MSGIE       0xa5
#define CSR_DMW0        0x180
#define CSR_DMW1        0x181
#define CSR_DMW2        0x182
#define CSR_DMW3        0x183

/* CRMD: PLV 0, paging on, fetches and accesses of direct mapped memory coherent and cached. */
#define CRMD_PLV_MASK 0x3
#define CRMD_DA       0x8
#define CRMD_HOST     0xb0
#define CRMD_WE_SHIFT 9
/* PRMD: what CRMD becomes at ERTN. */
#define PRMD_PIE       0x4
#define PRMD_PWE_SHIFT 3
#define MODE_MASK      0x7 /* PLV and IE of CRMD, PPLV and PIE of PRMD */

/*
 * What the hypervisor clears for the next zone: FP, LSX, LASX. Not binary translation, whose
 * registers nothing clears.
 */
#define EUEN_UNITS 0x7

/* Interrupt numbers: bits of ECFG.LIE and ESTAT.IS (LVZ reference 7.1). */
#define LINE_SWI0    0
#define LINE_HWI0    2
#define LINE_TIMER   11
#define LINE_IPI     12
#define LINES_MASK   0x1fff
#define ECFG_VS_HIGH 18
#define ECFG_VS_LOW  16

#define ESTAT_ECODE_HIGH    21
#define ESTAT_ECODE_LOW     16
#define ESTAT_ESUBCODE_LOW  22
#define ESTAT_ESUBCODE_HIGH 30

#define PRCFG1_SAVE_NUM 0xf

/* Words of cpucfg (manual volume 1, table 3). UNKNOWN: above the highest bit with a meaning. */
#define CPUCFG1         1
#define CPUCFG1_MSG_INT 0x4000000
#define CPUCFG1_UNKNOWN 0xf8000000
#define CPUCFG2         2
#define CPUCFG2_UNKNOWN 0x80000000

#define TCFG_ENABLE   0x1
#define TCFG_PERIODIC 0x2
#define TCFG_LOW_BITS 0x3 /* the count starts at TCFG without these */
#define TICLR_CLEAR   0x1

#define LLBCTL_WCLLB 0x2

#define TLBRERA_IS_TLBR 0x1
#define TLBRPRMD_PGM    0x8

/* MERRCTL: what ERTN makes of CRMD and of the mode; in progress, back to CRMD_HOST in host mode. */
#define MERRCTL_PGM     0x20
#define MERRCTL_TO_HOST 0xb01

#define GTLBC_USETGID    0x1000
#define GTLBC_TOTI       0x2000
#define GTLBC_TGID_SHIFT 16

#define GSTAT_PVM         0x2
#define GSTAT_GIDBIT_HIGH 9
#define GSTAT_GIDBIT_LOW  4
#define GSTAT_GID_SHIFT   16

#define GCFG_MATP_ROOT 0x2
#define GCFG_MATC_ROOT 0x10
/* All fields by which a guest is given or trapped what else it is not (LVZ reference 2.4). */
#define GCFG_CONTROLS 0x0730aab0

/* Operations of invtlb (LVZ reference 3.4): everything; both stages of all guests. */
#define INVTLB_ALL        0x0
#define INVTLB_ALL_GUESTS 0x12

#define GINTC_VIP_MASK   0xff
#define GINTC_HWIP_SHIFT 8

/* Direct mapped windows: 0x8000… uncached, 0x9000… cached, both for PLV 0 alone. */
#define WINDOW_UNCACHED   0x8000000000000000
#define WINDOW_CACHED     0x9000000000000000
#define WINDOW_CACHED_TOP (-0x700) /* bits 63 to 52, for lu52i.d */
#define DMW_UNCACHED      0x8000000000000001
#define DMW_CACHED        0x9000000000000011
#define WINDOW_BITS       48 /* what is left of an address without its window */

/* Exception codes (manual volume 1, table 21; LVZ reference 4.1). */
#define ECODE_INT  0
#define ECODE_PIL  1
#define ECODE_PIS  2
#define ECODE_PIF  3
#define ECODE_PME  4
#define ECODE_PNR  5
#define ECODE_PNX  6
#define ECODE_PPI  7
#define ECODE_ADE  8
#define ECODE_INE  13
#define ECODE_IPE  14
#define ECODE_FPD  15
#define ECODE_SXD  16
#define ECODE_ASXD 17
#define ECODE_BTD  20
#define ECODE_GSPR 22
#define ECODE_HVC  23

#define ESUBCODE_ADEF 0
#define ESUBCODE_ADEM 1

/* The own IPI block of a CPU (LVZ reference 9.1). */
#define IOCSR_IPI_STATUS 0x1000
#define IOCSR_IPI_ENABLE 0x1004
#define IOCSR_IPI_CLEAR  0x100c

/* For assembly: the address of a symbol nearby through the cached window, wherever the code runs.
 */
#define LA_CACHED(register, symbol)                                                                \
    la.pcrel register, symbol;                                                                     \
    lu52i.d register, register, WINDOW_CACHED_TOP

#endif
