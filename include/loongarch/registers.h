/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * Numbers and fields of LoongArch's registers, for C and assembly: CSRs and exception codes
 * (LoongArch manual volume 1, chapter 7), those of LVZ (LVZ reference, section 2). Guest copies
 * (GCSR) have the number of the register that they copy.
 */
#ifndef LOONGARCH_REGISTERS_H
#define LOONGARCH_REGISTERS_H

/* A constant of 64 bits in C; assemblers know no suffix. */
#ifdef __ASSEMBLER__
#define LA_UL(value) value
#else
#define LA_UL(value) value##UL
#endif

#define CSR_CRMD      0x0
#define CSR_PRMD      0x1
#define CSR_EUEN      0x2
#define CSR_MISC      0x3
#define CSR_ECFG      0x4
#define CSR_ESTAT     0x5
#define CSR_ERA       0x6
#define CSR_BADV      0x7
#define CSR_BADI      0x8
#define CSR_EENTRY    0xc
#define CSR_TLBIDX    0x10
#define CSR_TLBEHI    0x11
#define CSR_TLBELO0   0x12
#define CSR_TLBELO1   0x13
#define CSR_GTLBC     0x15
#define CSR_TRGP      0x16
#define CSR_ASID      0x18
#define CSR_PGDL      0x19
#define CSR_PGDH      0x1a
#define CSR_PGD       0x1b
#define CSR_PWCL      0x1c
#define CSR_PWCH      0x1d
#define CSR_STLBPS    0x1e
#define CSR_RVACFG    0x1f
#define CSR_CPUID     0x20
#define CSR_PRCFG1    0x21
#define CSR_PRCFG2    0x22
#define CSR_PRCFG3    0x23
#define CSR_SAVE0     0x30
#define CSR_SAVE1     0x31
#define CSR_SAVE2     0x32
#define CSR_SAVE3     0x33
#define CSR_SAVE4     0x34
#define CSR_SAVE5     0x35
#define CSR_SAVE6     0x36
#define CSR_SAVE7     0x37
#define CSR_TID       0x40
#define CSR_TCFG      0x41
#define CSR_TVAL      0x42
#define CSR_CNTC      0x43
#define CSR_TICLR     0x44
#define CSR_GSTAT     0x50
#define CSR_GCFG      0x51
#define CSR_GINTC     0x52
#define CSR_GCNTC     0x53
#define CSR_LLBCTL    0x60
#define CSR_IMPCTL1   0x80
#define CSR_IMPCTL2   0x81
#define CSR_TLBRENTRY 0x88
#define CSR_TLBRBADV  0x89
#define CSR_TLBRERA   0x8a
#define CSR_TLBRSAVE  0x8b
#define CSR_TLBRELO0  0x8c
#define CSR_TLBRELO1  0x8d
#define CSR_TLBREHI   0x8e
#define CSR_TLBRPRMD  0x8f
#define CSR_MERRCTL   0x90
#define CSR_MERRINFO1 0x91
#define CSR_MERRINFO2 0x92
#define CSR_MERRENTRY 0x93
#define CSR_MERRERA   0x94
#define CSR_MERRSAVE  0x95
#define CSR_CTAG      0x98
#define CSR_MSGIS0    0xa0
#define CSR_MSGIS1    0xa1
#define CSR_MSGIS2    0xa2
#define CSR_MSGIS3    0xa3
#define CSR_MSGIE     0xa5
#define CSR_DMW0      0x180
#define CSR_DMW1      0x181
#define CSR_DMW2      0x182
#define CSR_DMW3      0x183

#define CRMD_PLV_MASK 0x3
#define CRMD_IE       0x4
#define CRMD_DA       0x8
#define CRMD_PG       0x10
#define CRMD_WE_SHIFT 9
/* Paged mode, PLV 0, with cached, coherent DATF and DATM: what every LoongArch system runs with. */
#define CRMD_PAGED 0xb0

/* What CRMD becomes at ERTN. */
#define PRMD_PIE       0x4
#define PRMD_PWE_SHIFT 3

#define EUEN_FPE  0x1
#define EUEN_SXE  0x2
#define EUEN_ASXE 0x4
#define EUEN_BTE  0x8

/* Interrupt numbers: bits of ECFG.LIE and ESTAT.IS (LVZ reference 7.1). */
#define IRQ_SWI0  0
#define IRQ_SWI1  1
#define IRQ_HWI0  2
#define IRQ_PMI   10
#define IRQ_TIMER 11
#define IRQ_IPI   12

#define ESTAT_IS_MASK       0x1fff
#define ESTAT_ECODE_SHIFT   16
#define ESTAT_ECODE_MASK    0x3f
#define ESTAT_SUBCODE_SHIFT 22
#define ESTAT_SUBCODE_MASK  0x1ff
#define ECFG_VS_SHIFT       16
#define ECFG_VS_MASK        0x7

/* CPUID.CoreID is bits 8 to 0. */
#define CPUID_CORE_HIGH 8

#define PRCFG1_SAVE_NUM 0xf

#define TLBIDX_PS_SHIFT 24
#define TLBIDX_NE       LA_UL(0x80000000)

#define TLBELO_V         LA_UL(0x1)
#define TLBELO_D         LA_UL(0x2)
#define TLBELO_PLV_SHIFT 2
#define TLBELO_CC        LA_UL(0x10)
#define TLBELO_G         LA_UL(0x40)
#define TLBELO_NR        (LA_UL(1) << 61)
#define TLBELO_NX        (LA_UL(1) << 62)
#define TLBELO_RPLV      (LA_UL(1) << 63)

