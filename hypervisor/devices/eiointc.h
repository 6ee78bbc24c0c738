/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The extended I/O interrupt controller as a zone sees it behind iocsr* (LVZ reference 9.1). A zone
 * owns whole groups of 32 vectors, because routing to CPU lines (the ip map) is by group. What
 * belongs to the zone's groups and CPUs reaches the hardware; the rest reads 0 and ignores writes.
 *
 * No register is read to be written back: CPUs and zones share words, and what stays is left alone
 * by the byte keep-mask of the hardware's own ANY_SEND.
 */
#ifndef LV_DEVICES_EIOINTC_H
#define LV_DEVICES_EIOINTC_H

#include <core/types.h>
#include <loongvisor/zone_config.h>

#define EIOINTC_GROUP_VECTORS 32u
#define EIOINTC_GROUPS        (LV_NUM_VECTORS / EIOINTC_GROUP_VECTORS)
/* Core-map bytes name the CPUs 0 to 3 of a node. */
#define EIOINTC_CPUS 4u

struct zone;

struct eiointc {
    struct zone *zone;
    uint32_t groups;     /* owned, a bit each */
    uint8_t default_cpu; /* core-map bit of the zone's first CPU: where nothing else is said */
};

/* The groups that a configuration owns; false if it owns a part of one. */
bool eiointc_groups(const struct lv_zone_config *config, uint32_t *groups);

/*
 * Reads the zone's groups from its checked configuration, disables them and routes them to the
 * zone's first CPU. CPU 0, before the zone runs.
 */
void eiointc_init(struct eiointc *eiointc, struct zone *zone);

/* Whether IOCSR number belongs to this controller. */
bool eiointc_owns(uint64_t number);

/*
 * Carries out an access that eiointc_owns() accepted. On the CPU of the vCPU that makes it, since
 * the status words are per CPU.
 */
void eiointc_access(struct eiointc *eiointc, struct access *access);

/*
 * A write of 32 bits, 4-byte aligned, that leaves the bytes of keep_mask as they are (ANY_SEND).
 * Status cannot be written so: the words are another CPU's.
 */
void eiointc_write_masked(struct eiointc *eiointc, uint64_t number, uint32_t data,
                          uint32_t keep_mask);

#endif
