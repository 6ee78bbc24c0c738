/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LV_CORE_HYPERCALL_H
#define LV_CORE_HYPERCALL_H

#include <core/vcpu.h>

/* KVM's interface for guests, as far as we have it (LVZ reference 9.5). */
#define KVM_HVCL_SERVICE    0x100u /* code field of hvcl */
#define KVM_FUNCTION_IPI    1u
#define KVM_ERROR_CODE      (-1)
#define KVM_SIGNATURE_VALUE 0x4d564bu /* "KVM" in cpucfg leaf 0x40000000 */
#define KVM_FEATURES_LEAF   0x40000004u
#define KVM_FEATURE_IPI     0x2u

/* No answer yet: the guest makes the call again, and takes its interrupts in between. */
#define HYPERCALL_AGAIN INT64_MIN

/*
 * Answers hypercall code with arguments a1, a2 of the vCPU: the result for a0, negative = -errno,
 * or HYPERCALL_AGAIN. Own CPU, on the exit path.
 */
int64_t hypercall_handle(struct vcpu *vcpu, uint64_t code, uint64_t a1, uint64_t a2);

/* The same for hvcl KVM_HVCL_SERVICE with KVM's functions and error numbers. args: a1, a2, a3. */
int64_t hypercall_handle_kvm(struct vcpu *vcpu, uint64_t function, const uint64_t args[3]);

#endif
