/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * Hypercalls: `hvcl 0` with the code in a0 and arguments in a1, a2; the result comes back in a0.
 * A negative result is one of the error numbers below, negated. docs/architecture.md lists the codes.
 */
#ifndef LOONGVISOR_HYPERCALL_H
#define LOONGVISOR_HYPERCALL_H

/* Result: LV_HYPERCALL_ABI. Open to every zone. */
#define LV_HYPERCALL_VERSION 0x100u

#define LV_HYPERCALL_ABI 1

#define LV_EPERM 1
#define LV_EINVAL 22
#define LV_ENOSYS 38

/* cpucfg leaf that says who the hypervisor is, and what it answers ("LGVR"). */
#define LV_CPUCFG_SIGNATURE 0x40000000u
#define LV_CPUCFG_SIGNATURE_VALUE 0x5256474cu

#endif
