/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LV_CORE_HYPERCALL_H
#define LV_CORE_HYPERCALL_H

#include <core/vcpu.h>

/*
 * Answers hypercall code with arguments a1, a2 of the vCPU: the result for a0, negative = -errno.
 * Own CPU, on the exit path.
 */
int64_t hypercall_handle(struct vcpu *vcpu, uint64_t code, uint64_t a1, uint64_t a2);

#endif
