/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the ABI's headers include; in the kernel its own definitions do. */
#ifndef LV_COMPAT_STDDEF_H
#define LV_COMPAT_STDDEF_H

#include <linux/stddef.h>

#endif
