/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LV_CORE_HYPERCALL_H
#define LV_CORE_HYPERCALL_H

#include <core/vcpu.h>

/* No answer yet: the guest makes the call again, and takes its interrupts in between. */
#define HYPERCALL_AGAIN INT64_MIN

/*
 * Answers hypercall code with arguments a1, a2 of the vCPU: the result for a0, negative = -errno,
 * or HYPERCALL_AGAIN. Own CPU, on the exit path.
 */
int64_t hypercall_handle(struct vcpu *vcpu, uint64_t code, uint64_t a1, uint64_t a2);

/* The same for hvcl LV_KVM_SERVICE with KVM's functions and error numbers. args: a1, a2, a3. */
int64_t hypercall_handle_kvm(struct vcpu *vcpu, uint64_t function, const uint64_t args[3]);

/* What follows is between hypercall_hot.c, which dispatches, and hypercall.c, the table. */
/* What a call is about: the zone of a1 and the caller's buffer, as its row says, and the rest. */
struct call {
    struct vcpu *vcpu;
    struct zone *zone;
    void *buffer;
    uint64_t a1;
    uint64_t a2;
};

/* Who may call. */
enum caller {
    CALLER_ROOT, /* the root zone */
    CALLER_SELF, /* the root zone, and others on themselves */
};

/* Which argument is the GPA of a buffer in the caller's RAM. */
enum buffer { BUFFER_NONE, BUFFER_A1, BUFFER_A2 };

/* Either quick, which checks for itself what it needs, or handle and what the dispatcher checks. */
struct call_row {
    int64_t (*quick)(struct vcpu *vcpu, uint64_t a1, uint64_t a2);
    int64_t (*handle)(const struct call *call);
    uint8_t caller;   /* enum caller */
    bool on_zone;     /* a1 is the id of a zone that exists */
    bool not_on_self; /* which is not the caller's own */
    uint8_t buffer;   /* enum buffer */
    uint8_t align;    /* of the buffer, bytes */
    uint16_t size;    /* of the buffer, bytes */
};

/* The first of our own calls; smaller codes are the rows of core/compat.h. */
#define CALL_FIRST       LV_HYPERCALL_VERSION
#define COMPAT_CALL_ROWS 21u

/* By code - CALL_FIRST; a row without a function is no call. */
#define CALL_ROWS (LV_HYPERCALL_LAST - CALL_FIRST + 1)
extern const struct call_row call_rows[CALL_ROWS];

/* Does what a row without a quick function asks for. Own CPU. */
int64_t call_by_row(struct vcpu *vcpu, const struct call_row *row, uint64_t a1, uint64_t a2);

/* The caller's own memory at gpa, or NULL. Own CPU. */
void *call_buffer(struct vcpu *vcpu, gpa_t gpa, uint64_t size, uint64_t align);

int64_t call_raise_vector(struct vcpu *vcpu, uint64_t zone_id, uint64_t vector);
int64_t call_lower_vector(struct vcpu *vcpu, uint64_t zone_id, uint64_t vector);
int64_t call_virtio_kicks(struct vcpu *vcpu, uint64_t a1, uint64_t a2);
int64_t call_virtio_signal(struct vcpu *vcpu, uint64_t zone_id, uint64_t argument);

#endif
