/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One macro for each way to access a CSR; numbers must be constants (registers.h). */
#ifndef LV_ARCH_CSR_H
#define LV_ARCH_CSR_H

#include <arch/registers.h>
#include <stdint.h>

#ifndef __loongarch__
#include <csr_host.h> /* the unit tests' functions of the same names */
#else
#define CSR_READ_BY(instruction, number)                                                           \
    ({                                                                                             \
        uint64_t csr_read_value;                                                                   \
        __asm__ volatile(instruction " %0, %1" : "=r"(csr_read_value) : "i"(number) : "memory");   \
        csr_read_value;                                                                            \
    })

#define CSR_SWAP_BY(instruction, number, new_value)                                                \
    ({                                                                                             \
        uint64_t csr_swap_value = (new_value);                                                     \
        __asm__ volatile(instruction " %0, %1" : "+r"(csr_swap_value) : "i"(number) : "memory");   \
        csr_swap_value;                                                                            \
    })

#define CSR_CHANGE_BY(instruction, number, mask, new_value)                                        \
    ({                                                                                             \
        uint64_t csr_change_value = (new_value);                                                   \
        __asm__ volatile(instruction " %0, %1, %2"                                                 \
                         : "+r"(csr_change_value)                                                  \
                         : "r"((uint64_t)(mask)), "i"(number)                                      \
                         : "memory");                                                              \
        csr_change_value;                                                                          \
    })

/* The host's copy. */
#define csr_read(number)                 CSR_READ_BY("csrrd", number)
#define csr_write(number, value)         ((void)CSR_SWAP_BY("csrwr", number, value))
#define csr_change(number, mask, value)  ((void)CSR_CHANGE_BY("csrxchg", number, mask, value))

/* The guest's copy. */
#define gcsr_read(number)                CSR_READ_BY("gcsrrd", number)
#define gcsr_write(number, value)        ((void)CSR_SWAP_BY("gcsrwr", number, value))
#define gcsr_change(number, mask, value) ((void)CSR_CHANGE_BY("gcsrxchg", number, mask, value))

/* IOCSRs of 4 bytes, as this CPU sees them. */
static inline uint32_t iocsr_read_word(uint32_t number) {
    uint64_t value;

    __asm__ volatile("iocsrrd.w %0, %1" : "=r"(value) : "r"((uint64_t)number) : "memory");
    return (uint32_t)value;
}

/*
 * IOCSR writes are not ordered with memory. dbar 0 orders earlier memory writes before the IOCSR
 * write that notifies another CPU, and that CPU's IOCSR acknowledgement before its next reads.
 */
static inline void iocsr_order(void) {
    __asm__ volatile("dbar 0" : : : "memory");
}

static inline void iocsr_write_word(uint32_t number, uint32_t value) {
    __asm__ volatile("iocsrwr.w %0, %1" : : "r"((uint64_t)value), "r"((uint64_t)number) : "memory");
}

static inline uint32_t cpucfg_read(uint32_t leaf) {
    uint64_t value;

    __asm__ volatile("cpucfg %0, %1" : "=r"(value) : "r"((uint64_t)leaf));
    return (uint32_t)value;
}
#endif

#endif