#define TCFG_EN       LA_UL(0x1)
#define TCFG_PERIODIC LA_UL(0x2)
#define TCFG_LOW_BITS LA_UL(0x3) /* the count starts at TCFG without these */
#define TICLR_CLEAR   0x1

#define LLBCTL_ROLLB 0x1
#define LLBCTL_WCLLB 0x2
#define LLBCTL_KLO   0x4

#define TLBRERA_ISTLBR 0x1
#define TLBRPRMD_PGM   0x8
#define MERRCTL_ISMERR 0x1
#define MERRCTL_PGM    0x20

#define GTLBC_GMTLBSZ_MASK LA_UL(0x3f)
#define GTLBC_USETGID      (LA_UL(1) << 12)
#define GTLBC_TOTI         (LA_UL(1) << 13)
#define GTLBC_USEVMID      (LA_UL(1) << 14)
#define GTLBC_TGID_SHIFT   16
#define GTLBC_TGID_MASK    (LA_UL(0xff) << GTLBC_TGID_SHIFT)

#define GSTAT_VM           LA_UL(0x1)
#define GSTAT_PVM          LA_UL(0x2)
#define GSTAT_GIDBIT_SHIFT 4
#define GSTAT_GIDBIT_MASK  LA_UL(0x3f)
#define GSTAT_GID_SHIFT    16
#define GSTAT_GID_MASK     (LA_UL(0xff) << GSTAT_GID_SHIFT)

#define GCFG_MATP_MASK  LA_UL(0xf)
#define GCFG_MATP_ROOT  LA_UL(0x2)
#define GCFG_MATC_SHIFT 4
#define GCFG_MATC_MASK  (LA_UL(0x3) << GCFG_MATC_SHIFT)
#define GCFG_MATC_ROOT  (LA_UL(0x1) << GCFG_MATC_SHIFT)
#define GCFG_SITP       (LA_UL(1) << 6)
#define GCFG_SIT        (LA_UL(1) << 7)
#define GCFG_TITP       (LA_UL(1) << 8)
#define GCFG_TIT        (LA_UL(1) << 9)
#define GCFG_TOEP       (LA_UL(1) << 10)
#define GCFG_TOE        (LA_UL(1) << 11)
#define GCFG_TOPP       (LA_UL(1) << 12)
#define GCFG_TOP        (LA_UL(1) << 13)
#define GCFG_TORUP      (LA_UL(1) << 14)
#define GCFG_TORU       (LA_UL(1) << 15)
#define GCFG_GCIP_SHIFT 16
#define GCFG_GCIP_MASK  (LA_UL(0xf) << GCFG_GCIP_SHIFT)
#define GCFG_GCI_SHIFT  20
#define GCFG_GCI_MASK   (LA_UL(0x3) << GCFG_GCI_SHIFT)
#define GCFG_GPMP       (LA_UL(1) << 23)
#define GCFG_GPERF_MASK (LA_UL(0x7) << 24)

#define GINTC_VIP_MASK   0xff
#define GINTC_HWIP_SHIFT 8
#define GINTC_HWIC_SHIFT 16

/* Windows onto physical memory as Linux and the hypervisor set them (LVZ reference 13.1), and what
 * is left of an address without its window. */
#define WINDOW_UNCACHED LA_UL(0x8000000000000000)
#define WINDOW_CACHED   LA_UL(0x9000000000000000)
#define WINDOW_BITS     48

/* Operations of invtlb (LVZ reference 3.4): everything; both stages of all guests. */
#define INVTLB_ALL        0x0
#define INVTLB_ALL_GUESTS 0x12

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
#define ECODE_ALE  9
#define ECODE_BCE  10
#define ECODE_SYS  11
#define ECODE_BRK  12
#define ECODE_INE  13
#define ECODE_IPE  14
#define ECODE_FPD  15
#define ECODE_SXD  16
#define ECODE_ASXD 17
#define ECODE_FPE  18
#define ECODE_BTD  20
#define ECODE_GSPR 22
#define ECODE_HVC  23

#define ESUBCODE_ADEF 0
#define ESUBCODE_ADEM 1

/* IOCSRs: what the machine is, a CPU's own IPI block, sends to other CPUs, the EIOINTC (LVZ
 * reference 9.1). */
#define IOCSR_VERSION      0x0
#define IOCSR_FEATURES     0x8
#define IOCSR_VENDOR       0x10
#define IOCSR_CPUNAME      0x20
#define IOCSR_MISC_FUNC    0x420
#define IOCSR_IPI_STATUS   0x1000
#define IOCSR_IPI_ENABLE   0x1004
#define IOCSR_IPI_SET      0x1008
#define IOCSR_IPI_CLEAR    0x100c
#define IOCSR_MAIL_BOX     0x1020
#define IOCSR_IPI_SEND     0x1040
#define IOCSR_MAIL_SEND    0x1048
#define IOCSR_ANY_SEND     0x1158
#define IOCSR_EIO_NODE_MAP 0x14a0
#define IOCSR_EIO_IP_MAP   0x14c0
#define IOCSR_EIO_ENABLE   0x1600
#define IOCSR_EIO_BOUNCE   0x1680
#define IOCSR_EIO_STATUS   0x1800
#define IOCSR_EIO_CORE_MAP 0x1c00

/* Fields of IPI_SEND, MAIL_SEND and ANY_SEND. */
#define SEND_BLOCKING   LA_UL(0x80000000)
#define SEND_CPU_SHIFT  16
#define SEND_KEEP_SHIFT 27
#define SEND_DATA_SHIFT 32
#define MAIL_HALF_SHIFT 2

#endif
