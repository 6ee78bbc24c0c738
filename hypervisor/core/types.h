/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a number means, said by its type. */
#ifndef LV_CORE_TYPES_H
#define LV_CORE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t hpa_t;     /* host physical address */
typedef uint64_t gpa_t;     /* a zone's physical address */
typedef uint64_t ticks_t;   /* of the stable counter */
typedef uint32_t cpu_id_t;  /* physical CPU: index into the board's list */
typedef uint32_t vcpu_id_t; /* a zone's own CPU number, 0 to n - 1 */

/* A handler's answer. Only vcpu_exit_done() decides what the last three cost. */
enum verdict {
    VERDICT_HANDLED,   /* done, the guest goes on */
    VERDICT_AGAIN,     /* nothing done yet: arch calls again, with all registers saved */
    VERDICT_UNHANDLED, /* nobody knows this exit */
    VERDICT_WATCHDOG,  /* the zone has given no sign of life for too long */
    VERDICT_FORBIDDEN, /* the zone cannot go on: it has no state in which the architecture would */
};

/* One load or store of a guest that the hypervisor carries out. */
struct access {
    uint64_t address; /* GPA, IOCSR number or offset, as the handler says */
    uint64_t value;   /* stored, or to be filled in by the handler of a load */
    unsigned size;    /* bytes: 1, 2, 4 or 8 */
    bool is_write;
};

#endif
