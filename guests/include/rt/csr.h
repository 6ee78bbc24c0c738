/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * CSR numbers, fields and accessors (LoongArch manual vol. 1, chapter 7; LVZ reference,
 * sections 1.5, 2 and 3.1). The accessors are macros because the CSR number is part of the
 * instruction.
 */
#ifndef RT_CSR_H
#define RT_CSR_H

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
#define CSR_TLBRENTRY 0x88
#define CSR_TLBRBADV  0x89
#define CSR_TLBRERA   0x8a
#define CSR_TLBRSAVE  0x8b
#define CSR_TLBRELO0  0x8c
#define CSR_TLBRELO1  0x8d
#define CSR_TLBREHI   0x8e
#define CSR_TLBRPRMD  0x8f
#define CSR_MERRCTL   0x90
#define CSR_MERRENTRY 0x93
#define CSR_MERRERA   0x94
#define CSR_MERRSAVE  0x95
#define CSR_CTAG      0x98
#define CSR_DMW0      0x180
#define CSR_DMW1      0x181
#define CSR_DMW2      0x182
#define CSR_DMW3      0x183

#define CRMD_PLV_MASK 0x3
#define CRMD_IE       0x4
#define CRMD_DA       0x8
#define CRMD_PG       0x10
/* Paged mode with cached, coherent DATF and DATM: the value every LoongArch system runs with. */
#define CRMD_PAGED 0xb0

#define PRMD_PIE 0x4

#define EUEN_FPE  0x1
#define EUEN_SXE  0x2
#define EUEN_ASXE 0x4
#define EUEN_BTE  0x8

#define ESTAT_IS_MASK       0x1fff
#define ESTAT_ECODE_SHIFT   16
#define ESTAT_ECODE_MASK    0x3f
#define ESTAT_SUBCODE_SHIFT 22
#define ESTAT_SUBCODE_MASK  0x1ff
#define ECFG_VS_SHIFT       16
#define ECFG_VS_MASK        0x7
#define IRQ_SWI0            0
#define IRQ_SWI1            1
#define IRQ_HWI0            2
#define IRQ_PMI             10
#define IRQ_TIMER           11
#define IRQ_IPI             12

#define TLBIDX_PS_SHIFT 24
#define TLBIDX_NE       0x80000000UL

#define TLBELO_V         0x1UL
#define TLBELO_D         0x2UL
#define TLBELO_PLV_SHIFT 2
#define TLBELO_CC        0x10UL
#define TLBELO_G         0x40UL
#define TLBELO_NR        (1UL << 61)
#define TLBELO_NX        (1UL << 62)
#define TLBELO_RPLV      (1UL << 63)
/* In-memory entries of directories: the huge bit, and where the global bit moves to (LVZ
 * reference 2.8). */
#define PTE_HUGE   0x40UL
#define PTE_HUGE_G (1UL << 12)

#define TCFG_EN       0x1UL
#define TCFG_PERIODIC 0x2UL

#define LLBCTL_ROLLB 0x1
#define LLBCTL_WCLLB 0x2
#define LLBCTL_KLO   0x4

#define TLBRERA_ISTLBR 0x1
#define TLBRPRMD_PGM   0x8
#define MERRCTL_ISMERR 0x1
#define MERRCTL_PGM    0x20

#define GTLBC_GMTLBSZ_MASK 0x3fUL
#define GTLBC_USETGID      (1UL << 12)
#define GTLBC_TOTI         (1UL << 13)
#define GTLBC_USEVMID      (1UL << 14)
#define GTLBC_TGID_SHIFT   16
#define GTLBC_TGID_MASK    (0xffUL << GTLBC_TGID_SHIFT)

#define GSTAT_VM           0x1UL
#define GSTAT_PVM          0x2UL
#define GSTAT_GIDBIT_SHIFT 4
#define GSTAT_GIDBIT_MASK  0x3fUL
#define GSTAT_GID_SHIFT    16
#define GSTAT_GID_MASK     (0xffUL << GSTAT_GID_SHIFT)

#define GCFG_MATP_MASK  0xfUL
#define GCFG_MATC_SHIFT 4
#define GCFG_MATC_MASK  (0x3UL << GCFG_MATC_SHIFT)
#define GCFG_SITP       (1UL << 6)
#define GCFG_SIT        (1UL << 7)
#define GCFG_TITP       (1UL << 8)
#define GCFG_TIT        (1UL << 9)
#define GCFG_TOEP       (1UL << 10)
#define GCFG_TOE        (1UL << 11)
#define GCFG_TOPP       (1UL << 12)
#define GCFG_TOP        (1UL << 13)
#define GCFG_TORUP      (1UL << 14)
#define GCFG_TORU       (1UL << 15)
#define GCFG_GCIP_SHIFT 16
#define GCFG_GCIP_MASK  (0xfUL << GCFG_GCIP_SHIFT)
#define GCFG_GCI_SHIFT  20
#define GCFG_GCI_MASK   (0x3UL << GCFG_GCI_SHIFT)
#define GCFG_GPMP       (1UL << 23)
#define GCFG_GPERF_MASK (0x7UL << 24)
#define GCFG_CAPABILITIES                                                                          \
    (GCFG_MATP_MASK | GCFG_SITP | GCFG_TITP | GCFG_TOEP | GCFG_TOPP | GCFG_TORUP |                 \
     GCFG_GCIP_MASK | GCFG_GPMP)

