/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The values to which the hypervisor sets LoongArch's registers, for C and assembly. */
#ifndef LV_ARCH_REGISTERS_H
#define LV_ARCH_REGISTERS_H

#include <loongarch/registers.h>

#define MODE_MASK 0x7 /* PLV and IE of CRMD, PPLV and PIE of PRMD */

/* The units that the hypervisor clears for the next zone. Nothing clears the registers of binary
 * translation, so it is left out. */
#define EUEN_UNITS (EUEN_FPE | EUEN_SXE | EUEN_ASXE)

/* Words of cpucfg (manual volume 1, table 3). UNKNOWN: above the highest bit with a meaning. */
#define CPUCFG1            1
#define CPUCFG1_PALEN_HIGH 11 /* bits of an address, minus one; so is VALEN */
#define CPUCFG1_PALEN_LOW  4
#define CPUCFG1_VALEN_HIGH 19
#define CPUCFG1_VALEN_LOW  12
#define CPUCFG1_MSG_INT    0x4000000
#define CPUCFG1_UNKNOWN    0xf8000000
#define CPUCFG2            2
#define CPUCFG2_LVZ_HIGH   13
#define CPUCFG2_LVZ_LOW    10 /* LVZ; its version follows */
#define CPUCFG2_UNKNOWN    0x80000000

/* A machine error in progress; ERTN then returns to PLV 0 and paging in host mode. */
#define MERRCTL_TO_HOST 0xb01

/* All fields that grant the guest a facility or trap its use (LVZ reference 2.4). */
#define GCFG_CONTROLS 0x0730aab0

/* Both windows are for PLV 0 alone. */
#define DMW_UNCACHED      0x8000000000000001
#define DMW_CACHED        0x9000000000000011
#define WINDOW_CACHED_TOP (-0x700) /* bits 63 to 52, for lu52i.d */

/* For assembly: the address of a nearby symbol in the cached window, at any PC. */
#define LA_CACHED(register, symbol)                                                                \
    la.pcrel register, symbol;                                                                     \
    lu52i.d register, register, WINDOW_CACHED_TOP

#endif
