/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The extended I/O interrupt controller as a zone sees it behind iocsr* (LVZ reference 9.1). What
 * belongs to the zone's own vectors and CPUs reaches the hardware; the rest reads 0 and ignores
 * writes.
 */
#ifndef LV_DEVICES_EIOINTC_H
#define LV_DEVICES_EIOINTC_H

#include <core/types.h>
#include <loongvisor/zone_config.h>

struct zone;

struct eiointc {
    struct zone *zone;
    uint32_t vectors[LV_NUM_VECTORS / 32]; /* owned, a bit each */
    bool owns_all;
};

/* Reads the zone's vectors from its configuration. CPU 0, before the zone runs. */
void eiointc_init(struct eiointc *eiointc, struct zone *zone);

/* Whether IOCSR number belongs to this controller. */
bool eiointc_owns(uint64_t number);

/*
 * Carries out an access that eiointc_owns() accepted. On the CPU of the vCPU that makes it, since
 * the status words are per CPU.
 */
void eiointc_access(struct eiointc *eiointc, struct access *access);

/* A write of 32 bits, 4-byte aligned, that leaves the bytes of keep_mask as they are (ANY_SEND). */
void eiointc_write_masked(struct eiointc *eiointc, uint64_t number, uint32_t data,
                          uint32_t keep_mask);

#endif
