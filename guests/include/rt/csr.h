/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * Accessors of CSRs (LVZ reference, sections 1.5 and 3.1): macros, because the CSR number is part
 * of the instruction.
 */
#ifndef RT_CSR_H
#define RT_CSR_H

#include <loongarch/registers.h>

/* In-memory entries of directories: the huge bit, and where the global bit moves to (LVZ
 * reference 2.8). */
#define PTE_HUGE   0x40UL
#define PTE_HUGE_G (1UL << 12)

#define GCFG_CAPABILITIES                                                                          \
    (GCFG_MATP_MASK | GCFG_SITP | GCFG_TITP | GCFG_TOEP | GCFG_TOPP | GCFG_TORUP |                 \
     GCFG_GCIP_MASK | GCFG_GPMP)

/* The runtime's windows, for PLV 0 and 3. */
#define RT_CACHED_BASE   WINDOW_CACHED
#define RT_UNCACHED_BASE WINDOW_UNCACHED
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
