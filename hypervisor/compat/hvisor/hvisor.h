/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hvisor's hypercalls (loongvisor/hvisor.h), on Loongvisor's zones. */
#ifndef LV_COMPAT_HVISOR_H
#define LV_COMPAT_HVISOR_H

#include <core/vcpu.h>

/*
 * Answers hypercall code with arguments a1, a2 of the vCPU: the result for a0, negative = -errno,
 * or HYPERCALL_AGAIN. Own CPU, on the exit path.
 */
int64_t hvisor_handle(struct vcpu *vcpu, uint64_t code, uint64_t a1, uint64_t a2);

#endif
