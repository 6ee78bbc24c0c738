/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Capabilities that the hypervisor needs and the architecture leaves open. */
#ifndef LV_ARCH_CAPABILITY_H
#define LV_ARCH_CAPABILITY_H

#include <stdint.h>

/* NULL, or the first capability that this CPU lacks. gid: the tag of its guest's TLB entries. This
 * CPU, before it uses any of them. */
const char *capability_missing(uint64_t gid);

#endif
