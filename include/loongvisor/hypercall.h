/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * Hypercalls: `hvcl 0` with the code in a0 and arguments in a1, a2; the result comes back in a0. A
 * negative result is one of the error numbers below, negated; -LV_ENOSYS for an unknown code.
 * Buffers are named by GPA, 8-byte aligned, inside one RAM region of the caller.
 */
#ifndef LOONGVISOR_HYPERCALL_H
#define LOONGVISOR_HYPERCALL_H

#include <loongvisor/zone_config.h>
#include <stdint.h>

/* Result: LV_HYPERCALL_ABI. Open to every zone. */
#define LV_HYPERCALL_VERSION 0x100u
/* a1 = zone id, a2 = GPA of a struct lv_zone_info_page to fill. The root zone, or the zone itself.
 */
#define LV_HYPERCALL_STATS 0x101u
/* a1 = zone id, a2 = GPA of a struct lv_zone_status to fill. The root zone. */
#define LV_HYPERCALL_STATUS 0x102u
/* a1 = zone id, not the caller's own. Holds all its vCPUs, or lets them go on. The root zone. */
#define LV_HYPERCALL_PAUSE  0x103u
#define LV_HYPERCALL_RESUME 0x104u
/* a1 = zone id, a2 = vector that no device owns. Sets the vector's line high or low. The root zone.
 */
#define LV_HYPERCALL_RAISE_VECTOR 0x105u
#define LV_HYPERCALL_LOWER_VECTOR 0x106u

#define LV_HYPERCALL_ABI 1

#define LV_EPERM  1
#define LV_ENOENT 2
#define LV_EFAULT 14
#define LV_EINVAL 22
#define LV_ENOSYS 38

/* cpucfg leaf that says who the hypervisor is. Without paravirtual IPIs it answers "LGVR". */
#define LV_CPUCFG_SIGNATURE       0x40000000u
#define LV_CPUCFG_SIGNATURE_VALUE 0x5256474cu

enum lv_zone_state {
    LV_STATE_ABSENT,
    LV_STATE_CREATED,
    LV_STATE_RUNNING,
    LV_STATE_PAUSED,
    LV_STATE_FAILING, /* for a moment: its vCPUs stop, the failure is being written down */
    LV_STATE_FAILED,
};

/* One exit: where the guest was, and why it left. */
struct lv_exit_record {
    uint64_t pc;
    uint32_t word;  /* instruction, for synchronous exits */
    uint32_t ecode; /* exception code of the exit */
};

#define LV_EXIT_RECORDS 32u

/* What is kept of a failed zone: the vCPU that failed, as it was. */
struct lv_zone_failure {
    uint32_t vcpu;
    uint32_t ecode; /* of the exit that ended the zone */
    uint64_t pc;
    uint64_t estat;
    uint64_t badv;
    uint64_t badi;
    uint64_t guest_crmd;
    uint64_t guest_prmd;
    uint64_t guest_estat;
    uint64_t guest_era;
    uint64_t guest_badv;
    uint64_t guest_eentry;
    uint64_t gpr[32];
    struct lv_exit_record exits[LV_EXIT_RECORDS]; /* oldest first; ecode ~0: none */
};

struct lv_zone_status {
    uint32_t state; /* enum lv_zone_state */
    uint32_t num_vcpus;
    struct lv_zone_failure failure; /* meaningful if state is LV_STATE_FAILED */
};

_Static_assert(sizeof(struct lv_exit_record) == 16, "lv_exit_record is part of the ABI");
_Static_assert(sizeof(struct lv_zone_failure) == 856, "lv_zone_failure is part of the ABI");
_Static_assert(sizeof(struct lv_zone_status) == 864, "lv_zone_status is part of the ABI");

#endif