#define GINTC_HWIP_SHIFT 8
#define GINTC_HWIC_SHIFT 16

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

#define ADE_FETCH  0
#define ADE_MEMORY 1

/* Direct-mapped windows of the runtime: cached at 0x9000..., uncached at 0x8000... */
#define RT_CACHED_BASE   0x9000000000000000
#define RT_UNCACHED_BASE 0x8000000000000000
#define RT_DMW_CACHED    0x9000000000000019
#define RT_DMW_UNCACHED  0x8000000000000009

#ifndef __ASSEMBLER__

#include <stdint.h>

#define csr_read(num)                                                                              \
    ({                                                                                             \
        uint64_t rd_;                                                                              \
        __asm__ volatile("csrrd %0, %1" : "=r"(rd_) : "i"(num) : "memory");                        \
        rd_;                                                                                       \
    })

/* The value is the CSR's old one. */
#define csr_write(num, value)                                                                      \
    ({                                                                                             \
        uint64_t wr_ = (value);                                                                    \
        __asm__ volatile("csrwr %0, %1" : "+r"(wr_) : "i"(num) : "memory");                        \
        wr_;                                                                                       \
    })

#define csr_xchg(num, value, mask)                                                                 \
    ({                                                                                             \
        uint64_t xc_ = (value);                                                                    \
        __asm__ volatile("csrxchg %0, %1, %2" : "+r"(xc_) : "r"(mask), "i"(num) : "memory");       \
        xc_;                                                                                       \
    })

/* The guest bank, as words: not every assembler knows LVZ. Register a0 is 4, a1 is 5. */
#define gcsr_read(num)                                                                             \
    ({                                                                                             \
        register uint64_t grd_ __asm__("a0");                                                      \
        __asm__ volatile(".word %1" : "=r"(grd_) : "i"(0x05000004 | (num) << 10) : "memory");      \
        grd_;                                                                                      \
    })

#define gcsr_write(num, value)                                                                     \
    ({                                                                                             \
        uint64_t gvalue_ = (value);                                                                \
        register uint64_t gwr_ __asm__("a0") = gvalue_;                                            \
        __asm__ volatile(".word %1" : "+r"(gwr_) : "i"(0x05000024 | (num) << 10) : "memory");      \
        gwr_;                                                                                      \
    })

#define gcsr_xchg(num, value, mask)                                                                \
    ({                                                                                             \
        uint64_t gxvalue_ = (value);                                                               \
        uint64_t gxmask_ = (mask);                                                                 \
        register uint64_t gxc_ __asm__("a0") = gxvalue_;                                           \
        register uint64_t gmk_ __asm__("a1") = gxmask_;                                            \
        __asm__ volatile(".word %1"                                                                \
                         : "+r"(gxc_)                                                              \
                         : "i"(0x050000a4 | (num) << 10), "r"(gmk_)                                \
                         : "memory");                                                              \
        gxc_;                                                                                      \
    })

#define invtlb(op, info, address)                                                                  \
    __asm__ volatile("invtlb %0, %1, %2" ::"i"(op), "r"(info), "r"(address) : "memory")

static inline uint32_t iocsr_read32(uint32_t address) {
    uint32_t value;
    __asm__ volatile("iocsrrd.w %0, %1" : "=r"(value) : "r"(address) : "memory");
    return value;
}

static inline uint64_t iocsr_read64(uint32_t address) {
    uint64_t value;
    __asm__ volatile("iocsrrd.d %0, %1" : "=r"(value) : "r"(address) : "memory");
    return value;
}

static inline void iocsr_write32(uint32_t address, uint32_t value) {
    __asm__ volatile("iocsrwr.w %0, %1" ::"r"(value), "r"(address) : "memory");
}

static inline void iocsr_write64(uint32_t address, uint64_t value) {
    __asm__ volatile("iocsrwr.d %0, %1" ::"r"(value), "r"(address) : "memory");
}

static inline uint32_t cpucfg_read(uint32_t leaf) {
    uint32_t value;
    __asm__ volatile("cpucfg %0, %1" : "=r"(value) : "r"(leaf));
    return value;
}

static inline uint64_t rdtime(void) {
    uint64_t value;
    uint64_t id;
    __asm__ volatile("rdtime.d %0, %1" : "=r"(value), "=r"(id)::"memory");
    return value;
}

static inline uint64_t rdtime_id(void) {
    uint64_t value;
    uint64_t id;
    __asm__ volatile("rdtime.d %0, %1" : "=r"(value), "=r"(id)::"memory");
    return id;
}

#endif
#endif
