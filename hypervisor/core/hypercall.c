// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/hypercall.h>
#include <loongvisor/hypercall.h>

int64_t hypercall_handle(struct vcpu *vcpu, uint64_t code, uint64_t a1, uint64_t a2) {
    (void)vcpu;
    (void)a1;
    (void)a2;
    return code == LV_HYPERCALL_VERSION ? LV_HYPERCALL_ABI : -LV_ENOSYS;
}
