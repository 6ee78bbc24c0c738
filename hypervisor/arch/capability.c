// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/capability.h>
#include <arch/csr.h>
#include <lib/bits.h>
#include <stddef.h>
/* Bits of a GPA that four levels of 9 bits above a page translate, and of an entry's address. */
#define ADDRESS_BITS 48u

/* A TLB entry is a pair of pages: a leaf of 2 MiB is two of 2^20 bytes, one of 1 GiB two of 2^29.
 */
#define STAGE2_PAGE_SIZES (BIT(12) | BIT(20) | BIT(29))

static bool gid_fits(uint64_t gid) {
    return gid < BIT(csr_read(CSR_GSTAT) >> GSTAT_GIDBIT_SHIFT & GSTAT_GIDBIT_MASK);
}

static const char *addresses_missing(void) {
    uint64_t word = cpucfg_read(CPUCFG1);

    if (bits_get(word, CPUCFG1_PALEN_HIGH, CPUCFG1_PALEN_LOW) + 1 < ADDRESS_BITS) {
        return "the CPU has physical addresses of less than 48 bits (CPUCFG.1 PALEN)";
    }
    return bits_get(word, CPUCFG1_VALEN_HIGH, CPUCFG1_VALEN_LOW) + 1 < ADDRESS_BITS
               ? "the CPU has virtual addresses of less than 48 bits (CPUCFG.1 VALEN)"
               : NULL;
}

const char *capability_missing(uint64_t gid) {
    if ((cpucfg_read(CPUCFG2) & BIT(CPUCFG2_LVZ_LOW)) == 0) {
        return "the CPU has no LVZ extension (in QEMU: -cpu la464,lvz=on)";
    }
    if (!gid_fits(gid)) {
        return "the CPU has too few GID bits (GSTAT.GIDBIT)";
    }
    /* Without it a guest chooses memory types, and reads RAM as it was before a cached clear. */
    if ((csr_read(CSR_GCFG) & GCFG_MATP_ROOT) == 0) {
        return "the CPU cannot take memory types from stage 2 (GCFG.MATP root)";
    }
    if ((~csr_read(CSR_PRCFG2) & STAGE2_PAGE_SIZES) != 0) {
        return "the CPU's TLB has not all of the pages 2^12, 2^20 and 2^29 (PRCFG2)";
    }
    return addresses_missing();
}
